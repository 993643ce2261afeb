from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from ganstudio.engine.conformance import differing
from ganstudio.engine.contract import Architecture, CriticOutput, Options
from ganstudio.engine.probes import label_probe
from ganstudio.engine.probes import probe as probes
from ganstudio.engine.probes.probe import Probe, look_at_data
from ganstudio.engine.session import Session
from tests.engine.toys import LINEAR, session


def test_looking_changes_nothing_that_is_trained_or_drawn(tmp_path: Path) -> None:
    class Drawing(LINEAR.critic):  # type: ignore[name-defined,misc]
        def __init__(self, options, shape):
            super().__init__(options, shape)
            self.norm = nn.BatchNorm2d(shape.channels)

        def forward(self, images, condition):
            return super().forward(nn.functional.dropout(self.norm(images), 0.5), condition)

    toy = session(tmp_path, Architecture("draws", LINEAR.recipe, Options, LINEAR.generator, Drawing))
    before, stream = copy.deepcopy(toy.state_dict()), torch.get_rng_state()
    Probe(toy)()
    assert differing(before, toy.state_dict()) == []
    assert torch.equal(stream, torch.get_rng_state())


class Copier(nn.Module):
    """Gives real images that its buffers hold, as many as the latents ask for."""

    z_dim, conditional = 4, False

    def __init__(self, options, shape):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(()))
        self.register_buffer("images", torch.zeros(256, shape.channels, *shape.size))

    def forward(self, z, labels=None):
        return self.factor * self.images[: len(z)]


def shown(toy: Session, images: torch.Tensor) -> dict[str, float]:
    """What a look finds where the generator shows these."""
    for net in (toy.nets.generators["generator"], toy.nets.ema["generator"]):
        net.images[: len(images)] = images
    return Probe(toy)()


def test_real_images_are_as_diverse_as_themselves_and_one_image_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = session(tmp_path, Architecture("copies", LINEAR.recipe, Options, Copier, LINEAR.critic))
    real = toy.batches.fixed("probe/real", probes.COUNT, toy.stage).images
    monkeypatch.setattr(probes, "COUNT", len(real))
    found = shown(toy, real)
    assert found["diversity"] == pytest.approx(1.0, rel=1e-5)
    assert found["neighbours"] == pytest.approx(1.0, rel=1e-5)
    assert found["saturated"] == found["dead"] == 0
    alike = shown(toy, real[:1].expand_as(real))
    assert alike["diversity"] == pytest.approx(0, abs=1e-5)
    assert alike["dead"] == 1.0


def test_noise_is_no_diversity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = torch.rand(64, 1, 8, 8) * 2 - 1
    noisy = coarse[:1].repeat_interleave(8, 2).repeat_interleave(8, 3) + 0.3 * torch.randn(64, 1, 64, 64)
    small = probes._small(noisy)
    assert probes._mean(torch.cdist(small, small)) < 0.15 * probes._mean(
        torch.cdist(coarse.flatten(1), coarse.flatten(1))
    )


def test_samples_that_stay_have_no_drift(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR)
    probe = Probe(toy)
    assert "drift" not in probe()
    assert probe()["drift"] == 0


def test_a_critic_that_knows_its_images_by_heart_is_seen(tmp_path: Path) -> None:
    class Knows(LINEAR.critic):  # type: ignore[name-defined,misc]
        known: tuple[torch.Tensor, ...] = ()

        def forward(self, images, condition):
            hits = [float(any(torch.equal(image, one) for one in self.known)) for image in images]
            return CriticOutput(torch.tensor(hits)[:, None] + 0 * self.b)

    toy = session(tmp_path, Architecture("knows", LINEAR.recipe, Options, LINEAR.generator, Knows), "data.held_out=0.5")
    assert Probe(toy)()["held_auc"] == 0.5
    Knows.known = tuple(toy.batches.fixed("probe/real", 1000, toy.stage).images)
    assert Probe(toy)()["held_auc"] == 1.0


class Labelled(nn.Module):
    """A picture of its own for each class, or the same for all where it is `deaf`, and z in the brightness."""

    z_dim, conditional, deaf = 4, True, False

    def __init__(self, options, shape):
        super().__init__()
        self.images = nn.Parameter(torch.randn(shape.classes, shape.channels, *shape.size))

    def forward(self, z, labels):
        shown = torch.zeros_like(labels) if self.deaf else labels
        return (self.images[shown] * 0.1 + 0.01 * z[:, :1, None, None]).clamp(-1, 1)


class Deaf(Labelled):
    deaf = True


class Listening(LINEAR.critic):  # type: ignore[name-defined,misc]
    """Likes images the less the higher their label; of the last class, whose next is the first, it likes them least."""

    def forward(self, images, condition):
        return CriticOutput(super().forward(images, condition).logits - 100.0 * condition.labels[:, None])


@pytest.mark.parametrize(("generator", "deaf"), [(Labelled, False), (Deaf, True)])
def test_a_generator_that_drops_its_label_is_seen(generator: type[nn.Module], deaf: bool, tmp_path: Path) -> None:
    found = Probe(session(tmp_path, Architecture("told", LINEAR.recipe, Options, generator, LINEAR.critic)))()
    assert (found["label_effect"] == 0) == deaf
    assert deaf or found["label_effect"] > 1
    assert found["label_auc"] == 0.5  # this critic is told no label


def test_a_critic_that_listens_to_labels_is_seen(tmp_path: Path) -> None:
    toy = session(tmp_path, Architecture("told", LINEAR.recipe, Options, Labelled, Listening))
    labels = toy.batches.fixed("probe/real", probes.COUNT, toy.stage).labels
    assert Probe(toy)()["label_auc"] == pytest.approx((labels < 2).float().mean().item())
    assert "label_auc" not in Probe(session(tmp_path, LINEAR))()


def test_heads_that_name_classes_are_asked_before_logits() -> None:
    named = torch.tensor([[3.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
    answer = lambda labels: CriticOutput(torch.zeros(3, 1), heads={"classes": named})  # noqa: E731
    assert label_probe.listens(answer, torch.tensor([0, 1, 1]), (0, 1)) == pytest.approx(2 / 3)
    assert label_probe.others(torch.tensor([2, 5, 9]), (2, 5, 9)).tolist() == [5, 9, 2]


def test_too_few_held_out_images_say_nothing_of_the_critic(tmp_path: Path) -> None:
    assert "held_auc" not in Probe(session(tmp_path, LINEAR, "data.held_out=0.3"))()  # 12 of 40
    assert "held_auc" in Probe(session(tmp_path, LINEAR, "data.held_out=0.4"))()


def test_rows_that_training_never_sees_are_named_for_those_who_look(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, "data.held_out=0.25")
    assert look_at_data(toy)["held_rows"] == toy.batches.held_rows.tolist()
    assert not set(toy.batches.held_rows.tolist()) & set(toy.batches.rows.tolist())


def test_the_data_is_looked_at_for_repeats_and_blanks(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, "data.held_out=0")
    seen = look_at_data(toy)
    assert (seen["repeated"], seen["blank"], seen["held_out"], seen["held_rows"]) == (0, 0, 0, [])
    toy.batches.pixels[3] = toy.batches.pixels[7]
    toy.batches.pixels[5] = 9
    seen = look_at_data(toy)
    assert (seen["repeated"], seen["blank"], seen["checked"]) == (1, 1, seen["count"])
