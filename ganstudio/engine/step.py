"""One update of one side, over micro-batches and processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ganstudio.engine.contract import Batch, JudgedPair, Pair, Side, StepContext
from ganstudio.engine.draws import Draw, reseed
from ganstudio.engine.session import ALL, Session
from ganstudio.engine.terms.term import ASKS_CRITIC, DIFFERENTIATES_TWICE, Need, Term
from ganstudio.engine.updates import unrolling
from ganstudio.engine.updates.judging import Judge
from ganstudio.engine.updates.report import UpdateReport, add, critic_signals, sign_of_real
from ganstudio.engine.updates.term_values import term_values, weighted

WATCHED = 32  # updates of a side from one look at how far they move its parameters to the next

Observations = dict[tuple[str, str], dict[str, Tensor]]  # by term and critic


def iterate(session: Session) -> Iterator[UpdateReport]:
    """One iteration: the critic's updates, the generator's, the average. Yields what each update says of itself."""
    training = session.recipe.training
    critics = session.critics_train
    steps: list[tuple[Side, int]] = [("d", training.critic_steps if critics else 0), ("g", training.generator_steps)]
    sides = [side for side, count in steps for _ in range(count)]
    fakes: list[list[Pair]] = []  # of the critic's last update, for the generator's first
    for side, following in zip(sides, [*sides[1:], None], strict=True):
        keep = training.reuse_fakes and (side, following) == ("d", "g")
        made: list[list[Pair]] = []
        yield update(session, side, made if keep else None, fakes)
        fakes = made
    images = training.batch * (training.critic_steps if critics else training.generator_steps)
    session.progress.nimg += images
    session.average(images)


def update(
    session: Session, side: Side, made: list[list[Pair]] | None = None, fakes: Sequence[list[Pair]] = ()
) -> UpdateReport:
    """Moves one side's networks once.

    `made` receives the pairs of each micro-batch, their fakes with a graph; `fakes` are such pairs, which this update
    takes instead of new ones.
    """
    progress = session.progress
    session.tune()
    step = _Step.of(session, side, made, fakes)
    _learning(session, {side, "g"} if made is not None else {side})
    session.optimizers[side].zero_grad(set_to_none=True)
    report = UpdateReport(side)
    observations: Observations = defaultdict(dict)
    for number, part in enumerate(step.parts):
        weight = (part.stop - part.start) / (step.draw.rows.stop - step.draw.rows.start)
        total = _losses(step, number, part, weight, report, observations)
        if total is not None:
            session.scalers[side].scale(weight * total).backward()
    _weights_alone(step, report, observations)
    watched = progress.updates[side] % WATCHED == 0
    before = [p.detach().clone() for p in session.learnable[side]] if watched else []
    report.grad_norm = _step(session, side)
    if watched:
        report.update_ratio = _moved(before, session.learnable[side])
    _observe(step, observations)
    progress.updates[side] += 1
    if report.sign_real is not None:
        session.adapt(report.sign_real)
    return report


@dataclass(frozen=True)
class _Step:
    """What is the same for all micro-batches of an update."""

    session: Session
    side: Side
    due: list[Term]
    draw: Draw
    batch: Batch | None
    parts: list[slice]
    made: list[list[Pair]] | None
    fakes: Sequence[list[Pair]]
    needs: frozenset[Need] = field(default=frozenset())

    @staticmethod
    def of(session: Session, side: Side, made: list[list[Pair]] | None, fakes: Sequence[list[Pair]]) -> _Step:
        """Draws the batch of real images, where anything of this side asks for one."""
        progress, training, device = session.progress, session.recipe.training, session.compute.device
        due = session.due(side)
        needs = frozenset(need for term in due for need in term.needs)
        rows = session.world.rows(training.batch)
        reseed(device, session.seed, f"train/{side}/rank {session.world.rank}", progress.updates[side])
        draw = Draw(session.seed, f"train/{side}", progress.updates[side], training.batch, rows, device)
        batch = None
        if not fakes and (session.task.reads(side) or "real" in needs):
            batch = session.batches.at(side, progress.positions[side], draw, session.stage)
            progress.positions[side] += training.batch
        parts = _parts(rows.stop - rows.start, training.micro_batch)
        return _Step(session, side, due, draw, batch, parts, made, fakes, needs)

    def context(self, part: slice) -> tuple[StepContext, Judge]:
        """What tasks and terms are called with for this part of the rows, and the critics."""
        session, draw = self.session, self.draw.narrowed(part)
        weights = None
        if self.side == "g" and session.recipe.unrolling is not None and self.needs & ASKS_CRITIC:
            weights = unrolling.critics_ahead(session, draw)
        judge = session.judge(draw, weights)
        context = session.context(self.side, draw, self.batch and self.batch.rows(part), judge)
        return replace(context, differentiable_fakes=self.side == "g" or self.made is not None), judge


def _losses(
    step: _Step, number: int, part: slice, weight: float, report: UpdateReport, observations: Observations
) -> Tensor | None:
    """The sum to minimize over one micro-batch, which is `weight` of the update; None where nothing is.

    What it says goes into the report.
    """
    session, side = step.session, step.side
    # gradients of gradients underflow in fp16, those of critics that are looked ahead too; bf16 was seen to lose none
    twice = bool(step.needs & DIFFERENTIATES_TWICE) or (side == "g" and session.recipe.unrolling is not None)
    mixed = session.compute.precision != "fp16" or not twice
    with session.compute.autocast(enabled=mixed):
        context, judge = step.context(part)
        pairs = _judged(step, number, context, judge)
        minimized = []
        for term, critic, calls, result, value in term_values(session, step.due, context, pairs):
            minimized.append(value if term.every == 1 else value * term.every)
            _report(report, term, critic if len(calls) > 1 else None, value, weight)
            add(observations[term.name, critic], result.observed, weight / calls.count(critic))
        if side == "d" and "critic" in step.needs:
            for pair in pairs:
                add(report.signals, critic_signals(session.objective, pair), weight / len(pairs))
                sign = sign_of_real(session.objective, pair) * (weight / len(pairs))
                report.sign_real = sign if report.sign_real is None else report.sign_real + sign
    return torch.stack(minimized).sum() if minimized else None


def _judged(step: _Step, number: int, context: StepContext, judge: Judge) -> list[JudgedPair]:
    """The task's pairs of one micro-batch with the critics' answers, where a term that is due asks for these."""
    pairs = list(step.fakes[number]) if step.fakes else step.session.task.pairs(context)
    if step.made is not None:
        step.made.append([replace(pair, real=None if pair.real is None else pair.real.detach()) for pair in pairs])
        pairs = [replace(pair, fake=pair.fake.detach()) for pair in pairs]
    if not step.needs & ASKS_CRITIC:
        return [JudgedPair(pair) for pair in pairs]
    show_real = step.side == "d" or any({"real", "critic"} <= term.needs for term in step.due)
    return [judge.judge_pair(pair, step.needs, show_real) for pair in pairs]


def _report(report: UpdateReport, term: Term, critic: str | None, value: Tensor, weight: float) -> None:
    """Adds a term's value; an objective's under its side's name, and by critic where there are several."""
    match term.group:
        case "adversarial":
            add(report.losses, {report.side: value}, weight)
            if critic is not None:
                add(report.losses, {f"{report.side}_{critic}": value}, weight)
        case "losses":
            add(report.losses, {f"{report.side}_{term.name}": value}, weight)
        case "penalties":
            add(report.penalties, {term.name: value}, weight)


def _weights_alone(step: _Step, report: UpdateReport, observations: Observations) -> None:
    """The terms that look at no images: once an update, after its micro-batches."""
    session, side = step.session, step.side
    if not (terms := [term for term in step.due if term.scope == "update"]):
        return
    context = session.context(side, step.draw, None, None)
    values = []
    for term in terms:
        result = term(replace(context, memory=session.memory[side][term.name][ALL]), [])
        if result is None:
            continue
        value = weighted(context, term, result)
        values.append(value * term.every)
        _report(report, term, None, value, 1.0)
        add(observations[term.name, ALL], result.observed, 1.0)
    if values:
        session.scalers[side].scale(torch.stack(values).sum()).backward()


def _observe(step: _Step, observations: Observations) -> None:
    """Hands each term what the whole update observed, over all processes, for its memory of that critic."""
    step.session.world.mean([value for values in observations.values() for value in values.values()])
    for term in step.due:
        for critic, memory in step.session.memory[step.side][term.name].items():
            if (term.name, critic) in observations:
                term.observe(memory, observations[term.name, critic])


def _step(session: Session, side: Side) -> Tensor | None:
    """Gradients averaged over processes, one optimizer step, constraints. The gradient's norm before the step.

    None where fp16 overflowed: the scaler then skips the step and lowers its scale, as it is meant to now and again.
    """
    optimizer, scaler = session.optimizers[side], session.scalers[side]
    gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    if not gradients:  # nothing was minimized, and a scaler takes no step without gradients
        return torch.zeros((), device=session.compute.device)
    session.world.mean(gradients)
    scaler.unscale_(optimizer)
    norm = torch.nn.utils.get_total_norm(gradients)
    scaler.step(optimizer)
    scaler.update()
    if side == "d":
        for constraint in session.constraints:
            constraint.after_step(session.nets.critics, session.value)
    return None if scaler.is_enabled() and not norm.isfinite() else norm


@torch.no_grad()
def _moved(before: list[Tensor], after: Sequence[Tensor]) -> Tensor:
    """How far an update moved a side's parameters, as a share of their norm."""
    norm = torch.nn.utils.get_total_norm
    return norm(torch._foreach_sub(before, list(after))) / norm(before).clamp_min(1e-12)


def _learning(session: Session, sides: Collection[Side]) -> None:
    """Freezes the other side: the generator's update is spared every gradient of a critic weight."""
    for side, parameters in session.learnable.items():
        for parameter in parameters:
            parameter.requires_grad_(side in sides)


def _parts(count: int, micro: int | None) -> list[slice]:
    size = micro or count
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
