"""The part of the screen Studio with its sliders, directions on the arrow keys, and mixes of classes and layers."""

from __future__ import annotations

from dataclasses import replace

from ganstudio.inference.codes import Code, value_text
from ganstudio.inference.explore import layers_text, with_code
from ganstudio.inference.latent.layers import parts_of
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.studio import sliders
from ganstudio.tui.studio.point_page import PointPage

_NONE = "/none"  # of a choice: back to what is there by itself


class SliderPage(PointPage):
    """A page with rows that keys step: see sliders.py."""

    def action_choose_slider(self) -> None:
        """Asks for a slider; then, of a code that is a category, for its value: all else has keys that step it."""
        rows = sliders.sliders(self.snapshot)
        if len(rows) == 1 and not rows[0].set_:
            self._mark(0)
            return
        options = [(str(place), f"{row.name}  {row.text}") for place, row in enumerate(rows)]
        if any(row.set_ for row in rows):
            options.append((_NONE, "none: all sliders back"))

        def on_key(key: str | None) -> None:
            point = self.snapshot.point
            if key == _NONE and point is not None:
                self._go(replace(point, codes=(), strengths=(), fade=None))
            elif key is not None:
                self._mark(int(key))

        place = min(self.snapshot.row, len(rows) - 1)
        self.app.push_screen(Choose("Which slider?", options, str(place)), on_key)

    def _mark(self, place: int) -> None:
        """Makes the keys step this slider, and asks for the value of a category."""
        self.snapshot = replace(self.snapshot, row=place)
        row = sliders.chosen(self.snapshot)
        if row is None or not isinstance(row.of, Code) or row.of.kind == "continuous":
            return
        code = row.of
        values = [(f"{value:g}", f"{code.name} {value:g}") for value in code.values]

        def on_value(value: str | None) -> None:
            if value is not None and self.snapshot.point is not None:
                self._go(with_code(self.snapshot.point, code, int(value)))

        now = value_text(row.value, code)
        self.app.push_screen(Choose(f"Which value of {code.name}?", values, now), on_value)

    def action_next_slider(self) -> None:
        count = len(sliders.sliders(self.snapshot))
        self.snapshot = replace(self.snapshot, row=(min(self.snapshot.row, count - 1) + 1) % count)

    def action_step_slider(self, steps: int) -> None:
        row, point = sliders.chosen(self.snapshot), self.snapshot.point
        if row is not None and point is not None:
            self._go(sliders.stepped(point, row, steps))

    def action_reset_slider(self) -> None:
        row, point = sliders.chosen(self.snapshot), self.snapshot.point
        if row is not None and point is not None:
            self._go(sliders.reset(point, row))

    def action_put_on(self, axis: int) -> None:
        """Puts the chosen direction on two of the arrow keys."""
        row = sliders.chosen(self.snapshot)
        if row is not None and row.kind == "direction":
            self.snapshot = self.snapshot.with_name_on(axis, row.name)
        else:
            self.notify("d chooses a direction first", severity="warning")

    def action_fade(self) -> None:
        """Asks for the class that a slider leads to."""
        state = self.snapshot
        if state.export is None or state.point is None:
            return
        own = state.point.label
        names = [(str(index), name) for index, name in enumerate(state.export.manifest.classes) if index != own]

        def on_class(key: str | None) -> None:
            if key is None:
                return
            label, now = int(key), self.snapshot
            if now.point is not None and now.point.fade is not None:
                self._go(replace(now.point, fade=(label, now.point.fade[1])))
            row = len(self.snapshot.codes)  # behind the codes: see sliders.py
            self.snapshot = replace(self.snapshot, fading=label, row=row)

        self.app.push_screen(Choose("Towards which class?", names), on_class)

    def action_mix(self) -> None:
        """Asks for layers of a slot's latents, which take the place of the point's own."""
        state = self.snapshot
        parts = parts_of(state.abilities.layers, state.abilities.layer_px)
        options = [
            (f"{slot} {first} {stop}", f"{_part_text(name, first, stop)} of {'AB'[slot]}")
            for slot, point in enumerate(state.slots)
            if point is not None
            for name, (first, stop) in parts.items()
        ]
        if state.point is not None and state.point.styles:
            options.append((_NONE, "none: all layers its own"))

        def on_part(key: str | None) -> None:
            point = self.snapshot.point
            if key is None or point is None:
                return
            if key == _NONE:
                self._go(replace(point, styles=()))
                return
            slot, first, stop = map(int, key.split())
            other = self.snapshot.slots[slot]
            if other is not None and (settled := self._settled(other, other.styles)) is not None:
                kept = tuple(part for part in point.styles if not (first <= part[0] and part[1] <= stop))
                self._go(replace(point, styles=(*kept, (first, stop, settled))))

        self.app.push_screen(Choose("Which layers?", options), on_part)


def _part_text(name: str, first: int, stop: int) -> str:
    return f"{name}, layers {layers_text(first, stop)}," if stop > first + 1 else name
