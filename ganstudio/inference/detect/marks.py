"""Marks: what of a file's metadata speaks of how the picture was made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from ganstudio.inference.detect.metadata import Metadata, Text
from ganstudio.inference.detect.xmp import Property, read_xmp
from ganstudio.inference.provenance import IPTC_SPACE, OUR_SPACE

Kind = Literal[
    "ganstudio",
    "source_type",
    "ai_system",
    "ai_version",
    "ai_prompt",
    "ai_prompt_writer",
    "parameters",
    "credentials",
    "software",
    "credit",
    "camera",
]
LONGEST = 2000  # characters of a value; the rest is cut off
_PROGRAM = "ganstudio "  # how our own `Software` begins
_IPTC: dict[str, Kind] = {
    "DigitalSourceType": "source_type",
    "AISystemUsed": "ai_system",
    "AISystemVersionUsed": "ai_version",
    "AIPromptInformation": "ai_prompt",
    "AIPromptWriterName": "ai_prompt_writer",
}
_OTHERS: dict[str, Kind] = {"CreatorTool": "software", "Credit": "credit"}
# Where programs for diffusion models leave what a picture was asked by, and a word that stands in it: AUTOMATIC1111 and
# its likes, in a PNG's texts or in EXIF; ComfyUI; InvokeAI, now and before; Fooocus; NovelAI.
_PARAMETERS = {
    **{"parameters": "Steps: ", "UserComment": "Steps: ", "prompt": '"class_type"', "workflow": '"nodes"'},
    **{"invokeai_metadata": "{", "invokeai_graph": "{", "sd-metadata": "{", "Dream": "", "fooocus_scheme": ""},
    "Comment": '"sampler"',
}
# What stands in such a text whatever it is called: SwarmUI's in `parameters`, ComfyUI's in films' comments and, of a
# WebP, in the EXIF of the camera.
_ANYWHERE = ("sui_image_params", '"class_type"', 'workflow:{"')
_LONGEST_DOCUMENT = 100_000  # characters of a comment that is read as JSON: an npz's has at most 65,535 bytes
_SOURCE_TYPE = re.compile(rb"https?://cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]{1,60})")
_CAMERA = ("Make", "Model")


class Mark(NamedTuple):
    """One statement: what it is about, the part of the file that it stands in, and what it says."""

    kind: Kind
    where: str
    value: str


def marks_of(found: Metadata) -> tuple[list[Mark], dict[str, str]]:
    """The marks in a file's metadata, and the origin that ganstudio wrote, {} where there is none.

    What cannot be read of its XMP is noted in `found`.
    """
    properties: list[Property] = []
    for content in found.xmp:
        packet = read_xmp(content)
        properties += packet.properties
        if packet.damage:
            found.note(packet.damage)
    ours = _origin(found.texts, properties)
    marks = [Mark("ganstudio", "origin", f"{key}: {value}") for key, value in ours.items()]
    marks += (Mark(kind, "XMP", one.value) for one in properties if (kind := _kind_of(one)))
    for text in found.texts:
        marks += _marks_of_text(text)
    if found.credentials is not None:
        marks += _marks_of_credentials(found.credentials)
    cut = (mark._replace(value=_cut(mark.value)) for mark in marks)
    return list(dict.fromkeys(cut)), {key: _cut(value) for key, value in ours.items()}


def _kind_of(one: Property) -> Kind | None:
    return (_IPTC if one.space == IPTC_SPACE else _OTHERS).get(one.name) if one.space != OUR_SPACE else None


def _origin(texts: list[Text], properties: list[Property]) -> dict[str, str]:
    """The words that ganstudio writes: in XMP, in a PNG's texts, or in a comment as JSON."""
    places: list[Mapping[str, str]] = [
        {one.name: one.value for one in properties if one.space == OUR_SPACE},
        {text.key: text.value for text in texts if text.where == "PNG text"},
        *(_document(text.value) for text in texts if text.where == "comment"),
    ]
    ours = next((words for words in places if words.get("Software", "").startswith(_PROGRAM)), {})
    return {key: value for key, value in ours.items() if key not in _IPTC}


def _document(comment: str) -> dict[str, str]:
    """The texts of a comment that is a JSON object; {} of any other."""
    try:
        document = json.loads(comment) if len(comment) <= _LONGEST_DOCUMENT else None
    except (ValueError, RecursionError):
        return {}
    texts = document.items() if isinstance(document, dict) else ()
    return {key: value for key, value in texts if isinstance(value, str)}


def _marks_of_text(text: Text) -> Iterator[Mark]:
    where = text.where if text.where == "comment" else f"{text.where} {text.key}"
    known = text.key in _PARAMETERS and _PARAMETERS[text.key] in text.value
    if known or any(one in text.value for one in _ANYWHERE):
        yield Mark("parameters", where, text.value)
    elif text.where == "comment":
        for key, value in _document(text.value).items():
            if kind := _IPTC.get(key):
                yield Mark(kind, where, value)
    elif text.key == "Software" and text.value:
        yield Mark("software", where, text.value)
    elif text.where == "EXIF" and text.key in _CAMERA and text.value:
        yield Mark("camera", where, text.value)


def _marks_of_credentials(content: bytes) -> Iterator[Mark]:
    """That there is a C2PA manifest, and the source types that it names. No signature is checked."""
    yield Mark("credentials", "C2PA", "a manifest is there; its signature was not checked")
    for name in dict.fromkeys(_SOURCE_TYPE.findall(content)):
        yield Mark(
            "source_type", "C2PA, not verified", f"http://cv.iptc.org/newscodes/digitalsourcetype/{name.decode()}"
        )


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]} ..."
