from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.latent_files import SavedLatents, read_latents, write_latents
from ganstudio.inference.provenance import is_ours

SAVED = SavedLatents(np.eye(2, 5, dtype=np.float32), (7, 8), (0, 2), 0.7, ("", "slerp(1, 2, 0.5)"), "digits", "ab" * 32)


def test_latents_come_back_as_they_were_saved_and_equal_ones_are_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        write_latents(tmp_path / name, SAVED, {"Source": "digits", "Software": "ganstudio 1"})
    back = read_latents(tmp_path / "a.npz")
    np.testing.assert_array_equal(back.z, SAVED.z)
    assert replace(back, z=SAVED.z) == SAVED
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert is_ours(tmp_path / "a.npz")


def test_an_npz_of_somebody_else_needs_z_alone(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", z=np.ones((3, 4)))
    back = read_latents(tmp_path / "mine.npz")
    assert (back.z.dtype, back.z.shape, back.seeds, back.labels, back.psi) == (np.float32, (3, 4), (0, 1, 2), None, 1.0)
    assert back.origins == ("mine.npz[0]", "mine.npz[1]", "mine.npz[2]")


Z = np.zeros((2, 4), np.float32)


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"images": np.zeros((1, 2, 2, 1), np.uint8)}, "an array 'z' [N, z_dim] is missing, there is images"),
        ({"z": np.zeros(4)}, "z must be floats [N, z_dim]; got float64 [4]"),
        ({"z": np.zeros((0, 4))}, "got float64 [0, 4]"),
        ({"z": np.zeros((1, 4), np.int64)}, "got int64"),
        ({"z": np.full((1, 4), np.nan)}, "NaN or infinite"),
        ({"z": np.full((1, 4), 1e300)}, "NaN or infinite"),
        ({"z": Z, "seeds": np.array([1])}, "seeds must be 2 whole numbers"),
        ({"z": Z, "seeds": np.array([-1, 2])}, "seeds go from 0"),
        ({"z": Z, "labels": np.array([0.5, 1.0])}, "labels must be 2 whole numbers"),
        ({"z": Z, "psi": np.array([1.0, 2.0])}, "psi a number"),
        ({"z": Z, "psi": np.float64("nan")}, "psi a number"),
        ({"z": Z, "told": np.array(["a"])}, "a word a latent"),
        ({"z": np.array([{}], object)}, "no npz, or was cut short"),
    ],
)
def test_what_are_no_latents_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], told: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(UsageError) as refused:
        read_latents(tmp_path / "a.npz")
    assert told in refused.value.message


def test_other_files_are_refused_by_name(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.zeros(3))
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    write_latents(tmp_path / "cut.npz", SAVED, {})
    whole = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "flipped.npz").write_bytes(whole.replace(SAVED.z.tobytes(), b"\1" * SAVED.z.nbytes))
    for name in ("one.npy", "text.npz", "empty.npz", "cut.npz", "flipped.npz", "missing.npz", "."):
        with pytest.raises(UsageError):
            read_latents(tmp_path / name)
