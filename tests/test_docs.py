"""What the documentation shows works."""

from __future__ import annotations

import re
from pathlib import Path

from tests.engine.conftest import ask

DOCS = Path(__file__).parents[1] / "docs"


def test_the_tutorials_file_passes_its_own_check(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "your-own-gan.md").read_text(), re.S)
    file = tmp_path / "my_gan.py"
    file.write_text(code)
    _, answer = ask("check", str(file))
    assert answer["ok"], answer["checks"]
