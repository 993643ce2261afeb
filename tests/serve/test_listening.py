"""Connections over a limit are closed before the server has anything to do with them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from ganstudio.serve.listening import Listener, bind
from ganstudio.serve.settings import Access, Limits, Settings


@pytest.fixture
def clients() -> Iterator[list[socket.socket]]:
    held: list[socket.socket] = []
    yield held
    for one in held:
        one.close()


def listening(settings: Settings) -> Listener:
    bound = bind("127.0.0.1", 0, settings)
    bound.setblocking(False)
    return bound


def accepted(bound: Listener, clients: list[socket.socket], count: int) -> list[socket.socket]:
    """What is taken of so many new connections."""
    clients += [socket.create_connection(bound.getsockname(), 5) for _ in range(count)]
    taken = []
    try:
        while True:
            taken.append(bound.accept()[0])
    except BlockingIOError:
        return taken


def test_an_address_has_so_many_connections_at_once(clients: list[socket.socket]) -> None:
    with listening(Settings(Limits(connections=3))) as bound:
        first, *others = accepted(bound, clients, 5)
        assert len(others) == 2
        assert [refused(client) for client in clients] == [False] * 3 + [True] * 2
        first.close()
        first.close()  # which counts once
        [last] = accepted(bound, clients, 2)
        for one in (*others, last):
            one.close()
        anew = accepted(bound, clients, 4)
        assert len(anew) == 3
        for one in anew:
            one.close()


def test_a_trusted_proxy_has_as_many_as_it_needs_within_the_files_of_the_process(
    clients: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ganstudio.serve.listening.file_limit", lambda: 0
    )  # as few as may be: 16 are taken all the same
    trusted = Access(proxies=(ip_network("127.0.0.0/8"),))
    with listening(Settings(Limits(connections=3), trusted)) as bound:
        taken = accepted(bound, clients, 20)
        assert len(taken) == 16
        for one in taken:
            one.close()


def refused(client: socket.socket) -> bool:
    """Whether the server has closed a connection that nothing was sent on."""
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
