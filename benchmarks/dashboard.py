"""How fast the dashboard answers, and what it takes while nothing is asked of it.

    python benchmarks/dashboard.py                # about six minutes; --ticks 100000 for a shorter file

The program runs on a pseudo-terminal of 120 x 40 cells; its output is parsed for what a person waits for. Times are
from the start of the process, or from the key, to the moment the awaited words were on the terminal. Runs are made by
hand and written to by a process of this script, a tick a second each, as trainings do; no training takes the cores
away. Not measured: a terminal's own drawing, a slow network, and a machine whose cores are busy training.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import sides
from watched import SIZE, Terminal, fill, record, write_ticks


def busy(terminal: Terminal, seconds: float) -> float:
    """Per cent of one core that the program takes while nothing is asked of it."""
    before = _spent(terminal)
    terminal.drain(seconds)
    return 100 * (_spent(terminal) - before) / seconds


def _spent(terminal: Terminal) -> float:
    """Seconds of processor time that the program has taken."""
    times = terminal.seen.cpu_times()
    return float(times.user + times.system)


def row(what: str, value: str, limit: str) -> None:
    print(f"{what:<58} {value:>24}   {limit}", flush=True)


def start(workspace: Path, times: int) -> None:
    paints = []
    for _ in range(times):
        terminal = Terminal(workspace)
        paints.append(terminal.wait("run-199", terminal.began))
        terminal.close()
    row("first paint with 200 runs, median", f"{statistics.median(paints):.2f} s", "under 0.8 s")


def answer(workspace: Path, presses: int) -> None:
    """A key press while four runs are live: the cursor goes down, and the next run's name stands beside the table."""
    terminal = Terminal(workspace)
    terminal.wait("run-199", terminal.began)
    terminal.drain(4.0)
    opens, moves = [], []
    for _ in range(presses):
        opens.append(terminal.wait("Keys: runs", terminal.key("?")))
        terminal.drain(0.3)
        terminal.key("\x1b")
        terminal.drain(0.4)
        moves.append(terminal.wait(f"run-{199 - 4 - len(moves):03}", terminal.key("j")))
        terminal.drain(0.23)
    worst = sorted(moves)[int(0.95 * len(moves))]
    row(
        "key to answer with 4 live runs, median, 95 % (cursor)",
        f"{1000 * statistics.median(moves):.0f} ms, {1000 * worst:.0f} ms",
        "under 50 ms",
    )
    row(
        "key to answer with 4 live runs, median (a help screen)",
        f"{1000 * statistics.median(opens):.0f} ms",
        "under 50 ms",
    )
    terminal.close()


def idle(workspace: Path, seconds: float) -> None:
    terminal = Terminal(workspace)
    terminal.wait("run-199", terminal.began)
    terminal.drain(5.0)
    row("200 runs, none live: share of a core", f"{busy(terminal, seconds):.1f} %", "under 2 %")
    row("... memory", f"{terminal.seen.memory_info().rss / 1e6:.0f} MB", "under 250 MB")
    terminal.close()


def watching(workspace: Path, seconds: float) -> None:
    terminal = Terminal(workspace)
    terminal.wait("run-199", terminal.began)
    terminal.drain(2.0)
    terminal.wait("live-3  live", terminal.key("\r"))  # the newest run is on top
    for _ in range(3):  # its ticks arrive
        terminal.wait("running", time.perf_counter())
    terminal.drain(2.0)
    row("one live run open, four plots: share of a core", f"{busy(terminal, seconds):.1f} %", "under 6 %")
    terminal.close()


def long_run(workspace: Path, ticks: int) -> None:
    run = record(workspace, "long", 9000)
    fill(run, ticks)
    with (run / "log.txt").open("w") as file:
        file.writelines(f"{number * 0.64:>8.1f} kimg  line {number}\n" for number in range(1_000_000))
    size = (run / "metrics.jsonl").stat().st_size
    terminal = Terminal(workspace)
    terminal.wait("long", terminal.began)
    terminal.drain(3.0)
    pressed = terminal.key("\r")
    row(
        f"{ticks:,} ticks ({size / 1e6:.0f} MB), 1,000,000 lines of log: to curves",
        f"{terminal.wait('gradients  ━ d', pressed):.2f} s",
        "under 1.5 s",
    )
    began = time.perf_counter()
    terminal.key("+-")
    row("... a key while the exact fold goes on", f"{1000 * _move(terminal):.0f} ms", "")
    while terminal.seen.cpu_percent(1.0) > 50 and time.perf_counter() - began < 300:
        terminal.drain(0.1)
    row("... until the curves are exact", f"{time.perf_counter() - began:.0f} s", "")
    row("... memory", f"{terminal.seen.memory_info().rss / 1e6:.0f} MB", "under 250 MB")
    terminal.close()
    shutil.rmtree(run)


def _move(terminal: Terminal) -> float:
    terminal.drain(1.0)
    return terminal.wait("kimg", terminal.key("\x1b[D"))


def studio(workspace: Path, presses: int) -> None:
    """From an arrow key to the picture, of the 64 px DCGAN as `export onnx` writes it, hardly trained."""
    length = ("--kimg", "0.128", "--set", "data.resolution=64", "--set", "evaluation.features=none")
    sides.program(workspace, "train", "dcgan", "--data", "mnist", "--name", "large", *length)
    sides.program(workspace, "export", "onnx", "large")
    terminal = Terminal(workspace)
    terminal.wait("large", terminal.began)
    terminal.wait("seed 0", terminal.key("5"))
    terminal.drain(2.0)
    took, before = [], _spent(terminal)
    for number in range(presses):
        took.append(terminal.wait("▀", terminal.key("\x1b[C" if number % 2 else "\x1b[A")))
        terminal.drain(0.25)
    spent = (_spent(terminal) - before) / presses
    worst = sorted(took)[int(0.95 * len(took))]
    row(
        "studio, 64 px DCGAN, key to picture, median, 95 %",
        f"{1000 * statistics.median(took):.0f} ms, {1000 * worst:.0f} ms",
        "under 100 ms",
    )
    row("... processor time a key, the network's included", f"{1000 * spent:.0f} ms", "")
    terminal.close()


def peers(columns: int, rows: int) -> None:
    """One redraw of four plots of two lines, by plotext and by our own widget's canvas, of the same thinned points."""
    import plotext

    from ganstudio.runs.metrics.downsampling import Curve, columns_of
    from ganstudio.tui.widgets.canvas import Canvas
    from ganstudio.tui.widgets.plot import axis_of, trace

    points = 2 * columns
    line = [1 + (7 * n % 31) / 31 for n in range(points)]
    curve = Curve(tuple(range(points)), tuple(line), tuple(line), tuple(line))

    def by_plotext() -> None:
        for _ in range(4):
            plotext.clear_figure()
            plotext.theme("clear")
            plotext.plotsize(columns, rows)
            for _ in range(2):
                plotext.plot(curve.nimg, line, marker="braille")
            plotext.build()

    def by_canvas() -> None:
        for _ in range(4):
            canvas = Canvas(columns, rows)
            drawn = [columns_of(curve, (0, points), canvas.width) for _ in range(2)]
            axis = axis_of(drawn, False)
            for look, columns_drawn in enumerate(drawn):
                trace(canvas, columns_drawn, axis, look)
            for y in range(rows):
                list(canvas.row(y))

    for what, draw in (("plotext", by_plotext), ("own canvas", by_canvas)):
        draw()
        began = time.perf_counter()
        for _ in range(20):
            draw()
        took = (time.perf_counter() - began) / 20
        row(f"four plots of {columns} x {rows} cells, {points} points, by {what}", f"{1000 * took:.1f} ms", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=1_000_000, help="of the long run")
    parser.add_argument("--seconds", type=float, default=20.0, help="over which a share of a core is taken")
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    print(f"{SIZE[1]} x {SIZE[0]} cells, {os.cpu_count()} cores\n")
    peers(45, 12)
    with tempfile.TemporaryDirectory(prefix="ganstudio-dashboard-") as folder:
        os.environ["GANSTUDIO_DATA"] = f"{folder}/data"
        (other := Path(folder) / "studio").mkdir()
        studio(other, 60)
        workspace = Path(folder)
        for number in range(200):
            fill(record(workspace, f"run-{number:03}", number), 300)
        start(workspace, given.times)
        idle(workspace, given.seconds)
        live = [record(workspace, f"live-{number}", 1000 + number) for number in range(4)]
        over = multiprocessing.get_context("spawn").Event()
        for runs, measure in (
            (live[-1:], lambda: watching(workspace, given.seconds)),
            (live, lambda: answer(workspace, 20)),
        ):
            over.clear()
            writer = multiprocessing.get_context("spawn").Process(target=write_ticks, args=(runs, over), daemon=True)
            writer.start()
            time.sleep(2.0)
            measure()
            over.set()
            writer.join()
        long_run(workspace, given.ticks)


if __name__ == "__main__":
    main()
