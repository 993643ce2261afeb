"""What a check of a data set found, in lines: the counts, why files were skipped, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.content import Content

if TYPE_CHECKING:
    from ganstudio.data.inspect import PixelFindings
    from ganstudio.data.manifest import Manifest

_EXAMPLES = 5
_LISTED = 30  # skipped files


@dataclass(frozen=True)
class Checked:
    """Groups are of names of files, or of `number N`; `near` is None where too many were alike to compare them all.

    `advice` is None where only the counts are remembered.
    """

    equal: tuple[tuple[str, ...], ...]
    near: tuple[tuple[str, ...], ...] | None
    blank: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    advice: tuple[str, ...] | None = None


def of_findings(found: PixelFindings, manifest: Manifest) -> Checked:
    """What an earlier check has left beside the pixels."""

    def groups(given: Sequence[Sequence[int]]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(f"number {place}" for place in group) for group in given)

    near = None if found.near is None else groups(found.near)
    blank = tuple(f"number {place}" for place in found.blank)
    return Checked(groups(found.duplicates), near, blank, _skipped(manifest))


def of_json(told: Mapping[str, Any]) -> Checked:
    """What `data check --json` printed."""

    def name(entry: Mapping[str, Any]) -> str:
        return str(entry["file"] or f"number {entry['index']}")

    def groups(given: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(map(name, group)) for group in given)

    near = told["near_duplicates"]
    return Checked(
        equal=groups(told["duplicates"]),
        near=None if near is None else groups(near),
        blank=tuple(map(name, told["blank"])),
        skipped=tuple((entry["file"], entry["reason"]) for entry in told["skipped"]),
        advice=tuple(told["advice"]),
    )


def _skipped(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    return tuple((entry.file, entry.reason) for entry in manifest.skipped)


def reasons(skipped: Sequence[tuple[str, str]]) -> str:
    """How many files were skipped for what; particulars, after a colon, are left out."""
    counted = Counter(reason.partition(":")[0] for _, reason in skipped).most_common()
    return ", ".join(f"{reason} ({count:,})" for reason, count in counted)


def counts(checked: Checked) -> list[tuple[str, str]]:
    """What was counted, and how much of it there is."""
    near = "too many are alike at a glance to compare them all"
    return [
        ("equal", _grouped(checked.equal)),
        ("nearly equal", near if checked.near is None else _grouped(checked.near)),
        ("blank", f"{len(checked.blank):,}"),
        ("skipped", f"{len(checked.skipped):,}" + (f": {reasons(checked.skipped)}" if checked.skipped else "")),
    ]


def _grouped(groups: Sequence[Sequence[str]]) -> str:
    total = sum(map(len, groups))
    return f"{total:,} in {len(groups):,} group{'s' if groups[1:] else ''}" if groups else "0"


def short(checked: Checked) -> Content:
    """For beside a list: the counts, then the advice."""
    lines = [_line(what, told) for what, told in counts(checked)]
    if checked.advice is None:
        lines.append(Content.styled("v tells what that means", "$faint"))
    return Content("\n").join([*lines, *(Content(f"• {sentence}") for sentence in checked.advice or ())])


def whole(checked: Checked) -> Content:
    """All of it, with examples and the skipped files."""
    lines = [_line(what, told) for what, told in counts(checked)]
    for what, groups in (("equal", checked.equal), ("nearly equal", checked.near or ())):
        lines += [Content(f"{what}: {' = '.join(group[:3])}{_more(group, 3)}") for group in groups[:_EXAMPLES]]
    if checked.blank:
        lines.append(Content(f"blank: {', '.join(checked.blank[:_EXAMPLES])}{_more(checked.blank, _EXAMPLES)}"))
    lines += [Content(""), *(Content(f"• {sentence}") for sentence in checked.advice or ())]
    if checked.skipped:
        lines += [Content(""), *(Content(f"skipped {file}: {reason}") for file, reason in checked.skipped[:_LISTED])]
        if left := len(checked.skipped) - _LISTED if len(checked.skipped) > _LISTED else 0:
            lines.append(Content(f"and {left:,} more"))
    return Content("\n").join(lines)


def _more(given: Sequence[str], shown: int) -> str:
    return f" and {len(given) - shown:,} more" if len(given) > shown else ""


def _line(what: str, told: str) -> Content:
    style = "$faint" if told == "0" else ""
    return Content.assemble(Content.styled(f"{what:<13}", "$faint"), Content.styled(told, style))
