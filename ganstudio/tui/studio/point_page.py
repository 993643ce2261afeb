"""The part of the screen Studio that sets a point: its seed, psi, class and codes."""

from __future__ import annotations

import random
from dataclasses import replace

from ganstudio.inference.codes import Code, next_value, value_of, value_text
from ganstudio.inference.explore import Point, at_seed, with_code, with_psi
from ganstudio.inference.latents import LARGEST_SEED
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.studio import exploration
from ganstudio.tui.studio.drawn_page import DrawnPage

_FREE = "free"  # of the choice of codes: none is held


class PointPage(DrawnPage):
    """A page whose keys change what its point is drawn from. A new seed keeps class, psi and codes."""

    def _go(self, point: Point) -> None:
        self.snapshot = self.snapshot.with_point(point)

    def _to_seed(self, seed: int) -> None:
        point = self.snapshot.point
        if point is not None:
            fresh = at_seed(seed % (LARGEST_SEED + 1), len(point.base), point.label, point.psi)
            self._go(replace(fresh, codes=point.codes))

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

    def action_choose_code(self) -> None:
        """Asks for a code; then, of one that is a category, for its value: a number has keys that step it."""
        state = self.snapshot
        codes = state.codes
        if state.point is None or not codes:
            return
        if len(codes) == 1 and not state.point.codes:
            self._choose_value(codes[0])
            return
        latent = state.point.latent()
        options = [(code.name, f"{code.name}  {value_text(value_of(latent, code), code)}") for code in codes]
        if state.point.codes:
            options.append((_FREE, "none: let the latent decide"))

        def on_code(name: str | None) -> None:
            if name == _FREE and self.snapshot.point is not None:
                self._go(replace(self.snapshot.point, codes=()))
            elif chosen := next((code for code in codes if code.name == name), None):
                self._choose_value(chosen)

        self.app.push_screen(Choose("Which code?", options, codes[state.code].name), on_code)

    def _choose_value(self, code: Code) -> None:
        """Makes the keys step this code, and asks for the value of a category."""
        self.snapshot = replace(self.snapshot, code=self.snapshot.codes.index(code))
        point = self.snapshot.point
        if code.kind == "continuous" or point is None:
            return
        values = [(f"{value:g}", f"{code.name} {value:g}") for value in code.values]
        now = value_text(value_of(point.latent(), code), code)

        def on_value(value: str | None) -> None:
            if value is not None and self.snapshot.point is not None:
                self._go(with_code(self.snapshot.point, code, int(value)))

        self.app.push_screen(Choose(f"Which value of {code.name}?", values, now), on_value)

    def action_next_code(self) -> None:
        """Makes the keys step the next code."""
        state = self.snapshot
        if state.codes:
            self.snapshot = replace(state, code=(state.code + 1) % len(state.codes))

    def action_step_code(self, steps: int) -> None:
        state = self.snapshot
        if state.point is not None and state.codes:
            code = state.codes[state.code]
            value = next_value(value_of(state.point.latent(), code), code, steps)
            self._go(with_code(state.point, code, value))
