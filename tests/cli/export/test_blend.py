"""`export onnx --blend`: which other run is mixed in, and what is refused before a worker is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.cli.export.blend import BlendChoice, blend_of
from ganstudio.errors import UsageError
from ganstudio.runs import store
from ganstudio.workspace import Workspace


@pytest.mark.parametrize("text", ["srgan", "srgan=", "=0.8", "srgan=1.5", "srgan=-0.1", "srgan=half", "srgan=nan"])
def test_a_blend_without_a_run_or_with_a_share_beyond_0_to_1_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"--blend .*: must be another run and its share") as refused:
        blend_of(Workspace.locate(), text)
    assert refused.value.hint is not None
    assert refused.value.hint.startswith("--blend RUN2=0.8")


@pytest.mark.parametrize(
    ("text", "checkpoint", "share", "label"),
    [
        ("srgan=0.8", "best", 0.8, "blend0.8-srgan"),
        ("srgan@24.0=.5", "24", 0.5, "blend0.5-srgan"),
        ("srgan=1", "best", 1.0, "blend1-srgan"),
    ],
)
def test_a_run_and_its_share_are_read_and_name_the_export(
    text: str, checkpoint: str, share: float, label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Found:
        path, status = tmp_path / "srgan", "finished"

    monkeypatch.setattr(store, "find", lambda _, name: Found() if name == "srgan" else None)
    choice = blend_of(Workspace.locate(), text)
    assert choice == BlendChoice(tmp_path / "srgan", checkpoint, share)
    assert choice.label == label
    assert choice.options == ["--blend", str(tmp_path / "srgan"), checkpoint, str(share)]
