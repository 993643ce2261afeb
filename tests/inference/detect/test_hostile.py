"""Files that were made to do harm: all are answered, quickly, and in little memory."""

from __future__ import annotations

import os
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganstudio.data.manifest import UnreadableError
from ganstudio.inference.detect import bounded
from ganstudio.inference.detect.read import read_metadata
from ganstudio.inference.detect.statement import read_statement
from ganstudio.inference.detect.xmp import DEEPEST, LONGEST, MOST, read_xmp
from ganstudio.inference.pictures import Carried, picture
from ganstudio.inference.provenance import words_of_made
from tests.inference.detect.files import IPTC, box, chunk, description, png_with_chunks, png_with_texts, still, xmp
from tests.inference.detect.test_formats import BLACK, written

SYNTHETIC = description(f'Iptc4xmpExt:DigitalSourceType="{IPTC}trainedAlgorithmicMedia"')
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.fixture
def peak_bytes() -> Iterator[list[int]]:
    """How much memory was taken at most, once the test is over."""
    peaks: list[int] = []
    tracemalloc.start()
    yield peaks
    assert all(peak < 100_000_000 for peak in (*peaks, tracemalloc.get_traced_memory()[1]))
    tracemalloc.stop()


@pytest.mark.parametrize(
    "before", [ENTITIES, '<!DOCTYPE x SYSTEM "file:///etc/passwd">', '<!DOCTYPE x [<!ENTITY % p SYSTEM "p"> %p;]>']
)
def test_xmp_with_a_document_type_is_refused_as_a_whole(tmp_path: Path, before: str) -> None:
    packet = read_xmp(xmp(SYNTHETIC, before))
    assert packet.properties == ()
    assert "document type" in packet.damage
    said = read_statement(still(tmp_path / "a.webp", xmp=xmp(SYNTHETIC, before)))
    assert said.says == "nothing"
    assert said.notes == (packet.damage,)


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
@pytest.mark.parametrize("before", [ENTITIES, ""])
def test_no_document_type_of_a_source_goes_on_in_what_is_made_of_it(tmp_path: Path, kind: str, before: str) -> None:
    theirs = xmp(description('xmp:CreatorTool="Cam 1"'), before)
    content = picture(BLACK, words_of_made("m", "", "key"), kind, Carried(xmp=theirs))
    assert (b"Cam 1" in content) == (not before)
    assert b"<!" not in content


def test_an_entity_that_nobody_declared_is_a_damage_and_nothing_is_fetched() -> None:
    packet = read_xmp(xmp(SYNTHETIC + description(inside="<xmp:CreatorTool>&xxe;</xmp:CreatorTool>")))
    assert [one.name for one in packet.properties] == ["DigitalSourceType"]
    assert packet.damage == "its XMP is damaged: undefined entity"


def test_xmp_that_nests_without_end_or_never_stops_is_left(peak_bytes: list[int]) -> None:
    deep = read_xmp(xmp(SYNTHETIC + "<a>" * 100_000))
    assert deep.damage == f"its XMP has more than {DEEPEST} elements within each other"
    assert len(deep.properties) == 1
    many = read_xmp(xmp(SYNTHETIC * (MOST + 5)))
    assert (len(many.properties), "more than 200 values" in many.damage) == (MOST, True)


def test_a_value_of_megabytes_is_cut(peak_bytes: list[int]) -> None:
    long = "<xmp:CreatorTool>" + "&#65;" * 200_000 + "</xmp:CreatorTool>"
    (tool,) = read_xmp(xmp(description(inside=long))).properties
    assert len(tool.value) == LONGEST


def test_xmp_of_megabytes_as_photo_editors_write_it_is_read(tmp_path: Path) -> None:
    history = "<h>" + f"<li>{'a step ' * 20}</li>" * 25_000 + "</h>"
    content = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(history + SYNTHETIC)
    path = png_with_chunks(tmp_path / "a.png", chunk(b"iTXt", content))
    assert path.stat().st_size > 3_000_000
    assert read_statement(path).says == "synthetic"


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_a_packed_text_that_grows_without_end_is_left_and_the_rest_is_read(
    tmp_path: Path, peak_bytes: list[int], kind: bytes
) -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    head = b"parameters\0" + (b"\0" if kind == b"zTXt" else b"\1\0\0\0")
    path = png_with_chunks(tmp_path / "a.png", chunk(kind, head + bomb), chunk(b"tEXt", b"Software\0Studio 3"))
    said = read_statement(path)
    assert (said.says, said.maker) == ("other", "Studio 3")
    assert said.notes == ("a packed text in it is over 16 MB, and was not read",)


def test_many_packed_texts_end_at_the_budget_of_a_file(tmp_path: Path, peak_bytes: list[int]) -> None:
    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(15_900_000), 9))
    said = read_statement(png_with_chunks(tmp_path / "a.png", *[bomb] * 9))
    assert said.notes == ("it has more than 32 MB of metadata: the rest was not read",)


def test_a_file_of_nothing_but_parts_ends_at_their_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_PIECES", 1000)
    assert "parts" in read_metadata(png_with_chunks(tmp_path / "a.png", *[chunk(b"junk", b"")] * 2000)).notes[0]
    film = b"GIF89a" + bytes(7) + b"\x21\xfe" + b"\1a" * 5000 + b"\0;"
    (tmp_path / "a.gif").write_bytes(film)
    assert "parts" in read_metadata(tmp_path / "a.gif").notes[0]


def test_more_texts_than_a_picture_has_are_not_all_kept(tmp_path: Path) -> None:
    found = read_metadata(png_with_chunks(tmp_path / "a.png", *[chunk(b"tEXt", b"k\0v")] * 1500))
    assert (len(found.texts), found.notes) == (1000, ["it has more than 1,000 texts: the rest was not read"])


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.jpeg", "a.gif", "a.npz"])
def test_a_file_that_is_cut_short_anywhere_is_answered(tmp_path: Path, name: str) -> None:
    whole = written(tmp_path / name).read_bytes()
    for length in (*range(1, 60, 3), *range(60, len(whole), len(whole) // 40)):
        (tmp_path / name).write_bytes(whole[:length])
        try:
            said = read_statement(tmp_path / name)
        except UnreadableError:
            assert length < 60
        else:
            assert said.says in ("synthetic", "nothing", "other")


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.jpeg", "a.gif", "a.npz", "a.tif", "a.mov"])
def test_bytes_that_are_changed_anywhere_raise_nothing_else(tmp_path: Path, name: str) -> None:
    import numpy as np

    if name == "a.tif":
        whole = still(tmp_path / name, tiffinfo={305: "Studio", 700: xmp(SYNTHETIC)}).read_bytes()
    elif name == "a.mov":
        whole = box(b"ftyp", b"qt  ") + box(b"moov", box(b"udta", box(b"XMP_", xmp(SYNTHETIC))))
    else:
        whole = written(tmp_path / name).read_bytes()
    random = np.random.RandomState(0)
    for _ in range(50):
        changed = np.frombuffer(whole, np.uint8).copy()
        changed[random.randint(0, len(whole), 5)] = random.randint(0, 256, 5)
        (tmp_path / name).write_bytes(changed.tobytes())
        try:
            read_statement(tmp_path / name)
        except UnreadableError:
            continue


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31) + b"tEXt", "it is cut short"),
        (b"\xff\xd8\xff\xe1\0\0", "it is cut short"),
        (b"\xff\xd8\xff\xe1\0\x10", "it is cut short"),
        (b"\xff\xd8\xff\xe0\0\x02hello", "it is damaged"),
        (box(b"ftyp", b"isom") + struct.pack(">I", 4) + b"free", "it is damaged"),
        (box(b"ftyp", b"isom") + struct.pack(">I", 1) + b"uuid" + struct.pack(">Q", 2**60), "it is cut short"),
        (b"II*\0" + struct.pack("<IH", 8, 60_000), "its EXIF is damaged"),
        (b"II*\0" + struct.pack("<IHHHII", 8, 1, 0x0131, 2, 2**31, 0), "a part of it is over 16 MB, and was not read"),
        (b"GIF89a" + bytes(7) + b"?", "it is damaged"),
    ],
)
def test_lengths_that_lie_are_seen(tmp_path: Path, content: bytes, note: str) -> None:
    (tmp_path / "a").write_bytes(content)
    assert note in read_metadata(tmp_path / "a").notes


def test_a_directory_of_exif_that_names_itself_is_read_twice_at_most(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 8, 0))
    assert read_metadata(tmp_path / "a").texts == []


def test_what_is_no_file_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.png").symlink_to("nowhere")
    (tmp_path / "circle.png").symlink_to("circle.png")
    (tmp_path / "empty.png").touch()
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    reasons = {}
    for name in ("pipe.png", "link.png", "circle.png", "empty.png", "a.zip"):
        with pytest.raises(UnreadableError) as refused:
            read_metadata(tmp_path / name)
        reasons[name] = str(refused.value)
    assert reasons == {
        **{"pipe.png": "no regular file", "link.png": "a broken link", "circle.png": "a broken link"},
        **{"empty.png": "empty", "a.zip": "no image"},
    }


def test_a_comment_of_nothing_but_brackets_is_no_document(tmp_path: Path) -> None:
    comment = b"[" * 60_000
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xfe" + struct.pack(">H", 2 + len(comment)) + comment + b"\xff\xd9")
    assert read_statement(tmp_path / "a.jpg").says == "nothing"


def test_control_characters_in_texts_stay_data(tmp_path: Path) -> None:
    said = read_statement(png_with_texts(tmp_path / "a.png", Software="\x1b[31mred"))
    assert said.maker == "\x1b[31mred"
