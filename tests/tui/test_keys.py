"""What holds for the keys of all screens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding

from ganstudio.tui.app import Dashboard, _page
from ganstudio.tui.widgets.table import Table
from ganstudio.tui.widgets.topbar import SCREENS

DOCUMENT = Path(__file__).parents[2] / "docs" / "dashboard.md"
# Terminals and tmux own these.
TAKEN = {"ctrl+j", "ctrl+s", "ctrl+a", "ctrl+b", "ctrl+z"}
DESTROY = {"stop", "remove", "resume"}


def ours(cls: type) -> Iterator[Binding]:
    for base in cls.__mro__:
        if base.__module__.startswith("ganstudio"):
            yield from base.__dict__.get("BINDINGS", ())


KINDS = [*(type(_page(name)) for name in SCREENS), Table, Dashboard]
KEYS = [pytest.param(binding, id=binding.id) for kind in KINDS for binding in dict.fromkeys(ours(kind))]


@pytest.mark.parametrize("binding", KEYS)
def test_a_key_has_a_name_and_stands_in_the_manual(binding: Binding) -> None:
    assert binding.id
    assert f"`{binding.id}`" in DOCUMENT.read_text()
    assert not TAKEN & set(binding.key.split(","))


def test_the_manual_names_no_key_that_is_gone() -> None:
    names = {binding.id for kind in KINDS for binding in ours(kind)}
    told = set(re.findall(r"\| `((?:runs|run|new|data|studio|exports|table|screen)\.\w+)` \|", DOCUMENT.read_text()))
    assert told <= names


@pytest.mark.parametrize("kind", KINDS[:6])
def test_a_key_means_one_thing_on_a_screen(kind: type) -> None:
    keys = [key for binding in ours(kind) for key in binding.key.split(",")]
    assert len(keys) == len(set(keys))
    assert not set("123456") & set(keys)


@pytest.mark.parametrize("kind", KINDS[:6])
def test_what_destroys_is_upper_case(kind: type) -> None:
    for binding in ours(kind):
        if binding.action in ("stop", "remove"):
            assert binding.key.isupper()
