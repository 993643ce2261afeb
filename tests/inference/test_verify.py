from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.manifest import KEY, TensorSpec, content_hash, read_metadata
from ganstudio.inference.recorded_answers import KEY as PAIRS
from ganstudio.inference.verify import verify
from tests.inference.generators import with_metadata, write_generator, write_proved


@pytest.fixture
def proved(tmp_path: Path) -> Path:
    return write_proved(tmp_path / "a.onnx", classes=("cat", "dog"), noise=True, psi=True)


def test_a_file_that_nobody_touched_holds(proved: Path) -> None:
    found = verify(Export.load(proved))
    assert found.seeds == 2
    assert found.max_abs <= 1e-6
    assert found.sha256 == content_hash(proved)


def test_the_hash_is_of_the_model_without_its_metadata(proved: Path) -> None:
    model = onnx.load(proved)
    del model.metadata_props[:]
    assert content_hash(proved) == hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()
    before = content_hash(proved)
    assert content_hash(with_metadata(proved, {"other": "words"})) == before


def test_one_weight_that_changed_is_found(proved: Path) -> None:
    model = onnx.load(proved)
    weights = next(one for one in model.graph.initializer if one.name == "w1")
    values = numpy_helper.to_array(weights).copy()
    values[0, 0, 0, 0] += 1e-3
    weights.CopyFrom(numpy_helper.from_array(values, "w1"))
    onnx.save(model, proved)
    with pytest.raises(StudioError, match="graph or weights are not those that were exported") as error:
        verify(Export.load(proved))
    assert error.value.exit_code == 1
    assert error.value.hint == f"ganstudio export onnx dcgan-mnist-1@48 --out {proved}"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"z_dim": 64}, "z_dim 64"),
        ({"classes": ()}, "0 classes"),
        ({"image_shape": (3, 32, 32)}, r"image_shape \[3, 32, 32\]"),
        ({"precision": "fp8"}, "precision fp8"),
        (
            {"inputs": (TensorSpec("z", ("N", 100), "float32"),)},
            r"inputs z \[N, 100\] float32, in the graph z .* labels",
        ),
    ],
)
def test_a_manifest_that_tells_of_another_graph_is_found(proved: Path, told: dict[str, Any], says: str) -> None:
    export = Export.load(proved)
    pairs = read_metadata(proved)[PAIRS]
    with_metadata(proved, {KEY: replace(export.manifest, **told).dumps(), PAIRS: pairs})
    with pytest.raises(StudioError, match=f"the manifest does not fit the graph: .*{says}") as error:
        verify(Export.load(proved))
    assert error.value.exit_code == 1


def test_answers_that_are_not_met_are_told_with_their_distance(proved: Path, tmp_path: Path) -> None:
    words = read_metadata(proved)
    other = write_proved(tmp_path / "b.onnx", classes=("cat", "dog"), noise=True)
    with_metadata(proved, words | {PAIRS: read_metadata(other)[PAIRS]})
    with pytest.raises(
        StudioError, match=r"differ from the stored ones by .* \(at most 0\.0001 is let through in fp32\)"
    ):
        verify(Export.load(proved))


def test_stored_answers_that_hold_nan_prove_nothing(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "nan.onnx")
    model = onnx.load(path)
    weights = next(one for one in model.graph.initializer if one.name == "w2")
    weights.CopyFrom(numpy_helper.from_array(np.full((64, 1, 4, 4), np.nan, np.float32), "w2"))
    onnx.save(model, path)
    export = Export.load(path)
    manifest = replace(export.manifest, sha256=content_hash(path))
    pairs = '{"seeds": [0], "step": 1025, "values": "AAAAAA=="}'
    with_metadata(path, {KEY: manifest.dumps(), PAIRS: pairs})
    with pytest.raises(StudioError, match="differ from the stored ones by nan"):
        verify(Export.load(path))


def test_a_file_without_pairs_says_how_to_make_one_that_has(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "a.onnx")
    manifest = replace(Export.load(path).manifest, sha256=content_hash(path))
    with_metadata(path, {KEY: manifest.dumps()})
    with pytest.raises(UsageError, match="carries no pairs") as error:
        verify(Export.load(path))
    assert error.value.hint == f"ganstudio export onnx dcgan-mnist-1@48 --out {path}"
