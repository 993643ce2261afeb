"""Frames and slices as images of a score: which, how many, and both sides alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ganstudio.engine.evaluation.evaluate import Request, evaluate
from ganstudio.engine.evaluation.planes import as_planes, planes, volumes_for
from ganstudio.engine.evaluation.real_features import chosen, real_pixels
from ganstudio.errors import UsageError
from tests.engine.networks.test_volumes import noise, packed


def numbered(count: int, depth: int) -> torch.Tensor:
    """Volumes [N, 1, D, 1, 1] whose planes hold 100 n + d."""
    return (100 * torch.arange(count)[:, None] + torch.arange(depth)).view(count, 1, depth, 1, 1)


def test_a_volume_gives_four_even_planes_one_further_on_for_each() -> None:
    assert planes(numbered(3, 16), 0).flatten().tolist() == [
        *(0, 4, 8, 12),
        *(101, 105, 109, 113),
        *(202, 206, 210, 214),
    ]
    assert planes(numbered(1, 16), 15).flatten().tolist() == [15, 3, 7, 11]


def test_a_volume_of_fewer_planes_gives_each_once() -> None:
    assert sorted(planes(numbered(1, 3), 1).flatten().tolist()) == [0, 1, 2]
    assert volumes_for(10, 3) == 4
    assert volumes_for(10, None) == 10


def test_planes_are_the_same_however_volumes_come() -> None:
    volumes = numbered(5, 8)
    whole = torch.cat(list(as_planes([volumes], 18)))
    assert len(whole) == 18
    assert torch.equal(whole, torch.cat(list(as_planes(volumes.split(2), 18))))


def test_the_datas_planes_are_those_of_its_chosen_clips(tmp_path: Path) -> None:
    pixels = noise(count=20, depth=8)
    data = packed(tmp_path, pixels)
    seen = torch.cat(list(real_pixels(data, 8, 40, 16)))
    some = torch.from_numpy(pixels[chosen(20, 10).numpy()]).movedim(-1, 1)
    assert torch.equal(seen, planes(some, 0))


def ask(target: Path, against: Path, **asked: object) -> dict:
    request = {"kind": "data", "target": str(target), "against": str(against), "resolution": 8, "n": 60}
    return evaluate(Request.of({**request, "features": "lenet", "metrics": ["fid"], "device": "cpu", **asked}))


def test_clips_are_compared_by_their_frames(tmp_path: Path) -> None:
    first, second = (packed(tmp_path / name, pixels) for name, pixels in (("a", noise()), ("b", noise() // 2)))
    assert ask(first.path, first.path)["metrics"]["FD[lenet, frames]-60"] == pytest.approx(0, abs=1e-6)
    assert ask(second.path, first.path)["metrics"]["FD[lenet, frames]-60"] > 1


def test_clips_and_voxel_grids_do_not_compare(tmp_path: Path) -> None:
    clips, grids = packed(tmp_path / "t", noise()), packed(tmp_path / "d", noise(), "DHWC")
    with pytest.raises(UsageError, match="these do not compare"):
        ask(clips.path, grids.path)


def test_what_looks_at_images_alone_is_refused_by_name(tmp_path: Path) -> None:
    clips = packed(tmp_path, noise())
    with pytest.raises(UsageError, match=r"--metrics ppl is of images; solid holds clips"):
        ask(clips.path, clips.path, metrics=["ppl"])
