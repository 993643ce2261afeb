"""Curves of a run as a widget, with a line at the step that is looked at.

Own braille instead of plotext, which takes longer for one redraw than the dashboard may for a second: decision 17.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from ganstudio.plot_axes import Axis, figure, figures, ticks
from ganstudio.runs.metrics.downsampling import Column, Curve, columns_of, smoothed
from ganstudio.tui.widgets.canvas import BLANK, Canvas

# Okabe and Ito's colours, which most colour-blind eyes tell apart; darker ones on a light ground.
DARK = ("#56b4e9", "#e69f00", "#cc79a7", "#2bc48a", "#f0e442", "#ff8a5c")
LIGHT = ("#0072b2", "#b35900", "#a03a74", "#00704f", "#756600", "#b83a00")
_MARKS = ("━", "╍", "┅", "╌", "┄", "┈")  # in a legend, as canvas.DASHES are in the plot
POINT = 2  # dots to each side of a point that no line leads to
LABEL = 8  # columns of a value beside the axis


class Trace(NamedTuple):
    """One line of a plot. `hue` and its dashes are those of number `look`."""

    label: str
    curve: Curve
    look: int


@dataclass(frozen=True)
class Drawing:
    """What a plot shows. Images counted run from `window[0]` to `window[1]`; `cursor` is None where it follows."""

    traces: tuple[Trace, ...] = ()
    window: tuple[int, int] = (0, 1000)
    cursor: int | None = None
    log: bool = False
    smooth: float = 0.0
    star: tuple[int, float] | None = None  # the best score
    empty: str = ""  # what is said where there is no line


def smoothed_columns(columns: Sequence[Column], share: float) -> list[Column]:
    """The means, smoothed; the spread is left out."""
    means = smoothed([column.mean for column in columns], share)
    return [Column(column.x, mean, mean, mean) for column, mean in zip(columns, means, strict=True)]


def _positive(columns: Sequence[Column]) -> list[Column]:
    """What of them has a logarithm: a spread below 0 ends at a thousandth of the largest value."""
    return [Column(c.x, max(c.least, c.most * 1e-3), c.most, max(c.mean, c.most * 1e-3)) for c in columns if c.most > 0]


class Plot(Widget):
    """Redraws only for a Drawing that differs from the last."""

    DEFAULT_CSS = "Plot { height: 1fr; width: 1fr; min-height: 4; }"
    COMPONENT_CLASSES = {"plot--axis", "plot--cursor"}  # noqa: RUF012 — Textual declares it so
    DEFAULT_CLASSES = "plot"

    def __init__(self, title: str, **given: str) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self.title = title
        self.drawing = Drawing()
        self._strips: list[Strip] = []
        self._drawn: object = None

    def show(self, drawing: Drawing) -> None:
        if drawing != self.drawing:
            self.drawing = drawing
            self.border_title = self._legend()
            self.refresh()

    @property
    def columns(self) -> int:
        """Columns of cells that the curves have."""
        return max(1, self.size.width - LABEL - 1)

    def hues(self) -> Sequence[str]:
        return DARK if self.app.current_theme.dark else LIGHT

    def _legend(self) -> Content:
        hues, parts = self.hues(), [Content.styled(self.title, "b")]
        for trace in self.drawing.traces[: len(_MARKS)]:
            at = trace.curve.last if self.drawing.cursor is None else trace.curve.at(self.drawing.cursor)
            mark = Content.styled(f"{_MARKS[trace.look % len(_MARKS)]} {trace.label}", hues[trace.look % len(hues)])
            parts.append(Content.assemble(mark, " ", figure(at)))
        return Content("  ").join(parts)

    def render_line(self, y: int) -> Strip:
        key = (self.drawing, self.size, self.app.theme)
        if key != self._drawn:
            self._drawn, self._strips = key, list(self._draw(self.size))
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def _draw(self, size: Size) -> Iterator[Strip]:
        ground = self.rich_style
        if size.height < 2 or size.width < LABEL + 4:
            return
        drawing = replace(self.drawing, traces=tuple(t for t in self.drawing.traces if t.curve.nimg))
        if not drawing.traces:
            faint = ground + self.get_component_rich_style("plot--axis", partial=True)
            for text in wrap(drawing.empty, size.width - 2)[: size.height]:
                yield Strip([Segment(f" {text}", faint)]).adjust_cell_length(size.width, ground)
            return
        canvas = Canvas(self.columns, size.height - 1)
        lines = [(t.look, self._line(t, canvas.width)) for t in drawing.traces]
        axis = axis_of([line for _, line in lines], drawing.log)
        for look, line in lines:
            trace(canvas, line, axis, look)
        labels = _labels(axis, canvas.rows)
        faint = ground + self.get_component_rich_style("plot--axis", partial=True)
        hues = [ground + Style.parse(hue) for hue in self.hues()]
        at = None if drawing.cursor is None else _column(drawing.cursor, drawing.window, canvas.columns)
        over = ground + self.get_component_rich_style("plot--cursor", partial=True)
        star = self._star(canvas, axis)
        for y in range(canvas.rows):
            cells = [Segment(f"{labels.get(y, ''):>{LABEL}}", faint), Segment("┤" if y in labels else "│", faint)]
            for x, (character, owner) in enumerate(canvas.row(y)):
                style = hues[owner % len(hues)] if owner >= 0 else ground
                if (x, y) == star:
                    character, style = "★", ground + Style(bold=True)
                if x == at:
                    blank = character == BLANK
                    character, style = ("┆", over) if blank else (character, style + Style(bgcolor=over.bgcolor))
                cells.append(Segment(" " if character == BLANK else character, style))
            yield Strip(cells, size.width).simplify()
        yield Strip([Segment(_foot(drawing.window, canvas.columns), faint)], size.width)

    def _line(self, trace: Trace, width: int) -> list[Column]:
        line = columns_of(trace.curve, self.drawing.window, width)
        line = smoothed_columns(line, self.drawing.smooth) if self.drawing.smooth else line
        return _positive(line) if self.drawing.log else line

    def _star(self, canvas: Canvas, axis: Axis) -> tuple[int, int] | None:
        """The cell of the best score."""
        if self.drawing.star is None:
            return None
        nimg, value = self.drawing.star
        if not self.drawing.window[0] <= nimg <= self.drawing.window[1] or (self.drawing.log and value <= 0):
            return None
        return _column(nimg, self.drawing.window, canvas.columns), _dot(value, axis, canvas.height) // 4


def axis_of(lines: Sequence[Sequence[Column]], log: bool) -> Axis:
    """Holds all that is drawn."""
    return Axis.around([value for line in lines for c in line for value in (c.least, c.most)], 0.02, log)


def _dot(value: float, axis: Axis, height: int) -> int:
    return round((1 - axis.place(value)) * (height - 1))


def _column(nimg: int, window: tuple[int, int], columns: int) -> int:
    return min(columns - 1, max(0, (nimg - window[0]) * columns // max(1, window[1] - window[0] + 1)))


def trace(canvas: Canvas, line: Sequence[Column], axis: Axis, owner: int) -> None:
    before: tuple[int, int] | None = None
    if len(line) == 1:  # as wide as the widest gap of a dashed line, or it could fall into one
        middle = _dot(line[0].mean, axis, canvas.height)
        for x in range(line[0].x - POINT, line[0].x + POINT + 1):
            canvas.bar(x, middle - 1, middle + 1, owner)
    for column in line:
        top, bottom = (_dot(value, axis, canvas.height) for value in (column.most, column.least))
        middle = _dot(column.mean, axis, canvas.height)
        if before is not None:
            canvas.line(*before, column.x, middle, owner)
        canvas.bar(column.x, top, bottom, owner)
        before = (column.x, middle)


def _labels(axis: Axis, rows: int) -> dict[int, str]:
    """Row -> what stands beside it; at most one in two rows."""
    found: dict[int, str] = {}
    for place, text in axis.marks(max(2, rows // 3), LABEL):
        y = round((1 - place) * (4 * rows - 1)) // 4
        if text and not {y - 1, y, y + 1} & found.keys():
            found[y] = text
    return found


def _foot(window: tuple[int, int], columns: int) -> str:
    """The line of kimg under the plot."""
    first, last = (n / 1000 for n in window)
    cells = [" "] * (LABEL + 1 + columns)
    end = -1
    marks = ticks(first, last, max(2, columns // 12)) if last > first else []
    for kimg, text in zip(marks, figures(marks, LABEL), strict=True):
        x = LABEL + 1 + _column(round(kimg * 1000), window, columns)
        start = min(max(0, x - len(text) // 2), len(cells) - len(text))
        if start > end:
            cells[start : start + len(text)] = text
            end = start + len(text)
    return "".join(cells)
