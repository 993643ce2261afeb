"""What a translation makes of its input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ganstudio.diagnosis.case import Case, first_value, short_number
from ganstudio.diagnosis.finding import Finding
from ganstudio.diagnosis.rules.samples import GROWING, SETTLED

COPIED, UNTOUCHED = 0.1, 0.05  # of the difference between an input and what is to be made of it
# What holds the output to its input, by task: the first of these that weighs anything is what to try.
HOLDING = {
    "unpaired": ("identity", "cycle"),
    "contrastive": ("identity_nce", "nce"),
    "multidomain": ("reconstruction",),
    "paired": (),
}
DROPPED = ("identity", "identity_nce")  # without which the others still keep what a picture shows


def copied_input(case: Case) -> Iterator[Finding]:
    """The generator hands on what it was given; one that begins to change it, or whose score still falls, is young."""
    changed, kind = case.late("probe.changed"), str(case.knobs("task").get("kind"))
    if changed is None or changed.mean >= COPIED or case.generator_updates < SETTLED or not case.rate("g"):
        return
    if changed.values[-1] > GROWING * changed.values[0]:
        return
    grave = changed.mean < UNTOUCHED and not case.improving
    tries = _weaker(case, HOLDING.get(kind, ()))
    yield Finding(
        "copied_input",
        "error" if grave else "warning",
        "The generator copies its input: what comes out is all but what went in.",
        f"output and input differ {changed.mean:.2f} times as much as an input and what is to be made of it (below "
        f"{COPIED:g} is a copy)",
        case.since(changed.name, lambda value: value < COPIED),
        tries,
        0.8 if grave else 0.6,
        advice=None if tries else "see with `ganstudio data show` whether both pictures of a pair are the same",
    )


def _weaker(case: Case, names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if weight := _weight(case, name):
            return (f"task.{name}={short_number(0 if name in DROPPED else weight / 2)}",)
    return ()


def _weight(case: Case, name: str) -> float:
    """A task's weight as it is now."""
    value = case.knobs("task").get(name, 0.0)
    if isinstance(value, Mapping):
        return case.state.numbers.get(f"task.{name}", first_value(value))
    return float(value)
