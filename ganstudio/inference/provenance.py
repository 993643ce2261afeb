"""What a generated picture says about itself: that it is synthetic, in a word that other programs know, and its origin.

The word is IPTC's digital source type `trainedAlgorithmicMedia`, in the picture's XMP; photo agencies, content
credentials and search engines read it there. A PNG carries XMP in an iTXt chunk of a fixed key.
"""

from __future__ import annotations

from collections.abc import Sequence

from ganstudio import __version__

XMP_KEY = "XML:com.adobe.xmp"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

# The byte order mark in `begin` and the id are the XMP specification's, part 1, 7.3.2; `end="r"`: not to be edited.
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmp:CreatorTool="{tool}"
    Iptc4xmpExt:DigitalSourceType="{source_type}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def xmp_packet() -> str:
    """The XMP of any generated picture."""
    return _PACKET.format(tool=f"ganstudio {__version__}", source_type=SOURCE_TYPE)


def text_chunks(model: str, sha256: str, seeds: str, classes: Sequence[str] = ()) -> dict[str, str]:
    """The metadata of a PNG for `write_png`: program, model, seeds, class where there is one, the model's hash, XMP.

    `classes` are those of the picture's tiles, one a seed; `seeds` is what `format_seeds` wrote.
    """
    words = {"Software": f"ganstudio {__version__}", "Source": model, "Seed": seeds}
    if classes:
        words["Class"] = classes[0] if len(set(classes)) == 1 else ",".join(classes)
    return words | {"SHA256": sha256, XMP_KEY: xmp_packet()}
