"""What latents.py gives to projections and judges them by: held-out digits and emoji, a classifier, LPIPS, samples."""

from __future__ import annotations

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
from ganstudio.inference.pixels import to_pixels, write_png

EMOJI = "latents-emoji"
HELD_OUT, SAMPLES, FIRST_SAMPLE = 64, 10_000, 1_000_000
SIDE, STEPS = 32, 2000
WEIGHTS = ("lpips-alexnet", "lpips-vgg16")  # judged by, and learned by

Pixels = NDArray[np.uint8]


def projected(workspace: Path, model: Path, pictures: Pixels, *options: str) -> Pixels:
    """What a model, or of `--pivotal` the one tuned for each, draws of the latents found for pictures [N, H, W, C].

    All lies in WORKSPACE/latents/, where the program goes on after an interrupt.
    """
    there = workspace / "latents" / f"{model.stem}{''.join(options)}"
    given, found = there / "given", there / "found"
    given.mkdir(parents=True, exist_ok=True)
    for number, pixels in enumerate(pictures):
        if not (given / f"{number:03}.png").exists():
            write_png(given / f"{number:03}.png", pixels, {})
    sides.program(workspace, "project", str(given), "--model", model.stem, "--out", str(found), *options)
    drawn = [np.asarray(Image.open(found / f"{number:03}.png")) for number in range(len(pictures))]
    return np.stack(drawn).reshape(len(pictures), *pictures.shape[1:])


def random_samples(model: Path) -> Pixels:
    """10,000 samples [N, H, W, C]."""
    opened, seeds = OnnxModel.open(model, provider="cpu"), range(FIRST_SAMPLE, FIRST_SAMPLE + SAMPLES)
    parts = [opened.generate(latents(seeds[at : at + 500], opened.z_dim)) for at in range(0, SAMPLES, 500)]
    return to_pixels(np.concatenate(parts))


def test_digits() -> Pixels:
    """The first 64 of the test half [N, 32, 32, 1]."""
    return np.asarray(at_resolution(find_set("mnist-test"), SIDE).images()[:HELD_OUT])


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


def lpips_by_nearest(found: Pixels, given: Pixels, samples: Pixels) -> tuple[float, float]:
    """The mean LPIPS of what was found to what was given, and that of the nearest of `samples`."""
    off = picture_scores.lpips(found, given).mean()
    return float(off), float(picture_scores.lpips_to_nearest(given, samples).mean())


def held_out_emoji(real: Path) -> tuple[Pixels, list[str]]:
    """64 emoji of one vendor [N, 32, 32, 3] over white, the same ones every time, and the names of their files."""
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(Path(picture_sets.base_emoji(real, Path(folder))[0]).glob("*.png"))
        chosen = [files[row] for row in np.random.RandomState(0).permutation(len(files))[:HELD_OUT]]
        return np.stack([_over_white(file) for file in chosen]), [file.name for file in chosen]


def _over_white(file: Path) -> Pixels:
    with Image.open(file) as opened:
        drawn = opened.convert("RGBA")
    over = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB")
    return np.asarray(over.resize((SIDE, SIDE), Image.Resampling.BOX))


def bring_emoji(real: Path, workspace: Path) -> None:
    """Packs all emoji but those held out, and imports the weights of LPIPS, where that is not done yet."""
    picture_sets.bring_weights(WEIGHTS, real, workspace)
    if EMOJI in names():
        return
    _, held_out = held_out_emoji(real)
    with tempfile.TemporaryDirectory() as folder:
        vendor = Path(picture_sets.base_emoji(real, Path(folder))[0])
        for name in held_out:
            (vendor / name).unlink()
        packing = ("--name", EMOJI, "--size", str(SIDE), "--labels", "none")
        sides.program(workspace, "data", "add", str(vendor), *packing)
