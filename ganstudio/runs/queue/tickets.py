"""Whose turn it is on a device: the tickets of every run that this user has on this machine, whatever the workspace.

A ticket is a file that names a run, its devices and its process; its number is its place. It counts for as long as
that process lives, so a run that ends or is killed frees its place whatever happens, and who comes after sweeps it
away. There is no other state: a run may use its devices when no living ticket is ahead of its own. New tickets are made
behind a lock that the kernel lets go of when its holder dies, one at a time, for all devices at once: two runs that
want the same two GPUs cannot each get one of them. docs/decisions/0009 says what was refused.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ganstudio.errors import StudioError, UsageError
from ganstudio.runs import process_identity
from ganstudio.runs.locks import locked
from ganstudio.runs.queue import devices, gpus
from ganstudio.workspace import state_home, write_json

Manner = Literal["alone", "queue", "share"]  # refuse a busy device, wait for it, or use it all the same
Decision = Literal["start", "wait", "refuse"]

SHARED = ("cpu",)  # several runs on it are slow but do no harm: none is refused


@dataclass(frozen=True)
class Ticket:
    file: Path
    run: Path
    devices: tuple[str, ...]
    share: bool  # it was in a hurry: those in front of it are not waited for, and those behind it wait all the same
    process: dict[str, Any]

    @property
    def alive(self) -> bool:
        return process_identity.living_pid(self.process) is not None

    @property
    def number(self) -> int:
        return int(self.file.stem)


def decide(wanted: Sequence[str], busy: bool, manner: Manner) -> Decision:
    """Decides whether a run that wants these devices starts, waits or is refused."""
    if not busy or shares(wanted, manner):
        return "start"
    return "wait" if manner == "queue" else "refuse"


def shares(wanted: Sequence[str], manner: Manner) -> bool:
    """Whether a run may share its devices with others."""
    return manner == "share" or (manner == "alone" and all(device in SHARED for device in wanted))


def take(run: Path, wanted: Sequence[str], manner: Manner) -> tuple[str, ...]:
    """Gives `run` a place, in the name of this process. What it must wait for: names of runs, or texts on programs.

    Raises:
        UsageError: a device is busy, and the run is neither to wait nor to share.
        StudioError: the folder of tickets cannot be written.
    """
    with _queue_lock():
        others = [ticket for ticket in _sweep_dead() if ticket.run != run]
        ahead = [ticket for ticket in others if set(ticket.devices) & set(wanted)]
        programs = () if ahead or shares(wanted, manner) else gpus.other_programs(wanted)
        decision = decide(wanted, bool(ahead or programs), manner)
        if decision == "refuse":
            raise _busy_error(wanted, ahead) if ahead else _filled_error(wanted, programs, others)
        _drop(run)
        last = max((ticket.number for ticket in others), default=0)
        file = folder() / f"{max(time.time_ns(), last + 1):020}.json"
        _write(Ticket(file, run, tuple(wanted), shares(wanted, manner), process_identity.identity()))
    names = tuple(ticket.run.name for ticket in ahead) or programs
    return names if decision == "wait" else ()


def hand_over(run: Path, pid: int | None = None) -> bool:
    """Puts the ticket of `run` in the name of process `pid` (this one). False where it has none."""
    with _queue_lock():
        mine = _ticket_of(run)
        if mine is not None:
            _write(Ticket(mine.file, run, mine.devices, mine.share, process_identity.identity(pid)))
    return mine is not None


def leave(run: Path) -> None:
    """Gives up the place of `run`."""
    with _queue_lock():
        _drop(run)


def ahead(run: Path) -> list[Ticket]:
    """The living tickets that `run` waits for, first come first; none where it has no ticket."""
    mine = _ticket_of(run)
    if mine is None:
        return []
    earlier = [ticket for ticket in _tickets() if ticket.run != run and _goes_before(ticket, mine)]
    living = [ticket for ticket in earlier if ticket.alive]
    if len(living) < len(earlier):
        with _queue_lock():
            _sweep_dead()
    return living


def count_beside(run: Path) -> int:
    """How many other runs use a device of `run` now or wait for it; 0 where it has no ticket."""
    mine = _ticket_of(run)
    return 0 if mine is None else sum(_overlap(other, mine) for other in living() if other.run != run)


def programs(run: Path) -> tuple[str, ...]:
    """What other programs fill a device of `run`, which is asked once no ticket is ahead of its own."""
    mine = _ticket_of(run)
    return gpus.other_programs(mine.devices) if mine and not mine.share else ()


def living() -> list[Ticket]:
    """Every run that uses a device or waits for one, first come first."""
    return [ticket for ticket in _tickets() if ticket.alive]


def _goes_before(other: Ticket, mine: Ticket) -> bool:
    return _overlap(other, mine) and (other.number < mine.number or other.share)


def _overlap(one: Ticket, other: Ticket) -> bool:
    return bool(set(one.devices) & set(other.devices))


def change_stamp() -> int:
    """A number that changes when a ticket comes, goes or changes hands."""
    try:
        return folder().stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def folder() -> Path:
    """Where the tickets are. Homes are shared by machines, devices are not."""
    return state_home() / "queue" / socket.gethostname()


def _busy_error(wanted: Sequence[str], ahead: Sequence[Ticket]) -> UsageError:
    """Names what runs there and what can be done."""
    first = ahead[0]
    busy = ", ".join(device for device in wanted if device in first.devices)
    waiting = f"; {len(ahead) - 1} more in line" if len(ahead) > 1 else ""
    return UsageError(
        f"{busy} is busy: {first.run.name} trains there (pid {first.process.get('pid')}, {first.run}){waiting}.",
        hint=f"--queue   # waits its turn; --share trains beside it{_free_gpu_hint(wanted, ahead)}",
    )


def _filled_error(wanted: Sequence[str], programs: Sequence[str], tickets: Sequence[Ticket]) -> UsageError:
    """Names what fills a device that no run of ours uses."""
    return UsageError(
        f"{', '.join(wanted)}: busy, by {'; '.join(programs)}.",
        hint=f"--queue   # waits until it is free; --share trains beside it{_free_gpu_hint(wanted, tickets)}",
    )


def _free_gpu_hint(wanted: Sequence[str], tickets: Sequence[Ticket]) -> str:
    """The GPU that is free, as a hint's last words."""
    used = {*wanted, *(device for ticket in tickets for device in ticket.devices)}
    free = (
        i for i, device in enumerate(devices.visible_gpus()) if device not in used and not gpus.other_programs([device])
    )
    number = next(free, None) if len(wanted) == 1 else None
    return "" if number is None else f"; --device cuda:{number} for the GPU that is free"


def _tickets() -> list[Ticket]:
    """Every ticket, first come first. What cannot be read is none."""
    # write_json's unfinished files begin with a dot.
    files = sorted(file for file in folder().glob("[0-9]*.json") if file.stem.isdecimal())
    return [ticket for file in files if (ticket := _read(file)) is not None]


def _read(file: Path) -> Ticket | None:
    try:
        table = json.loads(file.read_bytes())
        run, wanted, process = table["run"], table["devices"], table["process"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(run, str) or not isinstance(wanted, list) or not isinstance(process, dict):
        return None
    if not all(isinstance(device, str) for device in wanted):
        return None
    return Ticket(file, Path(run), tuple(wanted), bool(table.get("share")), process)


def _sweep_dead() -> list[Ticket]:
    """The living tickets; the others are deleted. Only behind the door."""
    living = []
    for ticket in _tickets():
        if ticket.alive:
            living.append(ticket)
        else:
            ticket.file.unlink(missing_ok=True)
    return living


def _ticket_of(run: Path) -> Ticket | None:
    return next((ticket for ticket in _tickets() if ticket.run == run), None)


def _drop(run: Path) -> None:
    for ticket in _tickets():
        if ticket.run == run:
            ticket.file.unlink(missing_ok=True)


def _write(ticket: Ticket) -> None:
    table = {"run": str(ticket.run), "devices": ticket.devices, "share": ticket.share, "process": ticket.process}
    write_json(ticket.file, table)


@contextlib.contextmanager
def _queue_lock() -> Iterator[None]:
    """One process at a time passes; the kernel opens the door when that process dies."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with locked(folder() / "door"):
            yield
    except OSError as error:
        raise _unusable_error(error) from None


def _unusable_error(error: OSError) -> StudioError:
    where = f"{folder()}: who uses which device cannot be noted down: {error.strerror}."
    return StudioError(where, hint="export GANSTUDIO_STATE=DIR   # a folder that can be written")
