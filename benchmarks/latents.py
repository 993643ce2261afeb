"""How near are projections, and how well do directions hold?

    python benchmarks/latents.py digits emoji classes --real DIR     # some of them, or all three

Each trains a model as a run of this workspace, where it is not there yet, and then measures it:

    digits    dcgan, 300 kimg of MNIST: 64 digits of its test half, projected; thickness and slant
    classes   cgan, 80 kimg of MNIST: thickness and slant
    emoji     dcgan, 300 kimg of one vendor's emoji at 32 px but for 64 of them, which are projected; also `--exact
              --pivotal`

A projection is judged by what it did not minimize: digits by the features of a small classifier that is trained here,
emoji by LPIPS in AlexNet. The ratio is the mean distance of the answers by that of the nearest, so judged, of 10,000
random samples. DIR is as picture_sets.py wants it; digits need none.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import picture_scores
import picture_sets
import sides
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.obtain import find_set
from ganstudio.data.store import names
from ganstudio.engine.devices import choose
from ganstudio.engine.evaluation.small_classifier import Classifier, Labelled, trained
from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.pixels import to_pixels

HELD_OUT, SAMPLES, FIRST_SAMPLE = 64, 10_000, 1_000_000
SIDE, STEPS = 32, 2000
MODELS = {
    "digits": ("dcgan", "mnist", 300.0),
    "classes": ("cgan", "mnist", 80.0),
    "emoji": ("dcgan", "latents-emoji", 300.0),
}
WITHOUT_SCORES = ("--set", "evaluation.features=none")

Pixels = NDArray[np.uint8]


def export_of(workspace: Path, what: str) -> Path:
    """The export of the run that is measured; both are made where they are not there."""
    preset, data, kimg = MODELS[what]
    name = f"latents-{what}"
    if not any(run["name"] == name for run in json.loads(sides.program(workspace, "runs", "list", "--json"))):
        length = ("--kimg", f"{kimg:g}", "--seed", "0", *WITHOUT_SCORES)
        size = () if data == "mnist" else ("--set", f"data.resolution={SIDE}")
        sides.program(workspace, "train", preset, "--data", data, "--name", name, *length, *size)
    path = workspace / "exports" / f"{name}.onnx"
    if not path.exists():
        sides.program(workspace, "export", "onnx", name, "--checkpoint", "last", "--out", str(path))
        sides.program(workspace, "encoder", name, "--minutes", "5")
    return path


def projected(workspace: Path, model: Path, pictures: Pixels, *options: str) -> Pixels:
    """What the model draws of the latents that are found for pictures [N, H, W, C]."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "given", Path(folder) / "found"
        given.mkdir()
        for number, pixels in enumerate(pictures):
            Image.fromarray(pixels if pixels.shape[2] > 1 else pixels[:, :, 0]).save(given / f"{number:03}.png")
        sides.program(workspace, "project", str(given), "--model", model.stem, "--out", str(found), *options)
        drawn = [np.asarray(Image.open(found / f"{number:03}.png")) for number in range(len(pictures))]
    return np.stack(drawn).reshape(len(pictures), *pictures.shape[1:])


def random_samples(model: Path) -> Pixels:
    """10,000 samples [N, H, W, C]."""
    opened, seeds = OnnxModel.open(model, provider="cpu"), range(FIRST_SAMPLE, FIRST_SAMPLE + SAMPLES)
    parts = [opened.generate(latents(seeds[at : at + 500], opened.z_dim)) for at in range(0, SAMPLES, 500)]
    return to_pixels(np.concatenate(parts))


def digit_classifier() -> Classifier:
    """A classifier of the training digits, the same on each machine but for rounding."""
    data = at_resolution(find_set("mnist"), SIDE)
    labels = data.labels()
    assert labels is not None
    return trained(Labelled(np.asarray(data.images()), labels), 10, 1, STEPS, choose("cpu", "fp32"))


@torch.no_grad()
def hidden(network: Classifier, pixels: Pixels) -> tuple[Tensor, Tensor]:
    """The features [N, 128] behind the logits of grey pictures [N, H, W, 1], and the digits [N] that it reads."""
    x = torch.from_numpy(np.array(pixels)).movedim(-1, 1).float() / 127.5 - 1
    for convolution in network.convolutions:
        x = F.max_pool2d(F.relu(convolution(x)), 2)
    features = F.relu(network.hidden(x.flatten(1)))
    return features, network.output(features).argmax(1)


def digits(workspace: Path, _real: Path | None) -> None:
    """Prints how near 64 test digits are found again, and whether they are read as the same."""
    model, network = export_of(workspace, "digits"), digit_classifier()
    given = np.asarray(at_resolution(find_set("mnist-test"), SIDE).images()[:HELD_OUT])
    found = projected(workspace, model, given)
    (wanted, read), (answers, again) = hidden(network, given), hidden(network, found)
    samples = torch.cat([hidden(network, part)[0] for part in np.array_split(random_samples(model), 20)])
    nearest = torch.cdist(wanted, samples).min(1).values
    off = (answers - wanted).norm(dim=1)
    print(f"digits: feature distance {off.mean():.3f}, of the nearest of {SAMPLES:,} samples {nearest.mean():.3f}")
    same = (read == again).float().mean()
    print(f"digits: ratio {off.mean() / nearest.mean():.3f} (at most 0.5), read as the same {same:.0%} (at least 90 %)")
    directions(workspace, model)


def classes(workspace: Path, _real: Path | None) -> None:
    directions(workspace, export_of(workspace, "classes"))


def directions(workspace: Path, model: Path) -> None:
    """Prints how well thickness and slant hold."""
    only = [word for name in ("thickness", "slant") for word in ("--only", name)]
    answer = sides.program(
        workspace, "directions", "find", model.stem, "--from", "measure", "--data", "mnist", *only, "--json"
    )
    for one in json.loads(answer):
        kept = f"class kept in {one['class_kept']:.0%} of {one['sure']} sure seeds"
        print(f"{model.stem}: {one['name']}: rank correlation {one['spearman']:.3f} (at least 0.9), {kept}")


def emoji(workspace: Path, real: Path | None) -> None:
    """Prints how near 64 emoji that were left out of the training are found again, by the export and by its run."""
    folder = picture_sets.real_data(real)
    picture_sets.prepare("pix2pix", folder, workspace)  # brings the weights of LPIPS
    given = held_out_emoji(folder, workspace)
    model = export_of(workspace, "emoji")
    samples = random_samples(model)
    nearest = picture_scores.lpips_to_nearest(given, samples).mean()
    for title, options, bar in (("CMA-ES", (), 0.8), ("exact, tuned", ("--exact", "--pivotal"), 0.3)):
        off = picture_scores.lpips(projected(workspace, model, given, *options), given).mean()
        far = f"LPIPS {off:.3f}, nearest of {SAMPLES:,} {nearest:.3f}"
        print(f"emoji, {title}: {far}, ratio {off / nearest:.3f} (at most {bar})")


def held_out_emoji(real: Path, workspace: Path) -> Pixels:
    """64 emoji [N, 32, 32, 3] over white; all others are packed as the data set `latents-emoji`."""
    with tempfile.TemporaryDirectory() as folder:
        vendor = Path(picture_sets.base_emoji(real, Path(folder))[0])
        files = sorted(vendor.glob("*.png"))
        chosen = [files[row] for row in np.random.RandomState(0).permutation(len(files))[:HELD_OUT]]
        pictures = []
        for file in chosen:
            drawn = Image.open(file).convert("RGBA")
            over = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB")
            pictures.append(np.asarray(over.resize((SIDE, SIDE), Image.Resampling.BOX)))
            file.unlink()
        if "latents-emoji" not in names():
            sides.program(
                workspace,
                "data",
                "add",
                str(vendor),
                "--name",
                "latents-emoji",
                "--size",
                str(SIDE),
                "--labels",
                "none",
            )
    return np.stack(pictures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help=", ".join(MODELS))
    parser.add_argument("--real", type=Path, help="folder of emoji and of the weights of LPIPS")
    arguments = parser.parse_args()
    work = {"digits": digits, "classes": classes, "emoji": emoji}
    if unknown := [name for name in arguments.what if name not in work]:
        sys.exit(f"there is no {', '.join(unknown)}: {', '.join(work)}")
    for name in arguments.what or work:
        work[name](Path(os.environ.get("GANSTUDIO_WORKSPACE") or "."), arguments.real)


if __name__ == "__main__":
    main()
