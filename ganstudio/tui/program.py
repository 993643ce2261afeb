"""The part of the dashboard that screens may use: the newest snapshots, what is selected, and how to run a command."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from textual.app import App
from textual.reactive import reactive

from ganstudio import commands
from ganstudio.commands import Outcome, Progress, RunningCommand
from ganstudio.tui.poller import Poller, ReadMachine
from ganstudio.tui.settings import Settings
from ganstudio.tui.snapshots import MachineSnapshot, RunSnapshot, RunsSnapshot
from ganstudio.workspace import Workspace


class Program(App[None]):
    """The dashboard without its screens, which use this class alone: `app.Dashboard` adds them.

    One screen tells another what to begin with: `chosen_run` is a run's id, `parent_of_new` RUN or RUN@KIMG.
    """

    smooth: reactive[bool] = reactive(False, init=False)  # how small pictures are enlarged

    def __init__(
        self, workspace: Workspace, readonly: bool, settings: Settings, open_machine_reader: Callable[[], ReadMachine]
    ) -> None:
        """`open_machine_reader` is called in the poller's thread, since a driver may take long to open."""
        super().__init__()
        self.workspace = workspace
        self.readonly = readonly
        self.settings = settings
        self.set_reactive(Program.smooth, self.settings.enlarged == "smooth")
        self.runs = RunsSnapshot()
        self.machine: MachineSnapshot | None = None
        self.run_snapshot: RunSnapshot | None = None
        self.chosen_run: str | None = None
        self.parent_of_new: str | None = None
        self.data_of_new: str | None = None
        self.chosen_export: str | None = None
        self.studio = "studio"  # which of Studio's two pages is open: "studio" of latents, "images" of pictures
        self.unresponsive: frozenset[str] = frozenset()  # runs that were asked to stop in vain, by id
        self.poller = Poller(workspace, self.post_message, open_machine_reader)
        self._commands: list[RunningCommand] = []

    def action_go(self, name: str) -> None:
        if len(self.screen_stack) == 1:
            self.switch_mode(self.studio if name == "studio" else name)

    def open_run(self, run_id: str) -> None:
        """Shows the screen Run, with this run."""
        self.chosen_run = run_id
        self.switch_mode("run")

    def new_run(self, parent: str | None) -> None:
        """Shows the screen New run, with a draft from another run where `parent` is given."""
        self.parent_of_new = parent
        self.switch_mode("new")

    def watch_run(self, path: Path | None) -> None:
        """Has the poller read the curves of the run in this folder; of none for None."""
        self.poller.open_run(path)

    def refresh_keys(self) -> None:
        """Makes the page, which may lie under a question, check again which of its keys work."""
        for page in self.screen_stack[:1]:  # none while the program ends
            page.refresh_bindings()

    def act(
        self,
        arguments: Sequence[str],
        doing: str,
        done: str | Callable[[Outcome], None],
        failed: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Runs a command in the background. Notifies of `doing` now and `done` at the end, or calls `done`; where the
        command fails, calls `failed` and notifies of the error.
        """
        if doing:
            self.notify(doing, markup=False)

        def ended(outcome: Outcome) -> None:
            self.poller.wake()
            if outcome.error:
                if failed is not None:
                    failed(outcome)
                self.notify_failure(arguments, outcome)
            elif callable(done):
                done(outcome)
            elif done:
                self.notify(done, markup=False)

        self.launch(arguments, ended)

    def notify_failure(self, arguments: Sequence[str], outcome: Outcome) -> None:
        """Shows the error of a command, and its hint of what to type instead."""
        hint = f"\ntry: {outcome.hint}" if outcome.hint else ""
        title = commands.command_line(arguments)
        self.notify(f"{outcome.error}{hint}", title=title, severity="error", timeout=12, markup=False)

    def launch(
        self, arguments: Sequence[str], ended: Callable[[Outcome], None], progress: Progress | None = None
    ) -> RunningCommand:
        """Starts a command in a process of its own; `ended` and `progress` are called in the screen's thread."""
        running = RunningCommand(self.workspace, arguments, reports_progress=progress is not None)
        self._commands.append(running)
        # not a worker: the program would wait for it before it ends
        Thread(target=self._wait, args=(running, ended, progress), daemon=True).start()
        return running

    def _wait(self, running: RunningCommand, ended: Callable[[Outcome], None], progress: Progress | None) -> None:
        def report_progress(what: str, count: int, total: int) -> None:
            if progress is not None:
                self._call_on_screen(progress, what, count, total)

        outcome = running.wait(report_progress)
        self._call_on_screen(self._command_ended, running, outcome, ended)

    def _call_on_screen(self, call: Callable[..., None], *arguments: Any) -> None:
        """Calls a function in the screen's thread, from another one, unless the dashboard has ended meanwhile."""
        with contextlib.suppress(RuntimeError):
            if self.is_running:
                self.call_from_thread(call, *arguments)

    def _command_ended(self, running: RunningCommand, outcome: Outcome, ended: Callable[[Outcome], None]) -> None:
        self._commands.remove(running)
        ended(outcome)

    def cancel_reporting_commands(self) -> None:
        """Ends the commands that report their progress; the others go on by themselves."""
        for running in self._commands:
            if running.reports_progress:
                running.cancel()

    def action_smooth(self) -> None:
        """Switches, on every screen of this session, whether enlarged pictures are smooth or bricks."""
        self.smooth = not self.smooth
