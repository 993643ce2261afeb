"""Screen 4: the data sets, their images and classes, and what a check of them found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from ganstudio.commands import command_line
from ganstudio.report.checks import Checked, of_findings, of_json
from ganstudio.tui.columns import cells
from ganstudio.tui.data import add_form, check, sets
from ganstudio.tui.data.sets import DataSetsSnapshot, SetPreview, SetRow
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.paths import existing_path
from ganstudio.tui.dialogs.questions import Confirm, Report
from ganstudio.tui.table_page import Document, TablePage
from ganstudio.tui.widgets.bars import Bars
from ganstudio.tui.widgets.jobs import Jobs
from ganstudio.tui.widgets.picture import ENLARGED, PictureView
from ganstudio.tui.widgets.table import Table
from ganstudio.units import size_text


class DataPage(TablePage):
    NAME = "data"
    ABOUT = "Packed data sets are shared by all workspaces. The pictures that they were made from are never touched.\n"
    CHANGES = frozenset({"add", "remove", "new"})
    BINDINGS = [  # noqa: RUF012
        Binding("a", "add", "add", id="data.add", tooltip="pack a folder, an archive, or a set that is known by name"),
        Binding("v", "check", "check", id="data.check", tooltip="equal, nearly equal, blank and skipped images"),
        Binding("n", "new", "train", id="data.new", tooltip="a new run on this set"),
        Binding("X", "remove", "remove", id="data.remove"),
        Binding("y", "copy_name", "copy name", id="data.copy"),
        ENLARGED,
        Binding("Y", "copy_path", "copy path", show=False, id="data.copy_path"),
        Binding("r", "look", "look again", show=False, id="data.look", tooltip="read the data directory again"),
        Binding("escape", "back", "stop", show=False, id="data.back", tooltip="stop what was begun last"),
    ]

    snapshot: reactive[DataSetsSnapshot] = reactive(DataSetsSnapshot(), init=False, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._check_results: dict[str, tuple[str, Checked]] = {}  # by name: the fingerprint, what this session found
        self._previewed: object = None

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            with Vertical(id="sets-side"):
                yield Table(id="sets", empty="Looking for data sets ...")
                with VerticalScroll(id="check", classes="pane", can_focus=False):
                    yield Static(id="check-told")
            with Vertical(id="set-side"):
                yield Static(id="set-about")
                yield PictureView(id="sheet")
                yield Bars(id="balance")
        yield Jobs()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#check").border_title = "check"

    def read_snapshot(self) -> DataSetsSnapshot:
        return sets.read_sets()

    # what is shown

    def fill_table(self) -> None:
        if not self.snapshot.loaded:
            return
        table = self.query_one(Table)
        columns = sets.columns_for(table.size.width - 1)  # a scroll bar may come
        table.set_columns([c.name for c in columns], [c.width for c in columns], [c.right for c in columns])
        table.set_rows([(row.name, cells(row, columns)) for row in self.snapshot.rows])
        self.show_details()

    def show_details(self) -> None:
        row = self.selected
        self._show_preview(row)
        short = self.has_class("-short")  # there the bars are not shown
        self.query_one("#set-about", Static).update(sets.about(row, short) if row else "")
        self.query_one("#check-told", Static).update(self._check_text(row))
        self.refresh_bindings()

    def _check_text(self, row: SetRow | None) -> Content:
        if row is None:
            return Content("")
        if row.kind == "damaged":
            return Content(f"{row.words}\nX removes it: {command_line(['data', 'remove', row.name])}")
        if row.data is None:
            return Content(f"{row.words}: enter packs it" if not row.by_hand else f"from {row.by_hand}: enter packs it")
        result = self.check_result(row)
        return check.summary(result) if result else Content.styled("not checked yet: v checks it", "$faint")

    def check_result(self, row: SetRow) -> Checked | None:
        """Returns what a check of these pixels found, in this session or earlier; None where there was none."""
        if row.data is None:
            return None
        manifest = row.data.manifest
        fingerprint, result = self._check_results.get(row.name, ("", None))
        if result is not None and fingerprint == manifest.fingerprint:
            return result
        return of_findings(row.findings, manifest) if row.findings else None

    def _show_preview(self, row: SetRow | None) -> None:
        picture, bars = self.query_one(PictureView), self.query_one(Bars)
        if row is None or row.data is None:
            self._previewed = None
            picture.empty = ""
            picture.show(None)
            bars.show((), 0)
            return
        bars.show(sets.classes(row.data), row.data.manifest.count)
        self.call_after_refresh(self._draw, row)  # the bars leave more or less room

    def _draw(self, row: SetRow) -> None:
        picture = self.query_one(PictureView)
        room = picture.size.width, 2 * picture.size.height
        if row.data is None or row is not self.selected or min(room) < 1:
            return
        request = (row.name, row.data.manifest.fingerprint, room)
        if request != self._previewed:
            self._previewed = request
            self._load(row, room, request)

    @work(thread=True, exclusive=True, group="sheets")
    def _load(self, row: SetRow, room: tuple[int, int], request: object) -> None:
        assert row.data is not None
        self.app.call_from_thread(self._show, row, sets.preview(row.data, room), request)

    def _show(self, row: SetRow, preview: SetPreview, request: object) -> None:
        if not self.is_mounted or request != self._previewed or row.data is None:
            return
        picture = self.query_one(PictureView)
        picture.empty = preview.error
        picture.show(preview.sheet, request, row.data.manifest.size)
        if preview.attributes:
            self.query_one(Bars).show(preview.attributes, row.data.manifest.count)
            self.call_after_refresh(self._draw, row)

    @property
    def selected(self) -> SetRow | None:
        """The set under the cursor."""
        return self.snapshot.find(self.query_one(Table).key)

    # what is done

    def offers(self, action: str) -> bool:
        if not super().offers(action):
            return False
        row = self.selected
        match action:
            case "check":  # a check keeps what it has found beside the pixels
                if row is None:
                    return False
                return bool(self.check_result(row)) if self.dashboard.readonly else row.kind == "packed"
            case "remove" | "copy_path":
                return row is not None and row.kind != "known"
            case "new":
                return row is not None and row.kind != "damaged"
            case "copy_name":
                return row is not None
        return True

    def on_table_chosen(self, event: Table.Chosen) -> None:
        row = self.snapshot.find(event.key)
        if row is None:
            return
        if row.data is not None:
            from ganstudio.tui.data.browse import Browse

            self.app.push_screen(Browse(row.data, row.findings))
        elif row.kind == "damaged":
            self.notify(row.words, severity="error", markup=False)
        elif self.dashboard.readonly:
            self.notify(f"{row.name} is not packed, and this dashboard only looks (--readonly).", markup=False)
        else:
            self._pack(row)

    def _pack(self, row: SetRow) -> None:
        """Packs a set that is known by name, from its own files or from those that the person has."""
        arguments = ["data", "add", row.name, "--json"]

        def on_answer(yes: bool | None) -> None:
            if yes:
                self._add(arguments)

        def on_values(values: Values | None) -> None:
            if values is not None:
                self._add([*arguments, "--from", existing_path(values["files"])])

        if row.by_hand:
            field = Field("files", "files", hint=row.by_hand, path=True)
            title = f"Nobody may hand {row.name} on: where is {row.by_hand}?"
            form = Form(title, (field,), lambda values: existing_path(values["files"]), "pack")
            self.app.push_screen(form, on_values)
        else:
            self.app.push_screen(Confirm(f"Pack {row.name}: {row.words}?", command_line(arguments[:-1])), on_answer)

    def action_add(self) -> None:
        row = self.selected
        known = row.name if row and row.kind == "known" else ""

        def on_values(values: Values | None) -> None:
            if values is not None:
                self._add(add_form.arguments(values))

        self.app.push_screen(Form("Add a data set", add_form.fields(known), add_form.arguments, "pack"), on_values)

    def _add(self, arguments: list[str]) -> None:
        def on_result(document: Document) -> None:
            self.next_key = str(document["name"])
            skipped = int(document["skipped_count"])
            more = f"; {skipped:,} files were skipped: v tells which" if skipped else ""
            self.notify(
                f"{document['count']:,} images at {size_text(tuple(document['size'][-2:]))} px{more}",
                title=f"{document['name']}: {document['outcome']}",
                severity="warning" if skipped else "information",
                markup=False,
            )
            self.action_look()

        self.run_job(f"packing {arguments[2]}", arguments, on_result)

    def action_check(self) -> None:
        row = self.selected
        if row is None or row.data is None:
            return
        name, fingerprint = row.name, row.data.manifest.fingerprint
        known = self.check_result(row)
        if known is not None and (known.advice is not None or self.dashboard.readonly):
            self._show_check(name, known)
            return

        def done(document: Document) -> None:
            result = of_json(document)
            self._check_results[name] = (fingerprint, result)
            self.action_look()
            self.show_details()
            if known is not None and self.is_current:  # what is remembered comes at once
                self._show_check(name, result)
            elif self.selected is None or self.selected.name != name or not self.is_current:
                self.notify(f"{name} is checked", markup=False)

        self.run_job(f"checking {name}", ["data", "check", name, "--json"], done)

    def _show_check(self, name: str, result: Checked) -> None:
        self.app.push_screen(Report(f"Check of {name}", check.report(result)))

    def action_new(self) -> None:
        if self.selected:
            self.dashboard.parent_of_new = None
            self.dashboard.data_of_new = self.selected.name
            self.dashboard.action_go("new")

    def action_remove(self) -> None:
        row = self.selected
        if row is None or row.kind == "known":
            return
        derived = [other.name for other in self.snapshot.rows if other.name.startswith(f"{row.name}@")]
        more = f", and what was derived from it ({', '.join(derived)})" if derived else ""

        def on_removed(_: Any) -> None:
            self.notify(f"removed {row.name}", markup=False)
            self.action_look()

        self.ask(
            f"Remove the packed set {row.name}{more}? Its pictures stay.",
            "data",
            "remove",
            row.name,
            "--yes",
            done=on_removed,
        )

    def action_copy_name(self) -> None:
        if self.selected:
            self.copy(self.selected.name, "name")

    def action_copy_path(self) -> None:
        if self.selected:
            self.copy(str(self.selected.path), "path")
