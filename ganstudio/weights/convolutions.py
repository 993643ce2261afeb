"""The convolutions of a network in an .npz file, known by a SHA-256 of their numbers rather than of the file.

Whoever packs them, and whatever else the file holds, they are the same tensors: `conv0_w` [out, in, k, k] and
`conv0_b` [out], `conv1_w`, ..., in the order in which the network calls them, all float32.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

Convolutions = dict[str, "np.ndarray"]


def is_npz(file: Path) -> bool:
    """Whether `file` is an archive of arrays; torch's own archives hold none."""
    try:
        with zipfile.ZipFile(file) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def read_convolutions(file: Path) -> Convolutions:
    """The arrays `conv{i}_w` and `conv{i}_b` of `file` in their order; all others are passed by.

    Raises UsageError where it is damaged, one is missing, or one is no float32.
    """
    import numpy as np

    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            count = sum(name.startswith("conv") and name.endswith("_w") for name in stored.files)
            names = [f"conv{index}_{part}" for index in range(count) for part in "wb"]
            found = {name: stored[name] for name in names if name in stored.files}
    except Exception as error:  # damaged bytes fail in any way that numpy's and zipfile's readers can
        raise UsageError(f"{file}: its arrays cannot be read: {type(error).__name__}: {error}") from None
    if not count or (missing := [name for name in names if name not in found]):
        lacking = missing[0] if count else "conv0_w"
        raise UsageError(
            f"{file}: holds no array called {lacking}.\n"
            "Convolutions are called conv0_w [out, in, k, k], conv0_b [out], conv1_w, ..., in the network's order."
        )
    for name, array in found.items():
        if array.dtype != np.float32:
            raise UsageError(f"{file}: {name} is {array.dtype}; the published convolutions are float32.")
    return found


def digest(convolutions: Convolutions) -> str:
    """SHA-256 of the arrays' names, shapes and numbers, in hexadecimal."""
    import numpy as np

    found = hashlib.sha256()
    for name, array in convolutions.items():
        found.update(f"{name} {list(array.shape)}".encode())
        found.update(np.ascontiguousarray(array, "<f4").data)
    return found.hexdigest()


def as_npz(convolutions: Convolutions) -> bytes:
    """The bytes of an .npz file of these arrays alone."""
    import numpy as np

    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **convolutions)
    return buffer.getvalue()
