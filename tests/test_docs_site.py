"""The site of the manual: its navigation, and the pages and links that it makes. `make docs` builds it strictly."""

from __future__ import annotations

import json
import re
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import ganstudio
from ganstudio.cli.command_table import COMMANDS, Group
from ganstudio.cli.lazy_group import LazyGroup
from tests.manual import PAGES

DOCS = Path(__file__).parents[1] / "docs"
HOOKS = runpy.run_path(str(DOCS / "mkdocs/hooks.py"))
COMMAND_PAGE = runpy.run_path(str(DOCS / "mkdocs/commands.py"))


@cache
def made() -> dict[str, str]:
    return HOOKS["pages"]()


def settings() -> dict[str, Any]:
    return yaml.safe_load((DOCS / "mkdocs/mkdocs.yml").read_text(encoding="utf-8"))


def in_navigation(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    return [page for one in (part.values() if isinstance(part, dict) else part) for page in in_navigation(one)]


def test_the_navigation_names_every_page_once() -> None:
    named = [*in_navigation(settings()["nav"]), *map(HOOKS["notebook_page"], HOOKS["notebooks"]())]
    assert sorted(named) == sorted([*made(), *(page.name for page in PAGES[1:])])


def test_every_decision_is_in_the_list_of_decisions() -> None:
    listed = re.findall(r"^\| (\d+) \| \[[^\d#].*\]\((.*)\) \|$", made()["decisions/index.md"], re.M)
    assert [file for _, file in listed] == sorted(file.name for file in (DOCS / "decisions").glob("*.md"))
    assert all(file.startswith(f"{number}-") for number, file in listed)


def test_every_public_name_of_the_package_is_on_a_page() -> None:
    shown = {name for page in made().values() for name in re.findall(r"^::: ganstudio\.(\w+)$", page, re.M)}
    assert shown == {name for name in dir(ganstudio) if name in ganstudio._PLACES}


def test_the_page_of_commands_has_every_one_in_its_place() -> None:
    told = re.findall(r"^#{2,} (ganstudio .*)$", made()["reference/commands.md"], re.M)
    expected = []
    for name, command in COMMANDS.items():
        expected.append(f"ganstudio {name}")
        if isinstance(command, Group):
            expected += [f"ganstudio {name} {member}" for member in command.members]
    assert told == expected


def test_the_page_of_commands_has_every_option_that_help_shows() -> None:
    sections = re.split(r"^#{2,} (ganstudio .*)$", made()["reference/commands.md"], flags=re.M)[1:]
    told = dict(zip(sections[::2], sections[1::2], strict=True))
    for path, command in COMMAND_PAGE["commands"]():
        if not isinstance(command, LazyGroup):
            shown = command.get_help(command.context_class(command, info_name=path))
            options = set(re.findall(r"^  (--[\w-]+)", shown, re.M))
            assert options == set(re.findall(r"^\| `(--[\w-]+)", told[path], re.M)), path


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[a](data.md#sizes)", "[a](data.md#sizes)"),
        ("[a](decisions/)", "[a](decisions/index.md)"),
        ("[a](notebooks/first.ipynb)", "[a](notebooks/first.md)"),
        ("[a](../NOTICE)", "[a](https://github.com/ganstudio/ganstudio/blob/main/NOTICE)"),
        ("[a](https://example.org/../b)", "[a](https://example.org/../b)"),
        ("```\n[a](../NOTICE)\n```", "```\n[a](../NOTICE)\n```"),
        ("| `a\\|b` | c\\|d |", "| `a|b` | c\\|d |"),
        ("Say `a\\|b`.", "Say `a\\|b`."),
    ],
)
def test_what_github_shows_is_turned_into_what_mkdocs_shows(written: str, shown: str) -> None:
    assert HOOKS["as_mkdocs_reads"](written, "runs.md") == shown


def test_a_link_out_of_the_pages_is_seen_from_the_folder_of_its_page() -> None:
    turned = HOOKS["as_mkdocs_reads"]("[a](../data.md) [b](../../NOTICE)", "decisions/0001-a.md")
    assert turned == "[a](../data.md) [b](https://github.com/ganstudio/ganstudio/blob/main/NOTICE)"


def test_the_home_page_links_within_the_site() -> None:
    home = HOOKS["as_mkdocs_reads"](made()["index.md"], "index.md")
    assert "](data.md)" in home
    assert "](images/digits.png)" in home
    assert "](decisions/index.md)" in home
    assert "main/docs/" not in home


def test_a_notebook_is_a_page_of_its_text_its_code_and_its_outputs(tmp_path: Path) -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["one\n", "two\n"]},
        {"output_type": "display_data", "data": {"text/plain": "<Model>", "text/html": ["<b>a</b>"]}, "metadata": {}},
        {"output_type": "display_data", "data": {"text/plain": "<P>", "image/png": "AAA\nB"}, "metadata": {}},
        {"output_type": "execute_result", "data": {"text/plain": "3"}, "metadata": {}, "execution_count": 1},
        {"output_type": "error", "ename": "UsageError", "evalue": "none", "traceback": []},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# First\n", "See [data](../data.md)."]},
        {"cell_type": "code", "source": "1 + 2", "outputs": outputs},
        {"cell_type": "code", "source": "", "outputs": []},
    ]
    file = tmp_path / "first.ipynb"
    file.write_text(json.dumps({"cells": cells}))
    page = HOOKS["notebook"](file)
    assert page.startswith("# First\nSee [data](../data.md).\n\n```python\n1 + 2\n```\n\n```text\none\ntwo\n```\n")
    assert "<div><b>a</b></div>" in page
    assert 'src="data:image/png;base64,AAAB"' in page
    assert "```text\n3\n```" in page
    assert "UsageError: none" in page
    assert "<Model>" not in page
    assert page.count("```python") == 1
    assert page.endswith("/docs/notebooks/first.ipynb).\n")


@pytest.mark.parametrize(
    ("tag", "elsewhere"),
    [
        ('<img alt="a" src="https://example.org/a.png">', True),
        ("<script src=//example.org/a.js>", True),
        ('<link rel="stylesheet" href="https://fonts.example.org/css">', True),
        ('<img src="images/a.png">', False),
        ('<a href="https://example.org">', False),
    ],
)
def test_what_a_page_fetches_from_elsewhere_is_seen(tag: str, elsewhere: bool) -> None:
    assert bool(HOOKS["fetched"](f"<p>{tag}</p>")) is elsewhere


def test_no_page_fetches_fonts() -> None:
    assert settings()["theme"]["font"] is False


@pytest.mark.parametrize("page", [*PAGES, *sorted((DOCS / "decisions").glob("*.md"))], ids=lambda page: page.name)
def test_every_list_stands_after_an_empty_line(page: Path) -> None:
    """GitHub needs none; Python-Markdown reads a list without one as a part of the paragraph."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    item = re.compile(r"([-*]|\d+\.) ")
    for block in text.split("\n\n"):
        first, *rest = block.strip("\n").split("\n")
        if not item.match(first):
            assert not [line for line in rest if item.match(line)], page.name
