"""`import ganstudio` costs nothing, and the whole of the API in Python never loads torch."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import ganstudio

MANUAL = Path(__file__).parents[2] / "docs" / "python.md"
HEAVY = ("torch", "onnxruntime", "numpy", "PIL", "typer", "textual", "rich", "pydantic")


def modules_after(code: str) -> set[str]:
    command = [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_package_loads_none_of_it() -> None:
    assert not modules_after("import ganstudio").intersection(HEAVY)


def test_the_names_of_the_api_load_neither_torch_nor_a_front_end() -> None:
    loaded = modules_after("import ganstudio\nfor name in ganstudio._PLACES: getattr(ganstudio, name)")
    assert not loaded.intersection(("torch", "onnxruntime", "typer", "textual", "rich"))


def test_every_name_is_what_type_checkers_are_told() -> None:
    assert {name: getattr(ganstudio, name).__module__ for name in ganstudio._PLACES} == ganstudio._PLACES
    assert set(ganstudio._PLACES) <= set(dir(ganstudio))
    with pytest.raises(AttributeError, match="nothing"):
        ganstudio.nothing  # noqa: B018


def test_the_manual_names_what_there_is_and_all_of_it() -> None:
    kinds = {"ws": ganstudio.Workspace, "run": ganstudio.Run, "model": ganstudio.Model}
    named = set(re.findall(r"\b(ws|run|model)\.([a-z_]+)", MANUAL.read_text(encoding="utf-8")))
    there = {(word, name) for word, kind in kinds.items() for name in vars(kind) if not name.startswith("_")}
    own = {("run", "id"), ("run", "table_row"), ("ws", "path"), ("model", "find"), ("model", "as_dict")}
    own |= {("model", name) for name in ("name", "path", "classes")}
    assert named <= there
    assert there - named <= own
