"""The Fréchet distance of the textbook loop and of `ganstudio train dcgan` after the same minutes on the same digits.

    python benchmarks/quality.py                  # about 9 minutes, of which 2 x 4 are training

Both sides are scored alike: pixels (uint8) of seeds 0 .. n-1, in the features of the shipped LeNet, against all the
images of the training set. The textbook's come from its generator in eval mode, ganstudio's from the last checkpoint's
averaged weights through the exported .onnx. The floor is the score of the held-out real digits (mnist only). The
minutes count training: start-up is left out on both sides, and ganstudio's own scores and grids are in.

FD[lenet] is no FID, and one run a side is one draw: `--seeds 0 1 2` repeats both and prints each, and the medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sides
import torch

from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.obtain import find_set
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance
from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.pixels import grid, to_pixels, write_png


@dataclass(frozen=True)
class Scored:
    nimg: int
    distance: float


@dataclass(frozen=True)
class Setting:
    data: str
    resolution: int
    seconds: float
    n: int
    out: Path


@torch.no_grad()
def moments(network: lenet.LeNet, pixels: np.ndarray) -> Moments:
    """Of the features of grey pixels uint8 [N, H, W, 1]."""
    parts = np.array_split(pixels, max(1, len(pixels) // 500))
    images = (torch.from_numpy(np.array(part)).permute(0, 3, 1, 2).float() / 127.5 - 1 for part in parts)
    return Moments.streamed((network.features(batch).numpy() for batch in images), lenet.FEATURES)


def textbook_pixels(setting: Setting, seed: int, folder: Path) -> tuple[int, np.ndarray]:
    """Images seen and samples of the textbook loop."""
    file = folder / "textbook.npy"
    flags = ["--samples", str(file), "--n", str(setting.n)]
    trained = sides.textbook(setting.data, setting.resolution, setting.seconds, seed, *flags)
    return trained.nimg, np.load(file)


def ganstudio_pixels(setting: Setting, seed: int, folder: Path) -> tuple[int, np.ndarray]:
    """Images seen and samples of the program, which trains and exports as a user has it do."""
    trained = sides.ganstudio(folder, "quality", setting.data, setting.resolution, setting.seconds, seed)
    file = folder / "quality.onnx"
    sides.program(folder, "export", "onnx", "quality", "--checkpoint", "last", "--out", str(file))
    model = OnnxModel.open(file, provider="cpu")
    return trained.nimg, to_pixels(model.generate(latents(range(setting.n), model.z_dim)))


def once(setting: Setting, seed: int, network: lenet.LeNet, real: Moments) -> tuple[Scored, Scored]:
    """Both sides trained from `seed`, scored, and their first 64 samples left as PNGs."""
    answers = []
    for name, pixels_of in (("textbook", textbook_pixels), ("ganstudio", ganstudio_pixels)):
        with tempfile.TemporaryDirectory() as folder:
            nimg, pixels = pixels_of(setting, seed, Path(folder))
        score = Scored(nimg, frechet_distance(moments(network, pixels), real))
        caption = {"side": name, "seed": str(seed), "nimg": str(nimg), "FD[lenet]": f"{score.distance:.3f}"}
        write_png(setting.out / f"{name}-{seed}.png", grid(pixels[:64], 8), caption)
        answers.append(score)
    return answers[0], answers[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--data", default="mnist", help="grey images that the LeNet knows")
    parser.add_argument("--resolution", type=int, default=32)
    parser.add_argument("--n", type=int, default=10_000, help="samples that are scored")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--out", type=Path, default=Path("quality"), help="folder for the grids")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    setting = Setting(arguments.data, arguments.resolution, arguments.minutes * 60, arguments.n, arguments.out)
    network = lenet.load()
    real = moments(network, at_resolution(find_set(setting.data), setting.resolution).images())
    print(f"{setting.data} at {setting.resolution} px, {arguments.minutes:g} minutes a side")
    print(f"FD in the features of the shipped LeNet (not FID), {setting.n} samples against {real.count} real images\n")
    if setting.data == "mnist":
        held_out = moments(network, at_resolution(find_set("mnist-test"), setting.resolution).images())
        print(f"floor, {held_out.count} held-out real digits: {frechet_distance(held_out, real):.3f}\n")
    print("seed   textbook: kimg      FD   ganstudio: kimg      FD   ratio of FD")
    pairs = []
    for seed in arguments.seeds:
        a, b = once(setting, seed, network, real)
        pairs.append((a.distance, b.distance))
        left = f"{seed:>4} {a.nimg / 1000:>16.1f} {a.distance:>7.2f}"
        print(f"{left} {b.nimg / 1000:>17.1f} {b.distance:>7.2f} {b.distance / a.distance:>13.2f}", flush=True)
    if len(pairs) > 1:
        a_median, b_median = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        print(f"median {'':>14} {a_median:>7.2f} {'':>17} {b_median:>7.2f} {b_median / a_median:>13.2f}")
    print(f"\ngrids: {', '.join(str(path) for path in sorted(arguments.out.glob('*.png')))}")


if __name__ == "__main__":
    main()
