"""Every hint of the program parses: as a command of the program's, as options of one, or it is a plain sentence.

What reading.py cannot put together is named here, with the test that types it.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.hints import parsing as typed
from tests.cli.hints import reading as source

# Where a hint stands that cannot be read off the source, and which test types it, or why nothing is to be typed.
ELSEWHERE = {
    "api/run.py:wait": "the command that resumes the run: tests/api/test_run.py",
    "cli/app.py:_usage_error": "test_typed.py: `no such option`, whatever the command",
    "cli/app.py:_run": "the command that failed, with --debug: tests/cli/test_app.py",
    "cli/check.py:check": "the first of the failed checks' hints: tests/cli/test_check.py",
    "cli/train/dry_run.py:_suggesting_options": "test_situations.py: networks that do not fit",
    "cli/lazy_group.py:get_command": "test_typed.py: `no such command`, of the program and of a group",
    "cli/empty_values.py:process_unless_empty": "test_typed.py: `empty value`",
    "cli/runs/resume.py:_resume_sweep": "one of its members' hints: tests/cli/data/test_data_gone.py",
    "cli/train/styles.py:find_styles": "the hint of the set that was not found: tests/cli/data/test_data_gone.py",
    "data/add_once.py:_suggesting_data_add": "test_situations.py: options that data add takes",
    "data/run_data.py:open_run_data": "tests/cli/data/test_data_gone.py, with every option",
    "engine/dry_run/validation.py:validate_all": "the hint of one of the recipes: tests/cli/train/test_dry_run.py",
    "engine/terms/losses/reconstruction.py:_lpips": "weights.how_to_get, as of others' weights: test_situations.py",
    "engine/worker.py:_fail": "test_situations.py: what fails deep in a training",
    "inference/latent/finding/pairs.py:_read": "the hint of the file or folder of a side: tests/cli/directions",
    "trackers/sink.py:check_kind": "its flag with a tracker: tests/cli/runs/test_export.py",
    "workspace.py:require_name": "test_typed.py: `name`",
}


@pytest.fixture(autouse=True, scope="module")
def _commands() -> None:
    """Imports every command once: not in the time of the first test that parses one."""
    typed.leaves()


def test_every_hint_is_a_command_options_or_a_sentence_and_parses() -> None:
    found, unread = source.hints()
    assert len(found) > 200
    wrong = {hint.where: (hint.text, why) for hint in found if (why := typed.refusal(hint.text))}
    assert wrong == {}
    assert set(unread) == set(ELSEWHERE)


@pytest.mark.parametrize(
    ("hint", "why"),
    [
        ("ganstudio runs shew RUN", "there is no command"),
        ("ganstudio runs show RUN --jsn", "jsn"),
        ("ganstudio runs show A B", "unexpected extra argument"),
        ("ganstudio runs logs", None),
        ("ganstudio train dcgan", "missing"),
        ("ganstudio evaluate ... --features auto", "left out"),
        ("ganstudio data list, or ganstudio data add PATH", "list,"),
        ("GANSTUDIO_DATA=/x ganstudio data add PATH --size N && ganstudio runs list", None),
        ("ssh there ganstudio --workspace /x runs stop a --kill", None),
        ("--labels folders leaves it out", "no command takes"),
        ("--set training.batch=8 --seed 2", None),
        ("--facter 2", "no command takes"),
        ("--factor 2   # or ganstudio data shew x", "shew"),
        ("leave --part out", "no command"),
        ("Leave --part out", None),
        ("Unpack it, then: ganstudio data ad x", "ad"),
    ],
)
def test_a_hint_that_cannot_be_typed_is_found(hint: str, why: str | None) -> None:
    refused = typed.refusal(hint)
    assert refused is None if why is None else why in str(refused).lower()


def texts() -> Iterator[tuple[str, str]]:
    """Every text of the program, comments left out, with a sample for each value in it."""
    for file in source.files():
        for node in source.nodes(file):
            where = f"{file.relative_to(source.ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else source.SAMPLE for p in node.values]
                yield where, "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield where, node.value


def mentioned(text: str) -> Iterator[str]:
    """The commands in a text, each up to what cannot be part of it."""
    names: Any = typed.root().list_commands(None)
    for found in re.finditer(rf"ganstudio (?:{'|'.join(names)})\b[^`;,)\n]*", text):
        yield re.split(r"  |: | && |\|", found[0])[0]


def test_every_command_that_a_text_mentions_exists_with_the_options_that_it_names() -> None:
    wrong = []
    for where, text in texts():
        for line in mentioned(text):
            words = line.split()[1:]
            options = re.findall(r"(?<=\s)--[a-z][a-z-]*", line)
            plain = [word for word in words if not word.startswith("-")]
            try:
                command, _ = typed.leaf(plain)
                known = {name for one in command.params for name in one.opts} if command else set()
            except Exception as error:
                wrong.append((where, line, str(error)))
                continue
            unknown = set(options) - known - {"--help", "--workspace", "--debug"}
            wrong += [(where, line, f"no option {name}") for name in sorted(unknown)]
    assert wrong == []


def test_the_examples_of_every_command_parse() -> None:
    lines = [
        line.strip().partition(" > ")[0]
        for command in typed.leaves()
        for line in (command.help or "").splitlines()
        if line.strip().startswith("ganstudio ")
    ]
    assert len(lines) > 50
    assert [(line, why) for line in lines if (why := typed.refused_command(shlex.split(line)[1:]))] == []
