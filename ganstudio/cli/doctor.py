"""`ganstudio doctor`: checks of what this machine has, what that means for the program, and what to type about it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ganstudio import __version__, bridge
from ganstudio.cli.output import paint, print_json, say
from ganstudio.errors import StudioError, quoted
from ganstudio.terminal import PICTURE_COLOURS, TRUE_COLOUR, colours, image_protocols
from ganstudio.units import format_bytes
from ganstudio.workspace import Workspace, data_home, state_home

LOW_DISK = 2e9  # bytes: a run of a small network with its checkpoints, and room to breathe
ASK_S = 10.0  # for nvidia-smi, which hangs where a driver does

_MARKS = {"ok": ("✓", "green"), "note": ("!", "yellow"), "broken": ("✗", "red")}


@dataclass(frozen=True)
class Check:
    """The result of one check; its state is `broken` where the program cannot do without what is missing."""

    name: str
    state: Literal["ok", "note", "broken"]
    found: str
    means: str = ""
    hint: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        table = asdict(self)
        return {"try" if key == "hint" else key: value for key, value in table.items()}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Look at Python, torch, GPUs, onnxruntime, disk, memory and terminal. Exit code 1 where something is broken.

    \b
    Example:
      ganstudio doctor
    """
    checks = []
    for run_check in _CHECKS:
        checks.append(run_check())
        if not as_json:
            _print_check(checks[-1])
    broken = [check.name for check in checks if check.state == "broken"]
    if as_json:
        print_json({"ok": not broken, "checks": [check.as_json() for check in checks]})
    if broken:
        raise StudioError(f"broken: {', '.join(broken)}.")


def _print_check(check: Check) -> None:
    mark, style = _MARKS[check.state]
    say(f"{paint(mark, style, sys.stdout)} {check.name:<11} {check.found}")
    if check.means:
        say(f"{'':13} {paint(check.means, 'dim', sys.stdout)}")
    if check.hint:
        print(f"{'':13} {paint('try:', 'cyan', sys.stdout)} {check.hint}", flush=True)


def _python() -> Check:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    facts = {"ganstudio": __version__, "python": platform.python_version(), "system": system}
    return Check("python", "ok", f"{facts['python']} on {system}, ganstudio {__version__}", facts=facts)


def _torch() -> Check:
    """Checks torch by asking a worker: a torch that is installed need not be one that can be imported."""
    from ganstudio.bridge import call_worker

    facts: dict[str, Any] = {"version": _version("torch"), "cuda": None, "threads": None, "devices": []}
    if facts["version"] is None:
        return Check("torch", "broken", "is not installed", "nothing can be trained", "pip install torch", facts)
    try:
        answer = call_worker("doctor")
    except StudioError as error:
        found = f"{facts['version']} is installed and fails: {error.message}"
        reinstall = "pip install --force-reinstall torch"
        return Check("torch", "broken", found, "nothing can be trained or exported", reinstall, facts)
    facts |= {key: answer[key] for key in ("cuda", "threads", "devices")}
    best = answer["devices"][0]
    build = f"built for CUDA {answer['cuda']}" if answer["cuda"] else "built without CUDA"
    found = f"{facts['version']}, {build}, {answer['threads']} threads"
    precision = "bf16" if best["bf16"] else "fp32: its hardware knows no bf16"
    others = [device["name"] for device in answer["devices"][1:]]
    means = f"trains on {best['name']} in {precision}{'; there is also ' if others else ''}{', '.join(others)}"
    return Check("torch", "ok", found, means, facts=facts)


def _gpu() -> Check:
    """Checks the GPUs that the NVIDIA driver reports, which may be others than torch's."""
    from ganstudio.runs.queue.devices import nvidia_driver, torch_knows_cuda, visible_gpus

    facts: dict[str, Any] = {"driver": None, "gpus": [], "visible": list(visible_gpus())}
    if not nvidia_driver():
        means = "a CPU learns digits in minutes, photographs of 64 px in a day"
        return Check("gpu", "ok", "no NVIDIA GPU", "" if sys.platform == "darwin" else means, facts=facts)
    facts |= _nvidia_smi()
    names = [f"{gpu['name']} ({gpu['memory_used']} of {gpu['memory_total']} used)" for gpu in facts["gpus"]]
    found = f"{', '.join(names) or 'nvidia-smi does not answer'}, driver {facts['driver'] or 'unknown'}"
    if not torch_knows_cuda():
        reinstall = "pip install --force-reinstall torch"
        return Check("gpu", "note", found, "torch is built without CUDA and trains on the CPU", reinstall, facts)
    if not facts["visible"]:
        return Check("gpu", "note", found, "CUDA_VISIBLE_DEVICES hides it", "unset CUDA_VISIBLE_DEVICES", facts)
    means = "one run at a time trains on a GPU, unless told to --share"
    return Check("gpu", "ok" if names else "note", found, means, facts=facts)


def _nvidia_smi() -> dict[str, Any]:
    fields = ("name", "driver_version", "memory.total", "memory.used")
    command = ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader"]
    try:
        process = subprocess.run(
            command, capture_output=True, text=True, timeout=ASK_S, check=True, env=bridge.environment()
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    rows = [[cell.strip() for cell in line.split(",")] for line in process.stdout.splitlines()]
    gpus = [{"name": row[0], "memory_total": row[2], "memory_used": row[3]} for row in rows if len(row) == len(fields)]
    return {"gpus": gpus, "driver": rows[0][1] if gpus else None}


def _queue() -> Check:
    """Checks the queue: which of this user's runs use which device."""
    from ganstudio.runs.queue import tickets

    facts: dict[str, Any] = {"path": str(tickets.folder()), "runs": []}
    if problem := _write_problem(state_home()):
        return Check("queue", "broken", problem, "no run can be started", "export GANSTUDIO_STATE=DIR", facts)
    living = tickets.living()
    facts["runs"] = [{"run": str(ticket.run), "devices": list(ticket.devices)} for ticket in living]
    line = ", ".join(f"{ticket.run.name} on {'+'.join(ticket.devices)}" for ticket in living)
    return Check("queue", "ok", line or "no run uses a device or waits for one", facts=facts)


def _onnxruntime() -> Check:
    """Checks onnxruntime by importing it: sampling needs it in this very process."""
    version = next(filter(None, map(_version, ("onnxruntime-gpu", "onnxruntime"))), None)
    facts: dict[str, Any] = {"version": version, "providers": []}
    try:
        import onnxruntime

        names = onnxruntime.get_available_providers()
        facts["providers"] = [name.removesuffix("ExecutionProvider").lower() for name in names]
    except Exception as error:  # a library that does not load raises what it likes
        found = f"{version or 'is not installed'}: {type(error).__name__}: {error}"
        return Check("onnxruntime", "broken", found, "nothing can be sampled", "pip install onnxruntime", facts)
    from ganstudio.runs.queue.devices import nvidia_driver

    runs_on = "the GPU" if "cuda" in facts["providers"] and nvidia_driver() else "the CPU"
    means = f"samples on {runs_on}"
    if runs_on == "the CPU" and "cuda" in facts["providers"]:
        means += ": its CUDA provider finds no driver here"
    return Check("onnxruntime", "ok", f"{version}: {', '.join(facts['providers'])}", means, facts=facts)


def _memory() -> Check:
    import psutil

    from ganstudio.cpu_count import cores, limited_cores
    from ganstudio.data.parallel import lock_problem

    memory = psutil.virtual_memory()
    count, limited = cores(), limited_cores()
    facts = {"total_bytes": memory.total, "available_bytes": memory.available, "cores": count}
    found = f"{format_bytes(memory.available)} free of {format_bytes(memory.total)}, {count} core{'s' * (count != 1)}"
    means = "a CPU quota leaves no more cores than these" if limited else ""
    if memory.available < 1e9:
        smaller = "ganstudio train PRESET --data NAME --set training.micro_batch=16"
        return Check("memory", "note", found, "a training may run out of it", smaller, facts)
    if problem := lock_problem():
        means, writable = f"pictures are packed by one process ({problem})", "mount -o remount,rw /dev/shm"
        return Check("memory", "note", found, means, writable, facts)
    return Check("memory", "ok", found, means, facts=facts)


def _workspace() -> Check:
    try:
        workspace = Workspace.locate()
    except StudioError as error:
        return Check("workspace", "broken", error.message, "runs have no place", error.hint)
    facts = {"path": str(workspace.root), "free_bytes": _free_bytes(workspace.root)}
    for folder in (workspace.runs, workspace.exports):
        if problem := _write_problem(folder):
            return Check(
                "workspace", "broken", problem, "runs have no place", "ganstudio --workspace DIR doctor", facts
            )
    return _disk_check("workspace", str(workspace.root), "runs and exports are kept here", facts)


def _data() -> Check:
    from ganstudio.data.store import names

    home = data_home()
    facts: dict[str, Any] = {"path": str(home), "free_bytes": _free_bytes(home), "sets": 0}
    packed = names() if os.access(home, os.R_OK | os.X_OK) else []
    facts["sets"] = len(packed)
    if problem := _write_problem(home):
        another = "export GANSTUDIO_DATA=DIR"
        if packed:
            means = "what is packed can be trained on and scored; nothing new can be packed"
            return Check("data", "note", problem, means, another, facts)
        return Check("data", "broken", problem, "nothing can be packed", another, facts)
    means = "packed data sets are kept here" if packed else "no data set is packed yet; mnist comes with the program"
    return _disk_check("data", f"{len(packed)} packed, {home}", means, facts)


def _disk_check(name: str, found: str, means: str, facts: dict[str, Any]) -> Check:
    """A check that is a note where less than LOW_DISK bytes are free."""
    free = facts["free_bytes"]
    found = f"{found}, {format_bytes(free)} free"
    if free < LOW_DISK:
        return Check(name, "note", found, "checkpoints may fill the disk", f"df -h {quoted(facts['path'])}", facts)
    return Check(name, "ok", found, means, facts=facts)


def _weights() -> Check:
    """Checks for the files of weights: the engine that reads them is not imported here."""
    from ganstudio.weights import WEIGHTS, locate
    from ganstudio.workspace import weights_home

    shipped = (Path(__file__).parents[1] / "engine" / "evaluation" / "lenet.npz").is_file()
    present = [*(["lenet"] if shipped else []), *(known.name for known in WEIGHTS.values() if locate(known))]
    facts: dict[str, Any] = {"path": str(weights_home()), "present": present}
    if not shipped:
        reinstall = "pip install --force-reinstall ganstudio"
        return Check("weights", "note", "lenet is missing", "grey digits are not scored", reinstall, facts)
    if "inception" in present:
        return Check("weights", "ok", ", ".join(present), facts=facts)
    means = "no FID without inception; lenet scores grey digits and clothes"
    return Check("weights", "ok", ", ".join(present), means, "ganstudio weights list", facts)


def _terminal() -> Check:
    size, encoding = shutil.get_terminal_size(), sys.stdout.encoding or "ascii"
    protocols, utf8 = image_protocols(), encoding.lower() in ("utf-8", "utf8")
    colour_count = colours() if sys.stdout.isatty() else 0
    facts = {
        **{"columns": size.columns, "rows": size.lines, "interactive": sys.stdout.isatty()},
        **{"colours": colour_count, "utf8": utf8, "images": protocols, "tmux": bool(os.environ.get("TMUX"))},
    }
    palette = {0: "no colours", 16: "16 colours", 256: "256 colours", TRUE_COLOUR: "true colour"}[colour_count]
    images = f"images by {', '.join(protocols)}" if protocols else "no image protocol"
    found = f"{size.columns} x {size.lines}, {palette}, {'UTF-8' if utf8 else encoding}, {images}"
    if not sys.stdout.isatty():
        return Check("terminal", "ok", f"stdout is none; {found}", "plain lines, no pictures", facts=facts)
    if not utf8:
        return Check("terminal", "note", found, "bars and pictures need UTF-8", "export LC_ALL=C.UTF-8", facts)
    if os.environ.get("NO_COLOR"):
        return Check("terminal", "ok", found, "NO_COLOR is set: no colours, no pictures", facts=facts)
    if colour_count < PICTURE_COLOURS:
        return Check("terminal", "note", found, "pictures need 256 colours", "export TERM=xterm-256color", facts)
    return Check("terminal", "ok", found, "samples are drawn as half-blocks", facts=facts)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _free_bytes(path: Path) -> int:
    return shutil.disk_usage(_existing_folder(path)).free


def _existing_folder(path: Path) -> Path:
    """`path`, or the nearest folder above it that exists already."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _write_problem(folder: Path) -> str | None:
    """Why a folder cannot take a file, or be made; None where it can."""
    existing = _existing_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=existing):
            return None
    except OSError as error:
        return f"{existing} cannot be written: {error.strerror}"


_CHECKS: tuple[Callable[[], Check], ...] = (
    *(_python, _torch, _gpu, _queue, _onnxruntime, _memory),
    *(_workspace, _data, _weights, _terminal),
)
