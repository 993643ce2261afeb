"""What a word of a command line may become: the shells ask, when Tab is pressed, and show what stands here."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ganstudio.workspace import Workspace, data_home

_OF_SWEEPS = ("show", "compare", "plot", "resume", "stop", "remove")  # which take a sweep's name for all its runs

Candidate = tuple[str, str]  # the word, and what it means


def candidates(root: Any, words: Sequence[str], part: str) -> list[Candidate]:
    """What `part`, which stands after `words`, may become by the commands of `root`; [] where it may be a file."""
    command, path = root, []
    rest = [word for word in words if word != "="]  # bash takes `--data=mnist` for three words
    part = "" if part == "=" else part
    while hasattr(command, "get_command"):
        if not rest:
            return _beginning(part, _options(command) if part.startswith("-") else _commands(command))
        path.append(rest.pop(0))
        command = command.get_command(None, path[-1])
        if command is None:
            return []
    return _of_command(command, path, rest, part)


def _of_command(command: Any, path: Sequence[str], words: Sequence[str], part: str) -> list[Candidate]:
    options = {name: one for one in command.params for name in one.opts if one.param_type_name == "option"}
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    waiting, given = None, 0
    for word in words:
        if waiting is not None:
            waiting = None
        elif word.startswith("-") and len(word) > 1:
            option = options.get(word)  # `--data=mnist` is none, and waits for nothing
            waiting = option if option is not None and not option.is_flag else None
        else:
            given += 1
    if waiting is not None:
        return _beginning(part, _values(waiting, path))
    key, equals, value = part.partition("=")
    if equals and key in options:
        return [(f"{key}={word}", means) for word, means in _beginning(value, _values(options[key], path))]
    if part.startswith("-"):
        return _beginning(part, _options(command))
    many = [one for one in arguments if one.nargs == -1]
    taken = arguments[given : given + 1] or many
    return _beginning(part, _values(taken[0], path)) if taken else []


def _beginning(part: str, known: Iterable[Candidate]) -> list[Candidate]:
    return [one for one in known if one[0].startswith(part) and one[0].isprintable()]


def _commands(group: Any) -> list[Candidate]:
    summaries = getattr(group, "summaries", None)
    if summaries is not None:
        return list(summaries.items())
    return [(name, one.get_short_help_str(70)) for name, one in group.commands.items() if not one.hidden]


def _options(command: Any) -> list[Candidate]:
    shown = [one for one in command.params if one.param_type_name == "option" and not getattr(one, "hidden", False)]
    means = [(name, one.help or "") for one in shown for name in one.opts if name.startswith("--")]
    return [*means, ("--help", "Show the command's help."), ("--workspace", "Where runs/ and exports/ are.")]


def _values(parameter: Any, path: Sequence[str]) -> list[Candidate]:
    """The values that are known of an option or an argument."""
    if choices := getattr(parameter.type, "choices", None):
        return [(str(choice), "") for choice in choices]
    if parameter.param_type_name == "argument" and parameter.name in ("name", "path"):
        known = {"data": _data_sets, "presets": _presets, "weights": _weights} | {"data add": _known_data}
        names = known.get(" ".join(path)) or known.get(path[0])
        return names() if names else []
    if parameter.name == "run" and path[0] == "runs" and path[-1] in _OF_SWEEPS:
        return [*_runs_and_latest(), *_sweeps()]
    return [found for look in _KNOWN.get(parameter.name, ()) for found in look()]


def _runs() -> list[Candidate]:
    folders = sorted(file.parent.name for file in Workspace.locate().runs.glob("*/run.json"))
    return [(name, "run") for name in folders if not name.startswith(".")]


def _runs_and_latest() -> list[Candidate]:
    return [*_runs(), ("latest", "the newest run")]


def _sweeps() -> list[Candidate]:
    """The groups that runs were made in by `train --sweep`."""
    found = set()
    for name, _ in _runs():
        with contextlib.suppress(OSError, ValueError, AttributeError):
            found.add(json.loads((Workspace.locate().runs / name / "run.json").read_bytes()).get("group"))
    return [(name, "sweep") for name in sorted(filter(None, found))]


def _exports() -> list[Candidate]:
    names = sorted(file.stem for file in Workspace.locate().exports.glob("*.onnx"))
    return [(name, "export") for name in names if not name.endswith((".mapping", ".synthesis"))]


def _presets() -> list[Candidate]:
    folders = Workspace.locate().presets
    return [(name, "preset") for name in sorted({file.stem for folder in folders for file in folder.glob("*.toml")})]


def _data_sets() -> list[Candidate]:
    found = sorted(file.parent.name for file in data_home().glob("*/manifest.json"))
    return [(name, "packed") for name in found if not name.startswith(".")]


def _known_data() -> list[Candidate]:
    from ganstudio.data.catalog import KNOWN

    packed = {name for name, _ in _data_sets()}
    return [(name, "packed on first use") for name in KNOWN if name not in packed]


def _weights() -> list[Candidate]:
    from ganstudio.weights import WEIGHTS

    return [(known.name, known.summary) for known in WEIGHTS.values()]


# by the name of an option or argument
_KNOWN: dict[str, tuple[Callable[[], list[Candidate]], ...]] = {
    **dict.fromkeys(("run", "from_run", "against_run"), (_runs_and_latest,)),
    **dict.fromkeys(("data", "against"), (_data_sets, _known_data)),
    "model": (_exports, _runs),
    "target": (_runs_and_latest, _exports, _data_sets),
    "preset": (_presets,),
}
