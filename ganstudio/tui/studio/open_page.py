"""What both pages of Studio do to open a model: the chosen export, the newest, or one that is made first.

Which page an export belongs to follows from what it takes, latents or pictures; a page hands what is not its own over.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from textual import work
from textual.worker import get_current_worker

from ganstudio.commands import Outcome
from ganstudio.errors import StudioError
from ganstudio.inference.exports import Export
from ganstudio.inference.run_exports import export_of_checkpoint, outdated_sentence
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.error_text import error_text
from ganstudio.tui.page import Page
from ganstudio.tui.runs.run_columns import joined
from ganstudio.tui.snapshots import RunRow, RunsSnapshot
from ganstudio.tui.studio import openable


class OpenPage(Page):
    """A page with a model that stays open while other screens are shown."""

    def __init__(self) -> None:
        super().__init__()
        self._exporting = ""
        self._footer_state: tuple[object, ...] = ()  # what the footer goes by, when it was last drawn

    @property
    @abstractmethod
    def opened(self) -> Export | None:
        """The export that is open."""

    @property
    @abstractmethod
    def why_closed(self) -> str:
        """Why no model is open, where a person has to know more than that."""

    @abstractmethod
    def open_model(self, export: Export) -> Callable[[str], None]:
        """Opens an export, in a thread. Returns what shows it, called on the screen with a note. Raises StudioError."""

    @abstractmethod
    def show_closed(self, text: str) -> None:
        """Shows that no model is open, and why."""

    @abstractmethod
    def show_note(self, note: str) -> None:
        """Shows a warning on the open model."""

    @abstractmethod
    def watch_snapshot(self) -> None:
        """Shows what the page is to show now; why no model is open, where none is."""

    def show_empty(self) -> None:
        """Shows anew why no model is open, since that may have changed."""
        self.watch_snapshot()

    def runs_changed(self, runs: RunsSnapshot) -> None:  # noqa: ARG002
        if self.opened is None:
            self.show_empty()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._open(self.dashboard.chosen_export, self.opened)

    @work(thread=True, exclusive=True, group="model")
    def _open(self, name: str | None, opened: Export | None) -> None:
        """Opens the export of that name, unless it is open already; then checks whether its file is still there."""
        try:
            export, notes = openable.find_export_to_open(self.workspace, name, opened)
            if export is None:
                self._call_on_screen(self.show_closed, "\n".join(f"left out: {note}" for note in notes))
            elif (page := "images" if openable.takes_pictures(export) else "studio") != self.NAME:
                self._call_on_screen(self._hand_over, export, page)
            elif export == opened:
                gone = f"{export.path.name} is gone; what is open goes on"
                self._call_on_screen(
                    self.show_note, outdated_sentence(self.workspace, export) if export.path.exists() else gone
                )
            else:
                show = self.open_model(export)
                self._call_on_screen(show, outdated_sentence(self.workspace, export))
        except Exception as error:
            failure = (
                error if isinstance(error, StudioError) else StudioError(error_text(error, name or "the newest export"))
            )
            self._call_on_screen(self._show_error, failure)

    def _hand_over(self, export: Export, page: str) -> None:
        """Has Studio's other page open an export, unless the person has gone to another screen."""
        self.dashboard.chosen_export = export.name
        self.dashboard.studio = page
        if self.is_current:
            self.dashboard.action_go("studio")

    def _call_on_screen(self, call: Callable[..., None], *arguments: Any) -> None:
        """Calls `call` in the screen's thread, from a worker's, unless a newer worker has taken its place."""
        if self.app.is_running and not get_current_worker().is_cancelled:
            self.app.call_from_thread(call, *arguments)

    def _show_error(self, error: StudioError) -> None:
        """Shows an error; an open model stays open."""
        self.dashboard.chosen_export = self.opened.name if self.opened else None
        if self.opened is None:
            self.show_closed(_error_with_hint(error.message, error.hint))
        else:
            self.notify(_error_with_hint(error.message, error.hint), severity="error", timeout=12, markup=False)

    def _pick(self, name: str) -> None:
        self.dashboard.chosen_export = name
        self._open(name, self.opened)

    @work(thread=True, exclusive=True, group="list")
    def action_choose_model(self) -> None:
        exports = openable.exports_to_open(self.workspace)[0]
        rows = [] if self.dashboard.readonly or self._exporting else self.dashboard.runs.rows
        left = [
            row.id
            for row in rows
            if _has_checkpoint(row) and not export_of_checkpoint(row.view.path, row.view.record, exports)
        ]
        self._call_on_screen(self._ask_model, exports, left)

    def _ask_model(self, exports: list[Export], runs: list[str]) -> None:
        """Asks for one of the exports, or of the runs that have no export of their newest checkpoint."""
        options = [(export.name, _option_text(export)) for export in exports]
        options += [(f"/{run}", f"{run}  export it") for run in runs]

        def on_choice(key: str | None) -> None:
            if key is not None and key.startswith("/"):
                self._export(key[1:])
            elif key is not None:
                self._pick(key)

        if options:
            self.app.push_screen(Choose("Which model?", options), on_choice)
        else:
            self.notify(self.empty_text(), markup=False)

    @property
    def _run(self) -> RunRow | None:
        """The run that is exported where there is no export: the chosen one, else the newest that has a checkpoint."""
        runs = self.dashboard.runs
        selected = runs.find(self.dashboard.chosen_run)
        return selected if selected and _has_checkpoint(selected) else next(filter(_has_checkpoint, runs.rows), None)

    def action_export(self) -> None:
        if self._run is not None:
            self._export(self._run.id)

    def _export(self, run_id: str) -> None:
        def ended(outcome: Outcome) -> None:
            self._exporting = ""
            if outcome.error:
                self._show_error(StudioError(outcome.error, outcome.hint or None))
            else:
                self._pick(str(outcome.json()["name"]))

        self._exporting = run_id
        self.notify(f"exporting {run_id}", markup=False)
        self.dashboard.launch(("export", "onnx", run_id, "--json"), ended)
        if self.opened is None:
            self.show_closed("")
            self.show_empty()

    def empty_text(self) -> str:
        """Returns the text shown where no model is open."""
        if self._exporting:
            return f"Exporting {self._exporting}: its generator is written as ONNX and checked against torch ..."
        text = f"{self.why_closed}\n\n" if self.why_closed else ""
        run = self._run
        if run is None:
            return (
                f"{text}No model is open: there is no export that Studio can draw with, and no run with a checkpoint."
            )
        key = (
            f"ganstudio export onnx {run.id} makes one." if self.dashboard.readonly else f"e exports the run {run.id}."
        )
        return f"{text}No model is open: {key}"


def _error_with_hint(message: str, hint: str | None) -> str:
    return f"{message}\ntry: {hint}" if hint else message


def _has_checkpoint(row: RunRow) -> bool:
    """Returns whether a run has a checkpoint, which can be exported."""
    return row.view.state.checkpoint is not None


def _option_text(export: Export) -> str:
    manifest = export.manifest
    size = (
        "x".join(map(str, manifest.image_shape[1:])) if manifest.z_dim is not None else f"{manifest.task} of pictures"
    )
    classes = f"{len(manifest.classes)} classes" if manifest.classes else ""
    return joined([export.name, size, classes, manifest.precision])
