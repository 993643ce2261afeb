"""What every architecture must do, a user's own file too: the checks of `ganstudio check` and of the test suite."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganstudio.data.staging import PixelWriter, finish_set
from ganstudio.data.store import DataSet
from ganstudio.engine import architectures, preflight
from ganstudio.engine.contract import Architecture
from ganstudio.engine.devices import Compute
from ganstudio.engine.distributed import World
from ganstudio.engine.export.onnx import check_parity
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.errors import StudioError
from ganstudio.recipe.load import resolve
from ganstudio.recipe.schema import AS_STORED, Recipe
from ganstudio.units import Size, height_width, size_text
from ganstudio.workspace import write_json

BATCH = 8
IMAGES = 40
SIDE = 32  # where the recipe leaves that to the data set
CPU = Compute(torch.device("cpu"), "fp32", channels_last=True)


class NotApplicable(Exception):
    """A check that does not apply; the message says why."""


def check(file: Path) -> dict[str, Any]:
    """The verdicts on a user's file, in order; the first that fails ends the list, for the others stand on it.

    A verdict is {name, ok, detail, hint}; `hint` is what to do where one fails, or None.
    """
    architecture = architectures.load_file(file)
    recipe = default_recipe(file.stem, architecture)
    checks = []
    with tempfile.TemporaryDirectory() as folder:
        for name, verify in CHECKS.items():
            verdict = _verdict(name, verify, Subject(architecture, recipe, Path(folder), file))
            checks.append(verdict)
            if not verdict["ok"]:
                break
    return {"id": file.stem, "checks": checks, "ok": all(c["ok"] for c in checks)}


def default_recipe(name: str, architecture: Architecture) -> Recipe:
    """The architecture's own recipe in fp32, with small batches."""
    chosen = {"id": name, **architecture.recipe.get("architecture", {})}
    small = [f"training.batch={BATCH}", "training.precision=fp32", "training.micro_batch=none"]
    if architecture.recipe.get("data", {}).get("resolution") == AS_STORED:
        small.append(f"data.resolution={SIDE}")
    return resolve({**architecture.recipe, "architecture": chosen}, small, f"{name}'s recipe")


class Subject:
    """An architecture under test, with sessions on data made up for it: grey noise with classes."""

    def __init__(self, architecture: Architecture, recipe: Recipe, folder: Path, file: Path | None = None) -> None:
        self.architecture, self.recipe, self.folder, self.file = architecture, recipe, folder, file
        classes = 2 if recipe.task == "unpaired" else 3
        self.data = made_up_data(folder, recipe.data.size, min(architecture.channels), classes)

    def session(self, **training: Any) -> Session:
        changed = self.recipe.training.model_copy(update=training)
        recipe = self.recipe.model_copy(update={"training": changed})
        session = Session(recipe, self.architecture, self.data, 0, CPU, World())
        preflight.check_recipe(session)
        return session


def made_up_data(folder: Path, resolution: Size, channels: int, classes: int) -> DataSet:
    """A packed data set of seeded noise, its classes in turn; made once in `folder`."""
    path = folder / f"noise-{size_text(resolution)}-{channels}-{classes}"
    if not path.exists():
        path.mkdir(parents=True)
        drawn = np.random.default_rng(0).integers(0, 256, (IMAGES, *height_width(resolution), channels), np.uint8)
        writer = PixelWriter(path / "images.npy", resolution, channels)
        writer.append(drawn)
        labels = np.arange(IMAGES, dtype=np.int64) % classes
        names = tuple(str(k) for k in range(classes))
        manifest = finish_set(path, writer, name="noise", source="seeded noise", classes=names, labels=labels)
        write_json(path / "manifest.json", manifest.as_record())
    return DataSet.load(path)


def advance(session: Session, iterations: int) -> Session:
    for _ in range(iterations):
        for _side, values in iterate(session):
            if broken := [name for name, value in values.items() if not torch.isfinite(torch.as_tensor(value))]:
                raise StudioError(f"{', '.join(broken)} became NaN or infinite.")
    return session


def shapes(subject: Subject) -> str:
    """Networks build and answer in the contract's shapes and range."""
    session = subject.session()
    preflight.check_networks(session, subject.file)
    return ", ".join(f"{name} {count:,}" for name, count in session.parameter_counts().items())


def learning(subject: Subject) -> str:
    """After three iterations at the last stage every live parameter has a gradient and every network has moved."""
    session = subject.session()
    session.progress.nimg = int(subject.recipe.training.kimg * 500 * 1.5)  # past growth, when there is some
    networks = session.nets.generators | session.nets.critics
    before = {name: [p.detach().clone() for p in net.parameters()] for name, net in networks.items()}
    reached: set[str] = set()
    for _ in range(3):
        for side, _values in iterate(session):
            for name, net in session.nets.side(side).items():
                reached |= {f"{name}.{key}" for key, p in net.named_parameters() if p.grad is not None}
    everything = {f"{name}.{key}" for name, net in networks.items() for key, _ in net.named_parameters()}
    if dead := sorted(everything - reached):
        raise StudioError(f"no gradient reached {', '.join(dead[:4])}{' ...' if len(dead) > 4 else ''}.")
    for name, net in networks.items():
        if all(torch.equal(a, b) for a, b in zip(before[name], net.parameters(), strict=True)):
            raise StudioError(f"{name} did not move in three iterations.")
    return f"{len(everything)} parameter tensors"


def resume(subject: Subject) -> str:
    """Two iterations, a checkpoint on disk, and two more end bit-identical to four."""
    straight = advance(subject.session(), 4).state_dict()
    half = advance(subject.session(), 2)
    path = checkpoint.save(subject.folder, half.state_dict())
    again = subject.session()
    again.load_state_dict(checkpoint.load(path))
    path.unlink()
    if different := differing(straight, advance(again, 2).state_dict()):
        raise StudioError(f"not the same after a resume: {', '.join(different[:4])}.")
    return "bit-identical"


def micro_batches(subject: Subject) -> str:
    """A batch in parts moves the networks as a whole one does."""
    parts = subject.session(micro_batch=BATCH // 2)
    if reasons := list(preflight.whole_batch_terms(parts)):
        raise NotApplicable("; ".join(reasons))
    whole = subject.session()
    advance(whole, 2), advance(parts, 2)
    pairs = zip(_parameters(whole), _parameters(parts), strict=True)
    largest = max((a - b).detach().abs().max().item() for a, b in pairs)
    if largest > 1e-4:
        raise StudioError(f"parameters differ by {largest:.1e} between a batch of {BATCH} and two of {BATCH // 2}.")
    return f"largest difference {largest:.0e}"


def onnx(subject: Subject) -> str:
    """Exports agree with torch in onnxruntime."""
    session = advance(subject.session(), 1)
    largest = [
        check_parity(spec, classes=session.shape.classes)
        for spec in session.task.exports(session.previewed(), session.stage)
    ]
    return f"largest difference {max(largest):.0e}"


CHECKS: dict[str, Callable[[Subject], str]] = {
    "shapes": shapes,
    "learning": learning,
    "resume": resume,
    "micro-batches": micro_batches,
    "onnx": onnx,
}


def _verdict(name: str, verify: Callable[[Subject], str], subject: Subject) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "detail": verify(subject), "hint": None}
    except NotApplicable as reason:
        return {"name": name, "ok": True, "detail": f"does not apply: {reason}", "hint": None}
    except StudioError as error:
        return {"name": name, "ok": False, "detail": error.message, "hint": error.hint}
    except Exception as error:
        detail = architectures.located(error, subject.file) if subject.file else f"{type(error).__name__}: {error}"
        return {"name": name, "ok": False, "detail": detail, "hint": None}


def _parameters(session: Session) -> Iterator[Tensor]:
    for net in (*session.nets.generators.values(), *session.nets.critics.values()):
        yield from net.parameters()


def differing(a: Any, b: Any, path: str = "") -> list[str]:
    """Where two states differ in any bit; seconds are left out, for no two runs share a clock."""
    if isinstance(a, Tensor):
        return [] if isinstance(b, Tensor) and torch.equal(a, b) else [path]
    if isinstance(a, dict):
        if a.keys() != b.keys():
            return [path]
        return [d for k in a if k != "seconds" for d in differing(a[k], b[k], f"{path}.{k}".lstrip("."))]
    if isinstance(a, list | tuple):
        return [d for i, (x, y) in enumerate(zip(a, b, strict=True)) for d in differing(x, y, f"{path}.{i}")]
    return [] if a == b else [path]
