"""Small screens over a page: a question, a choice, something to read."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
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
    """Asks for one of some options; `/` leaves those that hold what is typed. Returns its id, or None."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape", "back", "back", id="choose.back"),
        Binding("q", "app.quit", "quit", show=False, id="quit"),
        Binding("j,down", "move('down')", "down", show=False, id="choose.down"),
        Binding("k,up", "move('up')", "up", show=False, id="choose.up"),
        Binding("slash", "filter", "filter", id="choose.filter"),
    ]

    def __init__(self, question: str, options: Sequence[tuple[str, str]], at: str = "") -> None:
        """`options` are (id, text) pairs; the cursor begins at the id `at`."""
        super().__init__()
        self._question, self._options, self._at = question, options, at

    def compose(self) -> ComposeResult:
        hints = [("enter", "choose"), ("choose.filter", "filter"), ("choose.back", "back")]
        with Vertical(classes="box"):
            yield Label(Content(self._question), classes="question")
            yield Input(placeholder="a part of a name", compact=True)
            yield OptionList(*self._shown(""))
            yield Static(keys.key_hints(self, *hints), classes="keys")

    def on_mount(self) -> None:
        options = [key for key, _ in self._options]
        self._list.focus()
        if self._at in options:
            self._list.highlighted = options.index(self._at)

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

    def _shown(self, typed: str) -> list[Option]:
        """The options whose text holds every word of what is typed."""
        words = typed.casefold().split()
        return [
            Option(Content(text), id=key)
            for key, text in self._options
            if all(word in text.casefold() for word in words)
        ]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._list.clear_options().add_options(self._shown(event.value))
        self._list.action_first()

    def on_input_submitted(self) -> None:
        self._list.action_select()

    def action_move(self, where: str) -> None:
        self._list.action_cursor_down() if where == "down" else self._list.action_cursor_up()

    def action_filter(self) -> None:
        self.add_class("-filtering")
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """First out of the filter, then out of the question."""
        if self.has_class("-filtering"):
            self.remove_class("-filtering")
            self.query_one(Input).value = ""
            self._list.focus()
        else:
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
