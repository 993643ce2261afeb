"""What a label does: how far it changes a picture, and whether the critic minds a wrong one. For `diagnose`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ganstudio.engine.contract import CriticOutput, Nets, Stage
from ganstudio.engine.draws import Draw
from ganstudio.engine.tasks.task import Task

LEAST = 0.05  # of the data's mean distance: what another latent changes is taken to be no less


def turns(present: Sequence[int], count: int, device: torch.device) -> Tensor:
    """`count` labels, the classes that have images in turn."""
    return torch.tensor(present, device=device)[torch.arange(count, device=device) % len(present)]


def others(labels: Tensor, present: Sequence[int]) -> Tensor:
    """For each label the class after it, of those that have images."""
    classes = torch.tensor(sorted(present), device=labels.device)
    return classes[(torch.searchsorted(classes, labels) + 1) % len(classes)]


def pictures(task: Task, nets: Nets, draw: Draw, stage: Stage, present: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Samples, those of the same latents with other labels, and those of other latents with the same labels."""
    labels = turns(present, draw.total, draw.device)
    elsewhere = replace(draw, scope=f"{draw.scope}/other")
    asked = ((draw, labels), (draw, others(labels, present)), (elsewhere, labels))
    made = [task.generate(nets, drawn, stage, told, None).float() for drawn, told in asked]
    return made[0], made[1], made[2]


def effect(samples: Tensor, relabelled: Tensor, redrawn: Tensor, spread: float) -> float:
    """How far another label moves a sample, over how far another latent does; all are small pictures [N, D].

    `spread` is the data's mean distance: where latents change nothing either, it says what next to nothing is.
    """
    by_label, by_latent = ((samples - other).norm(dim=1).mean().item() for other in (relabelled, redrawn))
    return by_label / max(by_latent, LEAST * spread)


def listens(answer: Callable[[Tensor], CriticOutput], labels: Tensor, present: Sequence[int]) -> float:
    """How often a critic's answer to an image suits its own label more than another: 0.5 is not at all.

    `answer` is what it answers to the same images where it is told these labels.
    """
    own, other = (_suits(answer(told), told) for told in (labels, others(labels, present)))
    return ((own - other).sign().mean().item() + 1) / 2


def _suits(output: CriticOutput, labels: Tensor) -> Tensor:
    """What a critic says of an image and its label, [N]: by the head that names classes, or by its logits."""
    if "classes" in output.heads:
        return output.heads["classes"].float().gather(1, labels[:, None])[:, 0]
    if {"directions", "proxies"} <= output.heads.keys():
        return (output.heads["directions"] * output.heads["proxies"]).float().sum(1)
    return output.mean_logits()
