"""What pictures of each kind of work say of their origin, for commands and server: words of edits, walks, mixes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ganstudio.inference.latents import format_seeds
from ganstudio.inference.provenance import latent_origin, picture_words

if TYPE_CHECKING:
    from ganstudio.inference.codes import Code
    from ganstudio.inference.latent.mixing import Mix
    from ganstudio.inference.latent.truncation import Truncation
    from ganstudio.inference.walk import Walk


def code_words(codes: Sequence[tuple[Code, float]]) -> dict[str, str]:
    """The values that codes within z were given; {} for none."""
    return {"Codes": ", ".join(f"{code.name}={value:g}" for code, value in codes)} if codes else {}


def edit_words(moves: Sequence[tuple[str, float]], layers: str, truncation: Truncation) -> dict[str, str]:
    """The words of an edit and of a truncation in w; {} where there is neither."""
    directions = ", ".join(f"{name}={strength:+g}" for name, strength in moves)
    words = {"Directions": directions, "Layers": layers} | truncation.words()
    return {key: word for key, word in words.items() if word}


def walk_words(
    model: str, sha256: str, walk: Walk, class_name: str | None, psi: float | None, frame: int | None = None
) -> dict[str, str]:
    """The words of one frame of a walk, or, of None, of the film."""
    classes = [] if class_name is None else [class_name]
    common = picture_words(model, sha256, format_seeds(walk.seeds), classes, psi)
    if frame is None:
        return common | {"Interpolation": walk.path} | latent_origin(walk.origins)
    first, second, share = walk.between(frame)
    start, end = walk.name(first), walk.name(second)
    return common | {"Latent": f"{walk.path}({start}, {end}, {share:.6g})" if share else start}


def mix_words(model: str, sha256: str, mix: Mix, psi: float | None) -> dict[str, str]:
    """The words of a grid of mixed styles."""
    rows, columns = mix.rows.seeds, mix.columns.seeds
    words = picture_words(model, sha256, format_seeds((*rows, *columns)), psi=psi)
    layers = format_seeds(range(mix.layers.start, mix.layers.stop))
    words |= {"Rows": format_seeds(rows), "Columns": format_seeds(columns), "Layers": layers}
    return words | mix.truncation.words()
