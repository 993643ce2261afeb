"""The file of `ganstudio sample --latent`, or what pictures were found to be: latents, classes, and their export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.cli.model_choice import choose_export
from ganstudio.cli.output import note
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export, list_exports
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.inference.latent_files import SavedLatents


@dataclass(frozen=True)
class LatentFile:
    """A file of latents and its content, or the first of some pictures and their latents."""

    path: Path
    saved: SavedLatents

    @classmethod
    def read(cls, path: Path, seed: str | None, count: int | None) -> LatentFile:
        """Reads a file of latents. Raises UsageError where it holds none, and where seeds are asked for besides."""
        from ganstudio.inference.latent_files import read_latents

        for flag, given in (("--seed", seed), ("--n", count)):
            if given is not None:
                raise UsageError(f"--latent: {path} holds the latents, {flag} asks for others. Give one of the two.")
        path = path.absolute()
        return cls(path, read_latents(path))

    def stem(self, start: int, count: int) -> str:
        """The beginning of the name of a file that holds some of the pictures."""
        return self.path.stem if count == len(self.saved.seeds) else f"{self.path.stem}-{start}"

    def export(self, workspace: Workspace, given: str | None, checkpoint: str | None, trust: bool) -> Export:
        """The export that `--model` names, else the one that the latents were saved with. Raises UsageError."""
        name = self.saved.model
        if given is not None or checkpoint is not None or not name:
            export = choose_export(workspace, given, checkpoint, trust)
        else:
            known = {one.name: one for one in list_exports(workspace)[0]}
            if name not in known:
                message = f"--latent: {self.path} was saved of {name!r}, which is no export here: --model chooses one."
                raise UsageError(message, hint="ganstudio export list")
            export = known[name]
        size, z_dim = self.saved.z.shape[1], export.manifest.z_dim
        if self.saved.ws is None and z_dim not in (None, size):
            raise UsageError(f"--latent: {self.path} holds latents of {size} numbers; {export.name} takes {z_dim}.")
        if self.saved.sha256 not in ("", export.manifest.sha256):
            note(f"{self.path.name} was saved of {name or 'another model'}; the weights of {export.name} are others.")
        return export

    def check_made_of(self, flag: str) -> None:
        """Raises UsageError where the file holds ws, which are made already of what `flag` asks for."""
        if self.saved.ws is not None:
            raise UsageError(f"{flag}: {self.path} holds ws, which are made of it already: leave it out.")

    def labels(self, export: Export) -> list[int] | None:
        """The classes of the latents; None where the model, or the file, has none, and of ws. Raises UsageError."""
        known, labels = len(export.manifest.classes), self.saved.labels
        if labels is None or self.saved.ws is not None:
            return None
        if not known:
            note(f"{export.name} has no classes: those of {self.path.name} are left out.")
            return None
        if illegal := [label for label in labels if not 0 <= label < known]:
            reason = f"{self.path} asks for class {illegal[0]}; {export.name} has {known} of them"
            raise UsageError(f"--latent: {reason}: --class chooses one.")
        return list(labels)

    def psi(self, export: Export) -> float | None:
        """The truncation that they were saved with; None where that is none, or the model has none."""
        if self.saved.psi == 1:
            return None
        if not export.manifest.has_psi:
            note(f"{export.name} has no truncation: the {self.saved.psi:g} of {self.path.name} is left out.")
            return None
        return self.saved.psi
