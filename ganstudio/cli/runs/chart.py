"""A line chart as SVG or PNG. `layout` alone decides where things stand; the two painters only draw them."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ganstudio.plot_axes import Axis
from ganstudio.runs.direction import Better
from ganstudio.runs.metrics.series import Line
from ganstudio.streams import printable

WIDTH, HEIGHT = 960, 540
LEFT, RIGHT, BOTTOM = 106, 24, 56
LETTERS = 11  # of a figure that fits left of the axis
LEGEND, ROW, COLUMN, PER_ROW = 56, 24, 290, 3
DOT = 8.0  # across a point that no line leads to
INK, FAINT = "#202124", "#d9dce1"
# Okabe and Ito's colours, which most colour-blind eyes tell apart; dashes tell the rest.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES = ((), (9, 5), (2, 4), (12, 4, 2, 4))


class ChartLine(NamedTuple):
    label: str
    run: str
    series: str
    line: Line
    better: Better | None = None  # which way, of a score


class Chart(NamedTuple):
    title: str
    curves: list[ChartLine]
    log: bool


class Stroke(NamedTuple):
    points: list[tuple[float, float]]
    colour: str
    width: float = 1.0
    dashes: tuple[int, ...] = ()


class Words(NamedTuple):
    """`anchor` is start, middle or end; `y` is the middle of the letters' height."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    size: int = 15


class _Frame(NamedTuple):
    """The plot's place on the page, below `top`, and its axes: kimg `across` it, values `up` it."""

    top: float
    across: Axis
    up: Axis

    def x(self, place: float) -> float:
        return LEFT + (WIDTH - RIGHT - LEFT) * place

    def y(self, place: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - self.top) * place

    def point(self, nimg: int, value: float) -> tuple[float, float]:
        return self.x(self.across.place(nimg / 1000)), self.y(self.up.place(value))


def layout(chart: Chart) -> list[Stroke | Words]:
    """Everything that is drawn, on a page of WIDTH x HEIGHT: title, legend, axes, curves."""
    frame = _frame(chart)
    shapes: list[Stroke | Words] = [Words(LEFT, 26, printable(_title(chart)), size=18), *_axes(frame)]
    for number, curve in enumerate(chart.curves):
        look = (COLOURS[number % len(COLOURS)], 2.0, DASHES[number % len(DASHES)])
        for piece in _pieces(curve.line):
            single = piece[0] == piece[-1]
            shapes.append(Stroke([frame.point(*at) for at in piece], *((look[0], DOT, ()) if single else look)))
        x, y = LEFT + COLUMN * (number % PER_ROW), LEGEND + ROW * (number // PER_ROW)
        shapes += [Stroke([(x, y), (x + 36, y)], *look), Words(x + 44, y, printable(curve.label))]
    return shapes


def _title(chart: Chart) -> str:
    """In words, which way scores are better: not every font has arrows."""
    ways = {curve.better for curve in chart.curves}
    way = ways.pop() if len(ways) == 1 else None
    return f"{chart.title}: {way} is better" if way else chart.title


def values_axis(chart: Chart) -> Axis:
    return Axis.around((value for curve in chart.curves for value in curve.line.values), 0.05, chart.log)


def _frame(chart: Chart) -> _Frame:
    end = max((n for curve in chart.curves for n in curve.line.nimg), default=0) / 1000 or 1.0
    top = LEGEND + ROW * math.ceil(len(chart.curves) / PER_ROW)
    return _Frame(top, Axis(0, end), values_axis(chart))


def _axes(frame: _Frame) -> Iterator[Stroke | Words]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for place, text in frame.up.marks(letters=LETTERS):
        y = frame.y(place)
        yield Stroke([(LEFT, y), (right, y)], FAINT)
        yield Words(LEFT - 10, y, text, "end")
    for place, text in frame.across.marks(8, LETTERS):
        x = frame.x(place)
        yield Stroke([(x, bottom), (x, bottom + 5)], INK)
        yield Words(x, bottom + 18, text, "middle")
    yield Stroke([(LEFT, frame.top), (LEFT, bottom), (right, bottom)], INK)
    yield Words((LEFT + right) / 2, HEIGHT - 14, "kimg", "middle")


def _pieces(line: Line) -> Iterator[list[tuple[int, float]]]:
    """The stretches between values that are not finite; a single point is drawn as a dot, a stroke of no length."""
    piece: list[tuple[int, float]] = []
    for nimg, value in zip(*line, strict=True):
        if math.isfinite(value):
            piece.append((nimg, value))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece if len(piece) > 1 else piece * 2


def _stacked(charts: Sequence[Chart]) -> Iterator[Stroke | Words]:
    """The charts one below the other, HEIGHT each."""
    for number, chart in enumerate(charts):
        down = number * HEIGHT
        for shape in layout(chart):
            match shape:
                case Stroke(points):
                    yield shape._replace(points=[(x, y + down) for x, y in points])
                case Words(_, y):
                    yield shape._replace(y=y + down)


def draw_svg(charts: Sequence[Chart]) -> bytes:
    from html import escape

    height = HEIGHT * len(charts)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for shape in _stacked(charts):
        match shape:
            case Stroke(points, colour, width, dashes):
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
                dashed = f' stroke-dasharray="{" ".join(map(str, dashes))}"' if dashes else ""
                style = f'fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{dashed}'
                lines.append(f'<polyline points="{path}" stroke-linecap="round" {style}/>')
            case Words(x, y, text, anchor, size):
                style = f'font-family="sans-serif" font-size="{size}" fill="{INK}" text-anchor="{anchor}"'
                # Not every viewer knows dominant-baseline; a third of the letters' height does the same.
                lines.append(f'<text x="{x:.1f}" y="{y + 0.35 * size:.1f}" {style}>{escape(text)}</text>')
    return "\n".join([*lines, "</svg>", ""]).encode()


def draw_png(charts: Sequence[Chart]) -> bytes:
    """Twice WIDTH x HEIGHT pixels a chart, drawn at four times and averaged down, which smooths the lines."""
    from PIL import Image, ImageDraw, ImageFont

    zoom = 4
    image = Image.new("RGB", (WIDTH * zoom, HEIGHT * zoom * len(charts)), "white")
    canvas = ImageDraw.Draw(image)
    for shape in _stacked(charts):
        match shape:
            case Stroke(points, colour, width, dashes):
                for piece in _dashed(points, dashes):
                    corners = [(x * zoom, y * zoom) for x, y in piece]
                    canvas.line(corners, fill=colour, width=round(width * zoom), joint="curve")
                    radius = width * zoom / 2
                    for x, y in (corners[0], corners[-1]) if width > 1 else ():
                        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
            case Words(x, y, text, anchor, size):
                font = ImageFont.load_default(size * zoom)
                where = {"start": "lm", "middle": "mm", "end": "rm"}[anchor]
                canvas.text((x * zoom, y * zoom), text, fill=INK, font=font, anchor=where)
    content = io.BytesIO()
    image.reduce(2).save(content, "PNG")
    return content.getvalue()


def _dashed(points: list[tuple[float, float]], dashes: tuple[int, ...]) -> Iterator[list[tuple[float, float]]]:
    """The drawn parts of a line: `dashes` are lengths drawn and left out in turn."""
    if not dashes:
        yield points
        return
    turn, left, part = 0, float(dashes[0]), [points[0]]
    for a, b in itertools.pairwise(points):
        length, walked = math.dist(a, b), 0.0
        while length - walked > left:
            walked += left
            share = walked / length
            corner = (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
            if turn % 2 == 0:
                yield [*part, corner]
            turn, part = turn + 1, [corner]
            left = float(dashes[turn % len(dashes)])
        left -= length - walked
        part.append(b)
    if turn % 2 == 0:
        yield part
