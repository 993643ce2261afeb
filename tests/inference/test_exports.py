from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export, find_export, list_exports, newest_of, remove_export
from ganstudio.inference.manifest import TensorSpec
from ganstudio.workspace import Workspace
from tests.inference.generators import write_foreign, write_generator

KEYS = (
    "name path task inputs outputs z_dim classes image_shape value_range scale radius multiple translates "
    "opset precision run ema parity latency_ms bytes"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    for age, (name, run) in enumerate([("new", "run-2"), ("middle", "run-1"), ("old", "run-1")]):
        path = write_generator(workspace.exports / f"{name}.onnx", run=run)
        os.utime(path, (1000 - age, 1000 - age))
    return workspace


def test_exports_are_listed_newest_first_and_by_the_names_of_their_files(workspace: Workspace) -> None:
    (workspace.exports / "new.onnx").rename(workspace.exports / "renamed@48.0.onnx")
    exports, notes = list_exports(workspace)
    assert [export.name for export in exports] == ["renamed@48.0", "middle", "old"]
    assert notes == []


def test_what_is_no_export_is_noted_and_does_not_hide_the_others(workspace: Workspace) -> None:
    write_foreign(workspace.exports / "foreign.onnx")
    (workspace.exports / "broken.onnx").write_bytes(b"not a model")
    exports, notes = list_exports(workspace)
    assert len(exports) == 3
    assert [note.split(": ")[0].split(" is ")[0].rpartition("/")[2] for note in notes] == [
        "broken.onnx",
        "foreign.onnx carries no ganstudio manifest",
    ]


def test_the_halves_of_a_generator_with_styles_are_not_listed_but_found_by_name(workspace: Workspace) -> None:
    styles = (TensorSpec("ws", ("N", 8, 64), "float32"),)
    write_generator(workspace.exports / "new.mapping.onnx", outputs=styles)
    write_generator(workspace.exports / "new.synthesis.onnx", inputs=styles)
    exports, notes = list_exports(workspace)
    assert [export.name for export in exports] == ["new", "middle", "old"]
    assert notes == []
    found = find_export(workspace, "new.mapping")
    assert found is not None
    assert not found.whole


def test_a_workspace_without_the_folder_has_no_exports(tmp_path: Path) -> None:
    assert list_exports(Workspace(tmp_path)) == ([], [])


def test_json_has_the_promised_keys_in_their_order(workspace: Workspace) -> None:
    told = json.loads(json.dumps(list_exports(workspace)[0][0].as_json()))
    assert list(told) == KEYS.split()
    assert told["inputs"] == [{"name": "z", "shape": ["N", 100], "dtype": "float32"}]
    assert told["bytes"] == (workspace.exports / "new.onnx").stat().st_size


def test_an_export_is_found_by_name_by_file_name_and_by_path(workspace: Workspace, tmp_path: Path) -> None:
    elsewhere = write_generator(tmp_path / "elsewhere" / "far.onnx")
    for given, path in [
        ("old", workspace.exports / "old.onnx"),
        ("old.onnx", workspace.exports / "old.onnx"),
        (str(elsewhere), elsewhere),
    ]:
        found = find_export(workspace, given)
        assert found is not None
        assert found.path == path


def test_a_name_that_is_no_export_is_none_and_a_path_that_is_none_is_refused(workspace: Workspace) -> None:
    assert find_export(workspace, "nothing") is None
    assert find_export(workspace, "../runs/old") is None
    with pytest.raises(UsageError, match="does not exist"):
        find_export(workspace, "exports/nothing.onnx")


def test_the_newest_export_of_a_run_is_found_by_the_runs_id(workspace: Workspace) -> None:
    exports, _ = list_exports(workspace)
    newest = newest_of("run-1", exports)
    assert isinstance(newest, Export)
    assert newest.name == "middle"
    assert newest_of("run-3", exports) is None


def test_an_export_is_removed_with_its_halves_and_nothing_else(workspace: Workspace) -> None:
    styles = (TensorSpec("ws", ("N", 8, 64), "float32"),)
    write_generator(workspace.exports / "old.mapping.onnx", outputs=styles)
    write_generator(workspace.exports / "old.synthesis.onnx", inputs=styles)
    write_generator(workspace.exports / "old.other.onnx")
    remove_export(Export.load(workspace.exports / "old.onnx"))
    left = sorted(path.name for path in workspace.exports.iterdir())
    assert left == ["middle.onnx", "new.onnx", "old.other.onnx"]
