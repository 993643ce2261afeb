"""Content of the screen Data: the packed sets, those that are known by name, and folders that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.text import Text
from textual.content import Content

from ganstudio.data.store import DataSet
from ganstudio.report.data import CELLS, balance, brief
from ganstudio.tui.columns import TableColumn, columns_that_fit
from ganstudio.tui.error_text import error_text
from ganstudio.tui.widgets.sparkline import sparkline

if TYPE_CHECKING:
    from ganstudio.data.inspect import PixelFindings
    from ganstudio.data.manifest import Manifest
    from ganstudio.tui.run.samples import Pixels

_NAME = 15


@dataclass(frozen=True)
class SetRow:
    """One row of the list. `data` is None where nothing is packed: `words` then describe the set, or its damage.

    `by_hand` names the files that the user must have, for a known set that may not be passed on.
    """

    name: str
    kind: Literal["packed", "known", "damaged"]
    path: Path
    data: DataSet | None = None
    findings: PixelFindings | None = None
    words: str = ""
    by_hand: str = ""


@dataclass(frozen=True)
class DataSetsSnapshot:
    rows: tuple[SetRow, ...] = ()
    loaded: bool = False  # False until the folder has been read once

    def find(self, name: str | None) -> SetRow | None:
        return next((row for row in self.rows if row.name == name), None)


@dataclass(frozen=True)
class SetPreview:
    """What is shown of the set under the cursor: a contact sheet, and how many images have each attribute."""

    sheet: Pixels | None = None
    attributes: tuple[tuple[str, int], ...] = ()
    error: str = ""


def read_sets() -> DataSetsSnapshot:
    """Reads every set, those that are packed first; called beside the screen's thread."""
    from ganstudio.data.catalog import KNOWN
    from ganstudio.data.inspect import earlier_findings
    from ganstudio.data.store import names
    from ganstudio.workspace import data_home

    home, packed, damaged = data_home(), [], []
    taken = names()
    for name in taken:
        try:
            data = DataSet.load(home / name)
            row = SetRow(name, "packed", home / name, data, earlier_findings(data))
            _check_showable(row)
            packed.append(row)
        except Exception as error:  # whatever is wrong with one set, the others are shown
            damaged.append(SetRow(name, "damaged", home / name, words=error_text(error, home / name)))
    known = [
        SetRow(name, "known", home / name, words=one.summary, by_hand=_by_hand(one))
        for name, one in KNOWN.items()
        if name not in taken
    ]
    return DataSetsSnapshot((*packed, *damaged, *known), loaded=True)


def _check_showable(row: SetRow) -> None:
    """Makes all text shown for a set once, so that a damaged one raises here and not on the screen."""
    for column in _COLUMNS:
        column.show(row)
    about(row, short=True)


def _by_hand(known: object) -> str:
    from ganstudio.data.catalog import KnownSet

    if not isinstance(known, KnownSet) or known.fetch is not None or any(path.exists() for path in known.locations):
        return ""
    return known.files


def preview(data: DataSet, room: tuple[int, int]) -> SetPreview:
    """A contact sheet for `room` (width, height) pixels. To be called beside the screen's thread."""
    try:
        return SetPreview(contact_sheet(data, room), _attributes(data))
    except Exception as error:
        return SetPreview(error=error_text(error, data.path))


def contact_sheet(data: DataSet, room: tuple[int, int]) -> Pixels:
    """Draws images of all classes, laid out to be as large as the room allows: [H, W, C]."""
    import numpy as np

    from ganstudio.inference.contact_sheet import COLUMNS, FRAMES, MOST_CLASSES, contact_tiles
    from ganstudio.inference.pixels import grid
    from ganstudio.tui.widgets.tiling import READABLE, arrange

    manifest = data.manifest
    kinds = len(manifest.classes)
    if manifest.depth is not None:
        tiles, _ = contact_tiles(data, 1)
        count = max(1, min(len(tiles), room[1] * min(FRAMES, manifest.depth) // max(1, room[0])))
        return grid(tiles[:count], 1)
    if 1 < kinds <= MOST_CLASSES:
        columns, rows = arrange(kinds, room)
        tiles, _ = contact_tiles(data, -(-columns * rows // kinds))
        return grid(tiles[: columns * rows], columns)
    wanted = max(4, room[0] // READABLE * (room[1] // READABLE))
    columns, rows = arrange(min(wanted, manifest.count), room)
    tiles, _ = contact_tiles(data, -(-columns * rows // COLUMNS))
    spread = np.linspace(0, len(tiles) - 1, min(len(tiles), columns * rows)).round().astype(int)
    return grid(tiles[spread], columns)


def classes(data: DataSet) -> tuple[tuple[str, int], ...]:
    """Returns (name, number of images) of each class."""
    return tuple(zip(data.manifest.classes, data.manifest.class_counts, strict=True))


def _attributes(data: DataSet) -> tuple[tuple[str, int], ...]:
    attributes = data.attributes()
    if attributes is None:
        return ()
    return tuple(zip(data.manifest.attributes, attributes.sum(0).tolist(), strict=True))


def _name(row: SetRow) -> Text:
    style = {"packed": "", "known": "faint", "damaged": "error"}[row.kind]
    return Text(row.name, style)


def _cell(name: str) -> Callable[[SetRow], Text]:
    return lambda row: Text(CELLS[name](row.data.manifest) if row.data else "")


def _images(row: SetRow) -> Text:
    if row.data:
        return _cell("images")(row)
    return Text("damaged", "error") if row.kind == "damaged" else Text("–", "faint")


def _check_cell(row: SetRow) -> Text:
    if row.data is None:
        return Text("")
    if row.findings is None:
        return Text("–", "faint")
    findings = row.findings
    odd = sum(map(len, findings.duplicates)) + sum(map(len, findings.near or ())) + len(findings.blank)
    return Text(f"{odd:,} odd" if odd else "✓", "warning" if odd else "success")


def _skipped(row: SetRow) -> Text:
    return Text(_cell("skipped")(row).plain, "warning" if row.data and row.data.manifest.skipped else "faint")


_COLUMNS: tuple[TableColumn[SetRow], ...] = (
    TableColumn("name", 0, 0, _name, right=False),
    TableColumn("images", 9, 1, _images),
    TableColumn("size", 9, 2, _cell("size")),
    TableColumn("channels", 9, 5, _cell("channels")),
    TableColumn("classes", 8, 3, _cell("classes")),
    TableColumn("skipped", 8, 4, _skipped),
    TableColumn("check", 10, 6, _check_cell),
)


def columns_for(width: int) -> tuple[TableColumn[SetRow], ...]:
    """Returns the columns that fit a table of `width` cells beside the name."""
    return columns_that_fit(_COLUMNS, width, _NAME)


def about(row: SetRow, short: bool) -> Content:
    """Returns a few lines on one set; with `short` its classes are a sparkline, for a screen without bars."""
    title = Content.styled(row.name, "b")
    if row.data is None:
        styled = Content.styled(row.words, "$text-error") if row.kind == "damaged" else Content(row.words)
        return Content("\n").join([title, styled])
    manifest = row.data.manifest
    return Content("\n").join(
        [
            title,
            Content(" · ".join(brief(manifest))),
            Content.styled(f"from {manifest.source}", "$faint"),
            Content(_classes(manifest, short)),
        ]
    )


def _classes(manifest: Manifest, short: bool) -> str:
    """Returns how many classes there are and how many images they have; with `short` as a sparkline."""
    if manifest.attributes:
        return f"{len(manifest.attributes)} attributes"
    even = balance(manifest)
    if even is None:
        return "no classes"
    bars = sparkline([0, *manifest.class_counts[:12]], 13)[1:] if short else "of"
    least = "" if even.smallest == even.largest else f"{even.smallest:,}-"
    return f"{len(manifest.classes)} classes {bars} {least}{even.largest:,}"
