"""The part of Studio's page for pictures that opens a model, reads pictures, and has the model answer in a thread.

One question is answered at a time. After each the newest state is looked at again, so a key that is held fills no
queue; what is asked no longer is stopped between two tiles.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.reactive import reactive

from ganstudio.errors import Interrupted, StudioError, UsageError
from ganstudio.inference.exports import Export
from ganstudio.tui.error_text import error_text
from ganstudio.tui.studio import openable
from ganstudio.tui.studio.images import retouch
from ganstudio.tui.studio.images.retouch import Retouch
from ganstudio.tui.studio.open_page import OpenPage

if TYPE_CHECKING:
    from ganstudio.inference.images.answer import Ask
    from ganstudio.inference.images.model import ImageModel
    from ganstudio.inference.images.render import Cut
    from ganstudio.inference.images.subject import HeldOut, Subject
    from ganstudio.inference.images.work import Made, Tick
    from ganstudio.tui.studio.images.comparing import Layers


class ImageModelPage(OpenPage):
    """A page with a model that makes pictures of pictures."""

    snapshot: reactive[Retouch] = reactive(Retouch(), init=False, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._model: ImageModel | None = None
        self._cut: Cut | None = None  # known once the model has answered for the first time
        self._held: HeldOut | None = None
        self._files: list[Path] = []
        self._place = 0  # among the files, or else those held out
        self._layers: Layers | None = None
        self._answering: tuple[Ask, Tick] | None = None

    @property
    def opened(self) -> Export | None:
        return self.snapshot.export

    @property
    def why_closed(self) -> str:
        return self.snapshot.text

    def show_closed(self, text: str) -> None:
        self.snapshot = Retouch(text=text)

    def show_note(self, note: str) -> None:
        self.snapshot = replace(self.snapshot, note=note)

    def open_model(self, export: Export) -> Callable[[str], None]:
        from ganstudio.inference.images.model import ImageModel, kind_of
        from ganstudio.inference.images.subject import held_out
        from ganstudio.inference.style.saved_styles import SavedStyles
        from ganstudio.inference.style.stylizer import Stylizer

        provider, kind = openable.provider_for(export), kind_of(export.manifest)
        model = (Stylizer if kind == "stylize" else ImageModel).open(export.path, kind, provider)
        saved = tuple(SavedStyles.of(export.path, export.manifest).names) if kind == "stylize" else ()
        held = held_out(self.workspace, export.manifest)
        return lambda note: self._set_model(export, model, held, saved, note)

    def _set_model(
        self, export: Export, model: ImageModel, held: HeldOut | None, saved: tuple[str, ...], note: str
    ) -> None:
        """Shows a model, with the file that is open, else with a picture that its training never saw."""
        old = self.snapshot
        if export == old.export:
            return
        self._model, self._cut, self._held = model, None, held
        self.stop()
        fresh = Retouch(export, model.provider, note=note)
        label = old.label if old.domains == fresh.domains else 0
        view = old.view if old.export and old.view in fresh.views else fresh.views[0]
        fresh = retouch.with_saved(replace(fresh, styles=old.styles, blend=old.blend), saved)
        self._layers = None
        self.snapshot = replace(fresh, label=label if fresh.domains else None, strength=old.strength, view=view)
        if not self._files:
            self._place = 0
        if self._files or held is not None:
            self.read_picture()

    # pictures

    @property
    def pictures(self) -> int:
        """How many pictures there are to go through."""
        return len(self._files) or (len(self._held.rows) if self._held else 0)

    def open_path(self, path: Path) -> None:
        """Opens a picture, and goes on through those that lie beside it; of a folder the first."""
        try:
            files, place = retouch.pictures_beside(path)
        except OSError as error:
            self.show_failure(f"{path} cannot be read: {error.strerror or error}.")
            return
        if not files:
            self.show_failure(f"There is no picture in {path}.")
            return
        self._files, self._place = files, place
        self.read_picture()

    def read_picture(self) -> None:
        """Reads the picture at `_place`, in a thread."""
        if self._model is not None:
            path = self._files[self._place % len(self._files)] if self._files else None
            self._read(self._model, path, self._held, self._place)

    @work(thread=True, exclusive=True, group="subject")
    def _read(self, model: ImageModel, path: Path | None, held: HeldOut | None, place: int) -> None:
        from ganstudio.inference.images.subject import read_subject
        from ganstudio.tui.studio.images.comparing import Layers

        try:
            if path is None:
                assert held is not None
                subject = held.subject(place, model)
            else:
                subject = read_subject(path, model)
            layers = Layers.of(subject, None)
        except StudioError as error:
            self._call_on_screen(self.show_failure, error.message)
        except Exception as error:  # whatever a file does, the page goes on
            self._call_on_screen(self.show_failure, error_text(error, path or "the picture"))
        else:
            self._call_on_screen(self._set_subject, model, subject, layers)

    def _set_subject(self, model: ImageModel, subject: Subject, layers: Layers) -> None:
        if model is self._model:
            self._layers = layers
            self.snapshot = self.snapshot.with_subject(subject)

    def show_failure(self, message: str) -> None:
        """Shows what is wrong; the picture that is open stays."""
        self.snapshot = replace(self.snapshot, error=message)

    # answers

    def answer_newest(self) -> None:
        """Begins to answer the present question; where another is being answered, stops that: its end calls this."""
        ask = self.snapshot.ask
        if self._answering is not None:
            if self._answering[0] != ask:
                self._answering[1].stop()
        elif self._model is not None and ask is not None and self.snapshot.waits:
            from ganstudio.inference.images.work import Tick

            tick = Tick()
            self._answering = ask, tick
            self._answer(self._model, self._cut, ask, tick)

    @work(thread=True, group="answers")
    def _answer(self, model: ImageModel, cut: Cut | None, ask: Ask, tick: Tick) -> None:
        from ganstudio.inference.images.answer import answer
        from ganstudio.inference.images.memory import cut_for
        from ganstudio.tui.studio.images.comparing import Layers

        tick.progress = lambda done, count: self._call_on_screen(self._set_progress, ask, done, count)
        made, layers, error, ms = None, None, "", 0.0
        try:
            cut = cut or cut_for(model)
            begin = time.perf_counter()
            made = answer(model, cut, ask, tick)
            ms = 1000 * (time.perf_counter() - begin)
            layers = Layers.of(ask.subject, made.pixels)
        except Interrupted:
            pass
        except StudioError as failed:
            error = failed.message
        except Exception as failed:
            error = error_text(failed, ask.subject.name)
        self._call_on_screen(self._set_answer, model, cut, ask, made, layers, ms, error)

    def _set_progress(self, ask: Ask, done: int, count: int) -> None:
        if self._answering is not None and self._answering[0] == ask:
            self.snapshot = replace(self.snapshot, progress=(done, count))

    def _set_answer(
        self,
        model: ImageModel,
        cut: Cut | None,
        ask: Ask,
        made: Made | None,
        layers: Layers | None,
        ms: float,
        error: str,
    ) -> None:
        self._answering = None
        state = replace(self.snapshot, progress=None)
        if model is self._model:
            self._cut = cut
            if made is not None and ask.subject is state.subject:
                self._layers = layers
                state = replace(state, made=made, made_of=ask, ms=ms, answers=state.answers + 1, error="")
            elif error and ask == state.ask:
                state = replace(state, stopped=ask, error=error)
        self.snapshot = state

    def stop(self) -> None:
        """Stops the answer under way, after the tile that it is at."""
        if self._answering is not None:
            self._answering[1].stop()
            self.snapshot = replace(self.snapshot, stopped=self._answering[0])

    def saved_by(self) -> tuple[ImageModel, Cut]:
        """Returns the model and its tiles. Raises UsageError before the first answer."""
        if self._model is None or self._cut is None:
            raise UsageError("There is no answer yet.")
        return self._model, self._cut
