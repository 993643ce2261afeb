"""`ganstudio runs plot`: curves of one run or several, in the terminal or in a file."""

from __future__ import annotations

import io
import math
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ganstudio.cli.output import coloured, print_made
from ganstudio.cli.runs.chart import Chart, ChartLine, draw_png, draw_svg, values_axis
from ganstudio.errors import UsageError, nearest
from ganstudio.plot_axes import figures, ticks
from ganstudio.report.runs import LOGITS, score_kind
from ganstudio.runs import store
from ganstudio.runs.direction import ARROWS, LOWER
from ganstudio.runs.metrics.downsampling import smoothed, thinned
from ganstudio.runs.metrics.series import Line, load_series
from ganstudio.runs.store import RunView
from ganstudio.streams import printable, raw_stream
from ganstudio.workspace import Workspace, write_atomic

# What each choice shows, as beginnings of series names.
_SHOWN = {
    "losses": ("losses.",),
    "scores": ("scores.",),
    "logits": ("d_real", "d_fake"),
    "lr": ("lr.",),
    "grads": ("grad_norms.",),
    "updates": ("update_ratios.",),
    "probes": (
        *("probe.diversity", "probe.neighbours", "probe.class_diversity", "probe.drift", "probe.changed"),
        *("probe.held_auc", "probe.label_effect", "probe.label_auc"),
    ),
}
_WORDS = {"losses": "loss ", "lr": "lr ", "grads": "grad norm ", "updates": "update "}
# Curves differ by mark as well as by colour: some terminals and some eyes have only one.
_MARKS = ("braille", "dot", "x", "+", "o", "*")
_COLOURS = ("cyan", "orange", "magenta", "green", "red", "blue")

_Log = Annotated[bool, typer.Option("--log", help="Logarithmic values.")]
_Smooth = Annotated[float, typer.Option(metavar="F", help="Share of the past in each value, from 0 to below 1.")]
_Out = Annotated[str | None, typer.Option(metavar="FILE", help="Write a .svg, .png or .csv instead.")]
_What = Annotated[
    str, typer.Option(metavar="NAME", help=f"{', '.join(_SHOWN)}, or one number's own name, probe.drift say.")
]


def plot(
    run: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN|SWEEP...",
            show_default=False,
            help="Ids, beginnings of them, names, folders; a sweep's for all of it.  [default: latest]",
        ),
    ] = None,
    what: _What = "losses",
    log: _Log = False,
    smooth: _Smooth = 0.0,
    out: _Out = None,
) -> None:
    """Plot losses, scores, and whatever else a run tells of itself, of one run or several.

    \b
    Examples:
      ganstudio runs plot
      ganstudio runs plot dcgan-mnist-1 wgan-mnist-1 --what scores --log
      ganstudio runs plot dcgan-mnist-sweep1 --what scores
      ganstudio runs plot --smooth 0.9 --out losses.svg
      ganstudio runs plot --what probes
    """
    if not 0 <= smooth < 1:
        raise UsageError(f"--smooth must be from 0 to below 1; got {smooth:g}.", hint="--smooth 0.9")
    write = _writer(out) if out else None
    workspace = Workspace.locate()
    runs = store.find_each(workspace, run or [store.LATEST])
    told = {view.id: load_series(view.path) for view in runs}
    if what not in _SHOWN and not any(what in lines for lines in told.values()):
        known = {*_SHOWN, *(name for lines in told.values() for name in lines)}
        raise UsageError(f"--what {what}: {nearest(what, known)}", hint="--what losses")
    curves = [curve for run in runs for curve in _curves(run, told[run.id], what, smooth, len(runs) > 1)]
    if log:
        curves = [_positive(curve) for curve in curves]
    curves = [curve for curve in curves if any(map(math.isfinite, curve.line.values))]
    names = ", ".join(_titles(runs, run or ()))
    if not curves:
        raise UsageError(
            f"{names}: no {'positive ' if log else ''}{what} to plot yet.", hint=f"ganstudio runs show {runs[0].id}"
        )
    charts = _charts(names, curves, log)
    if out and write:
        write_atomic(Path(out), write(charts))
        print_made(out)
    else:
        print("\n".join(map(_terminal, charts)), file=raw_stream(sys.stdout))


def _charts(names: str, curves: Sequence[ChartLine], log: bool) -> list[Chart]:
    """One chart; of several kinds of scores, whose scales have nothing in common, one a kind."""
    kinds: dict[str, list[ChartLine]] = {}
    for curve in curves:
        kinds.setdefault("" if curve.better is None else score_kind(curve.series.partition(".")[2]), []).append(curve)
    return [Chart(f"{names}: {kind}" if len(kinds) > 1 else names, own, log) for kind, own in kinds.items()]


def _titles(runs: Sequence[RunView], references: Sequence[str]) -> list[str]:
    """What stands above a plot: the ids of its runs; for those of a sweep that was asked for, the sweep's name."""
    groups = {view.record.group for view in runs} & set(references) - {view.id for view in runs}
    return list(dict.fromkeys(str(view.record.group) if view.record.group in groups else view.id for view in runs))


def _writer(out: str) -> Callable[[Sequence[Chart]], bytes]:
    writers = {".svg": draw_svg, ".png": draw_png, ".csv": _table}
    kind = Path(out).suffix.lower()
    if kind not in writers:
        raise UsageError(f"--out {out}: {nearest(kind or out, writers)}")
    return writers[kind]


def _curves(run: RunView, lines: dict[str, Line], what: str, smooth: float, several: bool) -> list[ChartLine]:
    curves = []
    for name, line in lines.items():
        if name.startswith(_SHOWN[what]) if what in _SHOWN else name == what:
            words = LOGITS.get(name) or name.partition(".")[2] or name
            label = f"{_WORDS.get(what, '')}{words}"
            line = Line(line.nimg, tuple(smoothed(line.values, smooth)))
            way = run.state.better.get(words, LOWER) if name.startswith(_SHOWN["scores"]) else None
            curves.append(ChartLine(f"{run.id} {label}" if several else label, run.id, name, line, way))
    return curves


def _positive(curve: ChartLine) -> ChartLine:
    """The part that has a logarithm."""
    points = [point for point in zip(*curve.line, strict=True) if point[1] > 0]
    return curve._replace(line=Line(*zip(*points, strict=True)) if points else Line((), ()))


def _table(charts: Sequence[Chart]) -> bytes:
    import csv

    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("run", "series", "nimg", "value"))
    for curve in (curve for chart in charts for curve in chart.curves):
        rows.writerows((curve.run, curve.series, nimg, value) for nimg, value in zip(*curve.line, strict=True))
    return text.getvalue().encode()


def _terminal(chart: Chart) -> str:
    """The chart as text that fits the terminal."""
    import plotext

    width, height = shutil.get_terminal_size((100, 30))
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(min(width, 160), max(12, min(height - 3, 24)))
    # plotext fails on the largest numbers, and on their logarithms: it gets places from 0 to 1, and our marks.
    axis = values_axis(chart)
    for number, curve in enumerate(chart.curves):
        points = thinned(*curve.line, 2 * width)
        plotext.plot(
            [nimg / 1000 for nimg, _ in points],
            [axis.place(value) for _, value in points],
            label=printable(f"{curve.label}{ARROWS[curve.better]}" if curve.better else curve.label),
            marker=_mark(number, len(points)),
            color=_COLOURS[number % len(_COLOURS)],
        )
    marks = axis.marks()
    plotext.ylim(0, 1)
    plotext.yticks([place for place, _ in marks], [text for _, text in marks])
    kimg = ticks(*_reach(chart), 8)
    plotext.xticks(kimg, figures(kimg))
    plotext.xlabel("kimg")
    text = str(plotext.build()).rstrip()
    return text if coloured(sys.stdout) else str(plotext.uncolorize(text))


def _reach(chart: Chart) -> tuple[float, float]:
    """The first and the last kimg that anything is drawn at."""
    drawn = [n for c in chart.curves for n, value in zip(*c.line, strict=True) if math.isfinite(value)]
    return min(drawn) / 1000, max(drawn) / 1000


def _mark(number: int, points: int) -> str:
    """The mark of a curve; a single point of braille is hardly seen."""
    mark = _MARKS[number % len(_MARKS)]
    return "dot" if mark == "braille" and points == 1 else mark
