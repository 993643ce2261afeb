"""Scores of a task that is measured in two ways: by the Fréchet distance of samples, and image by image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganstudio.engine.evaluation.training_scores.training_scorer import Score, TrainingScorer


@dataclass(frozen=True)
class SeveralScores:
    """All of `parts`, as one scorer; the first has the score that `best` follows."""

    parts: Sequence[TrainingScorer]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in part.names)

    @property
    def quick(self) -> bool:
        return all(part.quick for part in self.parts)

    @property
    def settings(self) -> Mapping[str, Any] | None:
        return next((part.settings for part in self.parts if part.settings), None)

    @property
    def caution(self) -> str | None:
        return next((part.caution for part in self.parts if part.caution), None)

    @property
    def known_s(self) -> float | None:
        known = [part.known_s for part in self.parts if part.known_s is not None]
        return sum(known) if known else None

    def expected_s(self) -> float:
        return sum(part.expected_s() for part in self.parts)

    def __call__(self) -> list[Score]:
        return [score for part in self.parts for score in part()]
