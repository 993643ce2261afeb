"""The dashboard: its six screens, what becomes of what was read, its keys, its way out."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from threading import Timer
from typing import Any

from textual.app import ScreenStackError, SystemCommand
from textual.binding import Binding
from textual.filter import LineFilter
from textual.screen import Screen

from ganstudio.tui.control_characters import WithoutControls
from ganstudio.tui.machine import MachineReader
from ganstudio.tui.messages import LookFailed, MachineRead, RunRead, RunsRead
from ganstudio.tui.page import Page
from ganstudio.tui.poller import Look
from ganstudio.tui.program import Program
from ganstudio.tui.settings import Settings
from ganstudio.tui.themes import DARK, LIGHT
from ganstudio.tui.widgets.topbar import SCREENS, TopBar
from ganstudio.workspace import Workspace


def new_page(name: str) -> Page:
    """A screen, imported when it is first shown."""
    match name:
        case "runs":
            from ganstudio.tui.runs.page import RunsPage

            return RunsPage()
        case "run":
            from ganstudio.tui.run.page import RunPage

            return RunPage()
        case "new":
            from ganstudio.tui.new_run.page import NewPage

            return NewPage()
        case "data":
            from ganstudio.tui.data.page import DataPage

            return DataPage()
        case "studio":
            from ganstudio.tui.studio.page import StudioPage

            return StudioPage()
        case _:
            from ganstudio.tui.exports.page import ExportsPage

            return ExportsPage()


HANG_UP_S = 2.0  # for the way out where the terminal is gone


class Dashboard(Program):
    """The program with its screens."""

    TITLE = "ganstudio"
    CSS_PATH = "ganstudio.tcss"
    MODES = {name: partial(new_page, name) for name in SCREENS}  # noqa: RUF012
    DEFAULT_MODE = "runs"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS = [  # noqa: RUF012
        *(
            Binding(str(number), f"go('{name}')", title, id=f"screen.{name}", show=False)
            for number, (name, title) in enumerate(SCREENS.items(), 1)
        ),
        Binding("q,ctrl+c", "quit", "quit", id="quit"),
        Binding("ctrl+p", "command_palette", "palette", id="palette", show=False, tooltip="every action by its name"),
    ]

    def __init__(
        self,
        workspace: Workspace,
        readonly: bool = False,
        settings: Settings | None = None,
        looks: Callable[[], Look] = lambda: MachineReader().look,
    ) -> None:
        super().__init__(workspace, readonly, settings or Settings(), looks)
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = LIGHT.name if self.settings.theme == "light" else DARK.name
        self.send_to_terminal = self._send if self.settings.pictures == "kitty" else None
        self._without_controls = WithoutControls()

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(RuntimeError, ValueError):  # only the main thread is told of signals
            loop.add_signal_handler(signal.SIGTERM, self.exit, None, 128 + signal.SIGTERM)  # gives the terminal back
            loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        self.set_keymap(self.settings.keys)
        for problem in self.settings.problems:
            self.notify(problem, title="left out", severity="warning", timeout=12, markup=False)
        self.poller.start()

    def _hang_up(self) -> None:
        """Ends soon, whatever becomes of the way out: it leads over a terminal that is gone."""
        code = 128 + signal.SIGHUP
        last = Timer(HANG_UP_S, os._exit, (code,))
        last.daemon = True
        last.start()
        self.cancel_heard()
        self.exit(None, code)

    def on_unmount(self) -> None:
        """What tells its progress ends with its listener, as by Ctrl-C; the rest goes on by itself."""
        self.poller.stop()
        self.cancel_heard()
        with contextlib.suppress(RuntimeError, ValueError):  # a window that is closed on the way out ends it at once
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._without_controls]

    def _send(self, text: str) -> None:
        """Past the screen, to the terminal itself."""
        if self._driver is not None:
            self._driver.write(text)

    def clear_selection(self) -> None:
        """Selects nothing. On Python 3.13 an input asks for that before its screen, the first one, is on the stack."""
        with contextlib.suppress(ScreenStackError):
            super().clear_selection()

    @property
    def fault(self) -> Exception | None:
        """What the dashboard failed with."""
        return self._exception

    def _print_error_renderables(self) -> None:
        """Nothing: the one place that prints errors is the command line, once the terminal is its own again."""
        self._exit_renderables.clear()

    @property
    def page(self) -> Page | None:
        """The one of the six that is shown, under whatever is asked over it."""
        base = next(iter(self.screen_stack), None)  # none while the program ends
        # one that is being taken down is mounted still, but has lost what was on it
        return base if isinstance(base, Page) and base.is_mounted and base.query(TopBar) else None

    def on_runs_read(self, message: RunsRead) -> None:
        if not self.runs.read:
            self.call_after_refresh(self._settle)
        self.runs = message.runs
        self.unanswering &= {row.id for row in self.runs.rows if row.view.live}
        if self.page is not None:
            self.page.take_runs(self.runs)

    def _settle(self) -> None:
        """What is there by now stays: a collection that does not walk it holds a key up half as long."""
        gc.collect()
        gc.freeze()

    def on_machine_read(self, message: MachineRead) -> None:
        self.machine = message.machine
        if self.page is not None:
            self.page.take_machine(self.machine)

    def on_run_read(self, message: RunRead) -> None:
        from ganstudio.tui.run.page import RunPage

        self.opened = message.run
        if isinstance(self.page, RunPage):
            self.page.snapshot = message.run

    def on_look_failed(self, message: LookFailed) -> None:
        self.notify(message.why, title="looking failed", severity="error", timeout=12, markup=False)

    def action_toggle_light(self) -> None:
        self.theme = DARK.name if self.theme == LIGHT.name else LIGHT.name

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that a key does here, and a few things that no key does."""
        seen: set[str] = set()
        for node, binding, enabled, tooltip in screen.active_bindings.values():
            if binding.id and binding.description and enabled and binding.action not in seen:
                seen.add(binding.action)
                key = self.get_key_display(binding)
                run = self._runner(binding.action, node)
                yield SystemCommand(binding.description, f"{tooltip or ''} ({key})".strip(), run)
        yield SystemCommand("light or dark", "Change the colours", self.action_toggle_light)
        if not self.readonly:
            yield SystemCommand("screenshot", "Write this screen as an SVG", self.deliver_screenshot)

    def _runner(self, action: str, node: Any) -> Callable[[], Any]:
        async def run() -> None:
            await self.run_action(action, default_namespace=node)

        return run
