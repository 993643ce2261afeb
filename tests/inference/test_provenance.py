from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from ganstudio import __version__
from ganstudio.inference.pixels import write_png
from ganstudio.inference.provenance import SOURCE_TYPE, XMP_KEY, text_chunks, xmp_packet

IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"


def test_the_packet_is_xml_that_tells_the_digital_source_type() -> None:
    (description,) = ElementTree.fromstring(xmp_packet()).iter(RDF)
    assert description.get(IPTC) == SOURCE_TYPE
    assert SOURCE_TYPE == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def test_a_png_carries_xmp_where_readers_look_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_png(path, np.zeros((4, 4, 1), np.uint8), text_chunks("cgan", "ab" * 32, "7", ["cat"]))
    assert b"iTXtXML:com.adobe.xmp\0\0\0\0\0<?xpacket begin=" in path.read_bytes()
    with Image.open(path) as image:
        (description,) = ElementTree.fromstring(image.info["xmp"]).iter(RDF)
    assert description.get(IPTC) == SOURCE_TYPE


def test_a_picture_names_program_model_seed_class_and_hash() -> None:
    words = text_chunks("cgan", "ab" * 32, "7", ["cat"])
    assert words.pop(XMP_KEY) == xmp_packet()
    assert words == {
        **{"Software": f"ganstudio {__version__}", "Source": "cgan", "Seed": "7", "Class": "cat", "SHA256": "ab" * 32}
    }


def test_a_grid_names_each_tile_s_class_and_one_for_all_once() -> None:
    assert text_chunks("m", "", "0-2", ["cat", "dog", "cat"])["Class"] == "cat,dog,cat"
    assert text_chunks("m", "", "0-1", ["cat", "cat"])["Class"] == "cat"
    assert "Class" not in text_chunks("m", "", "0-1")
