"""What a check of a data set has found: the counts, examples of them, and why files were skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ganstudio.report.fact import Fact

if TYPE_CHECKING:
    from ganstudio.data.inspect import PixelFindings
    from ganstudio.data.manifest import Manifest

_EXAMPLES = 5
_MEMBERS = 3  # of a group, that are named
TOO_MANY = "too many are alike at a glance to compare them all"

Names = tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """Groups are of names of files, or of `number N`; `near` is None where too many were alike to compare them all.

    `advice` is None where only the counts are remembered.
    """

    equal: tuple[Names, ...]
    near: tuple[Names, ...] | None
    blank: Names
    skipped: tuple[tuple[str, str], ...]
    advice: Names | None = None


def of_findings(found: PixelFindings, manifest: Manifest, files: Sequence[str] | None = None) -> Checked:
    """What a check has left beside the pixels; `files` are those of the images, where they are known."""

    def name(place: int) -> str:
        return files[place] if files else f"number {place}"

    def groups(given: Iterable[Sequence[int]]) -> tuple[Names, ...]:
        return tuple(tuple(map(name, group)) for group in given)

    near = None if found.near is None else groups(found.near)
    return Checked(groups(found.duplicates), near, tuple(map(name, found.blank)), tuple(manifest.skipped))


def of_json(printed: Mapping[str, Any]) -> Checked:
    """What `data check --json` printed."""

    def name(entry: Mapping[str, Any]) -> str:
        return str(entry["file"] or f"number {entry['index']}")

    def groups(given: Iterable[Sequence[Mapping[str, Any]]]) -> tuple[Names, ...]:
        return tuple(tuple(map(name, group)) for group in given)

    near = printed["near_duplicates"]
    return Checked(
        equal=groups(printed["duplicates"]),
        near=None if near is None else groups(near),
        blank=tuple(map(name, printed["blank"])),
        skipped=tuple((entry["file"], entry["reason"]) for entry in printed["skipped"]),
        advice=tuple(printed["advice"]),
    )


def reasons(skipped: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many files were skipped for what, the most first; particulars, after a colon, are left out."""
    return dict(Counter(reason.partition(":")[0] for _, reason in skipped).most_common())


def counts(checked: Checked) -> list[Fact]:
    """What was looked for, and how much of it there is: a warning where there is any."""
    why = ", ".join(f"{reason} ({count:,})" for reason, count in reasons(checked.skipped).items())
    return [
        _count("equal", sum(map(len, checked.equal)), _in_groups(checked.equal)),
        Fact("nearly equal", TOO_MANY, "warning")
        if checked.near is None
        else _count("nearly equal", sum(map(len, checked.near)), _in_groups(checked.near)),
        _count("blank", len(checked.blank)),
        _count("skipped", len(checked.skipped), f": {why}"),
    ]


def _count(label: str, number: int, more: str = "") -> Fact:
    return Fact(label, f"{number:,}{more}", "warning") if number else Fact(label, "0")


def _in_groups(groups: Sequence[Names]) -> str:
    return f" in {len(groups):,} group{'s' if len(groups) > 1 else ''}"


def examples(checked: Checked) -> list[Fact]:
    """Some of what was found, by name."""
    lines = [
        Fact(label, f"{' = '.join(group[:_MEMBERS])}{_more(group, _MEMBERS)}")
        for label, groups in (("equal", checked.equal), ("nearly equal", checked.near or ()))
        for group in groups[:_EXAMPLES]
    ]
    if checked.blank:
        lines.append(Fact("blank", f"{', '.join(checked.blank[:_EXAMPLES])}{_more(checked.blank, _EXAMPLES)}"))
    return lines


def _more(given: Sequence[str], shown: int) -> str:
    return f" and {len(given) - shown:,} more" if len(given) > shown else ""
