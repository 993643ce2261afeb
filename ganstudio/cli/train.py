"""`ganstudio train`: from a preset or a file and a data set to a run that is followed."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio import __version__
from ganstudio.cli.beginning import Patience, StopWhen, check_ends, create_derived, derive, dry_run
from ganstudio.cli.output import note, print_json, progress
from ganstudio.errors import DataError, StudioError, UsageError, nearest
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.data.store import DataSet
    from ganstudio.recipe.schema import Recipe
    from ganstudio.runs.lineage import Origin
    from ganstudio.runs.record import RunRecord

_Preset = Annotated[str, typer.Argument(metavar="PRESET|FILE.py", help="A preset, or your own architecture.")]
_Data = Annotated[str, typer.Option(metavar="NAME|PATH", help="A data set, or a folder of images.")]
_Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a knob; can be repeated.")]
_Kimg = Annotated[float | None, typer.Option(metavar="N", help="Length: thousands of images that the critic sees.")]
_Epochs = Annotated[float | None, typer.Option(metavar="N", help="Length: passes over the data set.")]
_Minutes = Annotated[float | None, typer.Option(metavar="N", help="Stop after this time, whatever the length.")]
_Seed = Annotated[int, typer.Option(metavar="N", min=0, help="What every draw follows from.")]
_From = Annotated[
    str | None, typer.Option("--from", metavar="RUN[@KIMG]", help="Begin with another run's networks: fine-tune them.")
]
_Name = Annotated[str | None, typer.Option(metavar="S", help="The run's id. Else PRESET-DATA-N.")]
_Device = Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda[:i] or mps.")]
_Gpus = Annotated[int, typer.Option(metavar="N", min=1, help="Processes, one a GPU.")]
_Detach = Annotated[bool, typer.Option("--detach", help="Print the id at once; the run goes on by itself.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Build the networks, say what would be done, make no run.")]
_Trust = Annotated[bool, typer.Option("--trust", help="Run a FILE.py that came inside a run folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the run as JSON.")]


@dataclass(frozen=True)
class _Plan:
    """What was asked for, resolved: nothing is made yet."""

    preset: str
    recipe: Recipe
    data: DataSet
    architecture: bytes | None


def train(
    preset: _Preset,
    data: _Data,
    settings: _Set = None,
    kimg: _Kimg = None,
    epochs: _Epochs = None,
    minutes: _Minutes = None,
    seed: _Seed = 0,
    name: _Name = None,
    device: _Device = "auto",
    gpus: _Gpus = 1,
    from_run: _From = None,
    stop_when: StopWhen = None,
    patience: Patience = None,
    detach: _Detach = False,
    only_try: _DryRun = False,
    trust: _Trust = False,
    as_json: _Json = False,
) -> None:
    """Train a GAN and follow it.

    Ctrl-C asks whether to detach, which leaves the run training, or to stop it with a checkpoint. Closing the terminal
    detaches.

    \b
    Examples:
      ganstudio train dcgan --data mnist --minutes 4
      ganstudio train wgan-gp --data ./photos --set data.resolution=64 --kimg 2000
      ganstudio train ./my_gan.py --data mnist --dry-run
      ganstudio train dcgan --data fashion-mnist --from dcgan-mnist-1 --patience 200
    """
    from ganstudio.runs import store
    from ganstudio.runs.lineage import find_origin

    check_flags(kimg, epochs, minutes, device)
    check_ends(stop_when, patience)
    workspace = Workspace.locate()
    changes = [*(settings or []), *([f"training.kimg={kimg}"] if kimg is not None else [])]
    origin = find_origin(workspace, from_run) if from_run else None
    plan = _plan(workspace, preset, data, changes, epochs, trust)
    draft = replace(_draft(plan, seed, device, gpus, minutes, name or ""), stop_when=stop_when, patience=patience)
    draft = derive(draft, origin, "networks") if origin else draft
    if only_try:
        _try_out(draft, plan.architecture, origin, as_json)
        return
    if origin:
        path = create_derived(workspace, draft, plan.architecture, origin)
    else:
        path = store.create(workspace, draft, plan.architecture)
    launch(path, minutes, detach, as_json)


def check_flags(kimg: float | None, epochs: float | None, minutes: float | None, device: str) -> None:
    if kimg is not None and epochs is not None:
        raise UsageError("--kimg and --epochs both set the length; give one.", hint="ganstudio train --help")
    for flag, value in (("--kimg", kimg), ("--epochs", epochs), ("--minutes", minutes)):
        if value is not None and not value > 0:
            raise UsageError(f"{flag} must be more than 0; got {value:g}.")
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", device):
        known = nearest(device, ("auto", "cpu", "cuda", "cuda:0", "mps"))
        raise UsageError(f"--device {device}: no such device. {known}")


def _plan(
    workspace: Workspace, preset: str, data: str, changes: list[str], epochs: float | None, trusted: bool
) -> _Plan:
    from ganstudio import bridge
    from ganstudio.data import store as data_store
    from ganstudio.recipe import load
    from ganstudio.runs import trust

    architecture = None
    if preset.endswith(".py"):
        file = Path(preset)
        architecture = trust.require(file, trusted)
        described = bridge.call_worker("describe", str(file.resolve()))
        source, table = file.stem, described["recipe"]
    else:
        source, table = preset, load.read_preset(preset, workspace)
    recipe = load.resolve(table, changes, source)
    packed = data_store.obtain(data, recipe.data.resolution, progress=progress(f"packing {data}"))
    if left_out := len(packed.manifest.skipped):
        note(f"note: {left_out} files of {data} could not be used: ganstudio data show {packed.manifest.name}")
    if epochs is not None:
        recipe = load.resolve(table, [*changes, f"training.kimg={epochs * packed.manifest.count / 1000}"], source)
    _check_batch(recipe, packed)
    return _Plan(source, recipe, packed, architecture)


def _check_batch(recipe: Recipe, data: DataSet) -> None:
    """Refuses a data set that cannot fill a batch, with the nearest batch that it can fill."""
    count, batch, micro = data.manifest.count, recipe.training.batch, recipe.training.micro_batch
    if count < 2:
        raise DataError(f"{data.manifest.name} holds {count} image; a GAN needs at least 2 to learn from.")
    if batch > count:
        fits = count - count % micro if micro and micro <= count else count
        raise UsageError(
            f"training.batch: at most the {count} images of {data.manifest.name}; got {batch}. Nearest: {fits}.",
            hint=f"--set training.batch={fits}",
        )


def _draft(plan: _Plan, seed: int, device: str, gpus: int, minutes: float | None, name: str) -> RunRecord:
    """The record of a run that has no id yet."""
    from ganstudio.recipe import load
    from ganstudio.runs import trust
    from ganstudio.runs.record import RunRecord

    manifest = plan.data.manifest
    return RunRecord(
        id="",
        name=name,
        preset=plan.preset,
        recipe=load.dump(plan.recipe),
        seed=seed,
        device=device,
        processes=gpus,
        minutes=minutes,
        data={
            "name": manifest.name,
            "path": str(plan.data.path),
            "fingerprint": manifest.fingerprint,
            "count": manifest.count,
            "resolution": manifest.resolution,
            "channels": manifest.channels,
            "axes": manifest.axes,
            "depth": manifest.depth,
            "classes": list(manifest.classes),
        },
        parent=None,
        architecture_sha256=trust.digest(plan.architecture) if plan.architecture is not None else None,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        versions={"ganstudio": __version__, "python": sys.version.split()[0]},
    )


def _try_out(draft: RunRecord, architecture: bytes | None, origin: Origin | None, as_json: bool) -> None:
    """Prints what the worker says of a run that is not made."""
    answer = dry_run(draft, architecture, origin)
    if as_json:
        print_json(answer)
        return
    micro = f" in micro-batches of {answer['micro_batch']}" if answer["micro_batch"] else ""
    print(f"device      {answer['device']}, {answer['precision']}")
    print(f"batch       {answer['batch']}{micro}")
    print(f"length      {draft.recipe['training']['kimg']:g} kimg of {draft.data['count']:,} images")
    for network, count in answer["parameters"].items():
        print(f"parameters  {count:>12,}  {network}")
    for text in answer["notes"]:
        note(f"note: {text}")


def launch(path: Path, minutes: float | None, detach: bool, as_json: bool) -> None:
    """Starts the worker of a new run and follows it. A run that could not even start is removed again."""
    from ganstudio.cli.follow import attend
    from ganstudio.runs import process, store

    try:
        process.spawn(path, store.view(path).record, minutes=minutes)
    except StudioError:
        store.remove(path)
        raise
    attend(path, minutes, detach, as_json, new=True)
