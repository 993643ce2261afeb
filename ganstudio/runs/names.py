"""What runs and sweeps are called."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from ganstudio.errors import UsageError
from ganstudio.runs.record import NAME, RunRecord
from ganstudio.workspace import Workspace, require_name

LATEST = "latest"  # means the newest run
_STEM = 80  # letters: a number, or a sweep's, comes after them


def check(name: str, members: int = 0) -> None:
    """Raises UsageError where no run, or no sweep of so many, may be called `name`."""
    require_name(name, reserved=LATEST)
    if members:
        require_name(f"{name}-{members}")


def check_free(workspace: Workspace, name: str) -> None:
    """Raises UsageError where no run may be called `name`, or one is already."""
    check(name)
    if (workspace.runs / name / NAME).exists():
        raise taken(workspace.runs, name)


def stem(draft: RunRecord) -> str:
    """What the ids of runs begin with that nobody gave a name: `dcgan-mnist`."""
    legal = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{draft.preset}-{draft.data['name']}").strip("-._")
    return legal[:_STEM] or "run"


def free(workspace: Workspace, draft: RunRecord) -> Iterator[str]:
    """The ids that a new run may take, in turn. Raises UsageError for one that is no name, or is taken already.

    A number is not used again while an export of the run that had it is left.
    """
    runs = workspace.runs
    if draft.name:
        check_free(workspace, draft.name)
        return iter([draft.name])
    begin = stem(draft)
    used = [*runs.glob(f"{begin}-*"), *workspace.exports.glob(f"{begin}-*.onnx")]
    numbers = [re.match(r"\d+", path.name.removeprefix(f"{begin}-")) for path in used]
    first = 1 + max((int(number[0]) for number in numbers if number), default=0)
    return (f"{begin}-{number}" for number in itertools.count(first))


def taken(runs: Path, name: str) -> UsageError:
    free = next(f"{name}-{n}" for n in itertools.count(2) if not (runs / f"{name}-{n}").exists())
    return UsageError(f"--name {name}: there is a run of that name already. Free: {free}.")
