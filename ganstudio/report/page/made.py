"""The whole report: what is said of the runs and, as far as the file stays small enough, their generators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from ganstudio.inference.exports import Export
from ganstudio.report.page.contents import contents_of
from ganstudio.report.page.document import render, runtime_bytes
from ganstudio.report.page.generator import Living, living, why_not
from ganstudio.runs.store import RunView
from ganstudio.units import format_bytes

MOST_BYTES = 20_000_000  # of the file; what a mail may carry
NO_MODEL = "--no-model was given"

Model = Export | str  # a run's generator, or the sentence that says why there is none


class Report(NamedTuple):
    """The file's `content`, the runs whose generators are `living` in it, and what was `left_out` of each run."""

    content: bytes
    living: list[str]
    left_out: dict[str, list[str]]


def make_report(runs: Sequence[RunView], models: Mapping[str, Model], samples: int) -> Report:
    """The report on runs, with at most `samples` grids of each; `models` has a value for each run's id.

    Raises StudioError where a run is damaged.
    """
    contents = contents_of(runs, samples)
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    values = {**contents.values, "made": made, "leftOut": contents.left_out, "withoutModel": {}}
    used = len(render(values, {}))
    generators, without = _chosen(models, MOST_BYTES - used)
    left_out = {
        run: [*([f"the generator: {without[run]}"] if run in without else []), *sentences]
        for run, sentences in contents.left_out.items()
    }
    values |= {"leftOut": left_out, "withoutModel": without}
    return Report(render(values, generators), list(generators), left_out)


def _chosen(models: Mapping[str, Model], room: int) -> tuple[dict[str, Living], dict[str, str]]:
    """The generators that fit into `room` bytes, in turn, and why the others do not."""
    generators: dict[str, Living] = {}
    without: dict[str, str] = {}
    room -= runtime_bytes()
    for run, model in models.items():
        reason = model if isinstance(model, str) else why_not(model)
        if reason is None and not isinstance(model, str):
            reason = _too_large(model.bytes, room)
            if reason is None:
                one = living(model, run)
                reason = _too_large(len(one.content), room)
        if reason is not None:
            without[run] = reason
            continue
        generators[run] = one
        room -= len(one.content)
    return generators, without


def _too_large(size: int, room: int) -> str | None:
    if size <= room:
        return None
    return f"it takes {format_bytes(size)}, and the file would be larger than {format_bytes(MOST_BYTES)}"
