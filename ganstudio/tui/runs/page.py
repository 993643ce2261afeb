"""Screen 1: all runs, live, with the newest samples of the one under the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from ganstudio.errors import UsageError
from ganstudio.tui.run import samples
from ganstudio.tui.runs import run_filter
from ganstudio.tui.runs.run_columns import RunColumn, about, columns_for
from ganstudio.tui.runs.stop import StoppingPage
from ganstudio.tui.snapshots import RunRow, RunsSnapshot
from ganstudio.tui.widgets.picture import ENLARGED, PictureView
from ganstudio.tui.widgets.table import Table

EMPTY = "No runs here yet: n begins one."


class RunsPage(StoppingPage):
    NAME = "runs"
    ABOUT = "Every run of the workspace, whoever started it. Closing the dashboard touches none.\n"
    CHANGES = frozenset({"stop", "kill", "resume", "remove", "fork", "new", "pause"})
    BINDINGS = [  # noqa: RUF012
        Binding("slash", "filter", "filter", id="runs.filter", tooltip="state:running fd<30 not name:old"),
        Binding("space", "mark", "mark", id="runs.mark"),
        Binding("o", "order(1)", "sort", id="runs.sort", tooltip="sort by the next column"),
        Binding("O", "turn", "reverse", show=False, id="runs.reverse", tooltip="sort the other way round"),
        Binding("n", "new", "new", id="runs.new"),
        Binding("f", "fork", "fork", id="runs.fork", tooltip="a new run from this one's last checkpoint"),
        Binding("S", "stop", "stop", id="runs.stop", tooltip="stop with a checkpoint"),
        Binding("K", "kill", "kill", id="runs.kill", tooltip="kill a run that does not stop"),
        Binding("p", "pause", "pause", id="runs.pause", tooltip="pause, or go on"),
        Binding("R", "resume", "resume", id="runs.resume"),
        Binding("X", "remove", "remove", id="runs.remove"),
        Binding("c", "compare", "compare", id="runs.compare", tooltip="the marked runs side by side"),
        Binding("y", "copy_id", "copy id", id="runs.copy"),
        ENLARGED,
        Binding("escape", "back", "back", show=False, id="runs.back"),
    ]

    snapshot: reactive[RunsSnapshot] = reactive(RunsSnapshot(), init=False, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._columns: tuple[RunColumn, ...] = ()
        self._sort_column: str | None = None  # a column's name; newest first where there is none
        self._reversed = False
        self._marked: frozenset[str] = frozenset()
        self._matches_filter = run_filter.parse("")
        self._filter_error = ""  # what is wrong with the filter
        self._footer_state: tuple[object, ...] = ()
        self._shown: dict[str, tuple[RunRow, tuple[RunColumn, ...], tuple[Text, ...]]] = {}  # of a run: its cells
        self._previewed: object = None  # what the picture shows, or will show once it is read

    def body(self) -> Iterable[Widget]:
        yield Input(placeholder="state:running fd<30 not name:old", id="filter", select_on_focus=False)
        with Horizontal():
            yield Table(id="runs", empty="Looking for runs ...")
            with Vertical(id="side"):
                yield Static(id="about")
                yield PictureView("no samples yet", id="previews")
        yield Static(id="note", classes="note")

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Table))

    def on_table_resized(self) -> None:
        self._fill()

    def runs_changed(self, runs: RunsSnapshot) -> None:
        self.snapshot = runs

    def watch_snapshot(self) -> None:
        present = {row.id for row in self.snapshot.rows}
        self._marked &= present
        self._shown = {run: shown for run, shown in self._shown.items() if run in present}
        self._fill()

    # what is shown

    def _fill(self) -> None:
        table = self.query_one(Table)
        columns = columns_for(table.size.width)
        self._columns = columns
        names = [f"{column.name}{self._arrow(column)}" for column in columns]
        table.set_columns(names, [c.width for c in columns], [c.right for c in columns])
        rows = self._rows()
        if self.snapshot.loaded:
            table.empty = EMPTY if not self.snapshot.rows else "No run is like that: / changes the filter."
        table.set_rows([(row.id, self._cells(row)) for row in rows], self._marked)
        self._show_details()

    def _cells(self, row: RunRow) -> tuple[Text, ...]:
        """The cells of `row`, made once for as long as neither it nor the columns change."""
        shown = self._shown.get(row.id)
        if shown is None or shown[0] is not row or shown[1] is not self._columns:
            shown = self._shown[row.id] = row, self._columns, tuple(column.show(row) for column in self._columns)
        return shown[2]

    def _arrow(self, column: RunColumn) -> str:
        return ("▲" if self._reversed else "▼") if column.name == self._sort_column else ""

    def _rows(self) -> list[RunRow]:
        rows = [row for row in self.snapshot.rows if self._matches_filter(row)]
        column = next((column for column in self._columns if column.name == self._sort_column), None)
        if column is not None:
            rows.sort(key=column.order, reverse=self._reversed)
        elif self._reversed:
            rows.reverse()
        return rows

    def _show_details(self) -> None:
        """Shows the details of the run under the cursor, and which folders are no runs."""
        row = self.selected
        self.query_one("#about", Static).update(about(row) if row else "")
        self._preview(row)
        lines = [*filter(None, [self._filter_error]), *(f"left out: {text}" for text in self.snapshot.damaged[:2])]
        if self._marked:
            lines.append(f"{len(self._marked)} marked: c compares them, S stops, R resumes, X removes them")
        self.query_one("#note", Static).update(Content("\n".join(lines)))
        footer_state = (row and row.view.status, bool(self._marked))
        if footer_state != self._footer_state:
            self._footer_state = footer_state
            self.refresh_bindings()

    def _preview(self, row: RunRow | None) -> None:
        picture = self.query_one(PictureView)
        path = row.view.path / row.view.state.sample if row and row.view.state.sample else None
        if row is None or path is None:
            self._previewed = None
            picture.show(None, "none")
            return
        room = picture.size.width, 2 * picture.size.height
        shows = row.view.state.shows
        room = (room[0], room[1] - 2) if shows else room  # a line says what they are
        request = (path, row.view.state.nimg // 1000 if row.view.live else 0, room)
        if request != self._previewed:
            self._previewed = request
            self._load(samples.SheetRequest(path, row.view.record.size, room, shows), request)

    @work(thread=True, exclusive=True, group="previews")
    def _load(self, wanted: samples.SheetRequest, request: object) -> None:
        pixels = samples.read_sheet(wanted)
        self.app.call_from_thread(self.query_one(PictureView).show, pixels, request, wanted.tile, wanted.shows)

    @property
    def selected(self) -> RunRow | None:
        """The run under the cursor."""
        return self.snapshot.find(self.query_one(Table).key)

    @property
    def targets(self) -> list[RunRow]:
        """The marked runs, else the one under the cursor."""
        marked = [row for row in self.snapshot.rows if row.id in self._marked]
        return marked or ([self.selected] if self.selected else [])

    def on_table_moved(self) -> None:
        self._show_details()

    def on_table_chosen(self, event: Table.Chosen) -> None:
        self.dashboard.open_run(event.key)

    def on_table_sorted(self, event: Table.Sorted) -> None:
        name = self._columns[event.column].name
        self._reversed = not self._reversed if name == self._sort_column else False
        self._sort_column = name
        self._fill()

    # what is done

    def offers(self, action: str) -> bool:
        targets = self.targets
        match action:
            case "stop" | "pause":
                return any(row.view.live for row in targets)
            case "kill":
                return any(map(self.killable, targets))
            case "resume":
                return any(row.view.status in ("stopped", "crashed", "failed", "prepared") for row in targets)
            case "remove":
                return any(not row.view.live for row in targets)
            case "compare":
                return len(targets) > 1
            case "fork" | "copy_id" | "mark":
                return self.selected is not None
        return True

    def action_filter(self) -> None:
        box = self.query_one("#filter", Input)
        box.add_class("-shown")
        self.set_focus(box)

    def on_input_changed(self, event: Input.Changed) -> None:
        try:
            self._matches_filter, self._filter_error = run_filter.parse(event.value), ""
        except UsageError as error:
            self._matches_filter, self._filter_error = run_filter.parse(""), error.message
        self._fill()

    def on_input_submitted(self) -> None:
        self.set_focus(self.query_one(Table))

    def action_back(self) -> None:
        """Goes back one level: out of the filter, then removes the marks, then the order."""
        box = self.query_one("#filter", Input)
        if box.has_class("-shown"):
            box.value = ""
            box.remove_class("-shown")
            self.set_focus(self.query_one(Table))
        elif self._marked:
            self._marked = frozenset()
            self._fill()
        else:
            self._sort_column, self._reversed = None, False
            self._fill()

    def action_mark(self) -> None:
        table = self.query_one(Table)
        if table.key is not None:
            self._marked ^= {table.key}
            self._fill()
            table.action_move(1)

    def action_order(self, step: int) -> None:
        names = [None, *(column.name for column in self._columns if column.name)]
        place = names.index(self._sort_column) if self._sort_column in names else 0
        self._sort_column, self._reversed = names[(place + step) % len(names)], False
        self._fill()

    def action_turn(self) -> None:
        self._reversed = not self._reversed
        self._fill()

    def action_new(self) -> None:
        self.dashboard.new_run(None)

    def action_fork(self) -> None:
        if self.selected:
            self.dashboard.new_run(self.selected.id)

    def action_stop(self) -> None:
        for row in self._targets_where(lambda row: row.view.live):
            self.ask_to_stop(row)

    def action_kill(self) -> None:
        for row in self._targets_where(self.killable):
            self.ask_to_kill(row)

    def action_pause(self) -> None:
        for row in self._targets_where(lambda row: row.view.live):
            word = "continue" if row.view.status == "paused" else "pause"
            self.act("runs", word, row.id, "--no-wait", doing=f"{row.id}: asked to {word}")

    def action_resume(self) -> None:
        for row in self._targets_where(lambda row: not row.view.live):
            self.act("runs", "resume", row.id, "--detach", doing=f"{row.id}: resumes")

    def action_remove(self) -> None:
        removed = [row.id for row in self._targets_where(lambda row: not row.view.live)]
        if removed:
            what = f"{len(removed)} runs" if removed[1:] else removed[0]
            question = f"Remove {what}: checkpoints, samples and numbers? Exports stay."
            self.ask(question, "runs", "remove", *removed, "--yes", done=f"removed {what}")

    def _targets_where(self, footer_state: Any) -> list[RunRow]:
        return [row for row in self.targets if footer_state(row)]

    def action_compare(self) -> None:
        from ganstudio.tui.runs.compare import Compare

        self.app.push_screen(Compare([row.view for row in self.targets]))

    def action_copy_id(self) -> None:
        if self.selected:
            self.copy(self.selected.id, "id")
