"""Weights of networks that others have trained, known by name and by the SHA-256 of the published file.

They are kept beside the packed data, under the published file's name. None is read here: that is the engine's.
"""

from __future__ import annotations

import errno
import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.workspace import drop_unfinished, nearest_path, replacing, weights_home

Progress = Callable[[int, int], None]  # bytes done, bytes in all

TRIES = 3
PAUSE_S = 2.0
TIMEOUT_S = 30.0
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Weights:
    """Weights that are published as `file` at `url`."""

    name: str
    file: str
    sha256: str
    bytes: int
    summary: str
    licence: str
    source: str
    url: str

    def as_json(self) -> dict[str, Any]:
        path = locate(self)
        keys = ("name", "file", "sha256", "bytes", "summary", "licence", "source", "url")
        return {key: getattr(self, key) for key in keys} | {"path": str(path) if path else None}


# One conversion of the network of 2015-12-05; pytorch-fid publishes the same bytes as pt_inception-2015-12-05-6726825d.
_INCEPTION = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/"
_DINOV2 = "https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/"
_TORCHVISION = "https://download.pytorch.org/models/"

WEIGHTS = {
    known.name: known
    for known in (
        Weights(
            name="inception",
            file="weights-inception-2015-12-05-6726825d.pth",
            sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
            bytes=95_628_359,
            summary="Inception-v3 of 2015-12-05, the network of FID, KID and IS",
            licence="Apache-2.0",
            source="torch-fidelity's release v0.2.0, or pytorch-fid's fid_weights, which are the same bytes",
            url=f"{_INCEPTION}weights-inception-2015-12-05-6726825d.pth",
        ),
        Weights(
            name="dinov2-vits14",
            file="dinov2_vits14_pretrain.pth",
            sha256="b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9",
            bytes=88_283_115,
            summary="DINOv2 ViT-S/14, self-supervised on 142 million images",
            licence="Apache-2.0",
            source="the DINOv2 repository's list of backbones",
            url=f"{_DINOV2}dinov2_vits14_pretrain.pth",
        ),
        Weights(
            name="lpips-alexnet",
            file="alexnet-owt-7be5be79.pth",
            sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
            bytes=244_408_911,
            summary="AlexNet, the network of LPIPS that diversity is measured with",
            licence="BSD-3-Clause",
            source="torchvision's AlexNet_Weights.IMAGENET1K_V1",
            url=f"{_TORCHVISION}alexnet-owt-7be5be79.pth",
        ),
        Weights(
            name="lpips-vgg16",
            file="vgg16-397923af.pth",
            sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
            bytes=553_433_881,
            summary="VGG16, the network of LPIPS that path lengths are measured with",
            licence="BSD-3-Clause",
            source="torchvision's VGG16_Weights.IMAGENET1K_V1",
            url=f"{_TORCHVISION}vgg16-397923af.pth",
        ),
    )
}

# The networks whose features scores compare, and the weights that each needs; None: they ship with the program.
FEATURES: dict[str, str | None] = {
    "inception": "inception",
    "dinov2": "dinov2-vits14",
    "efficientnet-lite0": None,
    "lenet": None,
}


def find(name: str) -> Weights:
    """The weights that `name` means. Raises UsageError."""
    if name in FEATURES and FEATURES[name] is None:
        raise UsageError(
            f"weights {name!r}: come with the program; nothing has to be fetched.", "ganstudio weights list"
        )
    if name not in WEIGHTS:
        raise UsageError(f"weights {name!r}: there are none. {nearest(name, WEIGHTS)}", hint="ganstudio weights list")
    return WEIGHTS[name]


def locate(weights: Weights) -> Path | None:
    """Where the file is; None where it is not here."""
    path = weights_home() / weights.file
    return path if path.is_file() else None


def require(name: str) -> Path:
    """The file of the weights `name`, whole. Raises UsageError where it is not here, or is not what was published."""
    weights = find(name)
    path = locate(weights)
    if path is None:
        raise UsageError(f"weights {name!r}: are not here ({weights.summary}).", hint=how_to_get(weights))
    _check(weights, path)
    return path


def how_to_get(weights: Weights) -> str:
    """The command that brings the weights, to end an error with."""
    return f"ganstudio weights fetch {weights.name}"


def fetch(name: str, progress: Progress) -> Path:
    """The file of the weights `name`, downloaded unless it is here already.

    What breaks on the way is tried again, from the start; nothing is kept of a file that is not the published one.
    Raises UsageError where it cannot be had.
    """
    weights = find(name)
    if (path := locate(weights)) is not None:
        _check(weights, path)
        return path
    for attempt in range(1, TRIES + 1):
        try:
            return _store(weights, _download(weights.url, weights.bytes, progress), weights.url)
        except (OSError, HTTPException) as error:
            if attempt == TRIES or not _worth_retrying(error):
                raise _download_error(weights, error) from None
            time.sleep(PAUSE_S * attempt)
    raise AssertionError("the last try returns or raises")


def import_file(name: str, file: Path) -> Path:
    """A copy of `file` where the weights `name` are kept. Raises UsageError unless it is the published file."""
    weights = find(name)
    if not file.is_file():
        raise UsageError(
            f"{file}: there is no such file. {nearest_path(file)}", hint=f"Get it from {weights.source}: {weights.url}"
        )
    return _store(weights, _blocks(file), str(file))


def _store(weights: Weights, blocks: Iterator[bytes], origin: str) -> Path:
    """Stores `blocks`, under the file's name once they are known to be the published file. Raises UsageError."""
    target = weights_home() / weights.file
    target.parent.mkdir(parents=True, exist_ok=True)
    drop_unfinished(target.parent, target.name)
    digest = hashlib.sha256()
    with replacing(target) as temporary:
        with temporary.open("wb") as file:
            for block in blocks:
                file.write(block)
                digest.update(block)
        if digest.hexdigest() != weights.sha256:
            raise _wrong_file_error(weights, origin, digest.hexdigest())
    return target


def _check(weights: Weights, path: Path) -> None:
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    if digest.hexdigest() != weights.sha256:
        raise _wrong_file_error(weights, str(path), digest.hexdigest())


def _wrong_file_error(weights: Weights, origin: str, digest: str) -> UsageError:
    is_stored = Path(origin).parent == weights_home()
    return UsageError(
        f"{origin}: is damaged or another file than the published {weights.file}.\n"
        f"SHA-256 {digest} was found, {weights.sha256} is expected.",
        hint=f"rm {quoted(origin)} && {how_to_get(weights)}" if is_stored else how_to_get(weights),
    )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _download(url: str, total: int, progress: Progress) -> Iterator[bytes]:
    from urllib.request import urlopen

    done = 0
    with urlopen(url, timeout=TIMEOUT_S) as answer:
        total = int(answer.headers.get("Content-Length") or total)
        while block := answer.read(_BLOCK):
            yield block
            done += len(block)
            progress(min(done, total), total)
    if done < total:
        raise ConnectionError(f"it ended after {done:,} of {total:,} bytes")


def _worth_retrying(error: Exception) -> bool:
    """Whether a download is worth another try: not without a network, after a refusal or with a full disk."""
    reason = getattr(error, "reason", error)
    if isinstance(error, HTTPError):
        return error.code >= 500
    if isinstance(reason, OSError) and reason.errno in (errno.ENOSPC, errno.ENETUNREACH, errno.EHOSTUNREACH):
        return False
    if isinstance(reason, socket.gaierror | ConnectionRefusedError | PermissionError):
        return False
    return isinstance(error, URLError | ConnectionError | TimeoutError | HTTPException)


def _download_error(weights: Weights, error: Exception) -> UsageError:
    reason = str(getattr(error, "reason", error)) or type(error).__name__
    return UsageError(
        f"{weights.url}: could not be downloaded: {reason}.\n"
        f"Without a network, get {weights.file} elsewhere ({weights.source}) and import it.",
        hint=f"ganstudio weights import {weights.name} {weights.file}",
    )
