"""What tasks add to a step: class heads, cycles, the pool of earlier fakes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from ganstudio.engine.conformance import CPU
from ganstudio.engine.draws import Draw
from ganstudio.engine.step import update
from tests.engine.toys import (
    BATCH,
    SHIFTS,
    STILL,
    WITNESS,
    seen,
    session,
)


def test_a_class_head_is_taught_on_fakes_by_both_sides_and_on_real_images_by_the_critic(tmp_path: Path) -> None:
    toy = session(tmp_path, WITNESS["class_head"], "data.mirror=false", *STILL)
    labels = toy.batches.at("d", 0, Draw(0, "train/d", 0, BATCH, slice(0, BATCH), CPU.device), toy.stage).labels
    report, calls = seen(toy, "d")
    critic = toy.nets.critics["critic"]
    for name, images in zip(("real", "fake"), calls, strict=True):
        answer = critic(images, None).heads["classes"]
        torch.testing.assert_close(report.losses[f"d_class_{name}"], F.cross_entropy(answer, labels))
    assert update(toy, "g").losses.keys() == {"g", "g_class_fake"}


def test_cycle_and_identity_losses_are_ten_and_five_times_the_mean_distance(tmp_path: Path) -> None:
    losses = update(session(tmp_path, SHIFTS, *STILL), "g").losses
    # each network adds 0.1: once round the cycle is 0.2 too bright, once through a network 0.1
    for domain in ("a", "b"):
        assert losses[f"g_cycle_{domain}"].item() == pytest.approx(10 * 0.2, rel=1e-4)
        assert losses[f"g_identity_{domain}"].item() == pytest.approx(5 * 0.1, rel=1e-4)


def test_critics_of_a_translation_see_earlier_fakes_half_of_the_time_once_their_pool_is_full(tmp_path: Path) -> None:
    toy = session(tmp_path, SHIFTS, *STILL)
    depth = 50 // BATCH
    made: list[set[tuple[float, ...]]] = []
    earlier = []
    for turn in range(200):
        draw = Draw(0, "train/d", turn, BATCH, slice(0, BATCH), CPU.device)
        batch = toy.batches.at("d", turn * BATCH, draw, toy.stage)
        new = toy.nets.generators["b_to_a"](batch.domains[0]).detach()
        shown = seen(toy, "d", "a")[1][1]
        made.append({tuple(image.flatten().tolist()) for image in new})
        assert all(tuple(image.flatten().tolist()) in set().union(*made) for image in shown)
        earlier.append((shown != new).flatten(1).any(1).float().mean().item())
    assert earlier[:depth] == [0.0] * depth
    # by chance one in 20 earlier fakes is the new one again; three standard deviations of the share are 0.038
    assert sum(earlier[depth:]) / len(earlier[depth:]) == pytest.approx(0.5 * 19 / 20, abs=0.04)
