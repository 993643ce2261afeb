"""Who may ask: tokens, hosts, origins, proxies, rates."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.errors import UsageError
from ganstudio.serve.access.hosts import is_loopback, parse_networks
from ganstudio.serve.access.rates import Rates
from ganstudio.serve.access.tokens import Tokens
from ganstudio.serve.settings import Access, Limits
from tests.serve.conftest import Serve, problem

TOKEN = "abcdefghijklmnop-1"


def write_tokens(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


@pytest.fixture
def tokens(tmp_path: Path) -> Access:
    return Access(Tokens.read(write_tokens(tmp_path / "tokens", f"# mine\nme {TOKEN}\n\nother {TOKEN}x\n")))


def test_each_token_has_its_name(tokens: Access) -> None:
    assert tokens.tokens is not None
    assert [tokens.tokens.name_of(one) for one in (TOKEN, f"{TOKEN}x", "", f"{TOKEN}y")] == ["me", "other", None, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no token"),
        ("me short", "in line 1 needs 16 letters or more"),
        (f"a b {TOKEN}", "has 3 words"),
        (f"me {TOKEN}\nme {TOKEN}2", "two tokens are called me"),
    ],
)
def test_a_file_that_holds_no_good_tokens_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Tokens.read(write_tokens(tmp_path / "tokens", text))


def test_a_token_file_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    path = write_tokens(tmp_path / "tokens", TOKEN)
    path.chmod(0o644)
    with pytest.raises(UsageError, match="every user of this machine may read") as error:
        Tokens.read(path)
    assert error.value.hint == f"Let nobody else read it: chmod 600 {path}"


@pytest.mark.parametrize("path", ["/v1/models", "/metrics", "/openapi.json", "/v2", "/v1/jobs", "/nothing"])
def test_everything_but_health_needs_a_token(serve: Serve, tokens: Access, path: str) -> None:
    server = serve("digits", access=tokens)

    async def ask(client):  # type: ignore[no-untyped-def]
        headers = [{}, {"authorization": "Bearer nonsense"}, {"authorization": f"Bearer {TOKEN}"}]
        return [await client.get(path, headers=one) for one in headers]

    none, wrong, right = server.ask(ask)
    assert "is missing" in problem(none, 401)
    assert "is none of this server's" in problem(wrong, 401)
    assert none.headers["www-authenticate"] == "Bearer"
    assert right.status_code in (200, 404)


def test_health_needs_no_token(serve: Serve, tokens: Access) -> None:
    server = serve("digits", access=tokens)

    async def ask(client):  # type: ignore[no-untyped-def]
        return [(await client.get(path)).status_code for path in ("/healthz", "/readyz")]

    assert server.ask(ask) == [200, 200]


def test_a_cookie_keeps_the_token_from_scripts_and_other_sites(serve: Serve, tokens: Access) -> None:
    server = serve("digits", access=tokens)

    async def ask(client):  # type: ignore[no-untyped-def]
        refused = await client.post("/login", json={"token": "nonsense"})
        entered = await client.post("/login", json={"token": TOKEN})
        inside = await client.get("/v1/models")
        left = await client.post("/logout")
        return refused, entered, inside, left, await client.get("/v1/models")

    refused, entered, inside, left, outside = server.ask(ask)
    problem(refused, 401)
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(entered.headers["set-cookie"].split("; "))
    assert (inside.status_code, left.status_code, outside.status_code) == (200, 204, 401)


def test_the_cookie_is_secure_where_a_trusted_proxy_speaks_https(serve: Serve, tokens: Access) -> None:
    access = Access(tokens.tokens, proxies=parse_networks(["10.0.0.0/8"]))
    server = serve("digits", access=access)

    async def ask(client):  # type: ignore[no-untyped-def]
        return await client.post("/login", json={"token": TOKEN}, headers={"x-forwarded-proto": "https"})

    assert "Secure" in server.ask(ask, client="10.0.0.7").headers["set-cookie"]
    assert "Secure" not in server.ask(ask, client="11.0.0.7").headers["set-cookie"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "a b", "user@localhost"]
)
def test_a_host_that_is_not_this_server_is_refused(serve: Serve, host: str) -> None:
    assert "not known by that name" in problem(serve("digits").get("/healthz", headers={"host": host}), 421)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "pictures.example", "PICTURES.example:443"]
)
def test_loopback_and_allowed_hosts_are_served(serve: Serve, host: str) -> None:
    server = serve("digits", access=Access(hosts=frozenset({"pictures.example"})))
    assert server.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9999", "file://", "http://[x"])
def test_a_page_of_another_origin_is_refused(serve: Serve, origin: str) -> None:
    answer = serve("digits").post("/generate", {"seed": 1}, headers={"origin": origin})
    problem(answer, 403)
    assert "access-control-allow-origin" not in answer.headers


def test_the_servers_own_page_is_served(serve: Serve) -> None:
    headers = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
    assert serve("digits").post("/generate", {"seed": 1}, headers=headers).status_code == 200


def test_forwarded_addresses_count_from_a_trusted_proxy_alone(serve: Serve) -> None:
    server = serve("digits", limits=Limits(rate=1), access=Access(proxies=parse_networks(["10.0.0.7"])))

    async def ask(client):  # type: ignore[no-untyped-def]
        forwarded = [{"x-forwarded-for": f"1.1.1.1, 2.2.2.{place}"} for place in range(6)]
        return [(await client.get("/v1/models", headers=one)).status_code for one in forwarded]

    assert server.ask(ask, client="10.0.0.7") == [200] * 6
    assert server.ask(ask, client="10.0.0.8") == [200, 200, 429, 429, 429, 429]


def test_a_bucket_fills_again_at_its_rate() -> None:
    now = [0.0]
    rates = Rates(2.0, lambda: now[0])
    assert [rates.wait_s("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    now[0] = 0.5
    assert [rates.wait_s("a"), rates.wait_s("a"), rates.wait_s("b")] == [0, 0.5, 0]
    assert Rates(0).wait_s("a") == 0


def test_too_many_requests_are_told_when_to_come_again(serve: Serve) -> None:
    server = serve("digits", limits=Limits(rate=1))

    async def ask(client):  # type: ignore[no-untyped-def]
        return [await client.get("/v1/models") for _ in range(3)]

    answers = server.ask(ask)
    assert "More than 1 requests a second" in problem(answers[2], 429)
    assert answers[2].headers["retry-after"] == "1"


def test_loopback_is_known_by_its_names_and_addresses() -> None:
    hosts = ["localhost", "127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "10.0.0.1", "example.org"]
    assert [is_loopback(host) for host in hosts] == [True] * 4 + [False] * 4
