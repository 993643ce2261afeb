"""Numbers of a recipe that may change over its length.

Such a knob takes a plain number, or a table: `{start = 2e-4, end = 0, shape = "cosine"}` goes by the share of the
schedule's length that is done, `{points = [[0, 0.05], [200, 0.005]]}` by kimg. A plain number stays a float.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import Field, GetCoreSchemaHandler, NonNegativeFloat, ValidationError, field_validator, model_validator
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from ganstudio.recipe.base import Fraction, Knobs

_LARGEST = sys.float_info.max
_CLOSE = 0.001  # how far from a bound that is not legal itself the nearest legal value is put


class Transition(Knobs):
    """From `start` to `end`, while the share of the schedule's length that is done goes from `since` to `until`."""

    start: float = Field(description="the value up to `since`")
    end: float = Field(description="the value from `until` on")
    since: Fraction = Field(default=0.0, description="share of the schedule's length at which it begins to change")
    until: Fraction = Field(default=1.0, description="share of the schedule's length at which `end` is reached")
    shape: Literal["linear", "cosine", "step"] = Field(
        default="linear", description="the way between them; a step stays at `start` and is at `end` from `until` on"
    )
    warmup_kimg: NonNegativeFloat = Field(
        default=0.0, description="it is scaled from 0 to its full value over so many kimg at first"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Transition:
        if self.until < self.since:
            raise _fault(("until",), f"must be at least since, which is {self.since:g}", self.until, self.since)
        return self

    def at(self, nimg: int, schedule_kimg: float) -> float:
        value = self._before_warmup(nimg / (schedule_kimg * 1000))
        if nimg < self.warmup_kimg * 1000:
            value *= nimg / (self.warmup_kimg * 1000)
        return value

    def _before_warmup(self, progress: float) -> float:
        if progress >= self.until:
            return self.end
        if progress <= self.since or self.shape == "step":
            return self.start
        share = (progress - self.since) / (self.until - self.since)
        if self.shape == "cosine":
            share = (1 - math.cos(math.pi * share)) / 2
        return self.start + (self.end - self.start) * share


class Points(Knobs):
    """Straight lines between [kimg, value] pairs; before the first and after the last its value stays."""

    points: tuple[tuple[float, float], ...] = Field(description="[kimg, value] pairs, in ascending kimg")

    @field_validator("points", mode="before")
    @classmethod
    def _pairs_in_order(cls, value: Any) -> Any:
        """Checks all of it at its first slip, for one that is wrong makes the list too short as well."""
        if not isinstance(value, list | tuple) or len(value) < 2:
            raise _fault((), "must be two [kimg, value] pairs or more", value)
        for place, pair in enumerate(value):
            if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(map(_is_finite, pair)):
                raise _fault((place,), "must be [kimg, value], two numbers", pair)
            if pair[0] < 0:
                raise _fault((place,), "kimg must be at least 0", pair[0], 0)
            if place and pair[0] <= value[place - 1][0]:
                raise _fault((place,), f"must be in ascending kimg, above {value[place - 1][0]:g}", pair[0])
        return value

    def at(self, nimg: int) -> float:
        for (before, low), (after, high) in pairwise(self.points):
            if nimg < after * 1000:
                # with the first point at 0 a share of `after`, to the last bit
                share = (nimg - before * 1000) / ((after - before) * 1000)
                return low + (high - low) * max(share, 0.0)
        return self.points[-1][1]


Number = float | Transition | Points
TABLE_KEYS = (*Transition.model_fields, *Points.model_fields)


def value_at(number: Number, nimg: int, schedule_kimg: float) -> float:
    """The value of `number` after `nimg` images of a schedule of `schedule_kimg` thousand."""
    match number:
        case Transition():
            return number.at(nimg, schedule_kimg)
        case Points():
            return number.at(nimg)
        case _:
            return number


def ever_positive(number: Number) -> bool:
    """Whether `number` is above 0 at any time."""
    match number:
        case Transition():
            return max(number.start, number.end) > 0
        case Points():
            return any(value > 0 for _, value in number.points)
        case _:
            return number > 0


def is_scheduled(number: Any) -> TypeGuard[Transition | Points]:
    return isinstance(number, Transition | Points)


def scheduled_numbers(knobs: Knobs, above: str = "") -> Iterator[tuple[str, Transition | Points]]:
    """(key, number) of every number of a recipe that changes; an entry of a list of tables is named by its kind."""
    for name, value in knobs:
        entries = enumerate(value) if isinstance(value, tuple) else ()
        for key, one in ((name, value), *((f"{name}.{getattr(e, 'kind', place)}", e) for place, e in entries)):
            if is_scheduled(one):
                yield f"{above}{key}", one
            elif isinstance(one, Knobs):
                yield from scheduled_numbers(one, f"{above}{key}.")


@dataclass(frozen=True)
class Within:
    """Marks a knob that takes a Number: the bounds that every value of it keeps to.

    It checks by hand, for of a union pydantic would complain once for each member.
    """

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.checked, serialization=core_schema.plain_serializer_function_ser_schema(_plain)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        bounds = {"minimum": self.ge, "exclusiveMinimum": self.gt, "maximum": self.le, "exclusiveMaximum": self.lt}
        return {"type": "number", **{k: v for k, v in bounds.items() if v is not None}, "changes": True}

    def checked(self, value: Any) -> Number:
        """`value` as a Number. Raises ValidationError, at the key within the table that is wrong."""
        if isinstance(value, Transition | Points):
            value = _plain(value)
        if not isinstance(value, Mapping):
            return self._bounded(value, ())
        number = _read_table(value)
        if isinstance(number, Points):
            for place, (_, one) in enumerate(number.points):
                self._bounded(one, ("points", place))
        else:
            self._bounded(number.start, ("start",))
            self._bounded(number.end, ("end",))
        return number

    def _bounded(self, value: Any, place: tuple[str | int, ...]) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _fault(place, "must be a number, or a table of start and end, or of points", value)
        if not _is_finite(value):
            raise _fault(place, "must be a finite number", value)
        for wrong, words, nearest in (
            (self.ge is not None and value < self.ge, f"input should be greater than or equal to {self.ge}", self.ge),
            (
                self.gt is not None and value <= self.gt,
                f"input should be greater than {self.gt}",
                (self.gt or 0) + _CLOSE,
            ),
            (self.le is not None and value > self.le, f"input should be less than or equal to {self.le}", self.le),
            (self.lt is not None and value >= self.lt, f"input should be less than {self.lt}", (self.lt or 0) - _CLOSE),
        ):
            if wrong:
                raise _fault(place, words, value, nearest)
        return float(value)


NonNegative = Annotated[Number, Within(ge=0)]
Positive = Annotated[Number, Within(gt=0)]
Share = Annotated[Number, Within(ge=0, le=1)]
Beta = Annotated[Number, Within(ge=0, lt=1)]


def _read_table(table: Mapping[str, Any]) -> Transition | Points:
    """Reads a table. Raises ValidationError with as few lines as there are slips: an unknown key stands alone."""
    if unknown := [key for key in table if key not in TABLE_KEYS]:
        raise _error([InitErrorDetails(type="extra_forbidden", loc=(str(key),), input=table[key]) for key in unknown])
    if "points" in table:
        if other := next((key for key in table if key != "points"), None):
            raise _fault((other,), "goes with start and end, not with points: give one of the two", table[other])
        return Points.model_validate(dict(table))
    if not table.keys() & {"start", "end"}:
        raise _fault((), "must hold start and end, or points", dict(table))
    return Transition.model_validate(dict(table))


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _plain(number: Number) -> Any:
    """A number as TOML and JSON have it; of a table what says something: its defaults are part of its grammar."""
    return number.model_dump(mode="json", exclude_defaults=True) if is_scheduled(number) else number


def _fault(place: tuple[str | int, ...], words: str, value: Any, nearest: float | None = None) -> ValidationError:
    """One complaint; explain.py ends it with the value, and with `nearest`."""
    context = {} if nearest is None else {"nearest": f"{nearest:g}"}
    wrong = PydanticCustomError("number", words, context)
    return _error([InitErrorDetails(type=wrong, loc=place, input=value)])


def _error(details: list[InitErrorDetails]) -> ValidationError:
    return ValidationError.from_exception_data("number", details)
