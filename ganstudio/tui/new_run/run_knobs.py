"""The knobs that a run has beside its recipe: those that `train` and `runs fork` have flags for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ganstudio.errors import UsageError
from ganstudio.recipe.allowed_values import fault
from ganstudio.recipe.knobs import Knob
from ganstudio.report.validation import device_fault
from ganstudio.workspace import expand_path, is_name, nearest_place

_LENGTH_OR_NONE = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}], "default": None}
# a JSON Schema each
RUN_KNOBS: dict[str, dict[str, Any]] = {
    "data": {"type": "string", "default": "", "description": "a data set by name, or a folder of images"},
    "style_data": {"type": "string", "default": "", "description": "the styles to learn: a data set, or a folder"},
    "name": {"type": "string", "default": "", "description": "the run's id; PRESET-DATA-N where there is none"},
    "seed": {"type": "integer", "minimum": 0, "default": 0, "description": "what every draw follows from"},
    "device": {"type": "string", "default": "auto", "description": "auto, cpu, cuda[:i] or mps"},
    "gpus": {"type": "integer", "exclusiveMinimum": 0, "default": 1, "description": "processes, one a GPU"},
    "minutes": {**_LENGTH_OR_NONE, "description": "stop after this time, the last score included"},
    "stop_when": {"type": "string", "default": "", "description": "finish when this holds: fd < 5 and kimg > 50"},
    "patience": {**_LENGTH_OR_NONE, "description": "finish after so many kimg with no better score"},
    "busy": {
        **{"type": "string", "enum": ["refuse", "queue", "share"], "default": "refuse"},
        "description": "where the device is in use: do not start, wait in line, or start beside",
    },
}


@dataclass(frozen=True)
class KnownNames:
    """Names that a draft is checked against: data sets with their number of images (None: not packed yet), and the
    names that runs have taken.
    """

    sets: Mapping[str, int | None] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()


def run_defaults() -> dict[str, Any]:
    """Returns the default of each knob that a run has beside its recipe."""
    return {name: node["default"] for name, node in RUN_KNOBS.items()}


def run_knob_fault(knob: Knob, value: Any, known: KnownNames) -> str:
    """Returns what is wrong with a knob of the run itself; '' where it is legal."""
    if text := fault(value, knob.node):
        return text
    match knob.key.rpartition(".")[2]:
        case "data" | "style_data":
            return _data_fault(value, known)
        case "name" if value and (not is_name(value) or value == "latest"):
            return "letters, digits and . _ - make a name, a letter or digit first, 100 at most."
        case "name" if value in known.taken:
            return "there is a run of that name already."
        case "device":
            return device_fault(value)
        case "stop_when" if value:
            from ganstudio.runs.conditions import parse

            try:
                parse(value)
            except UsageError as error:
                return error.message.partition(": ")[2]
    return ""


def _data_fault(value: str, known: KnownNames) -> str:
    if not value:
        return "choose a data set, or type the path of a folder."
    # an empty list is one that nobody has read yet
    if value in known.sets or not known.sets or expand_path(value).exists():
        return ""
    return f"neither a data set nor a path. {nearest_place(value, known.sets)}"
