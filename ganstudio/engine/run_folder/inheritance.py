"""What a new run takes of another run's checkpoint: all of its state under a changed recipe, or its networks alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from ganstudio.engine.run_folder.made_for import differences, matching_settings
from ganstudio.engine.session import Progress, Session
from ganstudio.errors import UsageError, quoted
from ganstudio.runs.record import Start


def inherit(session: Session, state: dict[str, Any], what: Start, parent: str) -> list[str]:
    """Puts `parent`'s state into a new session; notes on what could not be taken over and begins anew.

    Raises UsageError, naming the first mismatch, where the networks are not the same.
    """
    check_fits(session, state, parent)
    for kind, nets in session.kinds(session.nets).items():
        for name, net in nets.items():
            net.load_state_dict(state["nets"][kind][name])
    notes = seen_before(session, state)
    if theirs := state.get("made_for"):  # what changes no tensor's shape
        notes += [f"{one}: the networks fit all the same" for one in differences(theirs, session.made_for)]
    if what == "networks":
        return notes
    notes += _optimizers(session, state)
    session.load_memory(state)
    if not _fits(session.task_state, state["task"]):
        notes.append("the task's own state begins anew: its shape is another")
    else:
        for name, value in session.task_state.items():
            value.copy_(state["task"][name])
    session.adapted_p = state["adaptive"]["p"]
    session.signs.copy_(state["adaptive"]["signs"])
    # Its clock, its best score and its changes are its own: the files and the recipe that those speak of are.
    kept = {key: state["progress"][key] for key in ("nimg", "positions", "updates")}
    session.progress = Progress(**kept)
    session.tune()
    averages = state.get("power_averages", {})
    return notes + session.power_averages.load_state_dict(averages, session.nets.generators, session.progress.nimg)


def seen_before(session: Session, state: dict[str, Any]) -> list[str]:
    """A note where a state's critic was trained on images that the session holds out."""
    here, there = session.state_of_held_out(), state.get("held_out", {})
    if here["count"] == 0 or there.get("data", here["data"]) != here["data"]:
        return []
    if "count" not in there:
        return ["an earlier version trained on images that are held out now: held_auc shows less than the critic knows"]
    if (more := here["count"] - there["count"]) > 0:
        known = f"{more:,} of the {here['count']:,} images held out were trained on before"
        return [f"{known}: held_auc shows less than the critic knows"]
    return []


def check_fits(session: Session, state: dict[str, Any], parent: str) -> None:
    """Raises UsageError where `parent`'s networks are not the session's.

    It names what the two are made for where that differs and the checkpoint tells it (those of earlier versions do
    not), else the first tensor that does not fit.
    """
    theirs, ours = state.get("made_for"), session.made_for
    for problem in _mismatches(session, state["nets"]):
        reasons = list(differences(theirs, ours)) if theirs else []
        told = f"{'; '.join(reasons)}." if reasons else problem
        size_knob = "data.resolution" if session.recipe.data.crop is None else "data.crop"
        settings = matching_settings(theirs, ours, size_knob) if theirs else []
        hint = " ".join(f"--set {quoted(setting)}" for setting in settings)
        if not hint and theirs and theirs["knobs"]["architecture.id"] != ours["knobs"]["architecture.id"]:
            hint = f"ganstudio presets list   # take a preset of {theirs['knobs']['architecture.id']}"
        raise UsageError(f"{parent} cannot start this run: {told}", hint or None)


def _mismatches(session: Session, theirs: dict[str, dict[str, dict[str, Tensor]]]) -> Iterator[str]:
    for kind, nets in session.kinds(session.nets).items():
        if nets.keys() != theirs.get(kind, {}).keys():
            yield f"its {kind} are {_names(theirs.get(kind, {})) or 'none'}, here they are {_names(nets)}."
            return
        for name, net in nets.items():
            mine, other = net.state_dict(), theirs[kind][name]
            for key in dict.fromkeys([*mine, *other]):
                here, there = _shape(mine, key), _shape(other, key)
                if here != there:
                    yield f"{name}.{key} is {there} there, {here} here."


def _names(nets: dict[str, Any]) -> str:
    return ", ".join(nets)


def _shape(tensors: dict[str, Tensor], key: str) -> str:
    return str(list(tensors[key].shape)) if key in tensors else "absent"


def _optimizers(session: Session, state: dict[str, Any]) -> list[str]:
    """Takes over what each optimizer has gathered, where it is one of the same kind over the same parameters."""
    notes = []
    for side, optimizer in session.optimizers.items():
        theirs = state["optimizers"][side]
        [mine], [other] = optimizer.state_dict()["param_groups"], theirs["param_groups"]
        if mine.keys() == other.keys() and mine["params"] == other["params"]:
            optimizer.load_state_dict(theirs)
            if state["scalers"][side] and session.scalers[side].is_enabled():
                session.scalers[side].load_state_dict(state["scalers"][side])
        else:
            who = "discriminator" if side == "d" else "generator"
            notes.append(f"the {who}'s optimizer begins anew: the parent's is of another kind")
    return notes


def _fits(mine: dict[str, Tensor], theirs: dict[str, Tensor]) -> bool:
    return mine.keys() == theirs.keys() and all(value.shape == theirs[key].shape for key, value in mine.items())
