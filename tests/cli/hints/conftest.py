"""A workspace in which errors can be made, and what types the hint of one. Workers and trainings are played."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganstudio import bridge
from ganstudio.cli.follow import follow
from ganstudio.data import catalog, run_data
from ganstudio.data.obtain import open_set
from ganstudio.data.opening import open_source
from ganstudio.recipe.load import dump, resolve
from ganstudio.runs import process
from ganstudio.workspace import Workspace
from tests.cli.conftest import Ended, Program
from tests.inference.generators import write_generator
from tests.inference.stores import noise, pack
from tests.inference.test_import_model import write_theirs
from tests.runs.making import STARTED, make_run, tell

RECIPE = dump(resolve({"architecture": {"id": "dcgan", "channels": 8}, "training": {"kimg": 100, "batch": 8}}, [], "x"))
FOUND: dict[str, Any] = {
    **{"ok": True, "device": "cpu", "precision": "bf16", "parameters": {"generator": 7}, "notes": [], "batch": 8},
    **{"micro_batch": None, "step_ms": 1.0, "img_per_s": 100.0, "memory_bytes": 5e8, "checkpoint_bytes": 2e7},
    **{"disk_bytes": 6e7},
}
SCORED: dict[str, Any] = {
    **{"notes": [], "target": "bare", "against": "pets", "seconds": 1.0, "metrics": {"FD[lenet]-30": 3.0}, "sd": {}},
    **dict.fromkeys(("diversity", "memorized", "shares", "probe")),
}


@pytest.fixture(autouse=True)
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The runs that were started. No worker is: the one that is asked finds nothing wrong."""
    begun: list[Path] = []

    def answer(verb: str, *_: str, **__: Any) -> dict[str, Any]:
        if verb == "describe":
            return {"recipe": {**RECIPE, "architecture": {"id": "dcgan"}}, "options": {"properties": {}}}
        return dict(SCORED if verb == "evaluate" else FOUND)

    monkeypatch.setattr(bridge, "call_worker", answer)
    monkeypatch.setattr(process, "spawn", lambda path, *_, **__: begun.append(path))
    monkeypatch.setattr(follow, "follow_and_report", lambda *_, **__: None)
    return begun


@pytest.fixture
def here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace to stand in, with runs, data sets, exports and pictures."""
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("GANSTUDIO_WORKSPACE", "")
    pack("pets", noise(30), ("cat", "dog"), [0] * 20 + [1] * 10)
    pack("bare", noise(6))
    write_generator(workspace.exports / "cgan.onnx", classes=("cat", "dog"))
    write_generator(workspace.exports / "dogs.onnx")
    write_theirs(workspace.root / "theirs.onnx")
    for name, nimg, reason in (("done", 100_000, "budget"), ("timed", 50_000, "stop"), ("better", 50_000, "patience")):
        old_run(workspace, name, nimg, reason)
    folder = Path("my photos")
    for number in range(5):
        folder.mkdir(exist_ok=True)
        Image.fromarray(np.random.RandomState(number).randint(0, 256, (16, 16, 3), np.uint8)).save(
            folder / f"{number}.png"
        )
    known = catalog.KnownSet(
        "pictures", "somewhere", open_source, "a folder", locations=(folder.absolute(),), resolution=16
    )
    monkeypatch.setitem(catalog.KNOWN, "tiny", known)
    return workspace.root


def old_run(workspace: Workspace, name: str, nimg: int, reason: str, **changes: Any) -> Path:
    told = {"recipe": RECIPE, "data": run_data.data_record(open_set("pets")), "minutes": 1.0, "patience": 9.0}
    path = make_run(workspace, name, **{**told, **changes})
    tell(path, "started", **STARTED)
    (path / "checkpoints" / f"{nimg:010}.pt").touch()
    tell(path, "checkpointed", nimg, path=f"checkpoints/{nimg:010}.pt", changes=[])
    tell(path, "tick", nimg, 60.0, losses={"d": 1.0, "g": 2.0}, img_per_s=100.0)
    tell(path, "finished", nimg, 60.0, reason=reason)
    return path


def hint_of(ended: Ended) -> str:
    assert ended.code in (1, 2), ended
    assert "try: " in ended.err, ended.err
    return ended.err.rpartition("try: ")[2].strip()


def type_hint(ganstudio: Program, hint: str, **filled: str) -> Ended:
    """What came of a hint's commands, one after the other; each must end with 0."""
    for word, value in filled.items():
        hint = re.sub(rf"\b{word}\b", value, hint)
    ended = Ended(0, "", "")
    for part in hint.partition("   #")[0].split(" && "):
        words = shlex.split(part)
        if words[0] == "ganstudio":
            ended = ganstudio(*words[1:])
            assert ended.code == 0, (part, ended)
        else:
            subprocess.run(words, check=True)
    return ended
