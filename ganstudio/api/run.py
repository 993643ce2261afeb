"""A run in Python: its state and its numbers as they are now, and what can be done to it."""

from __future__ import annotations

import html
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from ganstudio.api.asking import ask, options, path_text
from ganstudio.api.figure import Figure
from ganstudio.api.metrics import Metrics
from ganstudio.api.model import Model
from ganstudio.api.pictures import Picture
from ganstudio.diagnosis import Finding, diagnose
from ganstudio.errors import StudioError, TrainingError
from ganstudio.report.runs import best_score
from ganstudio.runs import log as logs
from ganstudio.runs import store
from ganstudio.runs.metrics.series import load_series
from ganstudio.runs.store import RunView, Status
from ganstudio.units import format_kimg
from ganstudio.workspace import Workspace as Folders

_POLL_S = 0.25


class Run:
    """One run. Every property reads the run's folder anew; every method that acts is the command of its name."""

    def __init__(self, folders: Folders, path: Path) -> None:
        self._folders, self._path = folders, path

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._path

    @property
    def id(self) -> str:
        """Its name, which every command takes for it."""
        return self._view().id

    @property
    def state(self) -> Status:
        """queued, running, paused, stopping, finished, stopped, failed or crashed; prepared before it begins."""
        return self._view().status

    @property
    def live(self) -> bool:
        """Whether it trains, waits for its turn, is paused, or is about to stop."""
        return self._view().live

    @property
    def kimg(self) -> float:
        """How far it is, in thousands of images."""
        return self._view().state.nimg / 1000

    def as_dict(self) -> dict[str, Any]:
        """What `ganstudio runs show --json` prints."""
        return self._view().as_json([finding.as_json() for finding in self.findings()])

    def metrics(self) -> Metrics:
        """Every number that it told so far: losses, logits, scores, rates."""
        return Metrics(load_series(self._path))

    def findings(self) -> list[Finding]:
        """What `ganstudio diagnose` finds, the worst first."""
        view = self._view()
        return diagnose(view.path, view.record, view.state)

    def samples(self) -> list[Picture]:
        """Its sample grids so far, of the same latents each time, oldest first."""
        return [Picture(path) for path in sorted((self._path / "samples").glob("*.png"))]

    def log(self, lines: int = 20) -> str:
        """The last lines of what its worker wrote."""
        return "\n".join(logs.tail(self._path / logs.NAME, lines))

    def plot(self, what: str = "losses", *, smooth: float = 0.0, log: bool = False) -> Figure:
        """Curves, as `ganstudio runs plot --what` names them: losses, scores, logits, lr, grads, updates, probes."""
        return Figure.drawn(self._folders, [self.id], what, smooth, log)

    def wait(self, timeout: float | None = None) -> Run:
        """Waits until it is over, and returns it; `timeout` is in seconds. Interrupted, the run goes on.

        Raises:
            TrainingError: it failed, or its process died.
            TimeoutError: it is not over yet.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (view := self._view()).live:
            if until is not None and time.monotonic() >= until:
                raise TimeoutError(f"{view.id} is {view.status} after {timeout:g} s")
            time.sleep(_POLL_S)
        if view.status in ("failed", "crashed"):
            raise TrainingError(f"{view.id} {view.status}: {self._reason(view)}", view.resume_command)
        return self

    def watch(self, *, every_s: float = 2.0) -> Thread:
        """Shows it in a notebook, anew every so many seconds until it is over; other cells can run meanwhile.

        Returns the thread that does so. Raises StudioError where IPython is not installed.
        """
        try:
            from IPython.display import display
        except ImportError:
            raise StudioError(
                "watch shows a run in a notebook, and IPython is missing.", "pip install 'ganstudio[notebook]'"
            ) from None
        shown = display(self, display_id=True)
        watching = Thread(target=self._show_anew, args=(shown, every_s), daemon=True)
        watching.start()
        return watching

    def _show_anew(self, shown: Any, every_s: float) -> None:
        with suppress(StudioError):  # the run may be removed meanwhile
            while self.live:
                time.sleep(every_s)
                shown.update(self)
            shown.update(self)

    def _reason(self, view: RunView) -> str:
        """What is known of why it did not come to its end."""
        error = view.state.error
        return str(error["message"]) if error else self.log(1) or "its process is gone"

    def stop(self) -> Run:
        """Stops it with a checkpoint, which `resume` goes on from."""
        return self._act("stop")

    def pause(self) -> Run:
        """Holds it after its step, with a checkpoint."""
        return self._act("pause")

    def go_on(self) -> Run:
        """Lets it go on after a pause."""
        return self._act("continue")

    def resume(self, *, minutes: float | None = None) -> Run:
        """Goes on from its last checkpoint; returns at once."""
        return self._act("resume", *options(minutes=minutes, detach=True))

    def set(self, changes: Mapping[str, float]) -> Run:
        """Changes numbers while it trains: `{"generator_optimizer.lr": 1e-4}`."""
        return self._act("set", *(f"{key}={value:g}" for key, value in changes.items()))

    def fork(self, *, at: float | None = None, set: Mapping[str, Any] | None = None, **more: Any) -> Run:
        """Begins a new run where this one was at `at` kimg, or is; returns at once.

        `set` are knobs by their keys; `more` are options of `ganstudio runs fork`.
        """
        reference = self.id if at is None else f"{self.id}@{at:g}"
        answer = ask(self._folders, "runs", "fork", reference, *options(set, detach=True, **more))
        return Run(self._folders, Path(answer["path"]))

    def export(self, *, checkpoint: str | float = "best", **more: Any) -> Model:
        """Its generator as an .onnx file: of the `best` checkpoint, the `last`, or one by its kimg."""
        which = f"{checkpoint:g}" if isinstance(checkpoint, float | int) else checkpoint
        answer = ask(self._folders, "export", "onnx", self.id, *options(checkpoint=which, **more))
        return Model.find(self._folders, Path(answer["path"]))

    def report(self, out: str | Path, **more: Any) -> Path:
        """Writes what is known of it into one HTML file; `more` are options of `ganstudio report`: `no_model=True`."""
        return write_report(self._folders, [self.id], out, **more)

    def _act(self, verb: str, *more: str) -> Run:
        ask(self._folders, "runs", verb, self.id, *more)
        return self

    def _view(self) -> RunView:
        return store.view(self._path)

    def __repr__(self) -> str:
        try:
            view = self._view()
        except StudioError:
            return f"<Run {self._path.name}: gone>"
        return f"<Run {view.id}: {view.status}, {format_kimg(view.state.nimg)} kimg>"

    def table_row(self) -> str:
        """Its row of an HTML table."""
        view = self._view()
        cells = (view.id, view.status, view.record.preset, view.record.data["name"], _length(view), best_score(view))
        return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"

    def _repr_html_(self) -> str:
        rows = {
            "state": self.state,
            "length": _length(self._view()),
            "score": best_score(self._view()),
            "folder": str(self._path),
        }
        body = "".join(f"<tr><th>{key}</th><td>{html.escape(value)}</td></tr>" for key, value in rows.items())
        found = "".join(f"<li>{html.escape(one.symptom)}</li>" for one in self.findings())
        picture = self.samples()[-1].as_html() if self.samples() else ""
        return f"<h4>{html.escape(self.id)}</h4><table>{body}</table><ul>{found}</ul>{picture}"


def write_report(folders: Folders, runs: Iterable[str], out: str | Path, **more: Any) -> Path:
    """The file of `ganstudio report RUNS --out`."""
    return Path(ask(folders, "report", *runs, *options(None, out=path_text(out), **more))["path"])


def _length(view: RunView) -> str:
    return f"{format_kimg(view.state.nimg)} of {view.kimg_total:g} kimg"
