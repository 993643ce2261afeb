"""Latents as files: an npz that `ganstudio sample --latent` draws again.

Arrays: `z` float32 [N, z_dim], or `ws` [N, L, D] of a generator with styles, which take its place; `seeds` int64 [N],
what noise inputs are drawn from; `labels` int64 [N] where there are classes; `psi`; `told` [N], where each latent comes
from, "" where that is its seed; `model` and `sha256`, an export's name and hash. Of a file that others wrote `z`, or
`ws`, is enough. The zip's comment says what pictures say of themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.latents import LARGEST_SEED, MOST_SEEDS
from ganstudio.inference.npz import read_arrays, write_arrays
from ganstudio.inference.provenance import comment

_HINT = "ganstudio tui   # its Studio saves such files"


@dataclass(frozen=True)
class SavedLatents:
    """Latents, a seed and an origin each; `model` and `sha256` are "" where none is known.

    `z` is float32 [N, z_dim]; [N, 0] where `ws` [N, L, D] take its place.
    """

    z: NDArray[np.float32]
    seeds: tuple[int, ...]
    labels: tuple[int, ...] | None
    psi: float
    origins: tuple[str, ...]
    model: str
    sha256: str
    ws: NDArray[np.float32] | None = None


def write_latents(path: Path, saved: SavedLatents, words: dict[str, str]) -> None:
    """Writes an npz to `path`, or nothing; equal input gives equal bytes. `words` are `provenance.picture_words`."""
    arrays: dict[str, Any] = {
        **({"z": saved.z} if saved.ws is None else {"ws": saved.ws}),
        **{"seeds": np.array(saved.seeds, np.int64), "psi": np.float64(saved.psi)},
        **({} if saved.labels is None else {"labels": np.array(saved.labels, np.int64)}),
        **{"told": np.array(saved.origins, str), "model": np.array(saved.model), "sha256": np.array(saved.sha256)},
    }
    write_arrays(path, arrays, comment(words).encode() if words else b"")


def read_latents(path: Path) -> SavedLatents:
    """What `write_latents` left at `path`, or an npz with at least `z` or `ws`. Raises UsageError for anything else."""
    arrays = read_arrays(path, _HINT)
    if "z" not in arrays and "ws" not in arrays:
        names = ", ".join(arrays) or "nothing"
        raise UsageError(f"{path} holds no latents: an array 'z' [N, z_dim] is missing, there is {names}.", _HINT)
    ws = _floats(path, "ws", arrays["ws"], "N, L, D") if "ws" in arrays else None
    z = _floats(path, "z", arrays["z"], "N, z_dim") if ws is None else np.zeros((len(ws), 0), np.float32)
    seeds = _integers(path, arrays, "seeds", len(z)) or tuple(range(len(z)))
    if min(seeds) < 0 or max(seeds) > LARGEST_SEED:
        raise UsageError(f"{path}: seeds go from 0 to {LARGEST_SEED}.")
    origins = arrays.get("told", np.array([f"{path.name}[{index}]" for index in range(len(z))]))
    psi = arrays.get("psi", np.float64(1))
    if origins.shape != (len(z),) or psi.shape != () or psi.dtype.kind not in "fiu" or not np.isfinite(psi):
        raise UsageError(f"{path}: told must be a word a latent, and psi a number.")
    model, sha256 = (str(arrays[key]) if key in arrays else "" for key in ("model", "sha256"))
    labels = _integers(path, arrays, "labels", len(z))
    return SavedLatents(z, seeds, labels, float(psi), tuple(map(str, origins)), model, sha256, ws)


def _floats(path: Path, name: str, array: NDArray[Any], axes: str) -> NDArray[np.float32]:
    """Latents float32 with as many `axes` as named. Raises UsageError where they are none."""
    if array.ndim != axes.count(",") + 1 or 0 in array.shape or array.dtype.kind != "f":
        raise UsageError(f"{path}: {name} must be floats [{axes}]; got {array.dtype} {list(array.shape)}.")
    if len(array) > MOST_SEEDS:
        raise UsageError(
            f"{path} holds {len(array):,} latents, more than {MOST_SEEDS:,}. Ask for them in several files."
        )
    with np.errstate(over="ignore"):
        latents = array.astype(np.float32)
    if not np.isfinite(latents).all():
        raise UsageError(f"{path}: {name} holds NaN or infinite values.")
    return latents


def _integers(path: Path, arrays: dict[str, NDArray[Any]], name: str, count: int) -> tuple[int, ...] | None:
    """An array of `count` whole numbers; None where it is not there. Raises UsageError where it is another."""
    if name not in arrays:
        return None
    array = arrays[name]
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise UsageError(f"{path}: {name} must be {count} whole numbers; got {array.dtype} {list(array.shape)}.")
    return tuple(array.tolist())
