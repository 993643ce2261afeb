"""Whether the two sides learn at all, and in steps of a size that leads somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from ganstudio.diagnosis.case import OPTIMIZERS, SIDES, Case, short_number
from ganstudio.diagnosis.finding import Finding

# An update's length over that of the parameters. In the shipped presets it is 0.003 to 0.03, and largest at first.
RATIO_HIGH, RATIO_WAY_TOO_HIGH = 0.06, 0.12  # lately
FIRST_HIGH, FIRST_WAY_TOO_HIGH = 0.15, 0.3  # ever
RATIO_LOW, RATIO_NONE = 1e-5, 1e-7
RATIO_USUAL = 0.01
RATE_USUAL = 2e-4
GRADIENT_NONE = 1e-6  # of the generator; in the presets it is between 0.01 and 100
PENALTY_LARGE, PENALTY_TOO_LARGE = 3.0, 10.0  # times the loss that it is to keep in check
GUESSING = 0.6  # share of pairs in the right order, below which a critic does not do its work


def not_finite(case: Case) -> Iterator[Finding]:
    state = case.state
    if state.phase != "failed" or state.loss is None:
        return
    side = "d" if state.loss.removeprefix("penalty_").startswith("d") or "_d" in state.loss else "g"
    what = state.loss if state.loss.startswith(("grad_norm", "penalty")) else f"loss {state.loss}"
    yield Finding(
        "not_finite",
        "error",
        f"The {SIDES[side]}'s {what} became no number: its steps are too long, or an image holds no numbers.",
        f"{what} was NaN or infinite at step {state.step}; nothing was saved after that.",
        (case.kimg, case.kimg),
        (f"{OPTIMIZERS[side]}.lr={short_number(case.rate(side) / 2)}",),
        1.0,
        advice=f"if it comes back whatever the rate, look at the images (ganstudio data check {case.data}), and in a "
        "network of your own for a division or a logarithm",
    )


def learning_rate_too_high(case: Case) -> Iterator[Finding]:
    """Steps that stay long, or that were so long at first that nothing is left of how the weights began.

    Batch norm and Adam hide the second: weights grow until the steps are short next to them, and training goes on.
    """
    for side, name in SIDES.items():
        signal = f"update_ratios.{side}"
        ratio, peak = case.late(signal), case.state.history.peak(signal)
        if ratio is None or peak is None or not case.rate(side):
            continue
        lately, clipped = ratio.mean >= RATIO_HIGH, side == "d" and "weight_clip" in case.regularizers
        if not lately and (peak < FIRST_HIGH or clipped):  # what clipping cuts off the first time is no step
            continue
        far = ratio.mean >= RATIO_WAY_TOO_HIGH or peak >= FIRST_WAY_TOO_HIGH
        longest = ratio.mean if lately else peak
        yield Finding(
            "learning_rate_too_high",
            "error" if far else "warning",
            f"The {name}'s steps are so long that each undoes the last."
            if lately
            else f"The {name}'s first steps were so long that nothing is left of how its weights began.",
            f"an update moved its weights by {longest:.0%} of their length, where {RATIO_USUAL:.0%} is usual and more "
            f"than {RATIO_HIGH if lately else FIRST_HIGH:.0%} too much (lr {case.rate(side):g})",
            case.since(signal, lambda value: value >= RATIO_HIGH) if lately else (0.0, case.kimg),
            (f"{OPTIMIZERS[side]}.lr={short_number(case.rate(side) * min(2 * RATIO_USUAL / longest, 0.5))}",),
            min(0.7 + 0.3 * longest, 0.96),
        )


def learning_rate_too_low(case: Case) -> Iterator[Finding]:
    for side, name in SIDES.items():
        if case.knobs(OPTIMIZERS[side]).get("lr") == 0:  # the recipe says so: nothing need be measured
            yield Finding(
                "learning_rate_too_low",
                "error",
                f"The {name} does not learn.",
                "its learning rate is 0",
                (0.0, case.kimg),
                (f"{OPTIMIZERS[side]}.lr={short_number(RATE_USUAL)}",),
                1.0,
            )
            continue
        ratio, gradient = case.late(f"update_ratios.{side}"), case.late(f"grad_norms.{side}")
        if ratio is None or ratio.mean > RATIO_LOW:
            continue
        if gradient is not None and gradient.mean <= GRADIENT_NONE and case.rate(side):
            continue  # the rate is not to blame: see vanishing_gradients
        still = ratio.mean < RATIO_NONE
        yield Finding(
            "learning_rate_too_low",
            "error" if still else "warning",
            f"The {name} {'does not learn' if still else 'hardly learns'}.",
            f"an update moves its weights by {ratio.mean:.1g} of their length; below {RATIO_LOW:g} nothing comes of it "
            f"(lr {case.rate(side):g})",
            case.since(ratio.name, lambda value: value <= RATIO_LOW),
            (f"{OPTIMIZERS[side]}.lr={short_number(max(RATE_USUAL, case.rate(side) * 10))}",),
            0.98 if still else 0.6,
        )


def vanishing_gradients(case: Case) -> Iterator[Finding]:
    norm = case.late("grad_norms.g")
    if norm is None or norm.mean > GRADIENT_NONE or not case.rate("g"):
        return
    clip = case.regularizers.get("weight_clip")
    if clip:
        tries: tuple[str, ...] = (f"regularizers.weight_clip.limit={short_number(max(clip['limit'] * 10, 0.01))}",)
        why = f"The critic's weights are clipped to {clip['limit']:g}: it answers almost the same to everything."
    elif case.objective == "minimax":
        tries, why = ("objective.kind=non_saturating",), "The critic is sure, and minimax then has no slope."
    else:
        tries = (f"discriminator_optimizer.lr={short_number(case.rate('d') / 4)}",)
        why = "The critic's answer does not change with the image."
    yield Finding(
        "vanishing_gradients",
        "error",
        f"The generator gets no gradient to learn from. {why}",
        f"its gradient's norm is {norm.mean:.1g}; below {GRADIENT_NONE:g} there is none",
        case.since(norm.name, lambda value: value <= GRADIENT_NONE),
        tries,
        0.97,
    )


def penalty_blow_up(case: Case) -> Iterator[Finding]:
    """A penalty far above the loss, or above it in a critic that then tells nothing apart."""
    loss, auc = case.late("losses.d"), case.late("d_auc")
    for kind, regularizer in case.regularizers.items():
        penalty = case.late(f"penalties.{kind}")
        if loss is None or penalty is None or kind in ("path_length", "feature_matching"):
            continue
        share = penalty.mean / max(abs(loss.mean), 0.1)
        idle = auc is not None and auc.mean < GUESSING and share > 1
        if share < PENALTY_LARGE and not idle:
            continue
        knob = "gamma" if "gamma" in regularizer else "weight"
        grave = share >= PENALTY_TOO_LARGE or idle
        apart = f"; it puts {auc.mean:.0%} of the pairs in the right order" if auc is not None and idle else ""
        yield Finding(
            "penalty_blow_up",
            "error" if grave else "warning",
            "The critic works for its penalty instead of telling real images from generated ones.",
            f"{kind} is {penalty.mean:.3g} on average, {share:.1f} times its loss of {loss.mean:.3g}, where "
            f"{PENALTY_LARGE:g} times is too much{apart} ({knob} {regularizer[knob]:g})",
            penalty.kimg,
            (f"regularizers.{kind}.{knob}={short_number(max(regularizer[knob] / 100, 0.1))}",),
            0.9 if grave else 0.6,
        )
