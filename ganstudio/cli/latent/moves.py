"""The moves of `--direction NAME=STRENGTH` and the layers of `--layers`, checked against a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganstudio.cli.output import note
from ganstudio.errors import UsageError, nearest

if TYPE_CHECKING:
    from ganstudio.inference.latent.directions import Direction, Directions
    from ganstudio.inference.latent.model import LatentModel

    Moves = tuple[tuple[Direction, float], ...]


def directions_of(model: LatentModel) -> Directions:
    """The directions beside a model. Raises UsageError where they are another model's."""
    from ganstudio.inference.latent.directions import Directions

    return Directions.of(model.whole.path, model.whole.manifest, model.space)


def parse_moves(given: list[str], model: LatentModel) -> Moves:
    """The directions and strengths of --direction. Raises UsageError for a name that is unknown or given twice.

    A strength that leaves the data is said, not refused.
    """
    from ganstudio.inference.latent.directions import parse_move

    known = directions_of(model)
    if not given:
        names = nearest("", [one.name for one in known])
        raise UsageError(f"--direction: along which? Give NAME=STRENGTH. {names}", "ganstudio directions list")
    moves = tuple(parse_move(text, known) for text in given)
    names_given = [direction.name for direction, _ in moves]
    if twice := next((name for name in names_given if names_given.count(name) > 1), None):
        raise UsageError(f"--direction {twice}: is given twice. Give its strength once.")
    for direction, strength in moves:
        note_reach(direction, strength)
    return moves


def note_reach(direction: Direction, strength: float) -> None:
    """Says where a strength is beyond what the direction's proof found to leave the data."""
    if direction.reach and direction.leaves_data(strength):
        low, high = direction.reach
        why = "half of the pictures beyond, or more, leave the data"
        if not (low or high):
            note(f"{direction.name}={strength:+g}: its proof found no reach; half of the pictures leave the data.")
        else:
            note(f"{direction.name}={strength:+g}: its proof reaches from {low:g} to {high:+g}; {why}.")


def parse_layers(given: str | None, model: LatentModel, moves: Moves) -> slice:
    """The layers to be moved. Raises UsageError where they are none; says which moves change nothing in them."""
    from ganstudio.inference.latent.layers import layers_named

    if given is None:
        return slice(None)
    layers = layers_named(given, model)
    for direction, _ in moves:
        if not direction.vector[layers].any():
            note(f"{direction.name} moves nothing in layers {given}.")
    return layers
