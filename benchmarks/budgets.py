"""How many images of each preset do some minutes of two cores without AVX-512 see?

    python benchmarks/budgets.py dcgan sngan      # these presets; without a name those whose data packs itself

Presets that draw have six minutes, or twelve, for learn.py; those from picture to picture what MINUTES says, for
learn_pictures.py, which packs their data.

There was one such machine: it trained `dcgan` at 32 px, before fakes were reused, at 249 images a second. Here
oneDNN and torch are told to hide what this CPU has beyond AVX2, and one thread takes whole cycles of steps of the
preset and of that `dcgan`, by turns in one process, in fp32. Seconds are the CPU's own, so that a neighbour matters
little. The budget is 249 x the ratio of the two paces x the minutes. What grows is measured at five places of its
length, what has phases in each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

import picture_sets

ANCHOR_IMG_PER_S = 249
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "OMP_NUM_THREADS": "1"}
SLOW = ("gan", "wgan", "wgan-gp", "wgan-gp-resnet", "progan", "biggan", "unrolled", "gan3d", "videogan")
DATA = {"gan3d": "voxel-mnist", "videogan": "moving-mnist", **picture_sets.SETS}
MINUTES = {
    **dict.fromkeys(("srresnet", "pix2pix", "stargan", "cut", "inpaint"), 30),
    **dict.fromkeys(("srgan", "esrgan"), 45),
    "cyclegan": 60,
}
# A Fréchet distance to few images says little: of 166 real ones it is a mere 29 % below that of another vendor's.
SETTINGS = dict.fromkeys(("cyclegan", "cut"), ("data.held_out=0.5",))
ANCHOR_SETTINGS = ("training.reuse_fakes=false",)  # as `dcgan` was when it was measured on that machine
# Measured on two EPYCs, by threads that train the anchor at 184 and, where there is AVX2 alone, at about 100 images a
# CPU second.
KIMG: dict[str, float] = {
    "acgan": 70,
    "biggan": 80,
    "cgan": 80,
    "dcgan": 97,
    "dcgan-dense": 150,
    "fastgan": 50,
    "gan": 3508,
    "gan3d": 66,
    "infogan": 69,
    "lsgan": 214,
    "progan": 108,
    "projected": 28,
    "projection": 73,
    "r3gan": 43,
    "reacgan": 83,
    "sagan": 64,
    "sngan": 183,
    "sngan-resnet": 61,
    "stylegan": 60,
    "stylegan2": 69,
    "stylegan2-ada": 66,
    "unrolled": 89,
    "videogan": 35,
    "wgan": 480,
    "wgan-gp": 329,
    "wgan-gp-resnet": 114,
    # From picture to picture: measured on a busy thread of another EPYC, 85 to 96 images a second of the anchor.
    "srresnet": 78,
    "srgan": 89,
    "esrgan": 59,
    "pix2pix": 72,
    "cyclegan": 23,
    "cut": 20,
    "stargan": 352,
    "inpaint": 45,
}
CYCLE = 16  # iterations after which lazy penalties are due again
PHASES = {"srgan": (0.25, 0.75), "esrgan": (0.25, 0.75)}  # the critic joins half-way
PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)


def minutes(preset: str) -> int:
    return MINUTES.get(preset, 12 if preset in SLOW else 6)


def budget(preset: str, seconds: float) -> dict[str, float]:
    """Kimg of the preset, and what they were reckoned from, by a fresh process that knows AVX2 alone."""
    command = [sys.executable, __file__, "--child", preset, "--seconds", str(seconds)]
    done = subprocess.run(command, env={**os.environ, **AVX2}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    paces = json.loads(done.stdout.splitlines()[-1])
    kimg = ANCHOR_IMG_PER_S * paces["preset"] / paces["anchor"] * minutes(preset) * 60 / 1000
    return {"kimg": kimg, **paces}


def paces(preset: str, seconds: float) -> dict[str, float]:
    """Images a CPU second of the preset and of the anchor, measured by turns."""
    ours, anchor = (
        _session(preset, DATA.get(preset, "mnist"), SETTINGS.get(preset, ())),
        _session("dcgan", "mnist", ANCHOR_SETTINGS),
    )
    places = PLACES if ours.recipe.growth else PHASES.get(preset, PLACES[2:3])
    cycle = 1 if preset in picture_sets.SETS else CYCLE  # none of them has a lazy penalty
    needed, turns = [], []
    for place in places:
        ours.progress.nimg = round(place * ours.recipe.training.schedule_length * 1000)
        turns.append(_pace(anchor, seconds / len(places)))
        needed.append(1 / _pace(ours, seconds / len(places), cycle))
    turns.append(_pace(anchor, seconds / len(places)))
    return {"preset": len(needed) / sum(needed), "anchor": sum(turns) / len(turns)}


def _session(preset, data, settings):  # type: ignore[no-untyped-def]  # torch is imported by the child alone
    from ganstudio.data.obtain import open_set
    from ganstudio.engine import architectures, devices
    from ganstudio.engine.distributed import World
    from ganstudio.engine.session import Session
    from ganstudio.recipe.load import read_preset, resolve
    from ganstudio.workspace import Workspace

    table, images = read_preset(preset, Workspace.locate()), open_set(data)
    stored = [f"data.resolution={images.manifest.resolution}"] if table["data"]["resolution"] == "data" else []
    recipe = resolve(table, [*settings, *stored, "training.precision=fp32"], preset)
    architecture = architectures.find(recipe.architecture.id)
    return Session(recipe, architecture, images, 0, devices.choose("cpu", "fp32"), World())


def _pace(session, seconds: float, cycle: int = CYCLE) -> float:  # type: ignore[no-untyped-def]
    from ganstudio.engine.step import iterate

    list(iterate(session))  # the first takes memory
    first, began = session.progress.nimg, time.process_time()
    while time.process_time() - began < seconds:
        for _ in range(cycle):
            list(iterate(session))
    return (session.progress.nimg - first) / (time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--seconds", type=float, default=8, help="of CPU, for each side")
    parser.add_argument("--child", metavar="PRESET", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(paces(arguments.child, arguments.seconds)))
        return
    for preset in arguments.presets or (name for name in KIMG if name not in picture_sets.SETS):
        found = budget(preset, arguments.seconds)
        print(
            f'    "{preset}": {found["kimg"]:.0f},  # {found["preset"]:.0f} img/s beside {found["anchor"]:.0f}',
            flush=True,
        )


if __name__ == "__main__":
    main()
