"""Stops runs, for the screens Runs and Run: a run is asked to stop, and can be killed where it does not answer."""

from __future__ import annotations

from ganstudio.commands import Outcome
from ganstudio.tui import keys
from ganstudio.tui.page import Page
from ganstudio.tui.snapshots import RunRow


class StoppingPage(Page):
    """A page with runs that can be stopped. A subclass binds the keys."""

    def ask_to_stop(self, row: RunRow) -> None:
        """Asks the person, then stops the run. The command waits until the run has stopped, for a limited time."""
        dashboard = self.dashboard

        def failed(outcome: Outcome) -> None:
            if "--kill" not in outcome.hint + outcome.error:
                return
            dashboard.unresponsive |= {row.id}
            dashboard.refresh_keys()
            key = keys.key_label(self, f"{self.NAME}.kill")
            dashboard.notify(f"{row.id} does not answer: {key} kills its process.", severity="warning", markup=False)

        word = "Take it out of the line" if row.view.status == "queued" else "Stop it with a checkpoint"
        self.ask(f"{row.id} is {row.view.status}. {word}?", "runs", "stop", row.id, failed=failed)

    def killable(self, row: RunRow) -> bool:
        """Returns whether a run was asked to stop and still runs."""
        return row.view.status == "stopping" or (row.view.live and row.id in self.dashboard.unresponsive)

    def ask_to_kill(self, row: RunRow) -> None:
        question = f"{row.id} was asked to stop and still runs. Kill it? What came after its last checkpoint is lost."
        self.ask(question, "runs", "stop", row.id, "--kill", done=f"{row.id} was killed")
