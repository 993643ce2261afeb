"""Screen 3: the draft of a run. It shows every knob, what differs from the parent and what the run needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from ganstudio import commands
from ganstudio.errors import StudioError
from ganstudio.tui.new_run import knob_details
from ganstudio.tui.new_run.draft import Draft, Start
from ganstudio.tui.new_run.edit_knobs import KnobEditingPage
from ganstudio.tui.new_run.knob_details import NewRunSnapshot
from ganstudio.tui.new_run.knob_rows import rows
from ganstudio.tui.new_run.knob_table import KnobTable
from ganstudio.tui.new_run.run_knobs import KnownNames
from ganstudio.tui.snapshots import MachineSnapshot, RunsSnapshot
from ganstudio.tui.widgets.editor import Editor
from ganstudio.tui.widgets.table import Table

_WHILE_EDITED = frozenset(
    {"try_out", "start", "copy_command", "begin", "filter", "undo", "undo_all", "add", "take_away"}
)


class NewPage(KnobEditingPage):
    NAME = "new"
    ABOUT = "Every knob of a run that is not made yet. Nothing is made before R starts it.\n"
    BINDINGS = [  # noqa: RUF012
        Binding("slash", "filter", "filter", id="new.filter", tooltip="show the knobs that have these words"),
        Binding("escape", "back", "back", show=False, id="new.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._known = KnownNames()
        self._first_start = ""  # how the first draft was begun: a `how` of `read_start`
        self._described: tuple[str, Path | None] | None = None  # the architecture that is being described
        self._footer_state: tuple[object, ...] = ()

    def body(self) -> Iterable[Widget]:
        yield Input(placeholder="lr, kimg, critic ...", id="filter", select_on_focus=False)
        with Horizontal(id="draft"):
            yield KnobTable(id="knobs", empty="Reading presets ...")
            with Vertical(id="draft-side"):
                for name in ("knob", "differs", "needs"):
                    with VerticalScroll(classes="pane", id=f"{name}-pane", can_focus=False):
                        yield Static(id=name)
        yield Editor(id="editor")
        yield Static(id="command")
        yield Static(id="note", classes="note error")

    def on_mount(self) -> None:
        self.query_one("#needs-pane").border_title = "preflight"
        self.set_focus(self.query_one(Table))

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        parent, self.dashboard.parent_of_new = self.dashboard.parent_of_new, None
        self.read_known_names()
        if parent is not None:
            self._begin_with("any", parent)
        elif not self._first_start:  # a screen is resumed twice when it is first shown
            self._begin_with("first", "")

    def _begin_with(self, how: str, what: str) -> None:
        self._first_start = how
        self.read_start(how, what)

    # what a draft begins with and is checked against

    @property
    def data(self) -> str:
        return str(self.snapshot.draft.run_values["data"]) if self.snapshot.draft else ""

    @property
    def start(self) -> Start | None:
        return self.snapshot.draft.start if self.snapshot.draft else None

    def start_read(self, start: Start) -> None:
        self.stop_dry_run()
        self._described = None
        left_out = start.notes if start.how == "preset" else ()
        # of what was asked first
        failed = "" if self.snapshot.draft else "\n".join([*filter(None, [self.snapshot.failed]), *left_out])
        self.snapshot = NewRunSnapshot(Draft(start, start.run_values, start.recipe, None, self._known), failed=failed)
        self.query_one(Table).cursor = 0

    def start_failed(self, error: StudioError) -> None:
        hint = f"\ntry: {error.hint}" if error.hint else ""
        self.snapshot = replace(self.snapshot, failed=f"{error.message}{hint}")
        if self.snapshot.draft is None and self._first_start != "first":
            self._begin_with("first", "")

    def options_read(self, name: str, code: Path | None, options: object) -> None:
        draft = self.snapshot.draft
        if draft is None or (name, code) != self._described:
            return
        if isinstance(options, dict):
            self.snapshot = replace(self.snapshot, draft=replace(draft, options=options), undescribed="")
        else:
            self.snapshot = replace(self.snapshot, undescribed=str(options))

    def known_names_read(self, known: KnownNames) -> None:
        self._set_known_names(replace(known, taken=self._known.taken))

    def runs_changed(self, runs: RunsSnapshot) -> None:
        self._set_known_names(replace(self._known, taken=frozenset(row.id for row in runs.rows)))

    def _set_known_names(self, known: KnownNames) -> None:
        if known != self._known:
            self._known = known
            if draft := self.snapshot.draft:
                self.snapshot = replace(self.snapshot, draft=replace(draft, known=known))

    # what is shown

    def watch_snapshot(self) -> None:
        draft = self.snapshot.draft
        if draft is not None and draft.options is None:
            wanted = str(draft.recipe["architecture"].get("id")), draft.start.code
            if wanted != self._described:
                self._described = wanted
                self.read_options(*wanted)
        self._fill()

    def on_table_resized(self) -> None:
        self._fill()

    def show_machine(self, machine: MachineSnapshot | None) -> None:
        super().show_machine(machine)
        self._show_needs()

    def _fill(self) -> None:
        table, draft = self.query_one(KnobTable), self.snapshot.draft
        width = table.size.width
        table.set_columns(
            ("knob", "value", "what it is"),
            (22, 18, 0) if width < 64 else (25, 17, 0) if width < 100 else (32, 26, 0),
            (False, False, False),
        )
        if draft is None:
            table.empty = "Nothing to begin with: b chooses." if self.snapshot.failed else "Reading presets ..."
        else:
            listed, marked = rows(draft, self.query_one("#filter", Input).value)
            table.empty = "No knob is like that: / changes the filter."
            table.set_rows(listed, marked)
            table.settle()
        self._show_details()

    def _show_details(self) -> None:
        """Shows everything beside the list."""
        snapshot, draft = self.snapshot, self.snapshot.draft
        note = [snapshot.failed, snapshot.undescribed]
        errors = Content("\n".join(text for text in note if text))
        self.query_one("#note", Static).update(errors)
        self.query_one("#note").display = bool(errors)
        command = Content.styled("it is being started ...", "$text-accent") if snapshot.starting else Content("")
        if draft is not None:
            knob = self.knob
            self.query_one("#knob-pane").border_title = Content(knob.key.removeprefix("run.") if knob else "from")
            self.query_one("#knob", Static).update(knob_details.about(draft, knob))
            self.query_one("#differs-pane").border_title = Content(f"against {draft.start.parent}")
            lines = [*knob_details.problems(draft), *knob_details.differences(draft)]
            same = Content.styled("nothing differs", "$faint")
            self.query_one("#differs", Static).update(Content("\n").join(lines or [same]))
            if snapshot.command and not snapshot.starting:
                command = Content.assemble(Content.styled("$ ", "$faint"), commands.command_line(snapshot.command))
        self.query_one("#command", Static).update(command)
        self._show_needs()
        footer_state = (snapshot.ready, snapshot.starting, self.knob, bool(self.switch), draft and draft.table)
        if footer_state != self._footer_state:
            self._footer_state = footer_state
            self.refresh_bindings()

    def _show_needs(self) -> None:
        snapshot = self.snapshot
        self.query_one("#needs", Static).update(
            knob_details.needs(snapshot.dry_run, snapshot.command, self.dashboard.machine)
        )

    def on_table_moved(self) -> None:
        self._show_details()

    # what is done

    def offers(self, action: str) -> bool:
        if self.query_one(Editor).open and action in _WHILE_EDITED:
            return False
        snapshot, draft = self.snapshot, self.snapshot.draft
        match action:
            case "start":
                return snapshot.ready and not snapshot.starting
            case "try_out" | "copy_command":
                return snapshot.ready
            case "undo":
                knob = self.knob
                return draft is not None and knob is not None and knob.value(draft.table) != knob.value(draft.origin)
            case "undo_all":
                return draft is not None and bool(draft.differences)
            case "take_away":
                return self.switch is not None
        return True

    def action_filter(self) -> None:
        box = self.query_one("#filter", Input)
        box.add_class("-shown")
        self.set_focus(box)

    @on(Input.Changed, "#filter")
    def _filter(self) -> None:
        self._fill()

    @on(Input.Submitted, "#filter")
    def _filtered(self) -> None:
        self.set_focus(self.query_one(Table))

    def action_back(self) -> None:
        """Goes back one level: out of the editor, the filter, a dry run, an error."""
        box = self.query_one("#filter", Input)
        if self.query_one(Editor).open:
            self.leave_editor()
        elif box.has_class("-shown"):
            box.value = ""
            box.remove_class("-shown")
            self.set_focus(self.query_one(Table))
        elif not self.stop_dry_run() and self.snapshot.failed:
            self.snapshot = replace(self.snapshot, failed="")
