"""Pictures that come in pairs, and parts of pictures: one draw mirrors and cuts both sides."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.data.store import DataSet
from ganstudio.engine.batches import Batches
from ganstudio.engine.contract import DataContract, Stage
from ganstudio.engine.data_shape import recorded_shape, seen_shape
from ganstudio.engine.distributed import World
from ganstudio.errors import RecipeError
from ganstudio.recipe.schema import Data
from tests.engine.test_batches import CPU, SIDE, WHOLE, draw, numbers, packed

PAIRS = DataContract(source=True)


def test_a_picture_and_its_source_are_mirrored_alike_and_keep_their_own_sizes(tmp_path: Path) -> None:
    columns = np.arange(SIDE, dtype=np.uint8) * 60
    pixels = np.tile(columns[None, None, :, None], (16, SIDE, 1, 1))
    data = packed(tmp_path, pixels, sources=np.tile(columns[None, None, ::2, None], (16, 2, 1, 3)))
    batch = Batches(data, PAIRS, True, 0, CPU).at("d", 0, draw(16), WHOLE)
    assert batch.source.shape == (16, 3, 2, 2)
    turned = batch.images[:, 0, 0, 0] > batch.images[:, 0, 0, -1]
    assert set(turned.tolist()) == {True, False}
    assert torch.equal(turned, batch.source[:, 0, 0, 0] > batch.source[:, 0, 0, -1])
    assert torch.equal(batch.rows(slice(4, 8)).source, batch.source[4:8])


def test_pictures_and_their_sources_stay_together_in_any_order(tmp_path: Path) -> None:
    number = np.arange(40, dtype=np.uint8)[:, None, None, None]
    pixels, sources = (number * np.ones((1, side, side, 1), np.uint8) for side in (SIDE, 2))
    data = packed(tmp_path, pixels, sources=sources)
    batch = Batches(data, PAIRS, False, 0, CPU).at("d", 24, draw(32), WHOLE)
    assert numbers(batch.source) == numbers(batch.images)
    assert numbers(Batches(data, PAIRS, False, 0, CPU).fixed("look", 8, WHOLE).source) != []


def plane(folder: Path, count: int, height: int, width: int, times: int) -> DataSet:
    """Pictures whose pixel (y, x) has the value 10 y + x, and sources of every `times`-th pixel of them."""
    y, x = np.mgrid[:height, :width]
    pixels = np.broadcast_to((10 * y + x).astype(np.uint8)[None, :, :, None], (count, height, width, 1))
    return packed(folder, pixels, sources=pixels[:, ::times, ::times])


def values(images: Tensor) -> Tensor:
    return ((images + 1) * 127.5).round().long()


def cropped(data: DataSet, crop: tuple[int, int], mirror: bool = False, seed: int = 0) -> Batches:
    return Batches(data, PAIRS, mirror, seed, CPU, 0.1, data.manifest.size, crop)


def test_one_draw_cuts_and_mirrors_a_picture_and_its_source_of_half_the_size(tmp_path: Path) -> None:
    batch = cropped(plane(tmp_path, 400, 6, 8, 2), (2, 4), mirror=True).at("d", 0, draw(200), WHOLE)
    images, source = values(batch.images)[:, 0], values(batch.source)[:, 0]
    assert (images.shape, source.shape) == ((200, 2, 4), (200, 1, 2))
    turned = images[:, 0, 0] > images[:, 0, -1]
    plain = torch.where(turned[:, None, None], images.flip(-1), images)
    assert torch.equal(torch.where(turned[:, None, None], source.flip(-1), source), plain[:, ::2, ::2])
    y, x = torch.meshgrid(torch.arange(2), torch.arange(4), indexing="ij")
    assert torch.equal(plain, plain[:, :1, :1] + 10 * y + x)  # a part of the plane, one pixel a pixel
    assert set(plain[:, 0, 0].tolist()) == {10 * top + left for top in (0, 2, 4) for left in (0, 2, 4)}
    assert turned.float().mean().item() == pytest.approx(0.5, abs=0.11)


def test_processes_and_repeats_cut_the_same_parts_and_other_steps_others(tmp_path: Path) -> None:
    source = cropped(plane(tmp_path, 40, 8, 8, 2), (4, 4))
    whole = source.at("d", 0, draw(8), WHOLE)
    parts = [source.at("d", 0, draw(8, rows=World(rank, 4).rows(8)), WHOLE) for rank in range(4)]
    for part in ("images", "source"):
        assert torch.equal(torch.cat([getattr(one, part) for one in parts]), getattr(whole, part))
    assert not torch.equal(source.at("d", 0, draw(8, step=1), WHOLE).images, whole.images)


def test_held_out_pictures_show_the_same_parts_in_every_run(tmp_path: Path) -> None:
    data = plane(tmp_path, 40, 8, 8, 2)
    first, second = (cropped(data, (4, 4), mirror=True, seed=seed).held(4, WHOLE) for seed in (0, 1))
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.source, second.source)
    assert first.images.shape[2:] == (4, 4)


def test_a_crop_is_cut_at_the_resolution_that_networks_see_and_may_fade_in(tmp_path: Path) -> None:
    source = Batches(plane(tmp_path, 8, 16, 16, 2), PAIRS, False, 0, CPU, size=(8, 8), crop=(4, 4))
    fading = source.at("d", 0, draw(4), Stage(1, 0.5))
    assert source.at("d", 0, draw(4), WHOLE).images.shape == (4, 1, 4, 4)
    assert fading.images.shape == (4, 1, 2, 2)
    assert fading.source.shape == (4, 1, 2, 2)


@pytest.mark.parametrize(
    ("crop", "said"),
    [
        (9, "data.crop: must be no larger than the pictures, of 8; got 9. Nearest: 8."),
        (
            [4, 12],
            "data.crop: must be no larger than the pictures, of 8; got 12x4 ([4, 12] in a recipe). Nearest: [4, 8].",
        ),
        (3, "data.crop: must be a multiple of 2, for whole pixels of the source; got 3. Nearest: 4."),
    ],
    ids=str,
)
def test_a_crop_that_cannot_be_cut_is_refused_by_name_with_the_nearest(tmp_path: Path, crop: object, said: str) -> None:
    with pytest.raises(RecipeError, match=re.escape(said)):
        seen_shape(plane(tmp_path, 8, 8, 8, 2), Data(resolution=8, crop=crop))


def test_networks_are_built_for_the_crop_and_its_source(tmp_path: Path) -> None:
    data = plane(tmp_path, 8, 8, 8, 2)
    shape = seen_shape(data, Data(resolution=8, crop=[4, 6]))
    assert (shape.size, shape.source) == ((4, 6), (1, 2, 3))
    assert seen_shape(data, Data(resolution=8)).source == (1, 4, 4)
    assert seen_shape(data, Data(resolution=4)).source == (1, 2, 2)


def test_an_export_knows_from_the_record_what_training_knew_from_the_data(tmp_path: Path) -> None:
    data = plane(tmp_path, 8, 8, 8, 2)
    recorded = {"resolution": 8, "size": [8, 8], "channels": 1, "classes": [], "source_shape": [4, 4, 1]}
    for choice in (Data(resolution=8), Data(resolution=4), Data(resolution=8, crop=[4, 6])):
        assert recorded_shape(recorded, choice) == seen_shape(data, choice)
    old = {"resolution": 8, "channels": 3, "classes": ["a", "b"]}  # as an earlier version wrote it
    assert recorded_shape(old, Data(resolution=8)).size == (8, 8)
