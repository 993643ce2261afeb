"""The door: request ids, headers, bodies, times, clients that go; and that no path of the server is ever told."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import StudioError, UsageError
from ganstudio.serve.access.bodies import Bodies
from ganstudio.serve.problems import problem_of, shown
from ganstudio.serve.settings import Limits
from ganstudio.serve.telemetry import AccessLog
from tests.serve.conftest import Serve, problem


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-123", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("a\tb", False), ("", False)],
)
def test_a_request_id_is_kept_where_it_is_plain_else_made(serve: Serve, given: str, kept: bool) -> None:
    found = serve("digits").get("/healthz", headers={"x-request-id": given}).headers["x-request-id"]
    assert (found == given) is kept
    assert found.replace("-", "").isalnum()


def test_every_answer_has_the_headers_that_browsers_obey(serve: Serve) -> None:
    server = serve("digits")

    async def ask(client):  # type: ignore[no-untyped-def]
        return [
            await client.get("/healthz"),
            await client.get("/nothing"),
            await client.get("/", headers={"host": "x"}),
        ]

    for answer in server.ask(ask):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("told", "sent"), [(True, 2_000), (False, 2_000)])
def test_a_body_that_is_too_large_is_refused_told_or_not(serve: Serve, told: bool, sent: int) -> None:
    server = serve("digits", limits=Limits(body_bytes=1000))

    async def parts():  # type: ignore[no-untyped-def]
        for _ in range(sent // 100):
            yield b"x" * 100

    async def ask(client):  # type: ignore[no-untyped-def]
        content = b"x" * sent if told else parts()  # type: ignore[no-untyped-call]
        return await client.post("/generate", content=content)

    assert "larger than 0.001 MB" in problem(server.ask(ask), 413)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 20_000, 400),
        (b"[" * 100_000, 413),
        (b'{"seeds": [' + b"1," * 30_000, 413),
        (b'{"seed": ' + b"9" * 5000 + b"}", 400),
        (b"\xff\xfe", 400),
    ],
)
def test_a_body_that_is_no_json_is_told_so(serve: Serve, body: bytes, status: int) -> None:
    server = serve("digits")

    async def ask(client):  # type: ignore[no-untyped-def]
        return await client.post("/generate", content=body, headers={"content-type": "application/json"})

    problem(server.ask(ask), status)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(f"x-{number}", "1") for number in range(101)], 431),
        ([("x", "1")] * 101, 431),
        ([("content-length", "2"), ("transfer-encoding", "chunked")], 400),
    ],
)
def test_headers_that_servers_read_in_two_ways_or_not_at_all_are_refused(
    serve: Serve, headers: list[tuple[str, str]], status: int
) -> None:
    async def ask(client):  # type: ignore[no-untyped-def]
        return await client.request("POST", "/generate", content=b"{}", headers=headers)

    answer = serve("digits").ask(ask)
    problem(answer, status)
    assert answer.headers["connection"] == "close"


def test_large_requests_of_one_client_leave_room_for_those_of_others() -> None:
    bodies = Bodies(100)
    with bodies.held("a") as first, bodies.held("a") as second:
        assert first.add(300)
        assert second.add(100)
        assert not second.add(1)
        with bodies.held("b") as other:
            assert other.add(400)
    with bodies.held("a") as again:
        assert again.add(400)


def test_large_requests_of_all_clients_have_an_end() -> None:
    bodies = Bodies(100)
    with ExitStack() as stack:
        fits = [stack.enter_context(bodies.held(str(client))).add(400) for client in range(5)]
    assert fits == [True] * 4 + [False]
    with bodies.held("0") as held:
        assert held.add(1)


def test_a_body_without_room_is_429(serve: Serve) -> None:
    server = serve("digits", limits=Limits(body_bytes=1000))
    with server.state.bodies.held("127.0.0.1") as held:
        held.add(4000)
        answer = server.post("/generate", {"seed": 1})
    assert "no room" in problem(answer, 429)
    assert "retry-after" in answer.headers
    assert server.post("/generate", {"seed": 1}).status_code == 200


def test_what_takes_too_long_is_ended_and_answered(serve: Serve) -> None:
    server = serve("digits", limits=Limits(request_s=0.05), wait_s=5.0)
    answer = server.post("/generate", {"seed": 1})
    assert "longer than 0.05 s" in problem(answer, 503)
    assert "retry-after" in answer.headers


def test_a_client_that_goes_takes_its_images_out_of_the_queue(serve: Serve) -> None:
    server = serve("digits", wait_s=30.0)
    messages = [{"type": "http.request", "body": b'{"seed": 1}', "more_body": False}]
    gone = asyncio.Event()

    async def receive():  # type: ignore[no-untyped-def]
        if messages:
            return messages.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):  # type: ignore[no-untyped-def]
        raise AssertionError("nobody is there to be answered")

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/generate", "headers": headers, "client": ("127.0.0.1", 1)}
    scope |= {"query_string": b"", "raw_path": b"/generate", "root_path": "", "scheme": "http", "http_version": "1.1"}

    async def visit(_client):  # type: ignore[no-untyped-def]
        served = asyncio.ensure_future(server.app(scope, receive, send))
        [one] = server.state.catalog.all()
        while one.opened is None or not one.opened.batcher.queued:
            await asyncio.sleep(0.01)
        gone.set()
        await served
        return one.opened.batcher.queued, one.opened.users

    assert server.ask(visit) == (0, 0)


def test_the_log_has_a_line_of_json_a_request(serve: Serve) -> None:
    import io

    server = serve("digits")
    server.state.log = AccessLog(stream=(stream := io.StringIO()))
    server.get("/nothing%0a%22", headers={"x-request-id": "7"})
    [line] = stream.getvalue().splitlines()
    told = json.loads(line)
    assert (told["id"], told["status"], told["method"], told["client"]) == ("7", 404, "GET", "127.0.0.1")


def test_numbers_for_prometheus_count_requests_batches_and_refusals(serve: Serve) -> None:
    server = serve("digits")

    async def ask(client):  # type: ignore[no-untyped-def]
        await client.post("/generate", json={"seed": 1, "n": 3})
        await client.get("/healthz", headers={"host": "evil.example"})
        return (await client.get("/metrics")).text

    lines = server.ask(ask).splitlines()
    for line in (
        'ganstudio_requests_total{method="POST",path="/generate",status="200"} 1.0',
        'ganstudio_batch_images_sum{model="digits"} 3.0',
        'ganstudio_refused_total{status="421"} 1.0',
        'ganstudio_model_events_total{event="loaded",model="digits"} 1.0',
    ):
        assert line in lines


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UsageError("--class: 'x' is no class. Did you mean 'y'?"), "class: 'x' is no class. Did you mean 'y'?"),
        (UsageError("/home/me/exports/a.onnx: is damaged."), "The server could not do it; its log says why."),
        (StudioError("a: onnxruntime failed: file '/opt/x/y.so'"), "The server could not do it; its log says why."),
        (StudioError("a: onnxruntime failed: out of memory"), "a: onnxruntime failed: out of memory"),
        (UsageError("--seed: 7/8 is no seed"), "seed: 7/8 is no seed"),
    ],
)
def test_no_message_shows_a_path(error: StudioError, said: str) -> None:
    assert problem_of(error).detail == said == shown(error.message)


def test_a_damaged_file_is_503_and_its_path_is_told_to_the_log_alone(
    serve: Serve, models: dict[str, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.serve.conftest import Server

    path = tmp_path / "bad.onnx"
    path.write_bytes(models["digits"].read_bytes())
    server = Server([path], serve("digits").state.settings)
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)  # weights
    path.write_bytes(content)
    answer = server.post("/generate", {"seed": 1})
    assert "bad cannot be opened; the server's log says why." in problem(answer, 503)
    assert str(tmp_path) not in answer.text
    assert "its content is not what its manifest tells of" in caplog.text


def test_a_network_that_makes_no_numbers_is_a_failure_that_names_the_model_alone(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ganstudio.inference.model import OnnxModel

    monkeypatch.setattr(OnnxModel, "generate", lambda self, z, *_, **__: np.full((len(z), 1, 32, 32), np.nan, "f4"))
    assert "hold NaN" in problem(serve("digits").post("/generate", {"seed": 1}), 500)


def test_a_fault_of_the_program_is_500_without_a_word_of_it(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    from ganstudio.inference.model import OnnxModel

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(OnnxModel, "generate", fail)
    server = serve("digits")
    answer = server.post("/generate", {"seed": 1})
    assert "fault of the server" in problem(answer, 500)
    assert "secret" not in answer.text
