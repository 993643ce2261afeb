"""The window that compares runs: the knobs in which they differ, and their scores in one plot."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from ganstudio.report.comparison import differing_knobs, equal_knobs, outcomes
from ganstudio.report.panels import PANELS, Panel, panels_for
from ganstudio.runs.compare import differences
from ganstudio.runs.store import RunView
from ganstudio.tui import keys
from ganstudio.tui.run.plots import drawing, title
from ganstudio.tui.run.viewport import Viewport
from ganstudio.tui.run_readers import RunReader
from ganstudio.tui.snapshots import RunRow, RunSnapshot
from ganstudio.tui.widgets.plot import Plot
from ganstudio.tui.widgets.table import Row, Table

_KEY = 34  # columns of a knob's name
_LOSS = PANELS[0]


class Compare(ModalScreen[None]):
    """Shows what `ganstudio runs compare RUN RUN...` prints, and the curves of `runs plot`."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape,c", "back", "back", id="compare.back"),
        Binding("q", "app.quit", "quit", show=False, id="quit"),
        Binding("m", "more", "other curves", id="compare.more"),
    ]

    def __init__(self, runs: Sequence[RunView]) -> None:
        super().__init__()
        self._runs = list(runs)
        self._snapshots: dict[str, RunSnapshot] = {}
        self._place = 0  # of the panel, in `panels`

    def compose(self) -> ComposeResult:
        with Vertical(classes="box compared"):
            yield Plot("score", id="scores")
            yield Table(id="differing")
            yield Static(
                keys.key_hints(self, ("compare.back", "back"), ("compare.more", "losses or scores")), classes="keys"
            )

    def on_mount(self) -> None:
        comparison = differences(self._runs)
        table = self.query_one(Table)
        width = max(8, (self.app.size.width - _KEY - 12) // len(self._runs))
        names = [run.id for run in self._runs]
        table.set_columns(["knob", *names], [_KEY, *[width] * len(names)], [False] * (len(names) + 1))
        rows = [_row(one.label, one.values) for one in differing_knobs(comparison)]
        rows += [_row(f"= {one.label}", one.values) for one in outcomes(self._runs)]
        rows.append(_row(equal_knobs(comparison), [""] * len(names)))
        table.set_rows(rows)
        self.set_focus(table)
        self._load()

    @work(thread=True)
    def _load(self) -> None:
        read = {run.id: RunReader(run.path).read(RunRow(run)) for run in self._runs}
        self.app.call_from_thread(self._set_runs, {name: one for name, one in read.items() if one is not None})

    def _set_runs(self, read: dict[str, RunSnapshot]) -> None:
        self._snapshots = read
        self._draw()

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Those of scores, one a kind of them, then the losses."""
        names = dict.fromkeys(name for one in self._snapshots.values() for name in one.curves)
        return (*(panel for panel in panels_for(names) if panel.of_scores), _LOSS)

    def _draw(self) -> None:
        first, panel = self._snapshots.get(self._runs[0].id), self.panels[self._place % len(self.panels)]
        if first is not None:
            others = tuple(run.id for run in self._runs[1:])
            plot = self.query_one(Plot)
            plot.title = f"{title(panel, first)}: {first.row.id}"
            plot.show(drawing(panel, first, Viewport(overlaid=others), self._snapshots))

    def action_more(self) -> None:
        self._place = (self._place + 1) % len(self.panels)
        self._draw()

    def action_back(self) -> None:
        self.dismiss(None)


def _row(label: str, values: Sequence[str]) -> Row:
    return label, (Text(label, "bold"), *map(Text, values))
