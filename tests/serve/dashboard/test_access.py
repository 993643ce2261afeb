"""Who may open a dashboard: the guard's checks, on WebSockets as on requests."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ganstudio.serve.access.tokens import Tokens
from ganstudio.serve.settings import Access
from tests.serve.dashboard.conftest import Serve, Tab, dashboards

TOKEN = "a-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def closed(tmp_path: Path) -> Access:
    """Access for whom has a token, under one name more."""
    path = tmp_path / "tokens"
    path.write_text(f"me {TOKEN}\n")
    path.chmod(0o600)
    return Access(Tokens.read(path), frozenset({"gans.example.org"}))


def ask(url: str, path: str, headers: dict[str, str], method: str = "GET", body: str | None = None) -> tuple[int, str]:
    """The status and the body of an answer; Host is ours to choose."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.putrequest(method, path, skip_host=True)
    for name, value in ({"Host": parts.netloc} | headers).items():
        connection.putheader(name, value)
    connection.endheaders(body.encode() if body else None)
    answer = connection.getresponse()
    text = "" if answer.status == 101 else answer.read().decode()
    connection.close()
    return answer.status, text


def upgrade(url: str, headers: dict[str, str], path: str = "/ws") -> tuple[int, str]:
    """The answer to the handshake of a WebSocket."""
    wanted = {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    return ask(url, path, {"Connection": "Upgrade", "Upgrade": "websocket"} | wanted | headers)


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Host": "evil.example"}, 421, "not known by that name"),
        ({"Origin": "http://evil.example"}, 403, "pages of other servers"),
        ({"Origin": "null"}, 403, "pages of other servers"),
        ({"Host": "gans.example.org", "Origin": "http://gans.example.org:1"}, 403, "pages of other servers"),
        ({"Authorization": ""}, 401, "the token is missing"),
        ({"Authorization": "Bearer nonsense-nonsense"}, 401, "none of this server's"),
        ({"Authorization": "", "Cookie": "ganstudio_token=nonsense-nonsense"}, 401, "none of this server's"),
    ],
)
def test_a_websocket_of_a_stranger_is_refused_before_anything_is_started(
    serve: Serve, closed: Access, headers: dict[str, str], status: int, said: str
) -> None:
    got, body = upgrade(serve(closed), BEARER | headers)
    assert got == status
    assert said in json.loads(body)["detail"]
    assert not dashboards()


@pytest.mark.parametrize("path", ["/", f"/ws?token={TOKEN}", "/nothing"])
def test_no_token_in_an_address_and_no_other_path_opens_a_dashboard(serve: Serve, closed: Access, path: str) -> None:
    assert upgrade(serve(closed), {}, path)[0] == 401
    assert not dashboards()


@pytest.mark.parametrize(
    "headers",
    [
        BEARER,
        {"Cookie": f"ganstudio_token={TOKEN}"},
        BEARER | {"Host": "gans.example.org", "Origin": "http://gans.example.org"},
    ],
)
def test_whom_the_server_knows_is_let_in(serve: Serve, closed: Access, headers: dict[str, str]) -> None:
    assert upgrade(serve(closed), headers) == (101, "")


def test_everything_but_health_and_the_way_in_needs_a_token(serve: Serve, closed: Access) -> None:
    url = serve(closed)
    for path in ("/page/textual.js", "/page/dashboard.js", "/page/index.html", "/download/1", "/openapi.json", "/ws"):
        assert ask(url, path, {})[0] == 401
    assert ask(url, "/healthz", {})[0] == 200
    status, form = ask(url, "/", {})
    assert (status, "Log in" in form, "terminal" in form) == (401, True, False)
    assert ask(url, "/page/login.js", {})[0] == 200


def test_the_page_keeps_its_token_in_a_cookie_that_no_script_reads(serve: Serve, closed: Access) -> None:
    parts = urlsplit(serve(closed))
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("POST", "/login", json.dumps({"token": TOKEN}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    cookie = answer.headers["set-cookie"]
    connection.close()
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    url = f"http://{parts.netloc}"
    tab = Tab(url, origin=url, additional_headers={"Cookie": cookie.partition(";")[0]})
    tab.wait_for("size 80 x 24")
    tab.close()


def test_everything_of_the_page_is_its_own(serve: Serve) -> None:
    url = serve()
    _, page = ask(url, "/", {})
    _, sheet = ask(url, "/page/dashboard.css", {})
    assert "http" not in page + sheet
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", "/")
    answer = connection.getresponse()
    policy = answer.headers["content-security-policy"]
    connection.close()
    assert "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    for name in ("..%2f..%2fapp.py", "app.py", "%2fetc%2fpasswd", "background.png"):
        assert ask(url, f"/page/{name}", {})[0] == 404
