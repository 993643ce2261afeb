"""Trains the classifier behind FD[lenet] and prints its accuracy on both held-out sets, with the weights as stored.

    python benchmarks/train_lenet.py --data DIR          # about six minutes on two cores with bf16

DIR holds mnist/ (IDX files) and fashion-mnist/ (IDX.gz files). The two training halves, 120,000 images, are one
problem of 20 classes. Each image is put at a random place within two pixels of the middle, so that a feature does not
hang on the exact position. The same seed on the same machine gives the same weights; another CPU may round otherwise.
Not measured here: how well a distance in these features follows people's judgement.
"""

from __future__ import annotations

import argparse
import gzip
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine.evaluation.lenet import SIDE, WEIGHTS, LeNet

SHIFT = 2


def read_idx(path: Path) -> np.ndarray:
    """The uint8 array in an IDX file, plain or gzipped: dimensions from its header."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    dimensions = raw[3]
    shape = np.frombuffer(raw, ">u4", dimensions, offset=4).astype(int)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def read_half(data: Path, half: str) -> tuple[Tensor, Tensor]:
    """Images uint8 [N, 28, 28] and labels int64 [N] of a half, `train` or `t10k`: digits, then articles from 10 on."""
    images, labels = [], []
    for folder, suffix, first in (("mnist", "", 0), ("fashion-mnist", ".gz", 10)):
        images.append(read_idx(data / folder / f"{half}-images-idx3-ubyte{suffix}"))
        labels.append(read_idx(data / folder / f"{half}-labels-idx1-ubyte{suffix}").astype(np.int64) + first)
    return torch.from_numpy(np.concatenate(images)), torch.from_numpy(np.concatenate(labels))


def placed(pixels: Tensor, offsets: Tensor) -> Tensor:
    """Images [N, 1, 32, 32] in [-1, 1]: each of `pixels` [N, 28, 28] with its corner at its own offset [N, 2]."""
    n, side, _ = pixels.shape
    canvas = torch.zeros(n, SIDE, SIDE, dtype=torch.uint8)
    span = torch.arange(side)
    rows, columns = (offsets[:, axis, None] + span for axis in (0, 1))
    canvas[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]] = pixels
    return canvas[:, None].float() / 127.5 - 1


def train(images: Tensor, labels: Tensor, epochs: int, batch: int, seed: int) -> LeNet:
    """A network after `epochs` of Adam under a one-cycle learning rate, in bf16 and channels_last."""
    torch.manual_seed(seed)
    network = LeNet().train()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs do not know it
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-2, fused=True)
    steps = len(images) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=epochs * steps)
    started = time.perf_counter()
    for epoch in range(epochs):
        order = torch.randperm(len(images))
        total = 0.0
        for step in range(steps):
            chosen = order[step * batch : (step + 1) * batch]
            middle = (SIDE - images.shape[1]) // 2
            offsets = torch.randint(middle - SHIFT, middle + SHIFT + 1, (batch, 2))
            inputs = placed(images[chosen], offsets).to(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(inputs)
            loss = F.cross_entropy(logits.float(), labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        elapsed_s = time.perf_counter() - started
        print(f"epoch {epoch + 1}/{epochs}: loss {total / steps:.4f}, {elapsed_s:.0f} s", flush=True)
    return network


def store(network: LeNet, path: Path) -> None:
    """Leaves the weights at `path` as float16."""
    weights = {name: tensor.contiguous().half().numpy() for name, tensor in network.state_dict().items()}
    np.savez_compressed(path, **weights)


@torch.no_grad()
def accuracies(path: Path, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """The share of held-out digits and of held-out articles that the stored weights put right, among all 20 classes."""
    network = LeNet()
    with np.load(path) as stored:
        network.load_state_dict({k: torch.from_numpy(stored[k].astype(np.float32)) for k in stored.files})
    network.eval()
    guesses = torch.cat([network(part[:, None].float() / 127.5 - 1).argmax(1) for part in images.split(1000)])
    right = (guesses == labels).float()
    return right[labels < 10].mean().item(), right[labels >= 10].mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds mnist/ and fashion-mnist/")
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go; default: the shipped file")
    arguments = parser.parse_args()
    network = train(*read_half(arguments.data, "train"), arguments.epochs, arguments.batch, arguments.seed)
    store(network, arguments.out)
    digits, articles = accuracies(arguments.out, *read_half(arguments.data, "t10k"))
    print(f"digits {digits:.4f}  articles {articles:.4f}  ({arguments.out.stat().st_size / 1000:.0f} kB as float16)")


if __name__ == "__main__":
    main()
