"""The names of curves: ours, `losses.g`, and the tags that trackers show, `Loss/Generator`."""

from __future__ import annotations

import re

from ganstudio.runs.direction import Better

REAL, GENERATED = "Real Images", "Generated Images"
RECIPE, FINDINGS, STEPS = "Recipe", "Findings", "Steps"
STEPS_TEXT = "A step is one image: the real images that the critic has seen (nimg). 12.3 kimg are step 12300."

_SINGLE = {
    **{"d_real": "Logits/Real", "d_fake": "Logits/Fake", "p_real": "Probability/Real", "p_fake": "Probability/Fake"},
    **{"img_per_s": "Speed/Images per Second", "augment_p": "Augmentation/p"},
}
_GROUPS = {
    **{"losses": "Loss", "penalties": "Penalty", "lr": "Learning Rate", "grad_norms": "Gradient Norm"},
    **{"update_ratios": "Update Ratio", "numbers": "Schedule", "probe": "Probe", "scores": "Metrics"},
}
_SIDES = {"d": "Discriminator", "g": "Generator"}
_OTHER = "Training"
_FID = re.compile(r"FID-\w+")

# Tags of other programs, lower case and without signs. `loss/g`, `G_loss`, `errG`, `Loss/G/loss` of StyleGAN2-ADA.
_FOREIGN = {
    **dict.fromkeys(
        ("lossg", "gloss", "errg", "lossgenerator", "generatorloss", "lossgloss", "traingloss"), "losses.g"
    ),
    **dict.fromkeys(("lossd", "dloss", "errd", "lossdiscriminator", "discriminatorloss", "criticloss"), "losses.d"),
    **dict.fromkeys(("lossdloss", "traindloss", "losscritic"), "losses.d"),
    **dict.fromkeys(("lossscoresreal", "scoresreal", "logitsreal", "dreal", "realscore"), "d_real"),
    **dict.fromkeys(("lossscoresfake", "scoresfake", "logitsfake", "dfake", "fakescore"), "d_fake"),
    **dict.fromkeys(("lrg", "glr", "learningrategenerator"), "lr.g"),
    **dict.fromkeys(("lrd", "dlr", "learningratediscriminator"), "lr.d"),
}
# Measures by what their names begin with, and which way each is better.
_MEASURES: tuple[tuple[str, Better], ...] = (
    *((one, "lower") for one in ("fid", "fd", "kid", "kd", "lpips", "ppl")),
    *((one, "higher") for one in ("is", "precision", "recall", "psnr", "ssim", "inception_score")),
)


def tag_of(name: str) -> str:
    """The tag of one of our numbers: `losses.d` is `Loss/Discriminator`. Only what really is FID is `Metrics/FID`."""
    if name in _SINGLE:
        return _SINGLE[name]
    group, _, rest = name.partition(".")
    if group not in _GROUPS or not rest:
        return f"{_OTHER}/{name}"
    if group == "scores" and _FID.fullmatch(rest):
        return "Metrics/FID"
    return f"{_GROUPS[group]}/{_SIDES.get(rest, rest) if group not in ('numbers', 'scores') else rest}"


def name_of(tag: str) -> str:
    """Our name for a tag, of ours or of another program's; the tag itself where it is not known."""
    for name, own in _SINGLE.items():
        if tag == own:
            return name
    if (letters := re.sub(r"[^a-z]", "", tag.lower())) in _FOREIGN:
        return _FOREIGN[letters]
    head, slash, rest = tag.partition("/")
    for group, own in _GROUPS.items():
        if slash and rest and head == own and group != "scores":
            side = next((short for short, word in _SIDES.items() if word == rest), rest)
            return f"{group}.{side}"
    if slash and head == _OTHER and rest:
        return rest
    return f"scores.{_score(tag)}" if score_direction(tag) else tag


def _score(tag: str) -> str:
    return tag.rpartition("/")[2]


def score_direction(tag: str) -> Better | None:
    """Which way a tag is better that names a score: `Metrics/fid50k_full`, `FID`; None of any other."""
    head, slash, rest = tag.rpartition("/")
    if slash and head.lower() not in ("metrics", "metric", "eval", "evaluation", "score", "scores", "val", "test"):
        return None
    word = rest.lower()
    for measure, better in _MEASURES:
        if re.match(rf"{measure}(?![a-z])", word) or (measure == "fid" and word.startswith("fid")):
            return better
    return None
