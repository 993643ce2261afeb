"""A line chart as SVG or PNG. `layout` alone decides where things stand; the two painters only draw them."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

from ganstudio.runs.series import Line

WIDTH, HEIGHT = 960, 540
LEFT, TOP, RIGHT, BOTTOM = 76, 56, 24, 56
INK, FAINT = "#202124", "#d9dce1"
# Okabe and Ito's colours, which most colour-blind eyes tell apart; dashes tell the rest.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES = ((), (9, 5), (2, 4), (12, 4, 2, 4))


class Curve(NamedTuple):
    label: str
    run: str
    series: str
    line: Line


class Chart(NamedTuple):
    title: str
    curves: list[Curve]
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


def layout(chart: Chart) -> list[Stroke | Words]:
    """Everything that is drawn, in a frame of WIDTH x HEIGHT."""
    finite = [v for curve in chart.curves for v in curve.line.values if math.isfinite(v)] or [0.0, 1.0]
    scale = math.log10 if chart.log else float
    low, high = scale(min(finite)), scale(max(finite))
    margin = (high - low) * 0.05 or 0.5
    low, high = low - margin, high + margin
    end = max((n for curve in chart.curves for n in curve.line.nimg), default=1) / 1000 or 1.0
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def place(kimg: float, value: float) -> tuple[float, float]:
        return LEFT + (right - LEFT) * kimg / end, bottom - (bottom - TOP) * (value - low) / (high - low)

    shapes: list[Stroke | Words] = [Words(LEFT, 24, chart.title, size=18)]
    for tick in _ticks(low, high):
        y = place(0, tick)[1]
        shapes.append(Stroke([(LEFT, y), (right, y)], FAINT))
        shapes.append(Words(LEFT - 10, y, _figure(10**tick if chart.log else tick), "end"))
    for tick in _ticks(0, end):
        x = place(tick, low)[0]
        shapes.append(Stroke([(x, bottom), (x, bottom + 5)], INK))
        shapes.append(Words(x, bottom + 18, _figure(tick), "middle"))
    shapes.append(Stroke([(LEFT, TOP), (LEFT, bottom), (right, bottom)], INK))
    shapes.append(Words((LEFT + right) / 2, HEIGHT - 14, "kimg", "middle"))
    for number, curve in enumerate(chart.curves):
        look = (COLOURS[number % len(COLOURS)], 2.0, DASHES[number % len(DASHES)])
        shapes += [
            Stroke([place(nimg / 1000, scale(value)) for nimg, value in piece], *look) for piece in _pieces(curve.line)
        ]
        y = TOP + 14 + 22 * number
        shapes.append(Stroke([(right - 240, y), (right - 204, y)], *look))
        shapes.append(Words(right - 196, y, curve.label))
    return shapes


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


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers from `low` to `high`: 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _figure(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 10000 else f"{value:,.0f}"


def draw_svg(chart: Chart) -> bytes:
    from html import escape

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for shape in layout(chart):
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


def draw_png(chart: Chart) -> bytes:
    """Twice WIDTH x HEIGHT pixels, drawn at four times and averaged down, which smooths the lines."""
    from PIL import Image, ImageDraw, ImageFont

    zoom = 4
    image = Image.new("RGB", (WIDTH * zoom, HEIGHT * zoom), "white")
    canvas = ImageDraw.Draw(image)
    for shape in layout(chart):
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
