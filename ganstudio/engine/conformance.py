"""What every architecture must do, a user's own file too: the checks of `ganstudio check` and of the test suite."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.engine import architectures, preflight, schedules
from ganstudio.engine.contract import SIDES, Architecture, Side
from ganstudio.engine.devices import Compute
from ganstudio.engine.distributed import World
from ganstudio.engine.export.onnx import check_parity
from ganstudio.engine.made_up_data import data_for
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.errors import StudioError
from ganstudio.recipe.load import resolve
from ganstudio.recipe.schema import AS_STORED, NonSaturating, Recipe

BATCH = 8
GROWTH_TRIED = 1024  # times at which growth is looked at for its fade-ins
SIDE = 32  # where the recipe leaves that to the data set
ROUNDING = 1e-4  # of the largest gradient of a tensor
NONE, ZERO, NONZERO = range(3)  # what a parameter's gradient was
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


def default_recipe(name: str, architecture: Architecture, settings: Sequence[str] = ()) -> Recipe:
    """The architecture's own recipe in fp32, with small batches and other changes."""
    chosen = {"id": name, **architecture.recipe.get("architecture", {})}
    small = [f"training.batch={BATCH}", "training.precision=fp32", "training.micro_batch=none"]
    if architecture.recipe.get("data", {}).get("resolution") == AS_STORED:
        small.append(f"data.resolution={SIDE}")
    return resolve({**architecture.recipe, "architecture": chosen}, [*small, *settings], f"{name}'s recipe")


class Subject:
    """An architecture under test, with sessions on data made up for it: noise with classes, grey unless `channels`
    says otherwise.
    """

    def __init__(
        self,
        architecture: Architecture,
        recipe: Recipe,
        folder: Path,
        file: Path | None = None,
        channels: int | None = None,
    ) -> None:
        self.architecture, self.recipe, self.folder, self.file = architecture, recipe, folder, file
        self.data = data_for(architecture, recipe, folder, channels)

    def session(self, world: World | None = None, **training: Any) -> Session:
        changed = self.recipe.training.model_copy(update=training)
        recipe = self.recipe.model_copy(update={"training": changed})
        session = Session(recipe, self.architecture, self.data, 0, CPU, world or World())
        preflight.check_recipe(session)
        return session


def advance(session: Session, iterations: int) -> Session:
    for _ in range(iterations):
        for report in iterate(session):
            if broken := [name for (_, name), value in report.scalars().items() if not torch.isfinite(value)]:
                raise StudioError(f"{', '.join(broken)} became NaN or infinite.")
    return session


def shapes(subject: Subject) -> str:
    """Networks build and answer in the contract's shapes and range."""
    session = subject.session()
    preflight.check_networks(session, subject.file)
    return ", ".join(f"{name} {count:,}" for name, count in session.parameter_counts().items())


def learning(subject: Subject) -> str:
    """Every live parameter gets a gradient that is not zero, and every network moves.

    Live is what `requires_grad` when the networks are built. A bias before a norm passes: its gradient is rounding
    errors. So does what only the objective hides: hinge and differences of logits leave a critic's last bias alone.
    """
    found, still = _trained(subject)
    if ZERO in found.values() and subject.recipe.objective.kind != NonSaturating().kind:
        recipe = subject.recipe.model_copy(update={"objective": NonSaturating()})
        other, _ = _trained(Subject(subject.architecture, recipe, subject.folder, subject.file))
        found = {name: max(most, other.get(name, NONE)) for name, most in found.items()}
    _require_gradients(found)
    if still:
        raise StudioError(f"{', '.join(still)} did not move in three iterations.")
    return f"{len(found)} parameter tensors"


def _trained(subject: Subject) -> tuple[dict[str, int], list[str]]:
    """The most that each live parameter's gradient was, where its side stepped, and the networks that did not move.

    Each stage has three iterations, so that what a gain of zero hides from the first update is seen by the next.
    """
    session = subject.session()
    live = {side: _live_parameters(session, side) for side in SIDES}
    before = {name: p.detach().clone() for named in live.values() for name, p in named.items()}
    found: dict[str, int] = {}
    for nimg in times_of_stages(subject.recipe):
        session.progress.nimg = nimg
        for _ in range(3):
            for report in iterate(session):
                for name, parameter in live[report.side].items():
                    here = NONE if parameter.grad is None else NONZERO if parameter.grad.any() else ZERO
                    found[name] = max(here, found.get(name, NONE))
    now = live["d"] | live["g"]
    moved = {name.partition(".")[0] for name in found if not torch.equal(before[name], now[name])}
    return found, sorted({name.partition(".")[0] for name in found} - moved)


def _require_gradients(found: dict[str, int]) -> None:
    """Raises StudioError, naming the parameters that no gradient reached and those whose gradient was always zero."""
    problems = []
    if without := [name for name, most in found.items() if most == NONE]:
        problems.append(f"no gradient reached {_some(without)}.")
    if zero := [name for name, most in found.items() if most == ZERO]:
        problems.append(f"the gradient of {_some(zero)} is zero at every update, as of what is multiplied by zero.")
    if problems:
        hint = "Write self.NAME.requires_grad_(False) in __init__ of what is meant to stay as it is"
        raise StudioError(" ".join(problems), hint=hint)


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _live_parameters(session: Session, side: Side) -> dict[str, nn.Parameter]:
    """A side's parameters by network and name, less those that an architecture froze on purpose."""
    nets = session.nets.side(side)
    return {f"{name}.{key}": p for name, net in nets.items() for key, p in net.named_parameters() if p.requires_grad}


def times_of_stages(recipe: Recipe) -> list[int]:
    """Counts of images in the middle of the first stage of growth, of each fade-in and of the last stage.

    The middle of the training where nothing grows.
    """
    total = round(recipe.training.kimg * 1000)
    if recipe.growth is None:
        return [total // 2]
    grown = recipe.growth.until * total
    spans: dict[int, list[int]] = {}  # by halvings, when the newest layers fade in
    for nimg in (round(grown * k / GROWTH_TRIED) for k in range(GROWTH_TRIED)):
        if (stage := schedules.stage_at(recipe, nimg)).alpha < 1:
            spans.setdefault(stage.halvings, []).append(nimg)
    return [0, *(span[len(span) // 2] for span in spans.values()), round((grown + total) / 2)]


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
    """A batch in parts moves the networks as a whole one does.

    Weights whose gradient is rounding errors are left aside: an optimizer may take them either way at full length.
    """
    parts = subject.session(micro_batch=BATCH // 2)
    if reasons := list(preflight.whole_batch_terms(parts)):
        raise NotApplicable("; ".join(reasons))
    whole = subject.session()
    advance(whole, 1), advance(parts, 1)
    pairs = zip(_parameters(whole), _parameters(parts), strict=True)
    largest = max(((a - b).detach().abs() * _is_told(a)).max().item() for a, b in pairs)
    if largest > 1e-4:
        raise StudioError(f"parameters differ by {largest:.1e} between a batch of {BATCH} and two of {BATCH // 2}.")
    return f"largest difference {largest:.0e}"


def finalize(subject: Subject) -> str:
    """A generator with `finalize` is the same at every look, and no look changes what is trained."""
    session = advance(subject.session(), 1)
    names = [name for name, net in session.nets.ema.items() if hasattr(net, "finalize")]
    if not names:
        raise NotApplicable("no generator has finalize")
    before = copy.deepcopy(session.state_dict())
    first, second = (
        {name: net.state_dict() for name, net in session.previewed().ema.items() if name in names} for _ in range(2)
    )
    if different := differing(first, second):
        changed = ", ".join(different[:4])
        raise StudioError(f"finalize gives another {changed} at each call.", hint="Draw from `draw` alone")
    if different := differing(before, session.state_dict()):
        raise StudioError(f"finalize changes what is trained: {', '.join(different[:4])}.")
    return ", ".join(names)


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
    "finalize": finalize,
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


def _is_told(parameter: Tensor) -> Tensor:
    """Where the gradient of a parameter is more than the rounding errors of its largest; all True without one."""
    if parameter.grad is None:
        return torch.ones_like(parameter, dtype=torch.bool)
    size = parameter.grad.abs()
    return size > ROUNDING * size.max()


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
