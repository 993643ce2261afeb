"""Makes a state dict of torch of Real-ESRGAN x4plus as ncnn stores it, for `ganstudio export import`.

    python benchmarks/ncnn_weights.py realesrgan-x4plus.param --out RealESRGAN_x4plus.pth
    ganstudio export import RealESRGAN_x4plus.pth
    ganstudio upscale photo.jpg --model RealESRGAN_x4plus --out large

The .bin file is expected beside the .param file. The names are those of the published RRDBNet, which spandrel reads:
conv_first, body.N.rdbM.convK, conv_body, conv_up1, conv_up2, conv_hr, conv_last. A name follows from a convolution's
place in the graph alone, so the graph is checked first: how many convolutions and of what shape, after which of them a
leaky ReLU stands, and by what residuals are multiplied. Then every byte of the .bin file must have been used, and the
parameters are counted: 16,697,987. Weights in half precision become single; what ncnn quantized to 8 bits is refused.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

MAGIC = "7767517"
HALF, SINGLE = 0x01306B47, 0  # the tag before weights says how they are stored
BLOCKS, WIDTH, GROWTH, COLOURS = 23, 64, 32, 3
PARAMETERS = 16_697_987
SLOPE = RESIDUAL = 0.2


class Convolution(NamedTuple):
    """One line of the graph; `slope` is that of the leaky ReLU behind it, None where there is none."""

    outputs: int
    kernel: int
    weights: int
    slope: float | None


def expected() -> Iterator[tuple[str, int, int, bool]]:
    """Name, inputs, outputs and whether a leaky ReLU follows, of each convolution in the order of the graph."""
    yield "conv_first", COLOURS, WIDTH, False
    for block in range(BLOCKS):
        for dense in (1, 2, 3):
            for layer in range(1, 6):
                outputs = GROWTH if layer < 5 else WIDTH
                yield f"body.{block}.rdb{dense}.conv{layer}", WIDTH + (layer - 1) * GROWTH, outputs, layer < 5
    yield "conv_body", WIDTH, WIDTH, False
    for name in ("conv_up1", "conv_up2", "conv_hr"):
        yield name, WIDTH, WIDTH, True
    yield "conv_last", WIDTH, COLOURS, False


def read_graph(file: Path) -> list[Convolution]:
    """The convolutions of a .param file, in order. Ends the program where the graph is not RRDBNet's."""
    lines = file.read_text().splitlines()
    if not lines or lines[0] != MAGIC:
        sys.exit(f"{file}: this is no graph of ncnn, which begins with {MAGIC}.")
    found, residuals, layers = [], 0, [line.split() for line in lines[2:] if line.strip()]
    for kind, name, inputs, outputs, *rest in layers:
        options = dict(one.split("=", 1) for one in rest[int(inputs) + int(outputs) :])
        if kind == "Convolution":
            if options.get("5") != "1" or options.get("9", "0") not in ("0", "2"):
                sys.exit(f"{file}: {name} has no bias, or another activation than a leaky ReLU.")
            slope = float(options["-23310"].split(",")[1]) if options.get("9") == "2" else None
            found.append(Convolution(int(options["0"]), int(options["1"]), int(options["6"]), slope))
        elif kind == "Eltwise":
            _, factor, other = options["-23301"].split(",")
            if (float(factor), float(other)) != (RESIDUAL, 1.0):
                sys.exit(f"{file}: {name} adds {factor} of a residual, not {RESIDUAL}.")
            residuals += 1
        elif kind not in ("Input", "Split", "Concat", "BinaryOp", "Interp"):
            sys.exit(f"{file}: {name} is a {kind}, which RRDBNet has none of.")
    if int(lines[1].split()[0]) != len(layers) or residuals != BLOCKS * 4:
        sys.exit(f"{file}: {len(layers)} layers with {residuals} scaled residuals; {BLOCKS * 4} are needed.")
    return found


def check_graph(file: Path, found: list[Convolution]) -> None:
    """Ends the program where a convolution is not of the shape that its place asks for."""
    wanted = list(expected())
    if len(found) != len(wanted):
        sys.exit(f"{file}: {len(found)} convolutions; {len(wanted)} are needed.")
    for one, (name, inputs, outputs, activated) in zip(found, wanted, strict=True):
        shape = (outputs, 3, outputs * inputs * 9, SLOPE if activated else None)
        if tuple(one) != shape:
            sys.exit(f"{file}: {name} is {tuple(one)} (outputs, kernel, weights, slope); {shape} is needed.")


def read_weights(file: Path, convolutions: list[Convolution]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Weights, flat, and bias of each convolution, float32. Ends the program where bytes lack or are left over."""
    content = file.read_bytes()
    place = 0

    def take(kind: str, count: int) -> np.ndarray:
        nonlocal place
        size = np.dtype(kind).itemsize * count
        if place + size > len(content):
            sys.exit(f"{file}: cut short: {len(content):,} bytes.")
        part = np.frombuffer(content, kind, count, place)
        place += size + -size % 4  # each array is filled up to four bytes
        return part.astype(np.float32)

    for one in convolutions:
        (tag,) = struct.unpack_from("<I", content, place) if place + 4 <= len(content) else (None,)
        if tag not in (HALF, SINGLE):
            sys.exit(f"{file}: weights at byte {place:,} are stored as {tag}: neither half nor single precision.")
        place += 4
        yield take("<f2" if tag == HALF else "<f4", one.weights), take("<f4", one.outputs)
    if place != len(content):
        sys.exit(f"{file}: {len(content) - place:,} bytes are left over.")


def state_dict(graph: Path) -> dict[str, np.ndarray]:
    """The arrays of RRDBNet by their published names; weights are [outputs, inputs, 3, 3]."""
    convolutions = read_graph(graph)
    check_graph(graph, convolutions)
    state = {}
    stored = read_weights(graph.with_suffix(".bin"), convolutions)
    for (name, inputs, outputs, _), (weights, bias) in zip(expected(), stored, strict=True):
        state[f"{name}.weight"] = weights.reshape(outputs, inputs, 3, 3)
        state[f"{name}.bias"] = bias
    count = sum(array.size for array in state.values())
    if count != PARAMETERS or not all(np.isfinite(array).all() for array in state.values()):
        sys.exit(f"{graph}: {count:,} parameters, or some that are no number; {PARAMETERS:,} are needed.")
    return state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path, metavar="FILE.param")
    parser.add_argument("--out", type=Path, default=Path("RealESRGAN_x4plus.pth"))
    given = parser.parse_args()
    state = state_dict(given.graph)
    import torch

    torch.save({name: torch.from_numpy(array) for name, array in state.items()}, given.out)
    parameters = sum(array.size for array in state.values())
    print(f"{given.out}: {len(state) // 2} convolutions, {parameters:,} parameters")


if __name__ == "__main__":
    main()
