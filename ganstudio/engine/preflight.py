"""What can be known to fail before anything is trained, and what the user should know of a recipe."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor

from ganstudio.engine.architectures._contract_changes import HEADS
from ganstudio.engine.averages.exponential import spectral_norms
from ganstudio.engine.batches import HELD_TELLING, held_count
from ganstudio.engine.contract import CriticOutput, StyleGenerator
from ganstudio.engine.layers.codes import room
from ganstudio.engine.layers.minibatch_stddev import uneven_groups
from ganstudio.engine.preparation.trial_pairs import trial_pairs
from ganstudio.engine.session import Session
from ganstudio.engine.styled_batches import conversions
from ganstudio.engine.terms.term import ASKS_CRITIC, Need
from ganstudio.errors import RecipeError, UsageError, nearest_number
from ganstudio.recipe.allowed_values import divisors, halvings, sharing_fault
from ganstudio.recipe.augmentation import OF_IMAGES
from ganstudio.recipe.load import conflicts
from ganstudio.units import both_texts


def check_recipe(session: Session, processes: int | None = None) -> None:
    """Raises RecipeError with every combination that cannot work, in its own or in so many processes."""
    if problems := list(_problems(session, processes or session.world.size)):
        raise RecipeError(problems)


def _problems(session: Session, processes: int) -> Iterator[str]:
    recipe, nets, shape = session.recipe, session.nets, session.shape
    if uneven := sharing_fault(recipe.training.batch, processes):
        yield uneven
    yield from conflicts(recipe)  # a run of an earlier version may hold what a new one may not
    yield from _cut_groups(session, processes)
    share, manifest = recipe.data.held_out, session.data.manifest
    least = session.task.needs.least_held
    whole, noun = (manifest.pictures, "pictures") if manifest.pictures else (manifest.count, "images")
    if held_count(manifest, share, least) >= whole:
        most = next(legal for legal in (0.99, 0.9, 0.5, 0.0) if held_count(manifest, legal, least) < whole)
        yield f"data.held_out: {share:g} of {whole:,} {noun} leaves none to train on. Nearest: {most:g}."
    elif not all(map(len, session.batches.domains)):
        yield f"data.held_out: {share:g} leaves a domain without an image to train on. Nearest: 0."
    asked = {term.name for term in session.terms}
    normalized = any(isinstance(m, nn.modules.batchnorm._BatchNorm) for c in nets.critics.values() for m in c.modules())
    if "gradient_penalty" in asked and normalized:
        yield (
            "regularizers.gradient_penalty: the critic has batch norm, which makes one sample's gradient depend on the "
            "others. Nearest: architecture.critic_norm=none."
        )
    styled = all(isinstance(g, StyleGenerator) for g in nets.generators.values())
    if "path_length" in asked and not styled:
        yield "regularizers.path_length: needs a generator with styles (mapping and synthesis); this one has none."
    yield from _unmixable(session)
    if not session.critics_train and not any(t.side == "g" and not t.needs & ASKS_CRITIC for t in session.terms):
        key = "objective.weight" if recipe.training.critic_steps else "training.critic_steps"
        yield f"{key}: at 0 the task's own losses alone teach the generator, and this task has none. Nearest: 1."
    if recipe.training.reuse_fakes and session.task.reads("g"):
        yield "training.reuse_fakes: this task's generator learns from real images of its own. Nearest: false."
    if recipe.unrolling and session.task_state:
        yield "unrolling: this task remembers earlier fakes, which looking ahead would change. Nearest: none."
    if not session.shape.flat and (why := session.task.excused.get("volumes")):
        yield f"task: {why} Nearest: synthesis."
    if recipe.augmentation and not session.shape.flat and (flat := OF_IMAGES & set(recipe.augmentation.policy)):
        yield f"augmentation.policy: {', '.join(sorted(flat))} change images, no clips or grids. Nearest: translation."
    if recipe.growth and not session.shape.flat:
        yield "growth: clips and voxel grids do not grow. Nearest: none."
    if recipe.growth and session.shape.flat and recipe.growth.start not in (legal := halvings(shape.size)):
        yield (  # the short side doubles as the recipe says; the long one is the data's
            f"growth.start: both sides must halve down to it, of {both_texts(shape.size)}; got {recipe.growth.start}. "
            f"Nearest: {nearest_number(recipe.growth.start, legal)}."
        )
    if recipe.growth and not nets.staged:
        yield "growth: these networks do not grow. Nearest: none."
    if recipe.growth and (why := session.task.excused.get("growth")):
        yield f"growth: {why} Nearest: none."


def _unmixable(session: Session) -> Iterator[str]:
    """A sentence where styles are to be mixed in generators that have none, or one layer of them."""
    if getattr(session.recipe.task, "style_mixing", 0.0) == 0.0:
        return
    nets = session.nets.generators.values()
    if not all(isinstance(net, StyleGenerator) and net.ws_shape[0] > 1 for net in nets):
        yield (
            "task.style_mixing: needs a generator with styles (mapping and synthesis) for two layers or more; this one "
            "has none. Nearest: 0."
        )


def _cut_groups(session: Session, processes: int) -> Iterator[str]:
    """A sentence where a group of samples that a critic compares would not fit into what it sees at once."""
    training, critics = session.recipe.training, session.nets.critics.values()
    rows, micro = training.batch // processes, training.micro_batch
    told = "minibatch stddev compares {0} images with one another"
    for group in uneven_groups(critics, rows):
        step = group * processes
        nearest = max(round(training.batch / step), 1) * step
        there = f", in {processes} processes" if processes > 1 else ""
        yield f"training.batch: {told.format(group)}; got {training.batch}{there}. Nearest: {nearest}."
        return
    for group in uneven_groups(critics, micro or rows):
        legal = sorted(count for count in divisors(rows) if count % group == 0)
        nearest = nearest_number(micro or rows, legal)
        yield f"training.micro_batch: {told.format(group)}; got {micro}. Nearest: {nearest}."
        return


@torch.no_grad()
def check_networks(session: Session, file: Path | None) -> None:
    """Calls every network once, on two samples in eval mode. Raises UsageError where an answer breaks the contract.

    `file` is the user's own architecture; what it raises is shown with its line. Nothing that is trained changes.
    """
    from ganstudio.engine.architectures import located

    name = file.name if file else session.recipe.architecture.id
    try:
        for problem in _answers(session):
            raise UsageError(f"{name}: {problem}", hint="ganstudio check FILE.py" if file else None)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(f"{name}: {located(error, file) if file else error}") from error
    finally:
        for net in (*session.nets.generators.values(), *session.nets.critics.values()):
            net.train()


def _answers(session: Session) -> Iterator[str]:
    nets, shape, stage = session.nets, session.shape, session.stage
    for net in (*nets.generators.values(), *nets.critics.values()):
        net.eval()
    height, width = (side // stage.factor for side in shape.size[-2:])
    wanted = (2, shape.channels, *shape.size[:-2], height, width)
    yield from session.task.network_problems(nets)
    for pair in trial_pairs(nets, session.recipe, session.task, session.batches, stage):
        if not _is_of_size(tuple(pair.fake.shape), wanted):
            yield f"the generator must return images {list(wanted)}; got {list(pair.fake.shape)}."
        has_values = not isinstance(pair.fake, FakeTensor)
        if has_values and not pair.fake.abs().max() <= 1.001:  # which NaN is not either
            yield f"the generator must return images in [-1, 1]; got one of {pair.fake.abs().max():.2f}."
        for images, condition in ((pair.fake, pair.condition), (pair.real, pair.condition_of_real)):
            if images is not None:
                output = nets.critics[pair.critic](images, condition, **nets.stage(stage))
                yield from _faults_of_answer(output, {need for term in session.terms for need in term.needs})
                taken = room(session.task.codes)
                if taken and getattr(output.heads.get("codes"), "shape", None) != (2, taken):
                    yield f"the generator has codes: the critic must answer heads={{'codes': ...}}, [N, {taken}]."


def _is_of_size(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether fakes have the data's shape; of clips a critic of frames may be shown fewer of these."""
    some = len(shape) == len(wanted) == 5 and 0 < shape[2] < wanted[2]
    return shape == wanted or (some and shape[:2] + shape[3:] == wanted[:2] + wanted[3:])


def _faults_of_answer(output: CriticOutput, needs: Collection[Need]) -> Iterator[str]:
    """What is wrong with a critic's answer to two images, of which terms ask `needs`."""
    if not isinstance(output, CriticOutput):
        yield f"the critic must return a CriticOutput; got {type(output).__name__}."
    if not isinstance(output.features, tuple):
        got = type(output.features).__name__
        yield f"the critic's features must be a tuple; got {got}. The contract has changed; write {HEADS}."
    if any(len(scale) != 2 for scale in output.scales):
        yield f"the critic's logits must be [N, ...]; got {[list(s.shape) for s in output.scales]} for 2 images."
    if "features" in needs and not output.features:
        yield "regularizers.feature_matching: the critic returns no features."


def notes(session: Session, processes: int | None = None) -> list[str]:
    """Sentences that a dry run and the `started` event carry; of its own or of so many processes."""
    processes = processes or session.world.size
    found = list(session.compute.notes)
    training = session.recipe.training
    found += session.data.manifest.size_notes(session.recipe.data.size)
    found += conversions(session.data) if session.task.needs.styles else []
    split = [
        *(["micro-batches"] if training.micro_batch and training.micro_batch < training.batch else []),
        *([f"{processes} processes"] if processes > 1 else []),
    ]
    whole = list(whole_batch_terms(session))
    if split and whole:
        found.append(f"with {' and '.join(split)} the update differs from a whole batch's: {', '.join(whole)}")
    if session.task.sampler and (few := _few_held_out(session)):
        found.append(few)
    return found


def _few_held_out(session: Session) -> str | None:
    """What a small data set holds out, and what that cannot tell; None where it tells."""
    share, count, held = session.recipe.data.held_out, session.data.manifest.count, len(session.batches.held_rows)
    if not share or held >= HELD_TELLING:
        return None
    told = f"data.held_out={share:g} holds out {held or 'none'} of {count:,} images"
    enough = math.ceil(100 * HELD_TELLING / count) / 100
    advice = f"; data.held_out={enough:g} holds out enough" if enough <= 0.5 else ""
    return f"{told}: fewer than {HELD_TELLING} cannot tell whether the critic learns its images by heart{advice}"


def whole_batch_terms(session: Session) -> Iterator[str]:
    """What in this training looks at a batch as a whole, so that parts of it do not add up to the same update."""
    nets = (*session.nets.generators.values(), *session.nets.critics.values())
    if any(isinstance(m, nn.modules.batchnorm._BatchNorm) for net in nets for m in net.modules()):
        yield "batch norm sees a part at a time"
    if any(True for net in nets for _ in spectral_norms(net)):
        yield "spectral norm iterates at every call"
    if any(isinstance(m, nn.modules.dropout._DropoutNd) and m.p > 0 for net in nets for m in net.modules()):
        yield "dropout draws anew for each part"
    # layers that look at samples together say so in `compares`
    said: Iterator[Any] = (getattr(module, "compares", None) for net in nets for module in net.modules())
    yield from sorted({words for words in said if isinstance(words, str)})
    yield from dict.fromkeys(term.whole_batch for term in session.terms if term.whole_batch)
