"""What the screen New run begins with: a preset, a file of the user's own, a fork or a clone of another run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from textual import work
from textual.binding import Binding

from ganstudio.errors import StudioError, UsageError
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.error_text import said
from ganstudio.tui.new_run.draft import Start
from ganstudio.tui.new_run.run_knobs import Around
from ganstudio.tui.page import Page
from ganstudio.units import format_kimg
from ganstudio.workspace import expand_path


class Beginning(Page):
    """The part of the screen New run that begins a draft; the screen itself says how it goes on from there."""

    BINDINGS = [  # noqa: RUF012
        Binding("b,ctrl+o", "begin", "from", id="new.begin", tooltip="begin with a preset, a file or a run"),
    ]

    def begun(self, start: Start) -> None:
        raise NotImplementedError

    def not_begun(self, error: StudioError) -> None:
        raise NotImplementedError

    def described(self, name: str, code: Path | None, options: object) -> None:
        raise NotImplementedError

    def surrounded(self, around: Around) -> None:
        raise NotImplementedError

    @property
    def data(self) -> str:
        """The data set of a draft that begins anew."""
        raise NotImplementedError

    @property
    def start(self) -> Start | None:
        """What the draft began with."""
        raise NotImplementedError

    @property
    def of(self) -> str:
        """The run that the draft is a fork or a clone of."""
        return self.start.of if self.start else ""

    # what is asked

    def action_begin(self) -> None:
        of = self.of
        options = _of_run(of, " ...") if of else []
        options += [("preset", "a preset ..."), ("file", "a file of your own ...")]
        if self.studio.runs.rows:
            options.append(("run", f"{'another' if of else 'a'} run ..."))
        self.choose("Begin with", options, self._begin)

    def choose(
        self, question: str, options: Sequence[tuple[str, str]], then: Callable[[str], object], at: str = ""
    ) -> None:
        """Goes on with what was chosen, where something was."""

        def chosen(key: str | None) -> None:
            if key is not None:
                then(key)

        self.app.push_screen(Choose(question, options, at), chosen)

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
                runs = [(row.id, f"{row.id}  {row.view.status}") for row in self.studio.runs.rows]
                self.choose("Begin with a run", runs, self._ask_how)
            case _:
                self._take(self.of, how)

    def _ask_how(self, run: str) -> None:
        self.choose(f"Begin with {run}", _of_run(run, ""), lambda how: self._take(run, how))

    def _take(self, run: str, how: str) -> None:
        if how == "at":
            self._ask_checkpoint(run)
        else:
            self.begin_with("fork" if how == "fork" else "clone", run)

    def _with_file(self, values: Values | None) -> None:
        if values is not None:
            self.begin_with("file", values["file"])

    def _ask_checkpoint(self, run: str) -> None:
        from ganstudio.runs import checkpoints

        kept = [checkpoints.nimg_of(path) for path in checkpoints.all_checkpoints(self.workspace.runs / run)]
        if not kept:
            self.notify(f"{run} has no checkpoint yet", severity="warning", markup=False)
            return
        names = [(f"{run}@{nimg / 1000:g}", f"{format_kimg(nimg)} kimg") for nimg in reversed(kept)]
        self.choose(f"A checkpoint of {run}", names, lambda reference: self.begin_with("fork", reference))

    def _ask_preset(self) -> None:
        from ganstudio.tui.new_run.parents import presets

        found = presets(self.workspace)
        width = max(len(name) for name, _ in found)
        self.choose(
            *("A preset", [(name, f"{name:<{width}}  {text}") for name, text in found]),
            lambda name: self.begin_with("preset", name),
            start.given if (start := self.start) and start.how == "preset" else "",
        )

    # what is read beside the screen

    @work(thread=True, exclusive=True, group="begin")
    def begin_with(self, how: str, what: str) -> None:
        """Reads what a draft begins with."""
        from ganstudio.tui.new_run import parents

        tell = self.app.call_from_thread
        data, readonly = self.data or parents.DATA, self.studio.readonly
        try:
            match how:
                case "preset":
                    start = parents.of_preset(self.workspace, what, data)
                case "file":
                    start = parents.of_file(expand_path(what), data, readonly)
                case "first":
                    start = parents.first(self.workspace, data)
                case "any":  # a fork where there is a checkpoint, else a clone
                    start = parents.of_run_somehow(self.workspace, what, readonly)
                case _:
                    start = parents.of_run(self.workspace, what, how == "fork", readonly)
            start = parents.whole(start)
        except Exception as error:
            tell(self.not_begun, error if isinstance(error, StudioError) else StudioError(said(error, what)))
            return
        tell(self.begun, start)

    @work(thread=True, exclusive=True, group="describe")
    def describe(self, name: str, code: Path | None) -> None:
        """Asks which options an architecture has."""
        from ganstudio.runs.architecture_options import describe

        try:
            options = describe(name, code, keep=not self.studio.readonly)["options"]
        except Exception as error:
            options = said(error, name)
        self.app.call_from_thread(self.described, name, code, options)

    @work(thread=True, exclusive=True, group="around")
    def look_around(self) -> None:
        """Reads which data sets there are."""
        from ganstudio.tui.new_run.parents import around

        try:
            there = around()
        except Exception as error:
            self.app.call_from_thread(self.notify, said(error, "data sets"), severity="error", markup=False)
            return
        self.app.call_from_thread(self.surrounded, there)


def _of_run(run: str, more: str) -> list[tuple[str, str]]:
    return [
        ("fork", f"fork of {run}: goes on from its last checkpoint"),
        ("at", f"fork of {run} from another checkpoint{more}"),
        ("clone", f"clone of {run}: its recipe and data, from nothing"),
    ]


def _check_file(values: Values) -> None:
    file = expand_path(values["file"])
    if file.suffix != ".py" or not file.is_file():
        raise UsageError(f"{values['file'] or 'nothing'}: is not a Python file.")
