"""What a plot of the screen Run draws, of one run and of those that are laid over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ganstudio.report.panels import SCORES, Panel
from ganstudio.report.runs import skipped_score
from ganstudio.runs.direction import ARROWS, LOWER
from ganstudio.tui.run.viewport import SMOOTH, Viewport
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
        (best.nimg, best.value) if best and _has_best(panel, one) else None,
        "" if traces else _why_empty(panel, one),
    )


def title(panel: Panel, one: RunSnapshot) -> str:
    """The panel's title; that of scores says which way they are better."""
    state = one.row.view.state
    better = next((state.better.get(name, LOWER) for name in state.scores if _holds(panel, name)), None)
    return f"{panel.title} {ARROWS[better]}" if better else panel.title


def _holds(panel: Panel, score: str) -> bool:
    return panel.of_scores and any(_belongs(f"{SCORES}{score}", beginning) for beginning, _ in panel.series)


def _has_best(panel: Panel, one: RunSnapshot) -> bool:
    """Whether a panel has the score that `best` is of."""
    state = one.row.view.state
    first = next(iter(state.better or state.scores), None)  # summaries of earlier versions tell no directions
    return first is not None and _holds(panel, first)


def _belongs(series: str, beginning: str) -> bool:
    return series == beginning or (beginning.endswith(".") and series.startswith(beginning))


def _why_empty(panel: Panel, one: RunSnapshot) -> str:
    view = one.row.view
    if panel.of_scores and view.state.score_missing:
        return f"no score: {view.state.score_missing}"
    if panel.of_scores and (skipped := skipped_score(view)):
        return f"skipped {skipped}"
    return "nothing yet"


def _traces(panel: Panel, one: RunSnapshot, before: str) -> Iterator[Trace]:
    for beginning, word in panel.series:
        for name, curve in one.curves.items():
            if _belongs(name, beginning):
                yield Trace(before + (word or name.removeprefix(beginning) or name.removeprefix(SCORES)), curve, 0)
