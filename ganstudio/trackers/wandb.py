"""A run of Weights & Biases, offline: a folder `wandb/offline-run-...` that `wandb sync` can upload.

W&B's history only grows. So the folder is written in one piece, and anew where the run went on since.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

from ganstudio.runs.record import RunRecord
from ganstudio.trackers.names import FINDINGS, REAL, STEPS, STEPS_TEXT
from ganstudio.trackers.records import Picture, Record, Scalar, Text, hyperparameters

PROJECT = "ganstudio"


class WandbFolder:
    """The offline run of one run in `folder`. Its step is nimg."""

    appends: ClassVar[bool] = False
    restores: ClassVar[bool] = False
    rewinds: ClassVar[bool] = False

    def __init__(self, folder: Path, run_dir: Path, record: RunRecord) -> None:
        self._folder, self._run_dir, self._record = folder, run_dir, record
        self._run: Any = None
        self._name: str | None = None

    def check(self, folder: Path) -> None:
        """Many runs share a folder: each has one of its own in it."""

    def open(self, kept: dict[str, Any] | None, anew: bool) -> None:  # noqa: ARG002  # it is never gone on with
        if kept and (name := kept["folder"]) and Path(name).name == name:
            shutil.rmtree(self._folder / "wandb" / name, ignore_errors=True)
        # Set before the import, which reads them: no account, no network, no report to its maker.
        os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_ERROR_REPORTING": "false"}
        import wandb

        quiet = {"console": "off", "disable_git": True, "save_code": False, "x_disable_stats": True}
        settings = wandb.Settings(mode="offline", silent=True, x_disable_meta=True, x_save_requirements=False, **quiet)
        self._run = wandb.init(
            project=PROJECT,
            id=self._record.id,
            name=self._record.id,
            dir=self._folder,
            config={**hyperparameters(self._record), STEPS: STEPS_TEXT},
            settings=settings,
        )
        self._name = Path(self._run.settings.sync_dir).name
        if (real := self._run_dir / "real.png").is_file():
            self._run.log({REAL: wandb.Image(str(real))}, step=0)

    def rewind(self, nimg: int) -> None:
        raise NotImplementedError

    def write(self, records: Sequence[Record]) -> None:
        for step, group in groupby(records, key=lambda one: one.step):
            self._run.log(dict(map(_entry, group)), step=step)

    def flush(self) -> dict[str, Any]:
        return {"folder": self._name}

    def close(self) -> None:
        if self._run is not None:
            self._run.finish()
            self._run = None


def _entry(record: Record) -> tuple[str, Any]:
    import wandb

    match record:
        case Scalar():
            return record.tag, record.value
        case Picture():
            return record.tag, wandb.Image(str(record.path))
        case Text():
            return FINDINGS, record.text
