"""One line to type a value into, with what it means above and what is wrong with it below, as it is typed."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Static

from ganstudio.errors import UsageError

# Raises UsageError for a text that cannot be, as a form's does; returns what else would then be wrong, or "".
Check = Callable[[str], str]


class Editor(Vertical):
    """Takes no room while nothing is edited. Only what `check` does not refuse is accepted."""

    class Accepted(Message):
        """A value that may be."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, **given: str) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self._check: Check = lambda _: ""

    def compose(self) -> ComposeResult:
        yield Static(id="edited-doc")
        with Horizontal(id="edited"):
            yield Label(id="edited-key")
            yield Input(id="edit", select_on_focus=True)
        yield Static(id="verdict")

    @property
    def open(self) -> bool:
        return self.has_class("-open")

    def edit(self, key: str, doc: str, text: str, check: Check) -> None:
        """Begins with the value that there is."""
        self._check = check
        self.query_one("#edited-key", Label).update(Content(f"{key} ="))
        self.query_one("#edited-doc", Static).update(Content(doc))
        box = self.query_one("#edit", Input)
        box.value = text
        self.add_class("-open")
        self.screen.set_focus(box)  # at once: `focus` lets keys pass before it
        self._check_text()

    def leave(self) -> None:
        """The value stays as it was."""
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.open:
            self._check_text()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._check_text():
            self.leave()
            self.post_message(self.Accepted(event.value))

    def _check_text(self) -> bool:
        """Whether the text may be."""
        fault, remark = "", ""
        try:
            remark = self._check(self.query_one("#edit", Input).value)
        except UsageError as error:
            fault = error.message
        verdict = self.query_one("#verdict", Static)
        verdict.set_class(bool(fault), "error")
        verdict.update(
            Content(f"✗ {fault}" if fault else f"! {remark}" if remark else "enter takes it, esc leaves it as it was")
        )
        return not fault
