"""`ganstudio runs fork`: makes a new run that continues from another's checkpoint under a changed recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.common_flags import Notify, OnFinish, Queue, Share, manner, wishes
from ganstudio.cli.suggestion import retrain_command
from ganstudio.cli.train.dry_run import (
    DryRun,
    Patience,
    StopWhen,
    check_draft,
    check_end_options,
    derive_draft,
    print_dry_run,
    require_data,
)
from ganstudio.errors import UsageError
from ganstudio.runs import names, store
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.runs.lineage import Origin

_Parent = Annotated[str, typer.Argument(metavar="RUN[@KIMG]", help="A run, and one of its checkpoints; else the last.")]
_Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a knob; can be repeated.")]
_Kimg = Annotated[float | None, typer.Option(metavar="N", help="Length in all, what the parent trained included.")]
_Minutes = Annotated[float | None, typer.Option(metavar="N", help="Stop after this time of its own.")]
_Seed = Annotated[int | None, typer.Option(metavar="N", min=0, help="Draw anew from here; else as the parent would.")]
_Name = Annotated[str | None, typer.Option(metavar="S", help="The run's id. Else PRESET-DATA-N.")]
_Device = Annotated[str | None, typer.Option(metavar="NAME", help="auto, cpu, cuda[:i] or mps; else the parent's.")]
_Detach = Annotated[bool, typer.Option("--detach", help="Print the id at once; the run goes on by itself.")]
_Trust = Annotated[bool, typer.Option("--trust", help="Run the architecture.py that came with the parent.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the run as JSON.")]


def fork(
    run: _Parent = store.LATEST,
    settings: _Set = None,
    kimg: _Kimg = None,
    minutes: _Minutes = None,
    seed: _Seed = None,
    name: _Name = None,
    device: _Device = None,
    stop_when: StopWhen = None,
    patience: Patience = None,
    detach: _Detach = False,
    queue: Queue = False,
    share: Share = False,
    on_finish: OnFinish = None,
    notify: Notify = None,
    dry_run: DryRun = False,
    trust: _Trust = False,
    as_json: _Json = False,
) -> None:
    """Begin a new run where another one was, with other knobs.

    Weights, optimizers, averages and the place in the data are those of the checkpoint; so is the count of images,
    and the length that growth and schedules go by, whatever --kimg says. The other run is left as it is.

    \b
    Examples:
      ganstudio runs fork dcgan-mnist-1 --set generator_optimizer.lr=1e-4
      ganstudio runs fork dcgan-mnist-1@50 --set 'augmentation={p={kind="adaptive"}}' --kimg 200 --name with-ada
    """
    from ganstudio.cli.train.command import launch
    from ganstudio.cli.train.plan import check_flags
    from ganstudio.recipe.deviations import deviations_after
    from ganstudio.runs.create import create_run
    from ganstudio.runs.lineage import find_origin

    check_flags(kimg, None, minutes, device or "auto")
    check_end_options(stop_when, patience)
    if_busy, at_end = manner(queue, share), wishes(on_finish, notify)
    workspace = Workspace.locate()
    if name is not None:
        names.check_free(workspace, name)
    origin = find_origin(workspace, run)
    architecture = _architecture_file(origin, trust)
    changes = [*(settings or []), *([f"training.kimg={kimg}"] if kimg is not None else [])]
    parent, recipe = origin.run.record, _forked_recipe(origin, changes)
    has_new_length = minutes is not None or kimg is not None
    draft = replace(
        parent,
        name=name or "",
        recipe=recipe,
        differs=deviations_after(parent.differs, parent.recipe, recipe),
        seed=parent.seed if seed is None else seed,
        device=device or parent.device,
        minutes=minutes if has_new_length else parent.minutes,
        stop_when=stop_when,
        patience=patience,
    )
    derived = derive_draft(draft, origin, "everything")
    require_data(origin.run)
    if dry_run:
        print_dry_run(workspace, derived, architecture, origin, as_json)
        return
    check_draft(derived, architecture, origin)
    path = create_run(workspace, derived, architecture, origin.checkpoint)
    launch(path, draft.minutes, detach, as_json, if_busy, at_end)


def _architecture_file(origin: Origin, trusted: bool) -> bytes | None:
    """The content of the parent's own architecture file, once the user trusts it; None without one."""
    from ganstudio.runs.record import ARCHITECTURE
    from ganstudio.runs.trusted_files import require_run

    require_run(origin.run.path, origin.run.record, trusted)
    if origin.run.record.architecture_sha256 is None:
        return None
    return (origin.run.path / ARCHITECTURE).read_bytes()


def _keep_schedule(before: dict[str, Any], changes: list[str]) -> list[str]:
    """`changes` beside those that keep the parent's length for what goes by it; growth would go back with a longer one.

    Where nothing went by it there is nothing to keep: a schedule that the fork brings goes by its own length.
    """
    from ganstudio.recipe.plain_numbers import schedules

    keys, training = [change.partition("=")[0].strip() for change in changes], before["training"]
    if "training.kimg" not in keys or "training.schedule_kimg" in keys or training["schedule_kimg"] is not None:
        return changes
    if before["growth"] is None and not any("points" not in table for _, table in schedules(before)):
        return changes
    return [*changes, f"training.schedule_kimg={training['kimg']}"]


def _forked_recipe(origin: Origin, changes: list[str]) -> dict[str, Any]:
    """The parent's recipe as it was at the checkpoint, with `changes`. Raises UsageError for what cannot go on."""
    from ganstudio.cli.train.plan import RecipeSource, fitting_batch, resolve
    from ganstudio.recipe import live, load
    from ganstudio.report.validation import batch_fault, length_fault
    from ganstudio.runs.record import ARCHITECTURE

    run = origin.run
    recipe = load.validated(run.record.recipe, run.id)
    try:
        before = load.dump(live.with_changes(recipe, origin.changes()))
    except ValueError as error:
        raise UsageError(f"{origin.label}: its events tell of changes that cannot be: {error}") from None
    architecture_file = run.path / ARCHITECTURE if run.record.architecture_sha256 else None
    after = load.dump(resolve(RecipeSource(run.id, before, None, architecture_file), _keep_schedule(before, changes)))
    for key in ("resolution", "crop"):
        old, new = before["data"][key], after["data"][key]
        if old != new:
            sides = f"{old} px" if old else "whole pictures"
            raise UsageError(
                f"data.{key}: the networks of {origin.label} are for {sides}; got {new}. Nearest: {old or 'none'}.",
                hint=retrain_command(run, f"data.{key}={new}"),
            )
    batch, micro, count = after["training"]["batch"], after["training"]["micro_batch"], run.record.count
    if wrong := batch_fault(batch, micro, count, run.record.data["name"]):
        raise UsageError(f"training.batch: {wrong}", hint=fitting_batch(count, micro))
    if wrong := length_fault(after["training"]["kimg"], origin.nimg, origin.label):
        raise UsageError(wrong, hint=f"ganstudio runs fork {origin.label} --kimg {2 * origin.nimg / 1000:g}")
    return after
