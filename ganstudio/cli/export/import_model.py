"""The files that `ganstudio export import` reads and makes."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from pathlib import Path

from ganstudio.cli.output import note
from ganstudio.errors import StudioError, UsageError, quoted
from ganstudio.inference.exports import Export
from ganstudio.workspace import Workspace, write_atomic


def adopted(workspace: Workspace, file: Path, given_range: str, asked_name: str | None) -> Export:
    """The export that was made of `file`. Raises UsageError where it cannot be one, or its name is taken."""
    from ganstudio.inference.import_model import imported_export

    low, high = _range(given_range)
    name = _name(file, asked_name)
    path = workspace.exports / f"{name}.onnx"
    if path.exists():
        free = next(f"{name}-{n}" for n in itertools.count(2) if not path.with_name(f"{name}-{n}.onnx").exists())
        hint = f"--name {quoted(free)}   # or first: ganstudio export remove {quoted(name)}"
        raise UsageError(f"{path} is there already.", hint=hint)
    content, notes = imported_export(file, low, high, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror}.", hint="df -h .") from None
    for line in notes:
        note(line)
    return Export.load(path)


def _range(given: str) -> tuple[float, float]:
    try:
        low, high = map(float, given.split(","))
    except ValueError:
        low = high = math.nan
    if not (low < high and math.isfinite(high - low)):
        raise UsageError(f"--range {given}: write the lowest and the highest value, such as -1,1 or 0,1 or 0,255.")
    return low, high


def _name(file: Path, asked: str | None) -> str:
    if asked is None:
        return default_name(file)
    name = asked.removesuffix(".onnx")
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
    """The file's name without its suffix, letters of any language kept, with "-" for what a name cannot hold.

    `faces (1).onnx` -> `faces-1`
    """
    stem = unicodedata.normalize("NFC", file.name.removesuffix(".onnx"))
    legal = "".join(c if c in "_.@+" or unicodedata.category(c)[0] in "LMN" else " " for c in stem)
    name = "-".join(legal.split())[:60].strip("-._")
    return re.sub(r"\.(mapping|synthesis)$", r"-\1", name) or "generator"
