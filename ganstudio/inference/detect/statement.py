"""What a picture says of itself, in one word, with the marks that it follows from; and the share of a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from ganstudio.inference.detect.marks import Mark, marks_of
from ganstudio.inference.detect.read import read_metadata

Says = Literal["synthetic", "composite", "other", "nothing"]
MEANING: dict[Says, str] = {
    "synthetic": "drawn by a program",
    "composite": "a picture that a network changed",
    "other": "it tells something of its origin, of no network",
    "nothing": "it carries no mark",
}
UNKNOWN = (
    "A picture without a mark may be synthetic all the same: most services and every screenshot lose marks, and anyone "
    "can remove them.",
    "A mark is no proof: anyone can write one. Content credentials (C2PA) are found, and no signature is checked.",
)
# The last part of terms of IPTC's vocabulary of digital source types.
_SYNTHETIC = {"trainedAlgorithmicMedia", "algorithmicMedia"}
_COMPOSITE = {"compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"}
_ASKED = {"ai_system", "ai_version", "ai_prompt", "ai_prompt_writer", "parameters"}  # which a picture of a camera lacks


@dataclass(frozen=True)
class Statement:
    """A picture's own words; `origin` is what ganstudio wrote, {} where it did not, `notes` what was not read."""

    path: Path
    format: str
    says: Says
    maker: str
    marks: tuple[Mark, ...]
    origin: dict[str, str]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            **{"file": str(self.path), "format": self.format, "says": self.says, "maker": self.maker or None},
            "ganstudio": self.origin or None,
            **{kind: self._first(kind) for kind in ("source_type", "ai_system", "ai_version", "ai_prompt")},
            "credentials": self._first("credentials") is not None,
            "marks": [mark._asdict() for mark in self.marks],
            "notes": list(self.notes),
        }

    def _first(self, kind: str) -> str | None:
        return next((mark.value for mark in self.marks if mark.kind == kind), None)


def read_statement(path: Path) -> Statement:
    """What the picture at `path` says of itself. Raises UnreadableError: it is none."""
    found = read_metadata(path)
    marks, origin = marks_of(found)
    says = _says(marks)
    notes = found.notes + ([_contradiction(marks)] if _contradiction(marks) else [])
    return Statement(path, found.format, says, _maker(marks, origin), tuple(marks), origin, tuple(notes))


def _says(marks: list[Mark]) -> Says:
    """The most that any mark says: one that speaks of a network outweighs one that speaks of a camera."""
    kinds, types = {mark.kind for mark in marks}, _source_types(marks)
    if types & _COMPOSITE and not types & _SYNTHETIC:
        return "composite"
    if types & _SYNTHETIC or "ganstudio" in kinds or kinds & _ASKED:
        return "synthetic"
    return "other" if marks else "nothing"


def _source_types(marks: list[Mark]) -> set[str]:
    return {mark.value.rpartition("/")[2] for mark in marks if mark.kind == "source_type"}


def _contradiction(marks: list[Mark]) -> str:
    types = _source_types(marks)
    return f"its marks name several source types: {', '.join(sorted(types))}" if len(types) > 1 else ""


def _maker(marks: list[Mark], origin: dict[str, str]) -> str:
    """Who made it, as far as its marks say: a model of ours, an AI system, a program; "" where none does."""
    if origin:
        return f"ganstudio, model {origin['Source']}" if origin.get("Source") else origin["Software"]
    for kind in ("ai_system", "software", "credit"):
        if named := next((mark.value for mark in marks if mark.kind == kind), ""):
            return named
    return " ".join(mark.value for mark in marks if mark.kind == "camera")


@dataclass(frozen=True)
class Share:
    """How many of the pictures of `place` say what; a film, or an npz of many pictures, counts as one."""

    place: str
    counts: dict[Says, int]

    @classmethod
    def of(cls, place: str, statements: Iterable[Statement]) -> Share:
        counted = Counter(one.says for one in statements)
        return cls(place, {says: counted[says] for says in get_args(Says)})

    @property
    def pictures(self) -> int:
        return sum(self.counts.values())

    @property
    def synthetic(self) -> float | None:
        """The share that says that it is synthetic, in [0, 1]; None of no picture."""
        return self.counts["synthetic"] / self.pictures if self.pictures else None

    def as_json(self) -> dict[str, Any]:
        counts = {str(says): count for says, count in self.counts.items()}
        return {"place": self.place, "pictures": self.pictures, **counts, "share_synthetic": self.synthetic}
