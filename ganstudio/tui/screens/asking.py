"""Small screens over a page: a question, a line to fill in, a choice, something to read."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option


class Confirm(ModalScreen[bool]):
    """True once the person has pressed y; Enter, Escape and n are no."""

    BINDINGS = [  # noqa: RUF012
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape,enter", "answer(False)", "no"),
        Binding("q", "app.quit", show=False),
    ]

    def __init__(self, question: str, command: str = "") -> None:
        super().__init__()
        self._question, self._command = question, command

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(self._question), classes="question")
            if self._command:
                yield Static(Content(self._command), classes="command")
            yield Static(Content.from_markup("[b]y[/b] yes   [b]n[/b] no"), classes="keys")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)


class Prompt(ModalScreen[str | None]):
    """The line that was typed; None where the person went back."""

    BINDINGS = [Binding("escape", "back", "back")]  # noqa: RUF012

    def __init__(self, question: str, value: str = "", placeholder: str = "") -> None:
        super().__init__()
        self._question, self._value, self._placeholder = question, value, placeholder

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Label(Content(self._question), classes="question")
            yield Input(self._value, placeholder=self._placeholder, select_on_focus=False)
            yield Static(Content.from_markup("[b]enter[/b] go on   [b]esc[/b] back"), classes="keys")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_back(self) -> None:
        self.dismiss(None)


class Choose(ModalScreen[str | None]):
    """The id of the option that was chosen; None where the person went back."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape", "back", "back"),
        Binding("q", "app.quit", show=False),
        Binding("j", "move('down')", show=False),
        Binding("k", "move('up')", show=False),
    ]

    def __init__(self, question: str, options: Sequence[tuple[str, str]], at: str = "") -> None:
        """`options` are (id, what is shown); the cursor begins `at` one."""
        super().__init__()
        self._question, self._options, self._at = question, options, at

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Label(Content(self._question), classes="question")
            yield OptionList(*(Option(Content(text), id=key) for key, text in self._options))
            yield Static(Content.from_markup("[b]enter[/b] choose   [b]esc[/b] back"), classes="keys")

    def on_mount(self) -> None:
        keys = [key for key, _ in self._options]
        if self._at in keys:
            self.query_one(OptionList).highlighted = keys.index(self._at)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def action_move(self, where: str) -> None:
        options = self.query_one(OptionList)
        options.action_cursor_down() if where == "down" else options.action_cursor_up()

    def action_back(self) -> None:
        self.dismiss(None)


class Report(ModalScreen[None]):
    """Something to read."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape,enter,question_mark,f1", "back", "back"),
        Binding("q", "app.quit", show=False),
        Binding("j,down", "scroll('down')", show=False),
        Binding("k,up", "scroll('up')", show=False),
    ]

    def __init__(self, title: str, content: Content) -> None:
        super().__init__()
        self._title, self._content = title, content

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            yield Label(Content.styled(self._title, "b"), classes="question")
            with VerticalScroll():
                yield Static(self._content)
            yield Static(Content.from_markup("[b]esc[/b] back"), classes="keys")

    def action_scroll(self, where: str) -> None:
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_down(animate=False) if where == "down" else scroll.scroll_up(animate=False)

    def action_back(self) -> None:
        self.dismiss(None)
