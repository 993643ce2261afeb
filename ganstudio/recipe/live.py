"""Which knobs can change while a run trains, and the recipe that such changes make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.recipe.assign import assign
from ganstudio.recipe.knobs import has_key, numbers, value_at
from ganstudio.recipe.load import dump, parse_value, resolve
from ganstudio.recipe.schema import SECTIONS, Recipe

# Read anew at every step or mark, from one place, by code that keeps nothing made from an older value.
LIVE = (
    *numbers(),
    "generator_optimizer.betas",
    "discriminator_optimizer.betas",
    "training.sample_kimg",
    "training.checkpoint_kimg",
    "evaluation.every_kimg",
)
OF_BOTH = ("lr", "betas")
_EXAMPLE = "lr"


def live_knob(key: str) -> str | None:
    """The live knob that `key` is, or is a part of: `generator_optimizer.lr` for `generator_optimizer.lr.end`."""
    above = key.rpartition(".")[0]
    return key if key in LIVE else above if above in numbers() else None


def read_settings(settings: Iterable[str], table: Mapping[str, Any], run: str, nimg: int = 0) -> dict[str, Any]:
    """The values that `key=value` settings give to knobs of a live run, checked against its recipe's `table` as it is
    after `nimg` images; a key may be a part of a number that changes. `lr` and `betas` are those of both optimizers.

    Raises UsageError for a knob that cannot change while `run` trains, RecipeError for values that it cannot take.
    """
    listed = tuple(one for setting in settings for one in in_full(setting))
    complete = dump(resolve(dict(table), (), run))  # one of an earlier version lacks some knobs
    values: dict[str, Any] = {}
    for setting in listed:
        key, equals, text = (part.strip() for part in setting.partition("="))
        if not equals:
            raise UsageError(f"{setting}: must be key=value.", hint=_example(run))
        knob = live_knob(key)
        if knob is None:
            raise _not_live_error(key, setting, table, run)
        if not has_key(complete, knob):
            raise _fork_error(f"{key}: is no knob of {run}, whose recipe has no such part.", setting, run)
        if key != knob and not isinstance(value_of(complete, knob), Mapping):
            raise _plain_error(key, knob, complete, run, nimg)
        values[key] = parse_value(text)
    resolved = dump(resolve(complete, listed, run))
    return {key: value_of(resolved, key) if key in LIVE else value for key, value in values.items()}


def in_full(setting: str) -> list[str]:
    """A setting with its whole key; `lr=1e-4`, `lr.end=0` and `betas=[0, 0.99]` stand for both optimizers'."""
    key = setting.strip()
    if key.partition("=")[0].partition(".")[0].strip() not in OF_BOTH:
        return [setting]
    return [f"{optimizer}.{key}" for optimizer in ("generator_optimizer", "discriminator_optimizer")]


def _not_live_error(key: str, setting: str, table: Mapping[str, Any], run: str) -> UsageError:
    above, _, part = key.rpartition(".")
    likely = [known for known in LIVE if known.partition(".")[0] not in SECTIONS]  # which few runs have
    same = [known for known in likely if known.endswith(f".{key}")]
    same += [f"{known}.{part}" for known in likely if above and known in numbers() and known.endswith(f".{above}")]
    known = f"Known: {', '.join(same)}." if same else nearest(key, LIVE)
    if key.partition(".")[0] not in table:
        return UsageError(f"{key}: there is no such knob. {known}", hint=_example(run))
    return _fork_error(f"{key}: cannot change while a run trains. {known}", setting, run)


def _fork_error(text: str, setting: str, run: str) -> UsageError:
    return UsageError(text, f"ganstudio runs fork {run} --set {quoted(setting)}   # a new run that goes on with it")


def _plain_error(key: str, knob: str, table: Mapping[str, Any], run: str, nimg: int) -> UsageError:
    """The error for a part of a number that does not change yet; a schedule would not begin where the run is."""
    now, training = value_of(table, knob), table["training"]
    since = min(nimg / 1000 / (training["schedule_kimg"] or training["kimg"]), 1.0)
    whole = f"{knob}={{start = {now:g}, end = {now / 10:g}, since = {since:.3f}}}"
    return UsageError(f"{key}: {knob} is a plain number, {now:g}.", f"ganstudio runs set {run} {quoted(whole)}")


def _example(run: str) -> str:
    return f"ganstudio runs set {run} {_EXAMPLE}=1e-4"


def value_of(table: Mapping[str, Any], key: str) -> Any:
    return value_at(table, key)


def with_changes(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """`recipe` with the `values` of live knobs, or of parts of them, in their order.

    Raises ValueError for what is no live knob of it or a wrong value.
    """
    table = dump(recipe)
    for key, value in values.items():
        knob = live_knob(key)
        if knob is None or not has_key(table, knob):
            raise ValueError(f"{key}: cannot change while a run trains.")
        if key != knob and not isinstance(value_of(table, knob), dict):
            raise ValueError(f"{key}: {knob} is a plain number.")
        if problems := assign(table, key, value):
            raise ValueError("\n".join(problems))
    return Recipe.model_validate(table)


def changes_between(before: Recipe, after: Recipe, keys: Iterable[str]) -> list[dict[str, Any]]:
    """The knobs, whole, of `keys` that differ: `key`, `from`, `to`."""
    old, new = dump(before), dump(after)
    pairs = {knob: (value_of(old, knob), value_of(new, knob)) for key in keys if (knob := live_knob(key))}
    return [{"key": knob, "from": was, "to": now} for knob, (was, now) in pairs.items() if was != now]
