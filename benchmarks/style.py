"""The proof of a stylizer: does it take on a style, keep its content, lie between two styles, and keep colours?

    python benchmarks/style.py prepare WORK --real DIR     # contents, styles, and what no training sees of either
    ganstudio train stylize --data WORK/contents --style-data WORK/styles/known --name style
    ganstudio export onnx style
    python benchmarks/style.py prove style WORK --keep     # the table, into docs/results.md too; --sheet FILE.png draws

`--real DIR`, or $GANSTUDIO_REAL_DATA, has photos/, large photographs: each is scaled to 512 px along its short side. Of
every third nothing is trained on: the three parts of 256 px with the most edges are the contents of the proof. Styles
are drawn by code (style_pictures.py): a training sees WORK/styles/known, never the kinds in WORK/styles/unseen. All
figures are of pictures that onnxruntime draws, at the size of the part, in the features of the published VGG16:

    style    the distance of Gram matrices to the style falls, against the untouched content's: 50 %, and 35 % unseen
    content  in relu3_1 a result's own content is the nearest of all contents: 90 %
    blend    of two styles' mean, the distance to either lies between those of the two pictures of one style each
    colour   `stylize --keep-colour` moves the mean colour by less than 5 levels of 255
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import sides
import style_pictures
from numpy.typing import NDArray
from PIL import Image
from results_page import write_between

Pixels = NDArray[np.uint8]
Moments = tuple[NDArray[np.float32], NDArray[np.float32]]
SHORT, PART = 512, 256  # pixels: of a photograph's short side, and of a part of it
PARTS = 3  # of a held-out photograph
HELD = 3  # every so many-th photograph is held out
HEAD, END = "<!-- style.py: begin -->", "<!-- style.py: end -->"
FALLS = {"known": 0.50, "unseen": 0.35}
OWN, LEVELS, EPSILON = 0.90, 5.0, 1e-5


def prepare(work: Path, real: Path) -> None:
    """Writes what is trained on and what the proof is made of."""
    photos = sorted((real / "photos").glob("*.jpg"))
    if len(photos) < HELD:
        sys.exit(f"{real}/photos holds {len(photos)} photographs; {HELD} are the fewest.")
    for folder in ("contents", "held"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    for number, file in enumerate(photos):
        image = Image.open(file).convert("RGB")
        scale = SHORT / min(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
        held = number % HELD == 0
        places = _held_places(image) if held else _tiles(image.size)
        for part, (x, y) in enumerate(places):
            cut = image.crop((x, y, x + PART, y + PART))
            cut.save(work / ("held" if held else "contents") / f"{file.stem}-{part}.png")
    files = style_pictures.write(work / "styles")
    print(f"{len(files['known'])} styles to train on, {len(files['unseen'])} of kinds that are not")
    print(f"ganstudio train stylize --data {work / 'contents'} --style-data {work / 'styles' / 'known'} --name style")


def _tiles(size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The upper left corners of parts that cover a picture without a gap; the last of a row begins earlier."""
    for y in sorted({*range(0, size[1] - PART, PART), size[1] - PART}):
        for x in sorted({*range(0, size[0] - PART, PART), size[0] - PART}):
            yield x, y


def _held_places(image: Image.Image) -> list[tuple[int, int]]:
    """Parts that do not overlap, those with the most edges: a part of a blank sky has no content that could be kept."""
    grey = np.asarray(image.convert("L"), np.float64)
    edges = np.abs(np.diff(grey, axis=0))[:, 1:] + np.abs(np.diff(grey, axis=1))[1:]
    columns, rows = (range(0, side - PART + 1, PART) for side in image.size)
    places = [(x, y) for y in rows for x in columns]
    return sorted(places, key=lambda at: -edges[at[1] : at[1] + PART, at[0] : at[0] + PART].mean())[:PARTS]


class Stylizer:
    """Both graphs of an export, as any program would call them."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        def opened(file: Path) -> Any:
            return onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])

        self.whole, self.features = opened(path), opened(path.with_name(f"{path.stem}.features.onnx"))

    def moments(self, pixels: Pixels) -> Moments:
        (features,) = self.features.run(None, {"images": _on_network(pixels)})
        return features.mean((2, 3)), np.sqrt(features.var((2, 3)) + EPSILON)

    def draw(self, content: Pixels, style: Moments) -> Pixels:
        mean, std = self.moments(content)
        given = {"content_mean": mean, "content_std": std, "style_mean": style[0], "style_std": style[1]}
        given |= {"source": _on_network(content), "strength": np.ones(1, np.float32)}
        (images,) = self.whole.run(None, given)
        pixels: Pixels = np.rint((images[0].transpose(1, 2, 0) + 1) * 127.5).clip(0, 255).astype(np.uint8)
        return pixels


def _on_network(pixels: Pixels) -> NDArray[np.float32]:
    return (pixels.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]


class Judge:
    """Distances in the published VGG16, which the export's own encoder is cut from."""

    def __init__(self) -> None:
        from ganstudio.engine.layers.vgg16_maps import Vgg16Maps

        self.net = Vgg16Maps(3)

    def maps(self, pixels: Pixels) -> Any:
        import torch

        with torch.inference_mode():
            return self.net(torch.from_numpy(_on_network(pixels)))

    @staticmethod
    def style(a: Any, b: Any) -> float:
        """How far the Gram matrices of `a` are from those of `b`."""
        from ganstudio.engine.tasks.style_measures import gram_distance

        return float(gram_distance(a, b))


@dataclass(frozen=True)
class Row:
    what: str
    found: str
    wanted: str
    holds: bool | None  # None: not measured


@dataclass(frozen=True)
class Style:
    """A style picture: its moments for the stylizer, and its maps for the judge."""

    pixels: Pixels
    moments: Moments
    maps: Any


class Proof:
    """A stylizer on held-out contents, judged."""

    def __init__(self, stylizer: Stylizer, work: Path) -> None:
        self.stylizer, self.judge, self.work = stylizer, Judge(), work
        self.contents = [_read(file) for file in sorted((work / "held").glob("*.png"))]
        self.maps = [self.judge.maps(one) for one in self.contents]
        self.own: list[bool] = []  # of each picture so far, whether its own content is the nearest

    def styles(self, part: str, each: int) -> list[Style]:
        """The first `each` pictures of every kind."""
        files = [f for f in sorted((self.work / "styles" / part).glob("*.png")) if int(f.stem.split("-")[1]) < each]
        pictures = [_read(file) for file in files]
        return [Style(one, self.stylizer.moments(one), self.judge.maps(one)) for one in pictures]

    def drawn(self, content: int, moments: Moments) -> Any:
        """The maps of a content in a style."""
        return self.judge.maps(self.stylizer.draw(self.contents[content], moments))

    def falls(self, part: str, styles: Sequence[Style]) -> Row:
        """How far the distance to the style falls, of three contents in each."""
        found, count = [], len(self.contents)
        for number, style in enumerate(styles):
            for content in ((number + step * count // 3) % count for step in range(3)):
                made = self.drawn(content, style.moments)
                untouched = self.judge.style(self.maps[content], style.maps)
                found.append(1 - self.judge.style(made, style.maps) / untouched)
                self.own.append(self.nearest(made) == content)
        what = f"style, {part}: fall of the Gram distance, {len(found)} pictures"
        return share_row(what, float(np.mean(found)), FALLS[part])

    def nearest(self, made: Any) -> int:
        """The content whose relu3_1 is nearest."""
        return int(np.argmin([float((made[-1] - one[-1]).square().sum()) for one in self.maps]))

    def blends(self, styles: Sequence[Style]) -> Row:
        """Of half of one style and half of the next: how often the distance to either lies between its two ends."""
        between = []
        for number, (one, other) in enumerate(pairwise(styles)):
            content = number % len(self.contents)
            (mean, std), (other_mean, other_std) = one.moments, other.moments
            half = self.drawn(content, ((mean + other_mean) / 2, (std + other_std) / 2))
            ends = [self.drawn(content, style.moments) for style in (one, other)]
            for style in (one, other):
                low, high = sorted(self.judge.style(end, style.maps) for end in ends)
                between.append(low <= self.judge.style(half, style.maps) <= high)
        what = f"blend: 0.5/0.5 lies between its two, {len(between)} distances"
        return share_row(what, float(np.mean(between)), OWN)


def prove(stylizer: Stylizer, work: Path, each: int, sheet: Path | None) -> list[Row]:
    """The table's rows, but for colours; with a `sheet` contents x styles are drawn to it."""
    proof = Proof(stylizer, work)
    styles = {part: proof.styles(part, each) for part in FALLS}
    rows = [proof.falls(part, found) for part, found in styles.items()]
    what = f"content: nearest of {len(proof.contents)} is its own, {len(proof.own)} pictures"
    rows += [share_row(what, float(np.mean(proof.own)), OWN), proof.blends(styles["known"])]
    if sheet:
        shown = [one for found in styles.values() for one in found[:: max(len(found) // 4, 1)][:4]]
        _write_sheet(sheet, stylizer, proof.contents[1::PARTS], shown)
    return rows


def share_row(what: str, found: float, least: float) -> Row:
    return Row(what, f"{found:.1%}", f"{least:.0%}", found >= least)


def colours(workspace: Path, model: Path, work: Path) -> Row:
    """How far `stylize --keep-colour` moves the mean colour, at most."""
    what = "colour: most that a mean moves with --keep-colour"
    contents = sorted((work / "held").glob("*.png"))[1::PARTS]
    with tempfile.TemporaryDirectory() as folder:
        style = ["--style", str(work / "styles" / "known" / "dabs-0.png"), "--keep-colour"]
        command = ["stylize", *map(str, contents), *style, "--model", str(model), "--out", folder]
        done = subprocess.run(
            [sys.executable, "-m", "ganstudio", *command],
            env=sides.environment(workspace),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            return Row(what, f"not measured: {done.stderr.strip().splitlines()[0]}", f"{LEVELS:g}", None)
        means = [(_read(file).mean((0, 1)), _read(Path(folder) / file.name).mean((0, 1))) for file in contents]
    moved = max(float(np.abs(before - after).max()) for before, after in means)
    return Row(what, f"{moved:.1f}", f"{LEVELS:g}", moved < LEVELS)


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| measure | | bar | |", "|---|---|---|---|"]
    for row in rows:
        mark = {True: "", False: "below the bar", None: "not measured"}[row.holds]
        lines.append(f"| {row.what} | {row.found} | {row.wanted} | {mark} |")
    return "\n".join(lines)


def _read(file: Path) -> Pixels:
    return np.asarray(Image.open(file).convert("RGB"))


def _write_sheet(path: Path, stylizer: Stylizer, contents: Sequence[Pixels], styles: Sequence[Style]) -> None:
    """Contents in the first column, styles in the first row, and each content in each style."""
    white = np.full((PART, PART, 3), 255, np.uint8)
    lines = [[white, *(np.asarray(Image.fromarray(one.pixels).resize((PART, PART))) for one in styles)]]
    lines += [[content, *(stylizer.draw(content, one.moments) for one in styles)] for content in contents]
    Image.fromarray(np.concatenate([np.concatenate(line, 1) for line in lines])).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    make = parts.add_parser("prepare")
    make.add_argument("work", type=Path)
    make.add_argument("--real", type=Path, default=os.environ.get("GANSTUDIO_REAL_DATA"))
    proof = parts.add_parser("prove")
    proof.add_argument("model", help="an export's name, or its .onnx file")
    proof.add_argument("work", type=Path)
    proof.add_argument("--each", type=int, default=4, help="pictures of each kind of style")
    proof.add_argument("--sheet", type=Path)
    proof.add_argument("--keep", action="store_true", help="write the table into docs/results.md")
    given = parser.parse_args()
    if given.part == "prepare":
        if given.real is None:
            parser.error("prepare needs --real DIR, or $GANSTUDIO_REAL_DATA")
        prepare(given.work, Path(given.real))
        return
    from ganstudio.workspace import Workspace

    workspace = Workspace.locate()
    path = Path(given.model) if given.model.endswith(".onnx") else workspace.exports / f"{given.model}.onnx"
    if not path.is_file():
        sys.exit(f"{path} is not there: ganstudio export onnx {given.model}")
    rows = [*prove(Stylizer(path), given.work, given.each, given.sheet), colours(workspace.root, path, given.work)]
    for row in rows:
        mark = {True: "  ", False: "no", None: " ?"}[row.holds]
        print(f"{mark}  {row.what:<62} {row.found:>6}  wanted {row.wanted}")
    if given.keep:
        write_between(HEAD, END, table(rows))
    sys.exit(any(row.holds is False for row in rows))


if __name__ == "__main__":
    main()
