"""What a training spends beside its networks: data path, telemetry, moving average, events; and its memory.

    python benchmarks/overhead.py                 # dcgan at 32 px, about two minutes
    python benchmarks/overhead.py videogan --data moving-mnist --seconds 40

The engine's own train() runs in this process with a clock around its functions. Shares are of the time that iterations
take; probes, grids, scores and checkpoints, which happen between them, are shown as shares of everything after the
start. What is left is networks, losses and optimizers. Peak memory is this process's, which imports what a worker does.
CPU only: on a GPU a clock around a function sees when work is handed over, not when it is done.

Not measured: what telemetry costs inside an update (means and order of logits, norms of gradients and of updates), and
the front end that follows a run.
"""

from __future__ import annotations

import argparse
import functools
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.obtain import find_set
from ganstudio.engine import training
from ganstudio.engine.batches import Batches
from ganstudio.engine.distributed import World
from ganstudio.engine.run_folder import outputs
from ganstudio.engine.session import Session
from ganstudio.engine.telemetry import Telemetry
from ganstudio.recipe.load import dump, read_preset, resolve
from ganstudio.runs.create import create_run
from ganstudio.runs.record import RunRecord
from ganstudio.runs.state import current
from ganstudio.workspace import Workspace

DATA, TELEMETRY, EVENTS, AVERAGE = "data path", "telemetry", "events and requests", "moving average"
START, PROBES, GRIDS, SCORES, CHECKPOINTS = "start", "probes", "grids", "scores", "checkpoints"
BETWEEN = (PROBES, GRIDS, SCORES, CHECKPOINTS)
LIMITS = {PROBES: "   limit 2 %", SCORES: f"   limit {outputs.SHARE:.0%} and {outputs.FIRST_S:g} s"}
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Clock:
    """Seconds by label. A part that is watched inside a watched whole counts once, as the part."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._open: list[str] = []

    def watch(self, owner: Any, name: str, label: str) -> None:
        """From now on the function `owner.name` is timed under `label`."""
        original: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(original)
        def timed(*arguments: Any, **options: Any) -> Any:
            # grids and scores read data as well; that is no part of a step
            if self._open and self._open[-1] in (START, *BETWEEN):
                return original(*arguments, **options)
            self._open.append(label)
            began = time.perf_counter()
            try:
                return original(*arguments, **options)
            finally:
                spent = time.perf_counter() - began
                self._open.pop()
                self.seconds[label] += spent
                if self._open:
                    self.seconds[self._open[-1]] -= spent

        setattr(owner, name, timed)


def watched() -> Clock:
    """A clock on the engine's functions. An AttributeError here means that the engine has renamed one of them."""
    clock = Clock()
    clock.watch(Batches, "at", DATA)
    clock.watch(Telemetry, "record", TELEMETRY)
    clock.watch(Telemetry, "collect", TELEMETRY)
    clock.watch(training, "tick", EVENTS)
    clock.watch(Session, "average", AVERAGE)
    clock.watch(training, "begin", START)
    clock.watch(outputs, "look", PROBES)
    clock.watch(outputs, "show", GRIDS)
    clock.watch(outputs, "evaluate", SCORES)
    clock.watch(outputs, "keep", CHECKPOINTS)
    return clock


def new_run(workspace: Workspace, preset: str, data_name: str, resolution: int) -> Path:
    """The folder of a run of the preset, as `ganstudio train` would make it."""
    setting = f"data.resolution={resolution}"
    recipe = resolve(read_preset(preset, workspace), [setting], "overhead.py")
    data = at_resolution(find_set(data_name), resolution)
    manifest = data.manifest
    described = {key: getattr(manifest, key) for key in ("name", "fingerprint", "count", "resolution", "channels")}
    described |= {"path": str(data.path), "classes": list(manifest.classes)}
    draft = RunRecord(
        id="",
        name="overhead",
        preset=preset,
        recipe=dump(recipe),
        seed=0,
        device="cpu",
        processes=1,
        minutes=None,
        data=described,
        parent=None,
        architecture_sha256=None,
        created=datetime.now(UTC).isoformat(),
        versions={},
    )
    return create_run(workspace, draft)


def report(clock: Clock, total_s: float, nimg: int) -> None:
    after_start = total_s - clock.seconds[START]
    steps = after_start - sum(clock.seconds[label] for label in BETWEEN)
    print(f"{nimg} images in {after_start:.1f} s, of which iterations {steps:.1f} s\n\nshare of an iteration")
    for label in (DATA, TELEMETRY, EVENTS, AVERAGE):
        limit = "   limit 3 %" if label == DATA else ""
        print(f"  {label:<38} {clock.seconds[label] / steps:>7.2%}{limit}")
    beside = sum(clock.seconds[label] for label in (TELEMETRY, EVENTS, AVERAGE))
    print(f"  {'telemetry, events and average together':<38} {beside / steps:>7.2%}   limit 2 %")
    print(f"  {'networks, losses, optimizers':<38} {1 - (beside + clock.seconds[DATA]) / steps:>7.2%}")
    print("share of everything after the start")
    for label in BETWEEN:
        print(f"  {label:<38} {clock.seconds[label] / after_start:>7.2%}{LIMITS.get(label, '')}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT
    print(f"\npeak memory {peak / 1e6:.0f} MB   limit 1500 MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preset", nargs="?", default="dcgan")
    parser.add_argument("--seconds", type=float, default=120, help="training time; shorter ones overstate the scores")
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--resolution", type=int, default=32)
    arguments = parser.parse_args()
    clock = watched()
    with tempfile.TemporaryDirectory() as folder:
        run = new_run(Workspace(Path(folder)), arguments.preset, arguments.data, arguments.resolution)
        began = time.perf_counter()
        training.train(run, resume=False, minutes=arguments.seconds / 60, world=World())
        total_s = time.perf_counter() - began
        state, _ = current(run)
    report(clock, total_s, state.nimg)


if __name__ == "__main__":
    main()
