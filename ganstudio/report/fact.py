"""One thing that is said: what it is about, what there is to say, and how grave that is."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["plain", "good", "warning", "error"]


class Fact(NamedTuple):
    """`label` is empty where the value speaks for itself."""

    label: str
    value: str
    severity: Severity = "plain"
