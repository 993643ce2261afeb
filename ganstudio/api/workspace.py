"""A workspace in Python: its runs, its exports, the user's data sets, and trainings that begin in it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ganstudio.api.asking import ask, options, path_text
from ganstudio.api.data_sets import DataSet, DataSets
from ganstudio.api.figure import Figure
from ganstudio.api.model import Model
from ganstudio.api.run import Run, write_report
from ganstudio.inference.exports import list_exports
from ganstudio.runs import store
from ganstudio.workspace import Workspace as Folders


class Workspace:
    """A folder with `runs/` and `exports/`, as every command has it.

    Examples:
        >>> ws = ganstudio.Workspace(".")
        >>> run = ws.train("dcgan", data="mnist", minutes=4)  # returns at once
        >>> run.wait().export().sample(seeds=range(64))
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        """`folder`, else `$GANSTUDIO_WORKSPACE`, else the nearest folder upward with a `ganstudio.toml`, else the
        current one. Raises UsageError where it is none.
        """
        self._folders = Folders.locate(None if folder is None else Path(path_text(folder)))

    @property
    def path(self) -> Path:
        """The folder."""
        return self._folders.root

    @property
    def data(self) -> DataSets:
        """The user's data sets, which all workspaces share."""
        return DataSets(self._folders)

    def train(
        self,
        preset: str | Path,
        *,
        data: str | Path,
        minutes: float | None = None,
        kimg: float | None = None,
        epochs: float | None = None,
        seed: int | None = None,
        name: str | None = None,
        device: str | None = None,
        set: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Run:
        """Starts a training, and returns at once; it goes on when this process ends.

        `preset` is a preset's name or a file of your own; `data` a data set's name or a folder of pictures; `set` are
        knobs by their keys, `{"training.batch": 32}`. `more` are the other options of `ganstudio train`, as Python
        names them: `stop_when="fd < 5"`, `patience=200`, `queue=True`, `style_data=...`, `on_finish="CMD"`, and
        `from_="dcgan-mnist-1"`.

        Raises StudioError, in the command's own words, for what cannot be trained.
        """
        given = options(
            set, minutes=minutes, kimg=kimg, epochs=epochs, seed=seed, name=name, device=device, detach=True, **more
        )
        return self._run_of(ask(self._folders, "train", _typed(preset), "--data", _typed(data), *given))

    @property
    def runs(self) -> list[Run]:
        """Every run, oldest first; those that cannot be read are left out."""
        return [Run(self._folders, one.path) for one in store.list_runs(self._folders)]

    def run(self, reference: str = store.LATEST) -> Run:
        """The run that an id, the beginning of one, a name or a folder means. Raises UsageError where it is none."""
        return Run(self._folders, store.find(self._folders, reference).path)

    @property
    def models(self) -> list[Model]:
        """Every export, newest first; files that are none are left out."""
        return [Model(self._folders, one) for one in list_exports(self._folders)[0]]

    def model(self, reference: str | Path) -> Model:
        """The export of that name, or the .onnx file. Raises UsageError where there is none."""
        return Model.find(self._folders, reference)

    def evaluate(
        self, target: Run | Model | DataSet | str | Path, *, against: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Scores of a run, a model, a folder or a data set against data, by default those that a run was made with.

        `more` are options of `ganstudio evaluate`: n=5000, metrics="fid,prdc", shares=True, by="classes", probe=True.
        """
        match target:
            case Run(id=name) | DataSet(name=name):
                typed = name
            case Model(path=path):
                typed = str(path)
            case _:
                typed = _typed(target)
        answer: dict[str, Any] = ask(self._folders, "evaluate", typed, *options(None, against=against, **more))
        return answer

    def plot(
        self, runs: Iterable[Run | str], what: str = "losses", *, smooth: float = 0.0, log: bool = False
    ) -> Figure:
        """Curves of several runs in one picture; `what` as `Run.plot` has it."""
        return Figure.drawn(self._folders, _ids(runs), what, smooth, log)

    def report(self, runs: Iterable[Run | str], out: str | Path, **more: Any) -> Path:
        """Writes what is known of runs, and what differs between them, into one HTML file; `more` as `Run.report`."""
        return write_report(self._folders, _ids(runs), out, **more)

    def _run_of(self, answer: Mapping[str, Any]) -> Run:
        return Run(self._folders, Path(answer["path"]))

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"

    def _repr_html_(self) -> str:
        rows = "".join(run.table_row() for run in reversed(self.runs))
        head = "<tr><th>run</th><th>state</th><th>preset</th><th>data</th><th>kimg</th><th>score</th></tr>"
        return f"<p><code>{html.escape(str(self.path))}</code></p><table>{head}{rows}</table>"


def _ids(runs: Iterable[Run | str]) -> list[str]:
    return [one if isinstance(one, str) else one.id for one in runs]


def _typed(given: str | Path) -> str:
    """A name as it is, a path from whatever folder."""
    return path_text(given) if isinstance(given, Path) or given.startswith((".", "~")) else given
