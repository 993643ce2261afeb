"""Files of keyframes, TOML: read, and checked for everything that can be seen without the model, all of it at once."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ganstudio.errors import UsageError, nearest
from ganstudio.inference.latent.directions import LARGEST_STRENGTH
from ganstudio.inference.latent.keyframes import EASINGS, frame_count
from ganstudio.inference.latent.truncation import MOST_CENTRES
from ganstudio.inference.latents import LARGEST_SEED
from ganstudio.workspace import nearest_path

EXAMPLE = """\
# Keyframes of a film: ganstudio animate FILE.toml --out film.gif
# model = "dcgan-mnist-1"     # an export, an .onnx file or a run; else the newest, or --model
fps = 25
seconds = 6                   # of a loop; else the film ends at its last keyframe
loop = true                   # leads back to the first keyframe
ease = "smooth"               # or linear, ease-in, ease-out: from each keyframe to the next

[[keyframe]]                  # the first is at 0; what it does not set is as `sample` has it
t = 0                         # seconds
seed = 1                      # or latent = "saved.npz"

[[keyframe]]                  # what a keyframe does not set goes on its way
t = 2
seed = 5
ease = "linear"               # from here to the next

[[keyframe]]
t = 4
seed = 9
# class = "7"                 # models with classes
# psi = 0.7                   # models with truncation
# cutoff = 4                  # models with styles: no truncation from this layer on
# directions = { thickness = 1.5, slant = -1 }
# noise = 0                   # models with noise: what it is multiplied by
# noise_seed = 3
"""
MOST_FRAMES = 100_000
LONGEST_S = 36_000.0


class Rule(NamedTuple):
    """What a key may hold: a kind of value, and for numbers from where to where."""

    kind: str
    low: float = -math.inf
    high: float = math.inf


FILM_KEYS: Mapping[str, Rule] = {
    "model": Rule("text"),
    "fps": Rule("number", 1, 120),
    "seconds": Rule("number", 0.01, LONGEST_S),
    "loop": Rule("true or false"),
    "ease": Rule("easing"),
    "layers": Rule("text"),
    "centres": Rule("whole number", 1, MOST_CENTRES),
    "keyframe": Rule("tables"),
}
KEYFRAME_KEYS: Mapping[str, Rule] = {
    "t": Rule("number", 0, LONGEST_S),
    "seed": Rule("whole number", 0, LARGEST_SEED),
    "latent": Rule("text"),
    "index": Rule("whole number", 0),
    "class": Rule("name or number"),
    "psi": Rule("number"),
    "cutoff": Rule("number", 0),
    "directions": Rule("table"),
    "noise": Rule("number", -100, 100),
    "noise_seed": Rule("whole number", 0, LARGEST_SEED),
    "ease": Rule("easing"),
}
_STRENGTH = Rule("number", -LARGEST_STRENGTH, LARGEST_STRENGTH)
_KINDS: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "easing": (str,),
    "name or number": (str, int),
    "number": (int, float),
    "whole number": (int,),
    "true or false": (bool,),
    "table": (dict,),
    "tables": (list,),
}


@dataclass(frozen=True)
class KeyframeFile:
    """A file of keyframes: the values that can be used, and a line for each that cannot."""

    path: Path
    film: Mapping[str, Any]
    keyframes: tuple[Mapping[str, Any], ...]
    problems: tuple[str, ...]

    @classmethod
    def read(cls, path: Path, instead: Mapping[str, Any]) -> KeyframeFile:
        """What the file at `path` holds, with keys of the film `instead` of its own.

        Raises UsageError where it cannot be read, or is no TOML, and for a value of `instead` that cannot be, which is
        called as the option of that name.
        """
        for key, value in instead.items():
            if problem := _problem(value, FILM_KEYS[key]):
                raise UsageError(f"--{key}: {problem}")
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            why = f"{path} cannot be read: {error.strerror or error}. {nearest_path(path)}"
            raise UsageError(why, "ganstudio animate --example") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise UsageError(f"{path} is no TOML: {error}.", "ganstudio animate --example") from None
        return cls.of(path, {**data, **instead})

    @classmethod
    def of(cls, path: Path, data: Mapping[str, Any]) -> KeyframeFile:
        """The same of a TOML document."""
        problems: list[str] = []
        film = _values(data, FILM_KEYS, "", problems)
        tables = film.pop("keyframe", [])
        keyframes = []
        for number, table in enumerate(tables, 1):
            where = f"keyframe {number}: "
            if isinstance(table, dict):
                keyframes.append(_values(table, KEYFRAME_KEYS, where, problems))
                _check_strengths(keyframes[-1].get("directions", {}), where, problems)
            else:
                problems.append(f"{where}a table is wanted; got {table!r}.")
        problems += _order_problems([one for one in tables if isinstance(one, dict)], keyframes)
        problems += _length_problems(data, film, keyframes)
        return cls(path, film, tuple(keyframes), tuple(problems))

    @property
    def seconds(self) -> float:
        """The film's length: the last keyframe's time unless it is given."""
        last = max((float(one.get("t", 0)) for one in self.keyframes), default=0.0)
        return float(self.film.get("seconds", last))

    @property
    def fps(self) -> float:
        return float(self.film.get("fps", 25))

    @property
    def uses_directions(self) -> bool:
        return any(one.get("directions") for one in self.keyframes)

    @property
    def count(self) -> int:
        """How many frames the film has."""
        return frame_count(self.seconds, self.fps, self.loop)

    @property
    def loop(self) -> bool:
        return bool(self.film.get("loop", False))


def _values(table: Mapping[str, Any], rules: Mapping[str, Rule], where: str, problems: list[str]) -> dict[str, Any]:
    """The values of a table that keep to their rules; a line goes into `problems` for each other."""
    values = {}
    for key, value in table.items():
        if key not in rules:
            problems.append(f"{where}{key} is no key. {nearest(key, rules)}")
        elif problem := _problem(value, rules[key]):
            problems.append(f"{where}{key}: {problem}")
        else:
            values[key] = value
    return values


def _problem(value: Any, rule: Rule) -> str:
    """Why a value does not keep to its rule; "" where it does."""
    kinds = _KINDS[rule.kind]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        name = "an easing" if rule.kind == "easing" else f"a {rule.kind}" if rule.kind != "tables" else "[[keyframe]]"
        return f"{name} is wanted; got {value!r}."
    if rule.kind == "easing" and isinstance(value, str) and value not in EASINGS:
        return f"{value!r} is none. {nearest(value, EASINGS)}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            return f"a {rule.kind} is wanted; got {value}."
        if not rule.low <= value <= rule.high:
            return f"from {rule.low:.10g} {f'to {rule.high:.10g}' if rule.high < math.inf else 'up'}; got {value:.10g}."
    return ""


def _check_strengths(directions: dict[str, Any], where: str, problems: list[str]) -> None:
    """Takes out of a keyframe's directions what is no strength."""
    for name, strength in list(directions.items()):
        if problem := _problem(strength, _STRENGTH):
            problems.append(f"{where}directions.{name}: {problem}")
            del directions[name]


def _order_problems(given: list[dict[str, Any]], keyframes: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong in how keyframes follow each other and name their latents; `given` is as they stand."""
    if len(keyframes) < 2:
        yield f"keyframe: a film needs two tables [[keyframe]] or more; got {len(keyframes)}."
    before = -1.0
    for number, (keys, one) in enumerate(zip(given, keyframes, strict=True), 1):
        where = f"keyframe {number}: "
        if "t" not in keys:
            yield f"{where}t is missing, its time in seconds."
        elif number == 1 and one.get("t", 0) != 0:
            yield f"{where}t: the first is at 0; got {one['t']:g}."
        elif one.get("t", math.inf) <= before:
            yield f"{where}t: times go up; {one['t']:g} comes after {before:g}."
        before = max(before, one.get("t", before))
        if "seed" in keys and "latent" in keys:
            yield f"{where}seed, latent: give one of the two."
        if "index" in keys and "latent" not in keys:
            yield f"{where}index: is a place in the file of a latent, which is missing."
        if number == 1 and not {"seed", "latent"} & set(keys):
            yield f"{where}seed or latent is missing: the first says where the film begins."


def _length_problems(
    given: Mapping[str, Any], film: Mapping[str, Any], keyframes: list[dict[str, Any]]
) -> Iterator[str]:
    """What is wrong in the film's length; `given` is the document as it stands."""
    last = max((float(one.get("t", 0)) for one in keyframes), default=0.0)
    seconds, loop = film.get("seconds"), film.get("loop", False)
    if loop and "seconds" not in given:
        yield f"seconds is missing: the length of the loop, above {last:g}, the last keyframe's time."
    elif seconds is not None and (seconds < last or (loop and seconds == last)):
        least = f"{'above' if loop else 'at least'} {last:g}, the last keyframe's time"
        yield f"seconds: {least}; got {seconds:g}."
    count = frame_count(seconds or last, film.get("fps", 25), loop)
    if count > MOST_FRAMES:
        yield f"seconds, fps: {count:,} frames are too many; {MOST_FRAMES:,} are the most."
