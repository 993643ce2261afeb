"""What an export says about itself: JSON under the metadata key `ganstudio` of the .onnx file.

It is read from the file's outermost protobuf fields alone, the graph with its weights is stepped over: a list of
exports costs neither `import onnx` (a quarter of a second) nor reading the weights.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ganstudio.errors import UsageError
from ganstudio.inference.codes import Code, codes_of
from ganstudio.recipe.allowed_values import EMA_STDS
from ganstudio.workspace import nearest_path

KEY = "ganstudio"
FORMAT = 1

# The PSNR against fp32's pictures, in dB, below which an export is refused. Writing 8-bit pixels costs 58.9 dB. fp16
# may cost a little more than that, int8 what a good JPEG does.
LEAST_DB = {"fp16": 50.0, "int8": 30.0}

# Field numbers of onnx.ModelProto and of its StringStringEntryProto.
_GRAPH, _METADATA = 7, 14
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_CHUNK = 2**20
_LARGEST = 2**63
_LARGEST_FACTOR = 2**10  # that a network enlarges by, or whose multiples its sizes are


@dataclass(frozen=True)
class TensorSpec:
    """One input or output; a string in `shape` names a size that each call chooses, `N` being the batch."""

    name: str
    shape: tuple[int | str, ...]
    dtype: str


@dataclass(frozen=True)
class ExportManifest:
    """`image_shape` is (C, H, W), or (C, T|D, H, W) of clips and voxel grids.

    `z_dim` is None where images go in; `classes` is empty for an unconditional model, `codes` for one without codes
    within its z: see inference/codes.py. `reads` are the pretrained networks that its training learned by: no score of
    it is made in their features.

    Where images go in, `source` [N, C, H, W] says by its shape which sizes it takes: a number is the only one, a name
    means any multiple of `multiple`. What comes out is `scale` times as high and wide. `radius` is how many pixels of
    the source around a place can change what is made of it; None where that is not known, or all of them can.
    `translates` are the domain that a network translates from and the one to; empty where it has several or none.
    """

    name: str
    task: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    z_dim: int | None
    classes: tuple[str, ...]
    image_shape: tuple[int | str, ...]
    value_range: tuple[float, float]
    opset: int
    precision: str
    run: str | None
    checkpoint_nimg: int | None
    recipe_fingerprint: str | None
    ganstudio: str
    parity: dict[str, float] | None  # n, max_abs, mean_abs: torch against onnxruntime; psnr_db of fp16 and int8
    latency_ms: dict[str, dict[str, float]] | None  # torch and onnxruntime, each by batch
    sha256: str
    ema: dict[str, Any] | None = None  # of an average put together after training: std, error, checkpoints, fakes
    codes: tuple[Code, ...] = ()
    run_created: str | None = None  # when its run was made: ids come again. None of earlier versions
    reads: tuple[str, ...] = ()
    scale: int = 1
    radius: int | None = None
    multiple: int = 1
    translates: tuple[str, ...] = ()
    blend: dict[str, Any] | None = None  # run, checkpoint_nimg, share, fakes of another run's weights in these
    tuned: dict[str, Any] | None = None  # of, sha256: the export whose weights were tuned for one picture

    @property
    def has_psi(self) -> bool:
        """Whether truncation is one of its inputs."""
        return any(spec.name == "psi" for spec in self.inputs)

    def dumps(self) -> str:
        """The text for the file's metadata."""
        return json.dumps({"format": FORMAT} | asdict(self), allow_nan=False)

    @classmethod
    def loads(cls, text: str, where: str) -> ExportManifest:
        """What `dumps` wrote; `where` opens the message. Raises UsageError for a newer format and for anything else."""
        try:
            fields = json.loads(text)
            if fields["format"] != FORMAT:
                hint = "pip install --upgrade ganstudio"
                raise UsageError(f"{where}: manifest format {fields['format']} is not known here, only {FORMAT}.", hint)
            return cls(
                name=str(fields["name"]),
                task=str(fields["task"]),
                inputs=_tensors(fields["inputs"]),
                outputs=_tensors(fields["outputs"]),
                z_dim=_count(fields["z_dim"]),
                classes=tuple(str(name) for name in fields["classes"]),
                image_shape=tuple(_side(one) for one in fields["image_shape"]),
                value_range=_pair(fields["value_range"]),
                opset=int(fields["opset"]),
                precision=str(fields["precision"]),
                run=_text(fields["run"]),
                checkpoint_nimg=_count(fields["checkpoint_nimg"]),
                recipe_fingerprint=_text(fields["recipe_fingerprint"]),
                ganstudio=str(fields["ganstudio"]),
                parity=_parity(fields["parity"]),
                latency_ms=_latency(fields["latency_ms"]),
                sha256=str(fields["sha256"]),
                ema=_ema(fields.get("ema")),
                codes=codes_of(fields.get("codes", ())),
                run_created=_text(fields.get("run_created")),
                reads=tuple(str(name) for name in fields.get("reads", ())),
                scale=_factor(fields.get("scale", 1)),
                radius=_count(fields.get("radius")),
                multiple=_factor(fields.get("multiple", 1)),
                translates=tuple(str(name) for name in fields.get("translates", ())),
                blend=_blend(fields.get("blend")),
                tuned=_tuned(fields.get("tuned")),
            )
        except KeyError as error:
            raise UsageError(f"{where}: its manifest lacks {error.args[0]!r}.") from None
        except (TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            raise UsageError(f"{where}: its manifest cannot be read ({error}).") from None


def read_manifest(path: Path) -> ExportManifest | None:
    """The manifest inside `path`, or None where an ONNX file carries none.

    Raises:
        UsageError: no such file, no ONNX file, a file cut short, or a manifest that cannot be read.
    """
    text = read_metadata(path).get(KEY)
    return None if text is None else ExportManifest.loads(text, str(path))


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata_props of an ONNX file. Raises UsageError where it is missing, cut short or something else."""
    entries: dict[str, str] = {}
    graph = False
    with _reading(path) as file:
        for field, start, length in _fields(file, path.stat().st_size):
            graph = graph or field == _GRAPH
            if field == _METADATA:
                key, value = _entry(file, start, length)
                entries[key] = value
    if not graph:
        raise UsageError(f"{path} is no ONNX file: it holds no graph.")
    return entries


def content_hash(path: Path) -> str:
    """The SHA-256 that `Manifest.sha256` is compared with: of all but the metadata, so graph, weights and opsets.

    Raises UsageError as `read_metadata` does.
    """
    digest = hashlib.sha256()
    with _reading(path) as file:
        end = 0
        for field, start, length in _fields(file, path.stat().st_size):
            begin, end = end, start + length
            if field == _METADATA:
                continue
            file.seek(begin)
            for position in range(begin, end, _CHUNK):
                digest.update(file.read(min(_CHUNK, end - position)))
    return digest.hexdigest()


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist. {nearest_path(path)}", hint="ganstudio export list") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise UsageError(f"{path} is no ONNX file, or was cut short or damaged.") from None


def _entry(file: BinaryIO, start: int, length: int) -> tuple[str, str]:
    parts = {_ENTRY_KEY: "", _ENTRY_VALUE: ""}
    for field, where, count in _fields(file, start + length, start):
        file.seek(where)
        parts[field] = file.read(count).decode()
    return parts[_ENTRY_KEY], parts[_ENTRY_VALUE]


def _fields(file: BinaryIO, end: int, start: int = 0) -> Iterator[tuple[int, int, int]]:
    """(field number, start, length) of each protobuf field between two offsets; ValueError where they are none."""
    position = start
    while position < end:
        file.seek(position)
        tag = _varint(file)
        match tag & 7:
            case 0:
                begin = file.tell()
                _varint(file)
                length = file.tell() - begin
            case 1:
                begin, length = file.tell(), 8
            case 2:
                length = _varint(file)
                begin = file.tell()
            case 5:
                begin, length = file.tell(), 4
            case wire_type:
                raise ValueError(f"wire type {wire_type}")
        position = begin + length
        if position > end or tag < 8:
            raise ValueError("a field that does not fit")
        yield tag >> 3, begin, length


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ValueError("a number that does not end")


def _tensors(given: list[dict[str, Any]]) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(str(one["name"]), tuple(map(_side, one["shape"])), str(one["dtype"])) for one in given)


def _side(given: Any) -> int | str:
    if type(given) not in (int, str):
        raise TypeError(f"{given!r} is no size")
    size: int | str = given
    return size


def _text(given: Any) -> str | None:
    return None if given is None else str(given)


def _count(given: Any) -> int | None:
    if given is None:
        return None
    count = int(given)
    if not 0 <= count < _LARGEST:
        raise ValueError("a count that nothing has")
    return count


def _factor(given: Any) -> int:
    """What sizes are multiplied by."""
    factor = int(given)
    if not 1 <= factor <= _LARGEST_FACTOR:
        raise ValueError(f"{factor} is no factor")
    return factor


def _finite(given: Any) -> float:
    """A number that JSON has: no NaN, no infinity."""
    number = float(given)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number to go by")
    return number


def _pair(given: Any) -> tuple[float, float]:
    low, high = given
    return _finite(low), _finite(high)


def _parity(given: Any) -> dict[str, float] | None:
    if given is None:
        return None
    parity = {"n": int(given["n"]), "max_abs": _finite(given["max_abs"]), "mean_abs": _finite(given["mean_abs"])}
    return parity | ({"psnr_db": _finite(given["psnr_db"])} if "psnr_db" in given else {})


def _ema(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    std, checkpoints = _finite(given["std"]), [_count(nimg) for nimg in given["checkpoints"]]
    if not EMA_STDS[0] <= std <= EMA_STDS[1] or not checkpoints:
        raise ValueError("an average that nothing makes")
    return {"std": std, "error": _finite(given["error"]), "checkpoints": checkpoints, "fakes": _count(given["fakes"])}


def _blend(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    share = _finite(given["share"])
    if not 0 <= share <= 1:
        raise ValueError("a blend that nothing makes")
    counts = {key: _count(given[key]) for key in ("checkpoint_nimg", "fakes")}
    return {"run": str(given["run"]), "share": share, **counts}


def _tuned(given: Any) -> dict[str, Any] | None:
    return given and {key: str(given[key]) for key in ("of", "sha256")}


def _latency(given: Any) -> dict[str, dict[str, float]] | None:
    return given and {who: {batch: _finite(ms) for batch, ms in times.items()} for who, times in given.items()}
