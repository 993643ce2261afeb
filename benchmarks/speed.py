"""Images a second of the textbook loop and of `ganstudio train dcgan`, side by side in one run.

    python benchmarks/speed.py                    # about 18 minutes; --compile adds 30

Each side trains in a fresh process, by turns (A B A B ...), and the medians over the rounds are compared. A side's own
figure is the median over its steady part; "whole" is all images over all seconds of training, with ganstudio's events,
sample grids, scores and checkpoints in it. Networks, batch, data and torch's threads are the same on
both sides. Compiled figures stand in a table of their own, with a minute more for each side: compiling takes about half
a minute that "steady" leaves out and "whole" does not. Not measured: how good the images are (quality.py), how long a
start takes (startup.py).
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
from pathlib import Path

import sides
import torch

Pair = tuple[sides.Trained, sides.Trained]  # textbook, ganstudio
COMPILING_S = 60


def compare(resolution: int, seconds: float, rounds: int, data: str, precision: str, compiled: bool) -> list[Pair]:
    """One pair a round."""
    pairs = []
    seconds += COMPILING_S if compiled else 0
    for turn in range(rounds):
        flag = ["--compile"] if compiled else []
        setting = ["--set", f"training.precision={precision}"]
        setting += ["--set", "training.compile=true"] if compiled else []
        with tempfile.TemporaryDirectory() as workspace:
            a = sides.textbook(data, resolution, seconds, turn, *flag)
            b = sides.ganstudio(Path(workspace), "speed", data, resolution, seconds, turn, *setting)
        pairs.append((a, b))
    return pairs


def steady(trained: sides.Trained) -> float:
    if trained.img_per_s is None:
        sys.exit(f"{trained.nimg} images in {trained.seconds:.0f} s: too few for a steady figure; give more --seconds")
    return trained.img_per_s


def row(resolution: int, pairs: list[Pair]) -> str:
    """Medians over the rounds, their ratio, and the ratio of each round."""
    a, b = (statistics.median(steady(pair[side]) for pair in pairs) for side in (0, 1))
    whole_a, whole_b = (statistics.median(pair[side].nimg / pair[side].seconds for pair in pairs) for side in (0, 1))
    each = " ".join(f"{steady(ganstudio) / steady(textbook):.2f}" for textbook, ganstudio in pairs)
    left = f"{resolution:>4} px  {a:>9.1f}  {b:>9.1f}  {b / a:>5.2f}"
    return f"{left}   {whole_a:>9.1f}  {whole_b:>9.1f}  {whole_b / whole_a:>5.2f}   {each}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=80, help="training time of each side in each round")
    parser.add_argument("--resolutions", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--precision", default="auto", help="ganstudio's; fp32 shows what is left without bf16")
    parser.add_argument("--compile", action="store_true", help="add a table with both sides compiled")
    arguments = parser.parse_args()
    bf16 = "with" if torch.cpu.get_capabilities().get("avx512_bf16") else "without"
    print(f"{platform.machine()}, {torch.get_num_threads()} threads, {bf16} AVX512-BF16, torch {torch.__version__}")
    print(
        f"{arguments.data}, batch 64, {arguments.rounds} rounds of {arguments.seconds:g} s a side, "
        f"ganstudio in {arguments.precision}; img/s\n"
    )
    for compiled in [False, True] if arguments.compile else [False]:
        print(f"{'compiled' if compiled else 'eager':<8}  textbook  ganstudio  ratio    textbook  ganstudio  ratio")
        print("            steady     steady                 whole      whole          steady ratio of each round")
        for resolution in arguments.resolutions:
            pairs = compare(
                *(resolution, arguments.seconds, arguments.rounds, arguments.data, arguments.precision, compiled)
            )
            print(row(resolution, pairs), flush=True)
        print()


if __name__ == "__main__":
    main()
