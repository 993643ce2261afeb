"""Which knobs can change while a run trains, and the recipe that such changes make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.recipe.load import dump, resolve
from ganstudio.recipe.schema import Recipe

# Read anew at every step or mark, from one place, by code that keeps nothing made from an older value.
LIVE = (
    "generator_optimizer.lr",
    "generator_optimizer.betas",
    "discriminator_optimizer.lr",
    "discriminator_optimizer.betas",
    "training.sample_kimg",
    "training.checkpoint_kimg",
    "evaluation.every_kimg",
)


def read_settings(settings: Iterable[str], table: Mapping[str, Any], run: str) -> dict[str, Any]:
    """The values that `key=value` settings give to knobs of a live run, checked against its recipe's `table`.

    Raises UsageError for a knob that cannot change while `run` trains, RecipeError for values that it cannot take.
    """
    listed = tuple(settings)
    keys = [setting.partition("=")[0].strip() for setting in listed]
    for key, setting in zip(keys, listed, strict=True):
        if "=" not in setting:
            raise UsageError(f"{setting}: must be key=value.", hint=_example(run))
        if key not in LIVE:
            raise _not_live_error(key, setting, table, run)
    resolved = dump(resolve(dict(table), listed, run))
    return {key: value_of(resolved, key) for key in keys}


def _not_live_error(key: str, setting: str, table: Mapping[str, Any], run: str) -> UsageError:
    same = [known for known in LIVE if known.endswith(f".{key}")]
    known = f"Known: {', '.join(same)}." if same else nearest(key, LIVE)
    if key.partition(".")[0] not in table:
        return UsageError(f"{key}: there is no such knob. {known}", hint=_example(run))
    fork = f"ganstudio runs fork {run} --set {quoted(setting)}   # a new run that goes on with it"
    return UsageError(f"{key}: cannot change while a run trains. {known}", hint=fork)


def _example(run: str) -> str:
    return f"ganstudio runs set {run} {LIVE[0]}=1e-4"


def value_of(table: Mapping[str, Any], key: str) -> Any:
    section, knob = key.split(".")
    return table[section][knob]


def with_changes(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """`recipe` with the `values` of live knobs. Raises ValueError for what is no live knob or a wrong value."""
    table = dump(recipe)
    for key, value in values.items():
        if key not in LIVE:
            raise ValueError(f"{key}: cannot change while a run trains.")
        section, knob = key.split(".")
        table[section][knob] = value
    return Recipe.model_validate(table)
