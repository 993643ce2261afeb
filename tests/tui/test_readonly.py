"""`--readonly` writes nothing, whatever is pressed: in the workspace, the data home, the state home."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ganstudio import bridge
from ganstudio.runs.record import ARCHITECTURE
from ganstudio.tui.app import Dashboard
from ganstudio.tui.data.browse import Browse
from ganstudio.tui.keys import bindings
from ganstudio.tui.new_run.page import NewPage
from ganstudio.tui.widgets.topbar import SCREENS
from ganstudio.workspace import Workspace
from tests.inference.generators import write_proved
from tests.tui.driving import dashboard, press, settled, until

CODE = b"raise SystemExit('it was run')\n"


def written(*homes: Path) -> dict[str, tuple[str, int]]:
    """Every file and folder: what is in it, and when it was written."""
    found = {}
    for home in homes:
        for path in sorted(home.rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = hashlib.sha256(content).hexdigest(), path.stat().st_mtime_ns
    return found


@pytest.fixture
def foreign(recorded: Workspace) -> Workspace:
    """A run that came with its own code, and that nobody here has trusted."""
    folder = recorded.runs / "hot-critic"
    (folder / ARCHITECTURE).write_bytes(CODE)
    told = json.loads((folder / "run.json").read_text())
    told["architecture_sha256"] = hashlib.sha256(CODE).hexdigest()
    (folder / "run.json").write_text(json.dumps(told))
    return recorded


def everything_is_pressed(workspace: Workspace, more: Callable[[Dashboard, Pilot[None]], Any]) -> None:
    async def drive() -> None:
        async with dashboard(workspace, readonly=True) as (app, pilot):
            for number, name in enumerate(SCREENS, 1):
                await press(pilot, str(number))
                assert app.page is not None
                assert name == app.page.NAME
                await all_keys(app, pilot, type(app.screen))
            await press(pilot, "4", "g", "enter")
            assert isinstance(app.screen, Browse)
            await all_keys(app, pilot, Browse, stay=True)
            while len(app.screen_stack) > 1:
                await press(pilot, "escape")
            await more(app, pilot)
            await until(pilot, lambda: not app._commands)
            assert not any(command.title == "screenshot" for command in app.get_system_commands(app.screen))

    asyncio.run(drive())


async def all_keys(app: Dashboard, pilot: Pilot[None], kind: type, stay: bool = False) -> None:
    """Every key of a screen, each of what it asks answered with yes."""
    depth = 2 if stay else 1
    for binding in bindings(kind):
        if binding.action in ("quit", "back") or binding.action.startswith("go("):
            continue
        await pilot.press(binding.key.split(",")[0])
        await pilot.press("y") if len(app.screen_stack) > depth else None
        while len(app.screen_stack) > depth or isinstance(app.focused, Input):
            await pilot.press("escape")
    await settled(pilot)


def test_no_key_of_any_screen_writes_anything(
    foreign: Workspace, packed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_proved(foreign.exports / "digits.onnx", run="digits", classes=("a", "b"))
    # onnxruntime notes something of its own in the user's cache
    homes = [Path(os.environ[name]) for name in ("GANSTUDIO_DATA", "GANSTUDIO_STATE")]
    homes += [Path(os.environ[f"XDG_{name}_HOME"]) for name in ("DATA", "CONFIG", "STATE")]
    mine = tmp_path / "mine" / "my_gan.py"
    mine.parent.mkdir()
    mine.write_bytes(CODE)
    asked: list[tuple[str, ...]] = []

    def describes(*arguments: str, quiet: bool = False) -> dict[str, Any]:
        asked.append(arguments)
        return {"recipe": {}, "options": {"properties": {}}}

    monkeypatch.setattr(bridge, "call_worker", describes)
    monkeypatch.setattr(Dashboard, "exit", lambda *_: None)

    async def begins(app: Dashboard, pilot: Pilot[None]) -> None:
        await press(pilot, "3")
        page = app.screen
        assert isinstance(page, NewPage)
        for how, what in (("file", str(mine)), ("clone", "hot-critic"), ("fork", "hot-critic"), ("fork", "digits")):
            page.read_start(how, what)
            await settled(pilot)
            assert ("--readonly" in page.snapshot.failed) == (what != "digits")

    before = written(foreign.root, *homes, mine.parent)
    everything_is_pressed(foreign, begins)
    assert written(foreign.root, *homes, mine.parent) == before
    assert {arguments[1] for arguments in asked} == {"dcgan"}  # no code of others was run
