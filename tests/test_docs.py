"""What the documentation shows works."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from tests.engine.workers import ask
from tests.manual import PAGES

DOCS = Path(__file__).parents[1] / "docs"
_LINK = re.compile(r"\]\((?:https://github\.com/ganstudio/ganstudio/(?:blob|tree)/main/)?([^):#\s]+)(?:#[^)]*)?\)")


def test_every_link_between_pages_leads_somewhere_and_every_page_is_linked() -> None:
    linked = set()
    for page in PAGES:
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
            linked.add((page.parent / target).resolve())
    assert linked >= set(PAGES[1:])


def test_the_page_of_every_knob_is_what_the_schemas_say() -> None:
    page = runpy.run_path(str(DOCS / "knobs.py"))["page"]()
    assert (DOCS / "knobs.md").read_text(encoding="utf-8") == page, "python docs/knobs.py"


def test_the_tutorials_file_passes_its_own_check(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "your-own-gan.md").read_text(), re.S)
    file = tmp_path / "my_gan.py"
    file.write_text(code)
    _, answer = ask("check", str(file))
    assert answer["ok"], answer["checks"]
