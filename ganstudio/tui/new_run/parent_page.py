"""The part of the screen New run that asks what a draft begins as: a preset, a file, a fork or a clone of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from textual import work
from textual.binding import Binding

from ganstudio.errors import StudioError, UsageError
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.paths import existing_path
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.error_text import error_text
from ganstudio.tui.new_run.draft import Start
from ganstudio.tui.new_run.run_knobs import KnownNames
from ganstudio.tui.page import Page
from ganstudio.units import format_kimg
from ganstudio.workspace import expand_path


class ParentPage(Page):
    """Asks for a draft's start and reads it in a thread; the subclass gets the result by `start_read` and its like."""

    BINDINGS = [  # noqa: RUF012
        Binding("b,ctrl+o", "begin", "from", id="new.begin", tooltip="begin with a preset, a file or a run"),
    ]

    def start_read(self, start: Start) -> None:
        raise NotImplementedError

    def start_failed(self, error: StudioError) -> None:
        raise NotImplementedError

    def options_read(self, name: str, code: Path | None, options: object) -> None:
        raise NotImplementedError

    def known_names_read(self, known_names: KnownNames) -> None:
        raise NotImplementedError

    @property
    def data(self) -> str:
        """The data set that a new draft begins with."""
        raise NotImplementedError

    @property
    def start(self) -> Start | None:
        """The start of the draft that is shown."""
        raise NotImplementedError

    @property
    def of(self) -> str:
        """The run that the draft is a fork or a clone of; '' where it is of none."""
        return self.start.of if self.start else ""

    # what is asked

    def action_begin(self) -> None:
        of = self.of
        options = _of_run(of, " ...") if of else []
        options += [("preset", "a preset ..."), ("file", "a file of your own ...")]
        if self.dashboard.runs.rows:
            options.append(("run", f"{'another' if of else 'a'} run ..."))
        self.choose("Begin with", options, self._begin)

    def choose(
        self, question: str, options: Sequence[tuple[str, str]], then: Callable[[str], object], at: str = ""
    ) -> None:
        """Asks for one of some options and calls `then` with its id, unless the person went back."""

        def on_choice(key: str | None) -> None:
            if key is not None:
                then(key)

        self.app.push_screen(Choose(question, options, at), on_choice)

    def _begin(self, how: str) -> None:
        match how:
            case "preset":
                self._ask_preset()
            case "file":
                fields = [Field("file", "file", hint="my_gan.py", path=True)]
                self.app.push_screen(
                    Form("Begin with a file of your own", fields, _check_file, "begin"), self._with_file
                )
            case "run":
                runs = [(row.id, f"{row.id}  {row.view.status}") for row in self.dashboard.runs.rows]
                self.choose("Begin with a run", runs, self._ask_how)
            case _:
                self._take(self.of, how)

    def _ask_how(self, run: str) -> None:
        self.choose(f"Begin with {run}", _of_run(run, ""), lambda how: self._take(run, how))

    def _take(self, run: str, how: str) -> None:
        if how == "at":
            self._ask_checkpoint(run)
        else:
            self.read_start("fork" if how == "fork" else "clone", run)

    def _with_file(self, values: Values | None) -> None:
        if values is not None:
            self.read_start("file", values["file"])

    def _ask_checkpoint(self, run: str) -> None:
        from ganstudio.runs import checkpoints

        steps = [checkpoints.nimg_of(path) for path in checkpoints.all_checkpoints(self.workspace.runs / run)]
        if not steps:
            self.notify(f"{run} has no checkpoint yet", severity="warning", markup=False)
            return
        names = [(f"{run}@{nimg / 1000:g}", f"{format_kimg(nimg)} kimg") for nimg in reversed(steps)]
        self.choose(f"A checkpoint of {run}", names, lambda reference: self.read_start("fork", reference))

    def _ask_preset(self) -> None:
        from ganstudio.tui.new_run.parents import presets

        summaries = presets(self.workspace)
        width = max(len(name) for name, _ in summaries)
        self.choose(
            *("A preset", [(name, f"{name:<{width}}  {text}") for name, text in summaries]),
            lambda name: self.read_start("preset", name),
            start.given if (start := self.start) and start.how == "preset" else "",
        )

    # what is read beside the screen

    @work(thread=True, exclusive=True, group="begin")
    def read_start(self, how: str, what: str) -> None:
        """Reads the start of a draft: `how` is preset, file, first, any, fork or clone, `what` its name."""
        from ganstudio.tui.new_run import parents

        tell = self.app.call_from_thread
        data, readonly = self.data or parents.DATA, self.dashboard.readonly
        try:
            match how:
                case "preset":
                    start = parents.from_preset(self.workspace, what, data)
                case "file":
                    start = parents.from_file(expand_path(what), data, readonly)
                case "first":
                    start = parents.first_preset(self.workspace, data)
                case "any":  # a fork where there is a checkpoint, else a clone
                    start = parents.fork_or_clone(self.workspace, what, readonly)
                case _:
                    start = parents.from_run(self.workspace, what, how == "fork", readonly)
            start = parents.checked_start(start)
        except Exception as error:
            tell(self.start_failed, error if isinstance(error, StudioError) else StudioError(error_text(error, what)))
            return
        tell(self.start_read, start)

    @work(thread=True, exclusive=True, group="describe")
    def read_options(self, name: str, code: Path | None) -> None:
        """Reads which options an architecture has."""
        from ganstudio.runs.architecture_options import describe

        try:
            options = describe(name, code, keep=not self.dashboard.readonly)["options"]
        except Exception as error:
            options = error_text(error, name)
        self.app.call_from_thread(self.options_read, name, code, options)

    @work(thread=True, exclusive=True, group="around")
    def read_known_names(self) -> None:
        """Reads the names of the data sets."""
        from ganstudio.tui.new_run.parents import known_names

        try:
            there = known_names()
        except Exception as error:
            self.app.call_from_thread(self.notify, error_text(error, "data sets"), severity="error", markup=False)
            return
        self.app.call_from_thread(self.known_names_read, there)


def _of_run(run: str, more: str) -> list[tuple[str, str]]:
    return [
        ("fork", f"fork of {run}: goes on from its last checkpoint"),
        ("at", f"fork of {run} from another checkpoint{more}"),
        ("clone", f"clone of {run}: its recipe and data, from nothing"),
    ]


def _check_file(values: Values) -> None:
    file = Path(existing_path(values["file"]))
    if file.suffix != ".py" or not file.is_file():
        raise UsageError(f"{values['file']}: is not a Python file.")
