"""The base class of the screens Data and Exports: a table of a folder's content, and a line a running command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual import work

from ganstudio.commands import Outcome
from ganstudio.tui.error_text import error_text
from ganstudio.tui.page import Page
from ganstudio.tui.widgets.jobs import Jobs
from ganstudio.tui.widgets.table import Table

Document = dict[str, Any]  # what a command printed with --json


class TablePage(Page):
    """A screen with a Table and, at the end of its body, Jobs. A subclass binds esc to `back` and a key to `look`.

    Its reactive `snapshot` is what `read_snapshot` returned in a thread of its own, and what `fill_table` shows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.next_key: str | None = None  # the row that the cursor goes to once it is there

    def read_snapshot(self) -> Any:
        """Returns what the folder holds now; called beside the screen's thread."""
        raise NotImplementedError

    def fill_table(self) -> None:
        """Shows `snapshot` in the table."""
        raise NotImplementedError

    def show_details(self) -> None:
        """Shows the details of the row under the cursor."""
        raise NotImplementedError

    def on_table_moved(self) -> None:
        self.show_details()

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Table))

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.action_look()

    def on_table_resized(self) -> None:
        self.fill_table()

    @work(thread=True, exclusive=True, group="look")
    def action_look(self) -> None:
        try:
            read = self.read_snapshot()
        except Exception as error:
            self.app.call_from_thread(self._read_failed, error_text(error, self.NAME))
        else:
            self.app.call_from_thread(self._set_snapshot, read)

    def _read_failed(self, why: str) -> None:
        """Shows why the folder could not be read; the table stays as it was."""
        if self.is_mounted:
            self.query_one(Table).empty = why
            self.notify(why, severity="error", timeout=12, markup=False)

    def _set_snapshot(self, read: Any) -> None:
        if not self.is_mounted:
            return
        self.snapshot = read
        if self.next_key in self.query_one(Table).keys:  # it may have been there before this look
            self.query_one(Table).select(self.next_key)
            self.next_key = None

    def watch_snapshot(self) -> None:
        self.fill_table()

    def run_job(
        self,
        label: str,
        arguments: Sequence[str],
        done: Callable[[Document], None],
        failed: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Runs a command and calls `done` with the JSON document that it prints; shows its error where it fails."""

        def ended(outcome: Outcome, cancelled: bool) -> None:
            self.refresh_bindings()
            printed = json_document(outcome)
            if printed is not None:
                done(printed)
            elif cancelled:
                self.notify(_last_progress(outcome) or label, title=f"stopped: {label}", markup=False)
            else:
                if failed is not None:
                    failed(outcome)
                self.dashboard.notify_failure(arguments, outcome)

        self.query_one(Jobs).start_job(self.dashboard, label, arguments, ended)
        self.refresh_bindings()

    def offers(self, action: str) -> bool:
        return action != "back" or bool(self.query_one(Jobs).jobs)

    def action_back(self) -> None:
        self.query_one(Jobs).cancel()
        self.refresh_bindings()


def json_document(outcome: Outcome) -> Document | None:
    """Returns the JSON object that a command printed; None for one that failed. (`data add` that skipped files ends
    with 1, but prints it.)
    """
    if outcome.error_report is not None:
        return None
    try:
        printed = outcome.json()
    except ValueError:
        return None
    return printed if isinstance(printed, dict) else None


def _last_progress(outcome: Outcome) -> str:
    """Returns the last line that a command printed before it was stopped; '' where there is none."""
    line = outcome.stderr.strip().rpartition("\n")[2]
    return line if outcome.code == 130 and "KeyboardInterrupt" not in line else ""
