"""Pictures in the place of seeds: `edit --image` and `interpolate --image` find their latents first, by projection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.latent.encoder import require_flat
from ganstudio.cli.output import note, progress
from ganstudio.cli.sample.latent_file import LatentFile
from ganstudio.errors import UsageError
from ganstudio.workspace import nearest_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.exports import Export
    from ganstudio.inference.latent.projection.projector import Projector

Images = Annotated[
    list[Path] | None,
    typer.Option("--image", metavar="FILE", help="A picture, whose latent is found first; may be repeated."),
]


def check_alone(images: Sequence[Path], seed: object, count: object, latent: object) -> None:
    """Raises UsageError where latents are asked for besides those of pictures."""
    for flag, given in (("--seed", seed), ("--n", count), ("--latent", latent)):
        if given is not None:
            why = f"{images[0]} is a picture to begin with, {flag} asks for others"
            raise UsageError(f"--image: {why}. Give one of the two.")


@dataclass(frozen=True, eq=False)
class TargetPictures:
    """Pictures whose latents are to be found: images [N, C, H, W], fitted to a model, and the class of all, if told.

    They are read at once and searched for last, when nothing else can be wrong: a search takes long.
    """

    paths: tuple[Path, ...]
    images: NDArray[np.float32]
    label: int | None

    @classmethod
    def read(cls, paths: Sequence[Path], export: Export, class_: str | None) -> TargetPictures:
        """Fits pictures to what a model draws, and says how.

        Raises UsageError for a picture that cannot be read, and for a model that draws no flat pictures.
        """
        import numpy as np

        from ganstudio.data.manifest import UnreadableError
        from ganstudio.inference.latent.projection.fitting import fitted, to_images
        from ganstudio.inference.sampling import choose_classes

        require_flat(export)
        shape = tuple(map(int, export.manifest.image_shape))
        labels = choose_classes(export.manifest.classes, [0], class_) if class_ is not None else None
        pixels = []
        for path in paths:
            try:
                fitting, notes = fitted(path, shape)
            except (UnreadableError, OSError) as error:
                why = error.strerror if isinstance(error, OSError) else error
                raise UsageError(f"--image: {path} cannot be read: {why}. {nearest_path(path)}") from None
            pixels.append(fitting)
            for text in notes:
                note(f"{path.name}: {text}.")
        return cls(tuple(paths), to_images(np.stack(pixels)), labels[0] if labels else None)

    def find(self, projector: Projector) -> LatentFile:
        """The latents that draw the pictures nearest, each search as `ganstudio project` makes it."""
        from ganstudio.inference.latent.projection.projected_files import saved_latents

        found = []
        searches = projector.find(self.images, self.label, progress("projecting"))
        for path, one in zip(self.paths, searches, strict=True):
            note(f"{path.name}: {one.distance} from it.")
            found.append(one)
        return LatentFile(self.paths[0].absolute(), saved_latents(projector, found, [path.name for path in self.paths]))
