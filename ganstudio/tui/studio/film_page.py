"""The part of the screen Studio that records keyframes, plays the film of them, and writes it for `animate`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.timer import Timer
from textual.worker import get_current_worker

from ganstudio import commands
from ganstudio.errors import StudioError
from ganstudio.inference.latent.keyframes import EASINGS
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.error_text import error_text
from ganstudio.tui.studio.keyframes import frame_at, next_speed, parse_recording
from ganstudio.tui.studio.slider_page import SliderPage
from ganstudio.tui.studio.view import StudioView

if TYPE_CHECKING:
    from ganstudio.inference.latent.point_model import PointModel
    from ganstudio.inference.latent.recording import Recording
    from ganstudio.tui.run.samples import Pixels

FOLDER = "films"  # of the workspace
TICK_S = 1 / 30  # between two looks at which frame is due
LARGEST = 500_000_000  # bytes of a film that is kept to be played


class FilmPage(SliderPage):
    """A page with keyframes. Frames are drawn by a thread, as `animate` draws them, and shown as they come."""

    def __init__(self) -> None:
        super().__init__()
        self._frames: list[Pixels] = []
        self._count = 0
        self._elapsed, self._looked = 0.0, 0.0
        self._timer: Timer | None = None

    def action_keyframe(self) -> None:
        if self.snapshot.current is not None:
            self._set_film(self.snapshot.film.with_point(self.snapshot.current))

    def action_drop_keyframe(self) -> None:
        self._set_film(self.snapshot.film.without_last())

    def _set_film(self, film: Recording) -> None:
        self.snapshot = replace(self.snapshot, film=film)

    def action_speed(self, step: int) -> None:
        self.snapshot = replace(self.snapshot, speed=next_speed(self.snapshot.speed, step))

    def action_play(self) -> None:
        """Plays the film from its beginning, again and again, or ends that."""
        film = self.snapshot.film
        if self.snapshot.playing:
            self.end_playing()
        elif self._model is not None and len(film.points) > 1:
            self._frames, self._count, self._elapsed = [], 0, 0.0
            self.snapshot = replace(self.snapshot, playing=True)
            self._draw_film(self._model, film, self._frames)

    def end_playing(self) -> None:
        """Goes back to the picture of the point."""
        self.workers.cancel_group(self, "film")
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.snapshot.playing:
            self.snapshot = replace(self.snapshot, playing=False)

    @work(thread=True, exclusive=True, group="film")
    def _draw_film(self, model: PointModel, film: Recording, frames: list[Pixels]) -> None:
        from ganstudio.inference.latent.film import draw_film
        from ganstudio.inference.latent.recording_file import film_of

        worker = get_current_worker()
        try:
            planned = film_of(film, model)
            vectors = {one.name: one.vector for one in model.directions}
            for number, frame in enumerate(draw_film(model.latent, planned, vectors)):
                if worker.is_cancelled:
                    return
                if len(planned) * frame.nbytes > LARGEST:
                    raise StudioError(f"{len(planned):,} frames are too many to be played here. W writes the film.")
                frames.append(frame)
                if number == 0:
                    self._call_on_screen(self._begin_showing, len(planned))
        except Exception as failed:
            error = failed if isinstance(failed, StudioError) else StudioError(error_text(failed))
            self._call_on_screen(self._on_no_film, error)

    def _begin_showing(self, count: int) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._count, self._looked = count, time.monotonic()
        self._timer = self.set_interval(TICK_S, self._show_due_frame)
        self._show_due_frame()

    def _on_no_film(self, error: StudioError) -> None:
        self.end_playing()
        self._show_error(error)

    def _show_due_frame(self) -> None:
        """Shows the frame whose time it is; waits where it is not drawn yet."""
        now, state = time.monotonic(), self.snapshot
        elapsed = self._elapsed + (now - self._looked) * state.speed
        self._looked = now
        if not state.playing:  # another model was opened meanwhile
            self.end_playing()
        if not state.playing or not self.is_current:
            return
        due = frame_at(elapsed, self._count, state.film.fps)
        if due < len(self._frames):
            self._elapsed = elapsed
            self.query_one(StudioView).show_frame(self._frames[due], due, self._count, state)

    def action_film(self) -> None:
        """Asks for the times of the keyframes, whether the film is a loop, its pace and its easing."""
        film = self.snapshot.film
        fields = [
            Field("times", "times", " ".join(f"{time:g}" for time in film.times), "seconds, one a keyframe, from 0 on"),
            Field("loop", "loop", "" if film.seconds is None else f"{film.seconds:g}", "its length; no loop without"),
            Field("fps", "fps", f"{film.fps:g}"),
            Field("ease", "easing", film.ease, choices=tuple(EASINGS)),
        ]

        def on_values(values: Values | None) -> None:
            if values is not None:
                self._set_film(parse_recording(self.snapshot.film, values))

        self.app.push_screen(Form("The film", fields, lambda values: parse_recording(film, values), "set"), on_values)

    def action_write_film(self) -> None:
        if self._model is not None:
            self._write_film(self._model, self.snapshot.film)

    @work(thread=True, group="saving")
    def _write_film(self, model: PointModel, film: Recording) -> None:
        from ganstudio.inference.latent.recording_file import film_of, write_recording

        try:
            film_of(film, model)
            path = write_recording(self.workspace.root / FOLDER, film, model)
        except StudioError as error:
            self._call_on_screen(self._show_error, error)
            return
        words = ["animate", str(path), "--out", str(path.with_suffix(".gif"))]
        self._call_on_screen(self.copy, commands.command_line(words), "command")
