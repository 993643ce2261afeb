"""What `evaluate --memorized` says of copies of MNIST digits, from exact to disguised, and of digits that are none.

    python benchmarks/memorized.py                # some minutes; packs mnist and mnist-test where they are not yet

Training images are MNIST's 60,000, features LeNet's. Of the 10,000 test digits 4,000 are the held-out ones, and 2,000
others are what a generator as good as the data would draw. Copies are of 1,000 training digits. LeNet was trained on
the same digits that are copied here, which makes it neither a stranger to the copies nor to their originals.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.data.obtain import open_set
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.evaluation.memorized import Images, memorized

Pixels = NDArray[np.uint8]
COPIES, HELD_OUT, FRESH = 1000, 4000, 2000


def images(network: lenet.LeNet, pixels: Pixels) -> Images:
    parts = torch.from_numpy(pixels).movedim(-1, 1).split(500)
    with torch.inference_mode():
        features = [network.features(part.float() / 127.5 - 1).numpy() for part in parts]
    return Images(pixels, np.concatenate(features))


def noisy(pixels: Pixels, strength: float) -> Pixels:
    noise = np.random.default_rng(1).normal(0, strength, pixels.shape)
    return np.clip(pixels + noise, 0, 255).round().astype(np.uint8)


def main() -> None:
    draw, network = np.random.default_rng(0), lenet.load()
    trained, test = (np.array(open_set(name).images()) for name in ("mnist", "mnist-test"))
    trained, test = draw.permutation(trained), draw.permutation(test)
    copied = trained[:COPIES]
    samples = {"held-out digits": test[HELD_OUT : HELD_OUT + FRESH], "training digits": copied}
    samples |= {f"with noise of {strength} levels": noisy(copied, strength) for strength in (8, 16, 32)}
    moves = ((0, 1), (1, 1), (0, 2))
    samples |= {f"moved by {down} + {right} px": np.roll(copied, (down, right), (1, 2)) for down, right in moves}
    training, held_out = images(network, trained), images(network, test[:HELD_OUT])
    print(f"{'samples':<28}{'n':>6}{'suspicious':>12}{'expected':>10}{'chance':>8}{'copied':>8}")
    for name, pixels in samples.items():
        found = memorized(images(network, pixels), training, held_out)
        told = f"{found.share:>12.1%}{found.expected:>10.1%}{found.chance:>8.1%}{found.copied:>8.1%}"
        print(f"{name:<28}{len(pixels):>6}{told}", flush=True)


if __name__ == "__main__":
    main()
