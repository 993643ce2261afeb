"""Files with metadata that others might have written, built byte by byte."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def still(path: Path, **how: Any) -> Path:
    """A black picture of 8 x 8 pixels, written by Pillow."""
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path, **how)
    return path


def png_with_texts(path: Path, packed: bool = False, **texts: str) -> Path:
    info = PngImagePlugin.PngInfo()
    for key, value in texts.items():
        info.add_text(key, value, zip=packed)
    return still(path, pnginfo=info)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_with_chunks(path: Path, *chunks: bytes) -> Path:
    """A PNG with these chunks behind its head."""
    content = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(content, "PNG")
    plain, end = content.getvalue(), 8 + 25
    path.write_bytes(plain[:end] + b"".join(chunks) + plain[end:])
    return path


def xmp(inside: str, before: str = "") -> bytes:
    """A packet with `inside` in its RDF, and `before` before it."""
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{before}<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{inside}</rdf:RDF></x:xmpmeta>'
    ).encode()


def description(attributes: str = "", inside: str = "") -> str:
    spaces = (
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    )
    return f'<rdf:Description rdf:about="" {spaces} {attributes}>{inside}</rdf:Description>'


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content
