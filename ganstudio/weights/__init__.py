"""Weights of networks that others have trained, known by name and by the SHA-256 of the published file.

They are kept beside the packed data, under the published file's name. Of some the convolutions are enough, which are
known by a SHA-256 of their own and lie there as `NAME-convolutions.npz`. To make networks of them is the engine's.
"""

from __future__ import annotations

import errno
import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.weights import convolutions
from ganstudio.weights.known import FEATURES as FEATURES
from ganstudio.weights.known import WEIGHTS as WEIGHTS
from ganstudio.weights.known import Weights as Weights
from ganstudio.workspace import drop_unfinished, nearest_path, replacing, weights_home, write_atomic

Progress = Callable[[int, int], None]  # bytes done, bytes in all

TRIES = 3
PAUSE_S = 2.0
TIMEOUT_S = 30.0
_BLOCK = 1 << 20


def find(name: str) -> Weights:
    """The weights that `name` means. Raises UsageError."""
    if name in FEATURES and FEATURES[name] is None:
        raise UsageError(
            f"weights {name!r}: come with the program; nothing has to be fetched.", "ganstudio weights list"
        )
    if name not in WEIGHTS:
        raise UsageError(f"weights {name!r}: there are none. {nearest(name, WEIGHTS)}", hint="ganstudio weights list")
    return WEIGHTS[name]


def as_json(weights: Weights) -> dict[str, Any]:
    path = locate(weights)
    return asdict(weights) | {"path": str(path) if path else None}


def locate(weights: Weights) -> Path | None:
    """Where the published file or its convolutions are; None where neither is here."""
    return next((path for name in weights.files if (path := weights_home() / name).is_file()), None)


def require(name: str) -> Path:
    """The published file of the weights `name`, or the .npz of its convolutions, whole.

    Raises UsageError where neither is here, or is not what was published.
    """
    weights = find(name)
    path = locate(weights)
    if path is None:
        raise UsageError(f"weights {name!r}: are not here ({weights.summary}).", hint=how_to_get(weights))
    _check(weights, path)
    return path


def how_to_get(weights: Weights) -> str:
    """The command that brings the weights, to end an error with."""
    command = f"ganstudio weights fetch {weights.name}"
    if weights.convolutions is None:
        return command
    return f"{command}   # or, without a network: ganstudio weights import {weights.name} FILE.npz"


def fetch(name: str, progress: Progress) -> Path:
    """The file of the weights `name`, downloaded unless it is here already.

    What breaks on the way is tried again, from the start; nothing is kept of a file that is not the published one.
    Raises UsageError where it cannot be had.
    """
    weights = find(name)
    if (path := locate(weights)) is not None:
        _check(weights, path)
        return path
    for attempt in range(1, TRIES + 1):
        try:
            return _store(weights, _download(weights.url, weights.bytes, progress), weights.url)
        except (OSError, HTTPException) as error:
            if attempt == TRIES or not _worth_retrying(error):
                raise _download_error(weights, error) from None
            time.sleep(PAUSE_S * attempt)
    raise AssertionError("the last try returns or raises")


def import_file(name: str, file: Path) -> Path:
    """A copy of `file` where the weights `name` are kept; of an .npz of convolutions, a copy of these alone.

    Raises UsageError unless it is the published file or holds its convolutions.
    """
    weights = find(name)
    if not file.is_file():
        raise UsageError(
            f"{file}: there is no such file. {nearest_path(file)}", hint=f"Get it from {weights.source}: {weights.url}"
        )
    if weights.convolutions is None or not convolutions.is_npz(file):
        return _store(weights, _blocks(file), str(file))
    target = weights_home() / weights.files[-1]
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, convolutions.as_npz(_read_convolutions(weights, file)))
    return target


def _store(weights: Weights, blocks: Iterator[bytes], origin: str) -> Path:
    """Stores `blocks`, under the file's name once they are known to be the published file. Raises UsageError."""
    target = weights_home() / weights.file
    target.parent.mkdir(parents=True, exist_ok=True)
    drop_unfinished(target.parent, target.name)
    digest = hashlib.sha256()
    with replacing(target) as temporary:
        with temporary.open("wb") as file:
            for block in blocks:
                file.write(block)
                digest.update(block)
        if digest.hexdigest() != weights.sha256:
            raise _wrong_file_error(weights, origin, digest.hexdigest())
    return target


def _check(weights: Weights, path: Path) -> None:
    if path.name != weights.file:
        _read_convolutions(weights, path)
        return
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    if digest.hexdigest() != weights.sha256:
        raise _wrong_file_error(weights, str(path), digest.hexdigest())


def _read_convolutions(weights: Weights, path: Path) -> convolutions.Convolutions:
    """The arrays of `path`. Raises UsageError unless they are the convolutions of the published file."""
    try:
        found = convolutions.read_convolutions(path)
    except UsageError as error:
        raise UsageError(error.message, hint=_instead_of(str(path), weights)) from None
    digest = convolutions.digest(found)
    if digest != weights.convolutions:
        raise UsageError(
            f"{path}: its {len(found) // 2} convolutions are not those of the published {weights.file}.\n"
            f"SHA-256 {digest} of their numbers was found, {weights.convolutions} is expected.",
            hint=_instead_of(str(path), weights),
        )
    return found


def _wrong_file_error(weights: Weights, origin: str, digest: str) -> UsageError:
    return UsageError(
        f"{origin}: is damaged or another file than the published {weights.file}.\n"
        f"SHA-256 {digest} was found, {weights.sha256} is expected.",
        hint=_instead_of(origin, weights),
    )


def _instead_of(origin: str, weights: Weights) -> str:
    """The command that brings the weights where the file `origin` is wrong; one that is kept here goes first."""
    is_stored = Path(origin).parent == weights_home()
    return f"rm {quoted(origin)} && {how_to_get(weights)}" if is_stored else how_to_get(weights)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _download(url: str, total: int, progress: Progress) -> Iterator[bytes]:
    from urllib.request import urlopen

    done = 0
    with urlopen(url, timeout=TIMEOUT_S) as answer:
        total = int(answer.headers.get("Content-Length") or total)
        while block := answer.read(_BLOCK):
            yield block
            done += len(block)
            progress(min(done, total), total)
    if done < total:
        raise ConnectionError(f"it ended after {done:,} of {total:,} bytes")


def _worth_retrying(error: Exception) -> bool:
    """Whether a download is worth another try: not without a network, after a refusal or with a full disk."""
    reason = getattr(error, "reason", error)
    if isinstance(error, HTTPError):
        return error.code >= 500
    if isinstance(reason, OSError) and reason.errno in (errno.ENOSPC, errno.ENETUNREACH, errno.EHOSTUNREACH):
        return False
    if isinstance(reason, socket.gaierror | ConnectionRefusedError | PermissionError):
        return False
    return isinstance(error, URLError | ConnectionError | TimeoutError | HTTPException)


def _download_error(weights: Weights, error: Exception) -> UsageError:
    reason = str(getattr(error, "reason", error)) or type(error).__name__
    return UsageError(
        f"{weights.url}: could not be downloaded: {reason}.\n"
        f"Without a network, get {weights.file} elsewhere ({weights.source}) and import it.",
        hint=f"ganstudio weights import {weights.name} {weights.file}",
    )
