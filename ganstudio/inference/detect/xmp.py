"""XMP that anybody may have written: the few properties that say where a picture comes from.

It is read by expat, event by event, without entities and without a document type, which XMP does not have: a packet
that declares one is refused before anything in it is believed.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.parsers import expat

from ganstudio.inference.provenance import IPTC_SPACE, OUR_SPACE, XMP_SPACE

DEEPEST = 100  # elements within each other
LONGEST = 20_000  # characters of one value; the rest is cut off
MOST = 200  # values
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_WANTED = {
    IPTC_SPACE: {
        *("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed", "AIPromptInformation", "AIPromptWriterName")
    },
    XMP_SPACE: {"CreatorTool"},
    "http://ns.adobe.com/photoshop/1.0/": {"Credit"},
}


class Property(NamedTuple):
    """A value by the namespace and the name that it stands under."""

    space: str
    name: str
    value: str


class Packet(NamedTuple):
    """What was read; `damage` says why no more was, "" where all was."""

    properties: tuple[Property, ...]
    damage: str = ""


class _RefusedError(Exception):
    """What ends the reading; its message says why."""


def read_xmp(content: bytes) -> Packet:
    """The properties that are wanted; where the packet is damaged, those before that."""
    reader = _Reader()
    try:
        reader.parser.Parse(content.strip(b"\0 \r\n\t"), True)
    except _RefusedError as refused:
        return Packet(() if reader.refused else tuple(reader.found), f"its XMP {refused}")
    except expat.ExpatError as error:
        return Packet(tuple(reader.found), f"its XMP is damaged: {expat.ErrorString(error.code)}")
    return Packet(tuple(reader.found))


class _Reader:
    """Collects what is wanted while expat reads."""

    def __init__(self) -> None:
        self.found: list[Property] = []
        self.refused = False
        self._depth = 0
        self._open: tuple[int, str, str] | None = None  # the wanted element that is open: its depth and its name
        self._text: list[str] = []
        self._letters = 0  # in `_text`
        parser = self.parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def _refuse(self, *_: object) -> None:
        self.refused = True
        raise _RefusedError("declares a document type or entities, which XMP does not have: nothing of it was read")

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _RefusedError(f"has more than {DEEPEST} elements within each other")
        for full, value in attributes.items():
            self._add(*_split(full), value)
        space, name = _split(element)
        if self._open is None and _is_wanted(space, name):
            self._open, self._text, self._letters = (self._depth, space, name), [], 0
            self._characters(attributes.get(f"{_RDF} resource", ""))

    def _end(self, _element: str) -> None:
        if self._open and self._open[0] == self._depth:
            _, space, name = self._open
            self._open = None
            self._add(space, name, "".join(self._text).strip())
        self._depth -= 1

    def _characters(self, text: str) -> None:
        if self._open and self._letters < LONGEST:
            self._text.append(text)
            self._letters += len(text)

    def _add(self, space: str, name: str, value: str) -> None:
        if value and _is_wanted(space, name):
            if len(self.found) >= MOST:
                raise _RefusedError(f"has more than {MOST} values that are looked for: the rest was not read")
            self.found.append(Property(space, name, value[:LONGEST]))


def _split(full: str) -> tuple[str, str]:
    space, _, name = full.rpartition(" ")
    return space, name


def _is_wanted(space: str, name: str) -> bool:
    return space == OUR_SPACE or name in _WANTED.get(space, ())
