"""The result of a check of a data set, as the screen Data shows it."""

from __future__ import annotations

from textual.content import Content

from ganstudio.report.checks import Checked, counts, examples
from ganstudio.report.fact import Fact

_LISTED = 30  # skipped files


def summary(checked: Checked) -> Content:
    """Returns the counts and the advice, for beside the list."""
    lines = [*map(_count, counts(checked))]
    if checked.advice is None:
        lines.append(Content.styled("v tells what that means", "$faint"))
    return Content("\n").join([*lines, *(Content(f"• {sentence}") for sentence in checked.advice or ())])


def report(checked: Checked) -> Content:
    """Returns the whole result of a check, with examples and the skipped files."""
    lines = [*map(_count, counts(checked))]
    lines += [Content(f"{fact.label}: {fact.value}") for fact in examples(checked)]
    lines += [Content(""), *(Content(f"• {sentence}") for sentence in checked.advice or ())]
    if checked.skipped:
        lines += [Content(""), *(Content(f"skipped {file}: {reason}") for file, reason in checked.skipped[:_LISTED])]
        if left := len(checked.skipped) - _LISTED if len(checked.skipped) > _LISTED else 0:
            lines.append(Content(f"and {left:,} more"))
    return Content("\n").join(lines)


def _count(fact: Fact) -> Content:
    style = "$text-warning" if fact.severity == "warning" else "$faint"
    return Content.assemble(Content.styled(f"{fact.label:<13}", "$faint"), Content.styled(fact.value, style))
