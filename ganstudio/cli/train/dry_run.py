"""Dry runs of `train` and `runs fork`, and making a run from another's checkpoint."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio import __version__
from ganstudio.cli.output import note, paint, print_json, progress
from ganstudio.errors import UsageError, quoted

if TYPE_CHECKING:
    from ganstudio.runs.lineage import Beginning
    from ganstudio.runs.record import RunRecord, Start
    from ganstudio.runs.store import RunView
    from ganstudio.workspace import Workspace

StopWhen = Annotated[str | None, typer.Option(metavar="EXPR", help="Finish when this holds: fd < 5 and kimg > 50.")]
Patience = Annotated[float | None, typer.Option(metavar="KIMG", help="Finish after this length with no better score.")]

DAY_S = 86400.0

DryRun = Annotated[bool, typer.Option("--dry-run", help="Try a few steps, say what a run would need, make none.")]


def check_end_options(stop_when: str | None, patience: float | None) -> None:
    """Raises UsageError where --stop-when is no condition, or --patience is no length."""
    from ganstudio.runs.conditions import parse

    if stop_when is not None:
        parse(stop_when)
    if patience is not None and not patience > 0:
        raise UsageError(f"--patience must be more than 0 kimg; got {patience:g}.", hint="--patience 200")


def require_data(run: RunView) -> None:
    """Raises DataError, with the command that brings it back, where the data of a run is missing.

    A set that is known by name is packed again on the way.
    """
    from ganstudio.data.run_data import open_run_data

    open_run_data(run.record.data, run.id, progress(f"packing {run.record.data['name']}"))


def dry_run(draft: RunRecord, architecture: bytes | None, origin: Beginning | None = None) -> dict[str, Any]:
    """The worker's answer on a run that is not made. Raises UsageError for all that could not be trained."""
    from ganstudio import bridge
    from ganstudio.runs import record

    with tempfile.TemporaryDirectory(prefix="ganstudio-") as folder, _suggesting_options(draft, origin):
        named = replace(draft, id="dry-run", name=draft.name or "dry-run")
        file = record.write_draft(Path(folder), named, architecture)
        start = ["--start", str(origin.checkpoint)] if origin else []
        return bridge.call_worker("dry-run", str(file), *start)


def check_draft(
    draft: RunRecord, architecture: bytes | None, origin: Beginning | None = None, elsewhere: bool = False
) -> None:
    """Raises UsageError for all that the run could not be trained for, what only its data shows among it.

    With `elsewhere` it may train on the devices of other machines.
    """
    from ganstudio.cli.train.plan import check_trainable

    with _suggesting_options(draft, origin):
        check_trainable([draft], architecture, origin.checkpoint if origin else None, elsewhere)


@contextmanager
def _suggesting_options(draft: RunRecord, origin: Beginning | None) -> Iterator[None]:
    """Adds to an error on networks that do not fit what they begin with the options that make them fit."""
    try:
        yield
    except UsageError as error:
        if origin and "cannot start this run" in error.message:
            error.hint = error.hint or _matching_options(draft, origin)
        raise


def _matching_options(draft: RunRecord, origin: Beginning) -> str | None:
    """The options that give a draft the networks of the run that it begins with; None where no option does.

    Checkpoints of this version say more themselves; data of as many channels is packed by what the run's record tells.
    """
    from ganstudio.runs.lineage import Origin

    if not isinstance(origin, Origin):
        return None
    from ganstudio.data.pack_options import MODES
    from ganstudio.recipe.settings import as_setting

    theirs, ours = origin.run.record.recipe, draft.recipe
    settings = [
        f"{section}.{key}={as_setting(value)}"
        for section, keys in (("architecture", theirs["architecture"]), ("data", ("resolution",)))
        for key in keys
        if (value := theirs[section][key]) != ours[section].get(key)
    ]
    if settings:
        return " ".join(f"--set {quoted(setting)}" for setting in settings)
    packed, channels = draft.data.get("packed"), origin.run.record.data.get("channels")
    if packed and packed["options"] and channels in MODES and channels != draft.data["channels"]:
        from ganstudio.data.run_data import add_command
        from ganstudio.data.store import free_name

        mode = MODES[channels]
        name = free_name(f"{str(draft.data['name']).partition('@')[0]}-{mode}")
        return f"{add_command(draft.data, name)} --mode {mode}   # then --data {name}"
    return f"ganstudio runs show {quoted(origin.run.id)}   # what it was trained with"


def print_dry_run(
    workspace: Workspace, draft: RunRecord, architecture: bytes | None, origin: Beginning | None, as_json: bool
) -> None:
    """Prints what a run would need, by a few iterations that a worker makes of it, or by none where they would be too
    much for this machine; the run itself is not made.
    """
    from ganstudio.report import dry_run as report
    from ganstudio.runs.lineage import Origin

    answer = dry_run(draft, architecture, origin)
    answer["resolution"], answer["size"] = draft.resolution, list(draft.size)
    answer["disk_free_bytes"] = shutil.disk_usage(workspace.root).free
    answer["time_s"] = None
    if speed := answer.get("img_per_s"):
        begin = origin.nimg if isinstance(origin, Origin) and draft.start == "everything" else 0
        left_s = max(0.0, draft.kimg_total * 1000 - begin) / speed
        answer["time_s"] = min(left_s, draft.minutes * 60) if draft.minutes else left_s
        notes = [*_length_note(draft, left_s, speed), *schedule_note(draft, speed, begin)]
        answer["notes"] = [*answer["notes"], *notes]
    if as_json:
        print_json(answer)
        return
    for fact in report.setting(answer):
        print(f"{fact.label:<11} {fact.value}")
    print(f"length      {draft.kimg_total:g} kimg of {draft.data['count']:,} images")
    for network, count in answer["parameters"].items():
        print(f"parameters  {count:>12,}  {network}")
    for fact in report.needs(answer):
        value = paint(fact.value, "red", sys.stdout) if fact.severity == "error" else fact.value
        print(f"{fact.label:<11} {value}")
    for text in answer["notes"]:
        note(f"note: {text}")


def _length_note(draft: RunRecord, left_s: float, speed: float) -> list[str]:
    """A note on a length that takes more than a day, unless another option ends the run."""
    ends = (draft.minutes, draft.stop_when, draft.patience)
    if left_s <= DAY_S or any(end is not None for end in ends):
        return []
    return [
        f"{draft.kimg_total:g} kimg take {left_s / DAY_S:.1f} days at {speed:,.3g} images a second; --minutes N ends "
        "a run by the clock, and a smaller --kimg or data.resolution takes less"
    ]


def schedule_note(draft: RunRecord, img_per_s: float | None, nimg: int = 0) -> list[str]:
    """A note on how far the minutes of a run take its schedules; [] where they do not end it, or nothing changes."""
    from ganstudio.report.schedules import reach_within

    reach = None if draft.minutes is None else reach_within(draft.recipe, draft.minutes, img_per_s, nimg)
    return [reach] if reach else []


def derive_draft(draft: RunRecord, origin: Beginning, what: Start) -> RunRecord:
    """`draft` as a run that takes the networks, or `everything`, from another's checkpoint."""
    return replace(
        draft,
        id="",
        parent=origin.label,
        group=None,
        sweep={},
        start=what,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        versions={"ganstudio": __version__, "python": sys.version.split()[0]},
    )
