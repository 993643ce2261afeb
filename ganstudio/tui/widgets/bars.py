"""The widget that shows counts, such as those of classes, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from ganstudio.streams import printable

Count = tuple[str, int]
_WHOLE, _HALF = "━", "╸"
_NAME = 16  # cells, at most
_FIGURES = 15  # a count and a share


class Bars(Widget):
    """Shows a line a class: its name, a bar, its count, and its share."""

    DEFAULT_CSS = "Bars { height: auto; }"

    def __init__(self, **given: str) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self._counts: tuple[Count, ...] = ()
        self._total = 0

    def show(self, counts: Sequence[Count], total: int) -> None:
        """Shows counts and their share of `total`: classes add up to it, attributes do not."""
        if (tuple(counts), total) != (self._counts, self._total):
            self._counts, self._total = tuple(counts), total
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return len(self._counts)

    def render_line(self, y: int) -> Strip:
        shown = bars(self._counts, self._total, self.size.width, self.size.height)
        if y >= len(shown):
            return Strip.blank(self.size.width, self.rich_style)
        segments = Segment.apply_style(shown[y].render(self.app.console), self.rich_style)
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)


def bars(counts: Sequence[Count], total: int, width: int, height: int) -> list[Text]:
    """Returns the lines; of more than `height` the largest and the smallest, and how many are between them."""
    shown, between = _ends(counts, height)
    if not shown:
        return []
    names = min(_NAME, max(4, width // 3), max(Text(name).cell_len for name, _ in shown))
    room = width - names - _FIGURES - 2
    most = max((count for _, count in counts), default=0) or 1
    lines = [_bar(name, count, total, names, room, most) for name, count in shown]
    if between:
        lines.insert(-(-len(shown) // 2), Text(f"… {between:,} more", "dim"))
    return lines


def _ends(counts: Sequence[Count], height: int) -> tuple[list[Count], int]:
    if len(counts) <= height:
        return list(counts), 0
    ordered = sorted(counts, key=lambda one: -one[1])
    lines = max(0, height - 1)
    low = lines // 2
    return [*ordered[: lines - low], *(ordered[-low:] if low else [])], len(counts) - lines


def _bar(name: str, count: int, total: int, names: int, room: int, most: int) -> Text:
    label = Text(printable(name))
    label.truncate(names, overflow="ellipsis", pad=True)
    share = count / total if total else 0.0
    figures = f"{count:>8,} {share:>6.1%}"
    if room < 4:
        return Text.assemble(label, " ", figures)
    halves = max(round(2 * room * count / most), 1 if count else 0)
    drawn = _WHOLE * (halves // 2) + _HALF * (halves % 2)
    return Text.assemble(label, " ", (drawn.ljust(room), "cyan"), " ", figures)
