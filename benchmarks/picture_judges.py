"""What exported networks make of pictures that their training never saw, measured as each preset's proof asks.

Networks are run by ganstudio's own commands, through onnxruntime. LPIPS is AlexNet's, which no preset learns by.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import picture_sets
import reading
import sides
import torch
from numpy.typing import NDArray
from picture_scores import LPIPS, PICTURE_FEATURES, class_features, features, lpips, lpips_to_nearest, nearest_rows
from PIL import Image

from ganstudio.data.obtain import open_set
from ganstudio.data.sources.folders import list_folder
from ganstudio.data.store import DataSet
from ganstudio.data.whole_picture import read_whole
from ganstudio.engine.batches import split
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance
from ganstudio.engine.tasks.holes import holes
from ganstudio.inference.images.upscale import bicubic
from ganstudio.inference.pixels import grid, write_png
from ganstudio.runs import events

SCALE = 4
TEST_DIGITS = 1000
SHOWN = 12  # examples in a picture
CROP = 256  # px of a photograph that is shown
FIRST, LAST = 0.1, 0.9  # shares of a training that its beginning ends at, and its end begins

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Check:
    """One measure: `ours`, what it stands beside, and by how much it is better, which is to be `bar` or more.

    `gain` is a share, or dB of PSNR, or `ours` itself where nothing stands `beside`. Without a bar it is told alone.
    """

    measure: str
    ours: float
    beside: float | None
    against: str
    gain: float
    bar: float | None

    @property
    def holds(self) -> bool:
        return self.bar is None or self.gain >= self.bar


@dataclass(frozen=True)
class Judged:
    pictures: int
    checks: list[Check]
    sheet: Pixels


@dataclass(frozen=True)
class Trained:
    """A run to judge: its preset, folder, recipe and data, the files it was exported to, and where commands run."""

    preset: str
    path: Path
    recipe: dict[str, Any]
    data: DataSet
    models: list[Path]
    workspace: Path
    real: Path

    def held(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows of the data that training never saw, and those that it saw."""
        held, kept = split(self.data, self.recipe["data"]["held_out"], 2)
        return held.numpy(), kept.numpy()

    def answers(self, command: str, model: Path, pixels: Pixels, *options: str) -> Pixels:
        """What a command makes of each picture, written and read as PNG."""
        with tempfile.TemporaryDirectory() as folder:
            given, made = Path(folder) / "given", Path(folder) / "made"
            write_all(given, pixels)
            sides.program(self.workspace, command, str(given), "--model", str(model), "--out", str(made), *options)
            return read_all(made)


def judge(trained: Trained) -> Judged:
    match trained.preset:
        case "srresnet" | "srgan" | "esrgan":
            return enlarged(trained)
        case "pix2pix":
            return paired(trained)
        case "cyclegan" | "cut":
            return unpaired(trained)
        case "stargan":
            return between_domains(trained)
        case _:
            return filled(trained)


def enlarged(trained: Trained) -> Judged:
    """Whole photographs, a quarter of their size by bicubic and back: PSNR and LPIPS beside bicubic enlargement's."""
    held, _ = trained.held()
    whole = trained.data.whole_pictures()
    assert whole is not None  # photographs are packed as tiles
    files = [list_folder(trained.real / "photos").pictures[number].location for number in np.unique(whole[held])]
    rows, sheets = [], []
    with tempfile.TemporaryDirectory() as folder:
        small, made = Path(folder) / "small", Path(folder) / "made"
        small.mkdir()
        for file in files:
            colours = read_whole(file, False).colours
            height, width = (side // SCALE * SCALE for side in colours.shape[:2])
            size = (width // SCALE, height // SCALE)
            reduced = Image.fromarray(colours[:height, :width]).resize(size, Image.Resampling.BICUBIC)
            write_png(small / f"{Path(file.path).stem}.png", np.asarray(reduced), {})
        command = ["upscale", str(small), "--model", str(trained.models[0]), "--out", str(made), "--json"]
        answer = sides.program(trained.workspace, *command, "--reference", str(trained.real / "photos"))
        told = {Path(one["path"]).stem: one for one in json.loads(answer)["pictures"]}
        for file in files:
            stem = Path(file.path).stem
            ours, low = (_read(place / f"{stem}.png") for place in (made, small))
            wanted = read_whole(file, False).colours[: ours.shape[0], : ours.shape[1]]
            plain = bicubic(low, SCALE)
            scores = [told[stem]["psnr"]["model"], told[stem]["psnr"]["bicubic"]]
            rows.append([*scores, *(float(lpips(one[None], wanted[None])[0]) for one in (ours, plain))])
            sheets += [_middle(one) for one in (plain, ours, wanted)]
    ours_db, plain_db, ours_far, plain_far = np.mean(rows, 0).tolist()
    by_pixels = trained.preset == "srresnet"
    psnr = Check("PSNR", ours_db, plain_db, "bicubic", ours_db - plain_db, 0.5 if by_pixels else None)
    return Judged(
        len(files),
        [psnr, _lower(LPIPS, ours_far, plain_far, "bicubic", None if by_pixels else 0.25)],
        grid(np.stack(sheets), 3),
    )


def paired(trained: Trained) -> Judged:
    """Held-out drawings: LPIPS to the other vendor's, beside that of a copy, and beside the nearest one trained on."""
    held, kept = trained.held()
    sources, targets = trained.data.sources(), trained.data.images()
    assert sources is not None
    made = trained.answers("translate", trained.models[0], sources[held])
    own = lpips(made, targets[held])
    seen = targets[kept]
    nearest = lpips_to_nearest(made, np.concatenate([seen, seen[:, :, ::-1]]))
    copied = lpips(sources[held], targets[held]).mean()
    look_up = nearest_rows(sources[held], sources[kept])
    looked_up = lpips(seen[look_up], targets[held]).mean()
    nearer = float((own < nearest).mean())
    return Judged(
        len(held),
        [
            _lower(LPIPS, float(own.mean()), float(copied), "the input", 0.3),
            _lower(LPIPS, float(own.mean()), float(nearest.mean()), "the nearest target trained on", 0.0),
            _lower(LPIPS, float(own.mean()), float(looked_up), "the target of the nearest input trained on", 0.0),
            Check("nearer to its own target than to any trained on", nearer, None, "", nearer, None),
        ],
        _rows(sources[held], made, targets[held]),
    )


def unpaired(trained: Trained) -> Judged:
    """The Fréchet distance of translations to all of the target domain, beside that of the untouched held-out input."""
    held, _ = trained.held()
    labels, pixels = trained.data.labels(), trained.data.images()
    assert labels is not None
    domains = trained.data.manifest.classes
    known = [class_features(trained.data, k) for k in (0, 1)]
    checks, shown = [], []
    for target, model in zip((1, 0), trained.models, strict=False):
        source = 1 - target
        rows = held[labels[held] == source]
        given = pixels[rows]
        made = trained.answers("translate", model, given)
        shown += [given, made]
        untouched = known[source][np.searchsorted(np.flatnonzero(labels == source), rows)]
        wanted = Moments.of(known[target])
        distances = [frechet_distance(Moments.of(one), wanted) for one in (features(made), untouched)]
        name = f"FD[{PICTURE_FEATURES}]-{len(given)} to {domains[target]}"
        checks.append(_lower(name, *distances, "the untouched input", 0.3))
    if trained.preset == "cyclegan":
        checks.append(_cycle(trained.path))
    return Judged(len(held), checks, _rows(*shown))


def between_domains(trained: Trained) -> Judged:
    """Test digits made of each other colour: how many have it, and how many are still read as what they were."""
    test, digits = open_set("mnist-test"), open_set("mnist-test").labels()
    assert digits is not None
    digits = digits[:TEST_DIGITS]
    pixels, colours = picture_sets.coloured(test.images()[:TEST_DIGITS])
    domains = sorted(picture_sets.COLOURS)
    shown, right, read = [pixels[:SHOWN]], [], []
    for target, domain in enumerate(domains):
        made = trained.answers("translate", trained.models[0], pixels, "--domain", domain)
        shown.append(made[:SHOWN])
        others = colours != target
        right.append(picture_sets.colours_read(made[others]) == target)
        read.append(reading.chances(made[others].max(3, keepdims=True)).argmax(1) == digits[others])
    asked, kept = (float(np.concatenate(one).mean()) for one in (right, read))
    before = float((reading.chances(pixels.max(3, keepdims=True)).argmax(1) == digits).mean())
    return Judged(
        TEST_DIGITS,
        [
            Check("colour as asked", asked, None, "", asked, 0.9),
            Check("digit as it was", kept, before, "before", kept, 0.85),
        ],
        _rows(*shown),
    )


def filled(trained: Trained) -> Judged:
    """Held-out drawings with holes: LPIPS to the drawing, beside a hole that has the mean colour of its edge."""
    held, _ = trained.held()
    wanted = np.asarray(trained.data.images()[held])
    task, count = trained.recipe["task"], len(held)
    draw = Draw(0, "learn_pictures", 0, count, slice(0, count), torch.device("cpu"))
    low, high = task["hole"]
    masks = holes(draw, wanted.shape[1:3], task["masks"], (low, high))[:, 0].numpy() > 0
    with tempfile.TemporaryDirectory() as folder:
        write_all(Path(folder), masks[..., None].astype(np.uint8) * 255)
        made = trained.answers("inpaint", trained.models[0], wanted, "--mask", folder)
    plain = np.stack([_edge_filled(*one) for one in zip(wanted, masks, strict=True)])
    shown = np.where(masks[..., None], np.uint8(128), wanted)
    ours, theirs = (float(lpips(one, wanted).mean()) for one in (made, plain))
    return Judged(
        count,
        [_lower(f"{LPIPS} of the hole", ours, theirs, "the mean of its edge", 0.2)],
        _rows(shown, plain, made, wanted),
    )


def _lower(measure: str, ours: float, beside: float, against: str, bar: float | None) -> Check:
    return Check(measure, ours, beside, against, 1 - ours / beside, bar)


def _cycle(path: Path) -> Check:
    """The cycle losses of both domains at the end of a training, beside those of its beginning."""
    ticks = [event for event in events.read_events(path / events.NAME)[0] if event["event"] == "tick"]
    length = ticks[-1]["nimg"]
    sums = [(tick["nimg"] / length, sum(v for k, v in tick["losses"].items() if "cycle" in k)) for tick in ticks]
    first = np.mean([value for place, value in sums if place <= FIRST] or [sums[0][1]])
    last = np.mean([value for place, value in sums if place >= LAST])
    return _lower("cycle L1, weighted", float(last), float(first), "the first tenth of the training", 0.0)


def _edge_filled(pixels: Pixels, mask: NDArray[np.bool_]) -> Pixels:
    """`pixels` [H, W, C] with the mean of the pixels that touch the hole in the hole."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    around = np.any([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)], 0) & ~mask
    return np.where(mask[..., None], np.rint(pixels[around].mean(0)).astype(np.uint8), pixels)


def _middle(pixels: Pixels) -> Pixels:
    top, left = ((side - CROP) // 2 for side in pixels.shape[:2])
    return pixels[top : top + CROP, left : left + CROP]


def _rows(*kinds: Pixels) -> Pixels:
    """A row a kind: the same examples, spread over all there are, one below the other."""
    chosen = [one[np.arange(min(SHOWN, len(one))) * len(one) // min(SHOWN, len(one))] for one in kinds]
    return grid(np.concatenate(chosen), len(chosen[0]))


def write_all(folder: Path, pixels: Sequence[Pixels] | Pixels) -> None:
    folder.mkdir(exist_ok=True)
    for number, one in enumerate(pixels):
        write_png(folder / f"{number:05}.png", np.asarray(one), {})


def read_all(folder: Path) -> Pixels:
    return np.stack([_read(file) for file in sorted(folder.glob("*.png"))])


def _read(file: Path) -> Pixels:
    pixels = np.asarray(Image.open(file))
    return pixels if pixels.ndim == 3 else pixels[..., None]
