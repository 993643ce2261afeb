"""The part of the screen Studio that draws what is shown, and saves a point.

Points that have no picture yet are drawn in a thread, one call at a time; after each call the newest state is looked at
again, so a key that is held fills no queue: only the newest point is drawn.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from ganstudio import commands
from ganstudio.errors import StudioError
from ganstudio.inference.explore import Point
from ganstudio.tui.error_text import error_text
from ganstudio.tui.studio import exploration
from ganstudio.tui.studio.model_page import ModelPage

if TYPE_CHECKING:
    from ganstudio.inference.latent.point_model import PointModel
    from ganstudio.tui.run.samples import Pixels

CHUNK = 8  # pictures of a grid or a walk in one call; between two calls newer keys take effect
FOLDER = "pictures"  # of the workspace


class DrawnPage(ModelPage):
    """A page that draws the points of its snapshot which have no picture yet."""

    def __init__(self) -> None:
        super().__init__()
        self._busy = False

    def draw_missing(self) -> None:
        """Begins to draw the shown points without a picture, unless a call is running: its end calls this again."""
        if self._busy or self._model is None:
            return
        missing = [point for point in dict.fromkeys(self.snapshot.shown_points) if point not in self._cache]
        if missing:
            self._busy = True
            alone = missing[0] == self.snapshot.current
            self._draw(self._model, missing[: 1 if alone else CHUNK])

    @work(thread=True, group="pictures")
    def _draw(self, model: PointModel, points: list[Point]) -> None:
        begin, error = time.perf_counter(), ""
        drawn: list[Pixels | None]
        try:
            drawn = list(model.pictures(points))
        except Exception as failed:
            drawn, error = [None] * len(points), error_text(failed)
        self._call_on_screen(
            self._set_pictures, model, points, drawn, 1000 * (time.perf_counter() - begin) / len(points), error
        )

    def _set_pictures(
        self, model: PointModel, points: list[Point], drawn: list[Pixels | None], ms: float, error: str
    ) -> None:
        self._busy = False
        if model is not self._model:  # another was opened meanwhile
            self.draw_missing()
            return
        for point, picture in zip(points, drawn, strict=True):
            self._cache.put(point, picture)
        state = self.snapshot
        self.snapshot = replace(state, answers=state.answers + 1, ms=ms, error=error)

    def action_save(self) -> None:
        if self._model is not None and self.snapshot.current is not None:
            self._save(self._model, self.snapshot.current, copied=False)

    def action_copy_command(self) -> None:
        """Copies a command with the seed where that gives the point; else saves the latent, for one with it."""
        state, point = self.snapshot, self.snapshot.current
        if self._model is None or state.export is None or point is None:
            return
        if (command := exploration.command(state.export, point)) is not None:
            self.copy(commands.command_line(command), "command")
        elif self.dashboard.readonly:
            self.notify("no seed draws this point, and --readonly saves none", severity="warning")
        else:
            self._save(self._model, point, copied=True)

    @work(thread=True, group="saving")
    def _save(self, model: PointModel, point: Point, copied: bool) -> None:
        from ganstudio.inference.latent.saved_points import save_point

        try:
            png, npz = save_point(self.workspace.root / FOLDER, model, point)
        except StudioError as error:
            self._call_on_screen(self._show_error, error)
            return
        self._call_on_screen(self._on_saved, str(png), str(npz), copied)

    def _on_saved(self, png: str, npz: str, copied: bool) -> None:
        if copied:
            self.copy(commands.command_line(["sample", "--latent", npz]), "command")
        else:
            self.notify(f"{png}\nand its latent beside it", title="saved", markup=False)
