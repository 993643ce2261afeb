"""The command that makes what Studio shows of a picture."""

from __future__ import annotations

from pathlib import Path

from ganstudio.inference.exports import Export
from ganstudio.inference.images.answer import Ask
from ganstudio.inference.images.model import kind_of


def command_of(export: Export, ask: Ask, mask: Path | None, out: Path) -> list[str]:
    """Returns the command that answers a question on a file; `mask` is the file of a box that is to be filled in."""
    kind = kind_of(export.manifest)
    hole = ["--mask", "alpha" if mask is None else str(mask)] if kind == "inpaint" else []
    domain = [] if ask.label is None else ["--domain", export.manifest.classes[ask.label]]
    return [kind, str(ask.subject.path), *hole, *domain, "--model", export.reference, "--out", str(out)]
