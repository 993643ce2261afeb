"""What a generated picture says about itself: that it is synthetic, in a word that other programs know, and its origin.

The word is IPTC's digital source type `trainedAlgorithmicMedia`, in the picture's XMP, or
`compositeWithTrainedAlgorithmicMedia` of one that a network made of another picture; photo agencies, content
credentials and search engines read it there. A PNG carries XMP in an iTXt chunk of a fixed key, and the origin in text
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
_SPACE = "urn:ganstudio:picture:"
_LONGEST = 2000  # characters of one word outside a PNG

# The byte order mark in `begin` and the id are the XMP specification's, part 1, 7.3.2; `end="r"`: not to be edited.
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
{description}
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
_DESCRIPTION = """  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"{words}
    Iptc4xmpExt:DigitalSourceType="{source_type}"/>"""
_END = b"</rdf:RDF>"
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


def xmp_packet(words: Mapping[str, str] | None = None) -> str:
    """The XMP of any generated picture; of one whose format has no other place for them, with its words."""
    return _PACKET.format(description=_description(words or {}, SOURCE_TYPE, tool=True))


def xmp_of_made(words: Mapping[str, str], before: bytes) -> bytes:
    """The XMP of a picture that was made of another, whose own, `before`, goes on in it where it is well formed."""
    if _END in before and b"DigitalSourceType" not in before and len(before) < _LARGEST_PACKET - _LONGEST:
        ours = _description(words, COMPOSITE_TYPE, tool=False)
        head, end, tail = before.rpartition(_END)
        return head + ours.encode() + b"\n " + end + tail
    return _PACKET.format(description=_description(words, COMPOSITE_TYPE, tool=True)).encode()


def _description(words: Mapping[str, str], source_type: str, tool: bool) -> str:
    """`tool` says whether this is the description that names the picture's maker: there is one at most."""
    space = f'\n    xmlns:ganstudio="{_SPACE}"' if words else ""
    attributes = "".join(f'\n    ganstudio:{key}="{_attribute(value)}"' for key, value in words.items())
    maker = f'\n    xmp:CreatorTool="ganstudio {__version__}"' if tool else ""
    return _DESCRIPTION.format(source_type=source_type, words=f"{space}{attributes}{maker}")


def comment(words: Mapping[str, str]) -> str:
    """The word and a picture's words as JSON."""
    short = {key: _cut(value) for key, value in words.items()}
    return json.dumps({"DigitalSourceType": SOURCE_TYPE} | short, ensure_ascii=False)


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
