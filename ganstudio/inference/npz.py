"""Arrays in npz files: read from one that anybody may have written, and written whole, equal arrays as equal bytes."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import ArrayLike, NDArray

from ganstudio.errors import UsageError
from ganstudio.workspace import nearest_path, replacing

# what numpy and zipfile say of files that are none, or hold other than they tell
_DAMAGED = (ValueError, EOFError, LookupError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error, struct.error)


def read_arrays(path: Path, hint: str | None = None) -> dict[str, NDArray[Any]]:
    """Every array of an npz. Raises UsageError, with `hint`, where the file is none."""
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.lib.npyio.NpzFile):
                return {name: archive[name] for name in archive.files}
    except OSError as error:
        why = f"{path} cannot be read: {error.strerror or error}. {nearest_path(path)}"
        raise UsageError(why) from None
    except _DAMAGED:
        raise UsageError(f"{path} is no npz, or was cut short or damaged.", hint) from None
    raise UsageError(f"{path} is no npz but a single array: numpy.savez(path, z=z) writes one.")


def write_arrays(path: Path, arrays: Mapping[str, ArrayLike], comment: bytes = b"") -> None:
    """Writes an npz to `path`, whole or not at all. Equal arrays give equal bytes: it holds no time."""
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.comment = comment
        for name, values in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as member:
                npy.write_array(member, np.asarray(values))
