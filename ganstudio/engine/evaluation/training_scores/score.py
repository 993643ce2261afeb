"""What scores a training: which measures, in which network's features, of how many images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ganstudio import weights
from ganstudio.engine.evaluation import choice
from ganstudio.engine.evaluation.planes import per_volume
from ganstudio.engine.evaluation.training_scores import live_metrics
from ganstudio.engine.evaluation.training_scores.frechet_score import FEW, QUICK, Scorer
from ganstudio.engine.evaluation.training_scores.held_out_score import HeldOutScorer
from ganstudio.engine.evaluation.training_scores.several_scores import SeveralScores
from ganstudio.engine.evaluation.training_scores.training_scorer import TrainingScorer
from ganstudio.engine.evaluation.training_scores.translation_score import LEAST, TranslationScorer, least_images
from ganstudio.engine.session import Session
from ganstudio.engine.tasks.measure import best_first
from ganstudio.engine.tasks.translator import Translator
from ganstudio.errors import RecipeError
from ganstudio.recipe.schema import DISTANCE, LiveMetric


def scorer(session: Session, settled: Mapping[str, Any] | None = None) -> tuple[TrainingScorer | None, str | None]:
    """What scores this training, or None, and why it is this or none. Raises UsageError where it cannot be.

    `settled` is what the run's scores were made with so far, `features` and `n`: a resume must go on with it, whatever
    auto would choose today, because figures of another network or count do not compare.
    """
    asked, shape = session.recipe.evaluation.features, session.shape
    kind = _unscored(session)
    _check_metrics(session)
    match asked:
        case "none":
            return None, None
        case "auto" if kind:
            return None, f"no score: {kind}"
        case "auto" if not _distances(session):
            return HeldOutScorer(session), None
        case "auto":
            distance, why = _chosen(session, settled or {})
            return _beside(session, distance), why
    if not kind and not _distances(session):
        kind = f"the {session.recipe.task.kind} task is measured image by image, in no network's features"
    problem = f"{kind}." if kind else choice.refusal(asked, shape.channels, max(shape.size[-2:]), session.reads)
    if problem:
        raise RecipeError([f"evaluation.features: {problem} Nearest: auto."])
    return _beside(session, _frechet(session, asked, session.recipe.evaluation.n)), None


def _frechet(session: Session, features: str, n: int) -> Scorer:
    count, metrics = _most(session, n), session.recipe.evaluation.metrics
    if isinstance(session.task, Translator):
        return TranslationScorer(session, features, count)
    if problem := live_metrics.refusal(metrics, features, count):
        raise RecipeError([f"evaluation.metrics: {problem} Nearest: {_possible(metrics, features, count)}."])
    return Scorer(session, features, count, metrics)


def _possible(metrics: Sequence[LiveMetric], features: str, n: int) -> str:
    return ",".join(metric for metric in metrics if live_metrics.refusal([metric], features, n) is None)


def _check_metrics(session: Session) -> None:
    """Raises RecipeError for metrics beside the distance where a training has none, or another than of samples."""
    evaluation, task = session.recipe.evaluation, session.recipe.task.kind
    beside = live_metrics.beside_distance(evaluation.metrics)
    if not beside:
        return
    if evaluation.features == "none":
        problem = "evaluation.features is none, so nothing is measured"
    elif isinstance(session.task, Translator) or not _distances(session):
        problem = f"the {task} task makes images of images, whose scores are its own"
    else:
        return
    raise RecipeError([f"evaluation.metrics: {', '.join(beside)}: {problem}. Nearest: {DISTANCE}."])


def _beside(session: Session, distance: Scorer | None) -> TrainingScorer | None:
    """The distance and, where the task has such and images are held out, its measures image by image.

    Without the distance that `best` follows there is no score at all: it would follow another.
    """
    measures = best_first(session.task.measures)
    image_by_image = any(measure.compare for measure in measures) and len(session.batches.held_rows) > 0
    if not image_by_image:
        return distance
    held = HeldOutScorer(session)
    if distance is None:
        return held if measures[0].compare else None
    return SeveralScores((held, distance) if measures[0].compare else (distance, held))


def _chosen(session: Session, settled: Mapping[str, Any]) -> tuple[Scorer | None, str]:
    """What auto chooses, and why. On a CPU it compares few images in all networks but QUICK, so that scores fit."""
    shape, device = session.shape, session.compute.device
    n = _most(session, session.recipe.evaluation.n)
    name = settled.get("features")
    if name not in weights.FEATURES or name in session.reads:
        name, why = choice.auto(shape.channels, max(shape.size[-2:]), device, live=True, read=session.reads)
        if name is None:
            return None, f"no score: {why}"
    elif lacking := choice.lacking(name):
        why = f"this run's scores are made in {name}, whose weights are not here any more ({lacking})"
        return None, f"no score: {why}"
    else:
        why = f"features {name}: this run's scores are made in them"
    fewer = settled.get("n") or (n if name == QUICK or device.type != "cpu" else min(n, FEW))
    if fewer < n:
        why += f"; {fewer:,} images a score on a CPU (--set evaluation.features={name} takes all {n:,})"
    return _frechet(session, name, fewer), why


def _most(session: Session, n: int) -> int:
    """`n` images, or as many as the data has: of clips and voxel grids some planes of each."""
    manifest = session.data.manifest
    return min(n, manifest.count * per_volume(manifest.depth))


def _unscored(session: Session) -> str | None:
    """Why a training of this kind has no score, whatever the network."""
    if not session.task.measures:
        return f"the {session.recipe.task.kind} task has no measure"
    best = best_first(session.task.measures)[0]
    if isinstance(session.task, Translator) and (fewest := least_images(session, session.task)) < LEAST:
        share = session.recipe.data.held_out
        return (
            f"translations are scored on {LEAST} images a domain, or more, that training never sees: "
            f"data.held_out={share:g} leaves {fewest or 'none'}"
        )
    if best.compare and not len(session.batches.held_rows):
        return f"{best.name} is of images that training never sees: data.held_out is 0"
    return None


def _distances(session: Session) -> bool:
    """Whether what is measured is the Fréchet distance of samples."""
    return any(measure.compare is None for measure in session.task.measures)


def missing(session: Session, why: str | None, run: str) -> str:
    """Why the training `run` has no score, and what to do about that; `why` is what `scorer` said."""
    if why is None:
        return (
            "evaluation.features is none; a checkpoint is scored by "
            f"`ganstudio evaluate {run} --against {session.data.manifest.name}`"
        )
    instead = "; go by its samples: `ganstudio tui`" if _unscored(session) else ""
    return why.removeprefix("no score: ") + instead
