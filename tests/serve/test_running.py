"""The real server on loopback: the command, a client of ours and of others, deadlines, and how it ends."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import uvicorn

from ganstudio.client import Client
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import latents
from ganstudio.serve.app import create_app
from ganstudio.serve.listening import bind
from ganstudio.serve.protocol import protocol_for
from ganstudio.serve.settings import Limits, Settings
from tests.cli.conftest import Program, ganstudio
from tests.serve.conftest import png

__all__ = ["ganstudio"]  # a fixture
RECEIVE_S = 0.3


@pytest.fixture(scope="module")
def url(models: dict[str, Path]) -> Iterator[str]:
    """A server in a thread, whose deadlines are short."""
    settings = replace(Settings(Limits(connections=20, rate=0)), log=False)
    exports = [Export.load(models[name]) for name in ("digits", "linear", "enlarger", "seasons", "filler", "styled")]
    config = uvicorn.Config(create_app(exports, settings), http=protocol_for(RECEIVE_S), ws="none", log_config=None)
    server = uvicorn.Server(config)
    bound = bind("127.0.0.1", 0, settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    bound.close()


def connected(url: str, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 5, (source, 0))


def is_closed_at_once(url: str, source: str) -> bool:
    """Whether a connection is closed without a word; that it is may be known before it was made."""
    try:
        with connected(url, source) as connection:
            return all_of(connection) == b""
    except ConnectionResetError:
        return True


def answer_of(connection: socket.socket) -> bytes:
    """One answer, which is an object of JSON."""
    told = b""
    while not told.endswith(b"}"):
        told += connection.recv(65536)
    return told


def all_of(connection: socket.socket) -> bytes:
    """What is sent until the connection is closed."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n",
        b"POST /generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
    ],
)
def test_a_request_that_is_not_whole_in_time_is_closed(url: str, sent: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(sent)
        assert all_of(connection) == b""


def test_requests_that_come_one_after_the_other_have_a_deadline_each(url: str) -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(url) as connection:
        for _ in range(2):
            connection.sendall(whole)
            answer_of(connection)
            time.sleep(RECEIVE_S * 1.5)  # idle: that is not counted
        connection.sendall(whole[:20])
        assert all_of(connection) == b""


def test_a_refusal_is_read_while_its_body_is_still_sent_and_the_next_request_has_its_own_time(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"POST /generate HTTP/1.1\r\nHost: elsewhere\r\nContent-Length: 1000000\r\n\r\n")
        assert answer_of(connection).startswith(b"HTTP/1.1 421 ")
        connection.sendall(bytes(1_000_000))
        for _ in range(2):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answer_of(connection).startswith(b"HTTP/1.1 200 ")


def test_a_body_without_end_is_closed_though_it_was_answered(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"POST /generate HTTP/1.1\r\nHost: elsewhere\r\nContent-Length: 1000000\r\n\r\n")
        told = all_of(connection)
    assert told.startswith(b"HTTP/1.1 421 ")


def test_what_is_no_http_is_answered_with_a_problem(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        head, _, body = all_of(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["status"] == 400


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address")
def test_one_client_cannot_take_all_connections(url: str) -> None:
    with ExitStack() as held:
        for _ in range(20):
            held.enter_context(connected(url, "127.0.0.2"))
        assert [is_closed_at_once(url, "127.0.0.2") for _ in range(20)] == [True] * 20
        assert Client(url).models()


def test_the_client_does_all_that_the_server_does(url: str) -> None:
    client = Client(url)
    assert {one["name"] for one in client.models()} >= {"digits", "styled"}
    [picture] = client.generate(seed=3, class_="7")
    assert (picture.seed, picture.class_name, picture.width) == (3, "7", 32)
    assert len(client.interpolate("1,2", steps=3)) == 4
    assert len(client.edit({}, seeds=[1, 2])) == 2
    for content in (client.sheet(seeds="0-3"), client.mix("0", "1", "0-1", model="styled")):
        assert content.startswith(b"\x89PNG")
    assert client.upscale(png(), model="enlarger").width == 40
    assert client.translate(png(), model="seasons", domain="winter").width == 20
    assert client.inpaint(png(mode="RGBA"), model="filler").height == 16
    found = client.project(png(4, 4), model="linear", steps=2)["latent"]
    assert found["space"] == "z"
    assert len(client.interpolate(latents=[found, 3], model="linear", steps=2)) == 3
    with pytest.raises(UsageError, match="class: 'x' is no class"):
        client.generate(seed=1, class_="x")
    with pytest.raises(StudioError, match="cannot be reached"):
        Client("http://127.0.0.1:9").models()
    with pytest.raises(UsageError, match="is no address"):
        Client("ftp://x")


def test_sample_takes_a_server_and_writes_the_same_files(
    url: str, models: dict[str, Path], ganstudio: Program, tmp_path: Path
) -> None:
    there = ("sample", "--server", url, "--model", "digits", "--seed", "0-5")
    here = ("sample", "--model", str(models["digits"]), "--seed", "0-5")
    for place, words in (("there", there), ("here", here)):
        for out in (f"{place}.png", place):
            ended = ganstudio(*words, "--out", str(tmp_path / out))
            assert ended.code == 0, ended.err
    assert (tmp_path / "there.png").read_bytes() == (tmp_path / "here.png").read_bytes()
    for seed in range(6):
        [mine] = (tmp_path / "here").glob(f"*seed{seed}.png")
        assert (tmp_path / "there" / f"digits-seed{seed}.png").read_bytes() == mine.read_bytes()
    refused = ganstudio(*there, "--grid", "3x2")
    assert (refused.code, "--grid: a server takes none" in refused.err) == (2, True)


def test_a_client_of_others_speaks_to_it(url: str) -> None:
    triton = pytest.importorskip("tritonclient.http", reason="tritonclient[http] is not installed")
    client = triton.InferenceServerClient(url.removeprefix("http://"))
    try:
        assert client.is_server_live()
        assert client.is_model_ready("digits")
        z, labels = latents([1, 2], 100), np.array([3, 7])
        answers = []
        for binary in (True, False):
            inputs = [triton.InferInput("z", [2, 100], "FP32"), triton.InferInput("labels", [2], "INT64")]
            inputs[0].set_data_from_numpy(z, binary_data=binary)
            inputs[1].set_data_from_numpy(labels, binary_data=binary)
            wanted = [triton.InferRequestedOutput("images", binary_data=binary)]
            answers.append(client.infer("digits", inputs, outputs=wanted).as_numpy("images"))
        assert answers[0].shape == (2, 1, 32, 32)
        assert (answers[0] == answers[1]).all()
    finally:
        client.close()


@pytest.fixture
def command(models: dict[str, Path], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`ganstudio serve` in a process, which prints at its end what it imported that it need not, and its exit code."""
    program = (
        "import sys, atexit; from ganstudio.cli.app import run\n"
        "code = run(['serve', *sys.argv[1:]])\n"
        "print(sorted({'torch', 'textual', 'onnx'} & set(sys.modules)), code)"
    )
    words = [sys.executable, "-c", program, str(models["digits"]), "--port", "0", "--quiet"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, cwd=tmp_path, stderr=subprocess.DEVNULL, env=os.environ
    )
    assert process.stdout is not None
    yield process
    process.kill()
    process.stdout.close()
    process.wait()


def test_sigterm_ends_jobs_and_tells_those_who_hear_of_them(command: subprocess.Popen[str]) -> None:
    assert command.stdout is not None
    address = command.stdout.readline().strip()
    with httpx.Client(base_url=address, timeout=60) as client:
        picture = base64.b64encode(png(8, 8)).decode()
        job = client.post("/v1/project", json={"image": picture, "steps": 1000}).json()
        with client.stream("GET", f"/v1/jobs/{job['id']}/events") as events:
            lines = events.iter_lines()
            next(lines)
            command.send_signal(signal.SIGTERM)
            last = [line for line in lines if line.startswith("data: ")][-1]
    assert json.loads(last.removeprefix("data: "))["state"] == "cancelled"
    assert command.stdout.read().strip() == "[] 0"


def test_the_command_serves_until_sigterm_and_loads_neither_torch_nor_textual(
    command: subprocess.Popen[str],
) -> None:
    assert command.stdout is not None
    address = command.stdout.readline().strip()
    assert Client(address).generate(seed=1)[0].seed == 1
    command.send_signal(signal.SIGTERM)
    assert command.stdout.read().strip() == "[] 0"
    assert command.wait(10) == 0
