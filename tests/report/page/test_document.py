"""The report as a file: strangers' words are text in it, its policy allows its own code alone, and it stays small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ganstudio.inference.provenance import is_ours
from ganstudio.report.page import made as made_module
from ganstudio.report.page.made import NO_MODEL, make_report
from ganstudio.report.page.samples import WIDEST, samples_of
from ganstudio.runs import events
from ganstudio.runs.create import create_run
from ganstudio.workspace import Workspace
from tests.report.page.making import export_of, reported_run, with_data
from tests.runs.making import DRAFT, tell

HOSTILE = "</script><script>alert(1)</script><!--<script>&amp;\u2028'\""


class Elements(HTMLParser):
    """The scripts and styles of a page, each with its attributes and its text, and all other elements by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.code: list[tuple[str, dict[str, str | None], str]] = []
        self.others: list[tuple[str, dict[str, str | None]]] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.code.append((tag, dict(attrs), ""))
            self._open = (tag, dict(attrs))
        else:
            self.others.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, attributes, text = self.code[-1]
            self.code[-1] = (tag, attributes, text + data)

    def values(self) -> Any:
        return json.loads(next(text for _, attributes, text in self.code if attributes.get("id") == "values"))

    def policy(self) -> str:
        return next(str(a["content"]) for _, a in self.others if a.get("http-equiv") == "Content-Security-Policy")


def test_what_strangers_wrote_stays_text(workspace: Workspace) -> None:
    run = reported_run(workspace, preset=HOSTILE)
    (run.path / "log.txt").write_text(f"     0.0 kimg  {HOSTILE}\n", encoding="utf-8")
    tell(run.path, "failed", 3000, error={"type": "X", "message": HOSTILE, "hint": None, "exit_code": 1})
    tell(run.path, "evaluated", 3000, score=HOSTILE, value=1.0)
    run = with_data(run, name=HOSTILE, classes=[HOSTILE])
    page = make_report([run], {run.id: NO_MODEL}, 4).content.decode()
    assert "alert(1)</script>" not in page
    assert "<!--" not in page
    told = Elements(page)
    assert len([one for one in told.code if one[0] == "script" and one[1].get("type") is None]) == 8
    shown = told.values()["runs"][0]
    assert (shown["preset"], shown["data"]) == (HOSTILE, HOSTILE)
    assert HOSTILE.partition("\u2028")[0] in shown["log"][0]


@pytest.mark.parametrize("living", [True, False])
def test_the_policy_allows_the_page_s_own_code_by_its_hash_and_nothing_else(workspace: Workspace, living: bool) -> None:
    run = reported_run(workspace)
    made = make_report([run], {run.id: export_of(run, workspace) if living else NO_MODEL}, 4)
    told = Elements(made.content.decode())
    run_by_browsers = [one for one in told.code if one[1].get("type") in (None, "module")]
    hashes = {hashlib.sha256(text.encode()).digest() for _, _, text in run_by_browsers}
    policy = told.policy()
    assert {base64.b64decode(found) for found in re.findall(r"'sha256-([^']+)'", policy)} == hashes
    assert policy.startswith("default-src 'none';")
    assert "unsafe-inline" not in policy
    assert ("'wasm-unsafe-eval'" in policy) is living
    assert not [a for _, a, _ in told.code if "src" in a]
    assert not [a for tag, a in told.others if tag in ("link", "img", "iframe") or any(k.startswith("on") for k in a)]


def test_a_report_says_what_differs_between_runs_and_what_is_left_out(workspace: Workspace) -> None:
    runs = [reported_run(workspace), reported_run(workspace, "other", seed=3)]
    export = export_of(runs[0], workspace)
    made = make_report(runs, {"digits": export, "other": "it takes pictures, not seeds (paired)"}, 2)
    values = Elements(made.content.decode()).values()
    assert values["differing"] == [{"label": "seed", "values": ["0", "3"]}]
    assert made.living == ["digits"]
    assert made.left_out["other"][0] == "the generator: it takes pictures, not seeds (paired)"
    assert values["leftOut"] == made.left_out
    assert "2 of 4 grids of samples" in made.left_out["digits"][0]
    assert [sample["kimg"] for sample in values["runs"][0]["samples"]] == [0.0, 3.0]
    assert "features lenet, n = 500, against digits (1,000 images" in values["runs"][0]["scoring"][0]


def test_a_generator_that_would_make_the_file_too_large_is_left_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = reported_run(workspace)
    export = export_of(run, workspace)
    monkeypatch.setattr(made_module, "MOST_BYTES", 1_000_000)
    made = make_report([run], {run.id: export}, 4)
    assert made.living == []
    assert "would be larger than 1.0 MB" in made.left_out[run.id][0]
    assert len(made.content) < 1_000_000


def test_a_long_run_makes_no_long_file(workspace: Workspace) -> None:
    run = reported_run(workspace)
    writer = events.EventWriter(run.path / events.NAME)
    for nimg in range(4000, 24_000):
        writer.write("tick", nimg, 1.0, losses={"d": nimg % 7 + 0.123456789}, penalties={})
    writer.close()
    made = make_report([run], {run.id: NO_MODEL}, 4)
    curve = Elements(made.content.decode()).values()["runs"][0]["curves"]["losses.d"]
    assert len(curve["kimg"]) == len(curve["values"]) <= 800
    assert max(curve["values"]) == 6.1235
    assert len(made.content) < 200_000


def test_a_run_that_has_told_nothing_has_a_report(workspace: Workspace) -> None:
    from ganstudio.runs import store

    run = store.view(create_run(workspace, DRAFT))
    values = Elements(make_report([run], {run.id: NO_MODEL}, 4).content.decode()).values()
    assert values["plots"] == []
    assert values["runs"][0]["samples"] == []


def test_large_grids_are_scaled_and_what_is_no_picture_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    folder.mkdir()
    Image.effect_noise((2 * WIDEST, 32), 90).save(folder / "0000000001.png")
    (folder / "0000000002.png").write_bytes(b"no picture")
    found = samples_of(tmp_path, 4)
    assert [entry["kimg"] for entry in found.entries] == [0.001]
    assert found.left_out == [
        "some of the detail of 1 grids of samples: they are scaled or compressed with losses",
        "1 grids of samples that cannot be read",
    ]


def test_a_report_says_that_ganstudio_made_it(workspace: Workspace, tmp_path: Path) -> None:
    run = reported_run(workspace)
    file = tmp_path / "report.html"
    file.write_bytes(make_report([run], {run.id: NO_MODEL}, 4).content)
    assert is_ours(file)
