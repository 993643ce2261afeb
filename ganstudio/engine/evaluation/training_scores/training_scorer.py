"""What every scorer of a training offers, and the score that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ganstudio.runs.direction import LOWER, Better


@dataclass(frozen=True)
class Score:
    """`extractor` names the network whose features were compared; empty where none was.

    `alike` says that the samples are all but one picture: a grey one, which a network that has learnt nothing makes,
    is often nearer to the data than the first real tries, so that its distance is no measure of progress.
    """

    score: str
    extractor: str
    n: int
    value: float
    seconds: float
    alike: bool = False
    better: Better = LOWER


class TrainingScorer(Protocol):
    """What scores a training.

    Attributes:
        names: what its scores are called, the one first that `best` follows.
        quick: whether no training waits for it.
        settings: what a resume must keep, because figures that were made with others do not compare.
        caution: a sentence on figures that tell little; None where they tell enough.
        known_s: what `expected_s` said last, which costs nothing; None where it was not asked, and no score made.
    """

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def quick(self) -> bool: ...

    @property
    def settings(self) -> Mapping[str, Any] | None: ...

    @property
    def caution(self) -> str | None: ...

    @property
    def known_s(self) -> float | None: ...

    def expected_s(self) -> float:
        """Seconds that the next score is going to take."""

    def __call__(self) -> list[Score]:
        """The scores as of now, in the order of `names`."""
