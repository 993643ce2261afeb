"""`ganstudio serve`: what it refuses before it serves."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.inference.generators import write_generator


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(write_generator(tmp_path / "dcgan.onnx"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1"])
def test_others_are_not_served_without_a_token(ganstudio: Program, model: str, host: str) -> None:
    ended = ganstudio("serve", model, "--host", host)
    assert ended.code == 2
    assert "nothing asks them for a token" in ended.err
    assert "--token-file FILE" in ended.err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--max-images", "0"), "--max-images: must be above 0."),
        (("--rate", "-1"), "--rate: must not be below 0."),
        (("--rate", "inf"), "--rate: must be a number; got inf."),
        (("--max-body", "inf"), "--max-body: must be a number; got inf."),
        (("--timeout", "nan"), "--timeout: must be a number; got nan."),
        (("--port", "70000"), "--port: from 0 to 65535; got 70000."),
        (("--provider", "rocket"), "--provider rocket cannot be had. Here: auto, cpu"),
        (("--trusted-proxy", "proxy"), "--trusted-proxy: 'proxy' is no address."),
        (("--token-file", "nowhere"), "--token-file: nowhere cannot be read"),
        (("--host", "no.such.host.invalid", "--public"), "is no address of this machine"),
    ],
)
def test_options_that_cannot_be_are_refused(
    ganstudio: Program, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = ganstudio("serve", model, *flags)
    assert ended.code == 2
    assert said in ended.err


def test_numbers_come_from_the_environment_too(ganstudio: Program, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_SERVE_MAX_JOBS", "0")
    assert "--max-jobs: must be above 0." in ganstudio("serve", model).err


def test_a_port_that_is_taken_is_told_with_the_next(ganstudio: Program, model: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = ganstudio("serve", model, "--port", str(port))
    assert ended.code == 2
    assert f"--port {port + 1}" in ended.err


def test_without_the_extra_it_says_what_to_install(
    ganstudio: Program, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "uvicorn" else found(name, *more)
    )
    ended = ganstudio("serve", model)
    assert ended.code == 2
    assert "`serve` needs uvicorn" in ended.err
    assert "pip install 'ganstudio[serve]'" in ended.err
