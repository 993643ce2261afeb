"""The part of the screen New run that makes a dry run of the draft, starts the run, or copies the command."""

from __future__ import annotations

from dataclasses import replace

from textual.binding import Binding
from textual.reactive import reactive

from ganstudio import commands
from ganstudio.commands import Outcome, RunningCommand
from ganstudio.tui.new_run.knob_details import DryRun, NewRunSnapshot
from ganstudio.tui.page import Page


class StartingPage(Page):
    """Runs the draft's command: as a dry run, or as a run."""

    CHANGES = frozenset({"try_out", "start"})  # a dry run may pack a data set
    BINDINGS = [  # noqa: RUF012
        Binding("t,ctrl+t", "try_out", "dry run", id="new.try", tooltip="build the networks, make a few steps, no run"),
        Binding("R,ctrl+r", "start", "start", id="new.start", tooltip="start the run"),
        Binding("y", "copy_command", "copy", id="new.copy", tooltip="copy the command line"),
    ]

    snapshot: reactive[NewRunSnapshot] = reactive(NewRunSnapshot(), init=False)
    _running_dry_run: RunningCommand | None = None

    def action_copy_command(self) -> None:
        self.copy(commands.command_line(self.snapshot.command), "the command line")

    def action_try_out(self) -> None:
        self.stop_dry_run()
        command = self.snapshot.command
        self.snapshot = replace(self.snapshot, dry_run=DryRun(command, "it is being tried out"))

        def ended(outcome: Outcome) -> None:
            if running is self._running_dry_run:
                self._running_dry_run = None
                self._set_dry_run(self._dry_run_from(command, outcome))

        def progress(what: str, done: int, total: int) -> None:
            if running is self._running_dry_run:
                self._set_dry_run(DryRun(command, f"{what} {done:,}/{total:,}"))

        running = self.dashboard.launch([*command, "--dry-run", "--json"], ended, progress)
        self._running_dry_run = running

    def _set_dry_run(self, dry_run: DryRun) -> None:
        self.snapshot = replace(self.snapshot, dry_run=dry_run)

    @staticmethod
    def _dry_run_from(command: tuple[str, ...], outcome: Outcome) -> DryRun:
        if outcome.error:
            return DryRun(command, error=outcome.error, hint=outcome.hint)
        try:
            return DryRun(command, answer=outcome.json())
        except ValueError:
            return DryRun(command, error=outcome.stderr or "it ended without a word")

    def stop_dry_run(self) -> bool:
        """Stops the dry run. Returns whether there was one."""
        running, self._running_dry_run = self._running_dry_run, None
        if running is None:
            return False
        running.cancel()
        self._set_dry_run(DryRun())
        return True

    def action_start(self) -> None:
        command = self.snapshot.command
        self.stop_dry_run()
        self.snapshot = replace(self.snapshot, starting=True, failed="")
        self.dashboard.launch([*command, "--detach", "--json"], self._started, self._show_progress)

    def _show_progress(self, what: str, done: int, total: int) -> None:
        self._set_dry_run(replace(self.snapshot.dry_run, doing=f"{what} {done:,}/{total:,}"))

    def _started(self, outcome: Outcome) -> None:
        self.dashboard.poller.wake()
        self._set_dry_run(replace(self.snapshot.dry_run, doing=""))
        if outcome.error:
            hint = f"\ntry: {outcome.hint}" if outcome.hint else ""
            self.snapshot = replace(self.snapshot, starting=False, failed=f"{outcome.error}{hint}")
            return
        draft, run = self.snapshot.draft, str(outcome.json()["id"])
        if draft is not None:  # its name is taken now
            draft = replace(draft, run_values={**draft.run_values, "name": ""})
        self.snapshot = replace(self.snapshot, starting=False, failed="", draft=draft)
        if self.is_active:
            self.dashboard.open_run(run)
        else:
            self.notify(f"{run} has started", markup=False)
