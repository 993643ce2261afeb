"""run.json: what a run was asked to be. Written once before its worker starts, never edited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from ganstudio.errors import StudioError, UsageError
from ganstudio.workspace import write_json

NAME = "run.json"
ARCHITECTURE = "architecture.py"
START = "start.pt"  # the checkpoint of another run that this one begins with; gone once it has one of its own

Start = Literal["everything", "networks"]


@dataclass(frozen=True)
class RunRecord:
    """A run.json. `recipe` stays the plain table of `recipe.load.dump`: a list of runs needs no pydantic."""

    id: str
    name: str
    preset: str
    recipe: dict[str, Any]
    seed: int
    device: str
    processes: int
    minutes: float | None
    data: dict[str, Any]  # name, path, fingerprint, count, resolution, channels, axes, depth, classes
    parent: str | None  # RUN@KIMG that it began with
    architecture_sha256: str | None  # of architecture.py, where the user brought one
    created: str  # ISO 8601, UTC
    versions: dict[str, str]
    start: Start | None = None  # what it takes of start.pt
    stop_when: str | None = None
    patience: float | None = None  # kimg without a better score
    group: str | None = None  # the sweep that it is one of
    sweep: dict[str, Any] = field(default_factory=dict)  # the swept knobs, with this run's values

    @property
    def kimg_total(self) -> float:
        return float(self.recipe["training"]["kimg"])

    def recipe_after(self, changes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The recipe after knobs changed on the way, as a run's state tells it: `key` and `to`."""
        now = dict(self.recipe)
        for change in changes:
            section, knob = str(change["key"]).split(".")
            now[section] = {**now[section], knob: change["to"]}
        return now

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _has_default(key: Field[Any]) -> bool:
    return key.default is not MISSING or key.default_factory is not MISSING


def write_record(path: Path, record: RunRecord) -> None:
    write_json(path, record.as_json())


def write_draft(folder: Path, draft: RunRecord, architecture: bytes | None) -> Path:
    """The record's file in `folder`, for a worker to look at before the run is made, beside the user's architecture."""
    if architecture is not None:
        (folder / ARCHITECTURE).write_bytes(architecture)
    write_record(folder / NAME, draft)
    return folder / NAME


def load_record(path: Path) -> RunRecord:
    """The record in the file `path`.

    Raises UsageError where it is damaged or of a later version, StudioError where it cannot be read at all.
    """
    try:
        table = json.loads(path.read_bytes())
        # A key with a default came with a later version than the file may be of.
        known = [key for key in fields(RunRecord) if key.name in table or not _has_default(key)]
        return RunRecord(**{key.name: table[key.name] for key in known})
    except OSError as error:
        raise StudioError(f"{path}: {error.strerror}.") from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path}: not a run's record: {error}.") from None
    except KeyError as error:
        raise UsageError(f"{path}: not a run's record: {error} is missing.") from None
