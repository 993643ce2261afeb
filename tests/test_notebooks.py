"""The notebooks are whole: they have their pictures, name what there is, and run from top to bottom."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

import ganstudio
from ganstudio.api.data_sets import DataSets
from ganstudio.api.figure import Figure
from ganstudio.api.projection import Projection
from ganstudio.diagnosis import Finding

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
LARGEST_BYTES = 1_000_000
# What is said of a machine alone: folders of users and of temporary files, and codes that colour a terminal.
TRACES = re.compile(r"/(?:home|root|Users|tmp|work|var|opt)/|\x1b\[")
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

# What a variable of a notebook is; others are followed no further.
KINDS: dict[str, type] = {
    "ws": ganstudio.Workspace,
    "ws.data": DataSets,
    **dict.fromkeys(("mnist", "spoiled", "test", "few"), ganstudio.DataSet),
    **dict.fromkeys(("run", "cgan", "stylegan2", "r3gan", "healthy", "by_heart", "augmented"), ganstudio.Run),
    **dict.fromkeys(("model", "styled", "early", "late"), ganstudio.Model),
    "one": Finding,
    "found": Projection,
}


def code(notebook: nbformat.NotebookNode) -> Iterator[nbformat.NotebookNode]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def read(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_there_are_seven_and_the_manual_lists_them() -> None:
    listed = re.findall(r"\]\(notebooks/(\w+\.ipynb)\)", (DOCS / "python.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in NOTEBOOKS]
    assert len(listed) == 7


@each
def test_it_begins_with_what_it_is_about_and_has_pictures_and_no_error(path: Path) -> None:
    notebook = read(path)
    assert notebook.cells[0].source.startswith(f"# {int(path.stem[:2])}. ")
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, 1 + len(list(code(notebook)))))
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2


@each
def test_nothing_in_it_tells_of_the_machine_that_ran_it(path: Path) -> None:
    notebook = read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert not any(cell.metadata for cell in notebook.cells)
    said = [text for cell in code(notebook) for text in texts(cell.outputs)]
    assert [found.group() for text in said if (found := TRACES.search(text))] == []
    assert path.stat().st_size < LARGEST_BYTES


def texts(part: Any) -> Iterator[str]:
    """What stands in outputs, without pictures in base64, in which anything may stand."""
    if isinstance(part, str):
        yield re.sub(r"base64,[^\"]*", "", part)
    elif isinstance(part, dict):
        yield from (text for key, value in part.items() if key != "image/png" for text in texts(value))
    elif isinstance(part, list):
        yield from (text for one in part for text in texts(one))


@each
def test_every_name_of_the_package_that_it_calls_is_one(path: Path) -> None:
    tree = ast.parse("\n".join(cell.source for cell in code(read(path))))
    used = {(ast.unparse(node.value), node.attr) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert {name for of, name in used if of == "ganstudio"} <= set(dir(ganstudio))
    known = [(of, name) for of, name in used if of in KINDS]
    assert not [one for one in known if one[1] not in (*dir(KINDS[one[0]]), *KINDS[one[0]].__annotations__)]
    assert ("ws", "data") in used


def test_plots_and_pictures_are_what_a_notebook_shows() -> None:
    shown = {"_repr_png_", "_repr_svg_", "_repr_html_"}
    for kind in (ganstudio.DataSet, ganstudio.Picture, ganstudio.Pictures, Figure, Projection, ganstudio.Run):
        assert len(shown & set(dir(kind))) == 1, kind  # two would be saved twice


def test_the_folder_of_a_workspace_is_left_out_of_what_is_saved() -> None:
    cleaned = runpy.run_path(str(DOCS / "notebooks.py"))["cleaned"]
    outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="note"),
        nbformat.v4.new_output("stream", name="stdout", text="/tmp/x/ganstudio-ab_1/runs"),
        nbformat.v4.new_output("stream", name="stdout", text="/one"),
        nbformat.v4.new_output("display_data", data={"image/png": "AA", "image/jpeg": "BB"}),
    ]
    cell = nbformat.v4.new_code_cell("1", outputs=outputs, metadata={"execution": {"iopub.status.busy": "2026"}})
    notebook = cleaned(nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {}}), "/tmp/x")
    assert [dict(output.get("data", {"text": output.get("text")})) for output in notebook.cells[0].outputs] == [
        {"text": "workspace/runs/one"},
        {"image/png": "AA"},
    ]
    assert not notebook.cells[0].metadata
    assert "widgets" not in notebook.metadata


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where data sets lie, so that MNIST is packed once."""
    return tmp_path_factory.mktemp("packed")


@pytest.mark.slow
@each
def test_it_runs_from_top_to_bottom(path: Path, packed: Path) -> None:
    execute = runpy.run_path(str(DOCS / "notebooks.py"))["execute"]
    notebook = execute(path, {"GANSTUDIO_NOTEBOOK_KIMG": "1", "GANSTUDIO_DATA": str(packed)})
    assert all(cell.execution_count for cell in code(notebook))
