"""What holds for the keys of all screens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.binding import Binding

from ganstudio.errors import UsageError
from ganstudio.tui.keys import bindings, check, kinds

DOCUMENT = Path(__file__).parents[2] / "docs" / "dashboard.md"
# Terminals and tmux own these.
TAKEN = {"ctrl+j", "ctrl+s", "ctrl+a", "ctrl+b", "ctrl+z"}


KINDS = kinds()
KEYS = [pytest.param(binding, id=binding.id) for kind in KINDS for binding in dict.fromkeys(bindings(kind))]


@pytest.mark.parametrize("binding", KEYS)
def test_a_key_has_a_name_and_stands_in_the_manual(binding: Binding) -> None:
    assert binding.id
    assert f"`{binding.id}`" in DOCUMENT.read_text()
    assert not TAKEN & set(binding.key.split(","))


def test_the_manual_names_no_key_that_is_gone() -> None:
    names = {binding.id for kind in KINDS for binding in bindings(kind)}
    told = set(re.findall(r"\| `((?:runs|run|new|data|studio|exports|table|screen)\.\w+)` \|", DOCUMENT.read_text()))
    assert told <= names


@pytest.mark.parametrize("kind", KINDS[:6])
def test_a_key_means_one_thing_on_a_screen(kind: type) -> None:
    keys = [key for binding in bindings(kind) for key in binding.key.split(",")]
    assert len(keys) == len(set(keys))
    assert not set("123456") & set(keys)


@pytest.mark.parametrize("kind", KINDS[:6])
def test_what_destroys_is_upper_case(kind: type) -> None:
    for binding in bindings(kind):
        if binding.action in ("stop", "remove"):
            assert binding.key.isupper()


def test_a_name_that_no_key_has_is_refused_with_the_nearest() -> None:
    check(["runs.stop", "screen.data", "table.down", "new.edit"], "tui.toml")
    with pytest.raises(UsageError, match=r"no key is called 'runs.stp'. Did you mean 'runs.stop'\?"):
        check(["runs.stp"], "tui.toml")
