"""What is said of the package beside its code: its lock, its bounds, its pages, its version."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import ganstudio

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (ROOT / "README.md").read_text()
IMAGES = "https://raw.githubusercontent.com/ganstudio/ganstudio/main/"
PAGES = ("https://github.com/ganstudio/ganstudio/blob/main/", "https://github.com/ganstudio/ganstudio/tree/main/")


def pins() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


@pytest.mark.parametrize("need", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])
def test_the_lock_pins_what_is_needed_within_its_bounds(need: str) -> None:
    wanted = Requirement(need)
    assert pins()[canonicalize_name(wanted.name)] in wanted.specifier


def test_the_lock_names_versions_and_neither_builds_nor_places() -> None:
    assert all(re.fullmatch(r"\d+(\.\w+)*", version) for version in pins().values())


def test_the_pythons_that_are_named_are_those_that_are_allowed() -> None:
    prefix = "Programming Language :: Python :: 3."
    named = {line.removeprefix(prefix) for line in PROJECT["classifiers"] if line.startswith(prefix)}
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert named == {str(minor) for minor in range(6, 30) if f"3.{minor}.1" in allowed}


def test_a_citation_names_the_version_that_the_program_has() -> None:
    assert f"version: {ganstudio.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_the_readme_s_pictures_are_shown_on_a_package_index_and_lie_in_the_repository() -> None:
    shown = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", README)
    assert shown
    assert all(
        link.startswith(f"{IMAGES}docs/images/") and (ROOT / link.removeprefix(IMAGES)).is_file() for link in shown
    )


def test_the_readme_s_links_lead_somewhere_from_a_package_index() -> None:
    for link in re.findall(r"(?<!!)\[[^\]]*\]\(([^)]*)\)", README):
        (start,) = [start for start in PAGES if link.startswith(start)]
        assert (ROOT / link.removeprefix(start)).exists(), link


def test_type_checkers_read_the_package_s_annotations() -> None:
    assert (Path(ganstudio.__file__).parent / "py.typed").is_file()
