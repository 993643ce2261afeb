"""A small form over a page: a few lines to fill in, checked before anything begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from ganstudio.errors import UsageError
from ganstudio.tui import keys
from ganstudio.tui.dialogs.paths import PathSuggester

Values = dict[str, str]


class Field(NamedTuple):
    """`hint` is shown while the line is empty; up and down walk through `choices`; `path` completes names of files.

    A form of one line, whose title says all, needs no `label`.
    """

    key: str
    label: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    path: bool = False


class FieldInput(Input):
    """One field."""

    BINDINGS = [  # noqa: RUF012
        Binding("up", "turn(-1)", "choice before", show=False, id="form.up"),
        Binding("down", "turn(1)", "next choice", show=False, id="form.down"),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(
            field.value,
            placeholder=field.hint,
            suggester=PathSuggester() if field.path else None,
            select_on_focus=False,
            compact=True,
            id=f"field-{field.key}",
        )
        self.field = field

    def action_turn(self, step: int) -> None:
        """The next choice; another field where there is nothing to choose."""
        choices = self.field.choices
        if not choices:
            self.screen.focus_next() if step > 0 else self.screen.focus_previous()
            return
        begin = -1 if step > 0 else 0
        place = choices.index(self.value) if self.value in choices else begin
        self.value = choices[(place + step) % len(choices)]
        self.cursor_position = len(self.value)


class Form(ModalScreen[Values | None]):
    """What was filled in; None where the person went back. `check` raises UsageError for what cannot be."""

    BINDINGS = [Binding("escape", "back", "back", id="form.back")]  # noqa: RUF012

    def __init__(self, title: str, fields: Sequence[Field], check: Callable[[Values], object], go: str) -> None:
        super().__init__()
        self._title, self._fields, self._check, self._go = title, fields, check, go

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Label(Content(self._title), classes="question")
            with VerticalScroll():
                for field in self._fields:
                    with Horizontal(classes="field"):
                        if field.label:
                            yield Label(Content(field.label))
                        yield FieldInput(field)
            yield Static(id="wrong", classes="error")
            hints = [("enter", self._go), *([("tab", "next")] if len(self._fields) > 1 else [])]
            if any(field.choices for field in self._fields):
                hints.append(("↑↓", "choose"))
            if any(field.path for field in self._fields):
                hints.append(("→", "complete"))
            yield Static(keys.key_hints(self, *hints, ("form.back", "back")), classes="keys")

    def on_mount(self) -> None:
        lines = list(self.query(FieldInput))
        next((line for line in lines if not line.value), lines[0]).focus()

    @property
    def values(self) -> Values:
        return {line.field.key: line.value.strip() for line in self.query(FieldInput)}

    def on_input_changed(self) -> None:
        self.query_one("#wrong", Static).update("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self._check(self.values)
        except UsageError as error:
            self.query_one("#wrong", Static).update(Content(error.message))
            return
        self.dismiss(self.values)

    def action_back(self) -> None:
        self.dismiss(None)
