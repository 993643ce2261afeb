"""Reads a run that Weights & Biases wrote offline: `offline-run-.../run-ID.wandb`, by W&B's own messages.

The file is a log as LevelDB keeps it: blocks of 32 kB of parts, each with a checksum (CRC-32), a length and a kind. It
begins with `:W&B`, two magic bytes and a version.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError, quoted
from ganstudio.trackers.imports.curves import Curves, Point
from ganstudio.trackers.sink import require_package

_HEAD = b":W&B\xe1\xbe\x00"
_BLOCK = 32768
_PART = struct.Struct("<IHB")  # checksum, length, kind
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")  # as W&B writes them: texts
_FULL, _FIRST, _LAST = 1, 2, 4


def read(folder: Path) -> Curves:
    """The curves of the one offline run in `folder`. Raises UsageError where there is none, or several, or damage."""
    require_package("wandb", "wandb")
    file = _only_run(folder)
    content = file.read_bytes()
    if not content.startswith(_HEAD):
        raise UsageError(f"{file}: is no log of Weights & Biases, or of a version that is not known.")
    from google.protobuf.message import DecodeError
    from wandb.proto import wandb_internal_pb2

    points: list[Point] = []
    for message in _messages(content):
        record = wandb_internal_pb2.Record()  # type: ignore[attr-defined,unused-ignore]
        try:
            record.ParseFromString(message)
        except DecodeError as error:
            raise UsageError(f"{file}: cannot be read: {error}.") from None
        if record.WhichOneof("record_type") == "history":
            points += _points(record.history)
    return Curves("wandb-offline", folder, points)


def _only_run(folder: Path) -> Path:
    if folder.is_file():
        return folder
    files = sorted(path for path in folder.rglob("*.wandb") if path.is_file() and "latest-run" not in path.parts)
    if not files:
        other = next(folder.rglob("*tfevents*"), None)
        hint = f"ganstudio runs import --from tensorboard {quoted(folder)}" if other else None
        raise UsageError(f"{folder}: holds no offline run of Weights & Biases (run-*.wandb).", hint=hint)
    if len(files) > 1:
        named = ", ".join(path.parent.name for path in files[:4])
        raise UsageError(
            f"{folder}: holds {len(files)} runs: {named}{' ...' if files[4:] else ''}. Import them one by one.",
            hint=f"ganstudio runs import --from wandb-offline {quoted(files[0].parent)}",
        )
    return files[0]


def _messages(content: bytes) -> Iterator[bytes]:
    """Each whole message; a log that a kill cut short ends with the last whole one."""
    place, message = len(_HEAD), b""
    while place + _PART.size <= len(content):
        left = _BLOCK - place % _BLOCK
        if left < _PART.size:
            place += left
            continue
        checksum, length, kind = _PART.unpack_from(content, place)
        part = content[place + _PART.size : place + _PART.size + length]
        if len(part) < length or (kind and not _intact(checksum, kind, part)):
            return
        place += _PART.size + length
        message = part if kind in (_FULL, _FIRST) else message + part
        if kind in (_FULL, _LAST):
            yield message


def _intact(checksum: int, kind: int, part: bytes) -> bool:
    return zlib.crc32(part, zlib.crc32(bytes([kind]))) == checksum


def _points(history: Any) -> list[Point]:
    """The numbers of one row of a history. What begins with an underscore is W&B's own."""
    table: dict[str, float] = {}
    for item in history.item:
        value = json.loads(item.value_json)
        if value in _NOT_FINITE:
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            table["/".join(item.nested_key) or item.key] = float(value)
    step, time = int(table.get("_step", history.step.num)), table.get("_timestamp", 0.0)
    return [Point(tag, step, time, value) for tag, value in table.items() if not tag.startswith("_")]
