"""The page docs/results.md, where learn.py and learn_pictures.py put their tables between marks of their own."""

from __future__ import annotations

import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "results.md"


def write_between(head: str, end: str, table: str) -> None:
    """Puts a table into the page in place of what stands between two marks."""
    text = PAGE.read_text()
    if head not in text:
        sys.exit(f"{PAGE} has no line {head}")
    before, _, rest = text.partition(head)
    PAGE.write_text(f"{before}{head}\n{table}\n{end}{rest.partition(end)[2]}")
