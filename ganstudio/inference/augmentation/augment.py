"""Augmentation: the real images of a data set and synthetic ones beside them.

Class after class, seed after seed: candidate number i of all is drawn from the seed `base + i`, whatever the batch.
One batch is written while the next is drawn, and nothing else is held. What is written is committed after each batch:
a kill loses two, and the same plan goes on with them. Batches are cut in the same places, and what comes out is the
same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.decode import black_where_clear
from ganstudio.errors import StudioError
from ganstudio.half_blocks import WHITE, over
from ganstudio.inference.augmentation.novelty import Novelty
from ganstudio.inference.augmentation.plan import AugmentationPlan, ClassShare, check_seeds
from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.pixels import to_pixels
from ganstudio.progress import Progress, no_progress
from ganstudio.units import Size, height_width

COPIED = 64  # real images between two commits
LEAST_NOVEL = 0.05  # of the candidates; a generator that makes fewer copies
TRIED_FIRST = 200  # candidates, before that is judged


@dataclass
class Tally:
    """How far an augmentation is: real images copied, and a number a class of candidates drawn, kept and found near.

    `limits` are what near means for each class, once that was measured.
    """

    real: int
    tried: list[int]
    kept: list[int]
    near: list[int]
    limits: list[float] = field(default_factory=list)

    @classmethod
    def nothing(cls, classes: int) -> Tally:
        return cls(0, [0] * classes, [0] * classes, [0] * classes)


class Destination(Protocol):
    """Where pictures go. What was added counts once it is committed; what is added again must be the same."""

    root: Path

    def real(self, start: int, pixels: NDArray[np.uint8]) -> None:
        """Takes real images [n, H, W, C], the data set's rows from `start` on."""

    def synthetic(self, class_index: int, seeds: NDArray[np.int64], pixels: NDArray[np.uint8]) -> None: ...

    def commit(self, done: Tally) -> None: ...


def augment(
    plan: AugmentationPlan,
    destination: Destination,
    done: Tally,
    provider: str = "auto",
    copying: Progress = no_progress,
    drawing: Progress = no_progress,
) -> None:
    """Takes `destination` from `done` to the end of `plan`. `done` is kept up to date.

    Raises:
        StudioError: a generator failed, or with `plan.novel` drew almost nothing but near copies.
        UsageError: a provider that is not here, or seeds that ran out.
    """
    _copy_real(plan, destination, done, copying)
    wanted = sum(share.synthetic for share in plan.shares)
    if sum(done.kept) == wanted:
        return
    drawing(sum(done.kept), wanted)  # comparing the real images with one another comes first, and takes a while
    novelty = Novelty(plan.data, destination.root, done.limits)
    done.limits = novelty.limits
    models: dict[Path, OnnxModel] = {}
    with _background_writer(destination) as writer:
        for index, share in enumerate(plan.shares):
            if done.kept[index] == share.synthetic or share.generator is None:
                continue
            path = share.generator.export.path
            if path not in models:
                models = {path: OnnxModel.open(path, provider)}  # one at a time: there may be one a class
            drawer = _Drawer(plan, index, models[path], novelty)
            while done.kept[index] < share.synthetic:
                drawing(sum(done.kept), wanted)
                drawer.batch(writer, done)
    drawing(wanted, wanted)


def check_models(plan: AugmentationPlan, provider: str) -> None:
    """Raises UsageError unless each model of the plan loads on `provider`: before any work is done."""
    for path in dict.fromkeys(share.generator.export.path for share in plan.shares if share.generator):
        OnnxModel.open(path, provider)


def _copy_real(plan: AugmentationPlan, destination: Destination, done: Tally, progress: Progress) -> None:
    count = plan.data.manifest.count
    if done.real == count:
        return
    images = plan.data.images()
    while done.real < count:
        progress(done.real, count)
        rows = images[done.real : done.real + COPIED]
        destination.real(done.real, rows)
        done.real += len(rows)
        destination.commit(done)
    progress(count, count)


class _Writer:
    """Writes and commits one batch while the next is drawn: the model, the encoder and the disk all have work."""

    def __init__(self, destination: Destination, thread: ThreadPoolExecutor) -> None:
        self._destination, self._thread = destination, thread
        self._last: Future[None] | None = None

    def write(self, class_index: int, seeds: NDArray[np.int64], pixels: NDArray[np.uint8], done: Tally) -> None:
        """Takes a batch, and how far all is with it, once the one before is written. Raises what that one raised."""
        self.wait()
        self._last = self._thread.submit(self._write, class_index, seeds, pixels, deepcopy(done))

    def wait(self) -> None:
        if self._last:
            self._last.result()

    def _write(self, class_index: int, seeds: NDArray[np.int64], pixels: NDArray[np.uint8], done: Tally) -> None:
        self._destination.synthetic(class_index, seeds, pixels)
        self._destination.commit(done)


@contextmanager
def _background_writer(destination: Destination) -> Iterator[_Writer]:
    """A writer whose last batch is on disk at the end, however that comes."""
    with ThreadPoolExecutor(1) as thread:
        writer = _Writer(destination, thread)
        yield writer
        writer.wait()


class _Drawer:
    """Draws one class."""

    def __init__(self, plan: AugmentationPlan, index: int, model: OnnxModel, novelty: Novelty) -> None:
        self.plan, self.index, self.model, self.novelty = plan, index, model, novelty
        self.share = plan.shares[index]

    def batch(self, writer: _Writer, done: Tally) -> None:
        """The next candidates, as many as may be needed; what is kept of them is handed on."""
        index, plan = self.index, self.plan
        count = min(self.model.batch, self.share.synthetic - done.kept[index])
        first = plan.seed + sum(done.tried)
        check_seeds(plan.seed, first + count - plan.seed)
        pixels = self._draw(range(first, first + count))
        near = self.novelty.near(pixels, index)
        kept = ~near if plan.novel else np.ones(count, np.bool_)
        done.tried[index] += count
        done.near[index] += int(near.sum())
        done.kept[index] += int(kept.sum())
        writer.write(index, first + np.flatnonzero(kept), pixels[kept], done)
        if done.tried[index] >= TRIED_FIRST and done.kept[index] < LEAST_NOVEL * done.tried[index]:
            raise _only_copies_error(self.share, done.tried[index], done.kept[index])

    def _draw(self, seeds: Sequence[int]) -> NDArray[np.uint8]:
        """Pictures in the data's size and channels, [n, H, W, C]."""
        generator, model = self.share.generator, self.model
        labels = None if generator is None or generator.label is None else [generator.label] * len(seeds)
        psi = 1.0 if self.plan.psi is None else self.plan.psi
        images = model.generate(latents(seeds, model.z_dim), labels, psi=psi, seeds=seeds, batch=len(seeds))
        manifest = self.plan.data.manifest
        return resized(to_pixels(images), manifest.size, manifest.channels)


def resized(pixels: NDArray[np.uint8], size: Size, channels: int) -> NDArray[np.uint8]:
    """`pixels` [n, H, W, 1, 3 or 4] in another size, by Lanczos, and in other channels: grey by luma, or three alike.

    Alpha is laid over white where `channels` have none, and is full where only they have it. What is clear is black.
    """
    (height, width), mode = height_width(size), {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    if pixels.shape[1:] == (height, width, channels):
        return black_where_clear(pixels)
    pixels = pixels if channels == 4 else over(pixels, WHITE)
    out = np.empty((len(pixels), height, width, channels), np.uint8)
    for target, picture in zip(out, pixels, strict=True):
        image = Image.fromarray(picture[:, :, 0] if pixels.shape[3] == 1 else picture).convert(mode)
        if image.size != (width, height):
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        target[:] = np.asarray(image).reshape(target.shape)
    return black_where_clear(out)


def _only_copies_error(share: ClassShare, tried: int, kept: int) -> StudioError:
    what = f"class {share.name}: " if share.name is not None else ""
    return StudioError(
        f"{what}the generator copies its training images: {tried - kept} of {tried} pictures are near copies of one.",
        hint="Leave --novel out, into another folder or name, which keeps them; or train on more images",
    )
