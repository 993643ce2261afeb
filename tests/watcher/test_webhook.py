"""A webhook on this machine that answers as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ganstudio.runs import log
from ganstudio.watcher import webhook
from ganstudio.watcher.webhook import Webhook, post

SECRET = "S3CRET"


class Hook:
    """What came, and what is answered next: a status, or what the handler is to do."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str | None, Any]] = []
        self.answers: list[int | str] = []
        self.release = threading.Event()
        self.url = ""

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.came.append((request.path, request.headers["Authorization"], json.loads(body)))
        answer = self.answers.pop(0) if self.answers else 204
        if answer == "hang":
            self.release.wait()
        elif answer == "nonsense":
            request.wfile.write(b"\x1b[31mno HTTP\n")
        elif answer == "drip":
            request.wfile.write(b"HTTP/1.0 200 OK\r\n")
            while not self.release.wait(0.02):
                request.wfile.write(b"x: y\r\n")
        else:
            request.send_response(int(answer), f"\x1b[31m{SECRET}")
            if 300 <= int(answer) < 400:
                request.send_header("Location", f"{self.url}/elsewhere")
            request.end_headers()


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.handle(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    hook.url = f"http://127.0.0.1:{server.server_port}"
    yield hook
    hook.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return []


def sender(hook: Hook, run: Path, waits: list[float]) -> Webhook:
    return Webhook(f"{hook.url}/{SECRET}?{SECRET}", run, waits.append)


def test_a_message_arrives_as_json(hook: Hook, tmp_path: Path, waits: list[float]) -> None:
    assert sender(hook, tmp_path, waits).send({"text": "ä \x1b"})
    assert hook.came == [(f"/{SECRET}?{SECRET}", None, {"text": "ä \x1b"})]
    assert list(tmp_path.iterdir()) == []


def test_user_and_password_go_into_a_header(hook: Hook) -> None:
    assert post(hook.url.replace("//", "//user:p%40ss@") + "/x", b"{}") == (None, False)
    assert hook.came == [("/x", "Basic dXNlcjpwQHNz", {})]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(hook: Hook, tmp_path: Path, waits: list[float], status: int) -> None:
    hook.answers = [status]
    assert not sender(hook, tmp_path, waits).send({})
    assert [path for path, _, _ in hook.came] == [f"/{SECRET}?{SECRET}"]
    assert f"it answered {status}, a redirect, which is not followed\n" in (tmp_path / log.NAME).read_text()


def test_it_is_tried_three_times_where_that_may_help(hook: Hook, tmp_path: Path, waits: list[float]) -> None:
    hook.answers = [503, 429]
    assert sender(hook, tmp_path, waits).send({})
    assert len(hook.came) == 3
    assert waits == [0.0, *webhook.WAITS_S]


def test_a_refusal_is_not_tried_again(hook: Hook, tmp_path: Path, waits: list[float]) -> None:
    hook.answers = [404]
    assert not sender(hook, tmp_path, waits).send({})
    assert len(hook.came) == 1


def test_a_failure_is_told_once_without_what_is_secret(hook: Hook, tmp_path: Path, waits: list[float]) -> None:
    hook.answers = [404, 404]
    sending = sender(hook, tmp_path, waits)
    assert not sending.send({})
    assert not sending.send({})
    assert sending.send({})
    assert (tmp_path / log.NAME).read_text() == f"--notify: {hook.url}/... did not take a message: it answered 404\n"


@pytest.mark.parametrize("answer", ["hang", "drip"])
def test_a_server_that_keeps_us_waiting_is_given_up(hook: Hook, answer: str) -> None:
    hook.answers = [answer]
    assert post(f"{hook.url}/{SECRET}", b"{}", limit_s=0.3) == ("no answer within 0.3 s", True)


def test_what_is_no_http_is_told_without_its_words(hook: Hook) -> None:
    hook.answers = ["nonsense"]
    assert post(hook.url, b"{}") == ("it gave no answer of HTTP: BadStatusLine", True)


def test_a_server_that_is_down_is_told_of() -> None:
    assert post(f"http://127.0.0.1:1/{SECRET}", b"{}") == ("it cannot be reached: Connection refused", True)


def test_other_schemes_are_never_asked(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    assert post(f"file://{tmp_path}/x", b"{}") == ("it is no URL of a webhook", False)
