"""The dashboard's app: its six screens, how it handles the poller's messages, its keys, and how it ends."""

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

from ganstudio.tui.control_characters import ControlCharacterFilter
from ganstudio.tui.machine import MachineReader
from ganstudio.tui.messages import MachineChanged, OpenRunChanged, ReadFailed, RunsChanged
from ganstudio.tui.page import Page
from ganstudio.tui.poller import ReadMachine
from ganstudio.tui.program import Program
from ganstudio.tui.run_alerts import RunEnded, ended_runs, terminal_call
from ganstudio.tui.settings import Settings
from ganstudio.tui.themes import DARK, LIGHT
from ganstudio.tui.widgets.topbar import SCREENS, TopBar
from ganstudio.workspace import Workspace


def new_page(name: str) -> Page:
    """Returns a new screen, whose module is imported only then."""
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
        case "images":
            from ganstudio.tui.studio.images.page import ImagesPage

            return ImagesPage()
        case _:
            from ganstudio.tui.exports.page import ExportsPage

            return ExportsPage()


HANG_UP_S = 2.0  # how long the app may take to end where the terminal is gone


class Dashboard(Program):
    """The program with its screens."""

    TITLE = "ganstudio"
    CSS_PATH = "ganstudio.tcss"
    MODES = {name: partial(new_page, name) for name in (*SCREENS, "images")}  # noqa: RUF012
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
        open_machine_reader: Callable[[], ReadMachine] = lambda: MachineReader().read,
    ) -> None:
        super().__init__(workspace, readonly, settings or Settings(), open_machine_reader)
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = LIGHT.name if self.settings.theme == "light" else DARK.name
        self.send_to_terminal = self._send if self.settings.pictures == "kitty" else None
        self._control_filter = ControlCharacterFilter()

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
        """Ends the app, after HANG_UP_S by force: it may wait for a terminal that is gone."""
        code = 128 + signal.SIGHUP
        last = Timer(HANG_UP_S, os._exit, (code,))
        last.daemon = True
        last.start()
        self.cancel_reporting_commands()
        self.exit(None, code)

    def on_unmount(self) -> None:
        """Ends the commands that report progress, as by Ctrl-C; the others go on by themselves."""
        self.poller.stop()
        self.cancel_reporting_commands()
        with contextlib.suppress(RuntimeError, ValueError):  # a window that is closed on the way out ends it at once
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._control_filter]

    def _send(self, text: str) -> None:
        """Writes text to the terminal itself, past the screen."""
        if self._driver is not None:
            self._driver.write(text)

    def clear_selection(self) -> None:
        """Selects nothing. On Python 3.13 an input asks for that before its screen, the first one, is on the stack."""
        with contextlib.suppress(ScreenStackError):
            super().clear_selection()

    @property
    def fault(self) -> Exception | None:
        """The exception that ended the dashboard; None where there was none."""
        return self._exception

    def _print_error_renderables(self) -> None:
        """Prints nothing: the command line alone prints errors, once the terminal is its own again."""
        self._exit_renderables.clear()

    @property
    def page(self) -> Page | None:
        """The one of the six screens that is shown, which may lie under a question."""
        base = next(iter(self.screen_stack), None)  # none while the program ends
        # one that is being taken down is mounted still, but has lost what was on it
        return base if isinstance(base, Page) and base.is_mounted and base.query(TopBar) else None

    def on_runs_changed(self, message: RunsChanged) -> None:
        if not self.runs.loaded:
            self.call_after_refresh(self._freeze_garbage)
        ended = ended_runs(self.runs, message.runs)
        self.runs = message.runs
        for run in ended:
            self._call_for(run)
        self.unresponsive &= {row.id for row in self.runs.rows if row.view.live}
        if self.page is not None:
            self.page.show_runs(self.runs)

    def _call_for(self, ended: RunEnded) -> None:
        """Says that a run has ended, in a toast, and by what a terminal has for it; browsers show toasts alone."""
        self.notify(ended.text, title=ended.title, severity=ended.severity, timeout=12, markup=False)
        if not (self.is_web or self.is_headless):
            self._send(terminal_call(ended, self.settings.alert))

    def _freeze_garbage(self) -> None:
        """Takes all present objects out of garbage collection, which then delays a key half as long."""
        gc.collect()
        gc.freeze()

    def on_machine_changed(self, message: MachineChanged) -> None:
        self.machine = message.machine
        if self.page is not None:
            self.page.show_machine(self.machine)

    def on_open_run_changed(self, message: OpenRunChanged) -> None:
        from ganstudio.tui.run.page import RunPage

        self.run_snapshot = message.run
        if isinstance(self.page, RunPage):
            self.page.snapshot = message.run

    def on_read_failed(self, message: ReadFailed) -> None:
        self.notify(message.why, title="looking failed", severity="error", timeout=12, markup=False)

    def action_toggle_light(self) -> None:
        self.theme = DARK.name if self.theme == LIGHT.name else LIGHT.name

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yields every action that has a key here, and two that have none."""
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
