"""What a plot of the screen Run draws, of one run and of those that are laid over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ganstudio.report.runs import skipped_score
from ganstudio.runs.direction import ARROWS
from ganstudio.tui.run.viewport import SMOOTH, Panel, Viewport
from ganstudio.tui.snapshots import RunSnapshot
from ganstudio.tui.widgets.plot import Drawing, Trace


def drawing(panel: Panel, one: RunSnapshot, looking: Viewport, others: Mapping[str, RunSnapshot]) -> Drawing:
    """The curves of a panel, numbered so that each series keeps its look; other runs' come after the run's own."""
    traces = list(_traces(panel, one, ""))
    for name in looking.overlaid:
        if name in others:
            traces += _traces(panel, others[name], f"{name} ")
    traces = [trace._replace(look=number) for number, trace in enumerate(traces)]
    end = max([one.row.view.state.nimg, *(others[n].row.view.state.nimg for n in looking.overlaid if n in others)])
    best = one.row.view.state.best
    return Drawing(
        tuple(traces),
        looking.span(end),
        looking.cursor,
        looking.log,
        SMOOTH[looking.smooth],
        (best.nimg, best.value) if best and panel.title == "score" else None,
        "" if traces else _why_empty(panel, one),
    )


def title(panel: Panel, one: RunSnapshot) -> str:
    """The panel's title; that of scores says which way they are better."""
    state = one.row.view.state
    return f"{panel.title} {ARROWS[state.best_is]}" if panel.title == "score" and state.scores else panel.title


def _why_empty(panel: Panel, one: RunSnapshot) -> str:
    view = one.row.view
    if panel.title == "score" and view.state.score_missing:
        return f"no score: {view.state.score_missing}"
    if panel.title == "score" and (skipped := skipped_score(view)):
        return f"skipped {skipped}"
    return "nothing yet"


def _traces(panel: Panel, one: RunSnapshot, before: str) -> Iterator[Trace]:
    for beginning, word in panel.series:
        for name, curve in one.curves.items():
            if name == beginning or (beginning.endswith(".") and name.startswith(beginning)):
                yield Trace(before + (word or name.removeprefix(beginning)), curve, 0)
