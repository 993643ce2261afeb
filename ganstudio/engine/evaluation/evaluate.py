"""`evaluate`: something that makes or holds images against a data set, in the features of one network."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from ganstudio.data.store import DataSet
from ganstudio.engine.devices import choose
from ganstudio.engine.evaluation import choice, metrics, perceptual
from ganstudio.engine.evaluation.extractors import Extractor
from ganstudio.engine.evaluation.names import score_name
from ganstudio.engine.evaluation.planes import per_volume, stamped
from ganstudio.engine.evaluation.probe import probe
from ganstudio.engine.evaluation.real_features import real_features
from ganstudio.engine.evaluation.shares.shares import Asked, shares
from ganstudio.engine.evaluation.sources import (
    Checkpoint,
    ExportSource,
    Source,
    Stored,
    require_same_kind,
    seen_channels,
)
from ganstudio.engine.evaluation.translations import evaluate_translation, makes_images_of_images
from ganstudio.errors import UsageError
from ganstudio.progress import progress
from ganstudio.units import Size

Kind = Literal["run", "model", "data"]


@dataclass(frozen=True)
class Request:
    """What is asked for: `metrics` is empty for all that can be computed, `checkpoint` is a run's."""

    kind: Kind
    target: Path
    against: Path
    resolution: Size  # of the images on both sides
    n: int
    features: str
    metrics: tuple[str, ...] = ()
    checkpoint: str = "best"
    device: str = "auto"
    diversity: bool = False
    memorized: Path | None = None  # the picture of the closest pairs
    shares: Asked | None = None
    probe: bool = False

    @property
    def alone(self) -> bool:
        """Whether no metric is asked for, but what stands beside them."""
        beside = self.diversity or self.memorized is not None or self.shares is not None or self.probe
        return not self.metrics and beside

    @property
    def of_samples(self) -> str | None:
        """What is asked for that looks at images drawn of noise alone; None where nothing is."""
        asked = {"--metrics": self.metrics, "--diversity": self.diversity, "--memorized": self.memorized}
        more = {"--shares": self.shares is not None, "--probe": self.probe}
        return next((flag for flag, given in {**asked, **more}.items() if given), None)

    @property
    def looks(self) -> bool:
        """Whether a feature network is needed; LPIPS, behind path lengths and diversity, is none of them."""
        return self.memorized is not None or not (self.alone or set(self.metrics) == {"ppl"})

    @classmethod
    def of(cls, table: dict[str, Any]) -> Request:
        """What `ganstudio evaluate` sends: paths and metrics as JSON has them."""
        paths = {key: Path(table[key]) for key in ("target", "against")}
        drawn, shares = table.get("memorized"), table.get("shares")
        side = table["resolution"]
        size = side if isinstance(side, int) else (side[0], side[1])
        return cls(
            **{
                **table,
                **paths,
                "resolution": size,
                "metrics": tuple(table["metrics"]),
                "memorized": drawn and Path(drawn),
                "shares": shares and Asked.of(shares),
            }
        )


class Compared:
    """Both sides of an evaluation: pixels as often as a metric wants them, features once."""

    def __init__(self, source: Source, real: DataSet, extractor: Extractor, n: int) -> None:
        self.source, self.data, self.extractor, self.n = source, real, extractor, n

    @cached_property
    @torch.inference_mode()
    def fake(self) -> Tensor:
        show, parts, done = progress("looking at samples"), [], 0
        show(0, self.n)
        for pixels in self.source.pixels(self.n):
            for some in pixels.split(self.extractor.batch):
                parts.append(self.extractor.features(some))
                done += len(some)
                show(done, self.n)
        return torch.cat(parts)

    @cached_property
    @torch.inference_mode()
    def real(self) -> Tensor:
        show = progress(f"looking at {self.data.manifest.name}")
        return real_features(self.data, self.source.size, self.n, self.extractor, show, self.source.whole)

    def look(self, asked: list[str]) -> None:
        """Makes the features that the metrics need: the data's, which may be kept from before, then the samples'."""
        with_data = any(metric not in ("is", "ppl") for metric in asked)
        for side in ("real", "fake") if with_data else ("fake",):
            getattr(self, side)

    @cached_property
    def logits(self) -> Tensor | None:
        return self.extractor.logits(self.fake)


def evaluate(request: Request) -> dict[str, Any]:
    """The answer of `ganstudio evaluate --json`. Raises UsageError for whatever cannot be compared."""
    began = time.perf_counter()
    real = DataSet.load(request.against)
    if request.kind == "run" and makes_images_of_images(request.target):
        if wanted := request.of_samples:
            name = request.target.name
            raise UsageError(
                f"{wanted} is of samples; {name} makes images of images, and is measured as its training is.",
                hint=f"ganstudio evaluate {name} --against {real.manifest.name}",
            )
        how = (request.features, request.n, request.device)
        return evaluate_translation(request.target, request.checkpoint, real, *how)
    if real.manifest.depth is not None and (wanted := _of_images_alone(request)):
        raise UsageError(f"{wanted} is of images; {real.manifest.name} holds {real.manifest.noun}.")
    device = choose(request.device, "fp32").device
    source = _source(request, real, device)
    require_same_kind(source, real.manifest)
    notes = list(_differences(source, real, request.looks))
    name, why = _features(request.features, source, real, device) if request.looks else (None, None)
    notes += [why] if why else []
    n = _count(request.n, source, real, notes)
    asked = [] if request.alone else _asked(request, name, n, notes)
    sides = Compared(source, real, stamped(choice.load(name, device, 2 * n), real.manifest.axes), n) if name else None
    if sides and "fid" in asked and (few := metrics.too_few(n, sides.extractor.dim)):
        notes.append(few)
    found = _measured(asked, source, sides, n, device)
    beside: dict[str, Any] = {"diversity": None, "memorized": None, "shares": None, "probe": None}
    if request.shares:
        beside["shares"] = shares(source, real, n, request.shares)
    if request.probe:
        beside["probe"] = probe(request.target, request.checkpoint, real, n, device)
    if request.diversity:
        beside["diversity"] = perceptual.spread(source, real, n, device)
    if request.memorized and sides:
        beside["memorized"] = perceptual.learned_by_heart(source, real, sides.extractor, sides.fake, request.memorized)
    return {
        "target": source.says,
        "against": real.manifest.name,
        "features": sides.extractor.stamp if sides else None,
        "n": n,
        "metrics": {name: value.value for name, value in found.items()},
        "sd": {name: value.sd for name, value in found.items() if value.sd is not None},
        **beside,
        "seconds": time.perf_counter() - began,
        "notes": notes,
    }


def _of_images_alone(request: Request) -> str | None:
    """What is asked for that looks at no clips and voxel grids; None where all of it does, by their planes."""
    asked = {
        "--diversity": request.diversity,
        "--memorized": request.memorized,
        **{"--shares": request.shares, "--probe": request.probe},
        "--metrics ppl": "ppl" in request.metrics,
    }
    return next((flag for flag, given in asked.items() if given), None)


def _measured(
    asked: list[str], source: Source, sides: Compared | None, n: int, device: torch.device
) -> dict[str, metrics.Value]:
    """The values of the metrics by the names that scores have."""
    found: dict[str, metrics.Value] = {}
    if sides and set(asked) - {"ppl"}:
        sides.look(asked)
    show = progress("comparing features")
    for done, metric in enumerate(asked):
        show(done, len(asked))
        if metric == "ppl":
            found |= perceptual.paths(source, n, device)
        elif sides:
            values = metrics.measure(metric, sides)
            found |= {score_name(measure, sides.extractor.stamp, n): value for measure, value in values.items()}
    show(len(asked), len(asked))
    return found


def _source(request: Request, real: DataSet, device: torch.device) -> Source:
    match request.kind:
        case "run":
            return Checkpoint(request.target, request.checkpoint, real.manifest, device)
        case "model":
            return ExportSource(request.target, real.manifest)
        case "data":
            return Stored(DataSet.load(request.target), request.resolution)


def _differences(source: Source, real: DataSet, distances: bool) -> list[str]:
    """What is not alike in the two sides and is seen alike all the same."""
    manifest, notes = real.manifest, []
    if source.channels != seen_channels(manifest.channels):
        grey, colour = ("it", manifest.name) if source.channels == 1 else (manifest.name, "it")
        notes.append(f"{grey} is grey and {colour} has colours: grey is seen as three equal channels")
    if distances and isinstance(source, Stored) and source.data.manifest.fingerprint == manifest.fingerprint:
        notes.append("both sides are the same images: a distance between them is 0")
    return notes


def _features(asked: str, source: Source, real: DataSet, device: torch.device) -> tuple[str, str | None]:
    """The network's name, and why where it was left open. Raises UsageError where it cannot look at these images."""
    channels = max(source.channels, seen_channels(real.manifest.channels))
    if asked == "auto":
        name, why = choice.auto(channels, max(source.size), device, live=False, read=source.reads)
        if name is None:
            raise UsageError(f"--features auto: {why}.")
        return name, why
    if refusal := choice.refusal(asked, channels, max(source.size), source.reads):
        raise UsageError(f"--features {asked}: {refusal}", hint="--features auto")
    return asked, None


def _count(asked: int, source: Source, real: DataSet, notes: list[str]) -> int:
    """How many images each side has: what is asked, or what the smaller side has."""
    manifest = real.manifest
    there = {manifest.name: manifest.count * per_volume(manifest.depth)}
    if source.most is not None:
        there |= {source.says: source.most}
    n = min(asked, *there.values())
    if n < asked:
        short = " and ".join(f"{name} has {count:,}" for name, count in there.items() if count < asked)
        notes.append(f"{asked:,} images were asked for; {short}: {n:,} are compared on each side")
    return n


def _asked(request: Request, features: str | None, n: int, notes: list[str]) -> list[str]:
    """The metrics to compute of `n` images: those given, each of which must be possible, else all that are."""
    kept, given = [], request.metrics
    for metric in given or metrics.METRICS:
        problem = _problem(metric, features, n)
        if problem is None:
            kept.append(metric)
        elif given:
            possible = [one for one in metrics.METRICS if _problem(one, features, n) is None]
            raise UsageError(f"--metrics {metric}: {problem}. Possible: {', '.join(possible) or 'none'}.")
        else:
            notes.append(f"no {metric}: {problem}")
    if not kept:
        more = "--n 10000" if n == request.n else None  # else the smaller side has no more
        raise UsageError(f"{n} images on each side are too few for any metric.", hint=more)
    return kept


def _problem(metric: str, features: str | None, n: int) -> str | None:
    if n < metrics.LEAST[metric]:
        return f"needs {metrics.LEAST[metric]:,} images on each side, there are {n:,}"
    if metric == "is" and features in choice.WITHOUT_CLASSES:
        return f"{features} has no classes to be sure of"
    return None
