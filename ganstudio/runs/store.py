"""The runs of a workspace: looking at one, finding one by what a person types, listing them, removing one."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ganstudio.errors import StudioError, UsageError, nearest, quoted
from ganstudio.runs import events, names, process, requests
from ganstudio.runs.ending_words import ending_words
from ganstudio.runs.names import LATEST as LATEST
from ganstudio.runs.record import NAME, RunRecord, load_record
from ganstudio.runs.state import RunState, advance, current
from ganstudio.workspace import Workspace, is_name

Status = Literal[
    "prepared", "queued", "running", "paused", "stopping", "finished", "stopped", "failed", "crashed", "imported"
]

_LOST: dict[Status, str] = {"failed": "error", "crashed": "crash"}  # why a run ended that did not say `finished`
REMOVED = ".removed-"  # a folder that is being deleted, by the process whose pid follows


@dataclass(frozen=True)
class RunView:
    """A run as it was at one moment: its record, its state, and whether its process lives."""

    path: Path
    record: RunRecord
    state: RunState
    status: Status
    pid: int | None

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def live(self) -> bool:
        return self.status in ("queued", "running", "paused", "stopping")

    @property
    def kimg_total(self) -> float:
        return self.state.kimg_total or self.record.kimg_total

    @property
    def minutes(self) -> float | None:
        """The time that ends it: what a resume was given, else what its record says."""
        return self.record.minutes if self.state.minutes is None else self.state.minutes

    @property
    def ended(self) -> str | None:
        """Why it ended, in words; None of one that did not come to its end."""
        state, record = self.state, self.record
        if state.reason is None:
            return None
        ends = self.kimg_total, self.minutes, record.stop_when, record.patience
        return ending_words(state.reason, state.nimg, state.elapsed_s, *ends)

    @property
    def differs(self) -> dict[str, tuple[Any, Any]] | None:
        """Knob -> its value now and the preset's, where they differ; None of a run of an earlier version."""
        return self.record.differs_after(self.state.changes)

    @property
    def resume_command(self) -> str | None:
        """The command that resumes a run which ended before it was done; None for any other."""
        return f"ganstudio runs resume {self.id}" if self.status in ("stopped", "failed", "crashed") else None

    def as_json(self, findings: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        """The run as lists and `show` print it; the findings are of `diagnosis`, which reads runs."""
        state, record = self.state, self.record
        best = state.best and {"score": state.best.value, "nimg": state.best.nimg, "better": state.best_is}
        differs = None if self.differs is None else {k: {"value": v, "preset": p} for k, (v, p) in self.differs.items()}
        table = {
            "id": record.id,
            "name": record.name,
            "path": str(self.path),
            "state": self.status,
            "preset": record.preset,
            "data": record.data["name"],
            "device": state.device or record.device,
            "pid": self.pid,
            "nimg": state.nimg,
            "kimg_total": self.kimg_total,
            "img_per_s": state.img_per_s,
            "losses": state.losses,
            "d_real": state.d_real,
            "d_fake": state.d_fake,
            "scores": {name: score.value for name, score in state.scores.items()},
            "best": best,
            "findings": list(findings),
            "parent": record.parent,
            "changes": list(state.changes),
            "started": record.created if state.started else None,
            "elapsed_s": state.elapsed_s,
            "ahead": state.ahead,
            "group": record.group,
            "sweep": record.sweep,
            "skipped": state.skipped and state.skipped._asdict(),
            "score_missing": state.score_missing,
            "notes": list(state.notes),
            "reason": state.reason or _LOST.get(self.status),
            "ended": self.ended,
            "error": state.error,
            "checkpoint": str(self.path / state.checkpoint) if state.checkpoint else None,
            "resolution": record.resolution or None,
            "size": list(record.size) if record.resolution else None,
            "differs": differs,
            "resume": self.resume_command,
            "numbers": state.numbers,
        }
        plain: dict[str, Any] = events.to_json_value(table)
        return plain


def view(path: Path) -> RunView:
    """The run in the folder `path` as it is now. Raises StudioError where something in it is missing or damaged."""
    with naming_damage(path):
        return view_from(path, load_record(path / NAME), *current(path))[0]


@contextlib.contextmanager
def naming_damage(folder: Path) -> Iterator[None]:
    """Whatever reading a run raises becomes a StudioError that names its folder.

    Records and events are checked as they are read. What passes them all the same must not take other runs with it.
    """
    try:
        yield
    except StudioError:
        raise
    except Exception as error:
        reason = (isinstance(error, OSError) and error.strerror) or f"{type(error).__name__}: {error}"
        raise StudioError(f"{folder}: cannot be read: {reason}.", hint=f"ls -l {quoted(folder)}") from error


def view_from(path: Path, record: RunRecord, state: RunState, offset: int) -> tuple[RunView, int]:
    """The run whose events up to byte `offset` add up to `state`, and the offset that was needed for more."""
    pid = None if state.final else process.living_pid(path)
    if pid is None and not state.final:
        # It may have ended between the two looks: what it wrote last is there now.
        state, offset = advance(path, state, offset)
    return RunView(path, record, state, _status(path, state, pid), pid), offset


def _status(path: Path, state: RunState, pid: int | None) -> Status:
    match state.phase:
        case "finished" | "stopped" | "failed" | "imported":
            return state.phase
        case "prepared" if pid is None:
            return "prepared"
        case _ if pid is None and not process.alive(path):
            return "crashed"
        case _ if requests.pending(path, "stop"):
            return "stopping"
        case "prepared":
            return "queued"
        case phase:
            return phase


def require_own(run: RunView, verb: str) -> None:
    """Raises UsageError for a run that was imported: it is curves alone, with nothing to `verb`."""
    if run.status == "imported":
        raise UsageError(
            f"{run.id} is imported: somebody else's curves, to be looked at alone. There is nothing to {verb}.",
            hint=f"ganstudio runs plot {run.id}",
        )


def list_runs(workspace: Workspace, damaged: Callable[[StudioError], None] = lambda _: None) -> list[RunView]:
    """Every run, oldest first. `damaged` is called with the error of each folder that cannot be read."""
    views = []
    for folder in folders(workspace):
        try:
            views.append(view(folder))
        except StudioError as error:
            damaged(error)
    return sorted(views, key=lambda run: age_key(run.record))


def age_key(record: RunRecord) -> tuple[str, int, str]:
    """The key that orders runs by age. A sweep's are made in the same instant, and its 10th comes after its 9th."""
    return record.created, len(record.id), record.id


def find(workspace: Workspace, reference: str = LATEST, sweeps: bool = False) -> RunView:
    """The run that `reference` means: an id, a name, a unique beginning of an id, a path to its folder, or `latest`.

    Raises UsageError where it means none, or several; the nearest that it names may be a sweep's where that would do.
    """
    if folder := names.folder_of(workspace, reference):
        return view(folder)
    records = {}
    for folder in folders(workspace):
        with contextlib.suppress(StudioError):
            records[folder] = load_record(folder / NAME)
    if not records:
        raise UsageError(f"there are no runs in {workspace.runs}.", hint="ganstudio train dcgan --data mnist")
    if reference == LATEST:
        return view(max(records, key=lambda path: age_key(records[path])))
    named = [path for path, record in records.items() if record.name == reference]
    matches = named or [path for path in records if reference and path.name.startswith(reference)]
    if len(matches) == 1:
        return view(matches[0])
    if matches:
        first = ", ".join(sorted(path.name for path in matches)[:4])
        more = f" and {len(matches) - 4} more" if len(matches) > 4 else ""
        raise UsageError(f"{reference!r} begins several runs: {first}{more}.", hint="ganstudio runs list")
    groups = {record.group for record in records.values() if record.group and sweeps}
    known = nearest(reference.rstrip("/").rpartition("/")[2], {path.name for path in records} | groups)
    raise UsageError(f"there is no run {reference!r}. {known}", hint="ganstudio runs list")


def find_all(workspace: Workspace, reference: str) -> list[RunView]:
    """The runs of the sweep that has this name, oldest first; else the one run that `find` means by it."""
    if names.folder_of(workspace, reference) is None:
        members = [run for run in list_runs(workspace) if run.record.group == reference]
        if members:
            return members
    return [find(workspace, reference, sweeps=True)]


def find_each(workspace: Workspace, references: Iterable[str]) -> list[RunView]:
    """The runs of all the references, each once; a sweep stands for all of it."""
    return list({run.id: run for reference in references for run in find_all(workspace, reference)}.values())


def find_live(workspace: Workspace, reference: str | None) -> RunView:
    """The run that `reference` means; without one the newest that trains or is paused, else the newest of all."""
    if reference is not None:
        return find(workspace, reference)
    live = [run for run in list_runs(workspace) if run.live and not run.state.ahead]
    return live[-1] if live else find(workspace)


def group_of(runs: Sequence[RunView], reference: str) -> str | None:
    """The name of the sweep that `find_all` found by this reference; None where that is a run's own."""
    group = runs[0].record.group
    return group if group == reference and all(run.id != reference for run in runs) else None


def folders(workspace: Workspace) -> list[Path]:
    """The folders that hold a run's record, unfinished and half-removed ones left out."""
    return [file.parent for file in workspace.runs.glob(f"*/{NAME}") if is_name(file.parent.name)]


def remove(path: Path) -> None:
    """Deletes a run's folder. Renamed first, so that a kill half-way leaves no run that is half a run."""
    with contextlib.suppress(StudioError, OSError):  # one that an earlier version made is not written down yet
        record = load_record(path / NAME)
        if record.group or record.id.startswith(f"{names.id_stem(record)}-"):
            names.remember_id(path.parent, path.name)
    doomed = path.with_name(f"{REMOVED}{os.getpid()}-{path.name}")
    path.rename(doomed)
    shutil.rmtree(doomed)
