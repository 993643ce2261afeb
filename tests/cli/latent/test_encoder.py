"""`ganstudio encoder`: what the worker is asked, and what is said of the answer. Its training: tests/engine/encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from tests.cli.conftest import Program
from tests.cli.export.conftest import start_run, workspace
from tests.inference.generators import write_clips, write_generator, write_linear
from tests.inference.stores import noise, pack

__all__ = ["workspace"]  # a fixture

NEAREST = {"of": 2048, "mse": 0.2, "mae": 0.3}
PROOF = {
    "parity": {"n": 64, "max_abs": 1e-6, "mean_abs": 1e-7},
    "samples": {"n": 64, "mse": 0.01, "mae": 0.02, "nearest": NEAREST},
    "real": None,
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the worker was asked; it trains nothing."""
    calls: list[tuple[str, ...]] = []

    def answer(*arguments: str) -> dict[str, Any]:
        calls.append(arguments)
        return {"path": arguments[1].replace(".onnx", ".encoder.onnx"), "proof": PROOF}

    monkeypatch.setattr(bridge, "call_worker", answer)
    return calls


def test_an_imported_model_is_learned_from_its_samples_alone_and_that_is_said(
    workspace: Any, asked: list[tuple[str, ...]], ganstudio: Program
) -> None:
    path = write_linear(workspace.exports / "faces.onnx")
    ended = ganstudio("encoder", "faces", "--kimg", "2")
    assert (ended.code, ended.out) == (0, f"{path.with_name('faces.encoder.onnx')}\n")
    assert "no gradient goes through an ONNX file, so it learns the latents of samples alone" in ended.err
    assert "64 held-out samples: 0.0100 squared, 0.0200 absolute; the nearest of 2,048 random samples" in ended.err
    [call] = asked
    assert call == ("encoder", str(path), "--minutes", "5.0", "--device", "auto", "--kimg", "2.0")


def test_data_of_another_size_is_brought_to_the_model_s(
    workspace: Any, asked: list[tuple[str, ...]], ganstudio: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path / "data"))
    write_linear(workspace.exports / "faces.onnx")
    pack("small", noise(40, 8))
    pack("coloured", noise(40, 8, channels=3))
    assert ganstudio("encoder", "faces", "--data", "small").code == 0
    assert "--data" in asked[0]
    refused = ganstudio("encoder", "faces", "--data", "coloured")
    assert (refused.code, "3 channels" in refused.err) == (2, True)
    assert ganstudio("encoder", "faces", "--data", "smoll").code == 2


def test_the_run_is_taken_where_it_is_the_very_one(
    workspace: Any, asked: list[tuple[str, ...]], ganstudio: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path / "data"))
    run, data = start_run(workspace, "mine"), pack("mnist", noise(40))
    monkeypatch.setattr("ganstudio.data.run_data.open_run_data", lambda *_: data)
    told = {"run": "mine", "checkpoint_nimg": None}
    write_generator(workspace.exports / "own.onnx", run_created="2026-11-22T10:00:00Z", **told)
    assert ganstudio("encoder", "own").code == 0
    assert asked[0][2:6] == ("--run", str(run), "--data", str(data.path))
    write_generator(workspace.exports / "other.onnx", run_created="2020-01-01T00:00:00Z", **told)
    ended = ganstudio("encoder", "other")
    assert "--run" not in asked[1]
    assert "is of a run that is not here, mine" in ended.err


def test_ctrl_c_ends_it_with_130(workspace: Any, ganstudio: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    write_linear(workspace.exports / "faces.onnx")

    def interrupted(*_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bridge, "call_worker", interrupted)
    ended = ganstudio("encoder", "faces", "--json")
    assert ended.code == 130
    assert "no encoder was written" in json.loads(ended.err.splitlines()[-1])["message"]


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--minutes", "0"), "--minutes"), (("--minutes", "nan"), "--minutes"), (("--kimg", "-1"), "--kimg")],
)
def test_a_budget_that_is_none_is_refused(
    workspace: Any, asked: list[tuple[str, ...]], ganstudio: Program, options: tuple[str, ...], said: str
) -> None:
    write_linear(workspace.exports / "faces.onnx")
    ended = ganstudio("encoder", "faces", *options)
    assert (ended.code, asked) == (2, [])
    assert said in ended.err


def test_clips_are_refused(workspace: Any, asked: list[tuple[str, ...]], ganstudio: Program) -> None:
    write_clips(workspace.exports / "clips.onnx")
    ended = ganstudio("encoder", "clips")
    assert (ended.code, asked, "draws clips" in ended.err) == (2, [], True)
