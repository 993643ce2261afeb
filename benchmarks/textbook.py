"""The peer of the comparisons: a DCGAN training loop as the widely read tutorials write it. Prints one JSON object.

    python benchmarks/textbook.py --data mnist --resolution 32 --seconds 60

float32, contiguous memory, Adam without flags, one backward for real and one for fake, the critic's weights gathering
gradients in the generator's update, no moving average. Networks, their first weights, loss and optimizer settings are
those of the preset `dcgan`, from ganstudio's own file: only the loop differs. In two things the peer has it easier than
in the tutorials: images come from memory without decoding, and no pictures are drawn on the way.

`img_per_s` is the median over blocks of two seconds, less the first two of them (null where there are no others);
`seconds` and `nimg` count everything.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.obtain import find_set
from ganstudio.data.store import DataSet
from ganstudio.engine.architectures.dcgan import ARCHITECTURE
from ganstudio.engine.contract import Condition, DataShape
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels

Z_DIM = 100
BLOCK_S = 2.0


class Images(Dataset[Tensor]):
    """A packed data set, one float image [C, R, R] in [-1, 1] at a time."""

    def __init__(self, data: DataSet, resolution: int) -> None:
        self.pixels = data.images()
        self.factor = data.manifest.resolution // resolution

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> Tensor:
        image = torch.from_numpy(np.array(self.pixels[index])).permute(2, 0, 1).float() / 127.5 - 1
        return F.avg_pool2d(image, self.factor) if self.factor > 1 else image


class Logits(nn.Module):
    """The critic as tutorials have it: images [N, C, R, R] to logits [N]."""

    def __init__(self, critic: nn.Module) -> None:
        super().__init__()
        self.critic = critic

    def forward(self, images: Tensor) -> Tensor:
        return self.critic(images, Condition()).logits.view(-1)


def build(channels: int, resolution: int, seed: int) -> tuple[nn.Module, nn.Module]:
    """Generator and critic of the preset, with its first weights for this seed."""
    torch.manual_seed(seed)
    options = ARCHITECTURE.options.model_validate({"z_dim": Z_DIM, "channels": 64})
    shape = DataShape(channels, (resolution, resolution))
    return ARCHITECTURE.generator(options, shape), Logits(ARCHITECTURE.critic(options, shape))


def train(
    generator: nn.Module, critic: nn.Module, loader: DataLoader[Tensor], seconds: float
) -> tuple[int, float, list[float]]:
    """Images seen, seconds spent, and images a second of each block. The networks are trained in place."""
    adam_d = torch.optim.Adam(critic.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adam_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    criterion = nn.BCEWithLogitsLoss()
    history: list[tuple[float, ...]] = []
    rates: list[float] = []
    nimg, block_nimg = 0, 0
    started = block_started = time.perf_counter()
    while True:
        for real in loader:
            ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
            critic.zero_grad()
            on_real = critic(real)
            loss_real = criterion(on_real, ones)
            loss_real.backward()
            fake = generator(torch.randn(len(real), Z_DIM), None)
            on_fake = critic(fake.detach())
            loss_fake = criterion(on_fake, zeros)
            loss_fake.backward()
            adam_d.step()

            generator.zero_grad()
            loss_g = criterion(critic(fake), ones)
            loss_g.backward()
            adam_g.step()

            watched = (loss_real + loss_fake, loss_g, on_real.mean(), on_fake.mean())
            history.append(tuple(value.item() for value in watched))
            nimg += len(real)
            now = time.perf_counter()
            if now - block_started >= BLOCK_S:
                rates.append((nimg - block_nimg) / (now - block_started))
                block_nimg, block_started = nimg, now
            if now - started >= seconds:
                return nimg, now - started, rates


@torch.no_grad()
def draw(generator: nn.Module, count: int) -> np.ndarray:
    """Pixels uint8 [count, R, R, C] of seeds 0 .. count-1 from the generator in eval mode."""
    generator.eval()
    z = torch.from_numpy(latents(range(count), Z_DIM))
    return np.concatenate([to_pixels(generator(part, None).numpy()) for part in z.split(250)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist", help="a packed data set or a folder")
    parser.add_argument("--resolution", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compile", action="store_true", help="both networks through torch.compile")
    parser.add_argument("--samples", type=Path, help="write pixels of the trained generator here (.npy)")
    parser.add_argument("--n", type=int, default=10_000, help="how many samples")
    arguments = parser.parse_args()
    data = at_resolution(find_set(arguments.data), arguments.resolution)
    generator, critic = build(data.manifest.channels, arguments.resolution, arguments.seed)
    images = Images(data, arguments.resolution)
    loader = DataLoader(images, arguments.batch, shuffle=True, drop_last=True)
    # in place, because torch.compile(net) would hide the parameters' names and nothing else
    if arguments.compile:
        generator.compile()
        critic.compile()
    nimg, seconds, rates = train(generator, critic, loader, arguments.seconds)
    if arguments.samples:
        np.save(arguments.samples, draw(generator, arguments.n))
    steady = statistics.median(rates[2:]) if rates[2:] else None
    print(json.dumps({"nimg": nimg, "seconds": seconds, "img_per_s": steady}))


if __name__ == "__main__":
    main()
