"""`ganstudio upscale` beside onnxruntime alone: the time around a network's tiles, and memory by the picture's size.

    python benchmarks/upscaling.py                           # srresnet as published, 1.5 million parameters, x4
    python benchmarks/upscaling.py --photo photo.jpg --repeats 3
    python benchmarks/upscaling.py --growth                  # a network of two layers: 1,024 px beside 4,096 px

Both sides are child processes on the same export and the same picture, by turns. One is the whole program: it starts,
measures how large a tile may be, reads the picture, makes its tiles, compares one at a seam, writes a PNG. The other
opens the same file in onnxruntime as the program does and runs the same tiles, and nothing else: its figure is the
summed time of those calls. CPU seconds are compared, of all threads, since others may use the machine; wall seconds are
printed too. The export's weights are untrained, which changes no time. Memory is the largest that the program's process
had in RAM; Linux counts in it what its parent had before, so export and picture are made by a process of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import sides

SIDE, LARGE = 1024, 4096  # pixels


class Cost(NamedTuple):
    cpu_s: float
    wall_s: float
    peak_mb: float


def write_export(path: Path, options: dict[str, Any]) -> int:
    """Writes an export of srresnet with random weights, x4; its number of parameters."""
    from dataclasses import replace

    import torch

    from ganstudio import __version__
    from ganstudio.engine import architectures
    from ganstudio.engine.contract import DataShape, ExportSpec
    from ganstudio.engine.export.onnx import convert
    from ganstudio.inference.manifest import ExportManifest

    torch.manual_seed(0)
    architecture = architectures.find("srresnet")
    shape = DataShape(3, (128, 128), source=(3, 32, 32))
    net = architecture.generator(architecture.options(**options), shape).eval()
    free = {"source": {2: "height", 3: "width"}}
    spec = ExportSpec("", net, {"source": torch.zeros(2, 3, 16, 16)}, free_axes=free, scale=4)
    empty = ExportManifest(path.stem, "superres", (), (), None, (), (3, "height", "width"), (-1.0, 1.0), 20, "fp32",
                           None, None, None, __version__, None, None, "")  # fmt: skip
    path.write_bytes(convert(spec, replace(empty, name=path.stem)))
    return sum(one.numel() for one in net.parameters())


def write_photo(path: Path, side: int, photo: Path | None) -> None:
    """A square picture of that side: cut of `photo` and enlarged, or hills of colour with grain."""
    import numpy as np
    from PIL import Image

    if photo:
        with Image.open(photo) as image:
            least = min(image.size)
            image.convert("RGB").crop((0, 0, least, least)).resize((side, side), Image.Resampling.LANCZOS).save(path)
        return
    draw = np.random.RandomState(0)
    hills = Image.fromarray(draw.randint(0, 256, (24, 24, 3)).astype(np.uint8)).resize((side, side), 3)
    grain = draw.randint(-6, 7, (side, side, 3))
    Image.fromarray((np.asarray(hills) + grain).clip(0, 255).astype(np.uint8)).save(path)


def run_child(command: list[str]) -> tuple[Cost, str]:
    """What a process cost, and what it printed. Ends the program where it fails."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out, env=dict(os.environ))
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read()
    if child.returncode:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1000), printed


def upscale(export: Path, photo: Path, folder: Path) -> tuple[Cost, dict[str, Any]]:
    """The program's cost, and what it says of the picture."""
    command = [sys.executable, "-m", "ganstudio", "upscale", str(photo), "--model", str(export), "--out", str(folder)]
    cost, printed = run_child([*command, "--force", "--provider", "cpu", "--json"])
    (folder / f"{photo.stem}.png").unlink()
    answer: dict[str, Any] = json.loads(printed)["pictures"][0]
    return cost, answer


def tiles_alone(export: Path, photo: Path) -> dict[str, float]:
    """CPU and wall seconds of onnxruntime, summed over the picture's tiles; the side of this comparison's child."""
    import numpy as np
    from PIL import Image

    from ganstudio.inference.images.channels import to_network
    from ganstudio.inference.images.memory import cut_for
    from ganstudio.inference.images.model import ImageModel
    from ganstudio.inference.providers import open_session

    with Image.open(photo) as image:
        pixels = np.asarray(image)
    model = ImageModel.open(export, "upscale", "cpu")
    tiles = list(cut_for(model).tiling(model, pixels.shape[:2]).tiles())
    session = open_session(export, "cpu").session
    cpu = wall = 0.0
    for rows, columns in tiles:
        source = to_network(pixels[rows.start : rows.stop, columns.start : columns.stop], 3)
        began = time.process_time(), time.perf_counter()
        session.run(["images"], {"source": source})
        cpu, wall = cpu + time.process_time() - began[0], wall + time.perf_counter() - began[1]
    return {"cpu_s": cpu, "wall_s": wall, "tiles": len(tiles)}


def prepare(export: Path, options: dict[str, Any], photos: dict[str, int], given: argparse.Namespace) -> int:
    """Writes the export and the pictures, by name with their sides, in a process of its own; the parameters."""
    told = json.dumps([str(export), options, photos])
    photo = ["--photo", str(given.photo)] if given.photo else []
    return int(run_child([sys.executable, __file__, "--prepare", told, *photo])[1])


def compare(folder: Path, given: argparse.Namespace) -> None:
    """Prints a line for each side and the ratio of the two."""
    export, photo = folder / "published.onnx", folder / "photo.png"
    options = {"channels": 64, "blocks": 16, "norm": "batch", "skip": "none"}
    parameters = prepare(export, options, {str(photo): given.side}, given)
    ours, alone, said = [], [], {}
    for _ in range(given.repeats):
        cost, said = upscale(export, photo, folder / "large")
        ours.append(cost)
        alone.append(json.loads(run_child([sys.executable, __file__, "--alone", str(export), str(photo)])[1]))
    cpu, wall = (statistics.median(getattr(one, name) for one in ours) for name in ("cpu_s", "wall_s"))
    tiles_cpu, tiles_wall = (statistics.median(one[name] for one in alone) for name in ("cpu_s", "wall_s"))
    print(f"srresnet, {parameters:,} parameters, x4, {given.side}x{given.side} px, {said['tiles']} tiles")
    print(f"{'':<22} {'CPU s':>8} {'wall s':>8} {'peak MB':>8}")
    print(f"{'ganstudio upscale':<22} {cpu:>8.1f} {wall:>8.1f} {max(one.peak_mb for one in ours):>8.0f}")
    print(f"{'its tiles alone':<22} {tiles_cpu:>8.1f} {tiles_wall:>8.1f}   ({alone[0]['tiles']:.0f} tiles)")
    print(f"{'ratio':<22} {cpu / tiles_cpu:>8.2f} {wall / tiles_wall:>8.2f}   (at most 1.3)")


def grow(folder: Path, given: argparse.Namespace) -> None:
    """Prints the peak of a small network's process for two sizes, of which the larger has 16 times the pixels."""
    export = folder / "small.onnx"
    photos = {side: folder / f"{side}.png" for side in (SIDE, LARGE)}
    prepare(export, {"channels": 8, "blocks": 1}, {str(path): side for side, path in photos.items()}, given)
    print(f"{'picture':<14} {'becomes':<14} {'tiles':>6} {'CPU s':>8} {'peak MB':>8}")
    for side, photo in photos.items():
        cost, said = upscale(export, photo, folder / "large")
        size, made = f"{side}x{side}", f"{said['width']}x{said['height']}"
        print(f"{size:<14} {made:<14} {said['tiles']:>6} {cost.cpu_s:>8.1f} {cost.peak_mb:>8.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", type=Path, help="a photograph to cut the picture from")
    parser.add_argument("--side", type=int, default=SIDE)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--growth", action="store_true", help="compare two sizes instead of two sides")
    parser.add_argument("--alone", type=Path, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--prepare", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.prepare:
        export, options, photos = given.prepare
        for path, side in photos.items():
            write_photo(Path(path), side, given.photo)
        print(write_export(Path(export), options))
        return
    if given.alone:
        print(json.dumps(tiles_alone(*given.alone)))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(sides.environment(Path(folder)))
        (grow if given.growth else compare)(Path(folder), given)


if __name__ == "__main__":
    main()
