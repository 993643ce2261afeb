"""The real server on loopback, in a thread, and Chromium before it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from ganstudio.inference.exports import Export
from ganstudio.inference.images.memory import cut_for
from ganstudio.inference.style.saved_styles import SavedStyles, mean_style
from ganstudio.inference.style.style_pictures import read_style
from ganstudio.inference.style.stylizer import Stylizer
from ganstudio.serve.access.tokens import Tokens
from ganstudio.serve.app import create_app
from ganstudio.serve.listening import bind
from ganstudio.serve.protocol import protocol_for
from ganstudio.serve.settings import Access, Limits, Settings
from tests.browser import Open as Open
from tests.browser import browser as browser
from tests.browser import opened as opened
from tests.cli.latent.conftest import with_directions
from tests.inference.generators import write_generator, write_styled
from tests.inference.images.networks import write_filler, write_upscaler
from tests.inference.style.networks import write_stylizer
from tests.serve.conftest import DIGITS, png, true_hash

TOKEN = "a-token-of-the-tests"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a generator with classes, one with styles and directions, and three that take photographs."""
    folder = tmp_path_factory.mktemp("paged")
    paths = [
        true_hash(write_generator(folder / "digits.onnx", classes=DIGITS)),
        true_hash(write_styled(folder / "styled.onnx")),
        true_hash(write_upscaler(folder / "enlarger.onnx")),
        true_hash(write_filler(folder / "filler.onnx")),
        true_hash(write_stylizer(folder / "painter.onnx")),
    ]
    save_styles(paths[-1], starry=png(30, 30), sea=png(24, 24, "L"))
    with_directions(paths[1], thickness={"reach": [-2.0, 3.0]}, slant={})
    with running(paths, Settings(Limits(frames=40, pixels=20_000, rate=0), log=False)) as address:
        yield address


@pytest.fixture(scope="module")
def closed_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that asks for a token."""
    folder = tmp_path_factory.mktemp("closed")
    secret = folder / "tokens.txt"
    secret.write_text(f"me {TOKEN}\n")
    secret.chmod(0o600)
    access = Access(Tokens.read(secret))
    with running([true_hash(write_generator(folder / "plain.onnx"))], Settings(Limits(), access, log=False)) as address:
        yield address


def save_styles(model: Path, **pictures: bytes) -> None:
    """Saves styles beside a model that paints, as `styles add` does."""
    painter = Stylizer.open(model, "stylize")
    saved = SavedStyles.of(model, painter.manifest)
    for name, content in pictures.items():
        file = model.with_name(f"{name}.png")
        file.write_bytes(content)
        saved = saved.with_(mean_style(name, [(file, read_style(file, painter, cut_for(painter)))]))
    saved.save()


@contextmanager
def running(paths: list[Path], settings: Settings) -> Iterator[str]:
    app = create_app([Export.load(path) for path in paths], settings)
    config = uvicorn.Config(app, http=protocol_for(), ws="none", log_config=None)
    server, bound = uvicorn.Server(config), bind("127.0.0.1", 0, settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        bound.close()


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photograph") / "photo.png"
    path.write_bytes(png(40, 30))
    return path


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which is none of this repository's files."""
    path = Path(os.environ.get("GANSTUDIO_REAL_DATA", "")) / "axe.min.js"
    if not os.environ.get("GANSTUDIO_REAL_DATA") or not path.is_file():
        pytest.skip("needs $GANSTUDIO_REAL_DATA/axe.min.js")
    return path.read_text(encoding="utf-8")
