from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.decode import PixelFormat, decode
from ganstudio.data.pack import add
from ganstudio.data.sources.source import Location


def levels(path: Path) -> set[int]:
    """The grey levels of a file's pixels in 8 bits."""
    return set(np.unique(decode(Location(str(path)), PixelFormat((16, 16), 1, "crop", (255, 255, 255)))).tolist())


def pgm(value: int, highest: int, text: bool = False) -> bytes:
    """A grey picture of one value, [16, 16]."""
    head = f"P{2 if text else 5}\n16 16\n{highest}\n".encode()
    numbers = f"{value} ".encode() if text else value.to_bytes(1 if highest < 256 else 2, "big")
    return head + numbers * 256


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize(
    ("value", "highest", "level"),
    [(200, 65535, 1), (1, 65535, 0), (40000, 65535, 156), (512, 1023, 128), (1023, 1023, 255), (7, 15, 119)],
)
def test_a_pgm_has_the_range_that_it_declares(tmp_path: Path, text: bool, value: int, highest: int, level: int) -> None:
    (tmp_path / "grey.pgm").write_bytes(pgm(value, highest, text))
    assert levels(tmp_path / "grey.pgm") == {level}


def tiff(bits: int, content: bytes, white: int = 1) -> bytes:
    """A grey TIFF, [16, 16], little-endian; `white` 0 is one whose 0 is white."""
    tags = {256: 16, 257: 16, 258: bits, 259: 1, 262: white, 273: 8, 277: 1, 278: 16, 279: len(content)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return struct.pack("<2sHI", b"II", 42, 8 + len(content)) + content + directory


@pytest.mark.parametrize(
    ("content", "level"),
    [
        (tiff(16, struct.pack("<H", 40000) * 256), 156),
        (tiff(16, struct.pack("<H", 40000) * 256, white=0), 99),
        (tiff(12, bytes.fromhex("888888") * 128), 136),
    ],
    ids=["16 bits", "16 bits, 0 is white", "12 bits"],
)
def test_a_deep_tiff_has_the_range_of_its_bits(tmp_path: Path, content: bytes, level: int) -> None:
    (tmp_path / "scan.tif").write_bytes(content)
    assert levels(tmp_path / "scan.tif") == {level}


@pytest.mark.parametrize(
    ("kind", "highest", "levels"),
    [
        (np.int32, (200, 1, 40000), [1, 0, 156]),
        (np.int32, (200, 1, 100), [200, 1, 100]),
        (np.float32, (0.5, 200.0, 1.0), [0, 200, 1]),
        (np.float32, (0.5, 1.0000002, 1.0), [128, 255, 255]),
        (np.float32, (0.5, 1.0, -1e-7), [128, 255, 0]),
        (np.float32, (0.5, 1.0, 1e9), [128, 255]),
    ],
)
def test_pictures_that_declare_no_range_have_one_for_all_of_them(
    home: Path, tmp_path: Path, kind: type, highest: tuple[float, ...], levels: list[int]
) -> None:
    (tmp_path / "set").mkdir()
    for n, value in enumerate(highest):
        Image.fromarray(np.full((16, 16), value, kind)).save(tmp_path / "set" / f"{n}.tif")
    data = add(tmp_path / "set")
    assert [int(image[0, 0, 0]) for image in data.images()] == levels
    assert len(data.manifest.skipped) == len(highest) - len(levels)
