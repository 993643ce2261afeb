"""Which checkpoint of which run an export is made of, and which other run is mixed in: what its options say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ganstudio.errors import UsageError
from ganstudio.workspace import Workspace


class BlendChoice(NamedTuple):
    """`--blend`, read: the other run's folder, its checkpoint and its share of the weights."""

    run: Path
    checkpoint: str
    share: float

    @property
    def label(self) -> str:
        """What the export's name ends with: `blend0.8-RUN2`."""
        return f"blend{self.share:g}-{self.run.name}"

    @property
    def options(self) -> list[str]:
        """The worker's options."""
        return ["--blend", str(self.run), self.checkpoint, str(self.share)]


def blend_of(workspace: Workspace, text: str) -> BlendChoice:
    """What `RUN2=0.8` or `RUN2@KIMG=0.8` means. Raises UsageError for anything else, or where there is no such run."""
    from ganstudio.runs import names, store

    reference, equals, share = text.rpartition("=")
    if not equals or not reference or not re.fullmatch(r"0|1|0?\.[0-9]+|[01]\.0*", share):
        raise UsageError(
            f"--blend {text!r}: must be another run and its share of the weights, from 0 to 1.",
            hint="--blend RUN2=0.8   # 0.8 of RUN2, 0.2 of the run that is exported",
        )
    name, _, kimg = names.split_reference(reference)
    run = store.find(workspace, name)
    store.require_own(run, "blend")
    return BlendChoice(run.path, checkpoint_name(kimg or None) or "best", float(share))


def checkpoint_name(given: str | None) -> str | None:
    """`best`, `last` or kimg in its shortest spelling: `48.0` -> `48`."""
    if given is None or given in ("best", "last"):
        return given
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", given):
        raise UsageError(f"--checkpoint {given!r} is neither best, last nor a number of kimg such as 48.2.")
    return f"{float(given):.12g}"
