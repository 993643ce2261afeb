"""Images a second through the feature networks: torch-fidelity's Inception as it comes, beside ours, by turns.

    python benchmarks/features.py                       # three minutes on two cores
    python benchmarks/features.py --weights FILE        # the real Inception; else seeded weights in its layout

Both sides see the same pixels and hold the same weights, in float32, so the arithmetic is the same; how far their
features and the two FIDs lie apart is printed. EfficientNet-Lite0 and LeNet are timed too, and so is the Fréchet
formula alone. Not measured: reading images, onnxruntime's graph (printed beside), a GPU.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ganstudio.engine.evaluation.choice import load
from ganstudio.engine.evaluation.extractors import Extractor
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance
from ganstudio.engine.evaluation.inception import Inception
from ganstudio.engine.torchvision_import import import_torchvision

CPU = torch.device("cpu")
BATCH = 64  # the default of either side
SIDE = 32


def seeded(file: Path) -> Path:
    """Weights in the published layout that nobody trained."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Empty(FeatureExtractorInceptionV3):
        def load_state_dict(self, *_: object) -> None:
            """Its own, as torch drew them."""

    torch.save({}, file)
    torch.manual_seed(0)
    network = Empty("inception-v3-compat", ["2048"], str(file))
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    torch.save(network.state_dict(), file)
    return file


def sides(file: Path) -> dict[str, Callable[[Tensor], Tensor]]:
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    theirs = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(file))
    began = time.perf_counter()
    fast = Inception(file, CPU, by_onnxruntime=True)
    print(f"onnxruntime's graph of Inception: made in {time.perf_counter() - began:.1f} s")
    others = {
        "torch-fidelity, eager": lambda pixels: theirs(pixels)[0],
        "inception, torch": Inception(file, CPU).features,
        "inception, onnxruntime": fast.features,
    }
    for name in ("efficientnet-lite0", "lenet"):
        extractor: Extractor = load(name, CPU, images=10_000)
        others[f"{extractor.stamp} as in evaluate"] = extractor.features
    return others


@torch.inference_mode()
def timed(runs: dict[str, Callable[[Tensor], Tensor]], rounds: int) -> dict[str, list[float]]:
    """Images a second of each, one batch each by turns; the first round is not counted."""
    pixels = torch.randint(0, 256, (BATCH, 3, SIDE, SIDE), dtype=torch.uint8)
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, run in runs.items():
            given = pixels[:, :1] if name.startswith("lenet") else pixels
            began = time.perf_counter()
            run(given)
            if number:
                rates[name].append(BATCH / (time.perf_counter() - began))
    return rates


@torch.inference_mode()
def apart(runs: dict[str, Callable[[Tensor], Tensor]]) -> str:
    """How far the features of 64 images lie apart, and the distance of two sets of 32 in either's."""
    pixels = torch.randint(0, 256, (64, 3, SIDE, SIDE), dtype=torch.uint8)
    pixels[32:] //= 2
    found = {name: torch.cat([run(part) for part in pixels.split(BATCH)]).numpy() for name, run in runs.items()}
    theirs, ours = found["torch-fidelity, eager"], found["inception, onnxruntime"]
    fids = [frechet_distance(Moments.of(one[:32]), Moments.of(one[32:])) for one in (theirs, ours)]
    far = np.linalg.norm(theirs - ours) / np.linalg.norm(theirs)
    return f"features {far:.1e} apart, their FIDs {abs(fids[1] / fids[0] - 1):.1e} (relative)"


def formula() -> float:
    """Seconds of the Fréchet distance in 2,048 dimensions."""
    draw = np.random.default_rng(0)
    a, b = (Moments.of(draw.normal(size=(4000, 2048))) for _ in range(2))
    began = time.perf_counter()
    frechet_distance(a, b)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, help="the published Inception weights")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    import_torchvision()
    with tempfile.TemporaryDirectory() as folder:
        runs = sides(given.weights or seeded(Path(folder) / "inception.pth"))
    rates = timed(runs, given.rounds)
    base = statistics.median(rates["torch-fidelity, eager"])
    print(f"{'':34} {'img/s':>8}  of torch-fidelity's   (median of {given.rounds}, batch {BATCH}, {SIDE} px)")
    for name, measured in rates.items():
        rate = statistics.median(measured)
        print(f"{name:34} {rate:8.1f}  {rate / base:.2f} x")
    print(apart({name: run for name, run in runs.items() if "ception" in name or "fidelity" in name}))
    print(f"the Fréchet formula in 2,048 dimensions: {formula():.2f} s")


if __name__ == "__main__":
    main()
