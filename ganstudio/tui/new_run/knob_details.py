"""Texts beside the list of knobs: the knob under the cursor, what differs, the result of a dry run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from ganstudio.recipe.knobs import Knob
from ganstudio.report import dry_run as report
from ganstudio.tui.new_run.draft import Draft, arguments
from ganstudio.tui.new_run.knob_rows import value_text
from ganstudio.tui.snapshots import MachineSnapshot


@dataclass(frozen=True)
class DryRun:
    """A dry run: the command that it tries, what it does now, and how it ended."""

    command: tuple[str, ...] = ()
    doing: str = ""
    error: str = ""
    hint: str = ""
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class NewRunSnapshot:
    """The state of the screen New run. `failed` is why there is no draft or the run did not start; `undescribed` why
    the architecture's options are not known; `starting` is True while the command that makes the run is running.
    """

    draft: Draft | None = None
    dry_run: DryRun = DryRun()
    failed: str = ""
    undescribed: str = ""
    starting: bool = False

    @property
    def ready(self) -> bool:
        """Whether there is a draft, and no problem with it."""
        return self.draft is not None and not self.draft.problems

    @property
    def command(self) -> tuple[str, ...]:
        """The arguments of the command that makes the run; () where it cannot be made."""
        return tuple(arguments(self.draft)) if self.draft is not None and self.ready else ()


def about(draft: Draft, knob: Knob | None) -> Content:
    """Returns all there is to say of a knob; of the draft's start where `knob` is None."""
    if knob is None:
        advice = "Enter chooses a preset, a file of your own, or a run."
        return Content("\n".join([draft.start.label, *draft.start.notes, advice]))
    lines = [Content(knob.doc)] if knob.doc else []
    now = knob.value(draft.table)
    lines += [
        Content.styled(f"{value}: {doc}", "$text" if value == now else "$faint") for value, doc in knob.choices if doc
    ]
    if knob.legal and not any(doc for _, doc in knob.choices):
        lines.append(Content.styled(f"may be: {knob.legal}", "$faint"))
    if knob.key not in ("run.data", "run.style_data"):
        lines.append(Content.styled(f"else: {value_text(knob.default, knob)}", "$faint"))
    before = knob.value(draft.origin)
    if before != now:
        lines.append(Content.styled(f"was: {value_text(before, knob)}", "$text-accent"))
    if text := draft.fixed(knob):
        lines.append(Content.styled(text, "$text-warning"))
    if text := draft.problems.get(knob.key, ""):
        lines.append(Content.styled(text, "$text-error"))
    return Content("\n").join(lines)


def differences(draft: Draft) -> list[Content]:
    """Returns a line for each knob that was changed."""
    return [
        Content.assemble(
            f"{knob.key.removeprefix('run.')} ",
            Content.styled(value_text(now, knob), "b $text-accent"),
            Content.styled(f" ← {value_text(was, knob)}", "$faint"),
        )
        for knob, was, now in draft.differences
    ]


def problems(draft: Draft) -> list[Content]:
    """Returns a line for each problem of the draft."""
    return [
        Content.styled(f"✗ {key.removeprefix('run.')}{': ' if key else ''}{text}", "$text-error")
        for key, text in draft.problems.items()
    ]


def needs(dry_run: DryRun, command: Sequence[str], machine: MachineSnapshot | None) -> Content:
    """Returns the result of the dry run; its first line says so where the draft has changed since."""
    if dry_run.doing:
        return Content.styled(f"{dry_run.doing} ...  esc stops it", "$faint")
    if dry_run.error:
        lines = [Content.styled(dry_run.error, "$text-error")]
        return Content("\n").join([*lines, *([Content(f"try: {dry_run.hint}")] if dry_run.hint else [])])
    if dry_run.answer is None:
        return Content.styled("t builds the networks and makes a few steps: memory, time, disk.", "$faint")
    lines = [*_answer_lines(dry_run.answer, machine)]
    if tuple(command) != dry_run.command:
        lines.insert(0, Content.styled("of before the last change: t tries again", "$text-warning"))
    return Content("\n").join(lines)


def _answer_lines(answer: Mapping[str, Any], machine: MachineSnapshot | None) -> list[Content]:
    memory = _memory_there(str(answer["device"]), machine)
    facts = [*report.needs(answer, memory, short=True), *report.setting(answer)]
    lines = [_line(fact.label, fact.value, "b $text-error" if fact.severity == "error" else "") for fact in facts]
    counts = [f"{_millions(count)} {name}" for name, count in answer["parameters"].items()]
    lines.append(_line("networks", " · ".join(counts)))
    missing = answer.get("step_missing")
    notes = [*([f"no step was tried: {missing}"] if missing else []), *answer["notes"]]
    return [*lines, *(Content.styled(f"note: {text}", "$faint") for text in notes)]


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
