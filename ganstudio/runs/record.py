"""run.json: what a run was asked to be. Written once before its worker starts, never edited."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from ganstudio.errors import StudioError, UsageError
from ganstudio.recipe.knobs import put
from ganstudio.runs.json_values import (
    CHANGING,
    COUNT,
    NUMBERS,
    PAIRS,
    POSITIVE,
    SHAPE,
    SIZE,
    TABLE,
    TEXT,
    TEXTS,
    WHOLE,
    Kind,
    TableKind,
    list_of,
    one_of,
    or_null,
)
from ganstudio.units import size_at
from ganstudio.workspace import write_json

NAME = "run.json"
ARCHITECTURE = "architecture.py"
START = "start.pt"  # the checkpoint of another run that this one begins with; gone once it has one of its own

Start = Literal["everything", "networks"]

# Of the recipe, what is read without pydantic. A record of another version may lack all that is not needed.
_OPTIMIZER = TableKind({"lr": CHANGING})
_RECIPE = TableKind(
    {
        "data": TableKind({"resolution": SIZE}),
        "training": TableKind(
            {"ema_stds": NUMBERS, "kimg": POSITIVE, "batch": COUNT, "critic_steps": WHOLE, "generator_steps": COUNT},
            needed=frozenset({"kimg"}),
        ),
        **{"architecture": TableKind({"id": TEXT}), "objective": TableKind({"kind": TEXT}), "evaluation": TABLE},
        **{"generator_optimizer": _OPTIMIZER, "discriminator_optimizer": _OPTIMIZER},
        "regularizers": list_of(TableKind({"kind": TEXT, **dict.fromkeys(("weight", "gamma", "limit"), CHANGING)})),
        **{"augmentation": or_null(TABLE), "growth": or_null(TABLE)},
    },
    needed=frozenset({"training"}),
)
_PACKED = frozenset(("source", "size", "options"))
_SET: dict[str, Kind | TableKind] = {
    **{"name": TEXT, "path": TEXT, "fingerprint": TEXT, "count": COUNT, "resolution": COUNT, "channels": COUNT},
    **{"classes": TEXTS, "axes": TEXT, "depth": or_null(COUNT), "size": SIZE},
    "source_shape": or_null(SHAPE),
    "packed": TableKind({"source": TEXT, "size": SIZE, "options": or_null(TABLE)}, needed=_PACKED, nullable=True),
}
_STYLES = TableKind(_SET, needed=frozenset({"name", "path", "fingerprint", "count"}), nullable=True)
_DATA = TableKind({**_SET, "styles": _STYLES}, needed=frozenset({"name"}))


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
    data: dict[str, Any]  # name, path, fingerprint, count, size, channels, axes, depth, classes, packed, styles, ...
    parent: str | None  # RUN@KIMG that it began with
    architecture_sha256: str | None  # of architecture.py, where the user brought one
    created: str  # ISO 8601, UTC
    versions: dict[str, str]
    start: Start | None = None  # what it takes of start.pt
    stop_when: str | None = None
    patience: float | None = None  # kimg without a better score
    group: str | None = None  # the sweep that it is one of
    sweep: dict[str, Any] = field(default_factory=dict)  # the swept knobs, with this run's values
    differs: dict[str, list[Any]] | None = None  # knob -> its value and the preset's; None: of an earlier version

    @property
    def kimg_total(self) -> float:
        return float(self.recipe["training"]["kimg"])

    @property
    def resolution(self) -> int:
        """The short side of the images that its networks see; 0 where the record holds none."""
        return min(self.size)

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the images that its networks see; zeros where the record holds none."""
        stored = self.data.get("size") or [self.data.get("resolution", 0)] * 2  # earlier versions' images are square
        choice = self.recipe.get("data", {})
        if crop := choice.get("crop"):
            return (crop, crop) if isinstance(crop, int) else (crop[0], crop[1])
        seen = choice.get("resolution") or stored
        if min(stored) < 1 and isinstance(seen, int):
            return (seen, seen)
        height, width = size_at("HWC", None, (stored[0], stored[1]), seen)
        return (height, width)

    @property
    def count(self) -> int:
        """The number of images of its data set; 0 where the record holds none."""
        return int(self.data.get("count", 0))

    def recipe_after(self, changes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The recipe after the `changes` of a run's state, each with `key` and `to`."""
        now: dict[str, Any] = json.loads(json.dumps(self.recipe))
        for change in changes:
            with contextlib.suppress(AttributeError, TypeError):  # of a recipe that has no such place any more
                put(now, str(change["key"]), change["to"])
        return now

    def differs_after(self, changes: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Any, Any]] | None:
        """Knob -> its value and the preset's, of those that are not as in the preset, after knobs changed on the way.

        None where the record does not tell.
        """
        if self.differs is None:
            return None
        now = {key: (value, preset) for key, (value, preset) in self.differs.items()}
        for change in changes:
            key = str(change["key"])
            now[key] = (change["to"], now[key][1] if key in now else change["from"])
        return {key: (value, preset) for key, (value, preset) in now.items() if value != preset}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _has_default(key: Field[Any]) -> bool:
    return key.default is not MISSING or key.default_factory is not MISSING


_RECORD = TableKind(
    {
        **{"id": TEXT, "name": TEXT, "preset": TEXT, "recipe": _RECIPE, "seed": WHOLE, "device": TEXT},
        **{"processes": COUNT, "minutes": or_null(POSITIVE), "data": _DATA, "parent": or_null(TEXT)},
        **{"architecture_sha256": or_null(TEXT), "created": TEXT, "versions": TableKind({"ganstudio": TEXT})},
        **{
            "start": or_null(one_of("everything", "networks")),
            "stop_when": or_null(TEXT),
            "patience": or_null(POSITIVE),
        },
        **{"group": or_null(TEXT), "sweep": TABLE, "differs": or_null(PAIRS)},
    },  # A key with a default came with a later version than the file may be of.
    needed=frozenset(key.name for key in fields(RunRecord) if not _has_default(key)),
)


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
    except OSError as error:
        raise StudioError(f"{path}: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a run's record: {error}.") from None
    if problem := _RECORD.problem(table):
        raise UsageError(f"{path}: not a run's record: {problem}.")
    return RunRecord(**{key: table[key] for key in _RECORD.keys if key in table})
