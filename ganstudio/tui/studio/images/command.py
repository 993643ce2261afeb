"""The command that makes what Studio shows of a picture."""

from __future__ import annotations

from pathlib import Path

from ganstudio.inference.exports import Export
from ganstudio.inference.images.answer import FULL, Ask, Paint
from ganstudio.inference.images.model import kind_of


def command_of(export: Export, ask: Ask, mask: Path | None, out: Path) -> list[str]:
    """Returns the command that answers a question on a file; `mask` is the file of a box that is to be filled in."""
    kind = kind_of(export.manifest)
    hole = ["--mask", "alpha" if mask is None else str(mask)] if kind == "inpaint" else []
    style = [] if ask.paint is None else _style_options(ask.paint)
    domain = [] if ask.label is None else ["--domain", export.manifest.classes[ask.label]]
    return [kind, str(ask.subject.path), *hole, *domain, *style, "--model", export.reference, "--out", str(out)]


def _style_options(paint: Paint) -> list[str]:
    styles = [word for text in paint.texts for word in ("--style", text)]
    strength = [] if paint.strength == FULL else ["--strength", f"{paint.strength / FULL:g}"]
    return [*styles, *strength, *(["--keep-colour"] if paint.keep_colour else [])]
