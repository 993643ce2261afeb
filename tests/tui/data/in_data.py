"""The screen Data under a pilot, and a set of clips for it."""

from __future__ import annotations

import numpy as np
from textual.pilot import Pilot

from ganstudio.data.obtain import open_set
from ganstudio.data.staging import PixelWriter, finish_set, publish, staging
from ganstudio.data.store import DataSet
from ganstudio.tui.app import Dashboard
from ganstudio.tui.data.page import DataPage
from tests.tui.driving import press, settled, until


async def shown(pilot: Pilot[None], app: Dashboard) -> DataPage:
    await press(pilot, "4")
    page = app.page
    assert isinstance(page, DataPage)
    await until(pilot, lambda: page.snapshot.loaded)
    await settled(pilot)
    return page


def clips(count: int) -> DataSet:
    """A packed set of clips of four frames, 8 x 8."""
    with staging() as folder:
        writer = PixelWriter(folder / "images.npy", 8, 1, 4)
        writer.append(
            np.arange(count, dtype=np.uint8)[:, None, None, None, None].repeat(4, 1).repeat(8, 2).repeat(8, 3)
        )
        publish(folder, finish_set(folder, writer, name="clips", source="a test", axes="THWC"))
    return open_set("clips")
