"""`ganstudio train`: makes a run from a preset or a file and a data set, and follows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.common_flags import Device, Notify, OnFinish, Queue, Share, manner, wishes
from ganstudio.cli.output import note
from ganstudio.cli.train.dry_run import (
    DryRun,
    Patience,
    StopWhen,
    check_draft,
    check_end_options,
    derive_draft,
    print_dry_run,
    schedule_note,
)
from ganstudio.cli.train.plan import (
    TrainingPlan,
    check_flags,
    check_trainable,
    draft_record,
    make_plan,
    must_derive,
    read_source,
    size_notes,
    with_data_derived,
)
from ganstudio.cli.train.sweep import (
    check_group_free,
    check_recipes,
    combinations,
    name_members,
    print_members,
    seed_of,
    settings_of,
    start_runs,
)
from ganstudio.errors import StudioError, UsageError
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.runs.queue.tickets import Manner
    from ganstudio.runs.record import RunRecord
    from ganstudio.watcher.start import Wishes

_Preset = Annotated[str, typer.Argument(metavar="PRESET|FILE.py", help="A preset, or your own architecture.")]
_Data = Annotated[str, typer.Option(metavar="NAME|PATH", help="A data set, or a folder of images.")]
_StyleData = Annotated[
    str | None, typer.Option(metavar="NAME|PATH", help="The styles to learn, for presets such as stylize.")
]
_Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a knob; can be repeated.")]
_Kimg = Annotated[
    float | None, typer.Option(metavar="N", help="Length: thousands of real images that the critic sees.")
]
_Epochs = Annotated[float | None, typer.Option(metavar="N", help="Length: passes over the data set.")]
_Minutes = Annotated[float | None, typer.Option(metavar="N", help="Stop after this time, the last score included.")]
_Seed = Annotated[int, typer.Option(metavar="N", min=0, help="What every draw follows from.")]
_From = Annotated[
    str | None,
    typer.Option("--from", metavar="RUN[@KIMG]|PATH", help="Begin with a run's networks, or a checkpoint file's."),
]
_Name = Annotated[str | None, typer.Option(metavar="S", help="The run's id. Else PRESET-DATA-N.")]
_Gpus = Annotated[int, typer.Option(metavar="N", min=1, help="Processes, one a GPU.")]
_Sweep = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=A,B,...", help="Queue a run for each value. Repeat it for a grid."),
]
_Yes = Annotated[bool, typer.Option("--yes", help="Let a sweep make more than 100 runs.")]
_Prepare = Annotated[bool, typer.Option("--prepare", help="Make a run for several machines to train, and say how.")]
_Detach = Annotated[bool, typer.Option("--detach", help="Print the id at once; the run goes on by itself.")]
_Trust = Annotated[bool, typer.Option("--trust", help="Run a FILE.py that came inside a run folder.")]
_Tracker = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND", help="Export the run as it trains: tensorboard, wandb, mlflow or csv. Can be repeated."
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print the run as JSON.")]


def train(
    preset: _Preset,
    data: _Data,
    settings: _Set = None,
    style_data: _StyleData = None,
    kimg: _Kimg = None,
    epochs: _Epochs = None,
    minutes: _Minutes = None,
    seed: _Seed = 0,
    name: _Name = None,
    device: Device = "auto",
    gpus: _Gpus = 1,
    from_run: _From = None,
    stop_when: StopWhen = None,
    patience: Patience = None,
    detach: _Detach = False,
    queue: Queue = False,
    share: Share = False,
    sweep: _Sweep = None,
    yes: _Yes = False,
    on_finish: OnFinish = None,
    notify: Notify = None,
    prepare: _Prepare = False,
    tracker: _Tracker = None,
    dry_run: DryRun = False,
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
      ganstudio train dcgan --data ./photos --from ~/old/runs/dcgan-faces-1/checkpoints/0000500000.pt
      ganstudio train dcgan --data mnist --queue --detach
      ganstudio train dcgan --data mnist --detach --on-finish 'ganstudio export onnx "$GANSTUDIO_RUN"'
      ganstudio train dcgan --data mnist --tracker tensorboard
      ganstudio train stylize --data ./photos --style-data ./paintings
      ganstudio train dcgan --data mnist --sweep training.batch=32,64 --sweep seed=0,1
    """
    from ganstudio.runs import names
    from ganstudio.runs.create import create_run
    from ganstudio.runs.lineage import find_beginning
    from ganstudio.trackers import supervise

    check_flags(kimg, epochs, minutes, device)
    check_end_options(stop_when, patience)
    if_busy = manner(queue, share)
    _check_start(sweep, queue, share, prepare, from_run, on_finish)
    _check_trackers(tracker or [], sweep, prepare)
    at_end = wishes(on_finish, notify)
    workspace = Workspace.locate()
    changes = [*(settings or []), *([f"training.kimg={kimg}"] if kimg is not None else [])]
    points = combinations(sweep, changes, yes) if sweep else []
    if name is not None and points:
        names.check(name, len(points))
        check_group_free(workspace, name)
    elif name is not None:
        names.check_free(workspace, name)
    origin = find_beginning(workspace, from_run) if from_run else None
    source = read_source(workspace, preset, trust)
    settings_lists = [[*changes, *settings_of(point)] for point in points]
    notes_shown_later = not points and (dry_run or not (detach or prepare))  # by the worker, or the display of the run
    printed_notes: set[str] = set()

    def planned(more: Sequence[str], seed: int) -> tuple[TrainingPlan, RunRecord]:
        plan = make_plan(source, data, [*changes, *more], epochs, settings_lists, gpus, style_data)
        for sentence in size_notes(plan):
            if not notes_shown_later and sentence not in printed_notes:
                note(f"note: {sentence}")
            printed_notes.add(sentence)
        record = draft_record(plan, seed, device, gpus, minutes, name or "")
        record = replace(record, stop_when=stop_when, patience=patience)
        return plan, derive_draft(record, origin, "networks") if origin else record

    if points:
        check_recipes(points, source, changes)
        plans, drafts = zip(*(planned(settings_of(point), seed_of(point, seed)) for point in points), strict=True)
        members = name_members(workspace, drafts, points)
        check_trainable(members, source.architecture)
        if dry_run:
            print_members(members, as_json)
            return
        members = [with_data_derived(member, plan) for member, plan in zip(members, plans, strict=True)]
        start_runs(workspace, members, source.architecture, as_json, at_end)
        return
    plan, record = planned((), seed)
    if dry_run:
        print_dry_run(workspace, record, source.architecture, origin, as_json)
        return
    # what goes on by itself, or first makes a data set or takes networks over, is refused here rather than in its log
    if detach or queue or prepare or origin or must_derive(plan):
        check_draft(record, source.architecture, origin, elsewhere=prepare)
    record = with_data_derived(record, plan)
    path = create_run(workspace, record, source.architecture, origin.checkpoint if origin else None)
    if tracker:
        supervise.keep_kinds(path, tracker)
    if prepare:
        _prepare(path, as_json)
    else:
        launch(path, minutes, detach, as_json, if_busy, at_end)


def _check_start(
    sweep: list[str] | None, queue: bool, share: bool, prepare: bool, from_run: str | None, on_finish: str | None
) -> None:
    """Raises UsageError where flags ask for two ways to start at once."""
    flags = {"--sweep": sweep, "--queue": queue, "--share": share, "--on-finish": on_finish}
    start_flags = [flag for flag, value in flags.items() if value]
    if prepare and start_flags:
        raise UsageError(f"--prepare starts nothing; leave {start_flags[0]} out.")
    if sweep and share:
        raise UsageError("--sweep queues its runs; leave --share out.")
    if sweep and from_run:
        raise UsageError("--sweep begins every run anew; leave --from out.")


def _check_trackers(trackers: list[str], sweep: list[str] | None, prepare: bool) -> None:
    """Raises UsageError where a tracker is unknown or not installed, or has no single run to follow."""
    if not trackers:
        return
    from ganstudio.trackers.sink import check_kind

    for kind in trackers:
        check_kind(kind, "--tracker")
    if sweep or prepare:
        raise UsageError(
            f"--{'sweep' if sweep else 'prepare'} starts no tracker; leave --tracker out, and export its runs.",
            hint=f"ganstudio runs export RUN --to {trackers[0]} --follow",
        )


def _prepare(path: Path, as_json: bool) -> None:
    """Leaves a new run to torchrun, typed by hand on each of several machines, and prints the line to type."""
    from ganstudio.cli.follow.follow import follow_and_report
    from ganstudio.runs import process, store

    process.write_event(path, "prepared")
    follow_and_report(path, None, detach=True, as_json=as_json, new=True)
    note("on each machine, with the same HOST, this folder and the packed data at the same paths:")
    note(f"  {process.torchrun_line(path, store.view(path).record)}")
    note("to go on later: the same line with --resume at its end")


def launch(path: Path, minutes: float | None, detach: bool, as_json: bool, if_busy: Manner, at_end: Wishes) -> None:
    """Starts the worker of a new run and follows it; starts a watcher where something is wished for at its end.

    A run that could not even start is removed again.
    """
    from ganstudio.cli.follow.follow import follow_and_report
    from ganstudio.runs import process, store
    from ganstudio.trackers import supervise
    from ganstudio.watcher.start import offset_of, start

    record, offset = store.view(path).record, offset_of(path)
    for text in schedule_note(record, None):
        note(f"note: {text}")
    try:
        process.spawn(path, record, minutes=minutes, manner=if_busy)
    except StudioError:
        store.remove(path)
        raise
    start({path: offset}, at_end)
    supervise.start(path)
    follow_and_report(path, minutes, detach, as_json, new=True)
