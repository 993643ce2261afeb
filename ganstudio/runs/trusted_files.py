"""Which architecture files this user has agreed to run: the sha256 of each, in the user's data directory."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ganstudio.errors import UsageError
from ganstudio.runs.record import ARCHITECTURE, NAME, RunRecord
from ganstudio.workspace import nearest_path, user_file, write_json


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def remember(content: bytes) -> None:
    """Adds a file's content to those that the user trusts."""
    path = _trusted_file()
    known = _trusted_digests()
    if digest(content) not in known:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, sorted({*known, digest(content)}))


def require(file: Path, trusted: bool) -> bytes:
    """The content of a Python file that is about to be run, once the user trusts it; `trusted` is their --trust.

    A file of the user's own is trusted by being named. One that came inside a run folder is not: run folders travel.

    Raises:
        UsageError: it came with a run, is not known, and --trust was not given; or it cannot be read.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}. {nearest_path(file)}") from None
    travelled = (file.parent / NAME).exists()
    if travelled and not trusted and digest(content) not in _trusted_digests():
        raise UsageError(
            f"{file} is code that came with the run and was never run by you. Read it first.",
            hint="--trust",
        )
    remember(content)
    return content


def require_run(run_dir: Path, record: RunRecord, trusted: bool) -> None:
    """Raises UsageError where the run brings code that the user does not trust, or that is not the run's own."""
    if record.architecture_sha256 is None:
        return
    file = run_dir / ARCHITECTURE
    if file.exists() and digest(file.read_bytes()) != record.architecture_sha256:
        raise UsageError(f"{file} is not the file that {record.id} was trained with: its sha256 has changed.")
    require(file, trusted)


def _trusted_file() -> Path:
    return user_file("data", "trusted.json")


def _trusted_digests() -> set[str]:
    try:
        return {known for known in json.loads(_trusted_file().read_bytes()) if isinstance(known, str)}
    except (OSError, ValueError, TypeError, RecursionError):
        return set()
