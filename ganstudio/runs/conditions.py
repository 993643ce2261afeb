"""`--stop-when`: comparisons of a run's numbers, joined by `and` and `or`; `and` binds tighter. Nothing is evaluated
as code, and no brackets are needed.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ganstudio.errors import UsageError, nearest
from ganstudio.runs.state import RunState

SCORE, DISTANCE = "score", "fd"  # the first score, whatever it is called; the same where that is a Fréchet distance
BESIDE = ("kid", "is", "precision", "recall", "density", "coverage")  # of evaluation.metrics, in any features
NAMES = (SCORE, DISTANCE, "kimg", "minutes", "loss.d", "loss.g", "d_real", "d_fake", "img_per_s", *BESIDE)
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_HINT = '--stop-when "fd < 5 and kimg > 50"'
_TOKEN = re.compile(r"\s*([<>=!]+|[^\s<>=!]+)")


@dataclass(frozen=True)
class Comparison:
    name: str
    relation: str
    number: float

    def holds(self, values: Mapping[str, float]) -> bool:
        """Whether the comparison is true; it is false for a number that is not known yet, and for NaN."""
        value = values.get(self.name)
        return value is not None and _COMPARED[self.relation](value, self.number)


@dataclass(frozen=True)
class StopCondition:
    """True where all comparisons of one of the `alternatives` are."""

    text: str
    alternatives: tuple[tuple[Comparison, ...], ...]

    def holds(self, values: Mapping[str, float]) -> bool:
        return any(all(part.holds(values) for part in every) for every in self.alternatives)

    def check_scores(self, scores: tuple[str, ...], why_none: str | None) -> None:
        """Raises UsageError where it waits for a score that a training with these `scores` never has."""
        for part in (part for every in self.alternatives for part in every):
            if part.name in (SCORE, DISTANCE) and not scores:
                raise UsageError(f"--stop-when {self.text!r}: {why_none or 'this training is not scored'}.")
            if part.name == DISTANCE and not scores[0].startswith(("FID", "FD")):
                raise UsageError(f"--stop-when {self.text!r}: this training's score is {scores[0]}. Nearest: {SCORE}.")
            if part.name in BESIDE and part.name not in map(_metric, scores):
                raise UsageError(
                    f"--stop-when {self.text!r}: this training does not measure {part.name}.",
                    hint=f"--set evaluation.metrics={DISTANCE},{part.name}",
                )
            if part.name not in (*NAMES, *scores):
                known = nearest(part.name, (*NAMES, *scores))
                raise UsageError(f"--stop-when {self.text!r}: there is no score {part.name!r}. {known}")


def parse(text: str) -> StopCondition:
    """The condition that `text` spells, `fd < 5 and kimg > 50`. Raises UsageError for anything else."""
    tokens = _TOKEN.findall(text)
    alternatives: list[list[Comparison]] = [[]]
    while True:
        alternatives[-1].append(_comparison(text, tokens))
        if not tokens:
            return StopCondition(text, tuple(map(tuple, alternatives)))
        match tokens.pop(0):
            case "and":
                continue
            case "or":
                alternatives.append([])
            case other:
                raise _condition_error(text, f"expected `and` or `or` before {other!r}")


def _comparison(text: str, tokens: list[str]) -> Comparison:
    """Takes the first three of `tokens` as a comparison."""
    name, relation, number = (tokens.pop(0) if tokens else "" for _ in range(3))
    if not name or name in ("and", "or"):
        raise _condition_error(
            text, "a comparison is missing" if not name else f"a comparison is missing before {name!r}"
        )
    # a score's full name, FD[lenet]-5k or FID-10k, is known to the worker, which checks it before it begins
    if name not in NAMES and not re.fullmatch(r"\w+\[.+\](-\w+)?|\w+-\w+", name):
        raise _condition_error(text, f"unknown name {name!r}. {nearest(name, NAMES)}")
    if relation not in _COMPARED:
        raise _condition_error(text, f"{name} must be compared by <, <=, > or >=; got {relation!r}")
    try:
        return Comparison(name, relation, _finite(number))
    except ValueError:
        raise _condition_error(text, f"{name} {relation} needs a number; got {number!r}") from None


def _metric(score: str) -> str:
    """`is` of `IS[lenet]-5k`, `kid` of `KD[lenet]-5k` and `KID-5k`: what evaluation.metrics calls it."""
    kind = re.split(r"[\[-]", score)[0].lower()
    return "kid" if kind == "kd" else kind


def _finite(number: str) -> float:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", number, re.IGNORECASE):
        raise ValueError
    return float(number)


def _condition_error(text: str, problem: str) -> UsageError:
    return UsageError(f"--stop-when {text!r}: {problem if problem[-1] in '.?' else f'{problem}.'}", hint=_HINT)


def values_of(state: RunState, seconds: float) -> dict[str, float]:
    """The numbers that conditions compare: the last value of all that is known after `seconds` of training."""
    first = next((score.value for score in state.scores.values()), None)
    values = {
        "kimg": state.nimg / 1000,
        "minutes": seconds / 60,
        **{f"loss.{name}": value for name, value in state.losses.items()},
        **{_metric(name): score.value for name, score in state.scores.items()},
        **{name: score.value for name, score in state.scores.items()},
        SCORE: first,
        DISTANCE: first,
        "d_real": state.d_real,
        "d_fake": state.d_fake,
        "img_per_s": state.img_per_s,
    }
    return {name: value for name, value in values.items() if value is not None}
