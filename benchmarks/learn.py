"""Does every preset learn? Each trains on digits for a fixed count of images; the shipped classifier reads its samples.

    python benchmarks/learn.py dcgan sngan        # these presets, one after the other; all of them without a name
    python benchmarks/learn.py --table            # docs/results.md again, from the rows that are there

A preset of default size trains on MNIST with seed 0 through the program itself, is exported, and draws 2,000 images
through onnxruntime. A row says how many of them the classifier behind FD[lenet] is sure of (over 0.9), which share the
rarest digit has, how many of a conditional preset's read as asked, and how well the first code of `infogan` tells
digits apart when each of its values stands for one. Voxel grids are read by their middle slices, clips by the digits
that stand alone in their frames. Rows are kept in benchmarks/results/learn.jsonl, pictures in docs/images/learned/.

The images that each preset sees are in budgets.py, with how they were found.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import budgets
import numpy as np
import picture_sets
import reading
import sides
import torch
from results_page import write_between

from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.pixels import grid, strips, to_pixels, write_png

HERE = Path(__file__).parent
ROWS = HERE / "results" / "learn.jsonl"
PICTURES = HERE.parent / "docs" / "images" / "learned"
HEAD, END = "<!-- learn.py: begin -->", "<!-- learn.py: end -->"

SAMPLES, SHOWN, FRAMES = 2000, 64, 8
AXES = {"voxel-mnist": "DHWC", "moving-mnist": "THWC"}
BARS = {"sure": 0.5, "rarest": 0.01, "as_asked": 0.8, "codes": 0.6}


@dataclass(frozen=True)
class Row:
    """What came of one training; a share is None where it does not apply."""

    preset: str
    data: str
    kimg: float
    seconds: float
    sure: float
    rarest: float
    as_asked: float | None
    codes: float | None
    machine: str
    day: str

    @property
    def learned(self) -> bool:
        return all(value is None or value >= BARS[name] for name, value in self.shares())

    def shares(self) -> Iterator[tuple[str, float | None]]:
        yield from ((name, getattr(self, name)) for name in BARS)


def train(preset: str, kimg: float, seed: int, picture: Path) -> Row:
    """Trains, samples and reads one preset; its first samples are left in `picture`."""
    data = budgets.DATA.get(preset, "mnist")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        length = ["--kimg", f"{kimg:g}", "--seed", str(seed), "--set", "evaluation.features=none"]
        sides.program(workspace, "train", preset, "--data", data, "--name", "learn", *length)
        run = json.loads(sides.program(workspace, "runs", "show", "learn", "--json"))
        file = workspace / "learn.onnx"
        sides.program(workspace, "export", "onnx", "learn", "--checkpoint", "last", "--out", str(file))
        model = OnnxModel.open(file, provider="cpu")
        z = latents(range(SAMPLES), model.z_dim)
        labels = np.arange(SAMPLES) % len(model.manifest.classes) if model.manifest.classes else None
        pixels = to_pixels(model.generate(z, labels, seeds=range(SAMPLES)))
    write_png(picture, sheet(pixels), {"preset": preset})
    digits, sure, rarest = read(pixels, AXES.get(data, "HWC"))
    codes = model.manifest.codes
    machine = f"{platform.machine()}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
    return Row(
        preset,
        data,
        round(run["nimg"] / 1000, 1),
        run["elapsed_s"],
        sure,
        rarest,
        None if labels is None else float((digits == labels).mean()),
        reading.assigned(z, codes[0], digits) if codes else None,
        machine,
        date.today().isoformat(),
    )


def read(pixels: reading.Pixels, axes: str) -> tuple[np.ndarray, float, float]:
    """The digit of each sample as the classifier reads it, the share that it is sure of, the share of the rarest."""
    pictures, expected = reading.pictures(pixels, axes)
    chances = reading.chances(pictures)
    digits = chances.argmax(1)
    sure = (chances.max(1) > reading.SURE).sum() / max(expected, len(pictures))
    return digits, float(sure), float(np.bincount(digits, minlength=reading.DIGITS).min() / max(len(digits), 1))


def sheet(pixels: reading.Pixels) -> reading.Pixels:
    """The first 64 images in a square, or a row of frames, or slices, for each of the first eight."""
    return grid(strips(pixels[:FRAMES], FRAMES), 1) if pixels.ndim == 5 else grid(pixels[:SHOWN], FRAMES)


def stored() -> dict[str, Row]:
    """The newest row of each preset, by name."""
    lines = ROWS.read_text().splitlines() if ROWS.exists() else []
    return {row.preset: row for row in (Row(**json.loads(line)) for line in lines)}


def keep(row: Row) -> None:
    rows = {**stored(), row.preset: row}
    ROWS.parent.mkdir(parents=True, exist_ok=True)
    ROWS.write_text("".join(json.dumps(asdict(rows[name])) + "\n" for name in sorted(rows)))


def table(rows: dict[str, Row]) -> str:
    """The rows as Markdown, a picture of each behind them."""
    lines = ["| preset | data | kimg | sure | rarest digit | as asked | codes | |", "|---|---|---|---|---|---|---|---|"]
    for name in sorted(rows):
        row = rows[name]
        shares = " | ".join("–" if share is None else f"{share:.0%}" for _, share in row.shares())
        lines.append(f"| `{name}` | {row.data} | {row.kimg:g} | {shares} | {'' if row.learned else 'below the bar'} |")
    pictures = [
        f'<img src="images/learned/{name}.png" width="256" alt="samples of {name}" title="{name}">'
        for name in sorted(rows)
        if (PICTURES / f"{name}.png").exists()
    ]
    return "\n".join([*lines, "", *pictures])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--kimg", type=float, help="in the place of the preset's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", action="store_true", help="write the page alone")
    parser.add_argument("--try", dest="trial", type=Path, metavar="FOLDER", help="keep the picture here, and no row")
    arguments = parser.parse_args()
    presets: list[str] = arguments.presets or sorted(budgets.KIMG.keys() - picture_sets.SETS)
    if not arguments.table:
        if unknown := [name for name in presets if name not in budgets.KIMG and not arguments.kimg]:
            sys.exit(f"no budget for {', '.join(unknown)}: see budgets.py, or give --kimg")
        pictures: Path = arguments.trial or PICTURES
        pictures.mkdir(parents=True, exist_ok=True)
        for preset in presets:
            kimg = arguments.kimg or budgets.KIMG[preset]
            row = train(preset, kimg, arguments.seed, pictures / f"{preset}.png")
            print(json.dumps(asdict(row) | {"learned": row.learned}), flush=True)
            if not arguments.trial:
                keep(row)
                write_between(HEAD, END, table(stored()))
    if arguments.table:
        write_between(HEAD, END, table(stored()))


if __name__ == "__main__":
    main()
