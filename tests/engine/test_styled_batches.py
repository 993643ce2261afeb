"""Contents and styles in one batch: two streams, each with draws of its own, both in colours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ganstudio.data.store import DataSet
from ganstudio.engine.contract import DataContract, DataShape
from ganstudio.engine.styled_batches import StyledBatches, check_styles, coloured, conversions
from ganstudio.errors import RecipeError
from ganstudio.recipe.schema import Data
from tests.engine.test_batches import CPU, WHOLE, draw, numbered, numbers, packed

NEEDS = DataContract(least_held=2, styles=True)


def both(folder: Path, contents: int = 40, styles: int = 6) -> DataSet:
    return replace(numbered(folder / "contents", contents), styles=numbered(folder / "styles", styles))


def source(data: DataSet, held_out: float = 0.0, seed: int = 0) -> StyledBatches:
    return StyledBatches(data, NEEDS, False, seed, CPU, held_out)


def test_each_side_shows_all_of_its_pictures_once_an_epoch_in_an_order_of_its_own(tmp_path: Path) -> None:
    batch = source(both(tmp_path, 12, 12)).at("d", 0, draw(12), WHOLE)
    assert batch.styles is not None
    contents, styles = numbers(batch.images), numbers(batch.styles)
    assert sorted(contents) == sorted(styles) == list(range(12))
    assert contents != styles


def test_a_style_set_that_is_smaller_than_a_batch_comes_again(tmp_path: Path) -> None:
    batch = source(both(tmp_path, 40, 3)).at("d", 0, draw(9), WHOLE)
    assert batch.styles is not None
    assert sorted(numbers(batch.styles)) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert len(set(numbers(batch.images))) == 9


def test_processes_and_micro_batches_draw_the_rows_of_the_whole_batch(tmp_path: Path) -> None:
    drawn = source(both(tmp_path))
    whole = drawn.at("g", 8, draw(8), WHOLE)
    part = drawn.at("g", 8, draw(8, rows=slice(4, 8)), WHOLE)
    assert whole.styles is not None
    assert part.styles is not None
    assert torch.equal(part.styles, whole.styles[4:])
    assert torch.equal(part.images, whole.images[4:])
    halved = whole.rows(slice(2, 5)).styles
    assert halved is not None
    assert torch.equal(halved, whole.styles[2:5])


def test_contents_and_styles_are_cut_at_places_of_their_own(tmp_path: Path) -> None:
    columns = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, None, :, None], (8, 64, 64, 3))
    data = replace(packed(tmp_path / "a", columns), styles=packed(tmp_path / "b", columns[:, :, :48]))
    batch = StyledBatches(data, NEEDS, False, 0, CPU, 0.0, None, (16, 16)).at("d", 0, draw(8), WHOLE)
    assert batch.styles is not None
    assert batch.images.shape == batch.styles.shape == (8, 3, 16, 16)
    assert numbers(batch.images) != numbers(batch.styles)


def test_what_is_looked_at_is_held_out_on_both_sides_and_repeats_styles(tmp_path: Path) -> None:
    drawn = source(both(tmp_path, 40, 10), held_out=0.2)
    held = drawn.held(100, WHOLE)
    assert held is not None
    assert held.styles is not None
    assert set(numbers(held.images)) == set(drawn.held_rows.tolist())
    assert set(numbers(held.styles)) == set(drawn.styles.held_rows.tolist())
    assert (len(held.images), len(held.styles), len(set(numbers(held.styles)))) == (8, 8, 2)
    seen = [drawn.at("d", n * 8, draw(8, n), WHOLE).styles for n in range(20)]
    assert not {n for styles in seen if styles is not None for n in numbers(styles)} & set(numbers(held.styles))


def test_where_nothing_is_held_out_there_is_nothing_of_that(tmp_path: Path) -> None:
    assert source(both(tmp_path)).held(8, WHOLE) is None


def test_a_look_is_the_same_each_time(tmp_path: Path) -> None:
    data = both(tmp_path)
    first, again = (source(data).fixed("preview/real", 10, WHOLE) for _ in range(2))
    assert first.styles is not None
    assert again.styles is not None
    assert torch.equal(first.styles, again.styles)
    assert len(first.styles) == len(first.images) == 10


def test_grey_is_repeated_and_what_is_transparent_lies_over_white() -> None:
    grey = torch.full((1, 1, 2, 2), 0.25)
    assert torch.equal(coloured(grey), torch.full((1, 3, 2, 2), 0.25))
    # a red pixel: opaque, half transparent, clear
    red = torch.tensor([1.0, -1.0, -1.0])
    clear = torch.stack([torch.cat([red, torch.tensor([alpha])]) for alpha in (1.0, 0.0, -1.0)], 1).view(1, 4, 1, 3)
    assert coloured(clear)[0, :, 0].T.tolist() == [[1.0, -1.0, -1.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0]]


def test_conversions_are_told_of_both_sides(tmp_path: Path) -> None:
    data = replace(both(tmp_path), styles=packed(tmp_path / "clear", np.zeros((4, 4, 4, 4), np.uint8)))
    told = list(conversions(data))
    assert told == [
        "the contents, numbered, are grey: they are seen in three equal channels",
        "the styles, numbered, are transparent: they are seen over white",
    ]


SEEN = DataShape(3, (4, 4))


@pytest.mark.parametrize(
    ("needs", "styled", "size", "held_out", "says"),
    [
        (NEEDS, False, 4, 0.0, "learns styles from a second data set, and none was given"),
        (DataContract(), True, 4, 0.0, "takes no second data set; leave --style-data out"),
        (NEEDS, True, 8, 0.0, "4 px, smaller than the 8 px that networks see. Nearest: data.crop=4."),
        (NEEDS, True, 4, 0.9, "0.9 of the 2 images of numbered leaves no style to learn. Nearest: 0."),
    ],
    ids=["missing", "in the way", "too small", "all held out"],
)
def test_styles_that_cannot_be_learned_are_refused(
    needs: DataContract, styled: bool, size: int, held_out: float, says: str, tmp_path: Path
) -> None:
    data = both(tmp_path, 40, 2) if styled else numbered(tmp_path / "contents", 40)
    with pytest.raises(RecipeError, match=says.replace(".", r"\.")):
        check_styles(needs, data, DataShape(3, (size, size)), Data(held_out=held_out), "stylization")


def test_clips_are_no_styles(tmp_path: Path) -> None:
    data = both(tmp_path)
    assert data.styles is not None
    clips = replace(data.styles, manifest=replace(data.styles.manifest, depth=4, axes="THWC"))
    with pytest.raises(RecipeError, match="holds clips; styles are flat images"):
        check_styles(NEEDS, replace(data, styles=clips), SEEN, Data(), "stylization")
