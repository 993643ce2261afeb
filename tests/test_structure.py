"""How the code is laid out: which part imports which, no circles between files, no folder that is a crowd."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
FILES_A_FOLDER = 25


@cache
def imports(type_checking: bool) -> dict[str, set[str]]:
    """What each module of ganstudio imports, within functions too, and for type checkers alone where that is asked."""
    graph = grimp.build_graph("ganstudio", exclude_type_checking_imports=not type_checking, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def layers() -> list[list[str]]:
    """The parts of ganstudio as docs/architecture.md draws them, a line each, from the front ends down."""
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    picture = page.partition("```text\n")[2].partition("---")[0]
    return [re.split(r"  +", line)[0].split(" | ") for line in picture.splitlines()]


def test_no_files_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(imports(type_checking=False)).prepare()
    except CycleError as error:
        pytest.fail("each of these imports the one before it: " + " > ".join(error.args[1]))


def test_each_part_imports_only_those_below_it_in_the_picture_of_the_house() -> None:
    depth = {part: number for number, parts in enumerate(layers()) for part in parts}
    wrong = [
        f"{module} imports {other}"
        for module, others in imports(type_checking=True).items()
        for other in others
        if (part_of(module) in depth and part_of(other) not in (part_of(module), ""))
        and depth[part_of(module)] >= depth.get(part_of(other), -1)
    ]
    assert not wrong


def test_the_picture_of_the_house_shows_every_part_and_is_what_import_linter_holds() -> None:
    there = {part_of(module) for module in imports(type_checking=True)} - {"", "__main__", "engine"}
    assert there <= {part for parts in layers() for part in parts}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    held = [re.findall(r"ganstudio\.(\w+)", layer) for layer in settings["contracts"][0]["layers"]]
    assert held == layers()


@pytest.mark.parametrize("top", ["ganstudio", "tests"])
def test_no_folder_is_a_crowd(top: str) -> None:
    folders = [ROOT / top, *(path for path in (ROOT / top).rglob("*") if path.is_dir())]
    counts = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) for folder in folders}
    assert {name: n for name, n in counts.items() if n > FILES_A_FOLDER} == {}


def part_of(module: str) -> str:
    """cli of ganstudio.cli.runs.commands; "" of the package itself."""
    return module.partition(".")[2].partition(".")[0]
