"""Errors that a person makes, and the hint of each typed in the same folder: it does what was wanted."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.cli.hints.conftest import hint_of, type_hint

CASES: dict[str, tuple[str, str]] = {  # what is typed, and how the hint begins
    "batch": ("train dcgan --data bare", "ganstudio train dcgan --data bare --set training.batch=6"),
    "micro-batch": (
        "train dcgan --data bare --set training.micro_batch=16",
        "ganstudio train dcgan --data bare --set training.batch=6 --set training.micro_batch=none",
    ),
    "batch that micro-batches fill": (
        "train dcgan --data bare --set training.batch=8 --set training.micro_batch=4",
        "ganstudio train dcgan --data bare --set training.micro_batch=4 --set training.batch=4",
    ),
    "fork's batch": (
        "runs fork timed --set training.batch=99",
        "ganstudio runs fork timed --set training.batch=30",
    ),
    "two lengths": (
        "train gan --data pets --kimg 3 --epochs 4 --set training.batch=8",
        "ganstudio train gan --data pets --set training.batch=8 --kimg 3",
    ),
    "patience": (
        "train gan --data pets --set training.batch=8 --patience=0",
        "ganstudio train gan --data pets --set training.batch=8 --patience 200",
    ),
    "condition": (
        "train gan --data pets --set training.batch=8 --stop-when fd",
        'ganstudio train gan --data pets --set training.batch=8 --stop-when "fd < 5 and kimg > 50"',
    ),
    "name": (
        "train gan --data pets --set training.batch=8 --name 'a b'",
        "ganstudio train gan --data pets --set training.batch=8 --name a-b",
    ),
    "no such preset": ("train dcgun --data pets", "ganstudio presets list"),
    "architecture as preset": ("presets show mlp", "ganstudio presets show gan"),
    "no such knob": ("train dcgan --data pets --set training.bach=8", "ganstudio knobs"),
    "no such data": ("train dcgan --data petz", "ganstudio data list"),
    "no such option": ("train dcgan --dato pets", "ganstudio train --help"),
    "no such command": ("trian", "ganstudio --help"),
    "no such command of a group": ("runs lst", "ganstudio runs --help"),
    "no such run": ("runs show dune", "ganstudio runs list"),
    "no such export": ("export show cgun", "ganstudio export list"),
    "no such model": ("sample --model cgun --seed 1", "ganstudio export list"),
    "no such weights": ("weights fetch net", "ganstudio weights list"),
    "weights that are shipped": ("weights fetch lenet", "ganstudio weights list"),
    "empty value": ("train dcgan --data ''", "ganstudio train --help"),
    "checkpoint's number": ("runs fork timed@", "ganstudio runs show timed"),
    "latest checkpoint's number": ("runs fork @", "ganstudio runs show latest"),
    "resumed at its end": ("runs resume done", "ganstudio runs fork done --kimg 200"),
    "resumed as it should end": ("runs resume better", "ganstudio runs fork better"),
    "resumed without time": ("runs resume timed", "ganstudio runs resume timed --minutes 2"),
    "forked at its end": ("runs fork done", "ganstudio runs fork done@100 --kimg 200"),
    "forked to another size": (
        "runs fork timed --set data.resolution=64",
        "ganstudio train dcgan --data pets --set training.batch=30 --set data.resolution=64",
    ),
    "paused at its end": ("runs pause done", "ganstudio runs fork done --kimg 200"),
    "paused when stopped": ("runs pause timed", "ganstudio runs resume timed --minutes 2"),
    "changed at its end": (
        "runs set done training.sample_kimg=5",
        "ganstudio runs fork done --set training.sample_kimg=5 --kimg 200",
    ),
    "scored at its end": ("runs evaluate done", "ganstudio evaluate done --against pets"),
    "stopped at its end": ("runs stop done", "ganstudio runs list"),
    "compared alone": ("runs compare done", "ganstudio runs list"),
    "removed unasked": ("runs remove done timed", "ganstudio runs remove done timed --yes"),
    "data removed unasked": ("data remove bare", "ganstudio data remove bare --yes"),
    "export removed unasked": ("export remove dogs", "ganstudio export remove dogs --yes"),
    "nothing to plot": ("runs plot done --what scores", "ganstudio runs show done"),
    "plotted by a wrong name": ("runs plot done --what luss", "ganstudio runs plot done --what losses"),
    "too smooth": ("runs plot done --smooth 1", "ganstudio runs plot done --smooth 0.9"),
    "elsewhere": ("--workspace . runs resume done", "ganstudio --workspace . runs fork done --kimg 200"),
    "no workspace": ("--workspace new runs list", "mkdir -p new"),
    "no seeds": ("sample --model dogs", "ganstudio sample --model dogs --seed 42"),
    "animated sample": ("sample --model dogs --seed 1 --out a.gif", "ganstudio interpolate --seed 1 --seed 2"),
    "unknown picture": (
        "sample --model dogs --seed 1 --out a.bmp",
        "ganstudio sample --model dogs --seed 1 --out a.png",
    ),
    "no such processor": (
        "sample --model dogs --seed 1 --provider tpu",
        "ganstudio sample --model dogs --seed 1 --provider cpu",
    ),
    "one seed to walk": (
        "interpolate --model dogs --seed 4 --steps 2 --out w.gif",
        "ganstudio interpolate --model dogs --steps 2 --out w.gif --seed 4 --seed 5",
    ),
    "nowhere to walk": (
        "interpolate --model dogs --steps 2 --out w.gif",
        "ganstudio interpolate --model dogs --steps 2 --out w.gif --seed 0-3",
    ),
    "no keyframes": ("animate --out w.gif", "ganstudio animate --help"),
    "keyframes that are none": ("animate none.toml --out w.gif", "ganstudio animate --example"),
    "balance without classes": (
        "augment --data bare --model dogs --balance --name more",
        "ganstudio augment --data bare --model dogs --name more --factor 2",
    ),
    "per class alone": (
        "augment --data pets --model cgan --factor 2 --per-class 21 --name more",
        "ganstudio augment --data pets --model cgan --name more --balance --per-class 21",
    ),
    "neither more nor balanced": ("augment --data pets --model cgan --name more", "ganstudio augment --help"),
    "augmented to nowhere": ("augment --data pets --model cgan --balance", "ganstudio augment --help"),
    "class of none": (
        "augment --data bare --model cat=dogs --factor 2 --name more",
        "ganstudio augment --data bare --factor 2 --name more --model dogs",
    ),
    "seeds that run out": (
        "augment --data bare --model dogs --factor 2 --name more --seed 4294967295",
        "ganstudio augment --data bare --model dogs --factor 2 --name more --seed 0",
    ),
    "known by name": ("data add tiny --fit pad", "ganstudio data add tiny   # or ./tiny"),
    "known in another size": ("data add tiny --size 16", "ganstudio data add tiny --size 16 --name tiny-16"),
    "name that is taken": ("data add 'my photos' --name pets", "ganstudio data add 'my photos' --name pets-2"),
    "name of something else": ("data add 'my photos' --name mnist", "ganstudio data add 'my photos' --name my-mnist"),
    "one picture": ("data add 'my photos/0.png'", "ganstudio data add "),
    "no labels inside": (
        "data add 'my photos' --labels dataset.json",
        "ganstudio data add 'my photos' --labels folders",
    ),
    "export's name": (
        "export import theirs.onnx --range=-1,1 --name .x",
        "ganstudio export import theirs.onnx --range=-1,1 --name x",
    ),
    "half of an export": (
        "export import theirs.onnx --range=-1,1 --name x.mapping",
        "ganstudio export import theirs.onnx --range=-1,1 --name x-mapping",
    ),
    "picture of nothing": (
        "evaluate bare --against pets --out x.png",
        "ganstudio evaluate bare --against pets --out x.png --memorized",
    ),
    "no folder for a picture": ("evaluate bare --against pets --memorized --out far/x.png", "mkdir -p "),
}


@pytest.mark.parametrize("case", CASES)
def test_a_hint_that_is_typed_in_the_same_folder_works(case: str, here: Path, ganstudio: Program) -> None:
    line, begins = CASES[case]
    hint = hint_of(ganstudio(*shlex.split(line)))
    assert begins in hint
    type_hint(ganstudio, hint)
