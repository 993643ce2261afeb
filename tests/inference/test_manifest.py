from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.manifest import ExportManifest, TensorSpec, read_manifest, read_metadata
from tests.inference.generators import write_foreign, write_generator


def test_the_manifest_read_is_the_one_that_was_written(conditional: Path) -> None:
    manifest = read_manifest(conditional)
    assert manifest is not None
    assert manifest.classes == ("cat", "dog", "7")
    assert manifest.inputs == (TensorSpec("z", ("N", 100), "float32"), TensorSpec("labels", ("N",), "int64"))
    assert ExportManifest.loads(manifest.dumps(), "here") == manifest


def test_metadata_is_what_the_onnx_package_reads(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "a.onnx", name="日本")
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"long": "x" * 100_000, "empty": "", "ganstudio": model.metadata_props[0].value})
    onnx.save(model, path)
    assert read_metadata(path) == {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def test_an_onnx_file_of_somebody_else_has_no_manifest(tmp_path: Path) -> None:
    assert read_manifest(write_foreign(tmp_path / "foreign.onnx")) is None


def test_a_file_cut_anywhere_is_refused_and_never_a_traceback(tmp_path: Path) -> None:
    whole = write_foreign(tmp_path / "whole.onnx").read_bytes()
    cut = tmp_path / "cut.onnx"
    for length in range(len(whole) - 1):
        cut.write_bytes(whole[:length])
        # One that is cut between two fields, after the graph, is still an ONNX file.
        with contextlib.suppress(UsageError):
            assert read_manifest(cut) is None


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x89PNG\r\n\x1a\n" + bytes(100), b"\x00" * 64, b"\xff" * 64])
def test_what_is_no_onnx_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is no ONNX file"):
        read_manifest(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_manifest(tmp_path / "a.onnx")
    with pytest.raises(UsageError, match="cannot be read"):
        read_manifest(tmp_path)


def test_a_newer_manifest_says_so(dcgan: Path) -> None:
    manifest = read_manifest(dcgan)
    assert manifest is not None
    newer = json.dumps(json.loads(manifest.dumps()) | {"format": 2})
    with pytest.raises(UsageError, match="manifest format 2"):
        ExportManifest.loads(newer, "a.onnx")


@pytest.mark.parametrize("text", ["", "[]", "3", "null", "{", '{"format": 1, "name": "x", "task": "t", "inputs": 3}'])
def test_a_manifest_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"a\.onnx: its manifest cannot be read"):
        ExportManifest.loads(text, "a.onnx")


def test_a_manifest_without_a_key_names_the_key(dcgan: Path) -> None:
    manifest = read_manifest(dcgan)
    assert manifest is not None
    whole = json.loads(manifest.dumps())
    told_later = ("run_created", "ema", "codes", "reads", "scale", "radius", "multiple", "translates", "blend", "tuned")
    for key in told_later:
        whole.pop(key, None)
    earlier = ExportManifest.loads(json.dumps(whole), "a.onnx")
    assert (earlier.run_created, earlier.ema, earlier.codes, earlier.reads) == (None, None, (), ())
    assert (earlier.scale, earlier.radius, earlier.multiple, earlier.blend) == (1, None, 1, None)
    assert (earlier.translates, earlier.tuned) == ((), None)
    for key in whole:
        with pytest.raises(UsageError, match=f"a.onnx: its manifest lacks '{key}'"):
            ExportManifest.loads(json.dumps({other: value for other, value in whole.items() if other != key}), "a.onnx")


@pytest.mark.parametrize(
    "damage",
    [
        {"checkpoint_nimg": 10**400},
        {"checkpoint_nimg": -1},
        {"z_dim": 2**64},
        {"value_range": [float("nan"), 1]},
        {"value_range": ["-inf", 1]},
        {"parity": {"n": 64, "max_abs": float("nan"), "mean_abs": 0}},
        {"latency_ms": {"torch": {"1": float("inf")}}},
        {"scale": 0},
        {"multiple": 2**20},
        {"radius": -1},
        {"ema": {"std": 0.5, "error": 0.0, "checkpoints": [64], "fakes": 0}},
        {"ema": {"std": 0.1, "error": float("nan"), "checkpoints": [64], "fakes": 0}},
        {"ema": {"std": 0.1, "error": 0.0, "checkpoints": [-64], "fakes": 0}},
        {"ema": {"std": 0.1, "error": 0.0, "checkpoints": [], "fakes": 0}},
    ],
    ids=str,
)
def test_a_number_that_nothing_can_show_is_refused_with_the_manifest(dcgan: Path, damage: dict[str, Any]) -> None:
    manifest = read_manifest(dcgan)
    assert manifest is not None
    with pytest.raises(UsageError, match=r"a\.onnx: its manifest cannot be read"):
        ExportManifest.loads(json.dumps(json.loads(manifest.dumps()) | damage), "a.onnx")


def test_reading_a_manifest_imports_neither_onnx_nor_onnxruntime_nor_numpy(dcgan: Path) -> None:
    program = (
        "import sys, pathlib; from ganstudio.inference.manifest import read_manifest;"
        "assert read_manifest(pathlib.Path(sys.argv[1]));"
        "print([name for name in ('onnx', 'onnxruntime', 'numpy', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(dcgan)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
