"""Content of the screen Exports: the exports of a workspace, the details of each, and pictures that it draws."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.content import Content

from ganstudio.inference.exports import Export, list_exports
from ganstudio.report.exports import CELLS, agreement, distances, facts, format_ms, latencies
from ganstudio.report.fact import Fact
from ganstudio.report.verification import sentences, summary
from ganstudio.tui.columns import TableColumn, columns_that_fit
from ganstudio.tui.error_text import error_text
from ganstudio.tui.snapshots import RunRow, RunsSnapshot
from ganstudio.tui.widgets.tiling import columns_without_hole
from ganstudio.units import format_kimg, format_number
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels

PRECISIONS = (
    ("fp32", "fp32  as it was trained"),
    ("fp16", "fp16  half the size"),
    ("int8", "int8  a quarter of the size, not quite the same pictures"),
)
OWN_AVERAGE = "own"
_FRAMES = 8  # of a clip, or slices of a voxel grid
_NAME = 15


@dataclass(frozen=True)
class ExportsSnapshot:
    """All exports of the workspace. `left_out` has a line for each .onnx file that is no export."""

    rows: tuple[Export, ...] = ()
    left_out: tuple[str, ...] = ()
    loaded: bool = False  # False until the folder has been read once

    def find(self, name: str | None) -> Export | None:
        return next((export for export in self.rows if export.name == name), None)


def read_exports(workspace: Workspace) -> ExportsSnapshot:
    """Reads all exports; called beside the screen's thread."""
    exports, notes = list_exports(workspace)
    whole = []
    for export in exports:
        try:
            _check_showable(export)
            whole.append(export)
        except Exception as error:  # whatever is wrong with one export, the others are shown
            notes.append(error_text(error, export.path))
    return ExportsSnapshot(tuple(whole), tuple(notes), loaded=True)


def _check_showable(export: Export) -> None:
    """Makes all text shown for an export once, so that a damaged one raises here and not on the screen."""
    for column in _COLUMNS:
        column.show(export)
    detail(export, whole=True)


_COLUMNS: tuple[TableColumn[Export], ...] = tuple(
    TableColumn(name, width, rank, CELLS[name], right=rank > 0)
    for name, width, rank in (
        *(("name", 0, 0), ("image", 11, 4), ("classes", 8, 6), ("precision", 10, 7), ("size", 9, 2)),
        *(("max|Δ|", 8, 1), ("b1 ms", 7, 3), ("b64 ms", 8, 5)),
    )
)


def columns_for(width: int) -> tuple[TableColumn[Export], ...]:
    """Returns the columns that fit a table of `width` cells beside the name."""
    return columns_that_fit(_COLUMNS, width, _NAME)


def latency_table(export: Export) -> list[str]:
    """Returns the rows of onnxruntime's and torch's milliseconds a batch, and how many times as fast that is."""
    rows = latencies(export)
    if not rows:
        return ["latency was not measured"]
    lines = [f"batch {'onnxruntime':>12} {'torch':>9} {'ratio':>8}"]
    for one in rows:
        ours, torch = (format_ms(ms) + (" ms" if ms is not None else "") for ms in (one.onnxruntime, one.torch))
        ratio = f"{one.ratio:.2f}x" if one.ratio is not None else "–"
        lines.append(f"{one.batch:>5} {ours:>12} {torch:>9} {ratio:>8}")
    return lines


def detail(export: Export, proved: str = "", whole: bool = False) -> Content:
    """Returns the text beside the list; `proved` is the verdict of a verification, `whole` leaves nothing out."""
    lines = [Content.styled(export.name, "b")]
    if proved:
        lines.append(Content.styled(proved, "$text-error" if proved.startswith("✗") else "$text-success"))
    near = _labelled(agreement(export) if whole else distances(export))
    head, *rows = latency_table(export)
    measured = [Content.styled(head, "$faint"), *map(Content, rows)]
    return Content("\n").join([*lines, *near, *measured, *_labelled(facts(export, short=not whole))])


def _labelled(error_text: Sequence[Fact]) -> list[Content]:
    return [Content.assemble(Content.styled(f"{fact.label:<9} ", "$faint"), fact.value) for fact in error_text]


@dataclass(frozen=True)
class SeedPictures:
    """The pictures of some seeds as one grid, [H, W, C], of tiles (height, width); `ms` is onnxruntime's time."""

    picture: Pixels
    tile: tuple[int, int]
    ms: float
    provider: str


def draw(path: Path, seeds: Sequence[int], room: tuple[int, int]) -> SeedPictures:
    """Draws the pictures of `seeds`, seed s of class s mod K, laid out for `room` (width, height) pixels.

    To be called beside the screen's thread. Raises StudioError where the file cannot be drawn from.
    """
    import numpy as np

    from ganstudio.inference.model import OnnxModel
    from ganstudio.inference.pixels import grid, strips
    from ganstudio.inference.sampling import choose_classes, sample

    # a GPU is not started for a few pictures: that takes longer than the CPU takes to draw them
    model = OnnxModel.open(path, "cpu")
    began = time.perf_counter()
    pictures = np.stack(list(sample(model, seeds, choose_classes(model.classes, seeds, None))))
    spent = 1000 * (time.perf_counter() - began)
    tiles = strips(pictures, _FRAMES)
    columns = columns_without_hole(len(tiles), room, tiles.shape[2] / tiles.shape[1])
    high, wide = pictures.shape[-3:-1]
    return SeedPictures(grid(tiles, columns), (high, wide), spent, model.provider)


def verification_lines(printed: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Returns a short verdict for beside the list, and a line a file, of what `export verify --json` printed."""
    return f"✓ verified here: {summary(printed['files'])}", sentences(printed["files"])


def exportable(runs: RunsSnapshot, chosen: str | None) -> list[RunRow]:
    """Returns the runs that have a checkpoint, the chosen one first."""
    from ganstudio.runs import checkpoints

    rows = [row for row in runs.rows if checkpoints.all_checkpoints(row.view.path)]
    return sorted(rows, key=lambda row: row.id != chosen)


def averages(row: RunRow) -> list[tuple[str, str]]:
    """Returns the averages of weights to choose from, (id, text); none where checkpoints keep the run's own alone."""
    stds = row.view.record.recipe.get("training", {}).get("ema_stds") or ()
    kept = [(f"{std:g}", f"{std:g}  --ema-std, a share of the training that it reaches back") for std in stds]
    return [(OWN_AVERAGE, "the run's own  as in its previews and scores"), *kept] if kept else []


def run_line(row: RunRow) -> str:
    """Returns the line of a run in a list to choose from."""
    view, best = row.view, row.view.state.best
    score = [f"best {format_number(best.value)}"] if best else []
    return " · ".join([row.id, str(view.record.data["name"]), f"{format_kimg(view.state.nimg)} kimg", *score])
