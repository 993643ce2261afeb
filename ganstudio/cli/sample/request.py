"""What `ganstudio sample` was asked for, checked, and what its files are called."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.inference.exports import Export
from ganstudio.inference.latents import format_seeds

if TYPE_CHECKING:
    from ganstudio.cli.sample.latent_file import Latents


@dataclass(frozen=True)
class Order:
    """What was asked for, checked: a class index a seed where there are classes, a size where there is a grid."""

    export: Export
    seeds: tuple[int, ...]
    classes: list[int] | None
    asked_class: str | None
    psi: float | None
    plain: bool
    kind: str  # of `pictures.SUFFIXES`
    size: tuple[int, int] | None  # columns, rows
    folder: Path
    file: str | None  # the one file's name, where the user chose it
    latents: Latents | None = None  # those that take the place of the seeds' own

    @property
    def together(self) -> bool:
        """Whether all seeds go into one file."""
        return self.size is not None or self.kind == "npz"

    def name(self, start: int, count: int) -> str:
        """The name of the file that holds some of the seeds."""
        from ganstudio.inference.pictures import SUFFIXES

        if self.file:
            return self.file
        chosen = "" if self.asked_class is None else f"-class{re.sub(r'[^A-Za-z0-9.-]+', '_', self.asked_class)}"
        old = self.latents and self.latents.saved.psi
        cut = "" if self.psi in (None, old) else f"-psi{self.psi:g}"
        return f"{self._stem(start, count)}{chosen}{cut}{SUFFIXES[self.kind][0]}"

    def _stem(self, start: int, count: int) -> str:
        if self.latents is not None:
            return self.latents.stem(start, count)
        seeds = self.seeds[start : start + count]
        told = format_seeds(seeds).replace(",", "_")
        if len(told) > 60:
            told = f"{seeds[0]}-and-{len(seeds) - 1}-more-{zlib.crc32(told.encode()):08x}"
        return f"{self.export.name}-seed{told}"

    def paths(self) -> list[Path]:
        """Every file that is to be written."""
        each = len(self.seeds) if self.together else 1
        return [self.folder / self.name(start, each) for start in range(0, len(self.seeds), each)]

    def names(self, start: int, count: int) -> list[str]:
        """The names of the classes of some of the seeds."""
        known = self.export.manifest.classes
        return [known[index] for index in (self.classes or [])[start : start + count]]

    def origins(self, start: int, count: int) -> tuple[str, ...]:
        """Where some of the latents come from that are not the seeds' own."""
        return self.latents.saved.origins[start : start + count] if self.latents else ()

    def words(self, start: int, count: int) -> dict[str, str]:
        """What a file of some of the seeds says of itself; nothing where it is to be plain."""
        from ganstudio.inference.provenance import latent_origin, picture_words

        if self.plain:
            return {}
        seeds = format_seeds(self.seeds[start : start + count])
        told = picture_words(self.export.name, self.export.manifest.sha256, seeds, self.names(start, count), self.psi)
        return told | latent_origin(self.origins(start, count))
