"""One adversarial update of one side, over micro-batches and processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from ganstudio.engine.augmentation.diffaugment import augment
from ganstudio.engine.contract import Batch, Condition, CriticOutput, Judged, Pair, Side, Stage
from ganstudio.engine.draws import Draw, reseed
from ganstudio.engine.regularizers.penalty import Evidence, Regularizer
from ganstudio.engine.session import Session

WATCHED = 32  # updates of a side from one look at how far they move its parameters to the next


def iterate(session: Session) -> Iterator[tuple[Side, dict[str, Tensor]]]:
    """One iteration: the critic's updates, the generator's, the average. Yields each update's side and scalars."""
    training = session.recipe.training
    sides: list[tuple[Side, int]] = [("d", training.critic_steps), ("g", training.generator_steps)]
    for side in (side for side, steps in sides for _ in range(steps)):
        yield side, update(session, side)
    session.progress.nimg += training.batch * training.critic_steps
    session.average()


def update(session: Session, side: Side) -> dict[str, Tensor]:
    """Moves one side's networks once. Scalars by name come back: losses, penalties, logits, the gradient norm."""
    progress, training = session.progress, session.recipe.training
    due = [p for p in session.penalties if p.side == side and progress.updates[side] % p.every == 0]
    rows = session.world.rows(training.batch)
    device = session.compute.device
    reseed(device, session.seed, f"train/{side}/rank {session.world.rank}", progress.updates[side])
    draw = Draw(session.seed, f"train/{side}", progress.updates[side], training.batch, rows, device)
    stage = session.stage
    batch = None
    if session.task.needs_real(side) or (side == "g" and session.objective.needs_real) or _asks("real", due):
        batch = session.batches.at(side, progress.positions[side], draw, stage)
        progress.positions[side] += training.batch
    _only_this_side_learns(session, side)
    session.optimizers[side].zero_grad(set_to_none=True)
    values: dict[str, Tensor] = {}
    observed: dict[str, Tensor] = {}
    for part in _parts(rows.stop - rows.start, training.micro_batch):
        weight = (part.stop - part.start) / (rows.stop - rows.start)
        total, found, seen = _losses(session, side, due, batch and batch.rows(part), draw.narrowed(part), stage)
        session.scalers[side].scale(weight * total).backward()
        _accumulate(values, found, weight)
        _accumulate(observed, seen, weight)
    watched = session.progress.updates[side] % WATCHED == 0
    before = [p.detach().clone() for p in session.learnable[side]] if watched else []
    if (norm := _step(session, side)) is not None:
        values[f"grad_norm_{side}"] = norm
    if watched:
        values[f"update_ratio_{side}"] = _moved(before, session.learnable[side])
    session.world.mean(list(observed.values()))
    for penalty in due:
        mine = {k.removeprefix(f"{penalty.name}/"): v for k, v in observed.items() if k.startswith(f"{penalty.name}/")}
        penalty.observe(session.penalty_state[penalty.name], mine)
    progress.updates[side] += 1
    if side == "d":
        session.adapt(values["sign_real"])
    return values


def _losses(
    session: Session, side: Side, due: list[Regularizer], batch: Batch | None, draw: Draw, stage: Stage
) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
    """The sum to minimize over one micro-batch, every scalar by name, and what the penalties observed."""
    # gradients of gradients underflow in fp16; bf16 was seen to lose none
    mixed = session.compute.precision != "fp16" or not due
    with session.compute.autocast(enabled=mixed):
        pairs = session.task.pairs(session.nets, batch, draw, stage, side, session.task_state)
        outputs = [_judge(session, pair, side, due, draw, stage) for pair in pairs]
        values = _adversarial(session, side, outputs, draw)
        minimized = [values[side]]
        for name, loss in session.task.auxiliary(session.nets, batch, pairs, outputs, side).items():
            values[f"{side}_{name}"] = loss.mean()
            minimized.append(values[f"{side}_{name}"])
        observed: dict[str, Tensor] = {}
        for penalty in due:
            state = session.penalty_state[penalty.name]
            for judged in outputs:
                critic = _critic(session, judged.pair.critic, draw, stage)
                found = penalty(Evidence(judged, critic, draw, state))
                value = found.value.mean()
                name = f"penalty_{penalty.name}"
                values[name] = values.get(name, 0.0) + value
                minimized.append(value * penalty.every)
                observed |= {f"{penalty.name}/{k}": v for k, v in found.observed.items()}
    return torch.stack(minimized).sum(), values, observed


def _judge(session: Session, pair: Pair, side: Side, due: list[Regularizer], draw: Draw, stage: Stage) -> Judged:
    """Real and fake go through the critic in separate calls: together they would share batch statistics."""
    critic = _critic(session, pair.critic, draw, stage)
    if _asks("real_grad", due):
        pair.real.requires_grad_(True)
    if _asks("fake_grad", due):
        pair.fake.requires_grad_(True)
    real = None
    if pair.real is not None and (side == "d" or session.objective.needs_real or _asks("real", due)):
        with torch.set_grad_enabled(side == "d" or session.objective.needs_real):
            real = critic(pair.real, pair.condition, "real")
    return Judged(pair, critic(pair.fake, pair.condition, "fake"), real)


def _critic(session: Session, name: str, draw: Draw, stage: Stage) -> Callable[[Tensor, Condition, str], CriticOutput]:
    """The critic that the loop calls: D after augmentation."""

    def call(images: Tensor, condition: Condition, purpose: str) -> CriticOutput:
        augmentation, p = session.recipe.augmentation, session.augment_p
        if augmentation is not None:
            images = augment(images, augmentation.policy, p, draw, purpose)
            if condition.images is not None:
                shared = augment(condition.images, augmentation.policy, p, draw, purpose)
                condition = Condition(condition.labels, shared)
        return session.nets.critics[name](images, condition, **session.nets.stage(stage))

    return call


def _adversarial(session: Session, side: Side, outputs: list[Judged], draw: Draw) -> dict[str, Tensor]:
    """The objective of a side, summed over pairs and averaged over scales, under the side's own name."""
    values: dict[str, Tensor] = {}
    for judged in outputs:
        reals = judged.real.scales if judged.real else (None,) * len(judged.fake.scales)
        scales = [
            session.objective.discriminator(real.float(), fake.float(), draw)
            if side == "d"
            else session.objective.generator(fake.float(), None if real is None else real.float())
            for real, fake in zip(reals, judged.fake.scales, strict=True)
        ]
        loss = torch.stack([s.mean() for s in scales]).mean()
        found = {side: loss} | (_watch(session, judged, len(outputs)) if side == "d" else {})
        values |= {name: values.get(name, 0.0) + value for name, value in found.items()}
        if len(outputs) > 1:
            values[f"{side}_{judged.pair.critic}"] = loss
    return values


@torch.no_grad()
def _watch(session: Session, judged: Judged, pairs: int) -> dict[str, Tensor]:
    """Mean logits of real and fake, their sigmoid where it means a probability, and the sign that adaptation reads.

    `d_auc` is the share of (real, fake) pairs that the critic puts in the right order (of micro-batches, and of
    processes, the mean over their own pairs), `d_accuracy` the share of images that it takes for what they are.
    """
    real, fake = judged.real.mean_logits(), judged.fake.mean_logits()
    watched = {"d_real": real.mean(), "d_fake": fake.mean(), "sign_real": real.sign().mean()}
    watched["d_auc"] = ordered(real, fake)
    if session.objective.probabilistic:
        watched |= {"p_real": real.sigmoid().mean(), "p_fake": fake.sigmoid().mean()}
    if (limit := session.objective.threshold) is not None:
        watched["d_accuracy"] = ((real > limit).float().mean() + (fake < limit).float().mean()) / 2
    return {name: value / pairs for name, value in watched.items()}


def ordered(high: Tensor, low: Tensor) -> Tensor:
    """The share of pairs of `high` [N] and `low` [M] in which the first is larger; a tie is half a pair."""
    apart = high[:, None] - low[None]
    return (apart.sign().mean() + 1) / 2


def _step(session: Session, side: Side) -> Tensor | None:
    """Gradients averaged over processes, one optimizer step, constraints. The gradient's norm before the step.

    None where fp16 overflowed: the scaler then skips the step and lowers its scale, as it is meant to now and again.
    """
    optimizer, scaler = session.optimizers[side], session.scalers[side]
    gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    session.world.mean(gradients)
    scaler.unscale_(optimizer)
    norm = torch.nn.utils.get_total_norm(gradients)
    scaler.step(optimizer)
    scaler.update()
    if side == "d":
        for constraint in session.constraints:
            constraint.after_step(session.nets.critics)
    return None if scaler.is_enabled() and not norm.isfinite() else norm


@torch.no_grad()
def _moved(before: list[Tensor], after: Sequence[Tensor]) -> Tensor:
    """How far an update moved a side's parameters, as a share of their norm."""
    norm = torch.nn.utils.get_total_norm
    return norm(torch._foreach_sub(before, list(after))) / norm(before).clamp_min(1e-12)


def _only_this_side_learns(session: Session, side: Side) -> None:
    """Freezing the critic spares the generator's update every gradient of a critic weight."""
    for name, parameters in session.learnable.items():
        for parameter in parameters:
            parameter.requires_grad_(name == side)


def _asks(need: str, due: list[Regularizer]) -> bool:
    return any(need in penalty.needs for penalty in due)


def _parts(count: int, micro: int | None) -> list[slice]:
    size = micro or count
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


@torch.no_grad()
def _accumulate(totals: dict[str, Tensor], values: dict[str, Tensor], weight: float) -> None:
    for name, value in values.items():
        totals[name] = totals.get(name, 0.0) + value.detach() * weight
