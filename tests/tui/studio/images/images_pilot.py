"""Studio's page for pictures under a pilot, with models whose answers can be worked out by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from textual.pilot import Pilot

from ganstudio.tui.app import Dashboard
from ganstudio.tui.studio.images.page import ImagesPage
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press, settled, until

Studio = tuple[Dashboard, Pilot[None], ImagesPage]


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.RandomState(seed).randint(0, 256, (height, width, channels)).astype(np.uint8)


def save(path: Path, pixels: NDArray[np.uint8]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def drive(case: Callable[[Studio], Awaitable[None]], workspace: Workspace, *pictures: Path, **given: Any) -> None:
    """Opens Studio, and the first of the pictures where there are any."""

    async def go() -> None:
        async with dashboard(workspace, **given) as (app, pilot):
            await press(pilot, "5")
            await until(pilot, lambda: isinstance(app.screen, ImagesPage) and app.screen.snapshot.export)
            page = app.screen
            assert isinstance(page, ImagesPage)
            for path in pictures[:1]:
                page.open_path(path)
                await answered(pilot, page)
            await settled(pilot)
            await case((app, pilot, page))

    asyncio.run(go())


async def answered(pilot: Pilot[None], page: ImagesPage) -> None:
    """Once the page has a picture, and an answer to what it asks."""
    await settled(pilot)
    await until(pilot, lambda: page.snapshot.current is not None and page._answering is None)
    await settled(pilot)


async def keys(pilot: Pilot[None], page: ImagesPage, *pressed: str) -> None:
    await pilot.press(*pressed)
    await answered(pilot, page)


def made(page: ImagesPage) -> NDArray[np.uint8]:
    assert page.snapshot.current is not None
    return page.snapshot.current.pixels


def footer(page: ImagesPage) -> set[str]:
    """The actions that work here and now."""
    return {active.binding.action for active in page.active_bindings.values() if active.enabled}
