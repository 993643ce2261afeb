"""Data sets whose images are told apart by their pixels: image i is all i, unless a test says otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.data.manifest import SOURCE
from ganstudio.data.staging import PixelWriter, finish_set
from ganstudio.data.store import DataSet
from ganstudio.engine.batches import Batches, held_count, shrink, split
from ganstudio.engine.contract import DataContract, Stage
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.workspace import write_json

CPU = torch.device("cpu")
SIDE = 4
WHOLE = Stage(0, 1.0)


def packed(
    folder: Path, pixels: np.ndarray, labels: list[int] | None = None, sources: np.ndarray | None = None
) -> DataSet:
    """A data set of uint8 `pixels` [N, H, W, C], made from `sources` where these are given."""
    folder.mkdir(exist_ok=True)
    writer = PixelWriter(folder / "images.npy", pixels.shape[1:3], pixels.shape[3])
    writer.append(pixels)
    classes = () if labels is None else tuple(str(k) for k in range(max(labels) + 1))
    table = None if labels is None else np.array(labels, dtype=np.int64)
    source_writer = None
    if sources is not None:
        source_writer = PixelWriter(folder / SOURCE, sources.shape[1:3], sources.shape[3])
        source_writer.append(sources)
    how = {"classes": classes, "labels": table, "source_writer": source_writer}
    manifest = finish_set(folder, writer, name="numbered", source="a test", **how)
    write_json(folder / "manifest.json", manifest.as_record())
    return DataSet.load(folder)


def numbered(folder: Path, count: int, labels: list[int] | None = None) -> DataSet:
    values = np.arange(count, dtype=np.uint8)[:, None, None, None]
    return packed(folder, np.broadcast_to(values, (count, SIDE, SIDE, 1)), labels)


def batches(data: DataSet, seed: int = 0, mirror: bool = False, two: bool = False) -> Batches:
    needs = DataContract("two domains" if two else "optional")
    return Batches(data, needs, mirror, seed, CPU)


def draw(batch: int, step: int = 0, rows: slice | None = None) -> Draw:
    return Draw(0, "train/d", step, batch, rows or slice(0, batch), CPU)


def numbers(images: Tensor) -> list[int]:
    """Which images of a numbered set these are."""
    return [round(float(v)) for v in (images[:, 0, 0, 0] + 1) * 127.5]


def taken(source: Batches, position: int, count: int, stream: str = "d") -> list[int]:
    return numbers(source.at(stream, position, draw(count), WHOLE).images)


def test_an_epoch_shows_every_image_exactly_once(tmp_path: Path) -> None:
    source = batches(numbered(tmp_path, 40))
    epochs = [[i for start in range(first, first + 40, 8) for i in taken(source, start, 8)] for first in (0, 40, 80)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(40))] * 3
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_a_batch_that_crosses_an_epoch_ends_one_and_begins_the_next(tmp_path: Path) -> None:
    source = batches(numbered(tmp_path, 10))
    first, second = taken(source, 0, 10), taken(source, 10, 10)
    assert taken(source, 7, 6) == first[7:] + second[:3]


def test_a_batch_may_be_larger_than_the_data_set(tmp_path: Path) -> None:
    source = batches(numbered(tmp_path, 5))
    found = taken(source, 0, 13)
    assert [sorted(found[:5]), sorted(found[5:10])] == [list(range(5))] * 2
    assert found[10:] == taken(source, 10, 3)


def test_one_image_makes_a_batch(tmp_path: Path) -> None:
    assert taken(batches(numbered(tmp_path, 1)), 3, 4) == [0, 0, 0, 0]


def test_the_position_is_all_that_a_batch_depends_on(tmp_path: Path) -> None:
    data = numbered(tmp_path, 40)
    used = batches(data, mirror=True)
    for position in (72, 8, 100):
        used.at("d", position, draw(8), WHOLE)
    fresh = batches(data, mirror=True).at("d", 36, draw(8), WHOLE)
    assert torch.equal(used.at("d", 36, draw(8), WHOLE).images, fresh.images)


def test_streams_and_seeds_shuffle_in_their_own_ways(tmp_path: Path) -> None:
    data = numbered(tmp_path, 40)
    orders = [taken(batches(data), 0, 40), taken(batches(data), 0, 40, stream="g"), taken(batches(data, seed=1), 0, 40)]
    assert len({tuple(order) for order in orders}) == 3


def test_processes_share_a_batch_out_in_order(tmp_path: Path) -> None:
    labels = [i % 3 for i in range(40)]
    source = batches(numbered(tmp_path, 40, labels), mirror=True)
    whole = source.at("d", 36, draw(8), WHOLE)
    parts = [source.at("d", 36, draw(8, rows=World(rank, 4).rows(8)), WHOLE) for rank in range(4)]
    assert torch.equal(torch.cat([part.images for part in parts]), whole.images)
    assert torch.equal(torch.cat([part.labels for part in parts]), whole.labels)


def test_labels_stay_with_their_images(tmp_path: Path) -> None:
    labels = [(i * 7) % 5 for i in range(40)]
    batch = batches(numbered(tmp_path, 40, labels)).at("d", 25, draw(30), WHOLE)
    assert batch.labels.tolist() == [labels[i] for i in numbers(batch.images)]


def test_without_classes_there_are_no_labels(tmp_path: Path) -> None:
    assert batches(numbered(tmp_path, 5)).at("d", 0, draw(5), WHOLE).labels is None


def test_pixels_0_to_255_become_minus_1_to_1_in_even_steps(tmp_path: Path) -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    images = batches(packed(tmp_path, pixels)).at("d", 0, draw(1), WHOLE).images
    torch.testing.assert_close(
        images.flatten().double(), torch.linspace(-1, 1, 256, dtype=torch.float64), atol=1e-7, rtol=0
    )
    assert (images.min().item(), images.max().item()) == (-1.0, 1.0)


def test_colours_and_axes_arrive_as_channels_first(tmp_path: Path) -> None:
    pixels = np.zeros((1, 2, 2, 3), dtype=np.uint8)
    pixels[0, 0, 1] = (255, 0, 255)  # the upper right pixel is magenta
    images = batches(packed(tmp_path, pixels)).at("d", 0, draw(1), WHOLE).images
    assert images.tolist() == [[[[-1, 1], [-1, -1]], [[-1, -1], [-1, -1]], [[-1, 1], [-1, -1]]]]


def test_batches_lie_in_memory_as_convolutions_want_them(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 3), np.uint8)
    images = batches(packed(tmp_path, pixels), mirror=True).at("d", 0, draw(8), Stage(1, 0.5)).images
    assert images.is_contiguous(memory_format=torch.channels_last)


def test_mirroring_flips_half_of_the_images_and_changes_nothing_else(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (400, 4, 4, 1), np.uint8)
    data = packed(tmp_path, pixels)
    plain, mirrored = (batches(data, mirror=mirror).at("d", 0, draw(400), WHOLE).images for mirror in (False, True))
    flipped = (mirrored != plain).flatten(1).any(1)
    assert torch.equal(mirrored[flipped], plain[flipped].flip(3))
    # three standard deviations of a share of 400 at a half are 0.075
    assert flipped.float().mean().item() == pytest.approx(0.5, abs=0.075)


def test_mirroring_is_drawn_anew_each_step(tmp_path: Path) -> None:
    source = batches(packed(tmp_path, np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), np.uint8)), mirror=True)
    assert not torch.equal(*(source.at("d", 0, draw(40, step), WHOLE).images for step in (0, 1)))


def test_below_the_stored_resolution_each_pixel_is_the_mean_of_its_box(tmp_path: Path) -> None:
    rows = [[0, 255, 51, 51], [255, 0, 51, 51], [0, 0, 255, 255], [0, 102, 255, 255]]
    data = packed(tmp_path, np.array(rows, dtype=np.uint8).reshape(1, 4, 4, 1))
    images = batches(data).at("d", 0, draw(1), Stage(1, 1.0)).images
    # means 127.5, 51, 25.5 and 255 of 255, from [0, 255] to [-1, 1]
    torch.testing.assert_close(images, torch.tensor([[[[0.0, -0.6], [-0.8, 1.0]]]]))
    images = batches(data).at("d", 0, draw(1), Stage(2, 1.0)).images
    torch.testing.assert_close(images, torch.tensor([[[[(0.0 - 0.6 - 0.8 + 1.0) / 4]]]]))


@pytest.mark.parametrize(("alpha", "expected"), [(0.0, [0.25] * 4), (0.5, [0.125, 0.125, 0.125, 0.625])])
def test_a_stage_that_fades_in_is_blended_with_the_one_before(alpha: float, expected: list[float]) -> None:
    # at 2 px the image is (0, 0, 0, 1); the stage before, 1 px, sees their mean of 1/4 everywhere
    images = torch.tensor([[[[0.0, 0.0], [0.0, 1.0]]]]).repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert shrink(images, 2, alpha).flatten().tolist() == expected


def test_what_is_clear_darkens_no_edge_where_rgba_is_averaged_down() -> None:
    # an opaque white pixel beside three that are clear and black: white, a quarter of it there
    images = torch.full((1, 4, 2, 2), -1.0)
    images[..., 0, 0] = 1.0
    assert shrink(images, 2).flatten().tolist() == [1.0, 1.0, 1.0, -0.5]


def test_batches_of_a_rectangle_are_averaged_down_along_both_sides(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3), np.uint8)
    source = Batches(packed(tmp_path, pixels), DataContract(), False, 0, CPU, size=(4, 6))
    assert source.at("d", 0, draw(2), WHOLE).images.shape == (2, 3, 4, 6)
    assert source.at("d", 0, draw(2), Stage(1, 1.0)).images.shape == (2, 3, 2, 3)


def test_two_domains_never_mix_whatever_their_sizes(tmp_path: Path) -> None:
    # 7 of one domain and 13 of the other, interleaved
    labels = [int(i % 3 != 0) for i in range(20)]
    source = batches(numbered(tmp_path, 20, labels), two=True)
    domains = [[i for i in range(20) if labels[i] == k] for k in (0, 1)]
    found: list[list[int]] = [[], []]
    for position in range(0, 91, 7):
        batch = source.at("d", position, draw(7), WHOLE)
        found[0] += numbers(batch.images)
        found[1] += numbers(batch.domains[0])
    for seen, domain in zip(found, domains, strict=True):
        assert sorted(seen[: len(domain)]) == domain
        assert sorted(seen[len(domain) : 2 * len(domain)]) == domain


def test_a_fixed_batch_is_the_same_for_ever_never_mirrored_and_no_larger_than_the_data(tmp_path: Path) -> None:
    data = numbered(tmp_path, 12)
    asymmetric = packed(tmp_path / "shaded", np.random.default_rng(0).integers(0, 256, (12, 4, 4, 1), np.uint8))
    source = batches(data)
    source.at("d", 5, draw(9), WHOLE)
    assert sorted(numbers(source.fixed("score", 100, WHOLE).images)) == list(range(12))
    assert torch.equal(source.fixed("score", 5, WHOLE).images, batches(data).fixed("score", 5, WHOLE).images)
    mirrored, plain = (batches(asymmetric, mirror=mirror).fixed("score", 12, WHOLE).images for mirror in (True, False))
    assert torch.equal(mirrored, plain)


def test_a_fixed_batch_leaves_training_batches_as_they_are(tmp_path: Path) -> None:
    data = packed(tmp_path, np.random.default_rng(0).integers(0, 256, (12, 4, 4, 1), np.uint8))
    looked, blind = batches(data, mirror=True), batches(data, mirror=True)
    looked.fixed("d", 12, WHOLE)
    assert torch.equal(looked.at("d", 6, draw(12), WHOLE).images, blind.at("d", 6, draw(12), WHOLE).images)


def test_held_out_images_are_never_drawn_and_the_same_whatever_the_seed(tmp_path: Path) -> None:
    data = numbered(tmp_path, 250)
    source = Batches(data, DataContract(), True, 3, CPU, 0.1)
    held = source.held(1000, WHOLE)
    assert held is not None
    kept_apart = numbers(held.images)
    assert len(kept_apart) == 25
    drawn = taken(source, 0, 225)
    assert sorted(drawn + kept_apart) == list(range(250))
    again = Batches(data, DataContract(), False, 4, CPU, 0.1).held(5, WHOLE)
    assert again is not None
    assert numbers(again.images) == kept_apart[::5]  # spread over all of them
    assert source.seconds > 0


def test_other_data_hold_out_other_rows_and_a_larger_share_holds_out_what_a_smaller_one_does(tmp_path: Path) -> None:
    data = numbered(tmp_path, 250)
    some, more = (set(split(data, share)[0].tolist()) for share in (0.1, 0.2))
    assert some < more
    assert set(split(replace(data, manifest=replace(data.manifest, fingerprint="another")), 0.1)[0].tolist()) != some


def test_the_tiles_of_a_picture_are_all_trained_on_or_all_held_out_and_two_pictures_are(tmp_path: Path) -> None:
    writer = PixelWriter(tmp_path / "images.npy", SIDE, 1)
    whole = np.repeat(np.arange(10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    writer.append(np.broadcast_to(whole.astype(np.uint8)[:, None, None, None], (len(whole), SIDE, SIDE, 1)))
    manifest = finish_set(tmp_path, writer, name="tiles", source="a test", whole_pictures=whole)
    write_json(tmp_path / "manifest.json", manifest.as_record())
    data = DataSet.load(tmp_path)
    sides = {share: [{*whole[rows].tolist()} for rows in split(data, share)] for share in (0.0, 0.02, 0.5)}
    assert [len(held) for held, _ in sides.values()] == [0, 2, 5]
    assert all(held.isdisjoint(trained) for held, trained in sides.values())
    shown = Batches(data, DataContract(), False, 0, CPU, 0.5).held(20, WHOLE)
    assert {*numbers(shown.images)} == sides[0.5][0]


def test_what_is_held_out_is_the_share_it_names(tmp_path: Path) -> None:
    shares = [(100, 0.02), (1000, 0.5), (40, 0.02), (20, 0.02), (100, 0.29), (10**6, 0.02), (10**6, 0.0)]
    data = numbered(tmp_path, 40)
    held = [held_count(replace(data.manifest, count=count), share) for count, share in shares]
    assert held == [2, 500, 1, 0, 29, 20_000, 0]
    assert batches(data).held(8, WHOLE) is None
