"""A run that is not made yet: its knobs, what is wrong with them, and the command that would make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ganstudio.errors import RecipeError, nearest
from ganstudio.recipe.knobs import Knob, differing_knobs, knobs, recipe_schema, with_value, with_value_from
from ganstudio.recipe.legal import fault, is_optional
from ganstudio.tui.new_run.run_knobs import OWN, Around, own_defaults, own_fault

Table = Mapping[str, Any]

_LENGTH = "training.kimg"
_FORKS_KEEP = ("data", "gpus")  # a fork has its parent's
_NETWORKS = ("architecture.id", "data.resolution", "task")


@dataclass(frozen=True)
class Start:
    """Where a draft begins. `recipe` and `own` are what it is compared with. `--set` is laid over `raw`, whose knobs
    are spelled out in `before`. `code` is the user's own architecture file.
    """

    how: Literal["preset", "file", "fork", "clone"]
    given: str  # what the command is given: PRESET, FILE.py or RUN@KIMG
    label: str
    recipe: Table
    raw: Table
    before: Table
    own: Table
    of: str = ""  # the run that a fork or a clone is of
    code: Path | None = None
    notes: tuple[str, ...] = ()
    nimg: int = 0  # images that the parent of a fork has seen

    @property
    def fork(self) -> bool:
        return self.how == "fork"

    @property
    def parent(self) -> str:
        """What the draft is compared with."""
        return self.label.removeprefix(f"{self.how} of ")


@dataclass(frozen=True)
class Draft:
    """`options` is the JSON Schema of the architecture's options, None while nobody has told."""

    start: Start
    own: Table
    recipe: Table
    options: Table | None = None
    around: Around = field(default_factory=Around)

    @cached_property
    def table(self) -> dict[str, Any]:
        return {"run": dict(self.own), **self.recipe}

    @cached_property
    def origin(self) -> dict[str, Any]:
        """What it began as."""
        return {"run": dict(self.start.own), **self.start.recipe}

    @cached_property
    def knobs(self) -> list[Knob]:
        """Every knob, those of the run first, an architecture's options behind its name."""
        own = {name: node for name, node in OWN.items() if not (self.start.fork and name in _FORKS_KEEP)}
        found, known = knobs({"properties": own}, self.own, "run."), knobs(recipe_schema(), self.recipe)
        found += [replace(knob, turn="kind") if knob.key == "architecture.id" else knob for knob in known]
        place = {knob.key: number for number, knob in enumerate(found)}
        found.insert(place["run.device"] + 1, found.pop(place[_LENGTH]))
        chosen = next(number for number, knob in enumerate(found, 1) if knob.key == "architecture.id")
        return [*found[:chosen], *self._options(), *found[chosen:]]

    def _options(self) -> list[Knob]:
        chosen = self.recipe.get("architecture", {})
        schema = self.options or {"properties": {}}
        known = knobs(schema, chosen, "architecture.")
        # before the worker has answered, and of versions to come
        others = [name for name in chosen if name != "id" and name not in schema.get("properties", {})]
        return [*known, *(Knob(f"architecture.{name}", "", "", None) for name in others)]

    def knob(self, key: str | None) -> Knob | None:
        return next((knob for knob in self.knobs if knob.key == key), None)

    def fixed(self, knob: Knob) -> str:
        """Why a knob cannot be another; '' where it can."""
        if self.start.fork and knob.key in _NETWORKS:
            return "a fork goes on with its parent's networks; a clone begins with others"
        if self.start.code is not None and knob.key == "architecture.id":
            return f"the networks are those of {self.start.code.name}"
        return ""

    @cached_property
    def differences(self) -> list[tuple[Knob, Any, Any]]:
        """(knob, what it was, what it is) of those that are not as the draft began."""
        return differing_knobs(self.knobs, self.table, self.origin)

    @cached_property
    def problems(self) -> dict[str, str]:
        """What is wrong, by knob; '' is of none alone."""
        found: dict[str, str] = {}
        for key, text in problems_of(self.recipe).items():  # an entry of a list of numbers is no knob
            found[next((knob.key for knob in self.knobs if key.startswith(f"{knob.key}.") and not knob.turn), key)] = (
                text
            )
        for knob in self._options():
            self._judge_option(knob, found)
        for knob in self.knobs:
            if knob.key.startswith("run.") and (text := own_fault(knob, knob.value(self.table), self.around)):
                found[knob.key] = text
        batch, held = self.recipe.get("training", {}).get("batch"), self.around.sets.get(str(self.own.get("data")))
        if isinstance(batch, int) and held is not None and batch > held:
            found.setdefault("training.batch", f"at most the {held} images of {self.own['data']}; got {batch}.")
        kimg, trained = self.recipe.get("training", {}).get("kimg"), self.start.nimg / 1000
        if self.start.fork and isinstance(kimg, int | float) and kimg <= trained:
            found.setdefault(_LENGTH, f"{self.start.parent} has trained {trained:g} kimg; a fork needs more in all.")
        return found

    def _judge_option(self, knob: Knob, found: dict[str, str]) -> None:
        value = knob.value(self.table)
        if self.options is not None and not knob.node and not knob.turn:
            names = self.options.get("properties", {})
            found[knob.key] = (
                f"{self.recipe['architecture']['id']} has no such option. {nearest(knob.key.rpartition('.')[2], names)}"
            )
        elif knob.node and (text := fault(value, knob.node)):
            found[knob.key] = text

    def changed(self, knob: Knob, value: Any) -> Draft:
        """The draft with another value."""
        return self._of(with_value(self.table, knob, value))

    def back(self, knob: Knob) -> Draft:
        """The draft with this knob as it began."""
        return self._of(with_value_from(self.table, knob, self.origin))

    def _of(self, table: dict[str, Any]) -> Draft:
        own = table.pop("run")
        other = table["architecture"].get("id") != self.recipe["architecture"].get("id")
        return replace(self, own=own, recipe=spelled_out(table), options=None if other else self.options)

    def fault_of(self, knob: Knob, value: Any) -> str:
        """Why this knob cannot have that value; '' where it can."""
        found = self.changed(knob, value).problems
        own = [text for key, text in found.items() if key == knob.key or key.startswith(f"{knob.key}.")]
        return own[0] if own else ""

    def upset(self, knob: Knob, value: Any) -> str:
        """What another knob would then have against it."""
        new = self.changed(knob, value).problems
        return next((f"{key}: {text}" for key, text in new.items() if key not in self.problems and key != knob.key), "")


def read(knob: Knob, text: str) -> Any:
    """The value that a person typed, as `--set` would read it."""
    from ganstudio.recipe.load import parse_value

    text = text.strip()
    if not text and (is_optional(knob.node) or knob.node.get("type") == "string"):
        return None if is_optional(knob.node) else ""
    return text if knob.node.get("type") == "string" else parse_value(text)


def spelled_out(recipe: Table) -> dict[str, Any]:
    """The recipe with every knob, where it is a legal one; else as it is."""
    from ganstudio.recipe.load import dump, resolve

    try:
        return dump(resolve(dict(recipe), (), ""))
    except RecipeError:
        return dict(recipe)


def problems_of(recipe: Table) -> dict[str, str]:
    """What is wrong with a recipe, by knob; '' is of none alone."""
    from ganstudio.recipe.load import resolve

    try:
        resolve(dict(recipe), (), "")
    except RecipeError as error:
        return dict(_located(line) for line in reversed(error.problems))
    return {}


def _located(line: str) -> tuple[str, str]:
    """(key, text) of one line that `recipe.load` complains with."""
    key, _, text = line.removeprefix(": ").partition(": ")
    return f"{key}.kind" if text.startswith(("unknown kind", "needs a")) else key, text


def arguments(draft: Draft) -> list[str]:
    """The command that makes the run, as a person types it after `ganstudio`."""
    from ganstudio.recipe.settings import settings

    start, own = draft.start, draft.own
    kimg = draft.recipe["training"]["kimg"]
    long = kimg != start.before["training"]["kimg"]
    changes = settings(start.raw, start.before, draft.recipe, draft.knobs)
    sets = [part for text in changes if not text.startswith(f"{_LENGTH}=") for part in ("--set", text)]
    timed = own.get("minutes") is not None
    if start.fork:
        # without either flag a fork keeps its parent's minutes
        again = long or own.get("minutes") != start.own.get("minutes")
        command = ["runs", "fork", start.given, *sets, *(["--kimg", f"{kimg:.12g}"] if again else [])]
        timed = timed and again
    else:
        data = str(own.get("data") or "")
        command = ["train", start.given, "--data", data, *sets, *(["--kimg", f"{kimg:.12g}"] if long else [])]
    asked = start.own if start.fork else own_defaults()
    flags = {"seed": "--seed", "device": "--device", "gpus": "--gpus", "name": "--name"}
    for name, flag in flags.items():
        if name in own and own[name] != asked.get(name):
            command += [flag, str(own[name])]
    ends = {"stop_when": "--stop-when", "patience": "--patience", **({"minutes": "--minutes"} if timed else {})}
    for name, flag in ends.items():
        if own.get(name):
            value = own[name]
            command += [flag, value if isinstance(value, str) else f"{value:.12g}"]
    return [*command, *([f"--{own['busy']}"] if own.get("busy", "refuse") != "refuse" else [])]
