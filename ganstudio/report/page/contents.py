"""What a report says of runs, as plain values: facts, curves, samples, scores, findings, knobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ganstudio.diagnosis import diagnose, too_early
from ganstudio.report.comparison import Row, differing_knobs, equal_knobs, outcomes
from ganstudio.report.page.curves import curve_points, plots
from ganstudio.report.page.samples import Samples, samples_of
from ganstudio.report.runs import best_score, score_course, scored, skipped_score, speed, state_words, trained
from ganstudio.runs import checkpoints, log
from ganstudio.runs.compare import differences, knobs
from ganstudio.runs.direction import LOWER
from ganstudio.runs.metrics.series import load_series
from ganstudio.runs.store import RunView, naming_damage
from ganstudio.units import format_kimg, format_knob, format_number, format_seconds, size_text

_LOG_LINES = 40


class Contents(NamedTuple):
    """`values` are for the page's script; `left_out` are sentences by the run's id."""

    values: dict[str, Any]
    left_out: dict[str, list[str]]


def contents_of(runs: Sequence[RunView], samples: int) -> Contents:
    """Everything that the page shows but generators. Raises StudioError where a run is damaged."""
    told, left_out = [], {}
    for run in runs:
        with naming_damage(run.path):
            grids = samples_of(run.path, samples)
            told.append(_run(run, grids))
            left_out[run.id] = grids.left_out
    found = differences(runs)
    values = {
        "runs": told,
        "plots": plots(runs, (name for one in told for name in one["curves"])),
        "outcomes": _rows(outcomes(runs)) if len(runs) > 1 else [],
        "differing": _rows(differing_knobs(found)) if len(runs) > 1 else [],
        "equal": equal_knobs(found) if len(runs) > 1 else "",
    }
    return Contents(values, left_out)


def _rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"label": row.label, "values": list(row.values)} for row in rows]


def _run(run: RunView, grids: Samples) -> dict[str, Any]:
    best = checkpoints.best(run.path)
    return {
        "id": run.id,
        "preset": run.record.preset,
        "data": run.record.data["name"],
        "state": run.status,
        "kimg": run.state.nimg / 1000,
        "facts": _facts(run),
        "error": _ending(run),
        "findings": [one.as_json() for one in diagnose(run.path, run.record, run.state)],
        "early": too_early(run.record, run.state),
        "curves": curve_points(load_series(run.path)),
        "samples": grids.entries,
        "shows": list(run.state.shows),
        "checkpoints": [
            {"kimg": checkpoints.nimg_of(path) / 1000, "best": path == best}
            for path in checkpoints.all_checkpoints(run.path)
        ],
        "log": log.tail(run.path / log.NAME, _LOG_LINES),
        "scores": _scores(run),
        "scoring": _scoring(run),
        "differs": [[key, format_knob(value), format_knob(preset)] for key, (value, preset) in _differs(run)],
        "changes": [
            f"{change['key']} {format_knob(change['from'])} → {format_knob(change['to'])} "
            f"at {format_kimg(change['nimg'])} kimg"
            for change in run.state.changes
        ],
        "knobs": [[key, format_knob(value)] for key, value in knobs(run.record).items()],
    }


def _differs(run: RunView) -> list[tuple[str, tuple[Any, Any]]]:
    return list((run.differs or {}).items())


def _facts(run: RunView) -> list[list[str]]:
    """(label, value) of what a reader asks first."""
    record, state = run.record, run.state
    data = f"{record.data['name']}, {record.count:,} images"
    facts = [
        ("state", state_words(run)),
        ("trained", f"{trained(run)} kimg in {format_seconds(state.elapsed_s)}"),
        ("best score", f"{best_score(run)} kimg" if state.best else ""),
        ("preset", record.preset),
        ("data", data + (f", {size_text(record.size)} px" if record.resolution else "")),
        ("classes", ", ".join(map(str, record.data.get("classes") or ()))),
        ("speed", f"{speed(run)} img/s" if state.img_per_s else ""),
        ("device", " ".join(filter(None, (state.device or record.device, state.precision)))),
        ("weights", ", ".join(f"{name} {count:,}" for name, count in _parameters(state.parameters))),
        ("begins with", record.parent or ""),
        ("made", record.created.partition(".")[0].replace("T", " ") + " UTC"),
        ("versions", ", ".join(f"{name} {version}" for name, version in record.versions.items())),
    ]
    notes = [["note", text] for text in state.notes]
    return [[label, value] for label, value in facts if value] + notes


def _parameters(counts: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(name, count) for name, count in counts.items() if isinstance(count, int)]


def _ending(run: RunView) -> str | None:
    """Why a run is no good end, in a sentence."""
    if run.status == "crashed":
        return "Its process is gone without a word: killed, short of memory, or a power cut."
    return str(run.state.error["message"]) if run.status == "failed" and run.state.error else None


def _scores(run: RunView) -> list[dict[str, str]]:
    return [
        {
            "name": scored(run, name),
            "last": f"{format_number(score.value)} at {format_kimg(score.nimg)} kimg",
            "course": score_course(run, name),
            "better": run.state.better.get(name, LOWER),
        }
        for name, score in run.state.scores.items()
    ]


def _scoring(run: RunView) -> list[str]:
    """Sentences on how the scores were made: in which features, of how many images, against which data."""
    state, data = run.state, run.record.data
    sentences = []
    if state.scores:
        features, n = state.scoring.get("features"), state.scoring.get("n")
        how = f"features {features}, n = {n:,}" if isinstance(n, int) and features else ""
        fingerprint = str(data.get("fingerprint", "–"))[:12]
        against = f"against {data['name']} ({run.record.count:,} images, fingerprint {fingerprint})"
        seen = state.data_seen.get("held_out")
        held = f"; {seen:,} of its images are held out and never trained on" if seen else ""
        sentences.append(f"Scores while training: {how + ', ' if how else ''}{against}{held}.")
    if state.score_missing:
        sentences.append(f"No score: {state.score_missing}")
    if skipped := skipped_score(run):
        sentences.append(f"Skipped: {skipped}")
    return sentences
