"""Does every preset learn? Each trains on digits for a fixed count of images; the shipped classifier reads its samples.

    python benchmarks/learn.py dcgan sngan        # these presets, one after the other; all of them without a name
    python benchmarks/learn.py --budget dcgan     # images a second here, and the images of six minutes at that pace
    python benchmarks/learn.py --table            # docs/results.md and its pictures again, from the rows that are there

A preset of default size trains on MNIST with seed 0 through the program itself, is exported, and draws 2,000 images
through onnxruntime. A row says how many of them the classifier behind FD[lenet] is sure of (over 0.9), which share the
rarest digit has, how many of a conditional preset's read as asked, and how well the first code of `infogan` tells
digits apart when each of its values stands for one. Clips and voxel grids are read frame by frame and by their middle
slices. Rows are kept in benchmarks/results/learn.jsonl, pictures in docs/images/learned/.

KIMG has the images that two cores without AVX-512 see in six minutes, in twelve for what is slow to learn: the pace of
each preset in fp32 beside that of `dcgan` here, under ONEDNN_MAX_CPU_ISA=AVX2 and ATEN_CPU_CAPABILITY=avx2, times the
249 images a second that `dcgan` was measured to see on such a machine.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import sides
import torch

from ganstudio.engine.evaluation import lenet
from ganstudio.inference.codes import Code
from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.pixels import grid, strips, to_pixels, write_png

HERE = Path(__file__).parent
ROWS = HERE / "results" / "learn.jsonl"
PICTURES = HERE.parent / "docs" / "images" / "learned"
PAGE = HERE.parent / "docs" / "results.md"
HEAD, END = "<!-- learn.py: begin -->", "<!-- learn.py: end -->"

SAMPLES, SHOWN, FRAMES = 2000, 64, 8
SURE = 0.9
DIGITS = 10
ANCHOR_IMG_PER_S = 249  # dcgan at 32 px on two cores with AVX2 alone
SLOW = ("gan", "wgan", "wgan-gp", "wgan-gp-resnet", "progan", "biggan", "unrolled", "gan3d", "videogan")
DATA = {"gan3d": "voxel-mnist", "videogan": "moving-mnist"}
KIMG: dict[str, float] = {
    "cgan": 80,
    "dcgan": 90,
    "dcgan-dense": 60,
    "gan": 1500,
    "infogan": 75,
    "lsgan": 80,
    "r3gan": 25,
    "sngan": 85,
    "wgan": 215,
    "wgan-gp": 135,
}
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


def train(preset: str, kimg: float, seed: int) -> Row:
    """Trains, samples and reads one preset; its first samples are left as a picture."""
    data = DATA.get(preset, "mnist")
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
    shown = strips(pixels[: SHOWN if pixels.ndim == 4 else FRAMES], FRAMES)
    PICTURES.mkdir(parents=True, exist_ok=True)
    write_png(PICTURES / f"{preset}.png", grid(shown, 1 if pixels.ndim == 5 else FRAMES), {"preset": preset})
    chances = read(flat(pixels, data))
    digits = chances.argmax(1)
    codes = [Code(**code) if isinstance(code, dict) else code for code in getattr(model.manifest, "codes", ())]
    machine = f"{platform.machine()}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
    return Row(
        preset,
        data,
        kimg,
        run["elapsed_s"],
        float((chances.max(1) > SURE).mean()),
        float(np.bincount(digits, minlength=DIGITS).min() / len(digits)),
        None if labels is None else float((digits == np.resize(labels, len(digits))).mean()),
        assigned(z, codes[0], digits) if codes else None,
        machine,
        date.today().isoformat(),
    )


def flat(pixels: np.ndarray, data: str) -> np.ndarray:
    """Pictures [N, H, W, C] to be read: images themselves, all frames of a clip, the middle slice of a voxel grid."""
    if pixels.ndim == 4:
        return pixels
    if data.startswith("voxel"):
        return pixels[:, pixels.shape[1] // 2]
    return pixels.reshape(-1, *pixels.shape[2:])


@torch.no_grad()
def read(pixels: np.ndarray) -> np.ndarray:
    """The chance of each digit [N, 10] that the classifier gives to grey pixels uint8 [N, H, W, 1]."""
    network = lenet.load()
    parts = np.array_split(pixels, max(1, len(pixels) // 500))
    logits = [network(torch.from_numpy(np.array(part)).permute(0, 3, 1, 2).float() / 127.5 - 1) for part in parts]
    return torch.cat(logits)[:, :DIGITS].softmax(1).numpy()


def assigned(z: np.ndarray, code: Code, digits: np.ndarray) -> float:
    """The share of samples that read as the digit which the value of their code stands for, at best."""
    values = z[:, code.start : code.start + code.size].argmax(1)
    table = np.zeros((code.size, DIGITS))
    np.add.at(table, (values, digits), 1)
    return best_assignment(table) / len(z)


def best_assignment(table: np.ndarray) -> float:
    """The largest sum of entries, one a row and no two in one column, by way of all sets of columns that are taken."""
    best = {0: 0.0}
    for row in table:
        following: dict[int, float] = {}
        for taken, total in best.items():
            for column, value in enumerate(row):
                if not taken >> column & 1:
                    key = taken | 1 << column
                    following[key] = max(following.get(key, 0.0), total + value)
        best = following
    return max(best.values())


def pace(preset: str, seconds: float) -> float:
    """Images a second of the preset here, as the program reports its steady part."""
    with tempfile.TemporaryDirectory() as folder:
        setting = ["--set", "evaluation.features=none", "--set", "training.sample_kimg=1000"]
        setting += ["--set", "training.precision=fp32"]
        length = ["--minutes", f"{seconds / 60:g}", "--kimg", "10000"]
        data = DATA.get(preset, "mnist")
        sides.program(Path(folder), "train", preset, "--data", data, "--name", "pace", *length, *setting)
        run = json.loads(sides.program(Path(folder), "runs", "show", "pace", "--json"))
    return float(run["img_per_s"] or run["nimg"] / run["elapsed_s"])


def print_budgets(presets: Sequence[str], seconds: float) -> None:
    scale = ANCHOR_IMG_PER_S / pace("dcgan", seconds)
    for preset in presets:
        here = pace(preset, seconds)
        minutes = 12 if preset in SLOW else 6
        print(f'    "{preset}": {here * scale * minutes * 60 / 1000:.0f},  # {here:.0f} img/s here', flush=True)


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
    ]
    return "\n".join([*lines, "", *pictures])


def write_page(rows: dict[str, Row]) -> None:
    """Puts the table into the page, between its marks."""
    text = PAGE.read_text()
    if HEAD not in text:
        sys.exit(f"{PAGE} has no line {HEAD}")
    before, _, rest = text.partition(HEAD)
    PAGE.write_text(f"{before}{HEAD}\n{table(rows)}\n{END}{rest.partition(END)[2]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--kimg", type=float, help="in the place of the preset's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", action="store_true", help="measure the pace alone")
    parser.add_argument("--seconds", type=float, default=20, help="of a pace")
    parser.add_argument("--table", action="store_true", help="write the page alone")
    parser.add_argument("--try", dest="trial", action="store_true", help="print the row and keep none")
    arguments = parser.parse_args()
    presets: list[str] = arguments.presets or sorted(KIMG)
    if arguments.budget:
        print_budgets(presets, arguments.seconds)
        return
    if not arguments.table:
        if unknown := [name for name in presets if name not in KIMG and not arguments.kimg]:
            sys.exit(f"no budget for {', '.join(unknown)}: see --budget, or give --kimg")
        for preset in presets:
            row: Any = train(preset, arguments.kimg or KIMG[preset], arguments.seed)
            print(json.dumps(asdict(row) | {"learned": row.learned}), flush=True)
            if not arguments.trial:
                keep(row)
    if not arguments.trial:
        write_page(stored())


if __name__ == "__main__":
    main()
