"""Our table against textual's DataTable, and our plots against textual-plot's where that is installed.

    python benchmarks/widgets.py                   # about three minutes

Each measurement is a process of its own on a pseudo-terminal of 120 x 40 cells that is read as fast as it is written.
Times are of the processor (the program's own, painting with it), so that other programs disturb them little; what the
same program takes with nothing to do is taken off. One cell of a table changes: DataTable is told which; our table is
given its rows and finds it, all of them made anew as the dashboard does it, or those kept that are as they were. Of a
plot the last value changes.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import importlib.util
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.widgets import DataTable

from ganstudio.runs.metrics.downsampling import Curve
from ganstudio.tui.widgets.plot import Drawing, Plot, Trace
from ganstudio.tui.widgets.table import Row, Table

SIZE = (40, 120)
COLUMNS = 12
POINTS = 500
UPDATES = 40
PAUSE_S = 0.05  # longer than a screen takes to be painted again


def cell(row: int, column: int, turn: int) -> str:
    return f"run-{row:04}" if column == 0 else f"{row * column + (turn if (row, column) == (3, 5) else 0)}"


def value(line: int, point: int, turn: int) -> float:
    """A loss that falls, with some noise."""
    return line + 3 / (1 + point / 50) + (7 * (point + (turn if point == POINTS - 1 else 0)) % 31) / 310


class Measured(App[None]):
    """Fills its widgets, changes them UPDATES times, and writes down what that took."""

    CSS = "Grid { grid-size: 2 2; } DataTable { height: 1fr; }"

    def __init__(self, kind: str, rows: int, out: str) -> None:
        super().__init__()
        self.kind, self.rows, self.out = kind, rows, Path(out)
        self.kept: list[Row] = []

    def compose(self) -> ComposeResult:
        match self.kind:
            case "Table" | "Table, rows kept":
                yield Table()
            case "DataTable":
                yield DataTable()
            case "Plot":
                yield Grid(*(Plot("loss") for _ in range(4)))
            case _:
                from textual_plot import PlotWidget

                yield Grid(*(PlotWidget() for _ in range(4)))

    def on_mount(self) -> None:
        self.run_worker(self.measure())

    async def measure(self) -> None:
        await asyncio.sleep(0.5)
        await self.spent(lambda _: None, UPDATES)
        still = await self.spent(lambda _: None, UPDATES)
        before = psutil.Process().memory_info().rss
        first = await self.spent(lambda _: self.fill(), 1)
        each = await self.spent(self.change, UPDATES)
        memory = psutil.Process().memory_info().rss - before
        self.out.write_text(json.dumps([1000 * (first - still), 1000 * (each - still), memory / 1e6]))
        self.exit()

    async def spent(self, act: Callable[[int], None], times: int) -> float:
        """Seconds of the processor for each time, until all of it is painted."""
        began = time.process_time()
        for turn in range(times):
            act(turn)
            painted = asyncio.Event()
            await asyncio.sleep(PAUSE_S)
            self.call_after_refresh(painted.set)
            await painted.wait()
        return (time.process_time() - began) / times

    def fill(self) -> None:
        if self.kind.startswith("Table"):
            table = self.query_one(Table)
            table.set_columns([str(n) for n in range(COLUMNS)], [9] * COLUMNS, [True] * COLUMNS)
        elif self.kind == "DataTable":
            other: DataTable[str] = self.query_one(DataTable)
            for column in range(COLUMNS):
                other.add_column(str(column), key=str(column), width=7)
            for row in range(self.rows):
                other.add_row(*(cell(row, column, 0) for column in range(COLUMNS)), key=str(row))
            return
        self.change(0)

    def row(self, y: int, turn: int) -> Row:
        return str(y), tuple(Text(cell(y, x, turn)) for x in range(COLUMNS))

    def change(self, turn: int) -> None:
        match self.kind:
            case "Table":
                self.query_one(Table).set_rows([self.row(y, turn) for y in range(self.rows)])
            case "Table, rows kept":
                self.kept = self.kept or [self.row(y, turn) for y in range(self.rows)]
                self.kept[3] = self.row(3, turn)
                self.query_one(Table).set_rows(self.kept)
            case "DataTable":
                self.query_one(DataTable).update_cell("3", "5", cell(3, 5, turn))
            case "Plot":
                for plot in self.query(Plot):
                    plot.show(drawing(turn))
            case _:
                from textual_plot import HiResMode, PlotWidget

                plot: Any
                for plot in self.query(PlotWidget):
                    plot.clear()
                    for line, colour in ((0, "cyan"), (1, "yellow")):
                        values = [value(line, point, turn) for point in range(POINTS)]
                        plot.plot(range(POINTS), values, line_style=colour, hires_mode=HiResMode.BRAILLE)


def drawing(turn: int) -> Drawing:
    traces = []
    for line in range(2):
        values = tuple(value(line, point, turn) for point in range(POINTS))
        traces.append(Trace(str(line), Curve(tuple(range(POINTS)), values, values, values), line))
    return Drawing(tuple(traces), (0, POINTS - 1))


def once(kind: str, rows: int) -> list[float]:
    """Milliseconds to the first paint, milliseconds an update, megabytes."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    with tempfile.NamedTemporaryFile() as out:
        command = [sys.executable, __file__, "--one", kind, str(rows), out.name]
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True)
        os.close(slave)
        while process.poll() is None:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    os.read(master, 1 << 16)
                except OSError:
                    break
        process.wait(timeout=60)
        os.close(master)
        found: list[float] = json.loads(Path(out.name).read_text())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        Measured(given.one[0], int(given.one[1]), given.one[2]).run()
        return
    cases = [(kind, rows) for rows in (200, 2000) for kind in ("Table", "Table, rows kept", "DataTable")] + [
        ("Plot", 0)
    ]
    if importlib.util.find_spec("textual_plot"):
        cases.append(("textual-plot", 0))
    else:
        print("textual-plot is not installed: left out")
    print(f"{'':<30}{'first paint':>14}{'an update':>14}{'memory':>12}   each of {given.times}, by turns, then medians")
    seen: dict[tuple[str, int], list[list[float]]] = {case: [] for case in cases}
    for _ in range(given.times):
        for case, found in seen.items():
            found.append(once(*case))
            row(case, found[-1])
    print()
    for case, found in seen.items():
        row(case, list(map(statistics.median, zip(*found, strict=True))))


def row(case: tuple[str, int], found: list[float]) -> None:
    what = f"{case[0]}, {case[1]} rows" if case[1] else f"{case[0]}, four of two lines"
    print(f"{what:<30}{found[0]:>11.1f} ms{found[1]:>11.2f} ms{found[2]:>9.1f} MB", flush=True)


if __name__ == "__main__":
    main()
