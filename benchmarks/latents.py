"""How near are projections, and how well do directions hold?

    python benchmarks/latents.py digits classes emoji --real DIR     # some of these parts, or all three
    python benchmarks/latents.py --table                             # docs/results.md again, from the rows there are

Each part measures one model, which it trains, exports and gives an encoder where that is not done yet:

    digits    dcgan, 300 kimg of MNIST: 64 digits of its test half, projected; thickness and slant
    classes   cgan, 80 kimg of MNIST: thickness and slant
    emoji     dcgan, 300 kimg of one vendor's emoji at 32 px but for 64 of them, which are projected, also by `--exact
              --pivotal`; brightness and warmth

A projection is judged by what it did not minimize: digits by the features of a small classifier that is trained here,
emoji by LPIPS in AlexNet. Its ratio is the mean distance of the answers by that of the nearest, so judged, of 10,000
random samples. Runs are called `latents-PART`; --run RUN measures another run of the same preset and data.

Interrupted, the same line goes on: trainings from their last checkpoint, projections at the next picture, and what has
a row of this very export in benchmarks/results/latents.jsonl is not measured again. DIR is as picture_sets.py wants it;
digits and classes need none.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import latent_judges
import numpy as np
import picture_sets
import sides
import torch
from results_page import write_between

from ganstudio.inference.manifest import read_manifest
from ganstudio.workspace import Workspace

ROWS = Path(__file__).parent / "results" / "latents.jsonl"
HEAD, END = "<!-- latents.py: begin -->", "<!-- latents.py: end -->"
ENCODER_KIMG = 20  # samples an encoder learns from: the same ones every time

# of each part: preset, data set, kimg, and the steps that are measured one by one
PARTS = {
    "digits": ("dcgan", "mnist", 300.0, ("projected", "directions")),
    "classes": ("cgan", "mnist", 80.0, ("directions",)),
    "emoji": ("dcgan", latent_judges.EMOJI, 300.0, ("projected", "exact", "directions")),
}
DIRECTIONS = {"digits": ("thickness", "slant"), "classes": ("thickness", "slant"), "emoji": ("brightness", "warmth")}
KEPT = {"digits": 0.85, "classes": 0.95}  # the share of sure pictures whose class is to stay


@dataclass(frozen=True)
class Row:
    """One figure. `export` is the hash of what was measured; `bar` is None where there is none."""

    part: str
    step: str
    measure: str
    value: float
    bar: float | None
    at_most: bool
    told: str
    model: str
    kimg: float
    export: str
    machine: str
    day: str

    @property
    def holds(self) -> bool:
        return self.bar is None or (self.value <= self.bar if self.at_most else self.value >= self.bar)


@dataclass(frozen=True)
class Figure:
    """A measure as a step gives it: what it is, how much, its bar, and what else is to be told of it."""

    measure: str
    value: float
    bar: float | None = None
    at_most: bool = False
    told: str = ""


@dataclass(frozen=True)
class Subject:
    """The export that a part measures, and where its pictures lie."""

    part: str
    workspace: Path
    export: Path
    preset: str
    kimg: float
    real: Path | None

    @property
    def sha256(self) -> str:
        manifest = read_manifest(self.export)
        assert manifest is not None
        return manifest.sha256


def subject_of(part: str, workspace: Path, real: Path | None, run: str | None) -> Subject:
    """The export of a part's run, which is trained, or resumed, and exported where that is not done; with its encoder.

    The data of `emoji` and the weights it is judged and learned by are brought first.
    """
    preset, data, kimg, _ = PARTS[part]
    if part == "emoji":
        latent_judges.bring_emoji(picture_sets.real_data(real), workspace)
    name = run or f"latents-{part}"
    known = [one["name"] for one in json.loads(sides.program(workspace, "runs", "list", "--json"))]
    if run is None and name not in known:
        say(f"training {name}: {preset}, {kimg:g} kimg of {data}")
        size = () if data == "mnist" else ("--set", f"data.resolution={latent_judges.SIDE}")
        length = ("--kimg", f"{kimg:g}", "--seed", "0", "--set", "evaluation.features=none")
        sides.program(workspace, "train", preset, "--data", data, "--name", name, *length, *size)
    state = json.loads(sides.program(workspace, "runs", "show", name, "--json"))
    if run is None and state["state"] != "finished":
        say(f"going on with {name}, which is {state['status']}")
        sides.program(workspace, "runs", "resume", name)
        state = json.loads(sides.program(workspace, "runs", "show", name, "--json"))
    if (state["preset"], state["data"]) != (preset, data):
        sys.exit(f"{name} is {state['preset']} of {state['data']}; {part} is about {preset} of {data}")
    export = workspace / "exports" / f"latents-{part}{'-' + state['id'] if run else ''}.onnx"
    if not export.exists():
        sides.program(workspace, "export", "onnx", name, "--checkpoint", "last", "--out", str(export))
    if "projected" in PARTS[part][3] and not export.with_suffix(".encoder.onnx").exists():
        say(f"training the encoder of {export.stem}")
        sides.program(workspace, "encoder", export.stem, "--kimg", str(ENCODER_KIMG), "--minutes", "600")
    return Subject(part, workspace, export, preset, state["nimg"] / 1000, real)


def digits(subject: Subject) -> Iterator[Figure]:
    """How near 64 test digits are found again, and whether they are read as the same."""
    given = latent_judges.test_digits()
    network = latent_judges.digit_classifier()
    found = latent_judges.projected(subject.workspace, subject.export, given)
    (wanted, read), (answers, again) = (latent_judges.hidden(network, pixels) for pixels in (given, found))
    samples = latent_judges.random_samples(subject.export)
    seen = torch.cat([latent_judges.hidden(network, part)[0] for part in np.array_split(samples, 20)])
    nearest = torch.cdist(wanted, seen).min(1).values.mean().item()
    off = (answers - wanted).norm(dim=1).mean().item()
    told = f"{off:.3f} by {nearest:.3f}"
    yield Figure("feature distance by that of the nearest sample", off / nearest, 0.5, True, told)
    yield Figure("read as the same digit", float((read == again).float().mean()), 0.9)


def emoji(subject: Subject, title: str, bar: float, *options: str) -> Iterator[Figure]:
    """How near 64 emoji that were left out of the training are found again."""
    given = latent_judges.held_out_emoji(picture_sets.real_data(subject.real))[0]
    found = latent_judges.projected(subject.workspace, subject.export, given, *options)
    off, nearest = latent_judges.lpips_by_nearest(found, given, latent_judges.random_samples(subject.export))
    yield Figure(
        f"{title}: LPIPS by that of the nearest sample", off / nearest, bar, True, f"{off:.3f} by {nearest:.3f}"
    )


def directions(subject: Subject) -> Iterator[Figure]:
    """How well each direction of DIRECTIONS holds, and keeps classes where there are some."""
    only = [word for name in DIRECTIONS[subject.part] for word in ("--only", name)]
    data = PARTS[subject.part][1]
    command = ["directions", "find", subject.export.stem, "--from", "measure", "--data", data, *only, "--json"]
    for one in json.loads(sides.program(subject.workspace, *command)):
        reach = "reach {:g} to {:g}".format(*one["reach"])
        bar = 0.9 if subject.part in KEPT else None
        yield Figure(f"{one['name']}: rank correlation", one["spearman"], bar, told=reach)
        if one["class_kept"] is not None:
            told = f"of {one['sure']} sure seeds"
            yield Figure(f"{one['name']}: class kept", one["class_kept"], KEPT[subject.part], told=told)


def figures(subject: Subject, step: str) -> Iterator[Figure]:
    match subject.part, step:
        case _, "directions":
            return directions(subject)
        case "digits", _:
            return digits(subject)
        case _, "exact":  # leaves 64 exports, each tuned for an emoji
            return emoji(subject, "exact, tuned", 0.3, "--exact", "--pivotal")
        case _:
            return emoji(subject, "projected", 0.8)


def measure(subject: Subject) -> None:
    """Takes every step of a part that has no row of this export yet."""
    sha256 = subject.sha256
    for step in PARTS[subject.part][3]:
        if any((row.part, row.step, row.export) == (subject.part, step, sha256) for row in stored()):
            say(f"{subject.part}, {step}: there is a row of this export already")
            continue
        say(f"{subject.part}, {step}")
        machine = f"{platform.machine()}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
        rest = (subject.preset, subject.kimg, sha256, machine, date.today().isoformat())
        rows = [
            Row(subject.part, step, one.measure, one.value, one.bar, one.at_most, one.told, *rest)
            for one in figures(subject, step)
        ]
        keep(rows)
        for row in rows:
            print(json.dumps(asdict(row) | {"holds": row.holds}), flush=True)


def stored() -> list[Row]:
    lines = ROWS.read_text().splitlines() if ROWS.exists() else []
    return [Row(**json.loads(line)) for line in lines]


def keep(rows: list[Row]) -> None:
    """Adds rows; those of the same steps before go."""
    new = {(row.part, row.step) for row in rows}
    left = [row for row in stored() if (row.part, row.step) not in new]
    order = {(part, step): (place, at) for place, part in enumerate(PARTS) for at, step in enumerate(PARTS[part][3])}
    ROWS.parent.mkdir(parents=True, exist_ok=True)
    together = sorted([*left, *rows], key=lambda row: order[row.part, row.step])
    ROWS.write_text("".join(json.dumps(asdict(row)) + "\n" for row in together))
    write_between(HEAD, END, table(together))


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| model | measure | | | bar | |", "|---|---|---|---|---|---|"]
    before = None
    for row in rows:
        model = f"`{row.model}`, {row.kimg:g} kimg of {PARTS[row.part][1]}"
        share = ".0%" if "class kept" in row.measure or "same digit" in row.measure else ".2f"
        bar = "–" if row.bar is None else f"{'≤' if row.at_most else '≥'} {row.bar:{share}}"
        cells = ["" if model == before else model, row.measure, f"{row.value:{share}}", row.told, bar]
        lines.append(f"| {' | '.join(cells)} | {'' if row.holds else 'below the bar'} |")
        before = model
    return "\n".join(lines)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--real", type=Path, metavar="DIR", help="emoji and weights; else $GANSTUDIO_REAL_DATA")
    parser.add_argument("--run", metavar="RUN", help="measure this run of the workspace, of one part; train none")
    parser.add_argument("--table", action="store_true", help="write the page alone")
    arguments = parser.parse_args()
    if arguments.table:
        write_between(HEAD, END, table(stored()))
        return
    parts = arguments.parts or list(PARTS)
    if unknown := [name for name in parts if name not in PARTS]:
        sys.exit(f"there is no {', '.join(unknown)}: {', '.join(PARTS)}")
    if arguments.run and len(parts) != 1:
        sys.exit("--run: of which part? Name one.")
    workspace = Workspace.locate().root
    for part in parts:
        measure(subject_of(part, workspace, arguments.real, arguments.run))


if __name__ == "__main__":
    main()
