"""The base class of the six screens: the line on top, the footer, help, and commands to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from ganstudio import commands
from ganstudio.commands import Outcome
from ganstudio.tui.dialogs.questions import Confirm, Report
from ganstudio.tui.program import Program
from ganstudio.tui.snapshots import MachineSnapshot, RunsSnapshot
from ganstudio.tui.widgets.keybar import KeyBar
from ganstudio.tui.widgets.topbar import TopBar
from ganstudio.workspace import Workspace


class Page(Screen[None]):
    """One of the six screens. A subclass gives `NAME` and `body`, and may override `runs_changed`.

    `CHANGES` names the actions that --readonly takes away. `TAB` is the screen that is marked on the line on top, where
    that is not NAME's.
    """

    NAME: ClassVar[str]
    TAB: ClassVar[str] = ""
    CHANGES: ClassVar[frozenset[str]] = frozenset()
    ABOUT: ClassVar[str] = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (160, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    BINDINGS = [Binding("question_mark,f1", "help", "help", id="help")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        yield TopBar(self.TAB or self.NAME)
        yield from self.body()
        yield KeyBar()

    def body(self) -> Iterable[Widget]:
        """Yields the widgets between the line on top and the footer."""
        raise NotImplementedError

    @property
    def dashboard(self) -> Program:
        """The app that shows this screen, by the type that has what screens may use."""
        assert isinstance(self.app, Program)
        return self.app

    @property
    def workspace(self) -> Workspace:
        return self.dashboard.workspace

    def on_screen_resume(self) -> None:
        self.show_machine(self.dashboard.machine)
        self.show_runs(self.dashboard.runs)

    def show_runs(self, runs: RunsSnapshot) -> None:
        """Shows how many runs are live, and calls `runs_changed`; called whenever a run has changed."""
        self.query_one(TopBar).running = runs.running
        self.runs_changed(runs)

    def runs_changed(self, runs: RunsSnapshot) -> None:
        """Called with all runs whenever one has changed; a screen that shows runs overrides it."""

    def show_machine(self, machine: MachineSnapshot | None) -> None:
        self.query_one(TopBar).machine = machine

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Returns whether a key works now: the action must not be taken away by --readonly, and the screen offer it."""
        if self.dashboard.readonly and action in self.CHANGES:
            return False
        return not self.is_mounted or self.offers(action)

    def offers(self, action: str) -> bool:  # noqa: ARG002
        """Returns whether an action can be used on what is shown; only called while the screen is mounted."""
        return True

    def act(
        self,
        *arguments: str,
        doing: str = "",
        done: str | Callable[[Outcome], None] = "",
        failed: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Runs a command in the background. Notifies of `doing` now and of `done` at the end, or calls `done`."""
        self.dashboard.act(arguments, doing, done, failed)

    def ask(
        self,
        question: str,
        *arguments: str,
        done: str | Callable[[Outcome], None] = "",
        failed: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Asks a question, and runs the command where the answer is yes."""

        def on_answer(yes: bool | None) -> None:
            if yes:
                self.act(*arguments, done=done, failed=failed)

        shown = [argument for argument in arguments if argument != "--yes"]
        self.app.push_screen(Confirm(question, commands.command_line(shown)), on_answer)

    def copy(self, text: str, what: str) -> None:
        """Copies text to the clipboard, by OSC 52: it works over SSH and in tmux where they allow it."""
        self.app.copy_to_clipboard(text)
        self.notify(text, title=f"copied {what}", markup=False)

    def action_help(self) -> None:
        self.app.push_screen(Report(f"Keys: {self.NAME}", self._key_help()))

    def _key_help(self) -> Content:
        """Returns a line for each key of this screen with what it does."""
        lines = [Content(self.ABOUT)] if self.ABOUT else []
        seen: set[str] = set()
        for _, binding, enabled, tooltip in self.active_bindings.values():
            # ours have an id; the rest are Textual's own, for a mouse or a console
            if not (binding.id and binding.description) or binding.action in seen:
                continue
            seen.add(binding.action)
            same = [b for _, b, _, _ in self.active_bindings.values() if b.action == binding.action]
            keys = " ".join(dict.fromkeys(self.app.get_key_display(one) for one in same))
            words = tooltip or binding.description
            lines.append(
                Content.assemble(
                    Content.styled(f"{keys:>12}", "b"), "  ", Content.styled(words, "" if enabled else "dim")
                )
            )
        return Content("\n").join(lines)
