"""ICC profiles made for a test: version 2, as small as LittleCMS takes them."""

from __future__ import annotations

import itertools
import struct


def _fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def _profile(space: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr", pcs: bytes = b"XYZ ") -> bytes:
    white = (0.9642, 1.0, 0.8249)
    desc = b"desc\0\0\0\0" + struct.pack(">I", 2) + b"x\0" + bytes(78)
    tags = {b"desc": desc, b"cprt": b"text\0\0\0\0x\0", b"wtpt": _xyz(*white), **tags}
    table, content = struct.pack(">I", len(tags)), b""
    begin = 132 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", begin + len(content), len(value))
        content += value + bytes(-len(value) % 4)
    size = 128 + len(table) + len(content)
    head = struct.pack(">I4sI4s4s4s12x4s", size, b"lcms", 0x02400000, kind, space, pcs, b"acsp")
    return (head + bytes(28) + _fixed(*white)).ljust(128, b"\0") + table + content


def matrix(red: tuple[float, ...], green: tuple[float, ...], blue: tuple[float, ...], gamma: float) -> bytes:
    """Of colours whose primaries are at these places in XYZ."""
    places = {b"rXYZ": _xyz(*red), b"gXYZ": _xyz(*green), b"bXYZ": _xyz(*blue)}
    return _profile(b"RGB ", places | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _gamma(gamma)))


def grey(gamma: float) -> bytes:
    return _profile(b"GRAY", {b"kTRC": _gamma(gamma)})


def inks() -> bytes:
    """Of a printer, whose cyan, magenta, yellow and black are none of Pillow's."""
    corners = b""
    for cyan, magenta, yellow, black in itertools.product((0, 1), repeat=4):
        red, green, blue = ((1 - 0.9 * black) * light for light in (1 - 0.9 * cyan, 1 - 0.8 * magenta, 1 - yellow))
        lightness = 85 * (red + green + blue)
        corners += bytes([round(lightness), round(128 + 60 * (red - green)), round(128 + 60 * (green - blue))])
    straight = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return _profile(b"CMYK", {b"A2B0": table + straight * 4 + corners + straight * 3}, b"prtr", b"Lab ")


ADOBE_RGB = matrix((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457), 2.19921875)
DISPLAY_P3 = matrix((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407), 2.2)
LINEAR = matrix((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410), 1.0)
