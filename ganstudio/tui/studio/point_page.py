"""The part of Studio that sets a point: seed, class, psi with cutoff and centres, noise, a latent of a file."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.explore import Point, at_new_seed, with_centres, with_psi
from ganstudio.inference.latents import LARGEST_SEED
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.paths import existing_path
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.studio import exploration
from ganstudio.tui.studio.drawn_page import DrawnPage

if TYPE_CHECKING:
    from ganstudio.inference.latent.point_model import PointModel


class PointPage(DrawnPage):
    """A page whose keys change what its point is drawn from. A new seed keeps all else."""

    def _go(self, point: Point) -> None:
        self.snapshot = self.snapshot.with_point(point)

    def _settled(self, point: Point, needed: object = True) -> Point | None:
        """The point from ws that all is done to, where that is `needed`; None, having said why, where it cannot be."""
        if self._model is None or not needed:
            return point
        try:
            return self._model.settled(point)
        except StudioError as error:
            self._show_error(error)
            return None

    def _to_seed(self, seed: int) -> None:
        point, export = self.snapshot.point, self.snapshot.export
        if point is not None and export is not None and export.manifest.z_dim is not None:
            self._go(at_new_seed(point, seed % (LARGEST_SEED + 1), export.manifest.z_dim))

    def action_seed(self, step: int) -> None:
        if self.snapshot.point is not None:
            self._to_seed(self.snapshot.point.seed + step)

    def action_random(self) -> None:
        self._to_seed(random.randrange(1_000_000))

    def action_type_seed(self) -> None:
        def seed(values: Values) -> int:
            return exploration.seed_of(values["seed"])

        def on_values(values: Values | None) -> None:
            if values is not None:
                self._to_seed(seed(values))

        fields = [Field("seed", "", hint="0 to 4294967295")]
        self.app.push_screen(Form("Which seed?", fields, seed, "go on"), on_values)

    def action_psi(self, change: float) -> None:
        if self.snapshot.point is not None:
            self._go(with_psi(self.snapshot.point, change))

    def action_cutoff(self, step: int) -> None:
        """Leaves one layer less, or more, without truncation; above the last there is no cutoff."""
        state = self.snapshot
        if state.point is not None:
            layers = state.abilities.layers
            cutoff = min(max(1, (state.point.cutoff or layers) + step), layers)
            self._go(replace(state.point, cutoff=None if cutoff == layers else cutoff))

    def action_centres(self, step: int) -> None:
        """Truncates towards more centres, or fewer; one is the mean."""
        point = self.snapshot.point
        if point is not None:
            self._go(with_centres(point, step))

    def action_noise(self, step: int) -> None:
        """Draws noise from the next seed, or the one before, and leaves the latent; the latent's own is none apart."""
        point = self.snapshot.point
        if point is not None:
            seed = (point.noise + step) % (LARGEST_SEED + 1)
            self._go(replace(point, noise_seed=None if seed == point.seed else seed))

    def action_open_latent(self) -> None:
        """Asks for a file of latents, or for a picture, whose latent is looked for, and goes there."""

        def on_values(values: Values | None) -> None:
            if values is not None and self._model is not None:
                self._read_latent(self._model, values["path"], values["index"])

        fields = [
            Field("path", "file", hint="an npz of pictures/ or of project, or a picture", path=True),
            Field("index", "number", "0", hint="which of the latents of an npz"),
        ]
        self.app.push_screen(
            Form("Which latent, or picture?", fields, lambda values: existing_path(values["path"]), "open"), on_values
        )

    @work(thread=True, exclusive=True, group="latent")
    def _read_latent(self, model: PointModel, path: str, index: str) -> None:
        from ganstudio.inference.latent.saved_points import projected_point, read_point

        file = Path(existing_path(path))
        try:
            if file.suffix != ".npz":
                self._call_on_screen(self.notify, f"looking for the latent that draws {file.name} ...")
                point, said = projected_point(file, model)
                self._call_on_screen(self.notify, f"{file.name}: {'; '.join(said)}")
                self._call_on_screen(self._go, point)
                return
            if not index.isdecimal():
                raise UsageError(f"number: {index!r} is none: 0 is the first.")
            point = read_point(file, model, int(index))
        except StudioError as error:
            self._call_on_screen(self._show_error, error)
            return
        self._call_on_screen(self._go, point)

    def action_choose_class(self) -> None:
        export = self.snapshot.export
        if export is not None:
            names = [(str(index), name) for index, name in enumerate(export.manifest.classes)]
            self.app.push_screen(
                Choose("Which class?", names), lambda key: self._to_class(None if key is None else int(key))
            )

    def action_next_class(self) -> None:
        state = self.snapshot
        if state.export is not None and state.point is not None:
            self._to_class(((state.point.label or 0) + 1) % len(state.export.manifest.classes))

    def _to_class(self, label: int | None) -> None:
        if self.snapshot.point is not None and label is not None:
            self._go(replace(self.snapshot.point, label=label))
