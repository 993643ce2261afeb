"""Where presets, data sets, runs and exports are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError


@dataclass(frozen=True)
class Workspace:
    """A folder that holds `runs/` and `exports/`; packed data sets are shared by all workspaces of a user."""

    root: Path

    @classmethod
    def locate(cls, directory: Path | None = None) -> Workspace:
        """`directory`, else $GANSTUDIO_WORKSPACE, else the current folder. Raises UsageError where it is no folder."""
        root = directory or Path(os.environ.get("GANSTUDIO_WORKSPACE") or Path.cwd())
        if not root.is_dir():
            raise UsageError(f"workspace: {root} is not a folder.", hint=f"mkdir -p {root}")
        return cls(root.resolve())

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def presets(self) -> tuple[Path, ...]:
        """Folders of presets, the first found wins: the workspace's own, then those that came with the program."""
        package = Path(__file__).parent
        shipped = package / "presets" if (package / "presets").is_dir() else package.parent / "presets"
        own = self.root / "presets"
        return (own, shipped) if own.is_dir() and own != shipped else (shipped,)


def data_home() -> Path:
    """Where packed data sets live: $GANSTUDIO_DATA, else the user's data directory."""
    if chosen := os.environ.get("GANSTUDIO_DATA"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("ganstudio")) / "data"


def state_home() -> Path:
    """Where it is noted which run uses which device: $GANSTUDIO_STATE, else the user's state directory."""
    if chosen := os.environ.get("GANSTUDIO_STATE"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_state_dir("ganstudio"))


def write_atomic(path: Path, content: bytes) -> None:
    """Leaves the whole of `content` at `path`, or what was there before: temporary name, fsync, rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def digest_of(texts: Iterable[str]) -> str:
    """The SHA-256 of `texts`, one after the other."""
    import hashlib

    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode())
    return digest.hexdigest()


def write_json(path: Path, value: Any) -> None:
    write_atomic(path, (json.dumps(value, indent=1, allow_nan=False) + "\n").encode())
