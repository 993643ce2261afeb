"""The part of the screen Run that acts on its run: each action runs a command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import work
from textual.binding import Binding
from textual.content import Content

from ganstudio.commands import Outcome
from ganstudio.errors import UsageError, quoted
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.questions import Choose, Report
from ganstudio.tui.run.viewport import Viewport, nearest
from ganstudio.tui.runs.stop import StoppingPage
from ganstudio.tui.snapshots import RunRow, RunSnapshot

if TYPE_CHECKING:
    from ganstudio.diagnosis.finding import Finding

_RATES = ("generator_optimizer.lr", "discriminator_optimizer.lr")
MOST_OVERLAID = 3


class RunActions(StoppingPage):
    """The actions of the screen Run; `RunPage` shows the run."""

    CHANGES = frozenset(
        {"pause", "stop", "kill", "resume", "snapshot", "evaluate", "rates", "export", "remedy", "fork"}
    )
    BINDINGS = [  # noqa: RUF012
        Binding("d", "why", "why", id="run.why", tooltip="what the findings go by, and what to try"),
        Binding("F", "remedy", "remedy", id="run.remedy", tooltip="fork with what a finding advises"),
        Binding("f", "fork", "fork", show=False, id="run.fork", tooltip="a new run from the checkpoint at the cursor"),
        Binding("p", "pause", "pause", id="run.pause", tooltip="pause, or go on"),
        Binding("S", "stop", "stop", id="run.stop", tooltip="stop with a checkpoint"),
        Binding("K", "kill", "kill", id="run.kill", tooltip="kill a run that does not stop"),
        Binding("R", "resume", "resume", id="run.resume"),
        Binding("w", "snapshot", "snapshot", show=False, id="run.snapshot", tooltip="samples and a checkpoint now"),
        Binding("e", "evaluate", "evaluate", show=False, id="run.evaluate", tooltip="a score now"),
        Binding("l", "rates", "rates", show=False, id="run.rates", tooltip="change learning rates and other numbers"),
        Binding("x", "export", "export", id="run.export", tooltip="the checkpoint at the cursor, or the best, as ONNX"),
        Binding("r", "recipe", "recipe", show=False, id="run.recipe", tooltip="every knob of this run"),
        Binding("y", "copy_id", "copy id", show=False, id="run.copy"),
    ]
    snapshot: RunSnapshot | None
    viewport: Viewport
    overlaid_runs: dict[str, RunSnapshot]
    expected_run: str | None  # a run that has just been begun here

    @property
    def row(self) -> RunRow | None:
        return self.snapshot.row if self.snapshot else None

    def offers(self, action: str) -> bool:
        row = self.row
        if row is None:
            return action not in (*self.CHANGES, "why", "recipe", "copy_id", "overlay")
        match action:
            case "pause" | "stop":
                return row.view.live
            case "kill":
                return self.killable(row)
            case "snapshot" | "evaluate" | "rates":
                return row.view.status in ("running", "paused")
            case "resume":
                return row.view.status in ("stopped", "crashed", "failed", "prepared")
            case "why":
                return bool(row.findings)
            case "remedy":
                return any(finding.remedy for finding in row.findings or ())
            case "export" | "fork":
                return bool(self.snapshot and self.snapshot.checkpoints)
        return True

    def action_pause(self) -> None:
        if self.row:
            word = "continue" if self.row.view.status == "paused" else "pause"
            self.act("runs", word, self.row.id, "--no-wait", doing=f"asked to {word}")

    def action_stop(self) -> None:
        if self.row:
            self.ask_to_stop(self.row)

    def action_kill(self) -> None:
        if self.row:
            self.ask_to_kill(self.row)

    def action_resume(self) -> None:
        if self.row:
            self.act("runs", "resume", self.row.id, "--detach", doing=f"{self.row.id} resumes")

    def action_snapshot(self) -> None:
        if self.row:
            self.act("runs", "snapshot", self.row.id, "--no-wait", doing="asked for samples and a checkpoint")

    def action_evaluate(self) -> None:
        if self.row:
            self.act("runs", "evaluate", self.row.id, "--no-wait", doing="asked for a score")

    def action_rates(self) -> None:
        if self.row is None:
            return
        run, view = self.row.id, self.row.view
        recipe = view.record.recipe_after(view.state.changes)
        now = rates_text(recipe)

        def check(values: Values) -> Values:
            try:
                shlex.split(values["rates"])
            except ValueError:
                raise UsageError("a quotation mark stands alone.") from None
            return values

        def on_values(values: Values | None) -> None:
            settings = values["rates"] if values else ""
            if settings and settings != now:
                self.act("runs", "set", run, *shlex.split(settings), "--no-wait", doing=f"asked for {settings}")

        title = f"Numbers of {run}, from its next step on: learning rates, or any that `runs set` takes"
        # the command says what is wrong with a setting
        self.app.push_screen(Form(title, [Field("rates", "", now)], check, "go on"), on_values)

    def action_export(self) -> None:
        if self.snapshot is None:
            return
        place = nearest(self.snapshot.checkpoints, self.viewport.cursor) if self.viewport.cursor is not None else None
        run = self.snapshot.row.id
        what = run if place is None else f"{run}@{place / 1000:g}"
        done = f"{what} is exported: 5 opens it, 6 lists it"
        self.act("export", "onnx", what, doing=f"exports {what} ...", done=done)

    def action_fork(self) -> None:
        if self.snapshot is None:
            return
        at = self.viewport.at(self.snapshot.row.view.state.nimg)
        place = nearest(self.snapshot.checkpoints, at)
        self.dashboard.new_run(self.snapshot.row.id if place is None else f"{self.snapshot.row.id}@{place / 1000:g}")

    def action_remedy(self) -> None:
        """Asks, and runs the remedy of a finding: a whole command, which begins another run."""
        with_remedy = [finding for finding in (self.row.findings or ()) if finding.remedy] if self.row else []
        if len(with_remedy) == 1:
            self._remedy(with_remedy[0])
        elif with_remedy:
            options = [
                (str(number), f"{' '.join(finding.tries)}  ({finding.rule})")
                for number, finding in enumerate(with_remedy)
            ]

            def on_choice(number: str | None) -> None:
                if number is not None:
                    self._remedy(with_remedy[int(number)])

            self.app.push_screen(Choose("Which remedy?", options), on_choice)

    def _remedy(self, finding: Finding) -> None:
        assert finding.remedy is not None
        arguments = shlex.split(finding.remedy)[1:]
        self.ask(f"{finding.symptom} Fork with the remedy?", *arguments, "--detach", done=self._on_forked)

    def _on_forked(self, outcome: Outcome) -> None:
        """Notes the new run, which is shown as soon as the poller has read it."""
        self.expected_run = outcome.stdout.strip()
        self.notify(f"{self.expected_run} has begun", markup=False)

    def action_why(self) -> None:
        if self.row:
            self.app.push_screen(Report(f"Findings of {self.row.id}", findings_text(self.row)))

    def action_recipe(self) -> None:
        from ganstudio.runs.compare import knobs

        if self.row:
            view = self.row.view
            now = knobs(view.record) | {change["key"]: change["to"] for change in view.state.changes}
            lines = [Content(f"{key:<36} {value}") for key, value in now.items() if value is not None]
            self.app.push_screen(Report(f"Recipe of {self.row.id}", Content("\n").join(lines)))

    def action_copy_id(self) -> None:
        if self.row:
            self.copy(self.row.id, "id")

    def action_overlay(self) -> None:
        """Asks for a run and draws its curves over these, or removes them again."""
        if self.row is None:
            return
        names = [row.id for row in self.dashboard.runs.rows if row.id != self.row.id]
        options = [(name, f"{'✓' if name in self.viewport.overlaid else ' '} {name}") for name in names]

        def on_choice(name: str | None) -> None:
            if name in self.viewport.overlaid:
                self._overlay_runs([one for one in self.viewport.overlaid if one != name])
            elif name is not None:
                self._overlay_runs([*self.viewport.overlaid, name][-MOST_OVERLAID:])

        self.app.push_screen(Choose("Which run's curves over these?", options), on_choice)

    def _overlay_runs(self, names: list[str]) -> None:
        self._read_others([row for name in names if (row := self.dashboard.runs.find(name))])
        self.viewport = replace(self.viewport, overlaid=tuple(names))

    @work(thread=True, exclusive=True, group="overlays")
    def _read_others(self, rows: list[RunRow]) -> None:
        from ganstudio.tui.run_readers import RunReader

        read = {row.id: one for row in rows if (one := RunReader(row.view.path).read(row)) is not None}
        self.app.call_from_thread(self._show_overlaid_runs, read)

    def _show_overlaid_runs(self, read: dict[str, RunSnapshot]) -> None:
        self.overlaid_runs = read
        self.watch_viewport()

    def watch_viewport(self) -> None:
        raise NotImplementedError


def rates_text(recipe: Mapping[str, Any]) -> str:
    """The settings of a recipe's learning rates in one line, as they are typed in a shell."""
    from ganstudio.recipe.knobs import value_at
    from ganstudio.recipe.settings import as_setting

    return " ".join(quoted(f"{key}={as_setting(value_at(recipe, key))}") for key in _RATES)


def findings_text(row: RunRow) -> Content:
    """Returns all findings of a run with their evidence and what to try."""
    parts = []
    for finding in row.findings or ():
        first, last = finding.kimg
        lines = [
            Content.styled(f"{finding.severity}: {finding.symptom}", "b"),
            Content(f"seen      {first:.1f} to {last:.1f} kimg"),
            Content(f"goes by   {finding.evidence}"),
            *(Content(f"try       {setting}") for setting in finding.tries),
            *([Content(f"advice    {finding.advice}")] if finding.advice else []),
            *([Content(f"command   {finding.remedy}")] if finding.remedy else []),
        ]
        parts.append(Content("\n").join(lines))
    return Content("\n\n").join(parts)
