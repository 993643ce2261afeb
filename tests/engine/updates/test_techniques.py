"""Techniques that go with any networks: what each costs, worked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine.augmentation.diffaugment import augment
from ganstudio.engine.contract import CriticOutput, JudgedPair, Nets, Pair, StepContext
from ganstudio.engine.preparation.frozen_layers import freeze_first
from ganstudio.engine.preparation.prepared_networks import set_orthogonal
from ganstudio.engine.step import iterate
from ganstudio.engine.terms.build import build_constraints
from ganstudio.engine.terms.objectives.adversarial import Adversarial
from ganstudio.errors import UsageError
from ganstudio.recipe import schema
from tests.engine.toys import LINEAR, WITNESS, seen, session
from tests.engine.updates.test_regularizers import PYTHAGOREAN, context, evidence, images, linear, penalty, weighted


def judged(real: Tensor, fake: Tensor, **heads: tuple[Tensor, Tensor]) -> JudgedPair:
    pair = Pair("critic", torch.zeros(len(fake), 1, 1, 1), torch.zeros(len(real), 1, 1, 1))
    answers = [CriticOutput(logits, heads={k: v[n] for k, v in heads.items()}) for n, logits in enumerate((fake, real))]
    return JudgedPair(pair, *answers)


def shown(pair: JudgedPair, **memory: Tensor) -> StepContext:
    return context(lambda *_: None, len(pair.pair.fake), **memory)


def test_drift_is_the_squared_logit_of_real_images() -> None:
    pair = judged(torch.tensor([[2.0], [-3.0]]), torch.tensor([[9.0], [9.0]]))
    result = penalty(schema.Drift())(shown(pair), [pair])
    assert result.value.tolist() == [4.0, 9.0]


def test_a_one_sided_penalty_costs_nothing_where_the_slope_is_less_than_its_target() -> None:
    steep, flat = PYTHAGOREAN, PYTHAGOREAN / 10
    for weight, two_sided, one_sided in ((steep, 160.0, 160.0), (flat, 2.5, 0.0)):
        for choice, expected in (
            (schema.GradientPenalty(), two_sided),
            (schema.GradientPenalty(one_sided=True), one_sided),
        ):
            found = weighted(choice, evidence(linear(weight), images(2, 1, 1, 2), images(2, 1, 1, 2)))
            assert found.tolist() == pytest.approx([expected] * 2)


def test_dragan_measures_the_slope_around_real_images_at_its_share_of_their_deviation() -> None:
    looked_at = []

    def squares(x: Tensor) -> Tensor:
        looked_at.append(x.detach())
        return x.square().flatten(1).sum(1, keepdim=True)

    real = images(64, 1, 8, 8)
    weighted(schema.Dragan(weight=1.0, deviation=0.5), evidence(squares, real, images(64, 1, 8, 8, seed=1)))
    noise = looked_at[-1] - real
    assert noise.std().item() == pytest.approx(0.5 * real.std().item(), rel=0.05)
    # of D(x) = w . x with |w| = 5 the slope is the same everywhere: 10 (5 - 1)^2
    found = weighted(schema.Dragan(), evidence(linear(PYTHAGOREAN), images(2, 1, 1, 2), images(2, 1, 1, 2)))
    assert found.tolist() == pytest.approx([160.0, 160.0])


def test_lecam_compares_each_side_with_the_running_mean_of_the_other() -> None:
    pair = judged(torch.tensor([[2.0], [4.0]]), torch.tensor([[-1.0], [1.0]]))
    term = penalty(schema.LeCam(decay=0.25))
    memory = {"real": torch.tensor(3.0), "fake": torch.tensor(1.0)}
    result = term(shown(pair, **memory), [pair])
    # (2 - 1)^2 + (-1 - 3)^2 and (4 - 1)^2 + (1 - 3)^2
    assert result.value.tolist() == [17.0, 13.0]
    term.observe(memory, result.observed)
    assert (memory["real"].item(), memory["fake"].item()) == (3.0, 0.75)


def test_consistency_is_the_squared_change_of_the_answer_weighted_by_side() -> None:
    choice = schema.Consistency(real=2.0, fake=3.0, policy=("translation",))
    real, fake = images(4, 1, 8, 8), images(4, 1, 8, 8, seed=1)
    weight = images(1, 8, 8, seed=2)
    given, pair = evidence(linear(weight), real.clone(), fake.clone())
    found = penalty(choice)(given, [pair])
    expected = torch.zeros(4)
    for share, side, name in ((2.0, real, "real"), (3.0, fake, "fake")):
        moved = augment(side, ("translation",), 1.0, given.draw, f"consistency/{name}")
        assert not torch.equal(moved, side)
        expected += share * ((side - moved) * weight).flatten(1).sum(1).square()
    torch.testing.assert_close(found.value, expected)


def test_orthogonal_regularization_is_the_squared_products_of_different_filters_of_a_layer() -> None:
    layer = nn.Linear(2, 3, bias=False)
    layer.weight.data = torch.tensor([[1.0, 0.0], [3.0, 4.0], [0.0, 2.0]])
    (term,) = [penalty(schema.Orthogonal(weight=0.5))]
    given = StepContext(Nets({"generator": layer}, {}), None, *[None] * 5, *[None])  # type: ignore[arg-type]
    # products 3, 0 and 8, each twice
    assert term(given, []).value.item() == 2 * (9 + 0 + 64)


def test_orthogonal_regularization_reads_the_filters_of_transposed_and_of_normalized_layers() -> None:
    up = nn.ConvTranspose2d(1, 2, 1, bias=False)
    up.weight.data = torch.tensor([[[[3.0]], [[5.0]]]])  # [in, out, 1, 1]: two filters, 3 and 5
    normed = nn.utils.parametrizations.spectral_norm(nn.Linear(1, 2, bias=False))
    normed.parametrizations.weight.original.data = torch.tensor([[1.0], [2.0]])
    net = nn.Sequential(up, nn.Embedding(4, 4), normed)
    given = StepContext(Nets({}, {"critic": net}), None, *[None] * 6)  # type: ignore[arg-type]
    term = penalty(schema.Orthogonal(side="critic"))
    assert term(given, []).value.item() == 2 * 15**2 + 2 * 2**2


def test_both_sides_may_be_regularized_to_be_orthogonal(tmp_path: Path) -> None:
    kept = session(tmp_path, LINEAR, "regularizers=[{kind='orthogonal', side='both'}]")
    assert [term.side for term in kept.terms if term.name == "orthogonal"] == ["d", "g"]


@pytest.mark.parametrize(("share", "expected"), [(1.0, -1.0), (0.5, -4.5), (0.25, -6.0), (0.1, -6.0)])
def test_top_k_lets_the_generator_learn_from_the_fakes_with_the_highest_logits(share: float, expected: float) -> None:
    pair = judged(torch.zeros(4, 1), torch.tensor([[-5.0], [6.0], [3.0], [0.0]]))
    term = Adversarial(schema.Wasserstein(top_k=share), "g")
    assert term(shown(pair), [pair]).value.item() == expected


def test_instance_noise_reaches_both_sides_and_differs_between_them(tmp_path: Path) -> None:
    plain = session(tmp_path, LINEAR)
    noisy = session(tmp_path, LINEAR, "training.instance_noise=0.25")
    (_, clean), (_, changed) = seen(plain, "d"), seen(noisy, "d")
    differences = [b - a for a, b in zip(clean, changed, strict=True)]
    for difference in differences:
        assert difference.std().item() == pytest.approx(0.25, rel=0.2)
    assert not torch.equal(*differences)


def test_instance_noise_that_has_decayed_changes_nothing(tmp_path: Path) -> None:
    plain = session(tmp_path, LINEAR)
    gone = session(tmp_path, LINEAR, "training.instance_noise={start=0.5, end=0, until=0.5}")
    gone.progress.nimg = plain.progress.nimg = 500
    assert all(torch.equal(a, b) for a, b in zip(seen(plain, "d")[1], seen(gone, "d")[1], strict=True))


def test_frozen_layers_are_the_first_with_their_norms_and_stay_as_they_are(tmp_path: Path) -> None:
    critic = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 1)
    )
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    freeze_first(critic, 1, torch.randn(2, 1, 5, 5))
    assert [p.requires_grad for p in critic.parameters()] == [False] * 4 + [True] * 6
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())  # statistics too
    assert all(module.training for module in critic.modules())
    wrong = r"images pass 3 layers with weights in the critic, and one has to learn; got 3\. Nearest: 2\."
    with pytest.raises(UsageError, match=wrong):
        freeze_first(critic.requires_grad_(True), 3, torch.randn(2, 1, 5, 5))
    kept = session(tmp_path, WITNESS["relativistic_pair"], "training.freeze_critic=1")
    before = {k: v.clone() for k, v in kept.nets.critics["critic"].named_parameters()}
    list(iterate(kept))
    moved = {k for k, v in kept.nets.critics["critic"].named_parameters() if not torch.equal(v, before[k])}
    assert moved
    assert not any(name.startswith("net.0.") for name in moved)


def test_frozen_layers_under_spectral_norm_stay_too() -> None:
    norm = nn.utils.parametrizations.spectral_norm
    critic = nn.Sequential(norm(nn.Linear(2, 2)), norm(nn.Linear(2, 1)))
    freeze_first(critic, 1, torch.randn(2, 2))
    assert [k for k, p in critic.named_parameters() if not p.requires_grad] == [
        "0.bias",
        "0.parametrizations.weight.original",
    ]


def test_orthogonal_first_weights_have_filters_at_right_angles() -> None:
    net = nn.Sequential(nn.Conv2d(4, 8, 3), nn.utils.parametrizations.spectral_norm(nn.Linear(16, 5)))
    set_orthogonal(net)
    for weight in (net[0].weight.flatten(1), net[1].parametrizations.weight.original):
        torch.testing.assert_close(weight @ weight.T, torch.eye(len(weight)), atol=1e-5, rtol=0)


TECHNIQUES = [
    "regularizers=[{kind='drift'}]",
    "regularizers=[{kind='dragan'}]",
    "regularizers=[{kind='lecam'}]",
    "regularizers=[{kind='consistency'}]",
    "regularizers=[{kind='orthogonal', side='both'}]",
    "objective.top_k=0.5",
    "objective.san=true",
    "training.instance_noise=0.1",
]


@pytest.mark.parametrize("setting", TECHNIQUES)
def test_a_technique_moves_the_networks_otherwise_and_resumes_to_the_bit(setting: str, tmp_path: Path) -> None:
    toy = WITNESS["relativistic_pair"]
    plain, straight, half = (session(tmp_path, toy, *s) for s in ((), (setting,), (setting,)))
    for _ in range(2):
        list(iterate(plain)), list(iterate(straight))
    update_all = lambda kept: list(iterate(kept))  # noqa: E731
    update_all(half)
    again = session(tmp_path, toy, setting)
    again.load_state_dict(half.state_dict())
    update_all(again)
    sides = [[p for side in "dg" for p in kept.learnable[side]] for kept in (plain, straight, again)]
    assert all(torch.equal(a, b) for a, b in zip(sides[1], sides[2], strict=True))
    assert not all(a.shape == b.shape and torch.equal(a, b) for a, b in zip(sides[0], sides[1], strict=False))


def test_weight_clipping_leaves_frozen_layers_as_they_are() -> None:
    critic = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    freeze_first(critic, 1, torch.randn(2, 2))
    for parameter in critic.parameters():
        parameter.data.fill_(3.0)
    (constraint,) = build_constraints([schema.WeightClip(limit=0.5)])
    constraint.after_step({"critic": critic}, float)
    assert [set(p.flatten().tolist()) for p in critic.parameters()] == [{3.0}, {3.0}, {0.5}, {0.5}]
