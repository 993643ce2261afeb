"""Updates of toy networks. Of the linear ones, D(x) = w . x + b and G(z) = image + A z, every gradient is known."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from ganstudio.engine import architectures
from ganstudio.engine.augmentation.diffaugment import augment
from ganstudio.engine.conformance import CPU, differing
from ganstudio.engine.contract import Side
from ganstudio.engine.devices import Compute
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.engine.made_up_data import made_up_data
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate, update
from ganstudio.engine.telemetry import Telemetry
from ganstudio.engine.terms.objectives.objective import needs_real
from ganstudio.recipe.load import resolve
from tests.engine.toys import (
    BATCH,
    LINEAR,
    STILL,
    WITNESS,
    gradients,
    one_side,
    seen,
    session,
)

every_witness = pytest.mark.parametrize("witness", WITNESS)
sides = pytest.mark.parametrize(("side", "other"), [("d", "g"), ("g", "d")], ids=["critic", "generator"])


@sides
@every_witness
def test_an_update_of_one_side_leaves_the_other_untouched(
    witness: str, side: Side, other: Side, tmp_path: Path
) -> None:
    toy = session(tmp_path, WITNESS[witness], "objective.weight=1")
    before = {s: one_side(toy, s) for s in (side, other)}
    update(toy, side)
    assert differing(before[other], one_side(toy, other)) == []
    assert differing(before[side]["nets"], one_side(toy, side)["nets"])
    assert all(p.grad is None for net in toy.nets.side(other).values() for p in net.parameters())


def test_batch_norms_critic_keeps_its_weights_through_the_generators_update(tmp_path: Path) -> None:
    small = [
        "data.resolution=8",
        "architecture.channels=8",
        "architecture.z_dim=8",
        "training.batch=8",
        "training.precision=fp32",
    ]
    dcgan = architectures.find("dcgan")
    recipe = resolve({**dcgan.recipe, "architecture": {"id": "dcgan"}}, small, "test")
    toy = Session(recipe, dcgan, made_up_data(tmp_path, 8, 1, 3), 0, CPU, World())
    before = [p.detach().clone() for p in toy.nets.critics["critic"].parameters()]
    update(toy, "g")
    assert all(torch.equal(a, b) for a, b in zip(before, toy.nets.critics["critic"].parameters(), strict=True))


@pytest.mark.parametrize("kind", ["adam", "rmsprop", "muon"])
@sides
def test_a_learning_rate_of_0_holds_a_side_still(side: Side, other: Side, kind: str, tmp_path: Path) -> None:
    name = {"d": "discriminator_optimizer", "g": "generator_optimizer"}
    toy = session(tmp_path, LINEAR, f"{name[side]}.lr=0", *(f"{optimizer}.kind={kind}" for optimizer in name.values()))
    before = {s: one_side(toy, s) for s in (side, other)}
    for _ in range(3):
        list(iterate(toy))
    assert differing(before[side]["nets"], one_side(toy, side)["nets"]) == []
    assert differing(before[other]["nets"], one_side(toy, other)["nets"])


def test_an_iteration_is_the_critics_steps_and_then_the_generators(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, "training.critic_steps=3", "training.generator_steps=2")
    assert [report.side for report in iterate(toy)] == ["d", "d", "d", "g", "g"]


@pytest.mark.parametrize(("objective", "generators"), [("wasserstein", 0), ("relativistic", 2 * 2 * BATCH)])
def test_time_counts_the_real_images_of_the_critics_steps_alone(
    objective: str, generators: int, tmp_path: Path
) -> None:
    steps = ("training.critic_steps=3", "training.generator_steps=2")
    toy = session(tmp_path, LINEAR, f"objective.kind={objective}", *steps)
    for _ in range(2):
        list(iterate(toy))
    assert toy.progress.nimg == 2 * 3 * BATCH
    assert toy.progress.positions == {"d": 2 * 3 * BATCH, "g": generators}
    assert toy.progress.updates == {"d": 6, "g": 4}


def test_the_critics_steps_go_through_the_data_set_without_a_repeat(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, "training.critic_steps=5", "data.held_out=0")
    calls = [seen(toy, "d")[1] for _ in range(5)]
    reals = torch.cat([call[0] for call in calls]).flatten(1)
    stored = toy.batches.fixed("all", 40, toy.stage).images.flatten(1)
    assert sorted(reals.tolist()) == sorted(stored.tolist())


@every_witness
def test_the_relativistic_average_moves_both_sides_of_every_task(witness: str, tmp_path: Path) -> None:
    settings = ("regularizers=[]", "unrolling=none", "objective={kind='relativistic_average', weight=1}")
    toy = session(tmp_path, WITNESS[witness], *settings, "augmentation=none")
    reports = {report.side: report for report in iterate(toy)}
    for side in ("d", "g"):
        assert reports[side].losses[side].isfinite()
        assert reports[side].grad_norm > 0


@every_witness
def test_real_and_fake_never_share_a_call_of_the_critic(witness: str, tmp_path: Path) -> None:
    toy = session(tmp_path, WITNESS[witness], "regularizers=[]", "unrolling=none", "objective.weight=1")
    critic = "a" if witness == "two_domains" else "critic"
    batch = toy.recipe.training.batch
    assert [len(call) for call in seen(toy, "d", critic)[1]] == [batch, batch]
    calls = 2 if needs_real(toy.recipe.objective) else 1
    assert [len(call) for call in seen(toy, "g", critic)[1]] == [batch] * calls


def test_the_critic_learns_by_the_gap_between_the_mean_fake_and_the_mean_real_image(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, *STILL)
    report, (real, fake) = seen(toy, "d")
    gap = fake.mean(0) - real.mean(0)
    slope_w, slope_b = gradients(toy, "d")
    torch.testing.assert_close(slope_w, gap)
    assert slope_b.item() == 0.0  # what it adds to real and fake cancels
    torch.testing.assert_close(report.grad_norm, gap.norm())
    torch.testing.assert_close(report.losses["d"], (gap * toy.nets.critics["critic"].w).sum().detach())


def test_the_generator_learns_by_the_critics_slope(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, *STILL)
    update(toy, "g")
    torch.testing.assert_close(gradients(toy, "g")[0], -toy.nets.critics["critic"].w.detach())


def test_logits_are_reported_and_their_sigmoids_where_they_mean_a_belief(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, "objective.kind=non_saturating", *STILL)
    report, (real, fake) = seen(toy, "d")
    w = toy.nets.critics["critic"].w.detach()
    for name, images in (("real", real), ("fake", fake)):
        logits = (images * w).flatten(1).sum(1)
        torch.testing.assert_close(report.signals[f"d_{name}"], logits.mean())
        torch.testing.assert_close(report.signals[f"p_{name}"], logits.sigmoid().mean())
    assert "p_real" not in update(session(tmp_path, LINEAR), "d").signals


@pytest.mark.parametrize("every", [1, 3])
def test_a_lazy_penalty_is_as_many_times_as_strong_on_its_turn_and_absent_between(every: int, tmp_path: Path) -> None:
    plain = session(tmp_path, LINEAR, *STILL)
    lazy = session(tmp_path, LINEAR, *STILL, f'regularizers=[{{kind="r1", gamma=2.0, every={every}}}]')
    w = lazy.nets.critics["critic"].w.detach()
    for turn in range(6):
        update(plain, "d")
        penalties = update(lazy, "d").penalties
        extra = gradients(lazy, "d")[0] - gradients(plain, "d")[0]
        if turn % every == 0:
            # the penalty is 2/2 |w|^2, its slope 2w
            torch.testing.assert_close(extra, every * 2 * w)
            torch.testing.assert_close(penalties["r1"], w.square().sum())
        else:
            assert torch.equal(extra, torch.zeros_like(w))
            assert penalties == {}


def test_the_loss_is_reported_without_its_penalties(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, *STILL, 'regularizers=[{kind="r1"}, {kind="r2"}, {kind="gradient_penalty"}]')
    report = update(toy, "d")
    assert report.penalties.keys() == {"r1", "r2", "gradient_penalty"}
    torch.testing.assert_close(report.losses["d"], report.signals["d_fake"] - report.signals["d_real"])


@pytest.mark.parametrize("policy", ["cutout", "translation"])
def test_r1_is_taken_at_the_image_before_augmentation(policy: str, tmp_path: Path) -> None:
    augmented = (f"augmentation.policy=['{policy}']", 'augmentation.p={kind="constant", value=1.0}')
    toy = session(tmp_path, LINEAR, *STILL, *augmented, 'regularizers=[{kind="r1", gamma=2.0}]')
    nn.init.ones_(toy.nets.critics["critic"].w)
    draw = Draw(0, "train/d", 0, BATCH, slice(0, BATCH), torch.device("cpu"))
    left = augment(torch.ones(BATCH, 1, 8, 8), (policy,), 1.0, draw, "real").flatten(1).sum(1)
    # with w = 1 a pixel that the critic sees adds 1 to the squared norm, one that was taken away adds nothing
    torch.testing.assert_close(update(toy, "d").penalties["r1"], left.mean())
    assert left.mean() < 60


def test_weights_are_clipped_after_the_step_and_only_the_critics(tmp_path: Path) -> None:
    fast = ("discriminator_optimizer.lr=0.5", "generator_optimizer.lr=0.5")
    toy = session(tmp_path, LINEAR, *fast, 'regularizers=[{kind="weight_clip", limit=0.01}]')
    update(toy, "d")
    limit = torch.tensor(0.01)
    assert all((p.abs() <= limit).all() for p in toy.nets.critics["critic"].parameters())
    assert (toy.nets.critics["critic"].w.abs() == limit).float().mean() > 0.9  # the step went far beyond
    update(toy, "g")
    assert toy.nets.generators["generator"].image.abs().max() > 0.1


@pytest.mark.parametrize("side", ["d", "g"])
def test_micro_batches_learn_and_report_what_the_whole_batch_does(side: Side, tmp_path: Path) -> None:
    penalties = 'regularizers=[{kind="r1"}, {kind="r2"}, {kind="gradient_penalty", every=2}]'
    ramp = 'augmentation.p={kind="constant", value=0.5}'
    whole, parts = (
        session(tmp_path, WITNESS["relativistic_pair"], penalties, ramp, f"training.micro_batch={micro}")
        for micro in ("none", 2)
    )
    expected, found = update(whole, side).scalars(), update(parts, side).scalars()
    assert expected.keys() == found.keys()
    for name in expected.keys() - {("signals", "d_auc")}:  # of pairs, which parts of a batch have fewer of
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(gradients(parts, side), gradients(whole, side), rtol=1e-4, atol=1e-6)


def test_the_mean_path_length_moves_once_an_update_however_it_is_split(tmp_path: Path) -> None:
    whole, parts = (session(tmp_path, WITNESS["staged_styles"], f"training.micro_batch={m}") for m in ("none", 2))
    reported = [list(update(toy, "g").penalties) for toy in (whole, parts) for _ in range(2)]
    assert reported == [["path_length"], []] * 2  # every = 2
    mean = whole.memory["g"]["path_length"]["critic"]["mean"]
    assert mean > 0.0
    torch.testing.assert_close(parts.memory["g"]["path_length"]["critic"]["mean"], mean)


def test_adaptation_moves_p_every_few_updates_by_the_mean_sign_of_real_logits(tmp_path: Path) -> None:
    adaptive = 'augmentation={p={kind="adaptive", target=0.6, kimg=0.1, interval=2, limit=0.4}}'
    toy = session(tmp_path, LINEAR, *STILL, adaptive, "objective.kind=hinge")
    nn.init.zeros_(toy.nets.critics["critic"].w)
    found = []
    # mean signs of two updates: 1, 1, 1, 1/2, -1, -1; each move is 8 images x 2 updates of 100
    for logit in (5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 0.0, -5.0, -5.0, -5.0, -5.0):
        nn.init.constant_(toy.nets.critics["critic"].b, logit)
        update(toy, "d")
        found.append(toy.augment_p)
    assert found == pytest.approx([0.0, 0.16, 0.16, 0.32, 0.32, 0.4, 0.4, 0.24, 0.24, 0.08, 0.08, 0.0])


def test_a_loss_that_is_no_number_is_reported_as_it_is(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR)
    nn.init.constant_(toy.nets.critics["critic"].b, float("nan"))
    assert update(toy, "d").losses["d"].isnan()


def test_a_step_that_overflows_fp16_is_skipped_and_training_goes_on(tmp_path: Path) -> None:
    compute = Compute(torch.device("cpu"), "fp16", channels_last=True)
    toy = session(tmp_path, WITNESS["relativistic_pair"], "regularizers=[]", compute=compute)
    toy.scalers["d"] = torch.amp.GradScaler("cpu", init_scale=2.0**40)  # where growth by 2 every 2000 steps leads
    before = one_side(toy, "d")["nets"]
    telemetry = Telemetry(World(), torch.device("cpu"))
    telemetry.record(1, update(toy, "d"))
    assert differing(before, one_side(toy, "d")["nets"]) == []
    assert toy.scalers["d"].get_scale() == 2.0**39
    telemetry.collect()


def test_an_fp16_update_with_nothing_to_minimize_moves_nothing_and_training_goes_on(tmp_path: Path) -> None:
    compute = Compute(torch.device("cpu"), "fp16", channels_last=True)
    toy = session(tmp_path, LINEAR, "objective.weight={points = [[0, 0], [0.008, 0], [0.009, 1]]}", compute=compute)
    before = one_side(toy, "g")["nets"]
    [report] = iterate(toy)
    assert (report.side, float(report.grad_norm)) == ("g", 0.0)
    assert differing(before, one_side(toy, "g")["nets"]) == []
    list(iterate(toy)), list(iterate(toy))
    assert differing(before, one_side(toy, "g")["nets"]) != []


@pytest.mark.parametrize("micro", ["none", "2"])
def test_reused_fakes_are_drawn_once_and_judged_by_both_sides(tmp_path: Path, micro: str) -> None:
    toy = session(tmp_path, LINEAR, "training.reuse_fakes=true", f"training.micro_batch={micro}")
    made: list[torch.Tensor] = []
    judged: list[torch.Tensor] = []
    toy.nets.generators["generator"].register_forward_hook(lambda _net, _in, out: made.append(out.detach().clone()))
    toy.nets.critics["critic"].register_forward_pre_hook(lambda _net, given: judged.append(given[0].detach().clone()))
    list(iterate(toy))
    parts = 1 if micro == "none" else BATCH // 2
    assert len(made) == parts
    assert torch.equal(torch.cat(judged[1 : 2 * parts : 2]), torch.cat(made))  # real, fake, real, fake ...
    assert torch.equal(torch.cat(judged[2 * parts :]), torch.cat(made))


def test_reused_fakes_teach_the_generator_by_the_critic_that_has_just_moved(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, "training.reuse_fakes=true")
    list(iterate(toy))
    torch.testing.assert_close(gradients(toy, "g")[0], -toy.nets.critics["critic"].w.detach())
    assert toy.progress.positions["g"] == 0


def test_a_training_that_reuses_fakes_resumes_to_the_bit(tmp_path: Path) -> None:
    straight, half, again = (session(tmp_path, LINEAR, "training.reuse_fakes=true") for _ in range(3))
    for toy, iterations in ((straight, 4), (half, 2)):
        for _ in range(iterations):
            list(iterate(toy))
    again.load_state_dict(copy.deepcopy(half.state_dict()))
    for _ in range(2):
        list(iterate(again))
    assert differing(straight.state_dict(), again.state_dict()) == []
