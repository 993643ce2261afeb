"""What the plots of a run draw, in the dashboard and in reports. Scores of a kind share one, for they share a scale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ganstudio.report.runs import LOGITS, score_kind

SCORES = "scores."


class Panel(NamedTuple):
    """One plot: its title, and (beginning of series' names, word in the legend; '' for the rest of the name) pairs.

    `of_scores` tells those of scores, which are better one way.
    """

    title: str
    series: tuple[tuple[str, str], ...]
    of_scores: bool = False


PANELS = (
    Panel("loss", (("losses.", ""),)),
    Panel("score", ((SCORES, ""),), of_scores=True),
    Panel("gradients", (("grad_norms.", ""),)),
    Panel("rate", (("img_per_s", "img/s"),)),
    Panel("critic", tuple(LOGITS.items())),
    Panel(
        "accuracy",
        (("d_accuracy", "acc"), ("d_auc", "auc"), ("probe.held_auc", "held out"), ("probe.label_auc", "class")),
    ),
    Panel("updates", (("update_ratios.", ""),)),
    Panel("learning rate", (("lr.", ""),)),
    Panel(
        "diversity",
        (
            *(("probe.diversity", "samples"), ("probe.neighbours", "nearest"), ("probe.class_diversity", "class")),
            ("probe.label_effect", "label"),
        ),
    ),
    Panel("penalties", (("penalties.", ""),)),
)


def panels_for(series: Iterable[str]) -> tuple[Panel, ...]:
    """Returns the panels of a run with such series: PANELS, and where it has scores of several kinds one a kind."""
    kinds: dict[str, list[str]] = {}
    for name in series:
        if name.startswith(SCORES):
            kinds.setdefault(score_kind(name.removeprefix(SCORES)), []).append(name)
    if len(kinds) < 2:
        return PANELS
    split = (Panel(kind, tuple((name, "") for name in names), of_scores=True) for kind, names in kinds.items())
    place = next(i for i, panel in enumerate(PANELS) if panel.of_scores)
    return (*PANELS[:place], *split, *PANELS[place + 1 :])
