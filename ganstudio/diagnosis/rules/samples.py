"""What the samples look like, next to the data."""

from __future__ import annotations

from collections.abc import Iterator

from ganstudio.diagnosis.case import Case, short_number
from ganstudio.diagnosis.finding import Finding, Severity

COLLAPSED, POOR = 0.25, 0.5  # the samples' mean distance over that of the data
CLOSER = 0.5  # the same of distances to the nearest
GROWING = 1.15  # later over earlier: what still gets better is no collapse
SATURATED = 0.25  # share of values at an end of the range beyond the data's
DEAD = 0.3  # share of pixels that never change beyond the data's
IGNORED, IGNORED_WHOLLY = 0.05, 0.01  # how far a label moves a sample, over how far a latent does
HEARD = 0.6  # share of images whose own label the critic likes more than another: guessing gives 0.5
LONGER_EMBEDDING = (
    "Train anew with a larger architecture.label_dim, or with networks that are told the class elsewhere; these say "
    "what takes classes: ganstudio presets list"
)
SETTLED = 250  # updates of the generator; averaged samples are of one grey before that


def mode_collapse(case: Case) -> Iterator[Finding]:
    """Of all samples, of some, or within the classes; what still gets better, in kind or in score, is no error."""
    spread, near = case.late("probe.diversity"), case.late("probe.neighbours")
    if spread is None or near is None or case.generator_updates < SETTLED or not case.rate("g"):
        return
    if spread.values[-1] > GROWING * spread.values[0] and near.values[-1] > GROWING * near.values[0]:
        return
    of_classes = case.late("probe.class_diversity")
    measured = f"two samples differ {spread.mean:.2f} times as much as two real images (below {POOR:g} is poor)"
    if spread.mean < POOR:
        grave = spread.mean < COLLAPSED and not case.improving
        yield _collapse(
            case,
            "error" if grave else "warning",
            "All samples look alike: the generator shows one thing, or a few, whatever it is given.",
            measured,
            case.since(spread.name, lambda value: value < POOR),
            0.85 if grave else 0.6,
        )
    elif of_classes is not None and of_classes.mean < POOR:
        yield _collapse(
            case,
            "warning",
            "Within a class, samples look alike: the generator goes by the class and not by its latent.",
            f"in the poorest class two samples differ {of_classes.mean:.2f} times as much as two real images of it "
            f"(below {POOR:g} is poor)",
            case.since(of_classes.name, lambda value: value < POOR),
            0.6,
        )
    elif near.mean < CLOSER:
        yield _collapse(
            case,
            "warning",
            "Samples are of a few kinds only.",
            f"a sample differs from its nearest {near.mean:.2f} times as much as real images do (below {CLOSER:g} is "
            f"poor), though {measured}",
            case.since(near.name, lambda value: value < CLOSER),
            0.5,
        )


def _collapse(
    case: Case, severity: Severity, symptom: str, evidence: str, kimg: tuple[float, float], confidence: float
) -> Finding:
    tries = [f"generator_optimizer.lr={short_number(case.rate('g') / 2)}"]
    if case.knobs("training").get("critic_steps") == 1:
        tries.append("training.critic_steps=2")
    return Finding("mode_collapse", severity, symptom, evidence, kimg, tuple(tries), confidence)


def condition_ignored(case: Case) -> Iterator[Finding]:
    """A generator that draws the same whatever class it is asked for; one that draws nothing yet is no such case."""
    effect, spread = case.late("probe.label_effect"), case.late("probe.diversity")
    if effect is None or spread is None or case.generator_updates < SETTLED or not case.rate("g"):
        return
    if effect.mean >= IGNORED or spread.mean < COLLAPSED:
        return
    grave = effect.mean < IGNORED_WHOLLY
    auc = case.late("probe.label_auc")
    heard = auc is not None and auc.mean >= HEARD
    told = "" if auc is None else f"; the critic knows a training image's class from another {auc.mean:.0%} of the time"
    weight = case.knobs("task").get("class_weight")
    tries: tuple[str, ...] = ()
    if isinstance(weight, int | float) and case.late("losses.g_class_fake") is not None:
        tries = (f"task.class_weight={short_number(max(2 * weight, 1.0))}",)
    why = "The critic does know the classes." if heard else "The critic does not tell right classes from wrong ones."
    yield Finding(
        "condition_ignored",
        "error" if grave else "warning",
        f"The generator {'ignores' if grave else 'hardly minds'} the class that it is asked for. {why}",
        f"another label changes a sample {effect.mean:.2g} times as much as another latent does; below {IGNORED:g} it "
        f"does next to nothing{told}",
        case.since(effect.name, lambda value: value < IGNORED),
        tries,
        0.9 if grave else 0.6,
        advice=None if tries else LONGER_EMBEDDING,
    )


def saturated_output(case: Case) -> Iterator[Finding]:
    ends, still = case.late("probe.saturated"), case.late("probe.dead")
    if ends is None or still is None or case.generator_updates < SETTLED or not case.rate("g"):
        return
    if ends.mean < SATURATED and still.mean < DEAD:
        return
    saturated = ends.mean >= SATURATED
    yield Finding(
        "saturated_output",
        "warning",
        "The generator's output is stuck: "
        + ("its values lie at the ends of the range." if saturated else "its pixels are the same in every sample."),
        f"next to the data, {ends.mean:+.0%} of values are at an end and {still.mean:+.0%} of pixels never change",
        ends.kimg,
        (f"generator_optimizer.lr={short_number(case.rate('g') / 4)}",),
        0.6,
    )
