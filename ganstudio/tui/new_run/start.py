"""What the screen New run does with a draft: tries it out, starts it, copies it. Each of these is one command."""

from __future__ import annotations

from dataclasses import replace

from textual.binding import Binding
from textual.reactive import reactive

from ganstudio.tui import commands
from ganstudio.tui.commands import Outcome, RunningCommand
from ganstudio.tui.new_run.knob_details import Desk, Trial
from ganstudio.tui.page import Page


class Starting(Page):
    """The part of the screen New run that acts."""

    CHANGES = frozenset({"try_out", "start"})  # a dry run may pack a data set
    BINDINGS = [  # noqa: RUF012
        Binding("t,ctrl+t", "try_out", "dry run", id="new.try", tooltip="build the networks, make a few steps, no run"),
        Binding("R,ctrl+r", "start", "start", id="new.start", tooltip="start the run"),
        Binding("y", "copy_command", "copy", id="new.copy", tooltip="copy the command line"),
    ]

    snapshot: reactive[Desk] = reactive(Desk(), init=False)
    _trying: RunningCommand | None = None

    def action_copy_command(self) -> None:
        self.copy(commands.command_line(self.snapshot.command), "the command line")

    def action_try_out(self) -> None:
        self.stop_trying()
        command = self.snapshot.command
        self.snapshot = replace(self.snapshot, trial=Trial(command, "it is being tried out"))

        def ended(outcome: Outcome) -> None:
            if running is self._trying:
                self._trying = None
                self._say(self._tried(command, outcome))

        def progress(what: str, done: int, total: int) -> None:
            if running is self._trying:
                self._say(Trial(command, f"{what} {done:,}/{total:,}"))

        running = self.dashboard.launch([*command, "--dry-run", "--json"], ended, progress)
        self._trying = running

    def _say(self, trial: Trial) -> None:
        self.snapshot = replace(self.snapshot, trial=trial)

    @staticmethod
    def _tried(command: tuple[str, ...], outcome: Outcome) -> Trial:
        if outcome.error:
            return Trial(command, error=outcome.error, hint=outcome.hint)
        try:
            return Trial(command, answer=outcome.json())
        except ValueError:
            return Trial(command, error=outcome.stderr or "it ended without a word")

    def stop_trying(self) -> bool:
        """Whether there was a dry run to be stopped."""
        running, self._trying = self._trying, None
        if running is None:
            return False
        running.cancel()
        self._say(Trial())
        return True

    def action_start(self) -> None:
        command = self.snapshot.command
        self.stop_trying()
        self.snapshot = replace(self.snapshot, starting=True, failed="")
        self.dashboard.launch([*command, "--detach", "--json"], self._started, self._packing)

    def _packing(self, what: str, done: int, total: int) -> None:
        self._say(replace(self.snapshot.trial, doing=f"{what} {done:,}/{total:,}"))

    def _started(self, outcome: Outcome) -> None:
        self.dashboard.poller.wake()
        self._say(replace(self.snapshot.trial, doing=""))
        if outcome.error:
            hint = f"\ntry: {outcome.hint}" if outcome.hint else ""
            self.snapshot = replace(self.snapshot, starting=False, failed=f"{outcome.error}{hint}")
            return
        draft, run = self.snapshot.draft, str(outcome.json()["id"])
        if draft is not None:  # its name is taken now
            draft = replace(draft, own={**draft.own, "name": ""})
        self.snapshot = replace(self.snapshot, starting=False, failed="", draft=draft)
        if self.is_active:
            self.dashboard.open_run(run)
        else:
            self.notify(f"{run} has started", markup=False)
