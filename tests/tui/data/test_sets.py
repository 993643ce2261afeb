"""What is behind the screen Data."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.errors import UsageError
from ganstudio.report.checks import of_json
from ganstudio.tui.data import add_form, check, sets
from ganstudio.tui.widgets import tiling
from ganstudio.tui.widgets.bars import bars
from tests.inference.stores import noise, pack
from tests.tui.data.in_data import clips


def test_a_source_is_a_known_name_or_a_path_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert add_form.source("mnist") == "mnist"
    assert add_form.source(".") == add_form.source("~") == str(tmp_path)
    assert add_form.source("photos") == add_form.source("~/photos") == str(tmp_path / "photos")
    with pytest.raises(UsageError, match=r"Did you mean '\./photos'"):
        add_form.source("fotos")
    with pytest.raises(UsageError, match=r"There is no 'x' in .*photos\. It is empty"):
        add_form.source(str(tmp_path / "photos" / "x" / "y"))
    with pytest.raises(UsageError):
        add_form.source(f"~nobody-at-all/{'x' * 300}")


def test_the_form_gives_only_the_options_that_were_filled_in(tmp_path: Path) -> None:
    values = {"path": str(tmp_path), "name": "", "size": "", "fit": "", "labels": ""}
    assert add_form.arguments(values) == ["data", "add", str(tmp_path), "--json"]
    filled = values | {"name": "a", "size": "32", "fit": "pad", "labels": "none"}
    options = [
        "--name",
        "a",
        "--size",
        "32",
        "--fit",
        "pad",
        "--labels",
        "none",
        "--json",
    ]
    assert add_form.arguments(filled)[3:] == options
    for wrong in ({"size": "x"}, {"fit": "cropp"}, {"name": "mnist"}, {"path": ""}):
        with pytest.raises(UsageError):
            add_form.arguments(values | wrong)


def test_columns_are_left_out_by_rank_until_they_fit() -> None:
    for width in range(10, 120):
        columns = sets.columns_for(width)
        assert columns[0].name == "name"
        assert len(columns) == 1 or sum(column.width for column in columns) + 1 <= width
    assert [column.name for column in sets.columns_for(120)][-1] == "check"


def test_tiles_are_arranged_to_be_as_large_as_they_get() -> None:
    assert tiling.arrange(10, (120, 24)) == (10, 2)
    assert tiling.arrange(10, (60, 40)) == (4, 3)
    assert tiling.columns_without_hole(16, (60, 60)) == 4
    assert tiling.columns_without_hole(16, (120, 30)) == 8


def test_a_page_of_tiles_fits_its_room() -> None:
    for side, aspect in ((8, 1.0), (32, 1.0), (256, 1.0), (32, 8.0)):
        for room in ((80, 22), (120, 38), (200, 58), (20, 3), (5, 2)):
            for height in tiling.tile_sizes(side):
                page = tiling.tiling(height, aspect, room)
                assert page.columns * (page.width + 1) <= room[0] + 1 or page.columns == 1
                assert page.rows * (-(-page.height // 2) + 1) <= max(2, room[1])


def test_bars_are_as_long_as_their_counts_and_fill_the_width() -> None:
    lines = [line.plain for line in bars((("cat", 40), ("dog", 20), ("emu", 0)), 60, 60, 10)]
    assert [line.count("━") for line in lines] == [40, 20, 0]
    assert all(len(line) == 60 for line in lines)
    assert lines[1].endswith("20  33.3%")


def test_of_many_classes_the_largest_and_the_smallest_have_bars() -> None:
    counts = [(f"c{n}", n) for n in range(100)]
    lines = [line.plain for line in bars(counts, sum(n for _, n in counts), 60, 6)]
    assert [line.split()[0] for line in lines] == ["c99", "c98", "c97", "…", "c1", "c0"]
    assert "95 more" in lines[3]


def test_a_report_counts_groups_and_tells_why_files_were_skipped() -> None:
    told = {
        "duplicates": [[{"index": 0, "file": "a.png"}, {"index": 1, "file": "b.png"}]],
        "near_duplicates": None,
        "blank": [{"index": 7, "file": None}],
        "skipped": [{"file": "x.txt", "reason": "no image: text"}, {"file": "y.txt", "reason": "no image: text"}],
        "advice": ["Nothing stands out."],
    }
    report = check.report(of_json(told)).plain
    for words in ("2 in 1 group", "a.png = b.png", "number 7", "2: no image (2)", "Nothing stands out.", "too many"):
        assert words in report


def test_a_contact_sheet_fits_any_room() -> None:
    many = pack("many", noise(40, side=8), tuple(map(str, range(20))), list(range(20)) * 2)
    for data in (clips(30), many, pack("few", noise(3)), pack("two", noise(9, side=8), ("a", "b"), [0] * 8 + [1])):
        for room in ((10, 4), (60, 40), (200, 90)):
            assert sets.contact_sheet(data, room).ndim == 3
