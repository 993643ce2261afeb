"""Damaged input of every kind that the program reads, given to its commands in this process. Used by torture.py.

Whole files are made first; each try changes some bytes, cuts or doubles a part, and runs a command. Right is: exit 0
(the damage did not matter), 1 with the damaged files listed as skipped, or 2 with a message. Wrong is a fault of the
program, any other exit, or more than LIMIT_S seconds.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import signal
import struct
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ganstudio.cli.app import run
from ganstudio.engine.run_folder import checkpoint
from ganstudio.errors import UsageError

LIMIT_S = 30
FAULT = "this is a fault of ganstudio"
SHARES = {
    **{"image bytes": 0.35, "zip, arrays, CSV": 0.15, "preset": 0.15, "metrics and records": 0.15},
    **{"checkpoint": 0.08, "data manifest": 0.06, "export": 0.06},
}


class Place(NamedTuple):
    """`root` holds a run, an export and a data set; `scratch` is for what is tried."""

    root: Path
    scratch: Path
    rng: random.Random


def report(root: Path, env: dict[str, str], inputs: int, seed: int) -> list[str]:
    """Prints a table of what became of `inputs` damaged inputs; what went wrong comes back."""
    os.environ.update(env)
    place = Place(root, root / "scratch", random.Random(seed))
    place.scratch.mkdir()
    kinds: dict[str, Callable[[Place, int], Iterator[str]]] = {
        "image bytes": _images,
        "zip, arrays, CSV": _sources,
        "preset": _presets,
        "metrics and records": _records,
        "checkpoint": _checkpoints,
        "data manifest": _manifests,
        "export": _exports,
    }
    wrong = []
    print(f"\n{'damaged':<20} inputs  exit 0  listed  exit 2  wrong  seconds")
    for name, tries in kinds.items():
        began = time.monotonic()
        found = Counter(tries(place, round(inputs * SHARES[name])))
        bad = {word: count for word, count in found.items() if word not in ("0", "listed", "2")}
        wrong += [f"{name}: {word} ({count} times)" for word, count in bad.items()]
        numbers = (sum(found.values()), found["0"], found["listed"], found["2"], sum(bad.values()))
        cells = "  ".join(f"{n:>6}" for n in numbers)
        print(f"{name:<20} {cells}  {time.monotonic() - began:>7.0f}", flush=True)
    return wrong


def damaged(content: bytes, rng: random.Random) -> bytes:
    """`content` with one to eight changes; never the same."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data)) if data else 0
        match rng.randrange(6):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                data[at : at + 4] = struct.pack("<I", rng.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, rng.getrandbits(32))))
            case 2:
                del data[at:]
            case 3:
                del data[at : at + rng.randint(1, 64)]
            case 4:
                data[at:at] = data[at : at + rng.randint(1, 64)]
            case _:
                data[at:at] = rng.choice((b"\0", b"[", b"{", b"nan", b"-1", b"1e999", b"\xff\xfe", b'"'))
    return bytes(data) if data != content else bytes(data) + b"?"


def attempt(*arguments: str) -> tuple[int | str, str]:
    """The exit code of a command and what it said, or in place of the code what went wrong."""

    def too_long(*_: object) -> None:
        raise TimeoutError(f"over {LIMIT_S} s")

    said = io.StringIO()
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LIMIT_S)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run(list(arguments))
    except BaseException as error:
        return f"{arguments[0]} {arguments[1]} raised {type(error).__name__}: {error}", said.getvalue()
    finally:
        signal.alarm(0)
    if FAULT in said.getvalue():
        return f"{arguments[0]} {arguments[1]}: {said.getvalue().strip()[:200]}", said.getvalue()
    return code, said.getvalue()


def _word(code: int | str) -> str:
    return str(code) if isinstance(code, str) or code in (0, 2) else f"exit {code}"


def _pictures(folder: Path) -> list[Path]:
    """A small picture in each of the common formats and modes."""
    folder.mkdir()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 20, 3), np.uint8))
    modes = {"png": ("RGB", "RGBA", "P", "L", "LA", "1", "I;16"), "tiff": ("RGB", "CMYK", "F")}
    modes |= {"jpg": ("RGB", "L", "CMYK"), "webp": ("RGB", "RGBA"), "gif": ("P",), "bmp": ("RGB",), "ppm": ("RGB",)}
    for suffix, kinds in modes.items():
        for mode in kinds:
            image = noise.convert("L").convert(mode) if mode in ("I;16", "F") else noise.convert(mode)
            image.save(folder / f"{mode.replace(';', '')}.{suffix}")
    return sorted(folder.iterdir())


def _images(at: Place, inputs: int) -> Iterator[str]:
    whole = _pictures(at.scratch / "whole")
    for start in range(0, inputs, 50):
        folder = at.scratch / "damaged"
        folder.mkdir()
        count = min(50, inputs - start)
        for n in range(count):
            file = at.rng.choice(whole)
            (folder / f"{n:03}{file.suffix}").write_bytes(damaged(file.read_bytes(), at.rng))
        code, _ = attempt("data", "add", str(folder), "--name", "fuzzed", "--workers", "1", "--json")
        if code in (0, 1):
            shown = json.loads(attempt("data", "show", "fuzzed", "--json")[1])
            skipped, packed = len(shown["skipped"]), shown["count"]
            yield from ["listed"] * skipped + ["0"] * packed
            if skipped + packed != count:
                yield f"{count} files, {packed} packed, {skipped} skipped"
            attempt("data", "remove", "fuzzed")
        else:
            yield from [_word(code)] * count
        shutil.rmtree(folder)


def _sources(at: Place, inputs: int) -> Iterator[str]:
    folder = at.scratch / "sources"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (6, 16, 16), np.uint8)
    np.save(folder / "a.npy", pixels)
    np.savez_compressed(folder / "b.npz", images=pixels, labels=np.arange(6))
    (folder / "c-images-idx3-ubyte").write_bytes(struct.pack(">HBB3I", 0, 8, 3, 6, 16, 16) + pixels.tobytes())
    (folder / "d.csv").write_text("file,label\n" + "".join(f"{n}.png,{n % 2}\n" for n in range(6)))
    with zipfile.ZipFile(folder / "e.zip", "w") as archive:
        for n, image in enumerate(pixels):
            Image.fromarray(image).save(folder / f"{n}.png")
            archive.write(folder / f"{n}.png", f"x/{n}.png")
        archive.writestr("x/dataset.json", json.dumps({"labels": [[f"{n}.png", n % 2] for n in range(6)]}))
    files = [file for file in sorted(folder.iterdir()) if file.suffix != ".png"]
    for _ in range(inputs):
        file = at.rng.choice(files)
        content = file.read_bytes()
        file.write_bytes(damaged(content, at.rng))
        code, _ = attempt("data", "add", str(file), "--name", "fuzzed", "--workers", "1")
        yield "listed" if code == 1 else _word(code)
        file.write_bytes(content)
        if (at.root / "data" / "fuzzed").exists():
            attempt("data", "remove", "fuzzed")


def _in_place(file: Path, rng: random.Random, tries: Callable[[], str]) -> str:
    """What `tries` says while `file` is damaged."""
    content = file.read_bytes()
    file.write_bytes(damaged(content, rng))
    try:
        return tries()
    finally:
        file.write_bytes(content)


def _presets(at: Place, inputs: int) -> Iterator[str]:
    shipped = sorted((Path(__file__).parents[1] / "presets").glob("*.toml"))
    own = at.root / "presets"
    own.mkdir()
    for _ in range(inputs):
        (own / "fuzzed.toml").write_bytes(damaged(at.rng.choice(shipped).read_bytes(), at.rng))
        yield _word(attempt("presets", "show", "fuzzed")[0])
    shutil.rmtree(own)


def _records(at: Place, inputs: int) -> Iterator[str]:
    folder = at.root / "runs" / "reference"
    commands = (("show", "reference", "--json"), ("plot", "reference", "--out", str(at.scratch / "a.csv")), ("list",))
    for _ in range(inputs):
        file = folder / at.rng.choice(("metrics.jsonl", "metrics.jsonl", "metrics.jsonl", "summary.json", "run.json"))
        if file.name == "metrics.jsonl":
            (folder / "summary.json").rename(at.scratch / "summary.json")
        yield _in_place(file, at.rng, lambda: _word(attempt("runs", *at.rng.choice(commands))[0]))
        if file.name == "metrics.jsonl":
            (at.scratch / "summary.json").rename(folder / "summary.json")


def _checkpoints(at: Place, inputs: int) -> Iterator[str]:
    whole = sorted((at.root / "runs" / "reference" / "checkpoints").glob("*.pt"))[-1].read_bytes()
    file = at.scratch / "damaged.pt"
    for _ in range(inputs):
        # mostly near the end, where a zip's directory is, and at the beginning
        cut = at.rng.choice((whole[: at.rng.randrange(len(whole))], whole, whole))
        head, tail = cut[:2000], cut[-4000:]
        file.write_bytes(damaged(head, at.rng) + cut[2000:-4000] + damaged(tail, at.rng))
        try:
            checkpoint.load(file)
            yield "0"
        except UsageError:
            yield "2"
        except BaseException as error:
            yield f"checkpoint raised {type(error).__name__}: {error}"


def _manifests(at: Place, inputs: int) -> Iterator[str]:
    file = at.root / "data" / "mnist-test" / "manifest.json"
    for _ in range(inputs):
        command = at.rng.choice((("data", "show", "mnist-test"), ("data", "list", "--json")))
        yield _in_place(file, at.rng, lambda command=command: _word(attempt(*command)[0]))


def _exports(at: Place, inputs: int) -> Iterator[str]:
    file = at.root / "exports" / "reference.onnx"
    for _ in range(inputs):
        command = at.rng.choice((("export", "show", "reference", "--json"), ("export", "list", "--json")))
        yield _in_place(file, at.rng, lambda command=command: _word(attempt(*command)[0]))
