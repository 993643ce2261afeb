"""What each witness is there to show.

Gradients, resume, micro-batches and ONNX are the checks of `ganstudio check`: networks/test_conformance.py. Two
processes for all of them are in networks/test_two_processes.py.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.conformance import CPU, advance, differing
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation.training_scores.held_out_score import HeldOutScorer
from ganstudio.engine.export import parity
from ganstudio.engine.export.compare_with_run import against
from ganstudio.engine.export.graph import to_graph
from ganstudio.engine.export.onnx import export
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate, update
from ganstudio.inference.exports import Export
from ganstudio.inference.verify import verify
from ganstudio.recipe.live import read_settings
from ganstudio.recipe.load import dump
from tests.engine.conftest import WITNESSES, Runs, told
from tests.engine.toys import WITNESS, one_side, session
from tests.engine.workers import work


def witness(name: str, folder: Path, *settings: str) -> Session:
    return session(folder, WITNESS[name], *settings)


def learnt(session: Session) -> dict[str, Tensor]:
    """Every parameter by the network's name and its own."""
    nets = session.nets
    named = nets.generators | nets.critics | nets.extras["d"] | nets.extras["g"]
    return {f"{name}.{key}": p.detach().clone() for name, net in named.items() for key, p in net.named_parameters()}


def moved(session: Session, side: str) -> set[str]:
    """The parameters that one update of a side changes."""
    before = learnt(session)
    update(session, side)
    return {key for key, now in learnt(session).items() if not torch.equal(before[key], now)}


# 5: changing numbers


def test_rates_and_chances_follow_their_schedules(tmp_path: Path) -> None:
    toy = witness("changing_numbers", tmp_path)
    rates, betas, chances = [], [], []
    for _ in range(4):
        list(iterate(toy))
        rates.append([toy.optimizers[side].param_groups[0]["lr"] for side in ("g", "d")])
        betas.append(toy.optimizers["d"].param_groups[0]["betas"])
        chances.append(toy.augment_p)
    # updates begin at 0, 8, 16 and 24 of 32 images: at 0, a quarter, a half and three quarters of the schedule
    cosine = [1e-3, 1e-3, 6e-4, 2e-4]  # from a quarter to three quarters, half way at the half
    assert [g for g, _ in rates] == pytest.approx([1e-3, 7.75e-4, 5.5e-4, 3.25e-4])
    assert [d for _, d in rates] == pytest.approx(cosine)
    assert [b for b, _ in betas] == pytest.approx([0.0, 0.125, 0.25, 0.375])
    assert chances == pytest.approx([0.2, 0.4, 0.4, 0.4])  # after the iteration: 8, 16, 24 and 32 images


def test_a_schedule_that_was_edited_on_the_way_resumes_to_the_bit(tmp_path: Path) -> None:
    def edited() -> Session:
        toy = advance(witness("changing_numbers", tmp_path), 1)
        values = read_settings(["lr.end=1e-5"], dump(toy.recipe), "a", toy.progress.nimg)
        assert [change["key"] for change in toy.change(values)] == [
            "generator_optimizer.lr",
            "discriminator_optimizer.lr",
        ]
        return toy

    straight, half = advance(edited(), 3), advance(edited(), 1)
    path = checkpoint.save(tmp_path, half.state_dict())
    resumed = witness("changing_numbers", tmp_path)
    resumed.load_state_dict(checkpoint.load(path))
    assert differing(straight.state_dict(), advance(resumed, 2).state_dict()) == []
    rates = [resumed.optimizers[side].param_groups[0]["lr"] for side in ("g", "d")]
    assert rates == pytest.approx([1e-3 - 0.75 * 9.9e-4, 1e-5])  # begun at three quarters
    plain = advance(witness("changing_numbers", tmp_path), 4)
    assert differing(straight.state_dict()["nets"], plain.state_dict()["nets"]) != []


def test_a_limit_of_weights_follows_its_schedule_and_a_change_on_the_way(tmp_path: Path) -> None:
    clip = 'regularizers=[{kind="weight_clip", limit={start=0.02, end=0.01, until=0.5, shape="step"}}]'
    toy = witness("changing_numbers", tmp_path, clip, "discriminator_optimizer.lr=0.1")

    def largest() -> float:
        return max(p.abs().max().item() for p in toy.nets.critics["critic"].parameters())

    for limit in (0.02, 0.02, 0.01):
        list(iterate(toy))
        assert largest() == pytest.approx(limit)
    toy.change({"regularizers.weight_clip.limit": 0.03})
    list(iterate(toy))
    assert largest() == pytest.approx(0.03)


# 6: contrastive


def test_a_contrastive_head_learns_with_the_generator_and_is_saved_but_neither_averaged_nor_exported(
    tmp_path: Path,
) -> None:
    toy = witness("contrastive", tmp_path)
    (head,) = toy.nets.extras["g"]
    assert not any(key.startswith(head) for key in moved(toy, "d"))
    assert {key for key in moved(toy, "g") if key.startswith(head)} == {
        f"{head}.{key}" for key, _ in toy.nets.extras["g"][head].named_parameters()
    }
    assert head in toy.state_dict()["nets"]["extras_g"]
    assert toy.nets.ema.keys() == {"generator"}
    (spec,) = toy.task.exports(toy.previewed(), toy.stage)
    assert not any("head" in key for key, _ in spec.module.named_parameters())


def test_the_contrastive_loss_is_the_cross_entropy_of_finding_each_place_again(tmp_path: Path) -> None:
    toy = witness("contrastive", tmp_path, "generator_optimizer.lr=0")
    drawn: list[Tensor] = []
    net = toy.nets.generators["generator"]
    hook = net.register_forward_hook(lambda _net, given, made: drawn.extend((given[0].detach(), made.detach())))
    values = update(toy, "g")
    hook.remove()
    given, made = drawn
    head = toy.nets.extras["g"]["head"]
    losses = []
    for n in range(len(given)):
        queries, keys = (
            F.normalize(head(net.encode(images[n : n + 1])[0].flatten(1).T), dim=1) for images in (made, given)
        )
        for place, query in enumerate(queries):
            likeness = (keys @ query / 0.2).tolist()
            losses.append(math.log(sum(map(math.exp, likeness))) - likeness[place])
    assert values.losses["g_contrastive"].item() == pytest.approx(sum(losses) / len(losses), rel=1e-4)


# 7: codes


def test_the_critics_side_trains_the_head_that_reads_codes_and_the_generators_side_the_generator(
    tmp_path: Path,
) -> None:
    toy = witness("codes", tmp_path, 'objective={kind="wasserstein"}')
    assert {"critic.codes.weight", "critic.codes.bias"} <= moved(toy, "d")
    assert all(key.startswith("generator.") for key in moved(toy, "g"))


def test_codes_pull_at_the_generator_as_their_own_gradient_says(tmp_path: Path) -> None:
    toy = witness("codes", tmp_path, "generator_optimizer.lr=0")
    critic, net = toy.nets.critics["critic"], toy.nets.generators["generator"]
    nn.init.zeros_(critic.head.weight)  # then nothing but the codes has a slope
    drawn: list[Tensor] = []
    hook = net.register_forward_pre_hook(lambda _net, given: drawn.append(given[0]))
    update(toy, "g")
    hook.remove()
    found = [p.grad.clone() for p in net.parameters()]
    (z,) = drawn
    read = critic(net(z, None), None).heads["codes"]
    wrong = F.cross_entropy(read[:, :3], z[:, :3].argmax(1)) + (read[:, 3] - z[:, 3]).square().mean() / 2
    expected = torch.autograd.grad(wrong, list(net.parameters()))
    torch.testing.assert_close(found, list(expected))


# 8: frozen features


def test_a_frozen_network_stays_as_it_was_in_eval_mode_out_of_checkpoints_and_uncounted(tmp_path: Path) -> None:
    toy = witness("frozen_features", tmp_path)
    critic = toy.nets.critics["critic"]
    frozen = critic.features._hidden[0]
    before = {key: value.clone() for key, value in frozen.state_dict().items()}
    advance(toy, 2)
    assert differing(before, frozen.state_dict()) == []
    assert not any(module.training for module in frozen.modules())
    assert critic.training
    assert critic.state_dict().keys() == {f"heads.{n}.{key}" for n in range(2) for key in ("weight", "bias")}
    assert toy.parameter_counts()["critic"] == 2 * (8 + 1)


# 9: three domains


def test_real_images_are_judged_as_their_own_class_and_fakes_as_the_one_they_were_made_for(tmp_path: Path) -> None:
    toy = witness("three_domains", tmp_path, "regularizers=[]")
    asked: list[Tensor] = []
    made: list[Tensor] = []
    nets = toy.nets
    hooks = [
        nets.critics["critic"].register_forward_pre_hook(lambda _net, given: asked.append(given[1].labels)),
        nets.generators["generator"].register_forward_pre_hook(lambda _net, given: made.append(given[1])),
    ]
    values = update(toy, "d")
    for hook in hooks:
        hook.remove()
    (target,) = made
    own = toy.batches.at("d", 0, Draw(0, "train/d", 0, 8, slice(0, 8), CPU.device), toy.stage).labels
    assert not torch.equal(own, target)
    assert [labels.tolist() for labels in asked] == [own.tolist(), target.tolist()]
    assert "d_class_real" in values.losses
    assert "d_class_fake" not in values.losses


# 10: super-resolution


def test_a_critic_of_weight_0_is_skipped_and_time_goes_by_the_generators_images(tmp_path: Path) -> None:
    toy = witness("super_resolution", tmp_path, "training.generator_steps=2")
    before = one_side(toy, "d")
    assert [report.side for report in iterate(toy)] == ["g", "g"]
    assert toy.progress.nimg == 2 * 8
    assert differing(before, one_side(toy, "d")) == []
    assert [report.side for report in iterate(toy)] == ["d", "g", "g"]
    assert toy.progress.nimg == 2 * 8 + 8
    assert differing(before, one_side(toy, "d")) != []


def test_without_critic_steps_only_the_generator_learns(tmp_path: Path) -> None:
    toy = witness("super_resolution", tmp_path, "training.critic_steps=0", "objective.weight=0")
    before = one_side(toy, "d")
    advance(toy, 3)
    assert toy.progress.nimg == 3 * 8
    assert differing(before, one_side(toy, "d")) == []


def test_an_exported_graph_with_free_axes_takes_sources_of_any_size(tmp_path: Path) -> None:
    toy = witness("super_resolution", tmp_path)
    (spec,) = toy.task.exports(toy.previewed(), toy.stage)
    graph = parity.session_of(to_graph(spec))
    for height, width in ((4, 4), (5, 9)):
        source = np.random.RandomState(0).uniform(-1, 1, (3, 1, height, width)).astype(np.float32)
        answer = parity.by_onnxruntime(graph, {"source": source})
        np.testing.assert_allclose(answer, parity.by_torch(spec.module, {"source": source}), atol=1e-5)
        assert answer.shape == (3, 1, 2 * height, 2 * width)


def test_networks_train_on_parts_of_pictures_and_are_measured_by_parts_that_stay(tmp_path: Path) -> None:
    toy = witness("super_resolution", tmp_path, "data.held_out=0.2", "evaluation.n=8")
    assert toy.shape.size == (8, 8)
    stored = toy.batches.pixels.movedim(-1, 1).float() / 127.5 - 1
    batch = toy.batches.at("d", 0, Draw(0, "train/d", 0, 8, slice(0, 8), CPU.device), toy.stage)
    places = {
        (y, x)
        for image in batch.images
        for y in range(9)
        for x in range(9)
        if (stored[:, :, y : y + 8, x : x + 8] - image).abs().flatten(1).amax(1).min() < 1e-5
    }
    assert len(places) > 3  # of 8 parts
    scorer = HeldOutScorer(toy)
    first, second = (scorer()[0].value for _ in range(2))
    assert first == second


# 11: RGBA, 24 x 40, staged


def test_tall_images_with_alpha_grow_by_halvings_and_are_shown_and_exported_whole(tmp_path: Path) -> None:
    toy = witness("staged_rgba", tmp_path)
    shown = []
    for _ in range(3):
        calls: list[tuple[int, ...]] = []
        critic = toy.nets.critics["critic"]
        hook = critic.register_forward_pre_hook(lambda _net, given, calls=calls: calls.append(tuple(given[0].shape)))
        update(toy, "d")
        hook.remove()
        shown.append(set(calls))
        toy.progress.nimg += 8
    assert shown == [{(8, 4, 12, 20)}, {(8, 4, 24, 40)}, {(8, 4, 24, 40)}]
    toy.progress.nimg = 0
    (spec,) = toy.task.exports(toy.previewed(), toy.stage)
    assert spec.module(*spec.inputs.values()).shape == (2, 4, 24, 40)


# whole runs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "data", "score"),
    [("super_resolution", {"resolution": 16}, "psnr"), ("staged_rgba", {"resolution": (24, 40), "channels": 4}, "FD")],
    ids=["super_resolution", "staged_rgba"],
)
def test_a_run_of_a_files_own_task_or_shape_is_shown_scored_kept_resumed_and_exported(
    runs: Runs, name: str, data: dict[str, Any], score: str
) -> None:
    file = next(file for file in WITNESSES if file.stem == name)
    run = runs.make(name, file, "training.checkpoint_kimg=0.008", "evaluation.every_kimg=0.016", **data)
    assert work(run) == 0, (run / "log.txt").read_text()
    assert list((run / "samples").glob("*.png"))
    assert all(event["score"].startswith(score) for event in told(run, "evaluated"))
    assert told(run, "evaluated")
    half = runs.copy(run, "half")
    kept = checkpoint.all_checkpoints(half)
    for path in kept[2:]:
        path.unlink()
    assert work(half, "--resume") == 0, (half / "log.txt").read_text()
    ends = [checkpoint.load(checkpoint.all_checkpoints(one)[-1]) for one in (run, half)]
    assert differing(*ends) == []
    (exported,) = export(run, "last", runs.folder / "exported.onnx")
    verify(Export.load(exported))
    assert against(run, exported)["max_abs"] < 1e-4
