"""The dashboard without a terminal, over runs that were trained once and recorded."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from ganstudio.runs import events, process
from ganstudio.tui.app import Dashboard
from ganstudio.tui.machine import NO_GPU
from ganstudio.tui.page import Page
from ganstudio.tui.run_readers import RunsReader
from ganstudio.tui.settings import Settings
from ganstudio.tui.snapshots import MachineSnapshot, RunsSnapshot
from ganstudio.workspace import Workspace

RECORDED = Path(__file__).parent / "recorded"
CHECKPOINTS = {"digits": (0, 6016, 12032, 18048, 24000), "hot-critic": (0, 6016, 12032), "broken": (0, 6016, 12032)}
WAIT_S = 60.0  # a command is a process, and takes seconds to start on a machine that is busy
# a machine that is the same on every day
QUIET = MachineSnapshot(12.0, 3_100_000_000, 16_000_000_000, None, (), NO_GPU)


def record(workspace: Workspace, *names: str) -> None:
    """Puts recorded runs into a workspace; their checkpoints are names alone."""
    for name in names or CHECKPOINTS:
        run = workspace.runs / name
        shutil.copytree(RECORDED / name, run)
        (run / "checkpoints").mkdir()
        (run / "requests").mkdir()
        for nimg in CHECKPOINTS[name]:
            (run / "checkpoints" / f"{nimg:010}.pt").touch()


@asynccontextmanager
async def dashboard(
    workspace: Workspace, size: tuple[int, int] = (120, 40), **given: Any
) -> AsyncIterator[tuple[Dashboard, Pilot[None]]]:
    """A dashboard that has read its runs."""
    settings = Settings(given.pop("theme", "dark"), given.pop("pictures", "blocks"), given.pop("keys", {}))
    app = Dashboard(workspace, settings=settings, open_machine_reader=lambda: lambda: QUIET, **given)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.runs.loaded and not app.poller.catching_up)
        await settled(pilot)
        yield app, pilot


async def settled(pilot: Pilot[None]) -> None:
    """Once nothing waits to be drawn and no thread is at work for a screen."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    """Once `holds` is true; fails where that takes WAIT_S."""
    for _ in range(int(WAIT_S / 0.02)):
        if holds():
            await pilot.pause()  # what it means is drawn
            return
        await pilot.pause(0.02)
    raise AssertionError("it has not come to that")


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Presses keys, and waits until each has done what it does."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def screen_text(app: Dashboard) -> str:
    """What the screen shows, as lines of text."""
    width, height = app.size
    lines = [strip.text[:width].rstrip() for strip in app.screen._compositor.render_strips()]
    return "\n".join(lines[:height])


def make_live(workspace: Workspace, name: str) -> Path:
    """Makes a recorded run one that this very process works on."""
    run = workspace.runs / name
    path = run / events.NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if b'"finished"' not in line and b'"failed"' not in line))
    (run / "summary.json").unlink()
    process.write_process(run)
    return run


def run(drive: Coroutine[Any, Any, None]) -> None:
    asyncio.run(drive)


def messages(app: Dashboard) -> list[str]:
    """What its toasts say, one a toast."""
    return [one.message for one in app._notifications]


def toast_texts(app: Dashboard) -> str:
    """What its toasts say, their titles with them."""
    return "\n".join(f"{one.title} {one.message}" for one in app._notifications)


def text(page: Page, query: str) -> str:
    """What a line of the screen says."""
    return str(page.query_one(query, Static).content)


def read_to_the_end(reader: RunsReader) -> RunsSnapshot:
    """What `reader` returns once the rules of `diagnose` have looked at every run."""
    runs = reader.read()
    while reader.undiagnosed:
        runs = reader.read() or runs
    assert runs is not None
    return runs
