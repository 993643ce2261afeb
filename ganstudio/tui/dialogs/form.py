"""A small form over a page: a few lines to fill in, checked before anything begins."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Label, Static

from ganstudio.errors import UsageError
from ganstudio.tui import keys

Values = dict[str, str]


class Field(NamedTuple):
    """`hint` is shown while the line is empty; up and down walk through `choices`; `path` completes names of files."""

    key: str
    label: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    path: bool = False


class Paths(Suggester):
    """The first name in the folder that goes on as the person began."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        folder, begun = os.path.split(value)
        if not begun:
            return None
        try:
            with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111  # never raises
                names = [
                    f"{entry.name}/" if entry.is_dir() else entry.name
                    for entry in itertools.islice(entries, 2000)
                    if entry.name.startswith(begun)
                ]
        except OSError:
            return None
        return os.path.join(folder, min(names)) if names else None  # noqa: PTH118  # "./" stays


class Line(Input):
    """One field."""

    BINDINGS = [  # noqa: RUF012
        Binding("up", "turn(-1)", "choice before", show=False, id="form.up"),
        Binding("down", "turn(1)", "next choice", show=False, id="form.down"),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(
            field.value,
            placeholder=field.hint,
            suggester=Paths() if field.path else None,
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
                        yield Label(Content(field.label))
                        yield Line(field)
            yield Static(id="wrong", classes="error")
            told = [("enter", self._go), ("tab", "next")]
            if any(field.choices for field in self._fields):
                told.append(("↑↓", "choose"))
            if any(field.path for field in self._fields):
                told.append(("→", "complete"))
            yield Static(keys.key_hints(self, *told, ("form.back", "back")), classes="keys")

    def on_mount(self) -> None:
        lines = list(self.query(Line))
        next((line for line in lines if not line.value), lines[0]).focus()

    @property
    def values(self) -> Values:
        return {line.field.key: line.value.strip() for line in self.query(Line)}

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
