"""A group of commands that are imported when they are run, so that no command waits for its neighbours."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperGroup

from ganstudio.cli.command_table import COMMANDS, Command, Group
from ganstudio.cli.empty_values import refuse_empty
from ganstudio.cli.settings_in_files import take_from_files
from ganstudio.errors import UsageError, nearest

_ROOT = "ganstudio"
_GLOBAL = [
    (
        "--workspace DIR",
        "Where runs/ and exports/ are. Else $GANSTUDIO_WORKSPACE, else the nearest directory upward with a "
        "ganstudio.toml, else the current one.",
    ),
    ("--debug", "Show the traceback of an error."),
    ("--version", "Print the version."),
    ("-h, --help", "Show this message, or that of a command."),
]
_EXAMPLES = """\b
Examples:
  ganstudio train dcgan --data mnist --minutes 4
  ganstudio runs list
  ganstudio export onnx
  ganstudio sample --seed 0-63"""


class LazyGroup(TyperGroup):
    """A group of the command table."""

    def __init__(
        self, path: str, members: Mapping[str, Command | Group | str], alone: str | None = None, **words: Any
    ) -> None:
        """`path` is what runs the group: `ganstudio runs`. `alone` is the member that it runs without a word."""
        super().__init__(name=path, rich_markup_mode=None, **words)
        self._path = path
        self._members = dict(members)
        self._alone = alone
        _prepare(self)

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        if self._alone and (not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)):
            args = [self._alone, *args]
        return super().parse_args(ctx, args or ["--help"])

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(self._members)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command, imported; None for an option. Raises UsageError for an unknown one."""
        if cmd_name.startswith("-"):
            return None
        if cmd_name not in self._members:
            sentence = f"there is no command {cmd_name!r}. {nearest(cmd_name, self._members)}"
            raise UsageError(sentence, hint=f"{self._path} --help")
        member = self._members[cmd_name]
        if isinstance(member, Group):
            return LazyGroup(f"{self._path} {cmd_name}", member.members, member.alone, help=member.summary)
        return _load(cmd_name, member.where if isinstance(member, Command) else member)

    def summaries(self) -> list[tuple[str, str]]:
        """The name of each command and a line on what it does."""
        return [
            (name, self.get_command(None, name).get_short_help_str(70) if isinstance(member, str) else member.summary)
            for name, member in self._members.items()
        ]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        if self._path != _ROOT:
            super().format_options(ctx, formatter)
            return
        with formatter.section("Commands"):
            formatter.write_dl(self.summaries())
        with formatter.section("Options"):
            formatter.write_dl(_GLOBAL)


def root_group() -> LazyGroup:
    """The program's own group, of every command."""
    help = "A terminal workstation for generative adversarial networks."
    return LazyGroup(_ROOT, COMMANDS, help=help, epilog=_EXAMPLES)


def _load(name: str, where: str) -> Any:
    """The parser's command for the function at `where`, module:function within ganstudio.cli."""
    module, function = where.split(":")
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(getattr(importlib.import_module(f"ganstudio.cli.{module}"), function))
    command = typer.main.get_command(single)
    for parameter in command.params:
        refuse_empty(parameter)
        take_from_files(parameter)
    _prepare(command)
    return command


def _prepare(command: Any) -> None:
    """Names the help option of a command, which is False unless given.

    To learn that None is no flag, typer imports pydantic (0.1 s).
    """
    command.context_settings["help_option_names"] = ["--help", "-h"]
    command.get_help_option(typer.Context(command, **command.context_settings)).default = False
