"""What is said of a data set, wherever it is said."""

from __future__ import annotations

from pathlib import Path

from ganstudio.data.manifest import Enlarged, Manifest, SkippedFile
from ganstudio.data.store import DataSet
from ganstudio.report.data import CELLS, Balance, balance, brief, facts

PETS = Manifest(
    name="pets",
    count=1200,
    resolution=32,
    channels=3,
    axes="HWC",
    classes=("cat", "dog", "emu"),
    class_counts=(900, 300, 0),
    fingerprint="ab" * 32,
    source="photos",
    skipped=(SkippedFile("notes.txt", "no image"),),
    enlarged=Enlarged(1200, 16),
    synthetic=200,
)
CLIPS = Manifest("clips", 3, 8, 1, "THWC", (), (), "cd" * 32, "a test", depth=4)


def test_a_row_of_a_list_tells_a_picture_s_side_and_a_clip_s_whole_size() -> None:
    assert [cell(PETS) for cell in CELLS.values()] == ["pets", "1,200", "32²", "rgb", "3", "1", "photos"]
    assert [cell(CLIPS) for cell in CELLS.values()] == ["clips", "3", "4x8x8", "gray", "–", "–", "a test"]


def test_facts_leave_out_what_there_is_not() -> None:
    whole = {fact.label: fact.value for fact in facts(DataSet(Path("sets/pets"), PETS))}
    assert whole["images"] == "1,200 of 1,201 files"
    assert whole["synthetic"] == "the last 200, drawn by a generator"
    assert whole["enlarged"] == "the images are enlarged from 16 px to 32 px, which adds no detail"
    assert "attributes" not in whole
    bare = {fact.label: fact.value for fact in facts(DataSet(Path("sets/clips"), CLIPS))}
    assert (bare["clips"], bare["size"], bare["classes"]) == ("3", "4 frames of 8 x 8, gray", "none")
    assert not {"synthetic", "enlarged"} & bare.keys()


def test_a_brief_has_no_labels() -> None:
    assert brief(PETS) == ["1,200 images", "32²", "rgb", "200 synthetic", "enlarged from 16 px"]
    assert brief(CLIPS) == ["3 clips", "4x8x8", "gray"]


def test_a_class_without_images_is_empty_and_not_the_smallest() -> None:
    assert balance(PETS) == Balance(900, 300, ("emu",))
    assert Balance(900, 300, ("emu",)).ratio == 3.0
    assert balance(CLIPS) is None
