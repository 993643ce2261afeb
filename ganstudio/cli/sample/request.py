"""The checked options of `ganstudio sample` and `edit`, and the names of the files that they write."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.inference.codes import Code
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import format_seeds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.cli.sample.latent_file import LatentFile
    from ganstudio.inference.latent.model import LatentModel
    from ganstudio.inference.latent.truncation import Truncation


@dataclass(frozen=True)
class SampleRequest:
    """The checked options: a class index for each seed where there are classes, a size where there is a grid."""

    export: Export
    seeds: tuple[int, ...]
    classes: list[int] | None
    class_option: str | None
    psi: float | None
    plain: bool
    kind: str  # of `pictures.SUFFIXES`
    size: tuple[int, int] | None  # columns, rows
    folder: Path
    file: str | None  # the one file's name, where the user chose it
    latents: LatentFile | None = None  # those that take the place of the seeds' own
    pictures: tuple[Path, ...] = ()  # whose latents these are, or will be once they are found
    fps: float = 8.0  # of a film
    codes: tuple[tuple[Code, float], ...] = ()  # each with the value that all latents get
    cutoff: int | None = None
    centres: int = 1
    moves: tuple[tuple[str, float], ...] = ()  # names of directions, each with its strength
    layers: str = ""  # those that are moved, as --layers names them; "" for all

    @property
    def truncation(self) -> Truncation:
        from ganstudio.inference.latent.truncation import Truncation

        return Truncation(1.0 if self.psi is None else self.psi, self.cutoff, self.centres)

    @property
    def through_halves(self) -> bool:
        """Whether its pictures are drawn by the halves of a generator with styles."""
        return self.truncation.in_w or self.ws() is not None

    @property
    def is_film(self) -> bool:
        """Whether the frames, or slices, follow each other in time instead of standing in a row."""
        from ganstudio.inference.pictures import FILMS

        return self.kind in FILMS

    @property
    def is_one_file(self) -> bool:
        """Whether all seeds go into one file."""
        return self.size is not None or self.kind == "npz"

    def file_name(self, start: int, count: int) -> str:
        """The name of the file that holds some of the seeds."""
        from ganstudio.inference.pictures import FILMS, SUFFIXES

        if self.file:
            return self.file
        class_part = "" if self.class_option is None else f"-class{re.sub(r'[^A-Za-z0-9.-]+', '_', self.class_option)}"
        own_psi = 1.0 if self.pictures else self.latents and self.latents.saved.psi
        psi_part = "" if self.psi in (None, own_psi) else f"-psi{self.psi:g}"
        code_part = "".join(f"-{code.name}={value:g}" for code, value in self.codes)
        changes = f"{class_part}{code_part}{self._moves_part()}{psi_part}{self._truncation_part()}"
        return f"{self._stem(start, count)}{changes}{(SUFFIXES | FILMS)[self.kind][0]}"

    def _moves_part(self) -> str:
        """The directions in a file's name; of many their number and a hash."""
        text = "".join(f"-{name}{strength:+g}" for name, strength in self.moves)
        if len(text) > 60:
            text = f"-{len(self.moves)}-directions-{zlib.crc32(text.encode()):08x}"
        return f"{text}-layers{self.layers}" if self.layers else text

    def _truncation_part(self) -> str:
        cutoff = "" if self.cutoff is None else f"-cutoff{self.cutoff}"
        return cutoff if self.centres == 1 else f"{cutoff}-centres{self.centres}"

    def _stem(self, start: int, count: int) -> str:
        if self.pictures:
            more = f"-and-{count - 1}-more" if count > 1 else ""
            return f"{self.pictures[start].stem}{more}"
        if self.latents is not None:
            return self.latents.stem(start, count)
        seeds = self.seeds[start : start + count]
        seed_text = format_seeds(seeds).replace(",", "_")
        if len(seed_text) > 60:
            seed_text = f"{seeds[0]}-and-{len(seeds) - 1}-more-{zlib.crc32(seed_text.encode()):08x}"
        return f"{self.export.name}-seed{seed_text}"

    def paths(self) -> list[Path]:
        """Every file that is to be written."""
        per_file = len(self.seeds) if self.is_one_file else 1
        return [self.folder / self.file_name(start, per_file) for start in range(0, len(self.seeds), per_file)]

    def class_names(self, start: int, count: int) -> list[str]:
        """The names of the classes of some of the seeds."""
        known = self.export.manifest.classes
        return [known[index] for index in (self.classes or [])[start : start + count]]

    def origins(self, start: int, count: int) -> tuple[str, ...]:
        """The origins of some of the latents of a latent file; () without one."""
        return self.latents.saved.origins[start : start + count] if self.latents else ()

    def metadata(self, start: int, count: int) -> dict[str, str]:
        """The metadata of a file of some of the seeds; empty where it is to be plain."""
        from ganstudio.inference.origins import code_words, edit_words
        from ganstudio.inference.provenance import latent_origin, picture_words

        if self.plain:
            return {}
        seeds = format_seeds(self.seeds[start : start + count])
        common = picture_words(
            self.export.name, self.export.manifest.sha256, seeds, self.class_names(start, count), self.psi
        )
        edits = edit_words(self.moves, self.layers, self.truncation)
        return common | code_words(self.codes) | edits | latent_origin(self.origins(start, count))

    def edit_json(self) -> dict[str, Any]:
        """The JSON of an edit; {} where nothing is edited."""
        if not self.moves:
            return {}
        how = {"psi": self.psi, "cutoff": self.cutoff, "centres": self.centres}
        return {"directions": dict(self.moves), "layers": self.layers or "all"} | how

    def ws(self) -> NDArray[np.float32] | None:
        """The ws [N, layers, size] of a file that holds these in the place of latents; None of any other."""
        return self.latents.saved.ws if self.latents else None

    def starts(self, model: LatentModel) -> Iterator[NDArray[np.float32]]:
        """Latents [n, layers, size] of the seeds, or of a file, a batch at a time."""
        from ganstudio.inference.latent.editing import starting_latents

        return starting_latents(model, self.seeds, self.classes, self.z(), self.ws())

    def z(self) -> NDArray[np.float32] | None:
        """The latents [N, z_dim]; None where they are the seeds' own."""
        from ganstudio.inference.codes import with_value
        from ganstudio.inference.latents import latents

        saved = self.latents.saved.z if self.latents else None
        if not self.codes:
            return saved
        z = latents(self.seeds, self.export.manifest.z_dim or 0) if saved is None else saved
        for code, value in self.codes:
            z = with_value(z, code, value)
        return z
