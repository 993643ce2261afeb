"""What a knob may be, by its JSON Schema: in words, and what is wrong with a value.

Of the schema's language this knows what pydantic writes for knobs. The rest it lets pass: the worker checks the options
of an architecture once more.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

from ganstudio.errors import nearest_number

Node = Mapping[str, Any]

EMA_STDS = (0.01, 0.28)  # of the power-function averages of weights; above 0.288 they would weigh early weights most

_TYPES: dict[str, tuple[type, ...]] = {
    **{"integer": (int,), "number": (int, float), "boolean": (bool,), "string": (str,)},
    **{"array": (list, tuple), "object": (dict,), "null": (type(None),)},
}
_BOUNDS = {
    **{"minimum": (operator.ge, "at least"), "exclusiveMinimum": (operator.gt, "more than")},
    **{"maximum": (operator.le, "at most"), "exclusiveMaximum": (operator.lt, "less than")},
}
_NAMES = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "a text"}


def is_optional(node: Node) -> bool:
    """Whether there may be none."""
    return node.get("type") == "null" or any(is_optional(one) for one in node.get("anyOf", ()))


def choices(node: Node) -> tuple[Any, ...]:
    """The values that there are, where the schema names all of them."""
    if some := [choices(one) for one in node.get("anyOf", ()) if one.get("type") != "null"]:
        return tuple(value for found in some for value in found) if all(some) else ()
    if node.get("type") == "boolean":
        return (True, False)
    return tuple(node.get("enum", (node["const"],) if "const" in node else ()))


def legal_words(node: Node) -> str:
    """`whole, > 0`, `0 … 1`, `a | b`, `> 0, or none`; empty where everything is legal."""
    if "legal" in node:
        return str(node["legal"])
    if "anyOf" in node:
        some = [text for one in node["anyOf"] if one.get("type") != "null" and (text := legal_words(one))]
        return ", ".join([" or ".join(some), *(["or none"] if is_optional(node) else [])]).strip(", ")
    if node.get("type") == "boolean":
        return "true | false"
    if known := choices(node):
        return " | ".join(map(str, known))
    if node.get("type") == "array":
        return _list_in_words(node)
    return ", ".join(part for part in ("whole" if node.get("type") == "integer" else "", _bounds(node)) if part)


def _bounds(node: Node) -> str:
    low, above = node.get("minimum"), node.get("exclusiveMinimum")
    high, below = node.get("maximum"), node.get("exclusiveMaximum")
    begin = f"{low:g}" if low is not None else f">{above:g}" if above is not None else ""
    end = f"{high:g}" if high is not None else f"<{below:g}" if below is not None else ""
    if begin and end:
        return f"{begin} … {end}"
    if begin:
        return f"≥ {low:g}" if low is not None else f"> {above:g}"
    return (f"≤ {high:g}" if high is not None else f"< {below:g}") if end else ""


def _list_in_words(node: Node) -> str:
    items = node.get("prefixItems", ())
    if items:
        return f"[{', '.join(legal_words(item) or 'a value' for item in items)}]"
    each = node.get("items", {})
    if known := choices(each):
        return f"[some of {', '.join(map(str, known))}]"
    return f"a list, each {legal_words(each)}" if legal_words(each) else "a list"


def fault(value: Any, node: Node) -> str:
    """The end of a sentence on what is wrong with a value; empty where it is legal."""
    if "anyOf" in node:
        faults = [fault(value, one) for one in node["anyOf"]]
        wrong = [text for text, one in zip(faults, node["anyOf"], strict=True) if one.get("type") != "null"]
        return "" if not all(faults) else wrong[0] if wrong else faults[0]
    kind = node.get("type")
    if "enum" in node or "const" in node:
        known = choices(node)
        return "" if value in known else f"must be {' or '.join(map(str, known))}; got {_value_text(value)}."
    if kind in _TYPES and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return f"must be {_NAMES.get(kind, 'a list' if kind == 'array' else kind)}; got {_value_text(value)}."
    if isinstance(value, list | tuple):
        return _faulty_list(value, node)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _out_of_bounds(value, node)
    return ""


def _out_of_bounds(value: float, node: Node) -> str:
    for key, (holds, said) in _BOUNDS.items():
        if key in node and not holds(value, node[key]):
            return f"must be {said} {node[key]:g}; got {_value_text(value)}."
    return ""


def _faulty_list(value: list[Any] | tuple[Any, ...], node: Node) -> str:
    least, most = node.get("minItems", 0), node.get("maxItems", len(value))
    if not least <= len(value) <= most:
        wanted = f"{least}" if least == most else f"at least {least}" if len(value) < least else f"at most {most}"
        return f"must be a list of {wanted}; got {_value_text(value)}."
    of = [*node.get("prefixItems", ())] or [node.get("items", {})] * len(value)
    return next((text for item, one in zip(value, of, strict=False) if (text := fault(item, one))), "")


def _value_text(value: Any) -> str:
    return "nothing" if value is None or value == "" else str(value)


def halvings(size: int | tuple[int, ...]) -> list[int]:
    """The short sides that double to that of `size`, the long side with them: 32 -> 32, 16, 8, 4, 2, 1."""
    sides = (size,) if isinstance(size, int) else size
    halved = [min(sides)]
    while all(side % 2 == 0 for side in sides):
        sides = tuple(side // 2 for side in sides)
        halved.append(min(sides))
    return halved


def sharing_fault(batch: int, processes: int) -> str:
    """A sentence on a batch that cannot be shared equally by `processes`; empty where it can."""
    if batch % processes == 0:
        return ""
    lower = batch // processes * processes
    nearest = nearest_number(batch, (max(lower, processes), lower + processes))
    return f"training.batch: must divide among {processes} processes; got {batch}. Nearest: {nearest}."


# objectives of differences: no logit means "real" by itself
WITHOUT_THRESHOLD = ("wasserstein", "relativistic", "relativistic_average")


def adaptive_fault(objective: str, probability: str) -> str:
    """A sentence on an augmentation that adapts to logits which say nothing by themselves; empty where they do.

    Both are kinds: of the objective and of augmentation.p.
    """
    if probability != "adaptive" or objective not in WITHOUT_THRESHOLD:
        return ""
    return (
        f"augmentation.p.kind: adaptive follows how many real images the critic takes for real, and {objective} has no "
        "logit above which it does. Nearest: constant."
    )


def divisors(number: int) -> set[int]:
    """Every whole number that divides this one."""
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return {*small, *(number // d for d in small)}
