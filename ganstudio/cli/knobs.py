"""`ganstudio knobs`: every key that `--set` takes."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.output import note, paint, print_json, say
from ganstudio.errors import StudioError, quoted

if TYPE_CHECKING:
    from ganstudio.recipe.knobs import Knob

_Pattern = Annotated[str | None, typer.Argument(metavar="[PATTERN]", help="A part of a key, or one with a * in it.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def knobs(pattern: _Pattern = None, as_json: _Json = False) -> None:
    """List every key that `--set` takes, with its default, what it may be, what it means, and an example.

    The default is what holds where neither the preset nor `--set` says otherwise: `ganstudio presets show NAME` has
    the values of a preset.

    \b
    Examples:
      ganstudio knobs
      ganstudio knobs lr
      ganstudio knobs 'regularizers.r1*'
    """
    from ganstudio.recipe import reference

    entries = reference.reference(options_schemas())
    if pattern is not None:
        entries = reference.matching_knobs(entries, pattern)
    if as_json:
        print_json([reference.as_json(knob) for knob in entries])
        return
    for knob in entries:
        _print_knob(knob)


def options_schemas() -> dict[str, Any]:
    """The JSON Schema of each shipped architecture's options, by id; a note names those that no worker describes."""
    from ganstudio.recipe.names import architecture_names
    from ganstudio.runs.architecture_options import describe, describe_shipped

    schemas = {}
    with contextlib.suppress(StudioError):  # which is said below, of each by its name
        describe_shipped()
    for name in architecture_names():
        try:
            schemas[name] = describe(name)["options"]
        except StudioError as error:
            note(f"note: the options of architecture.id={name} are left out: {error.message}")
    return schemas


def _print_knob(knob: Knob) -> None:
    from ganstudio.recipe import reference

    default = reference.default(knob)
    legal = f"  [{knob.legal}]" if knob.legal else ""
    say(f"{paint(knob.key, 'bold', sys.stdout)}{f' = {default}' if default else ''}{legal}")
    say(f"    {reference.meaning(knob)}")
    for kind, text in reference.kind_meanings(knob).items():
        say(f"      {kind}: {text}")
    say(f"    --set {quoted(reference.example(knob))}")
