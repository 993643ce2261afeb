"""`ganstudio export import`: brings somebody else's ONNX generator into exports/ under a legal name."""

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


def import_model(workspace: Workspace, file: Path, given_range: str, name_option: str | None) -> Export:
    """Writes `file` into exports/ and returns the export. Raises UsageError for no generator or a taken name."""
    from ganstudio.inference.import_model import imported_export

    low, high = _parse_range(given_range)
    name = _export_name(file, name_option)
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


def _parse_range(given: str) -> tuple[float, float]:
    """The lowest and the highest value of --range. Raises UsageError."""
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
    stem = unicodedata.normalize("NFC", file.name.removesuffix(".onnx"))
    legal = "".join(c if c in "_.@+" or unicodedata.category(c)[0] in "LMN" else " " for c in stem)
    name = "-".join(legal.split())[:60].strip("-._")
    return re.sub(r"\.(mapping|synthesis)$", r"-\1", name) or "generator"
