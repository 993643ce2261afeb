"""Candidates for completing a word of a command line, which a shell asks for when Tab is pressed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ganstudio.errors import StudioError
from ganstudio.workspace import Workspace, data_home, expand_path

_SWEEP_COMMANDS = ("show", "compare", "plot", "resume", "stop", "remove")  # which take a sweep's name for all its runs

Candidate = tuple[str, str]  # the word, and what it means


def candidates(root: Any, words: Sequence[str], part: str) -> list[Candidate]:
    """The words that `part`, which follows `words`, may become by the commands of `root`; [] where it may be a file."""
    command, path = root, []
    rest = [word for word in words if word != "="]  # bash takes `--data=mnist` for three words
    part = "" if part == "=" else part
    while hasattr(command, "get_command"):
        if not rest:
            return _starting_with(part, _options(command) if part.startswith("-") else _subcommands(command))
        path.append(rest.pop(0))
        command = command.get_command(None, path[-1])
        if command is None:
            return []
    return _command_candidates(command, path, rest, part)


def _command_candidates(command: Any, path: Sequence[str], words: Sequence[str], part: str) -> list[Candidate]:
    """Candidates for an option, an option's value or an argument of the command at `path`."""
    options = {name: one for one in command.params for name in one.opts if one.param_type_name == "option"}
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    pending, position = None, 0
    for word in words:
        if pending is not None:
            pending = None
        elif word.startswith("-") and len(word) > 1:
            option = options.get(word)  # `--data=mnist` is none, and waits for nothing
            pending = option if option is not None and not option.is_flag else None
        else:
            position += 1
    if pending is not None:
        return _starting_with(part, _values(pending, path, words))
    key, equals, value = part.partition("=")
    if equals and key in options:
        return [(f"{key}={word}", means) for word, means in _starting_with(value, _values(options[key], path, words))]
    if part.startswith("-"):
        return _starting_with(part, _options(command))
    repeated = [one for one in arguments if one.nargs == -1]
    current = arguments[position : position + 1] or repeated
    return _starting_with(part, _values(current[0], path, words)) if current else []


def _starting_with(part: str, known: Iterable[Candidate]) -> list[Candidate]:
    return [one for one in known if one[0].startswith(part) and one[0].isprintable()]


def _subcommands(group: Any) -> list[Candidate]:
    summaries: list[Candidate] = group.summaries()
    return summaries


def _options(command: Any) -> list[Candidate]:
    shown = [one for one in command.params if one.param_type_name == "option" and not getattr(one, "hidden", False)]
    means = [(name, one.help or "") for one in shown for name in one.opts if name.startswith("--")]
    return [*means, ("--help", "Show the command's help."), ("--workspace", "Where runs/ and exports/ are.")]


def _values(parameter: Any, path: Sequence[str], words: Sequence[str]) -> list[Candidate]:
    """The known values of an option or an argument; `words` are those of the command so far."""
    if parameter.name == "domain":
        return _domains(words)
    if parameter.name == "direction":
        return _directions(path, words)
    if parameter.name == "style":
        return _styles(path, words)
    if choices := getattr(parameter.type, "choices", None):
        return [(str(choice), "") for choice in choices]
    if path[0] == "config" and parameter.name == "key":
        return _settings()
    if parameter.param_type_name == "argument" and parameter.name in ("name", "paths"):
        known = {"data": _data_sets, "presets": _presets, "weights": _weights} | {"data add": _catalog_data}
        names = known.get(" ".join(path)) or known.get(path[0])
        return names() if names else []
    if parameter.name == "run" and path[0] == "runs" and path[-1] in _SWEEP_COMMANDS:
        return [*_runs_and_latest(), *_sweeps()]
    return [candidate for source in _VALUE_SOURCES.get(parameter.name, ()) for candidate in source()]


def _runs() -> list[Candidate]:
    folders = sorted(file.parent.name for file in Workspace.locate().runs.glob("*/run.json"))
    return [(name, "run") for name in folders if not name.startswith(".")]


def _runs_and_latest() -> list[Candidate]:
    return [*_runs(), ("latest", "the newest run")]


def _sweeps() -> list[Candidate]:
    """The names of sweeps: the groups of runs that `train --sweep` made."""
    groups = set()
    for name, _ in _runs():
        with contextlib.suppress(OSError, ValueError, AttributeError):
            groups.add(json.loads((Workspace.locate().runs / name / "run.json").read_bytes()).get("group"))
    return [(name, "sweep") for name in sorted(filter(None, groups))]


def _exports() -> list[Candidate]:
    from ganstudio.inference.exports import COMPANIONS

    names = sorted(file.stem for file in Workspace.locate().exports.glob("*.onnx"))
    parts = tuple(f".{part}" for part in COMPANIONS)
    return [(name, "export") for name in names if not name.endswith(parts)]


def _domains(words: Sequence[str]) -> list[Candidate]:
    """The domains that the model among `words` translates to; of all exports where none is named."""
    from ganstudio.inference.exports import find_export, list_exports

    model, workspace = _model_of(words), Workspace.locate()
    found: dict[str, str] = {}
    with contextlib.suppress(StudioError, OSError, ValueError):
        named = find_export(workspace, model) if model else None
        if named is None and model and (record := workspace.runs / model / "run.json").is_file():
            return [(name, f"domain of {model}") for name in json.loads(record.read_bytes())["data"]["classes"]]
        for export in [named] if named else list_exports(workspace)[0]:
            to = export.manifest.translates[1:] or (export.manifest.classes if export.manifest.z_dim is None else ())
            found |= dict.fromkeys(to, f"domain of {export.name}")
    return list(found.items())


def _directions(path: Sequence[str], words: Sequence[str]) -> list[Candidate]:
    """The directions of the model among `words`; for --direction with a strength to be changed.

    The model is what --model says, or the first word of `directions ...`; of all exports where none is named.
    """
    from ganstudio.inference.exports import DIRECTIONS
    from ganstudio.inference.latent.directions import names_beside

    in_group, folder = path[0] == "directions", Workspace.locate().exports
    model = next(filter(None, words), None) if in_group else _model_of(words)
    if model is None:
        exports = [
            file.with_name(f"{file.name.removesuffix(DIRECTIONS)}.onnx") for file in folder.glob(f"*{DIRECTIONS}")
        ]
    else:
        exports = [_export_file(model)]
    end = "" if in_group else "=+1"
    return [(f"{name}{end}", f"direction of {file.stem}") for file in sorted(exports) for name in names_beside(file)]


def _styles(path: Sequence[str], words: Sequence[str]) -> list[Candidate]:
    """The saved styles of the model among `words`; of all exports where none is named. For `art` a generator's too."""
    from ganstudio.inference.exports import STYLES
    from ganstudio.inference.style.saved_styles import RANDOM, names_beside

    folder = Workspace.locate().exports
    if path[0] == "art":
        model = next(filter(None, words), None)
        through = _model_of(words, "--through")
        exports = [_export_file(name) for name in (model, through) if name]
        own = _classes_and_directions(_export_file(model)) if model else []
    else:
        named = _model_of(words)
        all_files = (file.with_name(f"{file.name.removesuffix(STYLES)}.onnx") for file in folder.glob(f"*{STYLES}"))
        exports, own = ([_export_file(named)] if named else sorted(all_files)), []
    saved = [(name, f"style of {file.stem}") for file in exports for name in names_beside(file)]
    return [*([(RANDOM, "chosen by the seed")] if path[0] == "art" else []), *own, *saved]


def _classes_and_directions(export: Path) -> list[Candidate]:
    """The styles of a generator that can be told without opening it."""
    from ganstudio.inference.latent.directions import names_beside
    from ganstudio.inference.manifest import read_manifest

    classes: tuple[str, ...] = ()
    with contextlib.suppress(StudioError, OSError):
        manifest = read_manifest(export)
        classes = manifest.classes if manifest else ()
    found = [(name, f"class of {export.stem}") for name in classes]
    return [*found, *((name, f"direction of {export.stem}") for name in names_beside(export))]


def _export_file(model: str) -> Path:
    """The file that a model's name or path means."""
    folder = Workspace.locate().exports
    return expand_path(model) if len(Path(model).parts) > 1 else folder / f"{model.removesuffix('.onnx')}.onnx"


def _model_of(words: Sequence[str], flag: str = "--model") -> str | None:
    """What --model, or another flag, says among `words`."""
    said = " ".join(words).replace(f"{flag}=", f"{flag} ").split(" ")
    return next((said[place + 1] for place, word in enumerate(said[:-1]) if word == flag), None)


def _layers() -> list[Candidate]:
    from ganstudio.inference.latent.layers import COARSE_PX, GROUPS, MIDDLE_PX

    means = (f"maps of up to {COARSE_PX} px", f"of up to {MIDDLE_PX} px", "of larger maps")
    return [*zip(GROUPS, means, strict=True), ("0-3", "by number")]


def _settings() -> list[Candidate]:
    """The settings that can stand in a file."""
    from ganstudio.settings.known import SETTINGS

    return [(key, setting.means or "") for key, setting in SETTINGS.items() if setting.file]


def _presets() -> list[Candidate]:
    folders = Workspace.locate().presets
    return [(name, "preset") for name in sorted({file.stem for folder in folders for file in folder.glob("*.toml")})]


def _data_sets() -> list[Candidate]:
    names = sorted(file.parent.name for file in data_home().glob("*/manifest.json"))
    return [(name, "packed") for name in names if not name.startswith(".")]


def _catalog_data() -> list[Candidate]:
    from ganstudio.data.catalog import KNOWN

    packed = {name for name, _ in _data_sets()}
    return [(name, "packed on first use") for name in KNOWN if name not in packed]


def _weights() -> list[Candidate]:
    from ganstudio.weights import WEIGHTS

    return [(known.name, known.summary) for known in WEIGHTS.values()]


# functions that return the values of an option or argument, by its name
_VALUE_SOURCES: dict[str, tuple[Callable[[], list[Candidate]], ...]] = {
    **dict.fromkeys(("run", "from_run", "against_run"), (_runs_and_latest,)),
    **dict.fromkeys(("data", "against"), (_data_sets, _catalog_data)),
    **dict.fromkeys(("model", "through", "upscale"), (_exports, _runs)),
    "target": (_runs_and_latest, _exports, _data_sets),
    "preset": (_presets,),
    "layers": (_layers,),
}
