"""Folders that became classes and are none: parts of a data set such as train and val, a folder around everything."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from ganstudio.data.manifest import Manifest

_PART = re.compile(
    r"(train|training|val|valid|validate|validation|dev|devel|eval|evaluation|test|testing|hold[-_ ]?out)"
    r"([-_ ]?(set|data|images?|imgs?|split|part|[ab]|\d{1,4}))*",
    re.IGNORECASE,
)


def folder_advice(manifest: Manifest) -> list[str]:
    """Sentences on classes whose folders are probably none, each with what to type; [] where all is well."""
    if manifest.packing is None or manifest.packing.labels not in ("auto", "folders"):
        return []
    parts = [name for name in manifest.classes if _PART.fullmatch(name)]
    if len(parts) > 1 or (parts and len(manifest.classes) == 1):
        return [_on_parts(manifest, parts)]
    alike = defaultdict[str, list[str]](list)
    for name in manifest.classes:
        alike[name.casefold()].append(name)
    told = [
        f"{' and '.join(names)} differ in capitals alone, and are classes of their own."
        for names in alike.values()
        if len(names) > 1
    ]
    return told + (_on_one_folder(manifest) if len(manifest.classes) == 1 else [])


def _on_parts(manifest: Manifest, parts: list[str]) -> str:
    part = next((name for name in parts if name.lower().startswith("train")), parts[0])
    name = f"--name {manifest.name}-{re.sub(r'[^A-Za-z0-9._-]+', '-', part)}"
    source = Path(manifest.source)
    if source.is_file():
        unpacked = source.with_suffix("")
        command = f"unzip {_quoted(source)} -d {_quoted(unpacked)}, then, with its path, ganstudio data add .../{part}"
    else:
        command = f"ganstudio data add {_quoted(source / part)}"
    return (
        f"{', '.join(parts)}: these folders are named as the splits of a data set, and became classes. "
        f"To take the classes inside one of them: {command} {name}"
    )


def _on_one_folder(manifest: Manifest) -> list[str]:
    (only,) = manifest.classes
    around, inside = Path(manifest.source) / only, list[str]()
    with suppress(OSError):
        inside = sorted(entry.name for entry in around.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if len(inside) < 2:
        return []
    shown = ", ".join(inside[:3]) + (", ..." if len(inside) > 3 else "")
    return [
        f"All pictures lie in one folder, {only}, which became the only class. To take the folders inside it "
        f"({shown}) as classes: ganstudio data add {_quoted(around)} --name {manifest.name}-2"
    ]


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
