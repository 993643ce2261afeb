"""Each screen as it looks, at three sizes, dark and light, over recorded runs: compared with pictures that a person has
looked at.

GANSTUDIO_UPDATE_SNAPSHOTS=1 pytest tests/tui/test_snapshots.py -m "" writes them anew; look at what `git status` names
then. A browser shows an .svgz.
"""

from __future__ import annotations

import asyncio
import difflib
import gzip
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from PIL import Image

from ganstudio.tui.exports.page import ExportsPage
from ganstudio.tui.new_run.page import NewPage
from ganstudio.tui.page import Page
from ganstudio.tui.run.page import RunPage
from ganstudio.tui.run.sample_grid import SampleGrid
from ganstudio.tui.studio.images.page import ImagesPage
from ganstudio.tui.studio.page import StudioPage
from ganstudio.tui.widgets.picture import PictureView
from ganstudio.workspace import Workspace
from tests.inference.generators import write_generator
from tests.inference.images.networks import write_filler
from tests.inference.stores import pack
from tests.tui.driving import dashboard, press, settled, until

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 40), (200, 60))
# Keys that lead to a screen, and keys that are pressed there once it is ready.
SCREENS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "runs": (("g", "j"), ()),
    "run": (("g", "j", "enter"), ("shift+left",)),
    "new": (("3",), ()),
    "data": (("4",), ()),
    "studio": (("5",), ("right",)),
    "exports": (("6",), ("s",)),
    "images": (("5",), ("o", *"waves", "enter", "left")),
}
CASES = [
    pytest.param(screen, size, theme, marks=() if (size, theme) == ((120, 40), "dark") else pytest.mark.slow)
    for screen in SCREENS
    for size in SIZES
    for theme in ("dark", "light")
]


@pytest.fixture
def furnished(recorded: Workspace, described: None, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Runs, a data set and an export, all of which look the same on every machine and day."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("ganstudio.tui.studio.drawn_page.time", SimpleNamespace(perf_counter=lambda: 0.0))
    monkeypatch.setattr("ganstudio.tui.studio.images.model_page.time", SimpleNamespace(perf_counter=lambda: 0.0))
    monkeypatch.setattr("ganstudio.tui.exports.content.time", SimpleNamespace(perf_counter=lambda: 0.0))
    monkeypatch.setattr("ganstudio.report.exports.time", SimpleNamespace(**_STILL))
    ramps = np.indices((60, 32, 32)).sum(0)[..., None].astype(np.uint8) * 3
    pack("ramps", ramps, ("dark", "middle", "bright"), np.arange(60) % 7 % 3)
    recorded.exports.mkdir()
    write_generator(recorded.exports / "pets.onnx", classes=("cat", "dog"))
    return recorded


@pytest.fixture
def with_pictures(furnished: Workspace, screen: str, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """For the page of Studio that shows pictures a model that fills holes, and a folder with a picture."""
    if screen == "images":
        write_filler(furnished.exports / "filler.onnx")
        waves = np.indices((48, 64)).sum(0)[..., None] * np.array([2, 3, 5])
        (furnished.root / "waves").mkdir()
        Image.fromarray(waves.astype(np.uint8)).save(furnished.root / "waves" / "slanted.png")
        monkeypatch.chdir(furnished.root)
    return furnished


def _made(_form: str, _when: object) -> str:
    return "2026-01-01 12:00"


_STILL = {"strftime": _made, "localtime": lambda _: None}


async def picture(workspace: Workspace, screen: str, size: tuple[int, int], theme: str) -> str:
    async with dashboard(workspace, size, theme=theme) as (app, pilot):
        there, then = SCREENS[screen]
        await press(pilot, *there)
        await until(pilot, lambda: ready(app.screen))
        await settled(pilot)
        await press(pilot, *then)
        await until(pilot, lambda: ready(app.screen) and not app.poller.catching_up)
        await settled(pilot)
        return app.export_screenshot()


def ready(page: object) -> object:
    """Whether everything that a thread brings has come."""
    match page:
        case RunPage():
            return bool(page.snapshot and page.snapshot.curves) and page.query_one(SampleGrid).pixels is not None
        case NewPage():
            return page.snapshot.draft is not None and page.snapshot.draft.options is not None
        case StudioPage():
            return page.snapshot.answers > 0 and not page._busy
        case ImagesPage():
            return page.snapshot.export and not page._answering and (not page.snapshot.subject or page.snapshot.current)
        case ExportsPage():
            return not any(worker.is_running for worker in page.workers)
        case _:
            return all(picture.pixels is not None for picture in cast("Page", page).query(PictureView))


@pytest.mark.parametrize(("screen", "size", "theme"), CASES)
def test_a_screen_looks_as_it_did(
    with_pictures: Workspace, tmp_path: Path, screen: str, size: tuple[int, int], theme: str
) -> None:
    now = asyncio.run(picture(with_pictures, screen, size, theme)).replace(str(with_pictures.root), "WORKSPACE")
    now = re.sub(r"terminal-\d+", "terminal", now)  # a number that every other letter changes
    kept = FOLDER / f"{screen}-{size[0]}x{size[1]}-{theme}.svgz"
    if os.environ.get("GANSTUDIO_UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        kept.write_bytes(gzip.compress(now.encode(), mtime=0))
        return
    before = gzip.decompress(kept.read_bytes()).decode()
    if now == before:
        return
    seen = tmp_path / f"{kept.stem}.svg"
    seen.write_text(now)
    lines = list(difflib.unified_diff(before.splitlines(), now.splitlines(), "before", "now", lineterm="", n=0))
    pytest.fail(f"{kept.name} looks otherwise; as it is now: {seen}\n" + "\n".join(line[:300] for line in lines[:12]))
