"""No name moves the dashboard's cursor: control characters are left out of every line, whatever widget drew it."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from ganstudio.streams import has_controls, without_controls


class WithoutControls(LineFilter):
    """They take no cell, so that what stands beside them stays where it is."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        if not has_controls("".join([segment.text for segment in segments])):
            return segments
        return [one if one.control else Segment(without_controls(one.text), one.style) for one in segments]
