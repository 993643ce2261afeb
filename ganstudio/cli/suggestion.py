"""Commands that are suggested to the user: the line `try:` below an error, and those that several messages share.

errors.py says what a hint may be. Here it becomes a command that can be typed where the one that failed was typed.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.errors import UsageError, quoted
from ganstudio.settings.urls import redacted
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.runs.store import RunView

Takes = Mapping[str, bool]  # whether an option takes a value, by its name

GLOBAL: Takes = {"--workspace": True, "--debug": False}
_COMMAND_START = re.compile(r"(?<![^\s(])ganstudio (?=[a-z])")


def hint_as_typed(hint: str, arguments: Sequence[str], known: Takes) -> str:
    """`hint` as it can be typed where `arguments` failed, a command that takes the options `known`.

    Options are put to that command, in the place of those that they replace; a command gets its --workspace.
    """
    known = {**known, **GLOBAL}
    if hint.startswith("--"):
        line, _, comment = hint.partition("   #")
        return _command_with_options(hint, line, comment, arguments, known)
    workspaces = [value for name, value, _ in _split_options(arguments, known) if name == "--workspace" and value]
    if not workspaces:
        return hint
    return _COMMAND_START.sub(lambda _: f"ganstudio --workspace {quoted(workspaces[-1])} ", hint)


def without_global_options(arguments: Sequence[str]) -> list[str]:
    """`arguments` without the global options: the names of commands come first."""
    return [token for name, _, tokens in _split_options(arguments, GLOBAL) if name not in GLOBAL for token in tokens]


def without_secrets(arguments: Sequence[str]) -> list[str]:
    """`arguments` with only the host of the URL that --notify is given."""
    shown = []
    for name, value, tokens in _split_options(arguments, {"--notify": True}):
        secret = name == "--notify" and value not in (None, "none")
        shown += [name, redacted(str(value))] if secret else tokens
    return shown


def _command_with_options(hint: str, line: str, comment: str, arguments: Sequence[str], known: Takes) -> str:
    """The command that failed with the options of `line` in place of its own; `hint` where they are not its options."""
    new_options = [(name, value) for name, value, _ in _split_options(shlex.split(line), known)]
    if not all(name in known for name, _ in new_options):
        return hint  # they belong to another command
    dropped = set(re.findall(r"instead of (--[a-z-]+)", comment))
    end = arguments.index("--") if "--" in arguments else len(arguments)
    remaining = [
        token
        for name, value, tokens in _split_options(arguments[:end], known)
        if name not in dropped and not any(name == new_name and _replaces(new, value) for new_name, new in new_options)
        for token in tokens
    ]
    command = " ".join(["ganstudio", *map(quoted, remaining), line, *map(quoted, arguments[end:])])
    return f"{command}   #{comment}" if comment else command


def _replaces(new: str | None, old: str | None) -> bool:
    """Whether a new value replaces an option's old one: not where both are KEY=VALUE with two different keys."""
    keys = [value.partition("=")[0] if value and "=" in value else None for value in (new, old)]
    return None in keys or keys[0] == keys[1]


def _split_options(arguments: Sequence[str], known: Takes) -> Iterator[tuple[str, str | None, list[str]]]:
    """(option, value, its arguments) for each option, and ("", None, [argument]) for every other argument."""
    remaining = iter(arguments)
    for token in remaining:
        name, equals, value = token.partition("=")
        if name not in known:
            yield name if token.startswith("--") else "", None, [token]
        elif known[name] and not equals:
            rest = list(next(([one] for one in remaining), []))
            yield name, rest[0] if rest else None, [token, *rest]
        else:
            yield name, value if equals else None, [token]


def train_command(preset: str, data: str, images: int, *more: str, batch: int | None = None) -> str:
    """`ganstudio train PRESET --data DATA` with a batch that so many images fill; `batch` is None for the preset's."""
    settings = list(more)
    batch_size = min(images, _batch_of(preset) if batch is None else batch)
    if batch is not None or batch_size < _batch_of(preset):
        settings.insert(0, f"training.batch={batch_size}")
    return " ".join(
        [f"ganstudio train {quoted(preset)} --data {quoted(data)}", *(f"--set {quoted(s)}" for s in settings)]
    )


def retrain_command(run: RunView, *more: str) -> str:
    """The `train` command that begins anew with the networks and the data of a run, under other settings."""
    from ganstudio.runs.record import ARCHITECTURE

    record, data = run.record, str(run.record.data["name"]).partition("@")[0]
    if record.architecture_sha256 is None:
        return train_command(record.preset, data, record.count, *more)
    file = run.path / ARCHITECTURE
    short_path = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    return train_command(str(short_path), data, record.count, *more, batch=record.recipe["training"]["batch"])


def _batch_of(preset: str) -> int:
    from ganstudio.recipe.load import read_preset
    from ganstudio.recipe.schema import Training

    default: int = Training.model_fields["batch"].default
    try:
        return int(read_preset(preset, Workspace.locate()).get("training", {}).get("batch", default))
    except (UsageError, AttributeError, TypeError, ValueError):
        return default


def fork_command(run: RunView, *settings: str) -> str:
    """The `fork` command that continues a run under other settings, longer where it has trained all of its length."""
    options = [f"--set {quoted(setting)}" for setting in settings]
    has_length = any(setting.startswith("training.kimg=") for setting in settings)
    if run.state.nimg >= run.kimg_total * 1000 and not has_length:
        options.append(f"--kimg {2 * run.kimg_total:g}")
    return " ".join(["ganstudio runs fork", run.id, *options])


def resume_command(run: RunView) -> str:
    """The `resume` command that continues a run, with more time where its --minutes are spent."""
    spent = run.minutes is not None and run.state.elapsed_s >= run.minutes * 60
    return f"ganstudio runs resume {run.id}{f' --minutes {doubled_minutes(run, run.minutes)}' if spent else ''}"


def doubled_minutes(run: RunView, minutes: float | None) -> int:
    """Twice the minutes that a run has trained, or was given."""
    return math.ceil(2 * max(minutes or 0.0, run.state.elapsed_s / 60))
