"""Downloads through torchvision, from a server on this machine."""

from __future__ import annotations

import gc
import gzip
import hashlib
import struct
import threading
import warnings
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from ganstudio.data.sources import idx
from ganstudio.engine import fetch
from ganstudio.engine.torchvision_import import import_torchvision
from ganstudio.errors import DataError

DIGITS = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)


class Quiet(SimpleHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served as Kuzushiji-MNIST's, of three training and three test images."""
    folder = tmp_path / "published"
    folder.mkdir()
    resources = []
    for part in ("train", "t10k"):
        for kind, array in (("images-idx3", DIGITS), ("labels-idx1", np.arange(3, dtype=np.uint8))):
            head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            content = gzip.compress(head + array.tobytes())
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(content)
            resources.append((f"{part}-{kind}-ubyte.gz", hashlib.md5(content).hexdigest()))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Quiet.asked = []
    import_torchvision()
    from torchvision.datasets import KMNIST as kmnist  # noqa: N811

    monkeypatch.setattr(kmnist, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    monkeypatch.setattr(kmnist, "resources", resources)
    monkeypatch.setattr(fetch, "PAUSE_S", 0.0)
    yield folder
    server.shutdown()
    server.server_close()
    thread.join()
    # torchvision keeps the answers that were errors, and never closes them
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()


def test_what_is_fetched_is_what_the_reader_of_arrays_reads(published: Path, tmp_path: Path) -> None:
    fetch.fetch("KMNIST", tmp_path / "here")
    stack = idx.read_idx(tmp_path / "here", "train")
    np.testing.assert_array_equal(np.concatenate(list(stack.blocks()))[..., 0], DIGITS)
    assert stack.labels is not None
    assert stack.labels.tolist() == [0, 1, 2]


def test_a_file_with_another_checksum_is_tried_again_and_refused(published: Path, tmp_path: Path) -> None:
    file = published / "train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match="could not be downloaded"):
        fetch.fetch("KMNIST", tmp_path / "here")
    assert Quiet.asked.count("/train-images-idx3-ubyte.gz") >= fetch.TRIES


def test_a_file_that_is_not_there_is_an_error_that_names_it(published: Path, tmp_path: Path) -> None:
    (published / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="t10k-labels"):
        fetch.fetch("KMNIST", tmp_path / "here")
