"""Names with control characters in the dashboard, and errors of commands as it reads them."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.widgets import Static

from ganstudio.commands import RunningCommand
from ganstudio.tui.control_characters import ControlCharacterFilter
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, run, screen_text, until


def test_a_name_s_controls_are_on_no_line_of_the_screen(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            app.page.query_one("#about", Static).update(Content("bad\x1b]0;title\x1b[2J\x9b name [b]猫[/b]"))
            await until(pilot, lambda: "title" in screen_text(app))
            assert "bad]0;title[2J name [b]猫[/b]" in screen_text(app)
            assert not {"\x1b", "\x9b"} & set(screen_text(app))

    run(drive())


def test_lines_without_controls_are_as_they_were() -> None:
    line = [Segment("a"), Segment("猫")]
    assert ControlCharacterFilter().apply(line, Color(0, 0, 0)) is line


@pytest.mark.parametrize("heard", [True, False])
def test_an_error_is_read_from_its_object_and_not_from_prose(workspace: Workspace, heard: bool) -> None:
    outcome = RunningCommand(workspace, ["export", "show", "error: try: x"], heard).wait()
    assert outcome.code == 2
    assert outcome.error.startswith("there is no export 'error: try: x' in ")
    assert outcome.hint == "ganstudio export list"
    assert outcome.stderr == ""
