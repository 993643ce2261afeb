"""Images that are made larger than they are: that is told, wherever it happens."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.manifest import Enlarged, parse
from ganstudio.data.pack import add
from ganstudio.data.store import DataSet
from ganstudio.workspace import data_home
from tests.data.pictures import GREEN, plain


def pictures(folder: Path, *sizes: tuple[int, int]) -> Path:
    for number, size in enumerate(sizes):
        plain(folder / f"{number}.png", GREEN, size)
    return folder


def stack(folder: Path, side: int) -> Path:
    folder.mkdir()
    np.save(folder / "a.npy", np.zeros((4, side, side, 1), np.uint8))
    return folder / "a.npy"


@pytest.mark.parametrize(
    ("fit", "sizes", "enlarged"),
    [
        ("crop", ((64, 64), (80, 70)), None),
        ("crop", ((20, 40), (64, 64), (30, 30)), Enlarged(2, 25)),
        ("pad", ((20, 40), (64, 10), (30, 30)), Enlarged(2, 35)),
    ],
)
def test_pictures_smaller_than_the_packed_size_are_counted(
    home: Path, tmp_path: Path, fit: str, sizes: tuple[tuple[int, int], ...], enlarged: Enlarged | None
) -> None:
    packed = add(pictures(tmp_path / "small", *sizes), size=64, fit=fit)  # type: ignore[arg-type]
    assert packed.manifest.enlarged == enlarged
    assert DataSet.load(packed.path).manifest.enlarged == enlarged


def test_digits_of_28_px_are_framed_at_32_and_enlarged_at_64(home: Path, tmp_path: Path) -> None:
    framed = add(stack(tmp_path / "digits", 28), name="digits", size=32)
    assert framed.manifest.enlarged is None
    larger = at_resolution(framed, 64).manifest
    assert larger.enlarged == Enlarged(4, 28)
    assert larger.enlarged_words(64) == "the images are enlarged from 28 px to 64 px, which adds no detail"
    assert larger.own_resolution == 32


def test_a_set_whose_source_is_gone_is_enlarged_from_its_stored_pixels(home: Path, tmp_path: Path) -> None:
    source = pictures(tmp_path / "small", (64, 64))
    packed = add(source, size=16)
    plain(source / "new.png", GREEN)
    larger = at_resolution(packed, 64).manifest
    assert larger.enlarged == Enlarged(1, 16, lost=True)
    assert larger.size_notes(64) == [
        "the images are enlarged from 16 px to 64 px, which adds no detail, "
        f"for {packed.manifest.source} is gone or has changed since they were packed; "
        "--set data.resolution=16 trains faster"
    ]
    assert DataSet.load(data_home() / "small@64").manifest == larger
    assert at_resolution(packed, 8).manifest.enlarged_words(8) is None


def test_what_is_enlarged_in_the_store_and_averaged_down_for_a_training_is_not(home: Path, tmp_path: Path) -> None:
    packed = add(pictures(tmp_path / "small", (32, 32)), size=64).manifest
    assert packed.enlarged_words(64) is not None
    assert packed.enlarged_words(32) is None


def test_a_set_that_is_seen_smaller_than_it_is_stored_is_told(home: Path, tmp_path: Path) -> None:
    packed = add(pictures(tmp_path / "pets", (64, 64)), size=64).manifest
    assert packed.size_notes(32) == [
        "pets is stored in 64 px and seen in 32 px; --set data.resolution=data keeps the size that it has"
    ]
    assert packed.size_notes(64) == []


def test_a_set_of_an_earlier_version_tells_what_its_headers_did(home: Path, tmp_path: Path) -> None:
    record = add(pictures(tmp_path / "small", (20, 20), (20, 20), (90, 90)), size=64).manifest.as_record()
    del record["enlarged"]
    assert parse(json.dumps(record)).enlarged == Enlarged(2, 20)
    with pytest.raises(ValueError, match="enlarged"):
        parse(json.dumps({**record, "enlarged": {"images": "many", "side": 3}}))
