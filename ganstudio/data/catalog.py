"""Data sets that are known by name. MNIST ships inside the package: see builtin/README.md."""

from __future__ import annotations

import lzma
import struct
from dataclasses import dataclass
from pathlib import Path

from ganstudio.data import generated
from ganstudio.data.generated import Generated
from ganstudio.data.store import DataSet, Progress, silent
from ganstudio.workspace import data_home

BUILTIN = Path(__file__).parent / "builtin"
_BLOCK = 4096  # images a step


@dataclass(frozen=True)
class Known:
    """Two IDX files, xz-compressed; the images are padded with zeros to `resolution`, half of it on each side."""

    summary: str
    images: Path
    labels: Path
    resolution: int
    classes: tuple[str, ...]
    source: str


def _mnist(summary: str, part: str) -> Known:
    return Known(
        summary,
        images=BUILTIN / "mnist" / f"{part}-images-idx3-ubyte.xz",
        labels=BUILTIN / "mnist" / f"{part}-labels-idx1-ubyte.xz",
        resolution=32,
        classes=tuple("0123456789"),
        source=f"MNIST, {part} part, by LeCun, Cortes and Burges (inside the package)",
    )


_DIGITS = _mnist("the 60,000 training digits of MNIST", "train")
KNOWN: dict[str, Known | Generated] = {
    "mnist": _DIGITS,
    "mnist-test": _mnist("the 10,000 test digits of MNIST", "t10k"),
    **generated.SETS,
}


def pack(name: str, progress: Progress = silent) -> DataSet:
    """The data set known as `name`, packed; where another process is doing the same, either one's work serves both."""
    import numpy as np

    from ganstudio.data.staging import PixelWriter, publish, seal, staging

    known = KNOWN[name]
    if isinstance(known, Generated):
        with staging() as folder:
            publish(folder, generated.pack(known, name, _DIGITS.images, _DIGITS.labels, folder, progress))
        return DataSet.load(data_home() / name)
    labels = np.frombuffer(lzma.decompress(known.labels.read_bytes()), np.uint8, offset=8).astype(np.int64)
    with staging() as folder:
        writer = PixelWriter(folder / "images.npy", known.resolution, 1)
        with lzma.open(known.images) as file:
            _, count, height, width = struct.unpack(">4I", file.read(16))
            while block := file.read(_BLOCK * height * width):
                digits = np.frombuffer(block, np.uint8).reshape(-1, height, width, 1)
                rows, columns = known.resolution - height, known.resolution - width
                bars = ((0, 0), (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0))
                writer.append(np.pad(digits, bars))
                progress(writer.count, count)
        manifest = seal(folder, writer, name=name, source=known.source, classes=known.classes, labels=labels)
        publish(folder, manifest)
    return DataSet.load(data_home() / name)
