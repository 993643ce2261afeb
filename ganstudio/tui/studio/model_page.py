"""The part of the screen Studio that opens a model that draws from latents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.reactive import reactive

from ganstudio.inference.explore import for_model
from ganstudio.inference.exports import Export
from ganstudio.tui.studio import openable
from ganstudio.tui.studio.exploration import Abilities, Exploration, NamedDirection
from ganstudio.tui.studio.open_page import OpenPage
from ganstudio.tui.studio.picture_cache import PictureCache

if TYPE_CHECKING:
    from ganstudio.inference.latent.point_model import PointModel


class ModelPage(OpenPage):
    """A page with a model that draws from latents."""

    # repaint=False: what differs is painted by the widgets that show it, not the whole screen at each key
    snapshot: reactive[Exploration] = reactive(Exploration(), init=False, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._model: PointModel | None = None
        self._cache = PictureCache()

    @property
    def opened(self) -> Export | None:
        return self.snapshot.export

    @property
    def why_closed(self) -> str:
        return self.snapshot.text

    def open_model(self, export: Export) -> Callable[[str], None]:
        from ganstudio.inference.latent.point_model import PointModel

        model = PointModel.open(export.path, openable.provider_for(export))
        return lambda note: self._set_model(export, model, note)

    def _set_model(self, export: Export, model: PointModel, note: str) -> None:
        """Shows a model, at the same point where another was open."""
        old = self.snapshot
        if export == old.export:
            return
        self._model, self._cache = model, PictureCache()
        same = old.export is not None and old.export.manifest.z_dim == export.manifest.z_dim
        slots = [for_model(slot, export.manifest) if slot and same else None for slot in old.slots]
        self.snapshot = Exploration(
            export,
            model.whole.provider,
            for_model(old.current, export.manifest),
            pair=old.pair,
            slots=(slots[0], slots[1]),
            note=note or model.directions_why,
            abilities=abilities_of(model),
        )

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._model is not None:
            self._read_directions(self._model)

    @work(thread=True, exclusive=True, group="directions")
    def _read_directions(self, model: PointModel) -> None:
        """Looks whether other directions lie beside the open model by now."""
        found = model.with_directions_read()
        if found is not None:
            self._call_on_screen(self._set_directions, model, found)

    def _set_directions(self, old: PointModel, model: PointModel) -> None:
        if old is not self._model:
            return
        self._model, self._cache = model, PictureCache()
        state = self.snapshot
        kept = tuple(name for name in state.names if name in {one.name for one in model.directions})
        point = state.point and model.known(state.point)
        self.snapshot = replace(
            state, abilities=abilities_of(model), names=kept, point=point, choice=None, note=model.directions_why
        )

    def show_closed(self, text: str) -> None:
        self.snapshot = Exploration(text=text)

    def show_note(self, note: str) -> None:
        self.snapshot = replace(self.snapshot, note=note)


def abilities_of(model: PointModel) -> Abilities:
    """Returns what a model has besides what its manifest says."""
    latent = model.latent
    found = tuple(NamedDirection(one.name, one.reach) for one in model.directions)
    return Abilities(found, latent.layers if model.styles else 0, latent.layer_px, bool(latent.noise_shapes))
