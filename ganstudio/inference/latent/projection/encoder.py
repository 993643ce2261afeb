"""NAME.encoder.onnx beside an export: its inverse, from images to latents, and what it says of itself.

It takes `images` [N, C, H, W] in [-1, 1] and gives `z` [N, z_dim], or `ws` [N, L, D] of a generator with styles. Under
the metadata key `ganstudio.encoder` it has JSON: `of` and `sha256`, the export that it is of; `space`; `trained`, on
what and how long; `proof`, how well it reconstructs what it never saw.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.errors import StudioError, UsageError, quoted
from ganstudio.inference.manifest import ExportManifest, read_metadata
from ganstudio.inference.providers import AUTO, open_session
from ganstudio.inference.sessions import failure_reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

KEY = "ganstudio.encoder"
_AT_ONCE = 64


def encoder_path(export: Path) -> Path:
    return export.with_name(f"{export.stem}.encoder.onnx")


@dataclass(frozen=True)
class Encoder:
    """A trained inverse. `output` is `z` or `ws`; `sha256` is its own content's hash."""

    path: Path
    output: str
    sha256: str
    about: Mapping[str, Any]
    session: Any

    @classmethod
    def beside(cls, export: Path, manifest: ExportManifest, provider: str = AUTO) -> Encoder | None:
        """The encoder of that very export; None where there is none.

        Raises UsageError where it is damaged, or of other weights than the export's: a name may be exported again.
        """
        path = encoder_path(export)
        if not path.is_file():
            return None
        again = f"ganstudio encoder {quoted(export.stem)}   # trains it again"
        words = read_metadata(path)
        try:
            about = json.loads(words[KEY])
            own = ExportManifest.loads(words["ganstudio"], str(path))
            of, output = str(about["sha256"]), own.outputs[0].name
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise UsageError(f"{path} says not what it is an encoder of ({error}).", again) from None
        if of != manifest.sha256:
            raise UsageError(
                f"{path.name} is stale: it inverts weights that begin with {of[:12]}, {export.name} has "
                f"{manifest.sha256[:12]}.",
                again,
            )
        return cls(path, output, own.sha256, about, open_session(path, provider).session)

    def latents(self, images: Floats) -> Floats:
        """Latents [N, layers, size] of images [N, C, H, W]. Raises StudioError where onnxruntime fails."""
        import numpy as np

        given = np.ascontiguousarray(images, np.float32)
        try:
            parts = [
                self.session.run([self.output], {"images": given[at : at + _AT_ONCE]})[0]
                for at in range(0, len(given), _AT_ONCE)
            ]
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise StudioError(f"{self.path.stem}: onnxruntime failed: {failure_reason(error)}") from error
        found: Floats = np.concatenate(parts)
        return found[:, None] if self.output == "z" else found
