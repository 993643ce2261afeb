"""The limits of a server and who may use it: all that its options choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from ganstudio.serve.access.tokens import Tokens

RECEIVE_S = 10.0  # for a request to be whole
UNREAD_S = 30.0  # for a client to read on
RETRY_S = 1  # what a client that was refused is told to wait


@dataclass(frozen=True)
class Limits:
    """What one request, one client and the whole server may use."""

    body_bytes: int = 32_000_000
    images: int = 64  # of a request
    pixels: int = 25_000_000  # of an upload
    frames: int = 240  # of an interpolation
    search_steps: int = 1000  # of a projection
    jobs: int = 2  # at once
    queued_images: int = 512
    rate: float = 50.0  # requests a second of a client; 0 for no limit
    request_s: float = 60.0
    connections: int = 128  # of a client
    memory_bytes: int = 2_000_000_000  # of models that are loaded


@dataclass(frozen=True)
class Access:
    """Who may ask: `tokens` is None where anybody may; `hosts` are names that a request's Host may be."""

    tokens: Tokens | None = None
    hosts: frozenset[str] = frozenset()
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()


@dataclass(frozen=True)
class Settings:
    """`batch` is how many images one call of a model has at most, None for the model's own number."""

    limits: Limits = field(default_factory=Limits)
    access: Access = field(default_factory=Access)
    batch: int | None = None
    wait_s: float = 0.010
    provider: str = "auto"
    log: bool = True
