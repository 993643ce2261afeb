"""A page with a table of what lies in a folder, on which work takes a while: each has a line with how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual import work

from ganstudio.tui.commands import Outcome
from ganstudio.tui.error_text import said
from ganstudio.tui.page import Page
from ganstudio.tui.widgets.jobs import Jobs
from ganstudio.tui.widgets.table import Table

Told = dict[str, Any]


class WorkingPage(Page):
    """A subclass yields a Table and, at the end of its body, Jobs; it binds esc to `back` and a key to `look`.

    It has a reactive `snapshot`: what `read` brought from a thread of its own, which `fill` shows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.next_key: str | None = None  # the row that the cursor goes to once it is there

    def read(self) -> Any:
        raise NotImplementedError

    def fill(self) -> None:
        raise NotImplementedError

    def tell(self) -> None:
        """Shows what there is to say of the row under the cursor."""
        raise NotImplementedError

    def on_table_moved(self) -> None:
        self.tell()

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Table))

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.action_look()

    def on_table_resized(self) -> None:
        self.fill()

    @work(thread=True, exclusive=True, group="look")
    def action_look(self) -> None:
        try:
            read = self.read()
        except Exception as error:
            self.app.call_from_thread(self._not_read, said(error, self.NAME))
        else:
            self.app.call_from_thread(self._take, read)

    def _not_read(self, why: str) -> None:
        """What was there stays, and is not taken for what is there."""
        if self.is_mounted:
            self.query_one(Table).empty = why
            self.notify(why, severity="error", timeout=12, markup=False)

    def _take(self, read: Any) -> None:
        if not self.is_mounted:
            return
        self.snapshot = read
        if self.next_key in self.query_one(Table).keys:  # it may have been there before this look
            self.query_one(Table).select(self.next_key)
            self.next_key = None

    def watch_snapshot(self) -> None:
        self.fill()

    def begin(
        self,
        label: str,
        arguments: Sequence[str],
        done: Callable[[Told], None],
        failed: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Runs a command that prints a JSON document, which `done` gets; else says why there is none."""

        def ended(outcome: Outcome, cancelled: bool) -> None:
            self.refresh_bindings()
            told = document(outcome)
            if told is not None:
                done(told)
            elif cancelled:
                self.notify(_last_words(outcome) or label, title=f"stopped: {label}", markup=False)
            else:
                if failed is not None:
                    failed(outcome)
                self.studio.tell_failure(arguments, outcome)

        self.query_one(Jobs).begin(self.studio, label, arguments, ended)
        self.refresh_bindings()

    def offers(self, action: str) -> bool:
        return action != "back" or bool(self.query_one(Jobs).jobs)

    def action_back(self) -> None:
        self.query_one(Jobs).cancel()
        self.refresh_bindings()


def document(outcome: Outcome) -> Told | None:
    """What a command printed. One that has skipped files prints it, and ends with 1 all the same."""
    if outcome.report is not None:
        return None
    try:
        told = outcome.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _last_words(outcome: Outcome) -> str:
    """Of a command that was stopped: how far it came, where it has said so."""
    told = outcome.said.strip().rpartition("\n")[2]
    return told if outcome.code == 130 and "KeyboardInterrupt" not in told else ""
