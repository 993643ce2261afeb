"""A run in a file store of MLflow: metrics, parameters, grids as artifacts. Needs the client alone, `mlflow-skinny`."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from ganstudio.errors import StudioError
from ganstudio.runs.record import RunRecord
from ganstudio.trackers.names import STEPS, STEPS_TEXT
from ganstudio.trackers.records import Picture, Record, Scalar, Text, began_at, hyperparameters

EXPERIMENT = "ganstudio"
_MOST = 100  # parameters a call
_LONGEST = 6000  # letters of a parameter


class MlflowStore:
    """One run of MLflow in the store at `folder`, which may hold many."""

    appends: ClassVar[bool] = True
    restores: ClassVar[bool] = False
    rewinds: ClassVar[bool] = False

    def __init__(self, folder: Path, run_dir: Path, record: RunRecord) -> None:
        self._folder, self._run_dir, self._record = folder, run_dir, record
        self._client: Any = None
        self._kept: dict[str, Any] = {}

    def check(self, folder: Path) -> None:
        """Many runs share a store."""

    def open(self, kept: dict[str, Any] | None, anew: bool) -> None:
        # Without it MLflow 3.7 and later refuse a file store; read when it is opened.
        os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        from mlflow import MlflowClient

        self._client = MlflowClient(self._folder.absolute().as_uri())
        if kept and anew:
            self._remove(kept)
        if anew or not kept:
            self._kept = self._create()
        else:
            self._kept = kept

    def rewind(self, nimg: int) -> None:
        raise NotImplementedError

    def write(self, records: Sequence[Record]) -> None:
        from mlflow.entities import Metric

        run = self._kept["run"]
        scalars = (one for one in records if isinstance(one, Scalar))
        for some in _batched(scalars, 1000):
            metrics = [Metric(metric_name(one.tag), one.value, round(one.time * 1000), one.step) for one in some]
            self._client.log_batch(run, metrics=metrics)
        for one in records:
            match one:
                case Picture():
                    self._client.log_artifact(run, str(one.path), "samples")
                case Text():
                    self._client.log_text(run, one.text, f"findings/{one.step:010}.md")

    def flush(self) -> dict[str, Any]:
        return self._kept

    def close(self) -> None:
        if self._client is not None:
            self._client.set_terminated(self._kept["run"])

    def _create(self) -> dict[str, Any]:
        from mlflow.entities import Param

        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        id = experiment.experiment_id if experiment else self._client.create_experiment(EXPERIMENT)
        start = round(began_at(self._record) * 1000)
        run = self._client.create_run(id, start, {STEPS: STEPS_TEXT}, self._record.id).info.run_id
        knobs = hyperparameters(self._record).items()
        for some in _batched(knobs, _MOST):
            params = [Param(metric_name(key), str(value)[:_LONGEST]) for key, value in some]
            self._client.log_batch(run, params=params)
        if (real := self._run_dir / "real.png").is_file():
            self._client.log_artifact(run, str(real))
        return {"experiment": id, "run": run}

    def _remove(self, kept: dict[str, Any]) -> None:
        """Deletes the run of an earlier export, which is written anew."""
        run, experiment = str(kept["run"]), str(kept["experiment"])
        if not (re.fullmatch(r"[0-9a-f]{32}", run) and re.fullmatch(r"[0-9]+", experiment)):
            raise StudioError(f"{self._folder}: what was kept of the last export is damaged: run {run!r}.")
        shutil.rmtree(self._folder / experiment / run, ignore_errors=True)


def metric_name(tag: str) -> str:
    """A tag in the letters that MLflow takes: `Metrics/FD[lenet]-5k` is `Metrics/FD-lenet-5k`."""
    return re.sub(r"[^\w. :/-]", "-", tag.replace("]", ""))


def _batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
