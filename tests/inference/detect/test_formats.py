"""Each format's own places for metadata, as ganstudio and as others write them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.inference.animation import write_animation
from ganstudio.inference.detect.read import read_metadata
from ganstudio.inference.detect.statement import Statement, read_statement
from ganstudio.inference.pictures import Carried, picture, write_npz, write_picture
from ganstudio.inference.provenance import COMPOSITE_TYPE, SOURCE_TYPE, picture_words, words_of_made
from tests.inference.detect.files import IPTC, box, chunk, description, png_with_chunks, still, xmp

WORDS = picture_words("cgan", "ab" * 32, "7-9", ["cat"], psi=0.5)
BLACK = np.zeros((8, 8, 3), np.uint8)
PHOTO = description(f'Iptc4xmpExt:DigitalSourceType="{IPTC}digitalCapture"')


def values(statement: Statement, kind: str) -> list[str]:
    return [mark.value for mark in statement.marks if mark.kind == kind]


def written(path: Path) -> Path:
    """A file with WORDS, as ganstudio writes it in the format that the name says."""
    match path.suffix:
        case ".png" | ".webp" | ".jpeg":
            write_picture(path, BLACK, WORDS, path.suffix[1:])
        case ".npz":
            write_npz(path, iter([BLACK]), [7], None, WORDS)
        case _:
            write_animation(path, iter([BLACK.repeat(2, 0).repeat(2, 1)] * 2), 10, WORDS)
    return path


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.jpeg", "a.npz", "a.gif", "a.mp4"])
def test_what_ganstudio_writes_is_read_back_from_every_format(tmp_path: Path, name: str) -> None:
    if name == "a.mp4":
        pytest.importorskip("imageio_ffmpeg")
    said = read_statement(written(tmp_path / name))
    assert (said.says, said.maker, said.format) == ("synthetic", "ganstudio, model cgan", name[2:])
    assert said.origin == WORDS
    assert set(values(said, "source_type")) == {SOURCE_TYPE}
    assert set(values(said, "ai_system")) == {"ganstudio, model cgan"}
    assert set(values(said, "ai_version")) == {f"{WORDS['Software']}, model sha256 {WORDS['SHA256']}"}
    assert set(values(said, "ai_prompt")) == {"Seed: 7-9; Class: cat; Psi: 0.5"}
    assert said.notes == ()


def test_a_film_as_webp_is_read_too(tmp_path: Path) -> None:
    write_animation(tmp_path / "a.webp", iter([BLACK, BLACK + 1]), 10, WORDS)
    assert read_statement(tmp_path / "a.webp").origin == WORDS


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
def test_a_picture_made_of_another_is_a_composite(tmp_path: Path, kind: str) -> None:
    words = words_of_made("srgan", "cd" * 32, "key")
    (tmp_path / "a").write_bytes(picture(BLACK, words, kind, Carried(xmp=xmp(description('xmp:CreatorTool="Cam 1"')))))
    said = read_statement(tmp_path / "a")
    assert (said.says, said.maker) == ("composite", "ganstudio, model srgan")
    assert values(said, "source_type") == [COMPOSITE_TYPE]
    assert "Cam 1" in values(said, "software")
    assert values(said, "ai_prompt") == []


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg", "gif", "npz"])
def test_a_plain_file_says_nothing(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "npz":
        write_npz(path, iter([BLACK]), [7], None, {})
    elif kind == "gif":
        write_animation(path, iter([BLACK, BLACK + 1]), 10, {})
    else:
        write_picture(path, BLACK, {}, kind)
    said = read_statement(path)
    assert (said.says, said.marks, said.maker) == ("nothing", (), "")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.avif"])
def test_xmp_of_others_is_read_where_pillow_leaves_it(tmp_path: Path, name: str) -> None:
    packet = xmp(PHOTO)
    if name == "a.png":
        png_with_chunks(tmp_path / name, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet))
    elif name == "a.tif":
        still(tmp_path / name, tiffinfo={700: packet})
    else:
        still(tmp_path / name, xmp=packet)
    said = read_statement(tmp_path / name)
    assert said.says == "other"
    assert values(said, "source_type") == [f"{IPTC}digitalCapture"]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif"])
def test_exif_names_program_and_camera(tmp_path: Path, name: str) -> None:
    exif = Image.Exif()
    exif.update({0x0131: "Studio 3", 0x010F: "Maker", 0x0110: "Model X"})
    said = read_statement(still(tmp_path / name, exif=exif))
    assert (said.says, said.maker) == ("other", "Studio 3")
    assert values(said, "camera") == ["Maker", "Model X"]


@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
def test_parameters_in_exif_are_read_in_either_byte_order(tmp_path: Path, order: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "a cat\nSteps: 20, Seed: 1".encode(order)
    said = read_statement(still(tmp_path / "a.jpg", exif=exif))
    assert said.says == "synthetic"
    assert values(said, "parameters") == ["a cat\nSteps: 20, Seed: 1"]


def test_what_one_segment_of_a_jpeg_has_no_room_for_is_put_together(tmp_path: Path) -> None:
    more = xmp(description(f'Iptc4xmpExt:DigitalSourceType="{IPTC}trainedAlgorithmicMedia"'))
    head = b"http://ns.adobe.com/xmp/extension/\0" + b"d" * 32 + struct.pack(">I", len(more))
    parts = [head + struct.pack(">I", place) + more[place : place + 100] for place in range(0, len(more), 100)]
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", 2 + len(part)) + part for part in reversed(parts))
    plain = still(tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(plain[:2] + segments + plain[2:])
    assert read_statement(tmp_path / "a.jpg").says == "synthetic"


def credentials(path: Path, store: bytes) -> Path:
    """A picture with a C2PA manifest store in its format's place for one."""
    plain = still(path).read_bytes() if path.suffix != ".mp4" else box(b"ftyp", b"isom")
    match path.suffix:
        case ".png":
            return png_with_chunks(path, chunk(b"caBX", store))
        case ".jpg":
            half = len(store) // 2  # in the middle of its words: each part repeats the head of the box
            parts = (store[:half], store[:8] + store[half:])
            heads = [b"JP\0\1" + struct.pack(">I", number) for number in (1, 2)]
            segments = [head + part for head, part in zip(heads, parts, strict=True)]
            more = b"".join(b"\xff\xeb" + struct.pack(">H", 2 + len(one)) + one for one in segments)
            path.write_bytes(plain[:2] + more + plain[2:])
        case ".webp":
            path.write_bytes(
                b"RIFF" + struct.pack("<I", len(plain) + len(store)) + plain[8:] + b"C2PA"
                + struct.pack("<I", len(store)) + store
            )  # fmt: skip
        case ".gif":
            blocks = b"".join(bytes([len(store[i : i + 255])]) + store[i : i + 255] for i in range(0, len(store), 255))
            path.write_bytes(plain[:-1] + b"\x21\xff\x0bC2PA_GIF\1\0\0" + blocks + b"\0;")
        case _:
            path.write_bytes(plain + box(b"uuid", bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + store))
    return path


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.mp4"])
def test_content_credentials_are_found_and_what_they_claim_is_told_as_unverified(tmp_path: Path, name: str) -> None:
    words = f"c2pa.actions digitalSourceType x{IPTC}trainedAlgorithmicMedia\0"
    said = read_statement(credentials(tmp_path / name, box(b"jumb", words.encode())))
    assert said.says == "synthetic"
    assert said.as_json()["credentials"] is True
    assert [(mark.where, mark.value) for mark in said.marks if mark.kind == "source_type"] == [
        ("C2PA, not verified", f"{IPTC}trainedAlgorithmicMedia")
    ]


def test_credentials_that_claim_nothing_of_it_are_no_synthetic_picture(tmp_path: Path) -> None:
    said = read_statement(credentials(tmp_path / "a.png", box(b"jumb", b"c2pa.actions c2pa.opened")))
    assert (said.says, said.as_json()["credentials"]) == ("other", True)


def test_a_film_s_xmp_and_comment_are_found_in_quicktime_s_places(tmp_path: Path) -> None:
    data = box(b"data", bytes(8) + b'{"DigitalSourceType": "%strainedAlgorithmicMedia"}' % IPTC.encode())
    meta = box(b"meta", bytes(4) + box(b"ilst", box(b"\xa9cmt", data)))
    film = box(b"ftyp", b"qt  ") + box(b"moov", box(b"udta", meta + box(b"XMP_", xmp(PHOTO))))
    (tmp_path / "a.mov").write_bytes(film)
    said = read_statement(tmp_path / "a.mov")
    assert {mark.where for mark in said.marks} == {"XMP", "comment"}
    assert said.says == "synthetic"
    assert said.notes == ("its marks name several source types: digitalCapture, trainedAlgorithmicMedia",)


def test_of_a_format_without_a_reader_it_is_said_what_was_looked_for(tmp_path: Path) -> None:
    still(tmp_path / "a.bmp")
    with (tmp_path / "a.bmp").open("ab") as file:
        file.write(xmp(PHOTO))
    found = read_metadata(tmp_path / "a.bmp")
    assert found.notes == ["of bmp only XMP is looked for"]
    assert found.xmp[0].endswith(b"</x:xmpmeta>")
