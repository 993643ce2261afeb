"""What all screens have: the line on top, the footer, help, and commands to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer

from ganstudio.tui import commands
from ganstudio.tui.commands import Outcome
from ganstudio.tui.dialogs.questions import Confirm, Report
from ganstudio.tui.program import Program
from ganstudio.tui.snapshots import Machine, Runs
from ganstudio.tui.widgets.topbar import TopBar
from ganstudio.workspace import Workspace


class Page(Screen[None]):
    """One of the six. A subclass gives `NAME` and `body`, and may look at runs as they change.

    `CHANGES` names the actions that --readonly takes away.
    """

    NAME: ClassVar[str]
    CHANGES: ClassVar[frozenset[str]] = frozenset()
    ABOUT: ClassVar[str] = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (160, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    BINDINGS = [Binding("question_mark,f1", "help", "help", id="help")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        yield TopBar(self.NAME)
        yield from self.body()
        yield Footer(show_command_palette=False)

    def body(self) -> Iterable[Widget]:
        raise NotImplementedError

    @property
    def studio(self) -> Program:
        assert isinstance(self.app, Program)
        return self.app

    @property
    def workspace(self) -> Workspace:
        return self.studio.workspace

    def on_screen_resume(self) -> None:
        self.take_machine(self.studio.machine)
        self.take_runs(self.studio.runs)

    def take_runs(self, runs: Runs) -> None:
        """All runs, whenever one of them has changed."""
        self.query_one(TopBar).running = runs.running
        self.runs_changed(runs)

    def runs_changed(self, runs: Runs) -> None:
        """For a screen that shows them."""

    def take_machine(self, machine: Machine | None) -> None:
        self.query_one(TopBar).machine = machine

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Whether a key works here and now: not what --readonly takes away, nor what the screen does not offer."""
        if self.studio.readonly and action in self.CHANGES:
            return False
        return not self.is_mounted or self.offers(action)

    def offers(self, action: str) -> bool:  # noqa: ARG002
        """Whether an action works on what is shown; a screen that is not mounted is not asked."""
        return True

    def act(
        self,
        *arguments: str,
        doing: str = "",
        done: str | Callable[[Outcome], None] = "",
        failed: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Runs a command. `doing` is said at once; `done` in the end, or called with how it went."""
        self.studio.act(arguments, doing, done, failed)

    def ask(
        self,
        question: str,
        *arguments: str,
        done: str | Callable[[Outcome], None] = "",
        failed: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Runs a command once the person has said yes."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.act(*arguments, done=done, failed=failed)

        shown = [argument for argument in arguments if argument != "--yes"]
        self.app.push_screen(Confirm(question, commands.line(shown)), answered)

    def copy(self, text: str, what: str) -> None:
        """Through the terminal (OSC 52), which works over SSH and in tmux where they allow it."""
        self.app.copy_to_clipboard(text)
        self.notify(text, title=f"copied {what}", markup=False)

    def action_help(self) -> None:
        self.app.push_screen(Report(f"Keys: {self.NAME}", self._keys()))

    def _keys(self) -> Content:
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
