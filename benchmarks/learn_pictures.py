"""Does every preset from picture to picture learn? Each trains on real pictures and is judged on held-out ones.

    python benchmarks/learn_pictures.py pix2pix cut --real DIR    # these, one after the other; all without a name
    python benchmarks/learn_pictures.py --judge RUN --real DIR    # a run that is there, without training it
    python benchmarks/learn_pictures.py --table                   # docs/results.md again, from the rows that are there

A preset of default size trains with seed 0 through the program itself, as a run of this workspace, is exported, and
answers pictures that it never saw through onnxruntime; picture_judges.py has what is measured, picture_sets.py the
data and what DIR holds. Rows are kept in benchmarks/results/learn_pictures.jsonl, pictures in docs/images/learned/,
but for photographs, which are for measuring alone: `--try FOLDER` shows those too. The images that each preset sees,
and the knobs that its proof changes, are in budgets.py.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import budgets
import picture_judges
import picture_sets
import sides
import torch
from picture_judges import Check, Judged, Trained
from results_page import write_between

from ganstudio.data.obtain import open_set
from ganstudio.inference.pixels import write_png
from ganstudio.workspace import Workspace

HERE = Path(__file__).parent
ROWS = HERE / "results" / "learn_pictures.jsonl"
PICTURES = HERE.parent / "docs" / "images" / "learned"
HEAD, END = "<!-- learn_pictures.py: begin -->", "<!-- learn_pictures.py: end -->"
PRESETS = tuple(picture_sets.SETS)
NOT_SHOWN = ("srresnet", "srgan", "esrgan")  # of photographs that may be measured, not handed on


@dataclass(frozen=True)
class Row:
    """What came of one training, of so many held-out pictures."""

    preset: str
    data: str
    settings: list[str]
    seed: int
    kimg: float
    seconds: float
    pictures: int
    checks: list[Check]
    machine: str
    day: str

    @property
    def learned(self) -> bool:
        return all(check.holds for check in self.checks)

    @classmethod
    def of(cls, line: str) -> Row:
        fields = json.loads(line)
        return cls(**fields | {"checks": [Check(**check) for check in fields["checks"]]})


def train(preset: str, kimg: float, seed: int, real: Path, workspace: Path) -> str:
    """The id of a run of `preset`, trained here and now."""
    data = picture_sets.prepare(preset, real, workspace)
    length = ["--kimg", f"{kimg:g}", "--seed", str(seed), "--set", "evaluation.features=none"]
    changed = [part for setting in budgets.SETTINGS.get(preset, ()) for part in ("--set", setting)]
    answer = sides.program(workspace, "train", preset, "--data", data, *length, *changed, "--json")
    return str(json.loads(answer)["id"])


def judge(run_id: str, real: Path, workspace: Path) -> tuple[Row, Judged]:
    """Exports the end of a run, its averaged networks, and measures what they make of held-out pictures."""
    run = json.loads(sides.program(workspace, "runs", "show", run_id, "--json"))
    preset, path = run["preset"], Path(run["path"])
    if preset not in PRESETS:
        sys.exit(f"{run_id} is of {preset}; judged here are {', '.join(PRESETS)}")
    picture_sets.prepare(preset, real, workspace)
    record: dict[str, Any] = json.loads((path / "run.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{preset}.onnx"
        command = ["export", "onnx", run["id"], "--checkpoint", "last", "--out", str(file)]
        sides.program(workspace, *command)
        models = sorted(Path(folder).glob("*.onnx"))  # of a translation there and back two, a_to_b first
        data = open_set(run["data"])
        judged = picture_judges.judge(Trained(preset, path, record["recipe"], data, models, workspace, real))
    machine = f"{platform.machine()}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
    settings = list(budgets.SETTINGS.get(preset, ()))
    trained = (preset, run["data"], settings, record["seed"], run["nimg"] / 1000, run["elapsed_s"])
    return Row(*trained, judged.pictures, judged.checks, machine, date.today().isoformat()), judged


def stored() -> dict[str, Row]:
    """The newest row of each preset, by name."""
    lines = ROWS.read_text().splitlines() if ROWS.exists() else []
    return {row.preset: row for row in map(Row.of, lines)}


def keep(row: Row) -> None:
    rows = {**stored(), row.preset: row}
    ROWS.parent.mkdir(parents=True, exist_ok=True)
    ROWS.write_text("".join(json.dumps(asdict(rows[name])) + "\n" for name in sorted(rows)))


def table(rows: dict[str, Row]) -> str:
    """The rows as Markdown, a line a measure, a picture of each preset behind them."""
    lines = [
        "| preset | kimg | minutes | measure | | beside it | gain | bar | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in [name for name in PRESETS if name in rows]:
        row = rows[name]
        begin = f"| `{name}` | {row.kimg:g} | {row.seconds / 60:.0f} "
        for check in row.checks:
            lines.append(f"{begin}| {_cells(check)} |")
            begin = "| | | "
    pictures = [
        f'<img src="images/learned/{name}.png" width="512" alt="held-out pictures of {name}" title="{name}">'
        for name in PRESETS
        if name in rows and (PICTURES / f"{name}.png").exists()
    ]
    return "\n".join([*lines, "", *pictures])


def _cells(check: Check) -> str:
    decibel = check.measure == "PSNR"
    number = ".2f" if decibel else ".1f" if check.measure.startswith("FD") else ".3f"
    beside = "–" if check.beside is None else f"{check.beside:{number}} ({check.against})"
    gain = "–" if check.beside is None and check.bar is None else _amount(check.gain, decibel)
    bar = "–" if check.bar is None else _amount(check.bar, decibel)
    return " | ".join(
        [check.measure, f"{check.ours:{number}}", beside, gain, bar, "" if check.holds else "below the bar"]
    )


def _amount(value: float, decibel: bool) -> str:
    return f"{value:+.2f} dB" if decibel else f"{value:.0%}"


def report(row: Row, judged: Judged, trial: Path | None) -> None:
    """Prints a row; keeps it and its picture, or the picture alone in `trial`."""
    print(json.dumps(asdict(row) | {"learned": row.learned}), flush=True)
    if trial or row.preset not in NOT_SHOWN:
        folder = trial or PICTURES
        folder.mkdir(parents=True, exist_ok=True)
        write_png(folder / f"{row.preset}.png", judged.sheet, {"preset": row.preset})
    if not trial:
        keep(row)
        write_between(HEAD, END, table(stored()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="*", metavar="PRESET", help=", ".join(PRESETS))
    parser.add_argument("--real", type=Path, metavar="DIR", help="real pictures and weights; else $GANSTUDIO_REAL_DATA")
    parser.add_argument("--kimg", type=float, help="in the place of the preset's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--judge", metavar="RUN", help="judge a run of this workspace, and train nothing")
    parser.add_argument("--table", action="store_true", help="write the page alone")
    parser.add_argument("--try", dest="trial", type=Path, metavar="FOLDER", help="keep the picture here, and no row")
    arguments = parser.parse_args()
    if arguments.table:
        write_between(HEAD, END, table(stored()))
        return
    if unknown := [name for name in arguments.presets if name not in PRESETS]:
        sys.exit(f"no proof for {', '.join(unknown)}: there are {', '.join(PRESETS)}")
    real, workspace = picture_sets.real_data(arguments.real), Workspace.locate().root
    if arguments.judge:
        report(*judge(arguments.judge, real, workspace), arguments.trial)
        return
    for preset in arguments.presets or PRESETS:
        run_id = train(preset, arguments.kimg or budgets.KIMG[preset], arguments.seed, real, workspace)
        print(f"trained {run_id}", file=sys.stderr, flush=True)
        report(*judge(run_id, real, workspace), arguments.trial)


if __name__ == "__main__":
    main()
