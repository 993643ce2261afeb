"""Reads the files that `ganstudio sample` has written, and what it says where it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ganstudio.cli.app import run

DIGITS = tuple("0123456789")


def pixels_of(path: str | Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def metadata_of(path: str | Path) -> dict[str, str]:
    with Image.open(path) as image:
        return dict(image.text)  # type: ignore[attr-defined]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `ganstudio sample` said on stderr, having left with 2 and written nothing."""
    before = sorted(Path.cwd().rglob("*"))
    assert run(["sample", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sorted(Path.cwd().rglob("*")) == before
    return err
