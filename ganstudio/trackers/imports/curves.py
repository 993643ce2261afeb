"""Curves of another program, and the run of ours that they become: read-only, with its state `imported`."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ganstudio import __version__
from ganstudio.errors import UsageError
from ganstudio.runs import events, names, state
from ganstudio.runs.create import create_run
from ganstudio.runs.record import NAME, RunRecord
from ganstudio.trackers.names import name_of, score_direction
from ganstudio.workspace import Workspace, require_name

PRESET = "imported"
# Keys of a tick that readers take for something else, were a curve called so.
_RESERVED = {"event", "nimg", "time_s", "losses", "penalties", "numbers"}


class Point(NamedTuple):
    tag: str
    step: int
    time: float  # seconds since 1970
    value: float


@dataclass(frozen=True)
class Curves:
    """What was read at `path`, and from which program's files."""

    kind: str
    path: Path
    points: list[Point]


def import_run(workspace: Workspace, curves: Curves, name: str | None, step_images: float) -> Path:
    """The folder of a new run that holds the curves; a step of theirs is `step_images` images.

    Raises UsageError where there are none, or the name is taken.
    """
    if not curves.points:
        raise UsageError(f"{curves.path}: holds no curves: no number at any step.")
    lines, last = _events(curves, step_images)
    began = min(point.time for point in curves.points)
    draft = RunRecord(
        id="",
        name=name or _free_name(workspace, curves.path),
        preset=PRESET,
        recipe={"training": {"kimg": max(last, 1) / 1000}},
        seed=0,
        device="unknown",
        processes=1,
        minutes=None,
        data={"name": "unknown"},
        parent=None,
        architecture_sha256=None,
        created=datetime.fromtimestamp(began, UTC).isoformat(timespec="milliseconds"),
        versions={"ganstudio": __version__},
    )
    metrics = b"".join(json.dumps(events.to_json_value(line)).encode() + b"\n" for line in lines)
    path = create_run(workspace, draft, metrics=metrics)
    state.write_summary(path, *state.current(path))
    return path


def _free_name(workspace: Workspace, path: Path) -> str:
    """A name after the folder: `imported-logs`, `imported-logs-2`."""
    stem = f"{PRESET}-{re.sub(r'[^A-Za-z0-9._-]+', '-', path.absolute().name).strip('-._')[:60] or 'run'}"
    numbered = (f"{stem}-{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([stem], numbered) if not (workspace.runs / one / NAME).exists())


def check_name(workspace: Workspace, name: str) -> None:
    """Raises UsageError where no run may have this name, or one has it."""
    require_name(name, reserved=names.LATEST)
    names.check_free(workspace, name)


def _events(curves: Curves, step_images: float) -> tuple[list[events.Event], int]:
    """The events of a run that told these numbers, and its images."""
    began = min(point.time for point in curves.points)
    ticks: dict[int, list[Point]] = defaultdict(list)
    for point in curves.points:
        nimg = round(point.step * step_images)
        if 0 <= nimg <= events.MOST_IMAGES:
            ticks[nimg].append(point)
    if not ticks:
        raise UsageError(f"{curves.path}: none of its steps is a number of images from 0 on.", hint="--step-images 1")
    first, last = min(ticks), max(ticks)
    lines: list[events.Event] = [{"event": "started", "nimg": first, "time_s": 0.0}]
    for nimg in sorted(ticks):
        place = {"nimg": nimg, "time_s": round(max(max(one.time for one in ticks[nimg]) - began, 0.0), 3)}
        tick: dict[str, Any] = {"event": "tick", **place, "losses": {}, "penalties": {}}
        for point in ticks[nimg]:
            name = name_of(point.tag)
            if name.startswith("scores."):
                score = {"score": name.partition(".")[2], "value": point.value, "better": score_direction(point.tag)}
                lines.append({"event": "evaluated", **place, **score})
            else:
                _put(tick, name, point.value)
        lines.append(tick)
    what = f"imported from {curves.kind}: {curves.path.absolute()}; a step is {step_images:g} images"
    end = {"nimg": last, "time_s": lines[-1]["time_s"]}
    return [*lines, {"event": "imported", **end, "notes": [what]}], last


def _put(tick: dict[str, Any], name: str, value: float) -> None:
    """`losses.g` goes into the table of losses; a name that is none of ours stands for itself."""
    group, dot, rest = name.partition(".")
    if dot and rest and group in ("losses", "penalties", "numbers", "lr", "grad_norms", "update_ratios"):
        tick.setdefault(group, {})[rest] = value
    else:
        tick[f"{PRESET}.{name}" if name in _RESERVED else name] = value
