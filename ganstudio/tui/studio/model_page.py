"""The part of the screen Studio that opens a model that draws from latents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.reactive import reactive

from ganstudio.inference.explore import for_model
from ganstudio.inference.exports import Export
from ganstudio.tui.studio import exploration
from ganstudio.tui.studio.exploration import Exploration, PictureCache
from ganstudio.tui.studio.open_page import OpenPage

if TYPE_CHECKING:
    from ganstudio.inference.model import OnnxModel


class ModelPage(OpenPage):
    """A page with a model that draws from latents."""

    # repaint=False: what differs is painted by the widgets that show it, not the whole screen at each key
    snapshot: reactive[Exploration] = reactive(Exploration(), init=False, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._model: OnnxModel | None = None
        self._cache = PictureCache()

    @property
    def opened(self) -> Export | None:
        return self.snapshot.export

    @property
    def why_closed(self) -> str:
        return self.snapshot.text

    def open_model(self, export: Export) -> Callable[[str], None]:
        from ganstudio.inference.model import OnnxModel

        model = OnnxModel.open(export.path, exploration.provider_for(export))
        return lambda note: self._set_model(export, model, note)

    def _set_model(self, export: Export, model: OnnxModel, note: str) -> None:
        """Shows a model, at the same point where another was open."""
        old = self.snapshot
        if export == old.export:
            return
        self._model, self._cache = model, PictureCache()
        same = old.export is not None and old.export.manifest.z_dim == export.manifest.z_dim
        slots = [for_model(slot, export.manifest) if slot and same else None for slot in old.slots]
        point = for_model(old.current, export.manifest)
        self.snapshot = Exploration(export, model.provider, point, (), old.pair, (slots[0], slots[1]), note=note)

    def show_closed(self, text: str) -> None:
        self.snapshot = Exploration(text=text)

    def show_note(self, note: str) -> None:
        self.snapshot = replace(self.snapshot, note=note)
