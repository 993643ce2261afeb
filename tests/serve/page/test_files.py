"""The page's files, read without a browser: nothing from elsewhere, nothing against the CSP, a label a control."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from ganstudio.serve.guard import OPEN_PATHS
from ganstudio.serve.routes.page import INDEX, LOGIN
from tests.serve.conftest import Serve

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "ganstudio/serve/page"
FILES = sorted(FOLDER.iterdir())
SCRIPTS = [path for path in FILES if path.suffix == ".js"]
PAGES = [FOLDER / INDEX, FOLDER / LOGIN]
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in FILES}
NAMESPACE = "http://www.w3.org/2000/svg"  # a name, which nothing fetches


class Elements(HTMLParser):
    """All elements of a page, as (tag, attributes, tags around it, id of the label around it)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.words: dict[int, str] = {}  # by the place of a button in `all`, what it says
        self._around: list[tuple[str, int]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attributes), tuple(outer for outer, _ in self._around)))
        if tag not in ("meta", "link", "img", "input"):
            self._around.append((tag, len(self.all) - 1))

    def handle_endtag(self, tag: str) -> None:
        while self._around and self._around.pop()[0] != tag:
            pass

    def handle_data(self, words: str) -> None:
        for _, place in self._around:
            self.words[place] = self.words.get(place, "") + words.strip()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", TEXTS[path.name].replace(NAMESPACE, "")) == []
    assert path.suffix != ".css" or not re.search(r"@import|url\(", TEXTS[path.name])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_has_neither_inline_scripts_nor_styles(path: Path) -> None:
    for tag, attributes, _ in Elements(TEXTS[path.name]).all:
        assert tag != "style"
        assert tag != "script" or (attributes.get("src") or "").startswith("/page/")
        assert [name for name in attributes if name == "style" or name.startswith("on")] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_short_and_makes_neither_code_nor_markup_of_text(path: Path) -> None:
    text = TEXTS[path.name]
    assert text.startswith("// ")
    assert text.count("\n") < 300
    assert re.findall(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_control_has_a_name_for_screen_readers(path: Path) -> None:
    elements = Elements(TEXTS[path.name])
    labels = {attributes.get("for") for tag, attributes, _ in elements.all if tag == "label"}
    for place, (tag, attributes, around) in enumerate(elements.all):
        named = "aria-label" in attributes
        if tag in ("input", "select", "progress", "canvas"):
            assert named or "label" in around or attributes["id"] in labels, attributes
        if tag == "button":
            assert named or elements.words.get(place), attributes
        if tag == "img":
            assert "alt" in attributes


def test_scripts_and_labels_speak_of_elements_that_are_there_once() -> None:
    found = Elements(TEXTS[INDEX]).all
    ids = [attributes["id"] for _, attributes, _ in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    told = {name for text in TEXTS.values() for name in re.findall(r'byId\("([\w-]+)"\)', text)}
    told |= {str(attributes["for"]) for _, attributes, _ in found if "for" in attributes}
    assert told <= set(ids)


def test_what_a_stranger_loads_is_the_login_page_and_its_files_alone(serve: Serve) -> None:
    asked = set(re.findall(r'(?:src|href)="(/[^"]+)"', TEXTS[LOGIN]))
    assert asked == {path for path in OPEN_PATHS if path.startswith("/page/")}
    assert re.findall(r"\bimport\b", TEXTS["login.js"]) == []


def test_every_file_that_another_asks_for_is_served_with_its_type(serve: Serve) -> None:
    asked = {name for text in TEXTS.values() for name in re.findall(r'"(?:/page|\.)/([\w-]+\.\w+)"', text)}
    assert asked | {INDEX, LOGIN} == set(TEXTS)
    server = serve("digits")
    types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    for name, text in TEXTS.items():
        answer = server.get(f"/page/{name}")
        assert (answer.status_code, answer.text) == (200, text)
        assert answer.headers["content-type"].startswith(types[Path(name).suffix])


def test_scripts_ask_paths_that_the_server_has(serve: Serve) -> None:
    known = serve("digits").get("/openapi.json").json()["paths"]
    asked = {path for text in TEXTS.values() for path in re.findall(r'"(/(?:v1/[\w/]+|login|logout))"', text)}
    assert len(asked) >= 5
    assert asked <= set(known)


def test_the_wheel_holds_the_page() -> None:
    held = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert {f"ganstudio/serve/page/{name}" for name in TEXTS} <= held
