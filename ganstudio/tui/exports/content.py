"""What the screen Exports shows: the exports of a workspace, what each says of itself, and pictures that it draws."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from ganstudio.inference.exports import Export, list_exports
from ganstudio.tui.columns import Column, fitting
from ganstudio.tui.error_text import said
from ganstudio.tui.snapshots import RunRow, Runs
from ganstudio.tui.widgets.tiling import exactly
from ganstudio.units import format_bytes, format_kimg, format_number
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels

PRECISIONS = (
    ("fp32", "fp32  as it was trained"),
    ("fp16", "fp16  half the size"),
    ("int8", "int8  a quarter of the size, not quite the same pictures"),
)
_FRAMES = 8  # of a clip, or slices of a voxel grid
_NAME = 15


@dataclass(frozen=True)
class Exports:
    """`left_out` has a line for each .onnx file that is no export."""

    rows: tuple[Export, ...] = ()
    left_out: tuple[str, ...] = ()
    read: bool = False  # False before anybody has looked

    def of(self, name: str | None) -> Export | None:
        return next((export for export in self.rows if export.name == name), None)


def read_exports(workspace: Workspace) -> Exports:
    """To be called beside the screen's thread."""
    exports, notes = list_exports(workspace)
    whole = []
    for export in exports:
        try:
            _rehearse(export)
            whole.append(export)
        except Exception as error:  # whatever is wrong with one export, the others are shown
            notes.append(said(error, export.path))
    return Exports(tuple(whole), tuple(notes), read=True)


def _rehearse(export: Export) -> None:
    """Makes all that is shown of an export: what is wrong with it is raised here, not on the screen."""
    for column in _COLUMNS:
        column.show(export)
    detail(export, whole=True)


def _milliseconds(batch: str) -> Callable[[Export], str]:
    return lambda export: ms(((export.manifest.latency_ms or {}).get("onnxruntime") or {}).get(batch))


def ms(value: float | None) -> str:
    """`4.12` -> `4.1`, `90.2` -> `90`."""
    return "–" if value is None else f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def _parity(export: Export) -> str:
    return f"{export.manifest.parity['max_abs']:.0e}" if export.manifest.parity else "–"


def _image(export: Export) -> str:
    return "x".join(map(str, export.manifest.image_shape))


_COLUMNS: tuple[Column[Export], ...] = (
    Column("name", 0, 0, lambda export: export.name, right=False),
    Column("image", 11, 4, _image),
    Column("classes", 8, 6, lambda export: str(len(export.manifest.classes) or "–")),
    Column("precision", 10, 7, lambda export: export.manifest.precision),
    Column("size", 9, 2, lambda export: format_bytes(export.bytes)),
    Column("max|Δ|", 8, 1, _parity),
    Column("b1 ms", 7, 3, _milliseconds("1")),
    Column("b64 ms", 8, 5, _milliseconds("64")),
)


def columns_for(width: int) -> tuple[Column[Export], ...]:
    """What fits a table of `width` cells beside the name."""
    return fitting(_COLUMNS, width, _NAME)


def facts(export: Export, whole: bool = False) -> list[tuple[str, str]]:
    """What an export says of itself; `whole` leaves nothing out and cuts nothing off."""
    manifest, nimg = export.manifest, export.manifest.checkpoint_nimg
    classes = manifest.classes
    shown = classes if whole or len(classes) <= 12 else (*classes[:10], f"... {len(classes)} in all")
    beside = [path.name for path in export.companions()]
    return [
        *([("path", str(export.path))] if whole else []),
        ("task", manifest.task),
        ("takes", ", ".join(f"{spec.name} {_shape(spec.shape)}" for spec in manifest.inputs)),
        ("gives", ", ".join(f"{spec.name} {_shape(spec.shape)}" for spec in manifest.outputs)),
        ("range", "{:g} to {:g}".format(*manifest.value_range)),
        ("classes", ", ".join(shown) or "none"),
        ("run", f"{manifest.run or 'none'}{f' @ {format_kimg(nimg)} kimg' if nimg is not None else ''}"),
        ("made", f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(export.modified))}, ganstudio {manifest.ganstudio}"),
        ("file", f"{format_bytes(export.bytes)}, opset {manifest.opset}, {manifest.precision}"),
        *([("beside it", ", ".join(beside))] if beside else []),
        ("sha256", manifest.sha256 if whole else f"{manifest.sha256[:16]}…"),
    ]


def _shape(shape: Sequence[int | str]) -> str:
    return f"[{', '.join(map(str, shape))}]"


def parity(export: Export) -> list[tuple[str, str]]:
    """How far onnxruntime and torch are apart; and, where the weights were made smaller, from what those gave."""
    found = export.manifest.parity
    if not found:
        return [("max|Δ|", "was not measured")]
    apart = f"{found['max_abs']:.1e}, mean {found['mean_abs']:.0e} of {found['n']:g} z"
    return [("max|Δ|", apart), *([("to fp32", f"{found['psnr_db']:.1f} dB")] if "psnr_db" in found else [])]


def latencies(export: Export) -> list[str]:
    """A table: onnxruntime's and torch's milliseconds a batch, and how many times as fast that is."""
    measured = export.manifest.latency_ms or {}
    ours, theirs = measured.get("onnxruntime") or {}, measured.get("torch") or {}
    batches = sorted({*ours, *theirs}, key=lambda batch: (len(batch), batch))
    if not batches:
        return ["latency was not measured"]
    lines = [f"batch {'onnxruntime':>12} {'torch':>9} {'ratio':>8}"]
    for batch in batches:
        mine, torchs = ours.get(batch), theirs.get(batch)
        ratio = f"{torchs / mine:.2f}x" if mine and torchs else "–"
        told = [f"{ms(value)} ms" if value is not None else "–" for value in (mine, torchs)]
        lines.append(f"{batch:>5} {told[0]:>12} {told[1]:>9} {ratio:>8}")
    return lines


def detail(export: Export, proved: str = "", whole: bool = False) -> Content:
    """All of that, as it stands beside the list; `proved` is what a verification has said."""
    lines = [Content.styled(export.name, "b")]
    if proved:
        lines.append(Content.styled(proved, "$text-error" if proved.startswith("✗") else "$text-success"))
    told = [*parity(export), *facts(export, whole)]
    named = [Content.assemble(Content.styled(f"{name:<9} ", "$faint"), Content(value)) for name, value in told]
    head, *rows = latencies(export)
    measured = [Content.styled(head, "$faint"), *map(Content, rows)]
    return Content("\n").join([*lines, *named[: len(parity(export))], *measured, *named[len(parity(export)) :]])


@dataclass(frozen=True)
class Drawn:
    """Pictures of some seeds as one, [H, W, C], each `tile` high and wide; the time that onnxruntime took for them."""

    picture: Pixels
    tile: tuple[int, int]
    ms: float
    provider: str


def draw(path: Path, seeds: Sequence[int], room: tuple[int, int]) -> Drawn:
    """The pictures of `seeds`, seed s of class s mod K, laid out for `room` (width, height) pixels.

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
    columns = exactly(len(tiles), room, tiles.shape[2] / tiles.shape[1])
    high, wide = pictures.shape[-3:-1]
    return Drawn(grid(tiles, columns), (high, wide), spent, model.provider)


def verified(told: dict[str, object]) -> tuple[str, list[str]]:
    """What `export verify --json` printed: a word for beside the list, and a line a file."""
    files: list[dict[str, object]] = told["files"]  # type: ignore[assignment]
    lines = [
        f"{Path(str(one['path'])).name}: hash and manifest hold; {one['seeds']} stored answers are met within "
        f"{one['max_abs']:.2g} ({one['tolerance']:g} is let through) by onnxruntime {one['onnxruntime']}"
        for one in files
    ]
    worst = max((float(str(one["max_abs"])) for one in files), default=0.0)
    return f"✓ verified here: hash, manifest, answers within {worst:.2g}", lines


def exportable(runs: Runs, chosen: str | None) -> list[RunRow]:
    """The runs that have a checkpoint, the chosen one first."""
    from ganstudio.runs import checkpoints

    rows = [row for row in runs.rows if checkpoints.all_checkpoints(row.view.path)]
    return sorted(rows, key=lambda row: row.id != chosen)


def run_line(row: RunRow) -> str:
    """A run among others to choose from."""
    view, best = row.view, row.view.state.best
    score = [f"best {format_number(best.value)}"] if best else []
    return " · ".join([row.id, str(view.record.data["name"]), f"{format_kimg(view.state.nimg)} kimg", *score])
