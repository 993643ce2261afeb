"""Removes control characters from every line that is drawn: no name of a file moves the terminal's cursor."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from ganstudio.streams import has_controls, without_controls


class ControlCharacterFilter(LineFilter):
    """Removes control characters, which take no cell, so that the text beside them stays in its place."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        if not has_controls("".join([segment.text for segment in segments])):
            return segments
        return [one if one.control else Segment(without_controls(one.text), one.style) for one in segments]
