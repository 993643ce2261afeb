"""`ganstudio train`: from a preset or a file and a data set to a run that is followed."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio import __version__
from ganstudio.cli.flags import Queue, Share, manner
from ganstudio.cli.output import note, print_json, progress
from ganstudio.cli.sweep import check, named, seed_of, settings_of, start, variants
from ganstudio.errors import DataError, StudioError, UsageError, nearest
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.data.store import DataSet
    from ganstudio.recipe.schema import Recipe
    from ganstudio.runs.queue import Manner
    from ganstudio.runs.record import RunRecord

_Preset = Annotated[str, typer.Argument(metavar="PRESET|FILE.py", help="A preset, or your own architecture.")]
_Data = Annotated[str, typer.Option(metavar="NAME|PATH", help="A data set, or a folder of images.")]
_Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a knob; can be repeated.")]
_Kimg = Annotated[float | None, typer.Option(metavar="N", help="Length: thousands of images that the critic sees.")]
_Epochs = Annotated[float | None, typer.Option(metavar="N", help="Length: passes over the data set.")]
_Minutes = Annotated[float | None, typer.Option(metavar="N", help="Stop after this time, whatever the length.")]
_Seed = Annotated[int, typer.Option(metavar="N", min=0, help="What every draw follows from.")]
_Name = Annotated[str | None, typer.Option(metavar="S", help="The run's id. Else PRESET-DATA-N.")]
_Device = Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda[:i] or mps.")]
_Gpus = Annotated[int, typer.Option(metavar="N", min=1, help="Processes, one a GPU.")]
_Sweep = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=A,B,...", help="Queue a run for each value. Repeat it for a grid."),
]
_Yes = Annotated[bool, typer.Option("--yes", help="Let a sweep make more than 100 runs.")]
_Prepare = Annotated[bool, typer.Option("--prepare", help="Make a run for several machines to train, and say how.")]
_Detach = Annotated[bool, typer.Option("--detach", help="Print the id at once; the run goes on by itself.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Build the networks, say what would be done, make no run.")]
_Trust = Annotated[bool, typer.Option("--trust", help="Run a FILE.py that came inside a run folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the run as JSON.")]


@dataclass(frozen=True)
class _Source:
    """What a recipe is made from: a preset, or a file of the user's own with its content."""

    name: str
    table: dict[str, Any]
    architecture: bytes | None


@dataclass(frozen=True)
class _Plan:
    """What was asked for, resolved: nothing is made yet."""

    source: _Source
    recipe: Recipe
    data: DataSet


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
    detach: _Detach = False,
    queue: Queue = False,
    share: Share = False,
    sweep: _Sweep = None,
    yes: _Yes = False,
    prepare: _Prepare = False,
    dry_run: _DryRun = False,
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
      ganstudio train dcgan --data mnist --queue --detach
      ganstudio train dcgan --data mnist --sweep training.batch=32,64 --sweep seed=0,1
    """
    from ganstudio.runs import store

    _check_flags(kimg, epochs, minutes, device)
    if_busy = manner(queue, share)
    _check_start(sweep, queue, share, prepare)
    workspace = Workspace.locate()
    changes = [*(settings or []), *([f"training.kimg={kimg}"] if kimg is not None else [])]
    points = variants(sweep, changes, yes) if sweep else []
    source = _source(workspace, preset, trust)

    def drafted(more: Sequence[str], seed: int) -> RunRecord:
        return _draft(_plan(source, data, [*changes, *more], epochs), seed, device, gpus, minutes, name or "")

    if points:
        check(points, lambda more: _resolve(source, [*changes, *more]))
        members = named(workspace, [drafted(settings_of(point), seed_of(point, seed)) for point in points], points)
        start(workspace, members, source.architecture, dry_run, as_json)
        return
    draft = drafted((), seed)
    if dry_run:
        _try_out(draft, source.architecture, as_json)
        return
    path = store.create(workspace, draft, source.architecture)
    if prepare:
        _lay_out(path, as_json)
    else:
        _launch(path, minutes, detach, as_json, if_busy)


def _check_flags(kimg: float | None, epochs: float | None, minutes: float | None, device: str) -> None:
    if kimg is not None and epochs is not None:
        raise UsageError("--kimg and --epochs both set the length; give one.", hint="ganstudio train --help")
    for flag, value in (("--kimg", kimg), ("--epochs", epochs), ("--minutes", minutes)):
        if value is not None and not value > 0:
            raise UsageError(f"{flag} must be more than 0; got {value:g}.")
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", device):
        known = nearest(device, ("auto", "cpu", "cuda", "cuda:0", "mps"))
        raise UsageError(f"--device {device}: no such device. {known}")


def _check_start(sweep: list[str] | None, queue: bool, share: bool, prepare: bool) -> None:
    """Refuses two ways to start at once."""
    given = [flag for flag, value in (("--sweep", sweep), ("--queue", queue), ("--share", share)) if value]
    if prepare and given:
        raise UsageError(f"--prepare starts nothing; leave {given[0]} out.")
    if sweep and share:
        raise UsageError("--sweep queues its runs; leave --share out.")


def _source(workspace: Workspace, preset: str, trusted: bool) -> _Source:
    from ganstudio import bridge
    from ganstudio.recipe import load
    from ganstudio.runs import trust

    if not preset.endswith(".py"):
        return _Source(preset, load.read_preset(preset, workspace), None)
    file = Path(preset)
    architecture = trust.require(file, trusted)
    described = bridge.call_worker("describe", str(file.resolve()))
    return _Source(file.stem, described["recipe"], architecture)


def _resolve(source: _Source, changes: list[str]) -> Recipe:
    from ganstudio.recipe import load

    return load.resolve(source.table, changes, source.name)


def _plan(source: _Source, data: str, changes: list[str], epochs: float | None) -> _Plan:
    from ganstudio.data import store as data_store

    recipe = _resolve(source, changes)
    packed = data_store.obtain(data, recipe.data.resolution, progress=progress(f"packing {data}"))
    if left_out := len(packed.manifest.skipped):
        note(f"note: {left_out} files of {data} could not be used: ganstudio data show {packed.manifest.name}")
    if epochs is not None:
        recipe = _resolve(source, [*changes, f"training.kimg={epochs * packed.manifest.count / 1000}"])
    _check_batch(recipe, packed)
    return _Plan(source, recipe, packed)


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

    manifest, architecture = plan.data.manifest, plan.source.architecture
    return RunRecord(
        id="",
        name=name,
        preset=plan.source.name,
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
            "classes": list(manifest.classes),
        },
        parent=None,
        architecture_sha256=trust.digest(architecture) if architecture is not None else None,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        versions={"ganstudio": __version__, "python": sys.version.split()[0]},
    )


def _try_out(draft: RunRecord, architecture: bytes | None, as_json: bool) -> None:
    """Prints what the worker says of a run that is not made."""
    from ganstudio import bridge
    from ganstudio.runs import record

    with tempfile.TemporaryDirectory(prefix="ganstudio-") as folder:
        file = record.write_draft(
            Path(folder), replace(draft, id="dry-run", name=draft.name or "dry-run"), architecture
        )
        answer = bridge.call_worker("dry-run", str(file))
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


def _lay_out(path: Path, as_json: bool) -> None:
    """Leaves a new run to torchrun, typed by hand on each of several machines, and says how."""
    from ganstudio.cli.follow import attend
    from ganstudio.runs import process, store

    process.tell(path, "prepared")
    attend(path, None, detach=True, as_json=as_json, new=True)
    note("on each machine, with the same HOST, this folder and the packed data at the same paths:")
    note(f"  {process.torchrun_line(path, store.view(path).record)}")
    note("to go on later: the same line with --resume at its end")


def _launch(path: Path, minutes: float | None, detach: bool, as_json: bool, if_busy: Manner) -> None:
    """Starts the worker of a new run and follows it. A run that could not even start is removed again."""
    from ganstudio.cli.follow import attend
    from ganstudio.runs import process, store

    try:
        process.spawn(path, store.view(path).record, minutes=minutes, manner=if_busy)
    except StudioError:
        store.remove(path)
        raise
    attend(path, minutes, detach, as_json, new=True)
