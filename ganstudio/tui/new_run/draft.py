"""The draft of a run: its knobs, the problems with them, and the command that would make the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ganstudio.errors import RecipeError, nearest
from ganstudio.recipe.allowed_values import fault, is_optional
from ganstudio.recipe.knobs import Knob, differing_knobs, knobs, recipe_schema, with_value, with_value_from
from ganstudio.report.validation import batch_fault, length_fault
from ganstudio.tui.new_run.run_knobs import RUN_KNOBS, KnownNames, run_defaults, run_knob_fault

Table = Mapping[str, Any]

_LENGTH = "training.kimg"
_FORKS_KEEP = ("data", "style_data", "gpus")  # a fork has its parent's
_NETWORKS = ("architecture.id", "data.resolution", "data.crop", "task.kind")


@dataclass(frozen=True)
class Start:
    """What a draft begins as: a preset, a file, a fork or a clone; the draft's values are compared with its.

    `run_values` are the knobs of the run beside its recipe. The command's `--set` changes `raw`; `before` is `raw` with
    all its knobs filled in. `code` is the user's own architecture file.
    """

    how: Literal["preset", "file", "fork", "clone"]
    given: str  # what the command is given: PRESET, FILE.py or RUN@KIMG
    label: str
    recipe: Table
    raw: Table
    before: Table
    run_values: Table
    of: str = ""  # the run that a fork or a clone is of
    code: Path | None = None
    notes: tuple[str, ...] = ()
    nimg: int = 0  # images that the parent of a fork has seen

    @property
    def fork(self) -> bool:
        return self.how == "fork"

    @property
    def parent(self) -> str:
        """The name of what the draft is compared with."""
        return self.label.removeprefix(f"{self.how} of ")


@dataclass(frozen=True)
class Draft:
    """A run that is not made yet. `run_values` are its knobs beside the recipe; `options` is the JSON Schema of the
    architecture's options, None until it has been read.
    """

    start: Start
    run_values: Table
    recipe: Table
    options: Table | None = None
    known: KnownNames = field(default_factory=KnownNames)

    @cached_property
    def table(self) -> dict[str, Any]:
        return {"run": dict(self.run_values), **self.recipe}

    @cached_property
    def origin(self) -> dict[str, Any]:
        """The values that the draft began with, as `table` has them."""
        return {"run": dict(self.start.run_values), **self.start.recipe}

    @property
    def styled(self) -> bool:
        """Whether its task learns styles from a second data set."""
        task = self.recipe.get("task")
        return isinstance(task, Mapping) and task.get("kind") == "stylization"

    @cached_property
    def knobs(self) -> list[Knob]:
        """All knobs: those of the run first, an architecture's options after its name."""
        left_out = (*(_FORKS_KEEP if self.start.fork else ()), *(() if self.styled else ("style_data",)))
        own = {name: node for name, node in RUN_KNOBS.items() if name not in left_out}
        found, known = knobs({"properties": own}, self.run_values, "run."), knobs(recipe_schema(), self.recipe)
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
        """Returns why a knob cannot be changed; '' where it can."""
        if self.start.fork and knob.key in _NETWORKS:
            return "a fork goes on with its parent's networks; a clone begins with others"
        if self.start.code is not None and knob.key == "architecture.id":
            return f"the networks are those of {self.start.code.name}"
        return ""

    @cached_property
    def differences(self) -> list[tuple[Knob, Any, Any]]:
        """(knob, old value, new value) of the knobs that were changed."""
        return differing_knobs(self.knobs, self.table, self.origin)

    @cached_property
    def problems(self) -> dict[str, str]:
        """What is wrong with the draft, by knob; the key '' is for what concerns no single knob."""
        found: dict[str, str] = {}
        for key, text in recipe_problems(self.recipe).items():
            knob = next((knob for knob in self.knobs if key.startswith(f"{knob.key}.") and not knob.turn), None)
            part = key.removeprefix(f"{knob.key}.") if knob else ""  # of a schedule, or a place in a list of numbers
            found[knob.key if knob else key] = text if part.isdigit() or not part else f"{part}: {text}"
        for knob in self._options():
            self._check_option(knob, found)
        for knob in self.knobs:
            if knob.key.startswith("run.") and (text := run_knob_fault(knob, knob.value(self.table), self.known)):
                found[knob.key] = text
        training, held = self.recipe.get("training", {}), self.known.sets.get(str(self.run_values.get("data")))
        batch, micro, kimg = (training.get(name) for name in ("batch", "micro_batch", "kimg"))
        if isinstance(batch, int) and held is not None:
            parts = micro if isinstance(micro, int) and micro > 0 else None
            _add(found, "training.batch", batch_fault(batch, parts, held, str(self.run_values["data"])))
        if self.start.fork and isinstance(kimg, int | float):
            _add(found, _LENGTH, length_fault(kimg, self.start.nimg, self.start.parent))
        return found

    def _check_option(self, knob: Knob, found: dict[str, str]) -> None:
        value = knob.value(self.table)
        if self.options is not None and not knob.node and not knob.turn:
            names = self.options.get("properties", {})
            found[knob.key] = (
                f"{self.recipe['architecture']['id']} has no such option. {nearest(knob.key.rpartition('.')[2], names)}"
            )
        elif knob.node and (text := fault(value, knob.node)):
            found[knob.key] = text

    def with_value(self, knob: Knob, value: Any) -> Draft:
        """Returns the draft with another value of a knob."""
        return self._with_table(with_value(self.table, knob, value))

    def with_start_value(self, knob: Knob) -> Draft:
        """Returns the draft with the value that this knob began with."""
        return self._with_table(with_value_from(self.table, knob, self.origin))

    def _with_table(self, table: dict[str, Any]) -> Draft:
        own = table.pop("run")
        other = table["architecture"].get("id") != self.recipe["architecture"].get("id")
        return replace(self, run_values=own, recipe=complete_recipe(table), options=None if other else self.options)

    def fault_of(self, knob: Knob, value: Any) -> str:
        """Returns why this knob cannot have that value; '' where it can."""
        found = self.with_value(knob, value).problems
        own = [text for key, text in found.items() if key == knob.key or key.startswith(f"{knob.key}.")]
        return own[0] if own else ""

    def conflict_with(self, knob: Knob, value: Any) -> str:
        """Returns the problem that another knob would have with that value; '' where there is none."""
        new = self.with_value(knob, value).problems
        return next((f"{key}: {text}" for key, text in new.items() if key not in self.problems and key != knob.key), "")


def _add(found: dict[str, str], key: str, text: str) -> None:
    """Puts in what is wrong with a knob, if anything, where nothing else is."""
    if text:
        found.setdefault(key, text)


def value_from_text(knob: Knob, text: str) -> Any:
    """Returns the value of a text that a person typed, parsed as `--set` parses it."""
    from ganstudio.recipe.load import parse_value

    text = text.strip()
    if not text and (is_optional(knob.node) or knob.node.get("type") == "string"):
        return None if is_optional(knob.node) else ""
    return text if knob.node.get("type") == "string" else parse_value(text)


def complete_recipe(recipe: Table) -> dict[str, Any]:
    """Returns the recipe with all its knobs filled in; unchanged where it is not legal."""
    from ganstudio.recipe.load import dump, resolve

    try:
        return dump(resolve(dict(recipe), (), ""))
    except RecipeError:
        return dict(recipe)


def recipe_problems(recipe: Table) -> dict[str, str]:
    """Returns what is wrong with a recipe, by knob; the key '' is for what concerns no single knob."""
    from ganstudio.recipe.load import resolve

    try:
        resolve(dict(recipe), (), "")
    except RecipeError as error:
        return dict(_key_and_text(line) for line in reversed(error.problems))
    return {}


def _key_and_text(line: str) -> tuple[str, str]:
    """Splits one line of a RecipeError's problems into (key, text)."""
    key, _, text = line.removeprefix(": ").partition(": ")
    return f"{key}.kind" if text.startswith(("unknown kind", "needs a")) else key, text


def arguments(draft: Draft) -> list[str]:
    """Returns the arguments of the command that makes the run, as a person types them after `ganstudio`."""
    from ganstudio.recipe.settings import settings

    start, own = draft.start, draft.run_values
    kimg = draft.recipe["training"]["kimg"]
    long = kimg != start.before["training"]["kimg"]
    changes = settings(start.raw, start.before, draft.recipe, draft.knobs)
    sets = [part for text in changes if not text.startswith(f"{_LENGTH}=") for part in ("--set", text)]
    timed = own.get("minutes") is not None
    if start.fork:
        # without either flag a fork keeps its parent's minutes
        again = long or own.get("minutes") != start.run_values.get("minutes")
        command = ["runs", "fork", start.given, *sets, *(["--kimg", f"{kimg:.12g}"] if again else [])]
        timed = timed and again
    else:
        data = str(own.get("data") or "")
        styles = ["--style-data", str(own.get("style_data") or "")] if draft.styled else []
        command = ["train", start.given, "--data", data, *styles, *sets, *(["--kimg", f"{kimg:.12g}"] if long else [])]
    defaults = start.run_values if start.fork else run_defaults()
    flags = {"seed": "--seed", "device": "--device", "gpus": "--gpus", "name": "--name"}
    for name, flag in flags.items():
        if name in own and own[name] != defaults.get(name):
            command += [flag, str(own[name])]
    ends = {"stop_when": "--stop-when", "patience": "--patience", **({"minutes": "--minutes"} if timed else {})}
    for name, flag in ends.items():
        if own.get(name):
            value = own[name]
            command += [flag, value if isinstance(value, str) else f"{value:.12g}"]
    return [*command, *([f"--{own['busy']}"] if own.get("busy", "refuse") != "refuse" else [])]
