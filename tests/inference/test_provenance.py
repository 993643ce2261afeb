from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from ganstudio import __version__
from ganstudio.inference.pictures import write_picture
from ganstudio.inference.provenance import (
    SOURCE_TYPE,
    comment,
    is_ours,
    picture_words,
    words_of_made,
    xmp_of_made,
    xmp_packet,
)

IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"


def test_the_packet_is_xml_that_tells_the_digital_source_type() -> None:
    (description,) = ElementTree.fromstring(xmp_packet({})).iter(RDF)
    assert description.get(IPTC) == SOURCE_TYPE
    assert SOURCE_TYPE == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def test_a_png_carries_xmp_where_readers_look_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_picture(path, np.zeros((4, 4, 1), np.uint8), picture_words("cgan", "ab" * 32, "7", ["cat"]), "png")
    assert b"iTXtXML:com.adobe.xmp\0\0\0\0\0<?xpacket begin=" in path.read_bytes()
    with Image.open(path) as image:
        (description,) = ElementTree.fromstring(image.info["xmp"]).iter(RDF)
    assert description.get(IPTC) == SOURCE_TYPE


def test_a_picture_names_program_model_seed_class_and_hash() -> None:
    assert picture_words("cgan", "ab" * 32, "7", ["cat"]) == {
        **{"Software": f"ganstudio {__version__}", "Source": "cgan", "Seed": "7", "Class": "cat", "SHA256": "ab" * 32}
    }


def test_a_grid_names_each_tile_s_class_and_one_for_all_once() -> None:
    assert picture_words("m", "", "0-2", ["cat", "dog", "cat"])["Class"] == "cat,dog,cat"
    assert picture_words("m", "", "0-1", ["cat", "cat"])["Class"] == "cat"
    assert "Class" not in picture_words("m", "", "0-1")


def test_truncation_is_named_where_there_is_one() -> None:
    assert picture_words("m", "", "0", psi=0.7)["Psi"] == "0.7"
    assert "Psi" not in picture_words("m", "", "0")


def test_the_packet_names_the_model_its_version_and_what_it_was_given_in_iptc_s_fields() -> None:
    words = picture_words("cgan", "ab" * 32, "0-1", ["cat", "a<b"], 0.7) | {"Latent": "of here"}
    (description,) = ElementTree.fromstring(xmp_packet(words)).iter(RDF)
    space = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
    assert {key: value for key, value in description.items() if "AI" in key} == {
        f"{space}AISystemUsed": "ganstudio, model cgan",
        f"{space}AISystemVersionUsed": f"ganstudio {__version__}, model sha256 {'ab' * 32}",
        f"{space}AIPromptInformation": "Seed: 0-1; Class: cat,a<b; Psi: 0.7; Latent: of here",
    }


def test_a_picture_made_of_another_was_given_no_prompt() -> None:
    packet = xmp_of_made(words_of_made("srgan", "cd" * 32, "key"), b"").decode()
    assert 'AISystemUsed="ganstudio, model srgan"' in packet
    assert "AIPromptInformation" not in packet


@pytest.mark.parametrize("theirs", ['I:AISystemUsed="AI"', 'I:AIPromptWriterName="A"', 'I:DigitalSourceType="x"'])
def test_xmp_that_has_one_of_iptc_s_fields_does_not_go_on_beside_ours(theirs: str) -> None:
    before = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><a {theirs} c="Camera"/></rdf:RDF></x:xmpmeta>'.encode()
    assert b"Camera" not in xmp_of_made({}, before)
    assert b"Camera" in xmp_of_made({}, before.replace(theirs.encode(), b""))


def test_a_comment_tells_the_fields_and_the_words_in_one_document() -> None:
    told = picture_words("m", "", "0")
    fields = {"AISystemUsed": "ganstudio, model m", "AISystemVersionUsed": f"ganstudio {__version__}"}
    assert json.loads(comment(told)) == {
        **{"DigitalSourceType": SOURCE_TYPE, "AIPromptInformation": "Seed: 0"},
        **fields,
        **told,
    }


def test_only_a_file_that_says_so_is_ours(tmp_path: Path) -> None:
    contents = {
        "ours": comment(picture_words("m", "", "0")).encode(),
        "empty": b"",
        "user's": b"a picture",
        "another program's": SOURCE_TYPE.encode(),
        "a text about it": b"ganstudio 0.1.0",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    assert [name for name in contents if is_ours(tmp_path / name)] == ["ours"]
    assert not is_ours(tmp_path / "missing")
