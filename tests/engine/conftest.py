"""Runs of toy networks on made-up data, trained by the real worker in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from ganstudio import bridge
from ganstudio.engine import architectures
from ganstudio.engine.layers import vgg16_maps
from ganstudio.engine.made_up_data import made_up_data
from ganstudio.recipe.load import dump, resolve
from ganstudio.recipe.schema import Recipe
from ganstudio.runs import events, process
from ganstudio.runs.record import ARCHITECTURE, NAME, RunRecord, write_record
from tests.engine.drawn_vgg16 import drawn_weights

WITNESSES = sorted((Path(__file__).parent / "witnesses").glob("*.py"))
# Whole runs in processes of their own are made of these: one of every kind that files and workers could tell apart.
OF_RUNS = [w for w in WITNESSES if w.stem in ("class_head", "relativistic_pair", "staged_styles", "two_domains")]


class Runs:
    """Makes run folders and lets workers loose on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, name: str, file: Path, *settings: str, processes: int = 1, seed: int = 0, **data: Any) -> Path:
        architecture = architectures.load_file(file)
        table = {**architecture.recipe, "architecture": {"id": file.stem}}
        recipe = resolve(table, settings, file.name)
        run = self.write(name, recipe, file.stem, hashlib.sha256(file.read_bytes()).hexdigest(), processes, seed, data)
        shutil.copy(file, run / ARCHITECTURE)
        return run

    def write(
        self,
        name: str,
        recipe: Recipe,
        source: str,
        digest: str | None = None,
        processes: int = 1,
        seed: int = 0,
        data: dict[str, Any] | None = None,
    ) -> Path:
        """A run of a recipe's own architecture on noise, or of the one with this hash that is put beside it."""
        shape = {
            "channels": 1,
            "classes": 2 if recipe.task.kind in ("unpaired", "contrastive") else 3,
            "resolution": 16,
            **(data or {}),
        }
        shape["paired"] = recipe.task.kind == "paired"
        packed = made_up_data(self.folder, **shape)  # clips where `data` has frames
        m = packed.manifest
        run = self.folder / name
        run.mkdir()
        told = {
            **{"name": m.name, "path": str(packed.path), "fingerprint": m.fingerprint, "count": m.count},
            **{"resolution": m.resolution, "size": list(m.size), "channels": m.channels, "classes": list(m.classes)},
            **{"axes": m.axes, "depth": m.depth, "source_shape": m.source_shape and list(m.source_shape)},
        }
        record = RunRecord(
            *(name, name, source, dump(recipe), seed, "cpu", processes, None, told, None, digest),
            *("2026-01-01T00:00:00+00:00", {}),
        )
        write_record(run / NAME, record)
        return run

    def copy(self, run: Path, name: str) -> Path:
        """The same run, told under another name."""
        return shutil.copytree(run, self.folder / name)


def start(run: Path, *arguments: str, processes: int = 1, **popen: Any) -> subprocess.Popen[bytes]:
    command = process.worker_command(run, processes, resume=False, minutes=None)
    with (run / "log.txt").open("ab") as log:
        # toy networks are too small for two threads to share
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            [*command, *arguments], stdout=log, stderr=log, env=env, start_new_session=True, **popen
        )


def work(run: Path, *arguments: str, processes: int = 1, **popen: Any) -> int:
    """The worker's exit code."""
    return start(run, *arguments, processes=processes, **popen).wait(timeout=180)


def told(run: Path, kind: str) -> list[dict[str, Any]]:
    """A run's events of one kind."""
    return [event for event in events.read_events(run / events.NAME)[0] if event["event"] == kind]


def ask(verb: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and answer of a worker's verb."""
    command = [sys.executable, "-m", bridge.WORKER, verb, *arguments]
    ended = subprocess.run(command, capture_output=True, timeout=180, check=False)
    return ended.returncode, json.loads(ended.stdout)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def drawn_vgg16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks that see through VGG16 are tried with drawn weights."""
    monkeypatch.setattr(vgg16_maps, "published_weights", drawn_weights)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)
