"""The files of CIFAR-10, CIFAR-100 (Krizhevsky 2009), SVHN (Netzer et al. 2011) and STL-10 (Coates et al. 2011).

CIFAR's batches are pickles or plain bytes, in a folder or the tar file that they come in. Of a pickle only arrays,
names and numbers are read; one that asks for anything else is refused.
"""

from __future__ import annotations

import pickle
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.sources.arrays import BLOCK_BYTES, find_file, stamp
from ganstudio.data.sources.parts import canonical_part, choose_part
from ganstudio.data.sources.source import Stack
from ganstudio.errors import DataError
from ganstudio.workspace import digest_of

_SIDE, _PIXELS = 32, 3072
_BATCH = re.compile(r"(data_batch_\d|test_batch)(\.bin)?|(train|test)(\.bin)?")
_NAMES = re.compile(r"batches\.meta(\.txt)?|meta|fine_label_names\.txt")
# An array in a pickle is made by the first two, of bytes that the third turns into.
_HARMLESS = {
    *(("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct")),
    *(("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")),
}


def is_here(path: Path) -> bool:
    """Whether `path` holds batches of CIFAR, or the tar file of them."""
    if path.is_dir():
        names = {file.name.removesuffix(".bin") for file in path.iterdir()}
        return "data_batch_1" in names or (
            {"train", "test"} <= names and bool({"meta", "fine_label_names.txt"} & names)
        )
    return bool(re.fullmatch(r"cifar.*\.tar(\.gz)?|data_batch_\d(\.bin)?|test_batch(\.bin)?", path.name))


def read_cifar(path: Path, part: str = "") -> Stack:
    """The images of one part, `train` or `test`; CIFAR-100 with its fine labels. Raises DataError, and UsageError."""
    files = _files(path)
    part_of_batch = {
        name: "test" if name.startswith("test") else "train" for name in sorted(files) if _BATCH.fullmatch(name)
    }
    if not part_of_batch:
        raise DataError(f"{path}: holds no batches of CIFAR.")
    part, note = choose_part(part_of_batch.values(), canonical_part(part), path.name)
    batches = [name for name in part_of_batch if part_of_batch[name] == part]
    parts = [
        _read_binary(files, name) if name.endswith(".bin") else _read_pickle(files[name], name) for name in batches
    ]
    pixels, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    classes = _class_names(files) or tuple(str(k) for k in range(int(labels.max()) + 1))
    origin = [path] if path.is_file() else [path / name for name in batches]
    fingerprint = stamp(*origin) if part == "train" else digest_of([stamp(*origin), part])
    stack = stack_in_memory(
        path, pixels.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1), labels, classes, fingerprint
    )
    return replace(stack, notes=(note,) if note else ())


def stack_in_memory(
    path: Path, pixels: NDArray[np.uint8], labels: NDArray[np.int64] | None, classes: tuple[str, ...], fingerprint: str
) -> Stack:
    """A stack of `pixels` [N, H, W, C] that are in memory, or mapped there."""
    count, height, width, channels = pixels.shape
    step = max(1, BLOCK_BYTES // (height * width * channels))

    def blocks() -> Iterator[NDArray[np.uint8]]:
        for start in range(0, count, step):
            yield np.ascontiguousarray(pixels[start : start + step])

    return Stack(path.resolve(), count, (height, width, channels), blocks, fingerprint, classes, labels)


def _files(path: Path) -> Mapping[str, bytes]:
    """What the batches and the list of names hold, by file name."""
    try:
        if path.is_dir():
            return {file.name: file.read_bytes() for file in path.iterdir() if _is_part(file.name)}
        if ".tar" not in path.name:
            beside = [file for file in path.parent.iterdir() if _NAMES.fullmatch(file.name)]
            return {file.name: file.read_bytes() for file in (path, *beside)}
        with tarfile.open(path) as archive:
            members = {PurePosixPath(m.name).name: m for m in archive if m.isfile()}
            streams = {name: archive.extractfile(member) for name, member in members.items() if _is_part(name)}
            return {name: stream.read() for name, stream in streams.items() if stream}
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"{path}: cannot be read: {error}.") from None


def _is_part(name: str) -> bool:
    return bool(_BATCH.fullmatch(name) or _NAMES.fullmatch(name))


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _read_batch(content: bytes, name: str) -> dict[bytes, Any]:
    import io

    try:
        table = _PlainUnpickler(io.BytesIO(content), encoding="bytes").load()
    except Exception as error:  # damaged bytes fail in any way that a pickle can
        raise DataError(f"{name}: is no batch of CIFAR: {error}.") from None
    if not isinstance(table, dict):
        raise DataError(f"{name}: is no batch of CIFAR: it holds no table.")
    return table


def _read_pickle(content: bytes, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    table = _read_batch(content, name)
    labels = table.get(b"labels", table.get(b"fine_labels"))
    pixels: NDArray[np.uint8] = np.asarray(table.get(b"data"))
    fits = pixels.dtype == np.uint8 and pixels.ndim == 2 and pixels.shape[1] == _PIXELS
    if not fits or not isinstance(labels, list) or len(labels) != len(pixels):
        raise DataError(f"{name}: is no batch of CIFAR: data or labels are missing.")
    return pixels, np.array(labels, np.int64)


def _read_binary(files: Mapping[str, bytes], name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    label_bytes = 1 if "batch" in name else 2  # CIFAR-100 has a coarse label before the fine one
    content = np.frombuffer(files[name], np.uint8)
    if not len(content) or len(content) % (label_bytes + _PIXELS):
        raise DataError(f"{name}: is no whole batch of CIFAR: {len(content)} bytes.")
    rows = content.reshape(-1, label_bytes + _PIXELS)
    return rows[:, label_bytes:], rows[:, label_bytes - 1].astype(np.int64)


def _class_names(files: Mapping[str, bytes]) -> tuple[str, ...]:
    for name, content in files.items():
        if name in ("batches.meta", "meta"):
            table = _read_batch(content, name)
            names = table.get(b"label_names", table.get(b"fine_label_names", []))
            return tuple(word.decode() for word in names)
        if name.endswith(".txt"):
            return tuple(content.decode().split())
    return ()


def svhn(path: Path, part: str = "train") -> Stack:
    """The cropped digits of `train_32x32.mat` or `test_32x32.mat`; their label 10 is the digit 0."""
    from scipy.io import loadmat

    file = find_file(path, rf"{part}_32x32\.mat")
    try:
        table = loadmat(file)
        pixels, labels = table["X"], table["y"].reshape(-1).astype(np.int64) % 10
    except Exception as error:  # a damaged file makes the reader raise nearly anything
        raise DataError(f"{file}: cannot be read: {error}.") from None
    return stack_in_memory(path, pixels.transpose(3, 0, 1, 2), labels, tuple("0123456789"), stamp(file))


_STL10 = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")


def stl10(path: Path, part: str = "train") -> Stack:
    """The images of `train_X.bin`, `test_X.bin` or `unlabeled_X.bin`: each plane is stored column by column."""
    side = 96
    file = find_file(path, rf"{part}_X\.bin")
    if not file.stat().st_size or file.stat().st_size % (3 * side * side):
        raise DataError(f"{file}: is no whole file of {side} px images: {file.stat().st_size} bytes.")
    pixels = np.memmap(file, np.uint8, "r").reshape(-1, 3, side, side).transpose(0, 3, 2, 1)
    if part == "unlabeled":
        return stack_in_memory(path, pixels, None, (), stamp(file))
    labels = np.frombuffer(find_file(path, rf"{part}_y\.bin").read_bytes(), np.uint8).astype(np.int64) - 1
    if len(labels) != len(pixels):
        raise DataError(f"{path}: holds {len(labels)} labels for {len(pixels)} images.")
    return stack_in_memory(path, pixels, labels, _STL10, stamp(file))
