from __future__ import annotations

from ganstudio.tui.app import Dashboard
from ganstudio.workspace import Workspace


def test_an_input_may_ask_that_nothing_be_selected_before_there_is_a_screen(workspace: Workspace) -> None:
    Dashboard(workspace).clear_selection()
