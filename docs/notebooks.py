"""Runs the notebooks from top to bottom and saves them with what came of it, cleaned of this machine's traces.

    python docs/notebooks.py                       # all, in place: about twenty minutes on two cores
    python docs/notebooks.py 02_basic_gan          # that one
    python docs/notebooks.py --kimg 1 --out /tmp   # no training longer than 1 kimg, saved elsewhere: a trial

Each has a folder of its own for what it makes, which is removed. Left out of the saved outputs are notes on stderr,
times, where that folder was, and what says the same as a picture's PNG.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent / "notebooks"
CELL_S = 900  # longest that a cell may take


def execute(path: Path, environment: Mapping[str, str]) -> nbformat.NotebookNode:
    """The notebook with its outputs, cleaned. Raises nbclient's CellExecutionError where a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    with tempfile.TemporaryDirectory(prefix="ganstudio-notebooks-") as folder:
        where = {"metadata": {"path": folder}}
        client = NotebookClient(notebook, timeout=CELL_S, record_timing=False, resources=where)
        client.execute(env={**os.environ, **environment, "TMPDIR": folder, "IPYTHONDIR": f"{folder}/ipython"})
        return cleaned(notebook, folder)


def cleaned(notebook: nbformat.NotebookNode, folder: str) -> nbformat.NotebookNode:
    """The notebook as it is committed; the workspace that it made in `folder` is called `workspace`."""
    made = re.compile(rf"{re.escape(folder)}/ganstudio-\w+")
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            kept = [_without(made, one) for one in cell.outputs if one.get("name") != "stderr"]
            cell.outputs = _joined(kept)
    return notebook


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """What was printed without a picture between in one piece: it comes in as many as the kernel pleases."""
    joined: list[nbformat.NotebookNode] = []
    for one in outputs:
        if joined and one.output_type == joined[-1].output_type == "stream":
            joined[-1].text += one.text
        else:
            joined.append(one)
    return joined


def _without(made: re.Pattern[str], output: Any) -> Any:
    """The output, or a part of it, with the workspace's folder replaced in every text."""
    if isinstance(output, str):
        return made.sub("workspace", output)
    if isinstance(output, list):
        return [_without(made, one) for one in output]
    if isinstance(output, dict):
        if "image/png" in output:
            output.pop("image/jpeg", None)
        for key, value in output.items():
            output[key] = value if key == "image/png" else _without(made, value)
    return output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=sorted(path.stem for path in FOLDER.glob("*.ipynb")))
    parser.add_argument("--kimg", type=float, help="no training is longer; by default as the notebooks say")
    parser.add_argument("--out", type=Path, default=FOLDER)
    given = parser.parse_args()
    budget = {} if given.kimg is None else {"GANSTUDIO_NOTEBOOK_KIMG": str(given.kimg)}
    for name in given.names:
        began = time.monotonic()
        notebook = execute(FOLDER / f"{name}.ipynb", budget)
        file = given.out / f"{name}.ipynb"
        nbformat.write(notebook, file)
        print(f"{name}: {time.monotonic() - began:.0f} s, {file.stat().st_size / 1024:.0f} KB", flush=True)


if __name__ == "__main__":
    main()
