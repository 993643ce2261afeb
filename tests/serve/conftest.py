"""Servers in this process, asked through ASGI: no socket, and small models that nobody trained."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
import pytest
from PIL import Image

from ganstudio.inference.exports import Export
from ganstudio.inference.manifest import KEY, content_hash, read_manifest, read_metadata
from ganstudio.serve.app import create_app
from ganstudio.serve.guard import Guard
from ganstudio.serve.settings import Limits, Settings
from tests.inference.generators import with_metadata, write_generator, write_linear, write_styled
from tests.inference.images.networks import write_filler, write_greyer, write_upscaler
from tests.inference.style.networks import write_stylizer

T = TypeVar("T")
Asking = Callable[[httpx.AsyncClient], Awaitable[T]]
DIGITS = tuple("0123456789")


def true_hash(path: Path) -> Path:
    """The file, and its halves, with the hash of what they hold: nothing else is served."""
    for one in [path, *path.parent.glob(f"{path.stem}.*.onnx")]:
        manifest = read_manifest(one)
        assert manifest is not None
        with_metadata(one, read_metadata(one) | {KEY: replace(manifest, sha256=content_hash(one)).dumps()})
    return path


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model of each kind, by name."""
    folder = tmp_path_factory.mktemp("served")
    return {
        "digits": true_hash(write_generator(folder / "digits.onnx", classes=DIGITS)),
        "plain": true_hash(write_generator(folder / "plain.onnx", noise=True, psi=True)),
        "styled": true_hash(write_styled(folder / "styled.onnx")),
        "linear": true_hash(write_linear(folder / "linear.onnx")),
        "enlarger": true_hash(write_upscaler(folder / "enlarger.onnx")),
        "seasons": true_hash(write_greyer(folder / "seasons.onnx", ("summer", "winter"))),
        "filler": true_hash(write_filler(folder / "filler.onnx")),
        "painter": true_hash(write_stylizer(folder / "painter.onnx")),
    }


class Server:
    """One server, for one use: `ask` runs it in an event loop of its own."""

    def __init__(self, paths: Sequence[Path], settings: Settings) -> None:
        app = create_app([Export.load(path) for path in paths], replace(settings, log=False))
        assert isinstance(app, Guard)
        self.app = app
        self.state = app._state

    def ask(self, work: Asking[T], client: str = "127.0.0.1", base: str = "http://localhost") -> T:
        async def asked() -> T:
            transport = httpx.ASGITransport(self.app, client=(client, 4000))
            inner: Any = self.app._app
            async with (
                inner.router.lifespan_context(inner),
                httpx.AsyncClient(transport=transport, base_url=base, timeout=60) as asking,
            ):
                return await work(asking)

        return asyncio.run(asked())

    def post(self, path: str, content: Any, **more: Any) -> httpx.Response:
        return self.ask(lambda client: client.post(path, json=content, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask(lambda client: client.get(path, **more))


Serve = Callable[..., Server]


@pytest.fixture
def serve(models: dict[str, Path]) -> Serve:
    """`serve("digits", "plain", limits=Limits(images=3))`"""

    def served(*names: str, limits: Limits | None = None, **more: Any) -> Server:
        return Server([models[name] for name in names], Settings(limits or Limits(), **more))

    return served


def png(width: int = 20, height: int = 16, mode: str = "RGB") -> bytes:
    """A picture of noise."""
    content = io.BytesIO()
    pixels = np.random.RandomState(0).randint(0, 256, (height, width, len(mode)), np.uint8)
    Image.fromarray(pixels if len(mode) > 1 else pixels[..., 0]).save(content, "PNG")
    return content.getvalue()


def pixels_of(content: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(content)))


def problem(answer: httpx.Response, status: int) -> str:
    """The detail of an error, which is JSON as RFC 9457 has it."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    content = answer.json()
    assert content["status"] == status
    assert content["instance"] == answer.headers["x-request-id"]
    return str(content["detail"])
