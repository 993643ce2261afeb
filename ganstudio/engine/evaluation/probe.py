"""What a critic learned without labels: how well a linear classifier reads the labels from its features.

After Radford et al. 2015, arXiv:1511.06434, section 5.1: the last features are max-pooled to 4 x 4 or less and
flattened. The classifier is a multinomial logistic regression (of attributes one binary regression each) with an L2
penalty, trained by L-BFGS; which penalty, a fifth of its training images decide. The same is done with raw pixels and
with the features of a critic of the same architecture that learned nothing: without these two a figure says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.data.store import DataSet
from ganstudio.engine import architectures, schedules, tasks
from ganstudio.engine.contract import Condition, DataShape, Nets, Stage
from ganstudio.engine.data_shape import recorded_shape
from ganstudio.engine.draws import generator
from ganstudio.engine.evaluation.proportions import CONFIDENCE, Counted, mcnemar
from ganstudio.engine.evaluation.real_features import pixels_of
from ganstudio.engine.run_folder import checkpoint
from ganstudio.errors import UsageError
from ganstudio.progress import progress
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.record import load_record

MOST = 3000  # images that the probe learns from, and as many that it is asked about
FEWEST = 20
GRID = 4  # features are pooled to so many places a side at most
PIXELS = 32  # raw pixels are averaged down to so many a side at most
PENALTIES = (1e-1, 1e-2, 1e-3)  # times the sum of the squared weights, beside the mean loss
_AT_ONCE = 200
_STEPS = 40  # of L-BFGS
_Z = 1.959963984540054


@dataclass(frozen=True)
class Answer:
    """Which of the held-out images are right, [N] from 0 to 1: of attributes the share of an image's own."""

    right: Tensor

    def as_json(self, whole: bool) -> dict[str, Any]:
        """With Wilson's interval of classes, and the normal one of attributes, whose images are no yes or no."""
        n, mean = len(self.right), float(self.right.mean())
        if whole:
            return {"accuracy": mean, "interval": list(Counted(int(self.right.sum()), n).interval)}
        half = _Z * float(self.right.std()) / math.sqrt(n)
        return {"accuracy": mean, "interval": [mean - half, mean + half]}


def probe(run: Path, which: str, real: DataSet, n: int, device: torch.device) -> dict[str, Any]:
    """The answer of `evaluate --probe`. Raises UsageError where there are no labels, or no critic."""
    labels, names, kind = _labels(real)
    _require_channels(run, real)
    count = min(n, MOST, len(labels) // 2)
    if count < FEWEST:
        raise UsageError(f"--probe: {2 * FEWEST} labelled images are needed; {real.manifest.name} has {len(labels)}.")
    trained, fresh, recipe, told = _critics(run, which, device)
    mixed = torch.randperm(len(labels), generator=generator(0, "evaluate/probe", 0))
    learn, ask = mixed[:count].sort().values, mixed[count : 2 * count].sort().values
    size, whole = _seen_size(recipe, real)
    images = [torch.cat(list(pixels_of(real, size, rows, _AT_ONCE, whole))) for rows in (learn, ask)]
    sides = {"critic": trained, "untrained critic": fresh, "pixels": _pixels}
    answers, widths = {}, {}
    show = progress("training linear classifiers")
    for done, (name, features) in enumerate(sides.items()):
        show(done, len(sides))
        seen = [torch.cat([features(part) for part in side.split(_AT_ONCE)]) for side in images]
        widths[name] = seen[0].shape[1]
        answers[name] = Answer(_right(seen[0], labels[learn], seen[1], labels[ask], len(names)))
    show(len(sides), len(sides))
    whole_answers = kind == "classes"
    return {
        **{"kind": kind, "labels": len(names), "n": count, "confidence": CONFIDENCE},
        "probes": {name: {**one.as_json(whole_answers), "features": widths[name]} for name, one in answers.items()},
        "chance": _chance(labels[learn], labels[ask]),
        "p": {name: _p(answers["critic"], answers[name]) for name in sides if name != "critic"}
        if whole_answers
        else {},
        **{"classifier": "logistic regression", "told_labels": told},
    }


def _labels(real: DataSet) -> tuple[Tensor, tuple[str, ...], str]:
    classes, attributes = real.labels(), real.attributes()
    if classes is not None and len(real.manifest.classes) > 1:
        return torch.from_numpy(classes), real.manifest.classes, "classes"
    if attributes is not None:
        return torch.from_numpy(attributes), real.manifest.attributes, "attributes"
    raise UsageError(
        f"--probe: {real.manifest.name} has no labels to read from a critic's features.",
        hint="ganstudio data add PATH --labels FILE.csv",
    )


def _seen_size(recipe: Recipe, real: DataSet) -> tuple[tuple[int, int], tuple[int, int] | None]:
    """What the critic sees, and the whole of which that is a part, if any."""
    height, width = real.manifest.size_at(recipe.data.size)[-2:]
    crop = recipe.data.crop_size
    return (crop, (height, width)) if crop else ((height, width), None)


def _require_channels(run: Path, real: DataSet) -> None:
    """Raises UsageError where the critic reads grey pictures and these have colours, or the other way round."""
    record, there = load_record(run / RECORD), real.manifest.channels
    if (record.data["channels"] == 1) != (there == 1):
        kinds = ("grey", "coloured") if there == 1 else ("coloured", "grey")
        raise UsageError(
            f"--probe: {real.manifest.name} is {kinds[0]}, and the critic of {record.id} reads {kinds[1]} pictures.",
            hint=f"ganstudio evaluate {record.id} --probe",
        )


Features = Callable[[Tensor], Tensor]


def _critics(run: Path, which: str, device: torch.device) -> tuple[Features, Features, Recipe, bool]:
    """Features of the run's critic and of one that learned nothing; its recipe, and whether it is told labels."""
    record = load_record(run / RECORD)
    recipe = Recipe.model_validate(record.recipe)
    architecture = architectures.of_run(run, record)
    task = tasks.of(architecture, recipe)
    shape = task.seen(recorded_shape(record.data, recipe.data))
    options = architectures.options(architecture, recipe.architecture, shape)
    state = checkpoint.load(checkpoint.choose(run, which))
    stage = schedules.stage_at(recipe, state["progress"]["nimg"])
    found: list[Features] = []
    for learned in (True, False):
        torch.manual_seed(record.seed)
        nets = task.build(architecture, options, shape)
        if not nets.critics:
            raise UsageError(f"--probe: {record.id} trains no critic.")
        name, critic = next(iter(nets.critics.items()))
        if learned:
            critic.load_state_dict(state["nets"]["critics"][name])
        found.append(_features_of(critic.to(device).eval(), nets, stage, shape, device))
    told = any(getattr(net, "conditional", False) for net in nets.generators.values())
    return found[0], found[1], recipe, told


def _features_of(critic: nn.Module, nets: Nets, stage: Stage, shape: DataShape, device: torch.device) -> Features:
    """Pixels uint8 [N, C, H, W] to features [N, D] on the CPU: the last that the critic gives, else what its last layer
    reads.

    A critic that is told labels is told the same one of every image, so that none is given away.
    """
    seen: list[Tensor] = []
    layers = [one for one in critic.modules() if isinstance(one, nn.Linear | nn.Conv2d)]

    @torch.inference_mode()
    def features(pixels: Tensor) -> Tensor:
        images = pixels.to(device).float() / 127.5 - 1
        if shape.channels == 4:  # seen over grey, so that nothing is transparent any more
            images = torch.cat([images, torch.ones_like(images[:, :1])], 1)
        label = torch.full((len(images),), shape.present[0], device=device) if shape.present else None
        seen.clear()
        hook = layers[-1].register_forward_pre_hook(lambda _layer, inputs: seen.append(inputs[0]))
        try:
            output = critic(images, Condition(label), **nets.stage(stage))
        finally:
            hook.remove()
        return _pooled((output.features or seen)[-1].float()).cpu()

    return features


def _pooled(maps: Tensor) -> Tensor:
    """[N, D] of maps [N, C, H, W], max-pooled to GRID places a side; of rows [N, D] themselves."""
    if maps.dim() == 4 and max(maps.shape[2:]) > GRID:
        maps = F.adaptive_max_pool2d(maps, GRID)
    return maps.flatten(1)


def _pixels(pixels: Tensor) -> Tensor:
    images = pixels.float() / 127.5 - 1
    if max(images.shape[2:]) > PIXELS:
        images = F.adaptive_avg_pool2d(images, PIXELS)
    return images.flatten(1)


def _right(learned: Tensor, labels: Tensor, asked: Tensor, truth: Tensor, outputs: int) -> Tensor:
    """Which of `asked` [M, D] a classifier has right that learned from rows [N, D] and their labels, [M]."""
    mean, deviation = learned.mean(0), learned.std(0)
    scale = torch.where(deviation > 1e-6, deviation, torch.inf)
    learned, asked = (learned - mean) / scale, (asked - mean) / scale
    tried = torch.arange(len(learned)) % 5 == 0
    penalty = max(
        PENALTIES,
        key=lambda one: float(
            _correct(fitted(learned[~tried], labels[~tried], outputs, one), learned[tried], labels[tried]).mean()
        ),
    )
    return _correct(fitted(learned, labels, outputs, penalty), asked, truth)


def fitted(rows: Tensor, labels: Tensor, outputs: int, penalty: float) -> nn.Linear:
    """A logistic regression of labels [N], or of attributes [N, A], on rows [N, D].

    `penalty` times the sum of the weights' squares is added to the mean loss.
    """
    layer = nn.Linear(rows.shape[1], outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = layer(rows)
        if labels.dim() == 1:
            value = F.cross_entropy(logits, labels)
        else:
            value = F.binary_cross_entropy_with_logits(logits, labels.float())
        value = value + penalty * layer.weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return layer


@torch.no_grad()
def _correct(layer: nn.Linear, rows: Tensor, labels: Tensor) -> Tensor:
    logits = layer(rows)
    if labels.dim() == 1:
        return (logits.argmax(1) == labels).float()
    return ((logits > 0) == labels.bool()).float().mean(1)


def _chance(learned: Tensor, asked: Tensor) -> float:
    """How often the commonest class, or of each attribute the commoner answer, is right."""
    if learned.dim() == 1:
        return float((asked == learned.mode().values).float().mean())
    return float(((learned.float().mean(0) > 0.5) == asked.bool()).float().mean())


def _p(one: Answer, other: Answer) -> float:
    """The probability that chance alone parts the two as much, on the same images."""
    return mcnemar(int((one.right > other.right).sum()), int((other.right > one.right).sum()))
