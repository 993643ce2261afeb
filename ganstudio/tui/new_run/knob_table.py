"""The table of knobs: the cursor passes over headings, Enter edits."""

from __future__ import annotations

from textual.binding import Binding

from ganstudio.tui.new_run.knob_rows import HEADING, begins_section
from ganstudio.tui.widgets.table import Table


class KnobTable(Table):
    """A table of which some rows are headings, see `knob_rows`."""

    BINDINGS = [  # noqa: RUF012
        Binding("enter", "choose", "edit", id="new.edit", tooltip="another value for this knob"),
        Binding("left_square_bracket", "section(-1)", "section before", show=False, id="new.before"),
        Binding("right_square_bracket", "section(1)", "next section", show=False, id="new.next"),
    ]

    def action_move(self, step: int) -> None:
        super().action_move(step)
        self._leave_heading(1 if step > 0 or self.cursor == 0 else -1)

    def action_end(self, direction: int) -> None:
        super().action_end(direction)
        self._leave_heading(-direction)

    def action_section(self, direction: int) -> None:
        """Moves to the first knob of the next section; backwards, to the first of this one, then of the one before."""
        first = [n + key.startswith(HEADING) for n, key in enumerate(self.keys) if begins_section(key)]
        ahead = [n for n in first if n > self.cursor] if direction > 0 else [n for n in first if n < self.cursor][::-1]
        if ahead:
            self.cursor = ahead[0]

    def settle(self) -> None:
        """Moves the cursor off a heading, where it is on one."""
        self._leave_heading(1)

    def _leave_heading(self, step: int) -> None:
        if self.key is not None and self.key.startswith(HEADING):
            super().action_move(step)
