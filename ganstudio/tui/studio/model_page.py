"""Which model Studio draws from: the one that was chosen, the newest, or one that is exported first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import work
from textual.reactive import reactive
from textual.worker import get_current_worker

from ganstudio.errors import StudioError
from ganstudio.inference.explore import for_model
from ganstudio.inference.exports import Export
from ganstudio.inference.run_exports import export_of_checkpoint, outdated_sentence
from ganstudio.tui.commands import Outcome
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.error_text import said
from ganstudio.tui.page import Page
from ganstudio.tui.runs.run_columns import joined
from ganstudio.tui.snapshots import RunRow
from ganstudio.tui.studio import exploration
from ganstudio.tui.studio.exploration import Album, Exploring

if TYPE_CHECKING:
    from ganstudio.inference.model import OnnxModel


class ModelPage(Page):
    """A page with a model that stays open while other screens are shown."""

    # repaint=False: what differs is painted by the widgets that show it, not the whole screen at each key
    snapshot: reactive[Exploring] = reactive(Exploring(), init=False, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._model: OnnxModel | None = None
        self._album = Album()
        self._exporting = ""

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._open(self.studio.chosen_export, self.snapshot.export)

    @work(thread=True, exclusive=True, group="model")
    def _open(self, name: str | None, opened: Export | None) -> None:
        """Opens the export of that name, else sees whether what is open is still what lies there."""
        from ganstudio.inference.model import OnnxModel

        try:
            export, notes = exploration.choose(self.workspace, name, opened)
            if export is None:
                self._tell(self._nothing, notes)
            elif export == opened:
                gone = f"{export.path.name} is gone; what is open goes on"
                self._tell(self._noted, outdated_sentence(self.workspace, export) if export.path.exists() else gone)
            else:
                model = OnnxModel.open(export.path, exploration.provider_for(export))
                self._tell(self._opened, export, model, outdated_sentence(self.workspace, export))
        except Exception as error:
            told = error if isinstance(error, StudioError) else StudioError(said(error, name or "the newest export"))
            self._tell(self._failed, told)

    def _tell(self, told: Callable[..., None], *what: Any) -> None:
        """From a worker's thread: calls `told` in the screen's, unless a newer worker has taken its place."""
        if self.app.is_running and not get_current_worker().is_cancelled:
            self.app.call_from_thread(told, *what)

    def _opened(self, export: Export, model: OnnxModel, note: str) -> None:
        """The same point in another model, or in the first one."""
        old = self.snapshot
        if export == old.export:
            return
        self._model, self._album = model, Album()
        same = old.export is not None and old.export.manifest.z_dim == export.manifest.z_dim
        slots = [for_model(slot, export.manifest) if slot and same else None for slot in old.slots]
        point = for_model(old.current, export.manifest)
        self.snapshot = Exploring(export, model.provider, point, (), old.pair, (slots[0], slots[1]), note=note)

    def _nothing(self, notes: list[str]) -> None:
        self.snapshot = Exploring(text="\n".join(f"left out: {note}" for note in notes))

    def _noted(self, note: str) -> None:
        self.snapshot = replace(self.snapshot, note=note)

    def _failed(self, error: StudioError) -> None:
        """Tells it; what is open stays open."""
        self.studio.chosen_export = self.snapshot.export.name if self.snapshot.export else None
        if self.snapshot.export is None:
            self.snapshot = Exploring(text=_told(error.message, error.hint))
        else:
            self.notify(_told(error.message, error.hint), severity="error", timeout=12, markup=False)

    def _pick(self, name: str) -> None:
        self.studio.chosen_export = name
        self._open(name, self.snapshot.export)

    @work(thread=True, exclusive=True, group="list")
    def action_choose_model(self) -> None:
        exports = exploration.models(self.workspace)[0]
        rows = [] if self.studio.readonly or self._exporting else self.studio.runs.rows
        left = [
            row.id for row in rows if _ready(row) and not export_of_checkpoint(row.view.path, row.view.record, exports)
        ]
        self._tell(self._ask_model, exports, left)

    def _ask_model(self, exports: list[Export], runs: list[str]) -> None:
        """Exports, and below them the runs that have none of their checkpoint."""
        options = [(export.name, _described(export)) for export in exports]
        options += [(f"/{run}", f"{run}  export it") for run in runs]

        def chosen(key: str | None) -> None:
            if key is not None and key.startswith("/"):
                self._export(key[1:])
            elif key is not None:
                self._pick(key)

        if options:
            self.app.push_screen(Choose("Which model?", options), chosen)
        else:
            self.notify(self.empty(), markup=False)

    @property
    def _run(self) -> RunRow | None:
        """The run that is exported where there is no export: the chosen one, else the newest that has a checkpoint."""
        runs = self.studio.runs
        chosen = runs.of(self.studio.chosen)
        return chosen if chosen and _ready(chosen) else next(filter(_ready, runs.rows), None)

    def action_export(self) -> None:
        if self._run is not None:
            self._export(self._run.id)

    def _export(self, run_id: str) -> None:
        def ended(outcome: Outcome) -> None:
            self._exporting = ""
            if outcome.error:
                self._failed(StudioError(outcome.error, outcome.hint or None))
            else:
                self._pick(str(outcome.json()["name"]))

        self._exporting = run_id
        self.notify(f"exporting {run_id}", markup=False)
        self.studio.launch(("export", "onnx", run_id, "--json"), ended)
        if self.snapshot.export is None:
            self.snapshot = Exploring()
            self.tell_empty()

    def tell_empty(self) -> None:
        """Says why no model is open; it may have changed."""
        raise NotImplementedError

    def empty(self) -> str:
        """What is said where no model is open."""
        if self._exporting:
            return f"Exporting {self._exporting}: its generator is written as ONNX and checked against torch ..."
        text = f"{self.snapshot.text}\n\n" if self.snapshot.text else ""
        run = self._run
        if run is None:
            return f"{text}No model is open: there is no export that draws from seeds, and no run with a checkpoint."
        key = f"ganstudio export onnx {run.id} makes one." if self.studio.readonly else f"e exports the run {run.id}."
        return f"{text}No model is open: {key}"


def _told(message: str, hint: str | None) -> str:
    return f"{message}\ntry: {hint}" if hint else message


def _ready(row: RunRow) -> bool:
    """Whether there is something of it to export."""
    return row.view.state.checkpoint is not None


def _described(export: Export) -> str:
    manifest = export.manifest
    classes = f"{len(manifest.classes)} classes" if manifest.classes else ""
    return joined([export.name, "x".join(map(str, manifest.image_shape[1:])), classes, manifest.precision])
