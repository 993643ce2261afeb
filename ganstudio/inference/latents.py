"""Seeds, and what is drawn from them: one seed, one picture, in any batch and on any machine.

Latent number s is `numpy.random.RandomState(s).randn(z_dim)`, the convention that StyleGAN users know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ganstudio.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST_SEED = 2**32 - 1  # RandomState takes no other
MOST_SEEDS = 100_000


def parse_seeds(text: str) -> tuple[int, ...]:
    """The seeds that `42`, `0-63` (both ends count) or `1,5,9-12` name, in the order given.

    Raises UsageError for anything else, for a seed above 2^32 - 1 and for more than MOST_SEEDS of them.
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, last = _ends(part, text)
        if len(seeds) + last - first >= MOST_SEEDS:
            raise UsageError(f"--seed: {text} names more than {MOST_SEEDS:,} seeds. Ask for them in several commands.")
        seeds.extend(range(first, last + 1))
    return tuple(seeds)


def _ends(part: str, text: str) -> tuple[int, int]:
    """The first and last seed of one part between commas."""
    match = re.fullmatch(r"\s*([0-9]+)\s*(?:-\s*([0-9]+)\s*)?", part)
    if not match:
        shown = f"{part.strip()!r} in {text!r}" if "," in text else repr(text)
        raise UsageError(f"--seed: {shown} is no seed. Write 42, 0-63 or 1,5,9 (whole numbers from 0).")
    # int() refuses strings of over 4,300 digits with an error of its own; ten digits hold every legal seed.
    first, last = (int(digits.lstrip("0")[:11] or "0") for digits in (match[1], match[2] or match[1]))
    if max(first, last) > LARGEST_SEED:
        raise UsageError(f"--seed: {part.strip()} is too large; seeds go from 0 to {LARGEST_SEED}.")
    if first > last:
        raise UsageError(f"--seed: {part.strip()} runs backwards. Did you mean {last}-{first}?")
    return first, last


def format_seeds(seeds: Sequence[int]) -> str:
    """`(0, 1, 2, 3, 9)` -> `0-3,9`: what parse_seeds reads back as the same seeds."""
    runs: list[list[int]] = []
    for seed in seeds:
        if runs and seed == runs[-1][1] + 1:
            runs[-1][1] = seed
        else:
            runs.append([seed, seed])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def latents(seeds: Sequence[int], z_dim: int) -> NDArray[np.float32]:
    """One standard normal latent a seed, float32 [N, z_dim]."""
    import numpy as np

    drawn = np.empty((len(seeds), z_dim), np.float32)
    stream = np.random.RandomState(0)  # seeded anew it is like a new one, which takes twenty times as long to make
    for row, seed in zip(drawn, seeds, strict=True):
        stream.seed(seed)
        row[:] = stream.randn(z_dim)
    return drawn


def noise(seeds: Sequence[int], index: int, shape: Sequence[int]) -> NDArray[np.float32]:
    """What the input `noise_<index>` is given, float32 [N, *shape].

    The stream is RandomState((seed, index + 1)): apart from the latent's, so that noise never moves a latent.
    """
    import numpy as np

    drawn = np.empty((len(seeds), *shape), np.float32)
    stream = np.random.RandomState(0)
    for row, seed in enumerate(seeds):
        stream.seed((seed, index + 1))
        drawn[row] = stream.randn(*shape)
    return drawn
