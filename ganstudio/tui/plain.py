"""What every line goes through on its way to the terminal, which obeys what is in it: names come from files."""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# Control bytes, and what turns the direction of a line; none of them takes a cell, so nothing moves.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Plain(LineFilter):
    """Leaves out what a terminal obeys. Widgets that lay out cells of their own have made names printable before."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        if all(text.isprintable() for text, _, _ in segments):
            return segments
        return [Segment(_OBEYED.sub("", text), style, control) for text, style, control in segments]
