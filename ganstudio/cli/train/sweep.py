"""`train --sweep key=a,b,c`: makes a run for each combination of values, and queues them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.cli.output import note, print_json
from ganstudio.cli.runs.run_json import run_json
from ganstudio.cli.train.plan import RecipeSource, option_problems
from ganstudio.errors import RecipeError, StudioError, UsageError
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.runs.record import RunRecord
    from ganstudio.watcher.start import Wishes

MAX_RUNS = 100  # more runs than that are rather a slip than a wish
SEED = "seed"  # the one key that is no knob of a recipe

Values = dict[str, str]


def combinations(sweep_options: Sequence[str], settings: Sequence[str], yes: bool) -> list[Values]:
    """Every combination of the values of `key=a,b,c`, the last key's changing fastest.

    Raises UsageError for a key without values or given twice, and for more than `MAX_RUNS` runs without `yes`.
    """
    lists = [_parse_sweep(text) for text in sweep_options]
    keys = [key for key, _ in lists]
    fixed = {setting.partition("=")[0].strip() for setting in settings}
    for key in keys:
        if keys.count(key) > 1:
            raise UsageError(f"--sweep {key}: is given twice; list all its values at once.")
        if key in fixed:
            raise UsageError(f"--sweep {key}: --set {key} gives it one value already; leave one of the two out.")
    count = math.prod(len(values) for _, values in lists)
    if count > MAX_RUNS and not yes:
        raise UsageError(f"--sweep makes {count:,} runs; more than {MAX_RUNS} are made only with --yes.", hint="--yes")
    return [dict(zip(keys, chosen, strict=True)) for chosen in itertools.product(*(values for _, values in lists))]


def _parse_sweep(text: str) -> tuple[str, list[str]]:
    key, equals, listed = text.partition("=")
    values = split_values(listed)
    if not equals or not key.strip() or not all(values):
        raise UsageError(f"--sweep {text}: must be key=a,b,c, for example training.batch=32,64.")
    if repeated := [value for value in values if values.count(value) > 1]:
        raise UsageError(f"--sweep {key}: {repeated[0]} is listed twice.")
    return key.strip(), values


def split_values(listed: str) -> list[str]:
    """The values between commas that are in no bracket and no quotes: `[0, 0.9],[0.5, 0.9]` are two."""
    values, depth, quote = [""], 0, ""
    for character in listed:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character in "[{(") - (character in "]})")
        if character == "," and depth == 0 and not quote:
            values.append("")
        else:
            values[-1] += character
    return [value.strip() for value in values]


def settings_of(values: Values) -> list[str]:
    return [f"{key}={value}" for key, value in values.items() if key != SEED]


def seed_of(values: Values, given: int) -> int:
    return int(values.get(SEED, given))


def check_recipes(points: Sequence[Values], source: RecipeSource, changes: Sequence[str]) -> None:
    """Raises RecipeError with the problems of every combination, each once."""
    from ganstudio.recipe.load import KEYS_HINT, resolve

    problems: dict[str, None] = {}
    settings_lists = [[*changes, *settings_of(values)] for values in points]
    for values, settings in zip(points, settings_lists, strict=True):
        if not values.get(SEED, "0").isdecimal():
            problems[f"--sweep {SEED}: must be a whole number from 0; got {values[SEED]!r}."] = None
        try:
            resolve(source.table, settings, source.name)
        except RecipeError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise RecipeError([*problems, *option_problems(source, settings_lists)], hint=KEYS_HINT)


def name_members(workspace: Workspace, drafts: Sequence[RunRecord], points: Sequence[Values]) -> list[RunRecord]:
    """The drafts as members of one group: GROUP-1, GROUP-2, ... with the values that each was given.

    Raises UsageError where the name that was asked for is taken.
    """
    from ganstudio.recipe.load import parse_value
    from ganstudio.runs import names

    first = drafts[0]
    stem = f"{names.id_stem(first)}-sweep"
    group = first.name or f"{stem}{1 + names.last_number(workspace, stem)}"
    check_group_free(workspace, group)
    return [
        replace(draft, name=f"{group}-{number}", group=group, sweep={k: parse_value(v) for k, v in values.items()})
        for number, (draft, values) in enumerate(zip(drafts, points, strict=True), 1)
    ]


def check_group_free(workspace: Workspace, group: str) -> None:
    """Raises UsageError where there are runs of a sweep of that name."""
    if taken := _members(workspace, group):
        free = next(f"{group}.{n}" for n in itertools.count(2) if not _members(workspace, f"{group}.{n}"))
        raise UsageError(f"--name {group}: there is a run {taken[0].name} already. Free: {free}.")


def _members(workspace: Workspace, group: str) -> list[Path]:
    return sorted(path for path in workspace.runs.glob(f"{group}-*") if path.name[len(group) + 1 :].isdecimal())


def start_runs(
    workspace: Workspace, members: Sequence[RunRecord], architecture: bytes | None, as_json: bool, at_end: Wishes
) -> None:
    """Makes every run, then queues them in order, and prints their ids. One watcher does what is wished at each end.

    Raises StudioError where the disk is full, or a worker could not be started; what did not start was removed again.
    """
    from ganstudio.watcher.start import start

    paths = _queue_runs(workspace, members, architecture)
    start(dict.fromkeys(paths, 0), at_end)  # new ones: all of their events are of this start
    _print_runs(paths, as_json)
    note(f"{members[0].group}: {len(paths)} runs take turns; `ganstudio runs list` shows how far they are")


def _queue_runs(workspace: Workspace, members: Sequence[RunRecord], architecture: bytes | None) -> list[Path]:
    """Makes every run and starts its worker in the queue; removes those that could not be started."""
    from ganstudio.runs import process, store
    from ganstudio.runs.create import create_run

    paths: list[Path] = []
    started = 0
    try:
        for member in members:
            path = create_run(workspace, member, architecture)
            paths.append(path)
        for path in paths:
            record = store.view(path).record
            process.spawn(path, record, minutes=record.minutes, manner="queue")
            started += 1
    except StudioError:
        for path in paths[started:]:
            store.remove(path)
        raise
    return paths


def _print_runs(paths: Sequence[Path], as_json: bool) -> None:
    from ganstudio.runs import store

    if as_json:
        print_json([run_json(store.view(path)) for path in paths])
    else:
        print(*(path.name for path in paths), sep="\n")


def print_members(members: Sequence[RunRecord], as_json: bool) -> None:
    """Prints what the runs of a sweep would be."""
    from ganstudio.cli.runs.list import sweep_text

    table: list[dict[str, Any]] = [{"id": member.name, "sweep": member.sweep} for member in members]
    if as_json:
        print_json(table)
    else:
        for member in members:
            print(f"{member.name}  {sweep_text(member.sweep)}")
