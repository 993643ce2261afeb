"""The page of every command, made of what `--help` says: its words, its arguments, its options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from ganstudio.cli.lazy_group import LazyGroup, root_group

HEAD = """# Every command

What `ganstudio COMMAND --help` says, on one page. Before each command may stand `--workspace DIR`, the folder with
`runs/` and `exports/`, and `--debug`, which shows the traceback of an error. [The command line](../command-line.md)
tells what all commands have in common.
"""
_CODE = re.compile(r"(`[^`]*`)")
_PLAIN = {"<": "&lt;", "*": "\\*", "[": "\\[", "]": "\\]", "|": "&#124;"}


def page() -> str:
    """The whole page, as Markdown."""
    return HEAD + "".join(_section(path, command) for path, command in commands())


def commands() -> Iterator[tuple[str, Any]]:
    """Every command and group with what runs it (`ganstudio runs list`), in the order of `--help`."""
    yield from _below("ganstudio", root_group())


def _below(path: str, group: LazyGroup) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        yield f"{path} {name}", command
        if isinstance(command, LazyGroup):
            yield from _below(f"{path} {name}", command)


def _section(path: str, command: Any) -> str:
    context = typer.Context(command, info_name=path, **command.context_settings)
    level = "#" * len(path.split())
    parts = [f"\n{level} {path}\n", f"```text\n{path} {' '.join(command.collect_usage_pieces(context))}\n```"]
    parts += [_paragraph(text) for text in re.split(r"\n\n+", command.help or "")]
    if not isinstance(command, LazyGroup):
        parts += _tables(command.params, context)
    return "\n".join(filter(None, parts)) + "\n"


def _paragraph(text: str) -> str:
    """A paragraph of a docstring; one that begins with `\\b` is set as it is, after its first line."""
    if not text.startswith("\b"):
        return f"\n{_escaped(' '.join(text.split()))}\n"
    title, *lines = text.removeprefix("\b\n").splitlines()
    body = "\n".join(line.removeprefix("  ") for line in lines)
    return f"\n{title}\n\n```text\n{body}\n```\n"


def _tables(parameters: list[Any], context: Any) -> Iterator[str]:
    for kind, title in (("argument", "argument"), ("option", "option")):
        records = [one.get_help_record(context) for one in parameters if one.param_type_name == kind]
        rows = [f"| `{name}` | {_escaped(means)} |" for name, means in filter(None, records)]
        if rows:
            yield "\n".join([f"\n| {title} | meaning |", "|---|---|", *rows])


def _escaped(text: str) -> str:
    """Plain text as Markdown that shows it; what stands between backticks is code already."""
    parts = _CODE.split(text)
    return "".join(part if part.startswith("`") else part.translate(str.maketrans(_PLAIN)) for part in parts)
