"""Sliders of the screen Studio: codes, the way to another class, and directions with names; a row each."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from rich.cells import cell_len
from textual.content import Content

from ganstudio.inference.codes import Code, next_value, value_of, value_text
from ganstudio.inference.explore import STRENGTH_STEP, Point, with_code, with_fade, with_strength
from ganstudio.streams import printable
from ganstudio.tui.studio.exploration import Exploration, NamedDirection

FADE_STEP = 0.1
FARTHEST = 3.0  # strength that a bar ends at, or further where the reach is
_NAME = 16  # cells, at most
_LEAST_BAR = 5
_ARROWS = ("↔", "↕")  # of the directions that the arrow keys go along


@dataclass(frozen=True)
class Slider:
    """A row. `low` and `high` are the ends of its bar; `set_` says whether it is anywhere but where it is by itself."""

    kind: Literal["code", "fade", "direction"]
    name: str
    value: float
    text: str
    low: float
    high: float
    set_: bool
    of: Code | NamedDirection | int

    @property
    def beyond(self) -> bool:
        """Whether the strength leaves the data."""
        return isinstance(self.of, NamedDirection) and self.of.leaves(self.value)


def sliders(state: Exploration) -> tuple[Slider, ...]:
    """Returns the rows of the current point: codes, then the way to another class, then directions."""
    point, export = state.current, state.export
    if point is None or export is None:
        return ()
    rows: list[Slider] = []
    if state.codes:
        latent, held = point.latent(), {code for code, _ in point.codes}
        for code in state.codes:
            value = value_of(latent, code)
            low, high = code.values[0], code.values[-1]
            rows.append(Slider("code", code.name, value, value_text(value, code), low, high, code in held, code))
    fading = point.fade[0] if point.fade else state.fading
    if fading is not None:
        share = point.fade[1] if point.fade else 0.0
        name = f"to {export.manifest.classes[fading]}"
        rows.append(Slider("fade", name, share, f"{share:.0%}", 0, 1, share > 0, fading))
    for known in state.abilities.directions:
        strength = point.strength(known.name)
        end = max(FARTHEST, *(math.ceil(abs(reach)) for reach in known.reach or (0.0,)))
        rows.append(Slider("direction", known.name, strength, f"{strength:+.2f}", -end, end, strength != 0, known))
    return tuple(rows)


def chosen(state: Exploration) -> Slider | None:
    """Returns the slider that keys step."""
    rows = sliders(state)
    return rows[min(state.row, len(rows) - 1)] if rows else None


def stepped(point: Point, slider: Slider, steps: int) -> Point:
    """Returns the point with a slider so many steps further."""
    match slider.of:
        case NamedDirection(name):
            return with_strength(point, name, point.strength(name) + STRENGTH_STEP * steps)
        case Code() as code:
            return with_code(point, code, next_value(value_of(point.latent(), code), code, steps))
        case label:
            return with_fade(point, label, slider.value + FADE_STEP * steps)


def reset(point: Point, slider: Slider) -> Point:
    """Returns the point with a slider back where it is by itself."""
    match slider.of:
        case NamedDirection(name):
            return with_strength(point, name, 0)
        case Code() as code:
            return replace(point, codes=tuple(pair for pair in point.codes if pair[0] != code))
        case _:
            return replace(point, fade=None)


def slider_lines(state: Exploration, width: int, height: int) -> Content:
    """Returns a line a slider with its name, value and bar; of many those about the one that keys step."""
    rows = sliders(state)
    if not rows or height < 1:
        return Content("")
    place = min(state.row, len(rows) - 1)
    first = min(max(0, place - height // 2), max(0, len(rows) - height))
    shown = rows[first : first + height]
    names = min(_NAME, max(cell_len(row.name) for row in shown))
    return Content("\n").join(
        _line(row, number == place, names, width, state.names) for number, row in enumerate(shown, first)
    )


def _line(row: Slider, marked: bool, names: int, width: int, arrows: tuple[str, ...]) -> Content:
    name = printable(row.name)
    name = name if cell_len(name) <= names else f"{name[: names - 1]}…"
    beyond = "!" if row.beyond else ""
    along = _ARROWS[arrows.index(row.name)] if row.kind == "direction" and row.name in arrows else ""
    begin = f"{name}{' ' * (names - cell_len(name))} {row.text}{beyond}"
    style = "b $text-warning" if row.beyond else "b" if row.set_ else ""
    parts = ["▸ " if marked else "  ", Content.styled(begin, style)]
    value_room = names + 1 + 7
    room = width - 2 - value_room - 1 - 2
    category = isinstance(row.of, Code) and row.of.kind == "categorical"
    if room >= _LEAST_BAR and not category:
        parts += [" " * (value_room - cell_len(begin) + 1), _bar(row, room), f" {along}"]
    elif along:
        parts.append(f" {along}")
    return Content.assemble(*parts)


def _bar(row: Slider, width: int) -> Content:
    """Returns a bar from 0 to the value, on a line from the lowest to the highest."""

    def at(value: float) -> int:
        share = (value - row.low) / (row.high - row.low)
        return min(max(0, round(share * (width - 1))), width - 1)

    zero, here = at(max(row.low, 0.0)), at(row.value)
    first, last = min(zero, here), max(zero, here)
    full = "$text-warning" if row.beyond else "$text-accent"
    return Content.assemble(
        Content.styled("─" * first, "$text-disabled"),
        Content.styled("━" * (last - first + 1), full) if row.set_ or row.kind == "code" else Content("┼"),
        Content.styled("─" * (width - 1 - last), "$text-disabled"),
    )
