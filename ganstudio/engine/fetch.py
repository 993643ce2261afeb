"""Downloads of known data sets, by torchvision, which holds their addresses and MD5 sums."""

from __future__ import annotations

import errno
import inspect
import socket
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError

from ganstudio.engine.torchvision_import import import_torchvision
from ganstudio.errors import DataError

TRIES = 3
PAUSE_S = 2.0


def fetch(what: str, folder: Path) -> None:
    """The files of torchvision's data set `what` (CLASS or CLASS:SPLIT) under `folder`, checked against their MD5 sums.

    What breaks on the way is tried again; torchvision goes on with the files that are whole. Raises DataError.
    """
    name, _, split = what.partition(":")
    import_torchvision()
    from torchvision import datasets

    dataset = getattr(datasets, name)
    options: dict[str, Any] = {"split": split} if split else {}
    if "split" in inspect.signature(dataset).parameters and not split:
        options = {"split": "all" if name == "CelebA" else "train"}
    for attempt in range(1, TRIES + 1):
        try:
            dataset(str(folder), download=True, **options)
            return
        except Exception as error:  # torchvision raises RuntimeError for a wrong checksum and for much else
            if attempt == TRIES or not _may_pass(error):
                raise DataError(f"could not be downloaded: {_first_line(error)}.") from None
            time.sleep(PAUSE_S * attempt)


def _may_pass(error: Exception) -> bool:
    """Whether it is worth another try: what broke on the way is; a host that nobody knows and a full disk are not."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, socket.gaierror) or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
        return False
    return isinstance(error, URLError | ConnectionError | TimeoutError | HTTPException) or "corrupted" in str(error)


def _first_line(error: Exception) -> str:
    words = str(getattr(error, "reason", error)) or type(error).__name__
    return words.splitlines()[0].rstrip(".:")
