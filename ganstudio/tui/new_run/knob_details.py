"""What is told beside the list of knobs: one knob in full, what differs, what a dry run found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from ganstudio.recipe.knobs import Knob
from ganstudio.report import dry_run as report
from ganstudio.tui.new_run.draft import Draft, arguments
from ganstudio.tui.new_run.knob_rows import shown
from ganstudio.tui.snapshots import MachineSnapshot


@dataclass(frozen=True)
class Trial:
    """A dry run: of which command, what it is at, and how it ended."""

    command: tuple[str, ...] = ()
    doing: str = ""
    error: str = ""
    hint: str = ""
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Desk:
    """The screen New run at one moment. `failed` is why nothing began or started; `undescribed` why the architecture's
    options are not known; `starting` while the command that makes the run is at it.
    """

    draft: Draft | None = None
    trial: Trial = Trial()
    failed: str = ""
    undescribed: str = ""
    starting: bool = False

    @property
    def ready(self) -> bool:
        """Whether there is a run to be made, and nothing wrong with it."""
        return self.draft is not None and not self.draft.problems

    @property
    def command(self) -> tuple[str, ...]:
        """What makes the run, as a person types it; () where it cannot be made."""
        return tuple(arguments(self.draft)) if self.draft is not None and self.ready else ()


def about(draft: Draft, knob: Knob | None) -> Content:
    """A knob in full."""
    if knob is None:
        said = [draft.start.label, *draft.start.notes, "Enter chooses a preset, a file of your own, or a run."]
        return Content("\n".join(said))
    lines = [Content(knob.doc)] if knob.doc else []
    now = knob.value(draft.table)
    lines += [
        Content.styled(f"{value}: {doc}", "$text" if value == now else "$faint") for value, doc in knob.choices if doc
    ]
    if knob.legal and not any(doc for _, doc in knob.choices):
        lines.append(Content.styled(f"may be: {knob.legal}", "$faint"))
    if knob.key != "run.data":
        lines.append(Content.styled(f"else: {shown(knob.default, knob)}", "$faint"))
    then = knob.value(draft.origin)
    if then != now:
        lines.append(Content.styled(f"was: {shown(then, knob)}", "$text-accent"))
    if text := draft.fixed(knob):
        lines.append(Content.styled(text, "$text-warning"))
    if text := draft.problems.get(knob.key, ""):
        lines.append(Content.styled(text, "$text-error"))
    return Content("\n").join(lines)


def differences(draft: Draft) -> list[Content]:
    """A line for each knob that is not as the draft began."""
    return [
        Content.assemble(
            f"{knob.key.removeprefix('run.')} ",
            Content.styled(shown(now, knob), "b $text-accent"),
            Content.styled(f" ← {shown(was, knob)}", "$faint"),
        )
        for knob, was, now in draft.differences
    ]


def problems(draft: Draft) -> list[Content]:
    """A line for each thing that is wrong."""
    return [
        Content.styled(f"✗ {key.removeprefix('run.')}{': ' if key else ''}{text}", "$text-error")
        for key, text in draft.problems.items()
    ]


def needs(trial: Trial, command: Sequence[str], machine: MachineSnapshot | None) -> Content:
    """What the dry run told; where the draft has changed since, that is said first."""
    if trial.doing:
        return Content.styled(f"{trial.doing} ...  esc stops it", "$faint")
    if trial.error:
        lines = [Content.styled(trial.error, "$text-error")]
        return Content("\n").join([*lines, *([Content(f"try: {trial.hint}")] if trial.hint else [])])
    if trial.answer is None:
        return Content.styled("t builds the networks and makes a few steps: memory, time, disk.", "$faint")
    lines = [*_told(trial.answer, machine)]
    if tuple(command) != trial.command:
        lines.insert(0, Content.styled("of before the last change: t tries again", "$text-warning"))
    return Content("\n").join(lines)


def _told(answer: Mapping[str, Any], machine: MachineSnapshot | None) -> list[Content]:
    memory = _memory_there(str(answer["device"]), machine)
    facts = [*report.needs(answer, memory, short=True), *report.setting(answer)]
    lines = [_line(fact.label, fact.value, "b $text-error" if fact.severity == "error" else "") for fact in facts]
    counts = [f"{_millions(count)} {name}" for name, count in answer["parameters"].items()]
    lines.append(_line("networks", " · ".join(counts)))
    return [*lines, *(Content.styled(f"note: {text}", "$faint") for text in answer["notes"])]


def _line(name: str, text: str, style: str = "") -> Content:
    return Content.assemble(Content.styled(f"{name:<11}", "$faint"), Content.styled(text, style))


def _memory_there(device: str, machine: MachineSnapshot | None) -> int | None:
    if machine is None:
        return None
    if not device.startswith("cuda"):
        return machine.total
    number = int(device.partition(":")[2] or 0)
    return machine.gpus[number].total if number < len(machine.gpus) else None


def _millions(count: int) -> str:
    return f"{count / 1e6:.2f}M" if count >= 1e5 else f"{count:,}"
