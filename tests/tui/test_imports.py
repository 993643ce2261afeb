"""What a dashboard that only looks has loaded, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ganstudio.workspace import Workspace

_LOOK = """
import asyncio, sys
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press

async def drive():
    async with dashboard(Workspace.locate()) as (app, pilot):
        await press(pilot, "j", "enter", "left", "1", "4", "6")

asyncio.run(drive())
heavy = {"torch", "onnxruntime", "onnx", "pydantic", "plotext", "scipy", "ganstudio.engine"}
print(*sorted(heavy & sys.modules.keys()))
"""


def test_runs_data_and_exports_are_looked_at_without_torch_and_without_onnxruntime(recorded: Workspace) -> None:
    assert recorded.runs.is_dir()
    looked = subprocess.run(
        [sys.executable, "-c", _LOOK], capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )
    assert looked.returncode == 0, looked.stderr
    assert looked.stdout.split() == []
