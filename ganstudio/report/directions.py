"""Text shown for directions: how each was found, how well it holds, and what moves along with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ganstudio.inference.latent.directions import Direction, Directions
from ganstudio.inference.latent.proof import FARTHEST

UNKNOWN = "–"
HEADER = ("name", "from", "measured", "ρ", "sd", "reach", "class kept", "also moves")
_MOVES_ALONG = 0.25  # deviations: less is not worth a word
_MOST_WORDS = 3


def as_json(direction: Direction, directions: Directions) -> dict[str, Any]:
    """A direction as commands print it under --json."""
    proof = direction.proof
    keys = ("measure", "spearman", "seeds", "moves", "reach", "reach_of", "class_kept", "sure")
    about = {"name": direction.name, "space": directions.space, "made": dict(direction.made)}
    return about | {key: proof.get(key) for key in keys}


def row(direction: Direction) -> list[str]:
    """Cells under HEADER."""
    proof = direction.proof
    return [
        direction.name,
        str(direction.made.get("from", UNKNOWN)),
        str(proof.get("measure", UNKNOWN)),
        _number(proof.get("spearman"), ".2f"),
        _number(proof.get("moves", {}).get(proof.get("measure")), "+.2f"),
        reach(direction),
        _number(proof.get("class_kept"), ".0%"),
        moves_along(direction),
    ]


def reach(direction: Direction) -> str:
    """`-2 to over 6`: the strengths within which half of the pictures, or more, are like the data; or `none`."""
    ends = direction.proof.get("reach")
    if ends is None:
        return UNKNOWN
    if not any(ends):
        return "none"
    low = "under " if ends[0] <= -FARTHEST else ""
    high = "over " if ends[1] >= FARTHEST else ""
    return f"{low}{ends[0]:g} to {high}{ends[1]:g}"


def moves_along(direction: Direction) -> str:
    """What strength 1 moves besides what it is for, the most first: `size +0.84, slant -0.31`."""
    moves = {thing: by for thing, by in direction.proof.get("moves", {}).items() if thing != _own(direction)}
    far = sorted((thing for thing, by in moves.items() if abs(by) >= _MOVES_ALONG), key=lambda one: -abs(moves[one]))
    words = ", ".join(f"{thing} {moves[thing]:+.2f}" for thing in far[:_MOST_WORDS])
    return words + (f", {len(far) - _MOST_WORDS} more" if len(far) > _MOST_WORDS else "")


def sentence(direction: Direction) -> str:
    """A line on a direction that was found just now."""
    proof = direction.proof
    parts = [f"{direction.name}: {proof['measure']} follows it by {proof['spearman']:.2f} (rank correlation)"]
    strength = direction.made.get("strength_1", {})
    if "moves_mean_by" in strength and abs(strength["moves_mean_by"] - 1) > 0.1:
        parts.append(f"strength 1 moves it by {strength['moves_mean_by']:.2f} deviations, and no length by 1")
    if any(proof["reach"]):
        parts.append(f"within {proof['reach_of']} from strength {reach(direction)}")
    else:
        parts.append(f"half of the pictures are unlike {proof['reach_of']} as soon as they move, or before")
    if proof["class_kept"] is not None:
        parts.append(f"class kept in {proof['class_kept']:.0%} at -1 and 1")
    return "; ".join(parts) + "."


def facts(direction: Direction) -> list[tuple[str, str]]:
    """Label and value of all that is known of a direction."""
    made, proof = direction.made, direction.proof
    strength = made.get("strength_1", {})
    how = ", ".join(str(made[key]) for key in ("from", "how") if key in made)
    found = [("name", direction.name), ("found by", how or UNKNOWN)]
    found += [("of data", str(made["data"]))] if made.get("data") else []
    found += [("layers", str(made["layers"]))] if made.get("layers") else []
    found += [("keeps", ", ".join(made["keep"]))] if made.get("keep") else []
    if strength:
        by = f", {strength['deviation']:.3g}" if "deviation" in strength else ""
        found.append(("strength 1", f"{strength['is']}{by}"))
    if proof:
        seeds = f"over {proof['seeds']} seeds"
        found.append(("measured", f"{proof['measure']}: median rank correlation {proof['spearman']:.3f} {seeds}"))
        found.append(("reach", f"{reach(direction)}, compared with {proof['reach_of']}"))
        if proof["class_kept"] is not None:
            found.append(("class kept", f"{proof['class_kept']:.1%} at -1 and 1, of {proof['sure']} sure seeds"))
        found.append(("also moves", moves_along(direction) or "nothing by a quarter of a deviation"))
    return found


def entanglement(directions: Iterable[Direction]) -> tuple[list[str], list[list[str]]]:
    """A header and rows: by how many deviations each direction moves what every direction is for.

    A thing that was not measured for a direction is unknown there.
    """
    listed = list(directions)
    things = list(dict.fromkeys(filter(None, map(_own, listed))))
    rows = [[one.name, *(_number(one.proof.get("moves", {}).get(thing), "+.2f") for thing in things)] for one in listed]
    return ["moves", *things], rows


def numeric_columns(header: Sequence[str]) -> tuple[int, ...]:
    """The columns of the entanglement table that are aligned to the right."""
    return tuple(range(1, len(header)))


def _own(direction: Direction) -> str | None:
    thing = direction.proof.get("measure")
    return None if thing is None else str(thing)


def _number(value: float | None, form: str) -> str:
    return UNKNOWN if value is None else format(value, form)
