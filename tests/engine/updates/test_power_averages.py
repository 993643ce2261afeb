from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine.averages.power_function import PowerAverages, gamma_of_std, std_of_gamma
from ganstudio.engine.run_folder.inheritance import inherit
from ganstudio.engine.step import iterate
from tests.engine import toys

GAMMA_OF_STD = [(1 / math.sqrt(18), 1.0), (math.sqrt(3 / 80), 2.0), (math.sqrt(10 / 12) / 11, 9.0)]


@pytest.mark.parametrize(("std", "gamma"), GAMMA_OF_STD)
def test_the_power_of_a_std_is_that_of_a_beta_distribution(std: float, gamma: float) -> None:
    """The variance of Beta(a, 1) is a / ((a + 1)^2 (a + 2)): 1/18 for a = 2, 3/80 for a = 3, 10/1452 for a = 10."""
    assert gamma_of_std(std) == pytest.approx(gamma)
    assert std_of_gamma(gamma) == pytest.approx(std)


@pytest.mark.parametrize("std", [0.0099, 0.281, -1.0])
def test_a_std_that_no_power_has_is_refused(std: float) -> None:
    with pytest.raises(ValueError, match=r"from 0\.01 to 0\.28"):
        gamma_of_std(std)


def scalar(value: float) -> nn.Module:
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, value)
    return net


def value(averages: PowerAverages) -> float:
    return averages.weights[0]["net"]["weight"].item()


def test_an_average_weighs_an_update_by_the_area_of_its_images_under_the_profile() -> None:
    """With gamma 1 the area up to t is t^2: of 40 images, weights 2, 5 and 3 count for 1/16, 3/16 and, twice as many
    images being taken in at once, 12/16.
    """
    averages = PowerAverages((1 / math.sqrt(18),), {"net": scalar(100.0)})
    for nimg, weight in ((10, 2.0), (20, 5.0), (40, 3.0)):
        averages.update({"net": scalar(weight)}, nimg)
    assert value(averages) == pytest.approx((2 + 3 * 5 + 12 * 3) / 16)


def test_the_first_update_forgets_what_the_networks_began_with() -> None:
    averages = PowerAverages((0.05,), {"net": scalar(float("1e30"))})
    averages.update({"net": scalar(0.1)}, 64)
    assert value(averages) == torch.tensor(0.1).item()


def weights_of(averages: PowerAverages) -> list[Tensor]:
    return [tensor for nets in averages.weights for net in nets.values() for tensor in net.values()]


def test_averages_that_no_checkpoint_has_begin_with_its_generators_and_a_note(tmp_path: Path) -> None:
    parent = toys.session(tmp_path / "a", toys.LINEAR)
    for _ in range(3):
        list(iterate(parent))
    state = parent.state_dict()
    assert state["power_averages"] == {}
    child = toys.session(tmp_path / "b", toys.LINEAR, "training.ema_stds=[0.05, 0.1]")
    notes = inherit(child, state, "everything", "a@0.02")
    assert notes == ["training.ema_stds: averages begin here, for the checkpoint has none of these"]
    now = [*child.nets.generators["generator"].parameters()] * 2
    assert all(torch.equal(a, b) for a, b in zip(weights_of(child.power_averages), now, strict=True))
    assert child.power_averages.nimg == 24


def test_a_checkpoint_of_before_there_were_such_averages_resumes(tmp_path: Path) -> None:
    state = toys.session(tmp_path / "a", toys.LINEAR).state_dict()
    del state["power_averages"]
    resumed = toys.session(tmp_path / "b", toys.LINEAR)
    resumed.load_state_dict(state)
    assert resumed.power_averages.weights == []


def test_averages_leave_the_training_as_it_is_and_resume_exactly(tmp_path: Path) -> None:
    plain, averaged, resumed = (
        toys.session(tmp_path / name, toys.LINEAR, *settings)
        for name, settings in (("a", ()), ("b", ("training.ema_stds=[0.1]",)), ("c", ("training.ema_stds=[0.1]",)))
    )
    for step in range(6):
        if step == 3:
            resumed.load_state_dict(copy.deepcopy(averaged.state_dict()))
        for session in (plain, averaged, *([resumed] if step >= 3 else [])):
            list(iterate(session))
    for net in ("generators", "critics", "ema"):
        for name, trained in getattr(plain.nets, net).items():
            pairs = zip(trained.parameters(), getattr(averaged.nets, net)[name].parameters(), strict=True)
            assert all(torch.equal(a, b) for a, b in pairs)
    pairs = zip(weights_of(averaged.power_averages), weights_of(resumed.power_averages), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
