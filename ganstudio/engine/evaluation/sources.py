"""What can be scored: a run's checkpoint, an export, or images that are stored. All give pixels of one size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ganstudio.data.manifest import Manifest
from ganstudio.data.store import DataSet
from ganstudio.engine import schedules
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation.planes import as_planes, per_volume, volumes_for
from ganstudio.engine.evaluation.ppl import Space, in_z, spaces
from ganstudio.engine.evaluation.real_features import chosen, real_pixels
from ganstudio.engine.evaluation.sampling import chunk, drawn_labels, over_grey, samples
from ganstudio.engine.export.onnx import restored
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.terms.features_read import features_read_by
from ganstudio.errors import UsageError
from ganstudio.inference import OnnxModel
from ganstudio.inference.sampling import sample
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.record import load_record
from ganstudio.units import HeightWidth, Size, height_width


class Source(ABC):
    """Images uint8 of `channels` (1 or 3; RGBA is laid over grey) and `size` (H, W); planes of what has a `depth`.

    `most` is how many there are, None where as many are drawn as are asked for; `says` describes it in a few words.
    `whole` is the size of the pictures that they are parts of, None of whole ones. `classes` are the names of what
    `labels` tell. One that draws has latents of `z_dim`, and `seed` draws them. `reads` are the pretrained
    networks that its training learned by, which never score it.
    """

    channels: int
    size: HeightWidth
    whole: HeightWidth | None = None
    depth: int | None = None
    most: int | None = None
    says: str
    classes: tuple[str, ...] = ()
    z_dim: int = 0
    seed: int = 0
    reads: frozenset[str] = frozenset()

    @abstractmethod
    def pixels(self, n: int) -> Iterator[Tensor]:
        """The first `n` of them, [N, C, H, W], the same at every call."""

    def labels(self, n: int) -> Tensor | None:  # noqa: ARG002
        """The classes [N] of the first `n`, None where there are none."""
        return None

    def spaces(self) -> list[Space]:
        """Where paths run between its latents. Raises UsageError where there are none."""
        raise UsageError(
            f"--metrics ppl: {self.says} holds pictures; a path runs between latents of a run or an export."
        )


class Stored(Source):
    def __init__(self, data: DataSet, size: Size) -> None:
        self.data = data
        self.channels, self.size = seen_channels(data.manifest.channels), height_width(size)
        self.depth = data.manifest.depth
        self.most = data.manifest.count * per_volume(self.depth)
        self.says, self.classes = data.manifest.name, data.manifest.classes

    def pixels(self, n: int) -> Iterator[Tensor]:
        return real_pixels(self.data, self.size, n, chunk(self.channels, self.size))

    def labels(self, n: int) -> Tensor | None:
        known = self.data.labels()
        return None if known is None else torch.from_numpy(known[chosen(len(known), n).numpy()])


class Checkpoint(Source):
    """The averaged generator of a run, in float32; classes as often as the data has them."""

    def __init__(self, run: Path, which: str, real: Manifest, device: torch.device) -> None:
        record = load_record(run / RECORD)
        recipe = self.recipe = Recipe.model_validate(record.recipe)
        path = checkpoint.choose(run, which)
        state = checkpoint.load(path)
        self.task, self.nets, shape = restored(record, recipe, run, state)
        self.reads = features_read_by(run, record, recipe, shape)
        assert self.task.sampler is not None  # runs that make images of images are measured in translations.py
        for net in self.nets.ema.values():
            net.to(device)
        self.device, self.seed = device, record.seed
        self.stage = schedules.stage_at(recipe, state["progress"]["nimg"])
        self.channels, self.size = seen_channels(shape.channels), (shape.size[-2], shape.size[-1])
        if recipe.data.crop is not None:
            height, width = real.size_at(recipe.data.size)[-2:]
            self.whole = (height, width)
        self.depth = None if shape.flat else shape.size[0]
        self.at_once = chunk(shape.channels, shape.size)
        self.generator = self.nets.ema[self.task.sampler]
        conditional = getattr(self.generator, "conditional", False)
        self.class_counts = prior(tuple(record.data["classes"]), real, record.id) if conditional else ()
        self.classes = tuple(record.data["classes"]) if conditional else ()
        self.fingerprint, self.z_dim = record.data["fingerprint"], int(getattr(self.generator, "z_dim", 0))
        self.holds_out = "held_out" in state  # by the data's fingerprint: runs of earlier versions went by their seed
        self.says = f"{record.id} at {checkpoint.nimg_of(path) / 1000:g} kimg"

    def pixels(self, n: int) -> Iterator[Tensor]:
        count, told = volumes_for(n, self.depth), (self.class_counts, self.device)
        drawn = samples(self.task, self.nets, self.stage, self.seed, count, self.at_once, *told)
        return as_planes(drawn, n)

    def labels(self, n: int) -> Tensor | None:
        return drawn_labels(self.seed, n, self.at_once, self.class_counts) if self.class_counts else None

    def spaces(self) -> list[Space]:
        return spaces(self.generator, self.class_counts, self.nets.stage(self.stage))


class ExportSource(Source):
    """An .onnx file by onnxruntime: seeds 0 to n - 1, classes as often as the data has them."""

    def __init__(self, file: Path, real: Manifest) -> None:
        self.model = OnnxModel.open(file)
        shape = self.model.image_shape
        if len(shape) not in (3, 4) or shape[0] not in (1, 3, 4):
            raise UsageError(f"{file} makes images {list(shape)}; scores are of images [1, 3 or 4, H, W].")
        self.channels, self.size = seen_channels(shape[0]), (shape[-2], shape[-1])
        self.depth = shape[1] if len(shape) == 4 else None
        self.at_once = chunk(shape[0], shape[1:])
        self.class_counts = prior(self.model.classes, real, file.stem) if self.model.classes else ()
        self.says = f"{file.stem} on {self.model.provider}"
        self.classes, self.z_dim = self.model.classes, self.model.z_dim
        self.reads = frozenset(self.model.manifest.reads)

    def labels(self, n: int) -> Tensor | None:
        if not self.class_counts:
            return None
        shares = np.asarray(self.class_counts) / sum(self.class_counts)
        return torch.from_numpy(np.random.RandomState(0).choice(len(shares), size=n, p=shares))

    def spaces(self) -> list[Space]:
        def generate(z: Tensor, draw: Draw) -> Tensor:
            labels = draw.classes("labels", self.class_counts).cpu().numpy() if self.class_counts else None
            seeds = range(draw.step, draw.step + draw.total)
            return torch.from_numpy(self.model.generate(z.cpu().numpy(), labels, seeds=seeds)).to(z)

        return [in_z(generate)]

    def pixels(self, n: int) -> Iterator[Tensor]:
        yield from as_planes(self._drawn(volumes_for(n, self.depth)), n)

    def _drawn(self, n: int) -> Iterator[Tensor]:
        labels = self.labels(n)
        pictures = sample(self.model, range(n), None if labels is None else labels.tolist())
        while some := list(islice(pictures, self.at_once)):
            yield over_grey(torch.from_numpy(np.stack(some)).movedim(-1, 1))


def seen_channels(channels: int) -> int:
    """The channels that are looked at: of RGBA the three of its picture over grey."""
    return min(channels, 3)


def prior(classes: tuple[str, ...], real: Manifest, who: str) -> tuple[int, ...]:
    """How often each of `classes` is in the data. Raises UsageError where the data cannot tell.

    Samples of classes that are drawn evenly must not be scored against data that is not even.
    """
    if not real.classes:
        raise UsageError(
            f"{who} draws one of {len(classes)} classes; {real.name} has no labels, which say how often each is.",
            hint=f"ganstudio data show {real.name}",
        )
    if strange := [name for name in classes if name not in real.classes]:
        raise UsageError(
            f"{who} draws classes that {real.name} does not have: {', '.join(strange[:5])}. "
            f"Known there: {', '.join(real.classes[:10])}."
        )
    counts = dict(zip(real.classes, real.class_counts, strict=True))
    if not any(counts[name] for name in classes):
        raise UsageError(f"{who} draws classes of which {real.name} has no image: {', '.join(classes[:5])}.")
    return tuple(counts[name] for name in classes)


def require_same_kind(source: Source, real: Manifest) -> None:
    """Raises UsageError where images are to be compared with clips or voxel grids, or these with one another."""
    axes = source.data.manifest.axes if isinstance(source, Stored) else real.axes
    if (source.depth is None) != (real.depth is None) or axes != real.axes:
        made = "images" if source.depth is None else "clips or voxel grids"
        raise UsageError(f"{source.says} is of {made}, {real.name} holds {real.noun}: these do not compare.")
