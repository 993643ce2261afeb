"""Critics a few updates ahead, which the generator's side is judged by: unrolled GANs, Metz et al. 2017.

arXiv:1611.02163, eq. 4 to 6, with plain gradient descent as the critic's optimizer. Nothing of it stays: parameters,
batch statistics and optimizers are those of before.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ganstudio.engine.draws import Draw
from ganstudio.engine.session import Session
from ganstudio.engine.updates.term_values import term_values

Weights = dict[str, dict[str, Tensor]]


def critics_ahead(session: Session, draw: Draw) -> Weights:
    """Parameters and buffers of every critic after `recipe.unrolling.steps` updates that can be differentiated through.

    Each step draws images and latents of its own, a whole batch whatever rows this process has: so all processes and
    micro-batches are judged by the same critics.
    """
    choice = session.recipe.unrolling
    nets = session.nets.critics
    weights: Weights = {
        name: {key: value.detach().clone().requires_grad_(True) for key, value in net.named_parameters()}
        | {key: value.detach().clone() for key, value in net.named_buffers()}
        for name, net in nets.items()
    }
    update, learnable = session.progress.updates["g"], {id(parameter) for parameter in session.learnable["d"]}
    learned = [(name, key) for name, net in nets.items() for key, p in net.named_parameters() if id(p) in learnable]
    for step in range(choice.steps):
        ahead = Draw(draw.seed, f"unrolled/{step}", update, draw.total, slice(0, draw.total), draw.device)
        loss = _critics_loss(session, weights, ahead, (update * choice.steps + step) * draw.total)
        gradients = torch.autograd.grad(
            loss, [weights[name][key] for name, key in learned], create_graph=True, allow_unused=True
        )
        lr = session.value(choice.lr)
        for (name, key), gradient in zip(learned, gradients, strict=True):
            if gradient is not None:
                weights[name][key] = weights[name][key] - lr * gradient
    return weights


def _critics_loss(session: Session, weights: Weights, draw: Draw, position: int) -> Tensor:
    """What the critics' side minimizes over one batch: all of its terms but those of weights alone."""
    batch = session.batches.at("unrolled", position, draw, session.stage)
    judge = session.judge(draw, weights)
    context = replace(session.context("d", draw, batch, judge), differentiable_fakes=True)
    terms = [term for term in session.terms if term.side == "d" and term.scope != "update"]
    needs = frozenset(need for term in terms for need in term.needs)
    pairs = [judge.judge_pair(pair, needs, show_real=True) for pair in session.task.pairs(context)]
    return torch.stack([found.value for found in term_values(session, terms, context, pairs)]).sum()
