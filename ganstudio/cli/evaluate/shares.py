"""`ganstudio evaluate --shares`: what is asked for, and the table of shares in samples beside the data's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.cli.output import note, paint, print_table
from ganstudio.errors import UsageError, nearest
from ganstudio.workspace import Workspace, nearest_path

if TYPE_CHECKING:
    from ganstudio.data.store import DataSet

KINDS = ("classes", "attributes", "measures")
_BAR = 20  # columns of the largest share
_LISTED = 60  # rows: of more, those that differ are shown
_STYLES = {"forgotten": "red", "less": "yellow", "more": "yellow"}


def parse_kinds(by: str | None) -> list[str]:
    """What `--by` names; [] for all that there is. Raises UsageError for a word that is none of KINDS."""
    names = [] if by is None else [name.strip().lower() for name in by.split(",")]
    for name in names:
        if name not in KINDS:
            raise UsageError(f"--by: {name!r} is none. {nearest(name, KINDS)}")
    return list(dict.fromkeys(names))


def check_classifier(file: Path | None) -> None:
    """Raises UsageError where the file that `--classifier` names is not there."""
    if file is not None and not file.is_file():
        raise UsageError(f"--classifier {file}: there is no such file. {nearest_path(file)}")


def shares_request(
    workspace: Workspace, data: DataSet, by: list[str], file: Path | None, value_range: tuple[float, float]
) -> dict[str, Any]:
    """What the worker is asked. Without a file a classifier of the data's labels is trained first, where it has such.

    Raises UsageError where the data has nothing of what `by` names.
    """
    from ganstudio.cli.directions.reference_data import trained_on

    labelled = len(data.manifest.classes) > 1 or bool(data.manifest.attributes)
    wanted = not by or by != ["measures"]
    if file is None and by and wanted and not labelled:
        kind = next(name for name in by if name != "measures")
        raise UsageError(
            f"--by {kind}: {data.manifest.name} has no labels. Nearest: measures, or a classifier of yours.",
            hint="--classifier FILE.onnx",
        )
    path = file or (trained_on(workspace, data) if wanted and labelled else None)
    return {"by": by, "classifier": path and str(path.absolute()), "range": list(value_range)}


def print_shares(found: dict[str, Any], against: str) -> None:
    """Prints the table on stdout, and on stderr what was compared and how."""
    for line in _notes(found, against):
        note(f"note: {line}")
    told = found["shares"]
    shown = told if len(told) <= _LISTED else [one for one in told if one["verdict"] != "alike"]
    most = max((max(one[side]["share"] for side in ("data", "samples")) for one in shown), default=1.0) or 1.0
    rows: list[tuple[str, ...] | str] = []
    for kind in dict.fromkeys(one["kind"] for one in shown):
        rows.append(paint(kind, "bold", sys.stdout))
        rows += [_row(one, most) for one in shown if one["kind"] == kind]
    header = ("", "data", "samples", "95 % interval", "ratio", "", "")
    print_table(header, rows, right=(1, 2, 3, 4))
    note(_verdict(found, len(told) - len(shown)))


def _row(one: dict[str, Any], most: float) -> tuple[str, ...]:
    low, high = one["samples"]["interval"]
    ratio = "" if one["ratio"] is None else f"x {one['ratio']:.2f}"
    verdict = "" if one["verdict"] == "alike" else one["verdict"]
    return (
        *(one["name"], _percent(one["data"]["share"]), _percent(one["samples"]["share"])),
        *(f"{_percent(low)} - {_percent(high)}", ratio, _bar(one, most)),
        paint(verdict, _STYLES[verdict], sys.stdout) if verdict else "",
    )


def _bar(one: dict[str, Any], most: float) -> str:
    """The samples' share as blocks, and where the data's is a line; nothing where it is no terminal that reads it."""
    if not sys.stdout.isatty():
        return ""
    made, there = (round(_BAR * one[side]["share"] / most) for side in ("samples", "data"))
    cells = ["█" if place < made else " " for place in range(_BAR + 1)]
    cells[there] = "│"
    return paint("".join(cells), "cyan", sys.stdout)


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 or share == 0 else f"{share:.2%}"


def _notes(found: dict[str, Any], against: str) -> list[str]:
    lines, n = [], found["n"]
    if classifier := found["classifier"]:
        unseen = "held-out images" if classifier["unseen"] else "images, which it may have learned from"
        right = classifier["accuracy"]
        worth = "how often it is right on these is not known" if right is None else f"right on {right:.1%} of these"
        name, count = Path(classifier["path"]).name, classifier["images"]
        lines.append(
            f"both sides are answers of the classifier {name}: on samples, and on {count:,} {unseen} of {against} "
            f"({worth}), so that its mistakes are on both"
        )
    if found["halves"]:
        lines.append(f"both sides are {against}: one half is compared with the other, and only chance parts them")
    if found["conditional"]:
        lines.append(f"classes were asked for as often as {against} has them")
    lines.append(
        f"{n['samples']:,} samples, {n['data']:,} images; a share differs by Fisher's exact test with Holm's "
        f"correction for {len(found['shares'])} comparisons at 5 %; intervals are Wilson's, each for itself"
    )
    return lines


def _verdict(found: dict[str, Any], left_out: int) -> str:
    differing = [one for one in found["shares"] if one["verdict"] != "alike"]
    text = f"{len(differing)} of {len(found['shares'])} shares differ more than chance"
    if left_out:
        text += f"; the {left_out} that do not are left out"
    if found["forgotten"]:
        text += f"; forgotten: {', '.join(found['forgotten'])}"
    return f"{text}."
