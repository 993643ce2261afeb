"""What the screen Data shows: the packed sets, those that are known by name, and folders that are neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.text import Text
from textual.content import Content

from ganstudio.data.store import DataSet
from ganstudio.tui.columns import Column, fitting
from ganstudio.tui.error_text import said
from ganstudio.tui.runs.run_columns import sparkline

if TYPE_CHECKING:
    from ganstudio.data.inspect import PixelFindings
    from ganstudio.tui.run.samples import Pixels

_NAME = 15


@dataclass(frozen=True)
class SetRow:
    """`data` is None where nothing is packed: `words` then say what it is, or what is wrong with it.

    `by_hand` says which files a known set is packed from that nobody may hand on.
    """

    name: str
    kind: Literal["packed", "known", "damaged"]
    path: Path
    data: DataSet | None = None
    findings: PixelFindings | None = None
    words: str = ""
    by_hand: str = ""


@dataclass(frozen=True)
class Sets:
    rows: tuple[SetRow, ...] = ()
    read: bool = False  # False before anybody has looked

    def of(self, name: str | None) -> SetRow | None:
        return next((row for row in self.rows if row.name == name), None)


@dataclass(frozen=True)
class Look:
    """Of one set: tiles as one picture, and how many images have each attribute."""

    sheet: Pixels | None = None
    attributes: tuple[tuple[str, int], ...] = ()
    error: str = ""


def read_sets() -> Sets:
    """Every set, those that are packed first. To be called beside the screen's thread."""
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
            _rehearse(row)
            packed.append(row)
        except Exception as error:  # whatever is wrong with one set, the others are shown
            damaged.append(SetRow(name, "damaged", home / name, words=said(error, home / name)))
    known = [
        SetRow(name, "known", home / name, words=one.summary, by_hand=_by_hand(one))
        for name, one in KNOWN.items()
        if name not in taken
    ]
    return Sets((*packed, *damaged, *known), read=True)


def _rehearse(row: SetRow) -> None:
    """Makes all that is shown of a set: what is wrong with it is raised here, not on the screen."""
    for column in _COLUMNS:
        column.show(row)
    about(row, short=True)


def _by_hand(known: object) -> str:
    from ganstudio.data.catalog import KnownSet

    if not isinstance(known, KnownSet) or known.fetch is not None or any(path.exists() for path in known.locations):
        return ""
    return known.files


def look(data: DataSet, room: tuple[int, int]) -> Look:
    """A contact sheet for `room` (width, height) pixels. To be called beside the screen's thread."""
    try:
        return Look(contact_sheet(data, room), _attributes(data))
    except Exception as error:
        return Look(error=said(error, data.path))


def contact_sheet(data: DataSet, room: tuple[int, int]) -> Pixels:
    """Some images with every class among them, laid out to be as large as the room allows: [H, W, C]."""
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
    """Images a class."""
    return tuple(zip(data.manifest.classes, data.manifest.class_counts, strict=True))


def _attributes(data: DataSet) -> tuple[tuple[str, int], ...]:
    attributes = data.attributes()
    if attributes is None:
        return ()
    return tuple(zip(data.manifest.attributes, attributes.sum(0).tolist(), strict=True))


def size_of(data: DataSet) -> str:
    manifest = data.manifest
    if manifest.depth is not None:
        return "x".join(map(str, manifest.shape[:-1]))
    return f"{manifest.resolution}²"


def _name(row: SetRow) -> Text:
    style = {"packed": "", "known": "faint", "damaged": "error"}[row.kind]
    return Text(row.name, style)


def _of(show: Callable[[DataSet], str]) -> Callable[[SetRow], Text]:
    return lambda row: Text(show(row.data) if row.data else "")


def _images(row: SetRow) -> Text:
    if row.data:
        return Text(f"{row.data.manifest.count:,}")
    return Text("damaged", "error") if row.kind == "damaged" else Text("–", "faint")


def _odd(row: SetRow) -> Text:
    if row.data is None:
        return Text("")
    if row.findings is None:
        return Text("–", "faint")
    found = row.findings
    odd = sum(map(len, found.duplicates)) + sum(map(len, found.near or ())) + len(found.blank)
    return Text(f"{odd:,} odd" if odd else "✓", "warning" if odd else "success")


def _skipped(row: SetRow) -> Text:
    skipped = len(row.data.manifest.skipped) if row.data else 0
    return Text(f"{skipped:,}" if skipped else "–" if row.data else "", "warning" if skipped else "faint")


_COLUMNS: tuple[Column[SetRow], ...] = (
    Column("name", 0, 0, _name, right=False),
    Column("images", 9, 1, _images),
    Column("size", 9, 2, _of(size_of)),
    Column("channels", 9, 5, _of(lambda data: "gray" if data.manifest.channels == 1 else "rgb")),
    Column("classes", 8, 3, _of(lambda data: str(len(data.manifest.classes) or "–"))),
    Column("skipped", 8, 4, _skipped),
    Column("check", 10, 6, _odd),
)


def columns_for(width: int) -> tuple[Column[SetRow], ...]:
    """What fits a table of `width` cells beside the name."""
    return fitting(_COLUMNS, width, _NAME)


def about(row: SetRow, short: bool) -> Content:
    """A few lines on one set, above its contact sheet; its classes at a glance where there is no room for more."""
    title = Content.styled(row.name, "b")
    if row.data is None:
        styled = Content.styled(row.words, "$text-error") if row.kind == "damaged" else Content(row.words)
        return Content("\n").join([title, styled])
    manifest = row.data.manifest
    facts = [f"{manifest.count:,} {manifest.noun}", size_of(row.data), "gray" if manifest.channels == 1 else "rgb"]
    if manifest.synthetic:
        facts.append(f"{manifest.synthetic:,} synthetic")
    if manifest.enlarged:
        facts.append(f"enlarged from {manifest.enlarged.side} px")
    return Content("\n").join(
        [
            title,
            Content(" · ".join(facts)),
            Content.styled(f"from {manifest.source}", "$faint"),
            Content(_balance(row.data, short)),
        ]
    )


def _balance(data: DataSet, short: bool) -> str:
    manifest = data.manifest
    if manifest.attributes:
        return f"{len(manifest.attributes)} attributes"
    if not manifest.classes:
        return "no classes"
    most, least = max(manifest.class_counts), min(count for count in manifest.class_counts if count)
    bars = sparkline([0, *manifest.class_counts[:12]], 13)[1:] if short else "of"
    return f"{len(manifest.classes)} classes {bars} {f'{least:,}' if least == most else f'{least:,}-{most:,}'}"
