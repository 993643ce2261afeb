"""What a person may type next: the line `try:` below an error, and commands that more than one place suggests.

errors.py says what a hint may be. Here it becomes what can be typed where the command that failed was typed.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.errors import UsageError, quoted
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.runs.store import RunView

Takes = Mapping[str, bool]  # whether an option takes a value, by its name

GLOBAL: Takes = {"--workspace": True, "--debug": False}
_OURS = re.compile(r"(?<![^\s(])ganstudio (?=[a-z])")


def as_typed(hint: str, arguments: Sequence[str], known: Takes) -> str:
    """`hint` as it can be typed where `arguments` failed, a command that takes the options `known`.

    Options are put to that command, in the place of those that they replace; a command gets its --workspace.
    """
    known = {**known, **GLOBAL}
    if hint.startswith("--"):
        line, _, comment = hint.partition("   #")
        return _with_options(hint, line, comment, arguments, known)
    places = [value for name, value, _ in _parts(arguments, known) if name == "--workspace" and value]
    return _OURS.sub(lambda _: f"ganstudio --workspace {quoted(places[-1])} ", hint) if places else hint


def words(arguments: Sequence[str]) -> list[str]:
    """`arguments` without the global options: the names of commands come first in it."""
    return [token for name, _, tokens in _parts(arguments, GLOBAL) if name not in GLOBAL for token in tokens]


def _with_options(hint: str, line: str, comment: str, arguments: Sequence[str], known: Takes) -> str:
    new = [(name, value) for name, value, _ in _parts(shlex.split(line), known)]
    if not all(name in known for name, _ in new):
        return hint  # they belong to another command
    out = set(re.findall(r"instead of (--[a-z-]+)", comment))
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [
        token
        for name, value, tokens in _parts(arguments[:end], known)
        if name not in out and not any(name == other and _replaces(text, value) for other, text in new)
        for token in tokens
    ]
    told = " ".join(["ganstudio", *map(quoted, kept), line, *map(quoted, arguments[end:])])
    return f"{told}   #{comment}" if comment else told


def _replaces(new: str | None, old: str | None) -> bool:
    """Whether an option's old value goes: not where both are KEY=VALUE with two different keys."""
    keys = [value.partition("=")[0] if value and "=" in value else None for value in (new, old)]
    return None in keys or keys[0] == keys[1]


def _parts(arguments: Sequence[str], known: Takes) -> Iterator[tuple[str, str | None, list[str]]]:
    """(option, value, the arguments that it is written in) of each option, ("", None, [argument]) of what is none."""
    waiting = iter(arguments)
    for token in waiting:
        name, equals, value = token.partition("=")
        if name not in known:
            yield name if token.startswith("--") else "", None, [token]
        elif known[name] and not equals:
            rest = list(next(([one] for one in waiting), []))
            yield name, rest[0] if rest else None, [token, *rest]
        else:
            yield name, value if equals else None, [token]


def training(what: str, data: str, images: int, *more: str, batch: int | None = None) -> str:
    """`ganstudio train WHAT --data DATA` with a batch that so many images fill; `batch` is that of WHAT, a preset."""
    settings = list(more)
    least = min(images, _batch_of(what) if batch is None else batch)
    if batch is not None or least < _batch_of(what):
        settings.insert(0, f"training.batch={least}")
    return " ".join(
        [f"ganstudio train {quoted(what)} --data {quoted(data)}", *(f"--set {quoted(s)}" for s in settings)]
    )


def training_again(run: RunView, *more: str) -> str:
    """The `train` that begins anew with the networks and the data of a run, under other settings."""
    from ganstudio.runs.record import ARCHITECTURE

    record, data = run.record, str(run.record.data["name"]).partition("@")[0]
    if record.architecture_sha256 is None:
        return training(record.preset, data, record.count, *more)
    file = run.path / ARCHITECTURE
    shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    return training(str(shown), data, record.count, *more, batch=record.recipe["training"]["batch"])


def _batch_of(preset: str) -> int:
    from ganstudio.recipe.load import read_preset
    from ganstudio.recipe.schema import Training

    usual: int = Training.model_fields["batch"].default
    try:
        return int(read_preset(preset, Workspace.locate()).get("training", {}).get("batch", usual))
    except (UsageError, AttributeError, TypeError, ValueError):
        return usual


def forking(run: RunView, *settings: str) -> str:
    """The `fork` that goes on with a run under other settings, longer where it has trained all of its length."""
    told = [f"--set {quoted(setting)}" for setting in settings]
    if run.state.nimg >= run.kimg_total * 1000 and not any(one.startswith("training.kimg=") for one in settings):
        told.append(f"--kimg {2 * run.kimg_total:g}")
    return " ".join(["ganstudio runs fork", run.id, *told])


def resuming(run: RunView) -> str:
    """The `resume` that goes on with a run, with more time where its --minutes are spent."""
    spent = run.minutes is not None and run.state.elapsed_s >= run.minutes * 60
    return f"ganstudio runs resume {run.id}{f' --minutes {more_minutes(run, run.minutes)}' if spent else ''}"


def more_minutes(run: RunView, minutes: float | None) -> int:
    """Twice the time that a run has had, or was given."""
    return math.ceil(2 * max(minutes or 0.0, run.state.elapsed_s / 60))
