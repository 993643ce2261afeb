"""What ends a training before its length does: its time, a condition, a score that gets no better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ganstudio.engine.run_folder.journal import Journal
from ganstudio.errors import UsageError
from ganstudio.runs.conditions import StopCondition, parse, values_of
from ganstudio.runs.ending_words import ending_words
from ganstudio.runs.record import RunRecord

MOST_OF_MINUTES = 0.5  # that a score at the end may take from a training's time

Reason = Literal["budget", "stop", "stop_when", "patience"]


@dataclass(frozen=True)
class Ends:
    minutes: float | None
    condition: StopCondition | None
    patience: float | None

    @classmethod
    def of(cls, record: RunRecord, minutes: float | None, scores: tuple[str, ...], why_none: str | None) -> Ends:
        """What a run's record asks for; `minutes` of the command line go before its own.

        Raises UsageError where it waits for a score that this training does not have.
        """
        why = (why_none or "evaluation.features is none").removeprefix("no score: ")
        condition = parse(record.stop_when) if record.stop_when else None
        if condition:
            condition.check_scores(scores, why)
        if record.patience is not None and not scores:
            raise UsageError(f"--patience {record.patience:g}: this training has no score to wait for: {why}.")
        return cls(minutes or record.minutes, condition, record.patience)

    def reached(self, journal: Journal, ending_s: float = 0.0) -> Reason | None:
        """What the run's numbers so far say: the leading process alone knows them.

        The minutes hold the score at the end, which takes `ending_s`, but for one that would take most of them.
        """
        if self.condition and self.condition.holds(values_of(journal.state, journal.seconds)):
            return "stop_when"
        if self.minutes is None:
            return None
        train_s = self.minutes * 60 - min(ending_s, MOST_OF_MINUTES * self.minutes * 60)
        return "budget" if journal.seconds >= train_s else None

    def late(self, seconds: float) -> bool:
        """Whether it is time to know how long the score at the end takes."""
        return self.minutes is not None and seconds >= (1 - MOST_OF_MINUTES) * self.minutes * 60

    def words(self, reason: Reason, nimg: int, seconds: float, kimg: float) -> str:
        """Why it ended, as a sentence's part."""
        condition = self.condition.text if self.condition else None
        return ending_words(reason, nimg, seconds, kimg, self.minutes, condition, self.patience)

    def stale(self, nimg: int, best: dict[str, Any] | None) -> Reason | None:
        """Asked after a score: is the best one further back than patience reaches?"""
        if self.patience is None or best is None:
            return None
        return "patience" if nimg - best["nimg"] >= self.patience * 1000 else None
