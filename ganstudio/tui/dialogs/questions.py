"""Small screens over a page: a question, a choice, something to read."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

from ganstudio.tui import keys


class Confirm(ModalScreen[bool]):
    """Asks yes or no. Returns True for y; Enter, Escape and n are no."""

    BINDINGS = [  # noqa: RUF012
        Binding("y", "answer(True)", "yes", id="confirm.yes"),
        Binding("n,escape,enter", "answer(False)", "no", id="confirm.no"),
        Binding("q", "app.quit", "quit", show=False, id="quit"),
    ]

    def __init__(self, question: str, command: str = "") -> None:
        super().__init__()
        self._question, self._command = question, command

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(self._question), classes="question")
            if self._command:
                yield Static(Content(self._command), classes="command")
            yield Static(keys.key_hints(self, ("confirm.yes", "yes"), ("confirm.no", "no")), classes="keys")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)


class Choose(ModalScreen[str | None]):
    """Asks for one of some options. Returns its id; None where the person went back."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape", "back", "back", id="choose.back"),
        Binding("q", "app.quit", "quit", show=False, id="quit"),
        Binding("j", "move('down')", "down", show=False, id="choose.down"),
        Binding("k", "move('up')", "up", show=False, id="choose.up"),
    ]

    def __init__(self, question: str, options: Sequence[tuple[str, str]], at: str = "") -> None:
        """`options` are (id, text) pairs; the cursor begins at the id `at`."""
        super().__init__()
        self._question, self._options, self._at = question, options, at

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Label(Content(self._question), classes="question")
            yield OptionList(*(Option(Content(text), id=key) for key, text in self._options))
            yield Static(keys.key_hints(self, ("enter", "choose"), ("choose.back", "back")), classes="keys")

    def on_mount(self) -> None:
        options = [key for key, _ in self._options]
        if self._at in options:
            self.query_one(OptionList).highlighted = options.index(self._at)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def action_move(self, where: str) -> None:
        options = self.query_one(OptionList)
        options.action_cursor_down() if where == "down" else options.action_cursor_up()

    def action_back(self) -> None:
        self.dismiss(None)


class Report(ModalScreen[None]):
    """Shows a text to read."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape,enter,question_mark,f1", "back", "back", id="report.back"),
        Binding("q", "app.quit", "quit", show=False, id="quit"),
        Binding("j,down", "scroll('down')", "down", show=False, id="report.down"),
        Binding("k,up", "scroll('up')", "up", show=False, id="report.up"),
    ]

    def __init__(self, title: str, content: Content) -> None:
        super().__init__()
        self._title, self._content = title, content

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            yield Label(Content.styled(self._title, "b"), classes="question")
            with VerticalScroll():
                yield Static(self._content)
            yield Static(keys.key_hints(self, ("report.back", "back")), classes="keys")

    def action_scroll(self, where: str) -> None:
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_down(animate=False) if where == "down" else scroll.scroll_up(animate=False)

    def action_back(self) -> None:
        self.dismiss(None)
