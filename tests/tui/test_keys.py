"""What holds for the keys of all screens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.binding import Binding, BindingsMap

from ganstudio.tui.app import new_page
from ganstudio.tui.keys import bindings, classes_with_bindings, legal_keys
from ganstudio.tui.widgets.topbar import SCREENS

DOCUMENT = Path(__file__).parents[2] / "docs" / "dashboard.md"
# Terminals and tmux own these.
TAKEN = {"ctrl+j", "ctrl+s", "ctrl+a", "ctrl+b", "ctrl+z"}


KINDS = classes_with_bindings()
PAGES = [type(new_page(name)) for name in SCREENS]
KEYS = [pytest.param(kind, binding, id=f"{kind.__name__}-{binding.id}") for kind in KINDS for binding in bindings(kind)]


@pytest.mark.parametrize(("kind", "binding"), KEYS)
def test_a_key_has_a_name_and_stands_in_the_manual(kind: type, binding: Binding) -> None:
    assert binding.id
    assert f"`{binding.id}`" in DOCUMENT.read_text()
    assert not TAKEN & set(binding.key.split(","))


def test_the_manual_names_no_key_that_is_gone() -> None:
    names = {binding.id for kind in KINDS for binding in bindings(kind)}
    told = set(re.findall(r"\| `(\w+\.\w+)` \|", DOCUMENT.read_text()))
    assert told <= names


@pytest.mark.parametrize(("kind", "binding"), KEYS)
def test_every_key_can_be_another_by_its_name(kind: type, binding: Binding) -> None:
    assert legal_keys({str(binding.id): "f9"}, "tui.toml") == ({binding.id: "f9"}, [])
    there = BindingsMap(list(bindings(kind)))
    there.apply_keymap({str(binding.id): "f9"})
    assert binding.action in {one.action for one in there.key_to_bindings["f9"]}
    # the old one does nothing any more, unless another binding has it too
    old = {key.strip() for key in binding.key.split(",")} & there.key_to_bindings.keys()
    assert binding.id not in {one.id for key in old for one in there.key_to_bindings[key]}


@pytest.mark.parametrize("kind", PAGES)
def test_a_key_means_one_thing_on_a_screen(kind: type) -> None:
    keys = [key for binding in bindings(kind) for key in binding.key.split(",")]
    assert len(keys) == len(set(keys))
    assert not set("123456") & set(keys)


@pytest.mark.parametrize("kind", PAGES)
def test_what_destroys_is_upper_case(kind: type) -> None:
    for binding in bindings(kind):
        if binding.action in ("stop", "kill", "remove"):
            assert binding.key.isupper()


def test_a_name_that_no_key_has_is_left_out_and_said_with_the_nearest() -> None:
    given = {"runs.stop": "f2", "browse.next": "f3", "runs.stp": "f4"}
    good, problems = legal_keys(given, "tui.toml")
    assert good == {"runs.stop": "f2", "browse.next": "f3"}
    assert problems == ["tui.toml: no key is called 'runs.stp'. Did you mean 'runs.stop'?"]
