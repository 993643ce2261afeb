"""Screen 6: exported generators, how well each agrees with torch, and what it draws."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ganstudio.commands import Outcome, command_line
from ganstudio.tui.columns import cells
from ganstudio.tui.dialogs.form import Form, Values
from ganstudio.tui.dialogs.questions import Choose, Confirm, Report
from ganstudio.tui.exports import augment_form, content
from ganstudio.tui.exports.content import ExportsSnapshot
from ganstudio.tui.exports.seeds_page import SeedsPage, file_key
from ganstudio.tui.snapshots import RunsSnapshot
from ganstudio.tui.table_page import Document
from ganstudio.tui.widgets.jobs import Jobs
from ganstudio.tui.widgets.picture import ENLARGED, PictureView
from ganstudio.tui.widgets.table import Table

EMPTY = "No exports here yet: e exports a run."


class ExportsPage(SeedsPage):
    NAME = "exports"
    ABOUT = (
        "Generators as ONNX files, which need no torch. max|Δ| is how far onnxruntime and torch are apart at most.\n"
    )
    CHANGES = frozenset({"export", "write", "augment", "remove"})
    BINDINGS = [  # noqa: RUF012
        Binding("e", "export", "export", id="exports.export", tooltip="make an export of a run"),
        Binding(
            "v", "verify", "verify", id="exports.verify", tooltip="prove its hash, manifest and stored answers here"
        ),
        Binding("s", "sample", "sample", id="exports.sample", tooltip="draw seeds 0-15, then those after them"),
        Binding("w", "write", "write PNG", show=False, id="exports.write", tooltip="write seeds 0-63 as one picture"),
        Binding(
            "m", "augment", "augment", id="exports.augment", tooltip="a data set with pictures of this beside its own"
        ),
        Binding("X", "remove", "remove", id="exports.remove"),
        Binding("i", "facts", "all facts", show=False, id="exports.facts"),
        Binding("y", "copy_path", "copy path", id="exports.copy"),
        ENLARGED,
        Binding("r", "look", "look again", show=False, id="exports.look", tooltip="read the folder again"),
        Binding("escape", "back", "stop", show=False, id="exports.back", tooltip="stop what was begun last"),
    ]

    def __init__(self) -> None:
        super().__init__()
        # what verifications of this session printed: the verdict, and a line a file
        self._verifications: dict[tuple[Path, float], tuple[str, list[str]]] = {}

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            with Vertical(id="exports-side"):
                yield Table(id="exports", empty="Looking for exports ...")
                yield Static(id="left-out", classes="note")
            with Vertical(id="export-side"):
                yield Static(id="manifest")
                yield Static(id="seeds")
                yield PictureView("s draws seeds 0-15", id="drawn")
        yield Jobs()

    def runs_changed(self, runs: RunsSnapshot) -> None:  # noqa: ARG002
        self.refresh_bindings()  # whether there is one to export

    def read_snapshot(self) -> ExportsSnapshot:
        return content.read_exports(self.workspace)

    # what is shown

    def fill_table(self) -> None:
        if not self.snapshot.loaded:
            return
        table = self.query_one(Table)
        table.empty = EMPTY
        columns = content.columns_for(table.size.width - 1)  # a scroll bar may come
        table.set_columns([c.name for c in columns], [c.width for c in columns], [c.right for c in columns])
        table.set_rows([(export.name, cells(export, columns)) for export in self.snapshot.rows])
        folder = f"{self.workspace.exports}{os.sep}"
        left_out = [f"left out: {text.replace(folder, '')}" for text in self.snapshot.left_out[:3]]
        self.query_one("#left-out", Static).update(Content("\n".join(left_out)))
        self.show_details()

    def show_details(self) -> None:
        export = self.selected
        proved = self._verifications.get(file_key(export), ("", []))[0] if export else ""
        self.query_one("#manifest", Static).update(content.detail(export, proved) if export else "")
        self.show_pictures()
        self.refresh_bindings()

    # what is done

    def offers(self, action: str) -> bool:
        if not super().offers(action):
            return False
        export = self.selected
        match action:
            case "sample" | "write" | "augment":
                return export is not None and export.manifest.z_dim is not None
            case "verify" | "remove" | "copy_path" | "facts":
                return export is not None
            case "export":
                return bool(self.dashboard.runs.rows)
        return True

    def on_table_chosen(self, event: Table.Chosen) -> None:
        export = self.snapshot.find(event.key)
        if export is not None:
            self.dashboard.chosen_export = export.name
            self.dashboard.action_go("studio")

    def action_export(self) -> None:
        rows = content.exportable(self.dashboard.runs, self.dashboard.chosen_run)
        if not rows:
            self.notify("No run has a checkpoint yet.")
            return

        def on_run(run: str | None) -> None:
            if run is not None:
                choose = Choose(f"Export {run} in which precision?", content.PRECISIONS)
                averages = next((content.averages(row) for row in rows if row.id == run), ())
                self.app.push_screen(choose, lambda precision: on_precision(run, precision, averages))

        def on_precision(run: str, precision: str | None, averages: Sequence[tuple[str, str]]) -> None:
            if precision is None or not averages:
                self._export(run, precision, content.OWN_AVERAGE)
                return
            choose = Choose(f"Which average of {run}'s weights?", averages)
            self.app.push_screen(choose, lambda average: self._export(run, precision, average))

        self.app.push_screen(Choose("Export which run?", [(row.id, content.run_line(row)) for row in rows]), on_run)

    def _export(self, run: str, precision: str | None, average: str | None) -> None:
        if precision is None or average is None:
            return
        std = [] if average == content.OWN_AVERAGE else ["--ema-std", average]
        arguments = ["export", "onnx", run, "--precision", precision, *std, "--json"]
        stem = f"{run}-ema{average}" if std else run
        name = stem if precision == "fp32" else f"{stem}-{precision}"

        def on_answer(yes: bool | None) -> None:
            if yes:
                self.run_job(f"exporting {name}", arguments, on_result)

        def on_result(document: Document) -> None:
            self.next_key = str(document["name"])
            apart = f", at most {document['parity']['max_abs']:.1e} from torch" if document["parity"] else ""
            self.notify(f"{document['path']}{apart}", title=f"exported {name}", markup=False)
            self.action_look()

        if self.snapshot.find(name) is None:
            on_answer(True)
        else:
            self.app.push_screen(Confirm(f"Replace the export {name}?", command_line(arguments[:-1])), on_answer)

    def action_verify(self) -> None:
        export = self.selected
        if export is None:
            return

        def done(document: Document) -> None:
            self._verifications[file_key(export)] = word, lines = content.verification_lines(document)
            self.show_details()
            if self.is_current:
                self.app.push_screen(Report(f"{export.name} is what it says", Content("\n".join([word, "", *lines]))))

        def failed(outcome: Outcome) -> None:
            self._verifications[file_key(export)] = f"✗ {outcome.error}", []
            self.show_details()

        self.run_job(f"verifying {export.name}", ["export", "verify", export.name, "--json"], done, failed)

    def action_augment(self) -> None:
        export = self.selected
        if export is None:
            return
        from ganstudio.data.store import list_sets

        names = [data.manifest.name for data in list_sets()]
        row = self.dashboard.runs.find(export.manifest.run)
        likely = str(row.view.record.data["name"]) if row else None
        fields = augment_form.fields(export.name, names, likely)

        def check(values: Values) -> list[str]:
            return augment_form.arguments(export.reference, names, values)

        def on_values(values: Values | None) -> None:
            if values is not None:
                self.run_job(f"augmenting {values['data']}", check(values), on_result)

        def on_result(document: Document) -> None:
            near_copies = "" if not document["near"] else f"; {document['near']:,} drawn were near copies of real ones"
            self.notify(
                f"{document['real']:,} real and {document['synthetic']:,} synthetic images{near_copies}",
                title=f"packed {document['name']}",
                markup=False,
            )

        self.app.push_screen(Form(f"Pictures of {export.name} beside real ones", fields, check, "draw"), on_values)

    def action_remove(self) -> None:
        export = self.selected
        if export is None:
            return
        more = ", and what lies beside it" if export.companions() else ""

        def on_removed(_: Any) -> None:
            self.notify(f"removed {export.name}", markup=False)
            self.action_look()

        self.ask(
            f"Remove the export {export.name}{more}? Its run stays.",
            "export",
            "remove",
            export.name,
            "--yes",
            done=on_removed,
        )

    def action_facts(self) -> None:
        export = self.selected
        if export is not None:
            _, lines = self._verifications.get(file_key(export), ("", []))
            document = content.detail(export, "\n".join(lines), whole=True)
            self.app.push_screen(Report("Manifest", document))

    def action_copy_path(self) -> None:
        if self.selected:
            self.copy(str(self.selected.path), "path")
