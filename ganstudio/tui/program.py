"""What a screen may know of the program that shows it: what was read, what is chosen, and the commands that act."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from textual.app import App
from textual.reactive import reactive

from ganstudio.tui import commands
from ganstudio.tui.commands import Outcome, Progress, Running
from ganstudio.tui.poller import Look, Poller
from ganstudio.tui.settings import Settings
from ganstudio.tui.snapshots import Machine, OneRun, Runs
from ganstudio.workspace import Workspace


class Program(App[None]):
    """The dashboard without its screens, which know this class alone: `app.Dashboard` adds them.

    What one screen tells another to begin with stands here: `chosen` is a run's id, `parent_of_new` RUN or RUN@KIMG.
    """

    smooth: reactive[bool] = reactive(False, init=False)  # how small pictures are enlarged

    def __init__(self, workspace: Workspace, readonly: bool, settings: Settings, looks: Callable[[], Look]) -> None:
        """`looks` makes what tells how busy the machine is: in the poller's thread, since drivers take their time."""
        super().__init__()
        self.workspace = workspace
        self.readonly = readonly
        self.settings = settings
        self.set_reactive(Program.smooth, self.settings.enlarged == "smooth")
        self.runs = Runs()
        self.machine: Machine | None = None
        self.opened: OneRun | None = None
        self.chosen: str | None = None
        self.parent_of_new: str | None = None
        self.data_of_new: str | None = None
        self.chosen_export: str | None = None
        self.unanswering: frozenset[str] = frozenset()  # runs that were asked to stop in vain, by id
        self.poller = Poller(workspace, self.post_message, looks)
        self._commands: list[Running] = []

    def action_go(self, name: str) -> None:
        if len(self.screen_stack) == 1:
            self.switch_mode(name)

    def open_run(self, run_id: str) -> None:
        """The screen Run, with this one."""
        self.chosen = run_id
        self.switch_mode("run")

    def new_run(self, parent: str | None) -> None:
        """The screen New run, begun from nothing, or from another run."""
        self.parent_of_new = parent
        self.switch_mode("new")

    def watch_run(self, path: Path | None) -> None:
        self.poller.open_run(path)

    def refresh_keys(self) -> None:
        """Has the page that is shown, under whatever is asked over it, tell anew which of its keys work."""
        for page in self.screen_stack[:1]:  # none while the program ends
            page.refresh_bindings()

    def act(
        self,
        arguments: Sequence[str],
        doing: str,
        done: str | Callable[[Outcome], None],
        failed: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Runs a command beside the screen and tells how it ended; `failed` hears first of one that went wrong."""
        if doing:
            self.notify(doing, markup=False)

        def ended(outcome: Outcome) -> None:
            self.poller.wake()
            if outcome.error:
                if failed is not None:
                    failed(outcome)
                self.tell_failure(arguments, outcome)
            elif callable(done):
                done(outcome)
            elif done:
                self.notify(done, markup=False)

        self.launch(arguments, ended)

    def tell_failure(self, arguments: Sequence[str], outcome: Outcome) -> None:
        """Says what went wrong with a command, and what to type instead."""
        hint = f"\ntry: {outcome.hint}" if outcome.hint else ""
        title = commands.line(arguments)
        self.notify(f"{outcome.error}{hint}", title=title, severity="error", timeout=12, markup=False)

    def launch(
        self, arguments: Sequence[str], ended: Callable[[Outcome], None], progress: Progress | None = None
    ) -> Running:
        """A command in a process of its own; `ended` and `progress` are called in the screen's thread."""
        running = Running(self.workspace, arguments, heard=progress is not None)
        self._commands.append(running)
        # not a worker: the program would wait for it before it ends
        Thread(target=self._wait, args=(running, ended, progress), daemon=True).start()
        return running

    def _wait(self, running: Running, ended: Callable[[Outcome], None], progress: Progress | None) -> None:
        def tell(what: str, count: int, total: int) -> None:
            if progress is not None:
                self._on_screen(progress, what, count, total)

        outcome = running.wait(tell)
        self._on_screen(self._ended, running, outcome, ended)

    def _on_screen(self, call: Callable[..., None], *arguments: Any) -> None:
        """Calls from another thread, unless the dashboard has ended meanwhile."""
        with contextlib.suppress(RuntimeError):
            if self.is_running:
                self.call_from_thread(call, *arguments)

    def _ended(self, running: Running, outcome: Outcome, ended: Callable[[Outcome], None]) -> None:
        self._commands.remove(running)
        ended(outcome)

    def cancel_heard(self) -> None:
        """Ends the commands that tell their progress; the others go on by themselves."""
        for running in self._commands:
            if running.heard:
                running.cancel()

    def action_smooth(self) -> None:
        """Enlarged pictures are smooth, or bricks again, on every screen of this session."""
        self.smooth = not self.smooth
