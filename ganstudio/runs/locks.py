"""A lock that a file stands for. The kernel holds it, so it ends with its holder however that ends: what a kill or a
power cut leaves behind is an empty file that locks nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[bool]:
    """True while this process alone holds the lock of `path`, a file that is made where it is missing.

    Waits until whoever has it lets go; without `wait` it is False where another process has it.

    Raises OSError where the file cannot be made, or its file system has no locks.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)
