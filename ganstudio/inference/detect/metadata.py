"""What the readers of files collect: texts, EXIF, XMP and content credentials, as they stand there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from ganstudio.inference.detect.bounded import UnfinishedError

MOST_TEXTS = 1000


class Text(NamedTuple):
    """A text under a key, and which part of the file it stands in: `PNG text`, `EXIF`, `comment`."""

    where: str
    key: str
    value: str


@dataclass
class Metadata:
    """The metadata of one file.

    Attributes:
        format: png, jpeg, webp, gif, tiff, avif, heic, mp4, mov, npz, or Pillow's name of another.
        xmp: packets.
        credentials: the bytes of a C2PA manifest store; None where there is none.
        notes: what was not read, and why.
    """

    format: str
    texts: list[Text] = field(default_factory=list)
    xmp: list[bytes] = field(default_factory=list)
    credentials: bytes | None = None
    notes: list[str] = field(default_factory=list)

    def add_text(self, where: str, key: str, value: str) -> None:
        """Raises UnfinishedError where there are MOST_TEXTS already."""
        if len(self.texts) >= MOST_TEXTS:
            raise UnfinishedError(f"it has more than {MOST_TEXTS:,} texts: the rest was not read")
        self.texts.append(Text(where, key, value))

    def add_credentials(self, content: bytes) -> None:
        self.credentials = (self.credentials or b"") + content

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Notes why something could not be read, and goes on behind it."""
        try:
            yield
        except UnfinishedError as error:
            self.note(str(error))
