"""Batches of real images. The place in the data is one integer a stream; there is nothing else to save."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import assert_never

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.data.manifest import Manifest
from ganstudio.data.store import DataSet
from ganstudio.engine.contract import Batch, DataContract, DataShape, Stage
from ganstudio.engine.crops import Crop
from ganstudio.engine.data_shape import source_size
from ganstudio.engine.draws import Draw, generator, per_sample
from ganstudio.errors import RecipeError
from ganstudio.units import HeightWidth

GPU_SHARE = 0.4  # of the free GPU memory that a data set may take to live there
LEAST_PICTURES = 2  # that are held out whole where images are tiles of pictures
DOMAINS_HINT = "ganstudio data add A B --domains   # a folder a domain"
PAIRS_HINT = "ganstudio data add A B --paired   # files of one name"
HELD_TELLING = 16  # images held out; of fewer, how often the critic ranks them lower is known to worse than 0.08


class Batches:
    """Draws batches from a packed data set: uint8, memory-mapped, on the GPU when it fits there.

    `size` is what pictures are seen in, (H, W) at the end, of which the stored size is a multiple; None is the stored
    size. Networks see a part of them where there is a `crop`: a new one each time in training, one that stays in
    whatever is looked at. `held_out` is the share of the images that is never drawn; see `split`. Where the data has no
    source `make_source` may make one of the images.

    Attributes:
        seconds: spent in drawing batches, all in all.
    """

    def __init__(
        self,
        data: DataSet,
        needs: DataContract,
        mirror: bool,
        seed: int,
        device: torch.device,
        held_out: float = 0.0,
        size: tuple[int, ...] | None = None,
        crop: HeightWidth | None = None,
        make_source: Callable[[Tensor, Draw], Tensor | None] = lambda images, draw: None,  # noqa: ARG005
    ) -> None:
        labels = data.labels()
        self.labels = None if labels is None else torch.from_numpy(labels).to(device)
        self.solid = data.manifest.axes == "DHWC"
        # copy-on-write, because torch warns of arrays that cannot be written to; nothing writes
        self.pixels = _placed(data.images("c"), device)
        sources = data.sources("c") if needs.source else None
        self.source = None if sources is None else _placed(sources, device)
        self.times = data.manifest.shape[-2] // size[-1] if size else 1
        whole, paired = size or data.manifest.size, data.manifest.source_shape
        source = source_size(paired, data.manifest.size, whole) if paired and needs.source else None
        self.crop = Crop.of(crop, whole, source)
        self.mirror, self.seed, self.device = mirror, seed, device
        self.make_source = make_source
        self.held_rows, self.rows = split(data, held_out, needs.least_held)
        two = needs.labels == "two domains" and labels is not None
        self.domains, self.held_domains = (
            [rows[torch.from_numpy(labels)[rows] == k] for k in (0, 1)] if two else []
            for rows in (self.rows, self.held_rows)
        )
        self.seconds = 0.0
        self._orders: dict[tuple[str, int], tuple[int, Tensor]] = {}

    def at(self, stream: str, position: int, draw: Draw, stage: Stage) -> Batch:
        """The images `position` to `position + draw.total` of a stream, of them this process's rows."""
        began = time.perf_counter()
        try:
            return self._drawn(stream, position, draw, stage)
        finally:
            self.seconds += time.perf_counter() - began

    def held(self, count: int, stage: Stage) -> Batch | None:
        """`count` images, or fewer, that training never sees, of each domain where there are two.

        They are spread evenly over all that are held out. None where training sees every image.
        """
        count = min(count, *map(len, self.held_domains or [self.held_rows]))
        if not count:
            return None
        # not by the run's seed: all runs are measured by the same parts of pictures
        draw = Draw(0, "held out", 0, count, slice(0, count), self.device)
        if self.held_domains:
            return self._unmirrored(
                lambda: self._of_domains([_spread(rows, count) for rows in self.held_domains], draw, stage)
            )
        return self._unmirrored(lambda: self._labelled(_spread(self.held_rows, count), draw, stage))

    def held_count_outside(self, domain: int) -> int:
        """How many images of other classes than `domain` training never sees."""
        return int((self._labels_of(self.held_rows) != domain).sum())

    def of_domain(self, domain: int, count: int, stage: Stage) -> Tensor:
        """`count` images of a class, or fewer, as `outside` has those of the others."""
        return self._looked_at(lambda labels: labels == domain, count, stage)

    def outside(self, domain: int, count: int, stage: Stage) -> Tensor:
        """`count` images, or fewer, of other classes than `domain`, evenly of all that training never sees.

        Of those that it sees where none is held out.
        """
        return self._looked_at(lambda labels: labels != domain, count, stage)

    def _looked_at(self, wanted: Callable[[Tensor], Tensor], count: int, stage: Stage) -> Tensor:
        """[N, C, *size], the same for every run that holds out as much."""
        for rows in (self.held_rows, self.rows):
            found = rows[wanted(self._labels_of(rows))]
            if len(found):
                break
        count = min(count, len(found))
        draw = Draw(0, "held out", 0, count, slice(0, count), self.device)
        spread = found[torch.arange(count) * len(found) // count]
        return self._unmirrored(lambda: Batch(self._images(spread, draw, stage))).images

    def _labels_of(self, rows: Tensor) -> Tensor:
        assert self.labels is not None  # domains are classes
        return self.labels.cpu()[rows]

    def _drawn(self, stream: str, position: int, draw: Draw, stage: Stage) -> Batch:
        if self.domains:
            drawn = [
                rows[self._indices(f"{stream}{k}", position, draw, len(rows))] for k, rows in enumerate(self.domains)
            ]
            return self._of_domains(drawn, draw, stage)
        return self._labelled(self.rows[self._indices(stream, position, draw, len(self.rows))], draw, stage)

    def _of_domains(self, drawn: list[Tensor], draw: Draw, stage: Stage) -> Batch:
        """The images of these rows, one list a domain."""
        first, *further = (self._images(rows, draw, stage, str(k)) for k, rows in enumerate(drawn))
        return Batch(first, domains=tuple(further))

    def _labelled(self, rows: Tensor, draw: Draw, stage: Stage) -> Batch:
        labels = None if self.labels is None else self.labels[rows.to(self.labels.device)]
        images = self._images(rows, draw, stage)
        if self.source is None:
            return Batch(images, labels, self.make_source(images, draw))
        return Batch(images, labels, shrink(self._seen(self.source, rows, draw), self.times))

    def fixed(self, purpose: str, count: int, stage: Stage) -> Batch:
        """The same `count` images for ever, never mirrored, fewer where the data has fewer: for scores."""
        whole = slice(0, min(count, len(self.domains[0]) if self.domains else len(self.rows)))
        draw = Draw(self.seed, purpose, 0, whole.stop, whole, self.device)
        return self._unmirrored(lambda: self._drawn(purpose, 0, draw, stage))

    def _unmirrored(self, drawn: Callable[[], Batch]) -> Batch:
        mirror, self.mirror = self.mirror, False
        try:
            return drawn()
        finally:
            self.mirror = mirror

    def _indices(self, stream: str, position: int, draw: Draw, count: int) -> Tensor:
        first, end = position + draw.rows.start, position + draw.rows.stop
        parts = [
            self._order(stream, epoch, count)[max(first - epoch * count, 0) : min(end - epoch * count, count)]
            for epoch in range(first // count, -(-end // count))
        ]
        return torch.cat(parts)

    def _order(self, stream: str, epoch: int, count: int) -> Tensor:
        """Each epoch's shuffle follows from (seed, stream, epoch); the latest of each stream is remembered."""
        known, order = self._orders.get((stream, count), (-1, None))
        if order is None or known != epoch:
            order = torch.randperm(count, generator=generator(self.seed, f"order/{stream}", epoch))
            self._orders[stream, count] = (epoch, order)
        return order

    def _images(self, indices: Tensor, draw: Draw, stage: Stage, domain: str = "") -> Tensor:
        """Floats in [-1, 1], [N, C, *size] in channels-last memory, at the stage's size."""
        pixels = self._seen(self.pixels, indices, draw, domain)
        return shrink(pixels, self.times * stage.factor, stage.alpha, self.solid)

    def _seen(self, stored: Tensor, indices: Tensor, draw: Draw, domain: str = "") -> Tensor:
        """These rows of `stored` as floats in [-1, 1]; one draw cuts and mirrors a picture and its source alike."""
        if self.crop is None:
            pixels = stored[indices.to(stored.device)]
        else:
            pixels = self.crop.cut(stored, indices, self.crop.corners(draw, f"crop{domain}"))
        if self.device.type == "cuda" and not pixels.is_cuda:
            pixels = pixels.pin_memory()
        images = pixels.to(self.device, non_blocking=True).movedim(-1, 1).float().div_(127.5).sub_(1.0)
        if self.mirror:
            flip = draw.uniform(f"mirror{domain}") < 0.5
            images = torch.where(per_sample(flip, images), images.flip(-1), images)
        return images


def split(data: DataSet, share: float, least: int = 0) -> tuple[Tensor, Tensor]:
    """The rows that are held out, and those that are trained on, each in the data's order.

    They follow from the data alone, whatever a run's seed: what a fork holds out its parent held out too. Of two shares
    the larger one holds out what the smaller does, and more. The tiles of a picture are all on one side. `least` is as
    `held_count` has it.
    """
    manifest = data.manifest
    whole = data.whole_pictures()
    count = manifest.pictures or manifest.count
    shuffled = torch.randperm(count, generator=generator(manifest.fingerprint, "held out", 0))
    held = shuffled[: held_count(manifest, share, least)]
    pictures = torch.arange(manifest.count) if whole is None else torch.from_numpy(whole)
    is_held = torch.isin(pictures, held)
    return is_held.nonzero().flatten(), (~is_held).nonzero().flatten()


def check_data(needs: DataContract, shape: DataShape, task: str) -> None:
    """Raises RecipeError, before any network is built, where the data lacks what a task needs."""
    lacks, hint, there = [], None, len(shape.present)
    match needs.labels:
        case "optional":
            pass
        case "required":
            if not shape.classes:
                lacks.append("data: this task needs labelled images, and these have no classes.")
        case "two domains":
            if not there == shape.classes == 2:
                several = ", those of which task=multidomain translates into one another" if there > 2 else ""
                lacks.append(
                    f"data: the {task} task needs exactly two classes, one a domain; there are {there}{several}."
                )
                hint = DOMAINS_HINT
        case "domains":
            if there < 2:
                lacks.append(f"data: the {task} task needs two classes or more, one a domain; there are {there}.")
                hint = DOMAINS_HINT
        case unreachable:
            assert_never(unreachable)
    if needs.source and shape.source is None:
        lacks.append("data: this task needs pictures that come in pairs, and these do not.")
        hint = PAIRS_HINT
    if lacks:
        raise RecipeError(lacks, hint)


def held_count(manifest: Manifest, share: float, least: int = 0) -> int:
    """How many images are held out: `share` of them, rounded; of a set of tiles how many pictures, two at least.

    It is `least` or more where a share is held out at all.
    """
    if manifest.pictures is None:
        return max(round(manifest.count * share), least if share else 0)
    return max(round(manifest.pictures * share), least, LEAST_PICTURES) if share else 0


def shrink(images: Tensor, factor: int, alpha: float = 1.0, solid: bool = False) -> Tensor:
    """`images` with sides `factor` times shorter, each pixel the mean of its box.

    Below an `alpha` of 1 they are a stage of growth that fades in: blended with the stage before, of half the sides.
    The colours of RGBA images count by their opacity: what is clear darkens no edge.

    `solid` voxel grids are averaged along their depth too, clips keep every frame.
    """
    if factor > 1 and images.dim() == 4:
        images = _averaged(images, factor)
    elif factor > 1:
        images = F.avg_pool3d(images, (min(factor, images.shape[2]) if solid else 1, factor, factor))
    if alpha < 1.0:
        before = F.interpolate(_averaged(images, 2), scale_factor=2, mode="nearest")
        images = before.lerp(images, alpha)
    return images


def _placed(stored: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Packed pixels, uint8 [N, *size, C]: memory-mapped, or on the GPU where they fit."""
    pixels = torch.from_numpy(stored)
    return pixels.to(device) if device.type == "cuda" and _fits(pixels) else pixels


def _spread(rows: Tensor, count: int) -> Tensor:
    """`count` of the rows, evenly: those of a set of tiles are of all its pictures."""
    return rows[torch.arange(count) * len(rows) // count]


def _averaged(images: Tensor, factor: int) -> Tensor:
    if images.shape[1] != 4:
        return F.avg_pool2d(images, factor)
    opacity = (images[:, 3:] + 1) / 2
    shares = F.avg_pool2d(opacity, factor)
    colours = F.avg_pool2d((images[:, :3] + 1) * opacity, factor) / shares.clamp_min(1e-6) - 1
    return torch.cat([colours, 2 * shares - 1], 1)


def _fits(pixels: Tensor) -> bool:
    free, _ = torch.cuda.mem_get_info()
    return pixels.numel() < GPU_SHARE * free
