"""A finding: one thing that is wrong with a training, in words that a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """What one rule found wrong in a run, and what to do about it.

    Attributes:
        rule: a stable id, `mode_collapse` say.
        severity: error where nothing good comes of going on, warning where less comes than could.
        symptom: what is wrong, a sentence.
        evidence: which signal, against which threshold.
        kimg: where it was seen, from and to.
        tries: `key=value` of knobs that may mend it.
        confidence: 0 to 1; findings of one severity are sorted by it.
        advice: what to do where no knob mends it.
        remedy: a whole command that does `tries` from a checkpoint before it began.
    """

    rule: str
    severity: Severity
    symptom: str
    evidence: str
    kimg: tuple[float, float]
    tries: tuple[str, ...] = ()
    confidence: float = 0.5
    advice: str | None = None
    remedy: str | None = None

    @property
    def rank(self) -> tuple[int, float]:
        """The worst and surest first."""
        return SEVERITIES.index(self.severity), -self.confidence

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "severity": self.severity,
            "symptom": self.symptom,
            "evidence": self.evidence,
            "kimg": list(self.kimg),
            "try": list(self.tries),
            "advice": self.advice,
            "remedy": self.remedy,
        }
