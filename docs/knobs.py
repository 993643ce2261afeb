"""Writes knobs.md, the page of every key that `--set` takes: python docs/knobs.py"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from ganstudio.cli.knobs import options_schemas
from ganstudio.errors import quoted
from ganstudio.recipe.knobs import Knob
from ganstudio.recipe.reference import default, example, kind_meanings, meaning, reference

PAGE = Path(__file__).with_name("knobs.md")
HEAD = """# Every knob

What `--set key=value` takes, in `train`, `--sweep` and `runs fork`, and what a preset's file may hold. `ganstudio
knobs` lists the same in the terminal, `ganstudio knobs lr` those that match, with `--json` for a program;
`ganstudio presets show NAME` has the values of a preset. This page is made by `python docs/knobs.py`.

A default holds where neither the preset nor `--set` says otherwise. Names in brackets are the kinds, or the
architectures, that alone have a knob.

Setting a knob of something that is off turns it on: `--set regularizers.r1.gamma=5` adds the penalty, or changes it
where it is there, `--set regularizers.r1=on` adds it with its defaults, and `--set regularizers.r1=off` takes it out.
`augmentation` and `growth` are turned `on` and `off` alike. `--set objective=hinge` and `--set task=unpaired` are short for `objective.kind` and `task.kind`.

What may be "a schedule" is a number that may change over the recipe's length: `--set generator_optimizer.lr.end=1e-5`,
`--set 'generator_optimizer.lr={start = 2e-4, end = 0, shape = "cosine"}'` or `{points = [[kimg, value], ...]}`
([numbers that change](runs.md#numbers-that-change)).
"""


def page() -> str:
    listed = reference(options_schemas())
    parts = [HEAD]
    for section, knobs in groupby(listed, key=lambda knob: knob.key.partition(".")[0]):
        parts += [f"\n## {section}\n\n", "| key | default | may be | meaning | example |\n|---|---|---|---|---|\n"]
        parts += [_row(knob) for knob in knobs]
    return "".join(parts)


def _row(knob: Knob) -> str:
    means = "<br>".join([meaning(knob), *(f"{kind}: {text}" for kind, text in kind_meanings(knob).items())])
    known = default(knob)
    legal = knob.legal.replace(" | ", ", ")
    cells = (f"`{knob.key}`", f"`{known}`" if known else "", legal, means, f"`--set {quoted(example(knob))}`")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
