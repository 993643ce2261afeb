"""Which hosts a request may name, and which client it is from: pages elsewhere must not reach a server by its reader.

A name of a stranger may be made to point at 127.0.0.1 (DNS rebinding): so the Host header must be one that the server
knows, and an Origin, which browsers send with what a page asks, must be the server's own.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from ganstudio.errors import UsageError
from ganstudio.serve.settings import Access

_LOOPBACK_NAMES = ("localhost", "ip6-localhost")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is bound to `host`."""
    if host.lower() in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_networks(given: Sequence[str]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """The networks of --trusted-proxy. Raises UsageError for what is none."""
    found = []
    for text in given:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            raise UsageError(f"--trusted-proxy: {text!r} is no address. Write 10.0.0.7 or 10.0.0.0/8.") from None
    return tuple(found)


def host_allowed(access: Access, host: str | None) -> bool:
    """Whether a request may have that Host header."""
    name = _name_of(host)
    return name is not None and (is_loopback(name) or name in access.hosts)


def origin_allowed(access: Access, origin: str, host: str | None) -> bool:
    """Whether an Origin header is the server's own: the host that the request names, port and all."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and parts.netloc.lower() == (host or "").lower()
        and host_allowed(access, host)
    )


def client_of(access: Access, peer: str, headers: Mapping[str, str]) -> str:
    """The address that a request is from: the peer's, or what a trusted proxy says of it."""
    if not is_trusted(access, peer):
        return peer
    told = [one.strip() for one in headers.get("x-forwarded-for", "").split(",") if one.strip()]
    for address in reversed(told):
        if not _is_address(address):
            break
        if not is_trusted(access, address):
            return address
    return peer


def is_https(access: Access, peer: str, scheme: str, headers: Mapping[str, str]) -> bool:
    """Whether the client speaks https, to us or to a trusted proxy."""
    return scheme == "https" or (is_trusted(access, peer) and headers.get("x-forwarded-proto", "").strip() == "https")


def _name_of(host: str | None) -> str | None:
    """The name in a Host header, in small letters, without its port; None where it is none."""
    if not host:
        return None
    try:
        parts = urlsplit(f"//{host}")
        port = parts.port  # raises for what is none
    except ValueError:
        return None
    plain = parts.hostname and parts.path == "" and parts.username is None and (port is None or port > 0)
    return parts.hostname if plain else None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_trusted(access: Access, peer: str) -> bool:
    if not access.proxies or not _is_address(peer):
        return False
    address = ipaddress.ip_address(peer)
    return any(address in network for network in access.proxies)
