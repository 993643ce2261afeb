"""`ganstudio export import`: brings somebody else's networks into exports/ under a legal name."""

from __future__ import annotations

import importlib.util
import itertools
import math
import re
import unicodedata
from pathlib import Path

from ganstudio.cli.output import note
from ganstudio.errors import StudioError, UsageError, quoted
from ganstudio.inference.exports import Export
from ganstudio.workspace import Workspace, nearest_path, write_atomic

WEIGHTS = (".pth", ".pt", ".ckpt", ".safetensors")  # what spandrel's networks are published as


def import_model(workspace: Workspace, file: Path, given_range: str | None, name_option: str | None) -> Export:
    """Writes an export of `file` into exports/ and returns it.

    Raises UsageError for what is no generator and no weights that spandrel knows, and for a taken name.
    """
    weights = file.suffix.lower() in WEIGHTS
    low, high = (0.0, 1.0) if weights else parse_range(given_range)
    if weights and given_range is not None:
        raise UsageError(f"--range {given_range}: weights say nothing of a range; theirs is 0,1: leave --range out.")
    name = _export_name(file, name_option)
    path = workspace.exports / f"{name}.onnx"
    if path.exists():
        free = next(f"{name}-{n}" for n in itertools.count(2) if not path.with_name(f"{name}-{n}.onnx").exists())
        hint = f"--name {quoted(free)}   # or first: ganstudio export remove {quoted(name)}"
        raise UsageError(f"{path} is there already.", hint=hint)
    return _import_weights(file, path) if weights else _import_graph(file, path, low, high)


def _import_graph(file: Path, path: Path, low: float, high: float) -> Export:
    """The export at `path` of an ONNX generator."""
    from ganstudio.inference.import_model import imported_export

    content, notes = imported_export(file, low, high, path.stem)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror}.", hint="df -h .") from None
    for line in notes:
        note(line)
    return Export.load(path)


def _import_weights(file: Path, path: Path) -> Export:
    """The export at `path` of the network that spandrel knows by its weights, made and proved by the worker."""
    from ganstudio import bridge

    if not file.is_file():
        raise UsageError(f"{file} is no file. {nearest_path(file)}")
    if importlib.util.find_spec("spandrel") is None:
        raise UsageError(
            f"{file}: weights of other programs are read by the package spandrel, which is not here.",
            hint="pip install 'ganstudio[spandrel]'",
        )
    answer = bridge.call_worker("import-weights", str(file), str(path))
    note(f"{file.name}: {answer['architecture']}, {answer['parameters']:,} parameters")
    for line in answer["notes"]:
        note(f"{path.stem}: {line}.")
    return Export.load(path)


def parse_range(given: str | None) -> tuple[float, float]:
    """The lowest and the highest value of --range. Raises UsageError."""
    if given is None:
        raise UsageError(
            "which values do its images have? An ONNX file does not say.", hint="--range -1,1   # or 0,1 or 0,255"
        )
    try:
        low, high = map(float, given.split(","))
    except ValueError:
        low = high = math.nan
    if not (low < high and math.isfinite(high - low)):
        raise UsageError(f"--range {given}: write the lowest and the highest value, such as -1,1 or 0,1 or 0,255.")
    return low, high


def _export_name(file: Path, name_option: str | None) -> str:
    if name_option is None:
        return default_name(file)
    name = name_option.removesuffix(".onnx")
    if not re.fullmatch(r"[\w@+][\w.@+ -]*", name):
        raise UsageError(
            f"--name {name!r}: a name is made of letters, digits and . _ - @ +, and begins with none of . - .",
            hint=f"--name {quoted(default_name(Path(f'{name}.onnx')))}",
        )
    if name.endswith((".mapping", ".synthesis")):
        raise UsageError(
            f"--name {name}: what ends so is half of another export.", hint=f"--name {quoted(name.replace('.', '-'))}"
        )
    return name


def default_name(file: Path) -> str:
    """The file's name without its suffix, with letters of any language, and "-" for what a name cannot hold.

    `faces (1).onnx` -> `faces-1`
    """
    suffix = next((one for one in (".onnx", *WEIGHTS) if file.name.lower().endswith(one)), "")
    stem = unicodedata.normalize("NFC", file.name[: len(file.name) - len(suffix)])
    legal = "".join(c if c in "_.@+" or unicodedata.category(c)[0] in "LMN" else " " for c in stem)
    name = "-".join(legal.split())[:60].strip("-._")
    return re.sub(r"\.(mapping|synthesis)$", r"-\1", name) or "generator"
