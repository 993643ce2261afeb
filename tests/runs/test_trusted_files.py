from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ganstudio.errors import UsageError
from ganstudio.runs import trusted_files
from ganstudio.runs.record import load_record
from ganstudio.workspace import Workspace
from tests.runs.making import DRAFT, make_run

CODE = b"ARCHITECTURE = None\n"


def travelled(workspace: Workspace, code: bytes = CODE) -> Path:
    """A run folder that brings code which this user has never run."""
    path = make_run(workspace, architecture_sha256=trusted_files.digest(CODE))
    (path / "architecture.py").write_bytes(code)
    return path


def test_a_file_is_trusted_by_being_named_and_then_remembered(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "my_gan.py").write_bytes(CODE)
    assert trusted_files.require(tmp_path / "my_gan.py", trusted=False) == CODE
    path = travelled(workspace)
    trusted_files.require_run(path, load_record(path / "run.json"), trusted=False)


def test_code_that_came_with_a_run_is_refused_until_it_is_trusted_once(workspace: Workspace) -> None:
    path = travelled(workspace)
    record = load_record(path / "run.json")
    with pytest.raises(UsageError, match="never run by you"):
        trusted_files.require_run(path, record, trusted=False)
    with pytest.raises(UsageError, match="never run by you"):
        trusted_files.require(path / "architecture.py", trusted=False)
    trusted_files.require_run(path, record, trusted=True)
    trusted_files.require_run(path, record, trusted=False)


def test_code_that_changed_since_the_run_began_is_refused_even_when_trusted(workspace: Workspace) -> None:
    path = travelled(workspace, CODE + b"import os\n")
    with pytest.raises(UsageError, match="has changed"):
        trusted_files.require_run(path, load_record(path / "run.json"), trusted=True)


def test_a_run_without_code_needs_no_trust(tmp_path: Path) -> None:
    trusted_files.require_run(tmp_path, DRAFT, trusted=False)


def test_a_run_whose_code_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        trusted_files.require_run(tmp_path, replace(DRAFT, architecture_sha256="0"), trusted=True)


def test_a_damaged_register_trusts_nothing(workspace: Workspace, tmp_path: Path) -> None:
    trusted_files.remember(CODE)
    trusted_files._trusted_file().write_text("{")
    path = travelled(workspace)
    with pytest.raises(UsageError):
        trusted_files.require_run(path, load_record(path / "run.json"), trusted=False)
