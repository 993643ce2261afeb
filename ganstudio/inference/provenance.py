"""What a generated picture says about itself: that it is synthetic, in words that other programs know, and its origin.

The words are IPTC's: the digital source type `trainedAlgorithmicMedia` in the picture's XMP, or
`compositeWithTrainedAlgorithmicMedia` of one that a network made of another picture, which photo agencies, content
credentials and search engines read there; and, of the IPTC Photo Metadata Standard 2025.1, `AISystemUsed`,
`AISystemVersionUsed` and `AIPromptInformation`: the model, its version, and what it was given. All four are simple text
in the namespace of IPTC's extension. A PNG carries XMP in an iTXt chunk of a fixed key, and the origin in text
chunks; GIF and MP4 have a place for XMP too, and tell the origin in a comment; WebP and JPEG tell it in XMP. An npz has
no place for XMP, and tells both in its comment.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping, Sequence
from pathlib import Path

from ganstudio import __version__

XMP_KEY = "XML:com.adobe.xmp"
_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPE = f"{_TYPES}trainedAlgorithmicMedia"
COMPOSITE_TYPE = f"{_TYPES}compositeWithTrainedAlgorithmicMedia"
IPTC_SPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
XMP_SPACE = "http://ns.adobe.com/xap/1.0/"
OUR_SPACE = "urn:ganstudio:picture:"
_LONGEST = 2000  # characters of one word outside a PNG
# IPTC's fields that a picture has once: of one that has any of them, the XMP does not go on beside ours.
_FIELDS = ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed", "AIPromptInformation", "AIPromptWriterName")
_UNPROMPTED = ("Software", "Source", "SHA256", "Made-From")  # words of an origin that the model was not given

# The byte order mark in `begin` and the id are the XMP specification's, part 1, 7.3.2; `end="r"`: not to be edited.
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
{description}
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
_DESCRIPTION = f"""  <rdf:Description rdf:about=""
    xmlns:xmp="{XMP_SPACE}"
    xmlns:Iptc4xmpExt="{IPTC_SPACE}"{{attributes}}/>"""
_END = b"</rdf:RDF>"
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")  # XMP has none: part 1, 7.3.2
_LARGEST_PACKET = 60_000  # bytes: what a JPEG has room for, and a little less


def picture_words(
    model: str, sha256: str, seeds: str, classes: Sequence[str] = (), psi: float | None = None
) -> dict[str, str]:
    """A picture's origin: program, model, seeds, class and truncation where there are, the model's hash.

    `classes` are those of the picture's tiles, one a seed; `seeds` is what `format_seeds` wrote.
    """
    words = {"Software": f"ganstudio {__version__}", "Source": model, "Seed": seeds}
    if classes:
        words["Class"] = classes[0] if len(set(classes)) == 1 else ",".join(classes)
    if psi is not None:
        words["Psi"] = f"{psi:g}"
    return words | {"SHA256": sha256}


def latent_origin(latents: Sequence[str]) -> dict[str, str]:
    """The origin of latents that are not their seeds' own (""), as a picture's words; {} where all are."""
    return {"Latent": "; ".join(latents)} if any(latents) else {}


def words_of_made(model: str, sha256: str, key: str) -> dict[str, str]:
    """The origin of a picture that a model made of another: program, model, its hash, and `key`, see `holds`."""
    return {"Software": f"ganstudio {__version__}", "Source": model, "SHA256": sha256, "Made-From": key}


def xmp_packet(words: Mapping[str, str], whole: bool = False) -> str:
    """The XMP of a generated picture; with its `whole` origin where the format has no other place for that."""
    return _PACKET.format(description=_description(words, SOURCE_TYPE, whole, tool=True))


def xmp_of_made(words: Mapping[str, str], before: bytes, whole: bool = False) -> bytes:
    """The XMP of a picture that was made of another, whose own, `before`, goes on in it where it is well formed.

    One that has IPTC's fields already, or declares a document type or entities, does not go on. `whole` is as above.
    """
    if _goes_on(before):
        ours = _description(words, COMPOSITE_TYPE, whole, tool=False)
        head, end, tail = before.rpartition(_END)
        return head + ours.encode() + b"\n " + end + tail
    return _PACKET.format(description=_description(words, COMPOSITE_TYPE, whole, tool=True)).encode()


def _goes_on(before: bytes) -> bool:
    refused = (*(field.encode() for field in _FIELDS), *_DECLARATIONS)
    return _END in before and len(before) < _LARGEST_PACKET - _LONGEST and not any(one in before for one in refused)


def _description(words: Mapping[str, str], source_type: str, whole: bool, tool: bool) -> str:
    """`tool` says whether this is the description that names the picture's maker: there is one at most."""
    attributes = {f"Iptc4xmpExt:{key}": value for key, value in iptc_fields(words, source_type).items()}
    if tool:
        attributes = {"xmp:CreatorTool": f"ganstudio {__version__}"} | attributes
    if whole:
        attributes = {"xmlns:ganstudio": OUR_SPACE} | {f"ganstudio:{k}": v for k, v in words.items()} | attributes
    lines = (f'\n    {name}="{_attribute(value)}"' for name, value in attributes.items())
    return _DESCRIPTION.format(attributes="".join(lines))


def iptc_fields(words: Mapping[str, str], source_type: str = SOURCE_TYPE) -> dict[str, str]:
    """IPTC's fields of a picture with these words: what it is, the model and its version, what the model was given."""
    prompt = "; ".join(f"{key}: {_cut(value)}" for key, value in words.items() if key not in _UNPROMPTED)
    system = {"AISystemUsed": f"ganstudio, model {words['Source']}"} if "Source" in words else {}
    model = f", model sha256 {words['SHA256']}" if words.get("SHA256") else ""
    version = {"AISystemVersionUsed": f"{words['Software']}{model}"} if "Software" in words else {}
    return {"DigitalSourceType": source_type, **system, **version} | ({"AIPromptInformation": prompt} if prompt else {})


def comment(words: Mapping[str, str]) -> str:
    """IPTC's fields and a picture's words as JSON."""
    short = {key: _cut(value) for key, value in {**iptc_fields(words), **words}.items()}
    return json.dumps(short, ensure_ascii=False)


def is_ours(path: Path) -> bool:
    """Whether a file says of itself, in whatever format, that ganstudio generated it."""
    return (holds(path, SOURCE_TYPE) or holds(path, COMPOSITE_TYPE)) and holds(path, "ganstudio ")


def holds(path: Path, text: str) -> bool:
    """Whether the file holds that text among its bytes: a picture's words are never compressed."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(text.encode()) >= 0
    except (ValueError, OSError):  # it is empty, or no file that can be read
        return False


def _attribute(value: str) -> str:
    """`value` as XML takes it, which has no control characters."""
    import html

    return html.escape("".join(letter if letter.isprintable() else " " for letter in _cut(value)))


def _cut(value: str) -> str:
    """The beginning of a list of thousands of seeds: XMP in a JPEG, and a zip's comment, end at 64 kB."""
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]} ..."
