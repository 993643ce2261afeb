"""Whether one side has outrun the other, and what the critic goes by."""

from __future__ import annotations

from collections.abc import Iterator

from ganstudio.diagnosis.case import AUGMENT, Case, short_number
from ganstudio.diagnosis.finding import Finding

SURE_FAKE = 0.01  # the critic's belief that a sample is real, below which the generator can do what it likes
SURE_LOSS = 6.0  # of the generator, non-saturating: the belief above in nats, and more
TOLD_APART = 0.999  # share of pairs that a hinge critic puts in the right order
FOOLED = 0.52  # share of pairs in the right order: guessing gives 0.5
KNOWN, KNOWN_BY_HEART = 0.68, 0.8  # share of pairs in which a training image is ranked above one never seen
POOR = 0.5  # diversity below which a generator has not got anywhere


def discriminator_too_strong(case: Case) -> Iterator[Finding]:
    """A critic may well be sure: what counts is that it is, and the generator gets nowhere."""
    auc, diversity = case.late("d_auc"), case.late("probe.diversity")
    if auc is None or auc.mean < TOLD_APART or case.objective == "wasserstein" or not case.rate("d"):
        return
    belief, loss = case.late("p_fake"), case.late("losses.g")
    sure = belief is not None and loss is not None and belief.mean < SURE_FAKE and loss.mean > SURE_LOSS
    poor = diversity is not None and diversity.mean < POOR
    if not (sure or poor):
        return
    on_belief = f", and holds a sample for real with a probability of {belief.mean:.2g}" if belief else ""
    spread = f"; samples differ {diversity.mean:.2f} times as much as the data" if diversity else ""
    yield Finding(
        "discriminator_too_strong",
        "error" if sure and poor else "warning",
        "The critic tells every sample from every real image, and the generator gets nowhere.",
        f"it puts {auc.mean:.1%} of the pairs in the right order{on_belief}{spread}",
        case.since(auc.name, lambda value: value >= TOLD_APART),
        (f"discriminator_optimizer.lr={short_number(case.rate('d') / 4)}",),
        0.8 if sure and poor else 0.5,
    )


def generator_too_strong(case: Case) -> Iterator[Finding]:
    """The critic guesses. That is how a game ends that went well, so samples that are no good must come with it."""
    auc, diversity = case.late("d_auc"), case.late("probe.diversity")
    if auc is None or auc.mean > FOOLED or not case.rate("g"):
        return
    if diversity is None or diversity.mean > POOR:
        return
    yield Finding(
        "generator_too_strong",
        "warning",
        "The critic cannot tell samples from real images, though they are not alike: it teaches nothing.",
        f"it puts {auc.mean:.1%} of the pairs in the right order, {FOOLED:.0%} is guessing; samples differ "
        f"{diversity.mean:.2f} times as much as the data",
        case.since(auc.name, lambda value: value <= FOOLED),
        (f"generator_optimizer.lr={short_number(case.rate('g') / 4)}",),
        0.6,
    )


def discriminator_overfitting(case: Case) -> Iterator[Finding]:
    """The held-out images tell: Karras et al. 2020, arXiv:2006.06676, section 3 compares the same three answers."""
    known = case.late("probe.held_auc")
    if known is None or known.mean < KNOWN:
        return
    by_heart = known.mean >= KNOWN_BY_HEART
    augmented = case.recipe.get("augmentation") is not None
    yield Finding(
        "discriminator_overfitting",
        "error" if by_heart else "warning",
        f"The critic {'knows' if by_heart else 'begins to know'} its training images by heart and judges by that.",
        f"it ranks an image that it trained on above one that it never saw in {known.mean:.0%} of pairs; 50% is fair, "
        f"{KNOWN:.0%} too much",
        case.since(known.name, lambda value: value >= KNOWN),
        () if augmented else AUGMENT,
        0.9 if by_heart else 0.6,
        advice=case.more_images,
    )
