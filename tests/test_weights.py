"""Weights by name: fetched from a server on this machine, imported, and refused where they are another file."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from ganstudio import weights
from ganstudio.cli.app import run
from ganstudio.errors import UsageError
from ganstudio.workspace import weights_home

CONTENT = bytes(range(256)) * 5000  # more than a block


class Quiet(SimpleHTTPRequestHandler):
    asked: ClassVar[list[str]] = []
    breaks: ClassVar[int] = 0

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if Quiet.breaks:
            Quiet.breaks -= 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:1000])
            return
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served, from which the weights `net` come."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "net.pth").write_bytes(CONTENT)
    Quiet.asked.clear()
    Quiet.breaks = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    net = weights.Weights(
        *("net", "net.pth", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "a net", "MIT", "its page"),
        url=f"http://127.0.0.1:{server.server_port}/net.pth",
    )
    monkeypatch.setattr(weights, "WEIGHTS", {"net": net})
    monkeypatch.setattr(weights, "PAUSE_S", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield folder
    server.shutdown()
    server.server_close()


def known_otherwise(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    monkeypatch.setattr(weights, "WEIGHTS", {"net": replace(weights.WEIGHTS["net"], **changes)})


def test_a_fetch_brings_the_published_bytes_once(known: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = weights.fetch("net", lambda done, total: seen.append((done, total)))
    assert path == weights_home() / "net.pth"
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert weights.fetch("net", lambda done, total: None) == path
    assert len(Quiet.asked) == 1


def test_what_breaks_on_the_way_is_tried_again(known: Path) -> None:
    Quiet.breaks = 2
    assert weights.fetch("net", lambda done, total: None).read_bytes() == CONTENT
    assert len(Quiet.asked) == 3


def test_another_file_than_the_published_one_is_not_kept_and_both_hashes_are_named(
    known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (known / "net.pth").write_bytes(CONTENT[::-1])
    assert run(["weights", "fetch", "net"]) == 2
    said = capsys.readouterr().err
    assert hashlib.sha256(CONTENT[::-1]).hexdigest() in said
    assert hashlib.sha256(CONTENT).hexdigest() in said
    assert list(weights_home().iterdir()) == []


def test_without_a_network_it_fails_at_once_and_says_what_to_import(
    known: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(weights, "PAUSE_S", 60.0)
    known_otherwise(monkeypatch, url="http://127.0.0.1:9/net.pth")
    assert run(["weights", "fetch", "net"]) == 2
    said = capsys.readouterr().err
    assert "ganstudio weights import net net.pth" in said
    assert "its page" in said


def test_an_import_copies_the_published_file_whatever_it_is_called(
    known: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "download (1)").write_bytes(CONTENT)
    assert run(["weights", "import", "net", str(tmp_path / "download (1)"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert Path(told["path"]).read_bytes() == CONTENT
    assert weights.require("net") == Path(told["path"])


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"x"])
def test_an_import_of_another_file_is_refused_with_its_hash(known: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.pth").write_bytes(content)
    with pytest.raises(UsageError, match=hashlib.sha256(content).hexdigest()):
        weights.import_file("net", tmp_path / "net.pth")
    assert weights.locate(weights.find("net")) is None


def test_a_file_that_was_damaged_later_is_refused_when_it_is_needed(known: Path) -> None:
    path = weights.fetch("net", lambda done, total: None)
    path.write_bytes(CONTENT[1:])
    with pytest.raises(UsageError, match="damaged or another file") as caught:
        weights.require("net")
    assert caught.value.hint == f"rm {path} && ganstudio weights fetch net"


@pytest.fixture
def convolutions(known: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, np.ndarray]:
    """Two convolutions, which are enough of `net`."""
    shapes = {"conv0_w": (2, 3, 1, 1), "conv0_b": (2,), "conv1_w": (1, 2, 3, 3), "conv1_b": (1,)}
    arrays = {name: np.arange(np.prod(shape), dtype=np.float32).reshape(shape) for name, shape in shapes.items()}
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {list(array.shape)}".encode() + array.tobytes())
    known_otherwise(monkeypatch, convolutions=digest.hexdigest())
    return arrays


def test_convolutions_are_taken_in_by_their_numbers_whatever_file_holds_them(
    convolutions: dict[str, np.ndarray], tmp_path: Path
) -> None:
    """Compressed, in another order and beside other arrays; these alone are kept."""
    np.savez_compressed(tmp_path / "a file", lin0_w=np.ones(2), **dict(reversed(convolutions.items())))
    (tmp_path / "a file.npz").rename(tmp_path / "a file")
    path = weights.import_file("net", tmp_path / "a file")
    assert path == weights.require("net") == weights.locate(weights.find("net"))
    with np.load(path) as stored:
        assert {name: stored[name].tolist() for name in stored.files} == {
            k: v.tolist() for k, v in convolutions.items()
        }


def test_the_published_file_goes_before_its_convolutions(convolutions: dict[str, np.ndarray], tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", **convolutions)
    weights.import_file("net", tmp_path / "net.npz")
    (tmp_path / "net.pth").write_bytes(CONTENT)
    assert weights.import_file("net", tmp_path / "net.pth") == weights.require("net") == weights_home() / "net.pth"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"conv1_b": np.ones(1, np.float32)}, "its 2 convolutions are not those of the published net.pth"),
        ({"conv1_b": np.zeros(1)}, "conv1_b is float64; the published convolutions are float32"),
        ({"conv2_w": np.ones((1, 1, 1, 1), np.float32)}, "holds no array called conv2_b"),
    ],
)
def test_other_convolutions_are_refused(
    convolutions: dict[str, np.ndarray], tmp_path: Path, change: dict[str, np.ndarray], said: str
) -> None:
    np.savez(tmp_path / "net.npz", **convolutions | change)
    with pytest.raises(UsageError, match=said):
        weights.import_file("net", tmp_path / "net.npz")
    assert weights.locate(weights.find("net")) is None


def test_arrays_of_something_else_and_of_code_are_refused(convolutions: dict[str, np.ndarray], tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", images=np.zeros(3))
    np.savez(tmp_path / "code.npz", conv0_w=np.array([print], object), conv0_b=np.zeros(1))
    for file, said in (("other", "holds no array called conv0_w"), ("code", "its arrays cannot be read")):
        with pytest.raises(UsageError, match=said) as caught:
            weights.import_file("net", tmp_path / f"{file}.npz")
        assert "ganstudio weights import net FILE.npz" in str(caught.value.hint)


def test_convolutions_that_were_damaged_later_are_refused_when_they_are_needed(
    convolutions: dict[str, np.ndarray], tmp_path: Path
) -> None:
    np.savez(tmp_path / "net.npz", **convolutions)
    path = weights.import_file("net", tmp_path / "net.npz")
    content = path.read_bytes()
    for damaged in (content[:-30], content.replace(np.float32(5).tobytes(), np.float32(6).tobytes())):
        path.write_bytes(damaged)
        with pytest.raises(UsageError) as caught:
            weights.require("net")
        assert str(caught.value.hint).startswith(f"rm {path} && ganstudio weights fetch net")


def test_unknown_weights_name_the_nearest(known: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["weights", "fetch", "nett"]) == 2
    assert "Did you mean 'net'?" in capsys.readouterr().err


def test_the_list_tells_what_is_here_and_how_the_rest_comes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["weights", "list", "--json"]) == 0
    told = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert set(told) == {"inception", "dinov2-vits14", "lpips-alexnet", "lpips-vgg16"}
    assert told["inception"]["path"] is None
    assert run(["weights", "list"]) == 0
    assert "inception: ganstudio weights fetch inception" in capsys.readouterr().err


def test_all_known_weights_can_be_had() -> None:
    for known in weights.WEIGHTS.values():
        assert known.url.endswith(f"/{known.file}")


@pytest.mark.parametrize("name", ["lenet", "efficientnet-lite0"])
def test_weights_that_ship_with_the_program_need_no_fetching(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["weights", "fetch", name]) == 2
    assert "come with the program" in capsys.readouterr().err


def test_hashes_agree_with_those_in_the_published_names() -> None:
    for name in ("inception", "lpips-alexnet", "lpips-vgg16"):
        known = weights.WEIGHTS[name]
        assert known.file.removesuffix(".pth").endswith(f"-{known.sha256[:8]}")
