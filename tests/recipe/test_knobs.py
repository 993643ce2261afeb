"""The flat list of knobs, what they may be, and the settings that make one recipe of another."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.recipe import allowed_values
from ganstudio.recipe.knobs import Knob, differing_knobs, knobs, recipe_schema, value_at, with_value, with_value_from
from ganstudio.recipe.load import dump, parse_value, preset_names, read_preset, resolve
from ganstudio.recipe.schema import Hinge
from ganstudio.recipe.settings import as_setting, settings
from ganstudio.workspace import Workspace

RAW: dict[str, Any] = {
    "architecture": {"id": "dcgan", "channels": 32},
    "regularizers": [{"kind": "r1", "gamma": 1.0}],
    "generator_optimizer": {"lr": 1e-4},
}
KINDS = {
    "task": ("synthesis", "unpaired", "paired", "contrastive", "multidomain", "inpaint"),
    "objective": ("non_saturating", "minimax", "least_squares", "hinge", "wasserstein", "relativistic"),
    "augmentation.p": ("constant", "ramp", "adaptive"),
}


def full(raw: dict[str, Any]) -> dict[str, Any]:
    return dump(resolve(raw, (), "test"))


def listed(table: dict[str, Any]) -> dict[str, Knob]:
    return {knob.key: knob for knob in knobs(recipe_schema(), table)}


def change(table: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The recipe with other values, in their order; `__` stands for a dot."""
    for name, value in values.items():
        key = name.replace("__", ".")
        table = full(with_value(table, listed(table)[key], value))
    return table


def everything_on() -> list[dict[str, Any]]:
    """Recipes that between them have every knob."""
    table = change(full(RAW), augmentation=True, growth=True)
    for key in [key for key, knob in listed(table).items() if knob.turn == "switch"]:
        table = change(table, **{key.replace(".", "__"): True})
    return [
        change(table, **{f"{above.replace('.', '__')}__kind": kind}) for above, kinds in KINDS.items() for kind in kinds
    ]


def test_every_knob_has_a_doc_line_and_says_what_it_may_be() -> None:
    silent = {
        knob.key
        for table in everything_on()
        for knob in listed(table).values()
        if not knob.doc or not (knob.legal or knob.key == "architecture.id")
    }
    assert silent == set()


def test_every_value_of_a_recipe_is_that_of_a_knob() -> None:
    table = full(RAW)
    keys = listed(table)
    flat = {
        *(f"{a}.{b}" for a, inner in table.items() if isinstance(inner, dict) for b in inner),
        *("regularizers.r1.gamma", "regularizers.r1.every"),
    }
    assert flat - keys.keys() == {"architecture.channels"}  # an option, which another schema describes
    assert keys["regularizers.r1.gamma"].value(table) == 1.0
    assert keys["regularizers.r1"].value(table) is True
    assert keys["regularizers.r2"].value(table) is False


def test_options_are_knobs_behind_the_name_of_their_architecture() -> None:
    schema = {"properties": {"width": {"type": "integer", "default": 3, "description": "of a layer"}}}
    [knob] = knobs(schema, {"id": "mine"}, "architecture.")
    assert (knob.key, knob.value({"architecture": {"id": "mine"}}), knob.doc) == ("architecture.width", 3, "of a layer")


def test_another_kind_begins_with_its_own_values() -> None:
    table = change(full({**RAW, "objective": {"kind": "non_saturating", "real_label": 0.9}}), objective__kind="hinge")
    assert table["objective"] == Hinge().model_dump()
    assert "objective.real_label" not in listed(table)


def test_what_is_switched_off_takes_its_knobs_along() -> None:
    table = change(full(RAW), augmentation=True, augmentation__p__kind="ramp")
    assert "augmentation.p.end" in listed(table)
    table = change(table, augmentation=False, regularizers__r1=False)
    assert table["augmentation"] is None
    assert table["regularizers"] == []
    assert not [key for key in listed(table) if key.startswith(("augmentation.", "regularizers.r1."))]


@pytest.mark.parametrize("key", ["objective.kind", "regularizers.r1", "training.batch", "augmentation"])
def test_what_is_restored_is_as_it_was_with_all_that_it_turned_on(key: str) -> None:
    old = change(full({**RAW, "objective": {"kind": "minimax", "flip": 0.1}}), augmentation=True)
    old = change(old, augmentation__p__kind="ramp")
    new = change(old, objective__kind="hinge", regularizers__r1=False, training__batch=8, augmentation=False)
    section = key.partition(".")[0]
    assert full(with_value_from(new, listed(new)[key], old))[section] == old[section]


def test_what_differs_is_told_with_what_it_was() -> None:
    old = full(RAW)
    new = change(old, objective__kind="hinge", training__batch=8)
    assert [(knob.key, was, now) for knob, was, now in differing_knobs(list(listed(new).values()), new, old)] == [
        ("objective.kind", "non_saturating", "hinge"),
        ("training.batch", 64, 8),
    ]


CHANGES: list[dict[str, Any]] = [
    {"training__micro_batch": 1, "training__batch": 8},
    {"objective__kind": "hinge"},
    {"objective__kind": "least_squares", "objective__real_label": 0.8},
    {"regularizers__r2": True},
    {"regularizers__r2": True, "regularizers__r2__gamma": 0.5, "regularizers__r1": False},
    {"augmentation": True},
    {"augmentation": True, "augmentation__policy": ["color"], "augmentation__p__kind": "ramp"},
    {"objective__kind": "hinge", "augmentation": True, "augmentation__p__kind": "adaptive"},
    {"augmentation": True, "augmentation__p__value": 0.3},
    {"data__crop": None, "data__resolution": 32, "growth": True, "growth__start": 16},
    {"architecture__id": "mlp"},
    {"evaluation__features": "none", "training__ema_ramp": None, "generator_optimizer__betas": [0.0, 0.9]},
    {"generator_optimizer__lr": {"start": 2e-4, "end": 0.0, "shape": "cosine"}, "training__ema_kimg": 5.0},
    {"generator_optimizer__betas": [{"start": 0.0, "end": 0.5}, 0.99]},
    {"objective__weight": {"points": [[0.0, 0.5], [10.0, 1.0]]}},
    {"regularizers__r2": True, "regularizers__r2__gamma": {"start": 1.0, "end": 0.5, "since": 0.25}},
    {"augmentation": True, "augmentation__p__value": {"start": 0.0, "end": 0.4}},
    {"generator_optimizer__kind": "rmsprop", "generator_optimizer__lr": 5e-5, "data__mirror": True},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda one: "+".join(one))
@pytest.mark.parametrize("preset", preset_names(Workspace.locate()))
def test_settings_make_one_recipe_of_another(preset: str, changes: dict[str, Any]) -> None:
    raw = read_preset(preset, Workspace.locate())
    before = full(raw)
    after = change(before, **changes)
    made = resolve(raw, settings(raw, before, after, knobs(recipe_schema(), after)), "test")
    assert {**dump(made), "summary": ""} == {**after, "summary": ""}


def test_settings_of_a_bare_recipe_name_a_union_whole() -> None:
    raw = {"architecture": {"id": "dcgan"}}
    before = full(raw)
    after = change(before, objective__real_label=0.9)
    assert settings(raw, before, after, knobs(recipe_schema(), after)) == [
        'objective={real_label=0.9, kind="non_saturating"}'
    ]
    assert settings(raw, before, before, knobs(recipe_schema(), before)) == []


@pytest.mark.parametrize(
    "value",
    [
        64,
        1e-5,
        2.5,
        True,
        None,
        "auto",
        "none",
        "true",
        "3",
        "a b",
        'say "so"',
        "é",
        [0.5, 0.999],
        ["color", "cutout"],
        "",
        {"start": 2e-4, "end": 1e-5, "shape": "cosine"},
        {"points": [[0.0, 1.0], [20.0, 0.5]]},
    ],
)
def test_a_value_is_spelled_as_it_is_read(value: Any) -> None:
    assert parse_value(as_setting(value)) == value


WHOLE = {"type": "integer", "exclusiveMinimum": 0}
SHARE = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}


@pytest.mark.parametrize(
    ("node", "words", "good", "bad", "said"),
    [
        (WHOLE, "whole, > 0", 3, 0, "must be more than 0; got 0."),
        (WHOLE, "whole, > 0", 3, 2.5, "must be a whole number; got 2.5."),
        (WHOLE, "whole, > 0", 3, True, "must be a whole number; got True."),
        (SHARE, "0 … <1", 0, 1, "must be less than 1; got 1."),
        (SHARE, "0 … <1", 0.5, "x", "must be a number; got x."),
        ({"enum": ["a", "b"], "type": "string"}, "a | b", "a", "c", "must be a or b; got c."),
        ({"anyOf": [WHOLE, {"type": "null"}]}, "whole, > 0, or none", None, 0, "must be more than 0; got 0."),
        ({"type": "boolean"}, "true | false", True, 1, "must be true or false; got 1."),
        (
            {"type": "array", "items": WHOLE, "minItems": 1},
            "a list, each whole, > 0",
            [1],
            [],
            "must be a list of at least 1",
        ),
        (
            {"type": "array", "prefixItems": [SHARE, SHARE]},
            "[0 … <1, 0 … <1]",
            [0, 0.9],
            [0, 2],
            "must be less than 1; got 2.",
        ),
        ({"type": "string"}, "", "x", 3, "must be a text; got 3."),
    ],
)
def test_a_schema_says_what_is_legal_and_what_is_not(node: Any, words: str, good: Any, bad: Any, said: str) -> None:
    assert allowed_values.legal_words(node) == words
    assert allowed_values.fault(good, node) == ""
    assert said in allowed_values.fault(bad, node)


def test_a_list_of_tables_is_entered_by_kind() -> None:
    assert value_at(full(RAW), "regularizers.r1.gamma") == 1.0
    assert value_at(full(RAW), "regularizers.r2.gamma") is None
    assert value_at(full(RAW), "training.batch.size") is None
