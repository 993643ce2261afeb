"""TensorBoard's event files, by the package `tensorboard` alone: neither torch nor tensorflow is needed.

One file, appended to. The same events give the same bytes: wall times are those at which the run had trained so long. A
resume is told as TensorFlow tells a restart, by `SessionLog.START`: readers then forget what lies behind it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from ganstudio.errors import UsageError, quoted
from ganstudio.runs.record import RunRecord
from ganstudio.trackers.names import REAL, RECIPE, STEPS, STEPS_TEXT
from ganstudio.trackers.records import Picture, Record, Scalar, Text, began_at, hyperparameters

_PNG_SIZE = slice(16, 24)  # width and height in a PNG's header


class TensorBoardFiles:
    """The event file of one run in `folder`."""

    appends: ClassVar[bool] = True
    restores: ClassVar[bool] = True
    rewinds: ClassVar[bool] = True

    def __init__(self, folder: Path, run_dir: Path, record: RunRecord) -> None:
        self._record, self._run_dir = record, run_dir
        self._began = began_at(record)
        self.path = folder / f"events.out.tfevents.{int(self._began):010}.{record.id}"
        self._file: BinaryIO | None = None
        self._length = 0

    def check(self, folder: Path) -> None:
        others = [path for path in folder.glob("*tfevents*") if path.name != self.path.name]
        if others:
            raise UsageError(
                f"{folder} holds curves of something else: {others[0].name}. TensorBoard would show them as one run.",
                hint=f"ganstudio runs export {self._record.id} --to tensorboard {quoted(folder / self._record.id)}",
            )

    def open(self, kept: dict[str, Any] | None, anew: bool) -> None:
        length = 0 if anew or kept is None else int(kept["length"])
        if self._file is not None:
            self._file.close()
        if not self.path.exists() or self.path.stat().st_size < length:
            anew, length = True, 0
        self._file = self.path.open("r+b" if self.path.exists() else "w+b")
        self._file.truncate(length)
        self._file.seek(length)
        if anew:
            self._write_head()

    def rewind(self, nimg: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog

        # readers keep what has a lower step than that of START
        self._append(Event(step=nimg + 1, wall_time=self._began, session_log=SessionLog(status=SessionLog.START)))

    def write(self, records: Sequence[Record]) -> None:
        for (step, time), group in groupby(records, key=lambda one: one[:2]):
            self._append_summary(step, time, map(_value, group))

    def flush(self) -> dict[str, Any]:
        if self._file is not None:
            self._file.flush()
            self._length = self._file.tell()
        return {"file": self.path.name, "length": self._length}

    def close(self) -> None:
        if self._file is not None:
            self.flush()
            self._file.close()
            self._file = None

    def _write_head(self) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._append(Event(wall_time=self._began, file_version="brain.Event:2"))
        values = [_hyperparameters(self._record, self._began), _text(RECIPE, _recipe_table(self._record))]
        self._append_summary(0, self._began, [*values, _text(STEPS, STEPS_TEXT)])
        if (real := self._run_dir / "real.png").is_file():
            self._append_summary(0, self._began, [_picture(REAL, real)])

    def _append_summary(self, step: int, time: float, values: Iterable[Any]) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        self._append(Event(step=step, wall_time=time, summary=Summary(value=values)))

    def _append(self, event: Any) -> None:
        from tensorboard.summary.writer.record_writer import RecordWriter

        RecordWriter(self._file).write(event.SerializeToString(deterministic=True))


def _value(record: Record) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    match record:
        case Scalar():
            return Summary.Value(tag=record.tag, simple_value=record.value)
        case Picture():
            return _picture(record.tag, record.path)
        case Text():
            return _text(record.tag, record.text)


def _picture(tag: str, path: Path) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    content = path.read_bytes()
    width, height = struct.unpack(">II", content[_PNG_SIZE]) if len(content) > _PNG_SIZE.stop else (0, 0)
    image = Summary.Image(encoded_image_string=content, width=width, height=height, colorspace=3)
    return Summary.Value(tag=tag, image=image)


def _text(tag: str, text: str) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboard.plugins.text.metadata import create_summary_metadata

    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
    tensor = TensorProto(dtype="DT_STRING", string_val=[text.encode(errors="replace")], tensor_shape=shape)
    return Summary.Value(tag=tag, tensor=tensor, metadata=create_summary_metadata(tag, ""))


def _hyperparameters(record: RunRecord, began: float) -> Any:
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb

    return hparams_pb(hyperparameters(record), trial_id=record.id, start_time_secs=began).value[0]


def _recipe_table(record: RunRecord) -> str:
    """The recipe as a table of Markdown."""
    rows = [f"| {key} | {_cell(value)} |" for key, value in hyperparameters(record).items()]
    return "\n".join(["| knob | value |", "|---|---|", *rows])


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
