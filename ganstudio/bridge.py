"""Calls the engine from outside: in a subprocess, which outlives nothing and shares nothing but files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from ganstudio.cpu_count import limited_cores
from ganstudio.errors import StudioError, from_json
from ganstudio.terminal import wait_message

WORKER = "ganstudio.engine.worker"

_WAIT_TEXTS = {  # what a terminal shows until the worker itself tells how far it is: torch alone takes seconds to start
    "describe": "reading the architecture",
    "validate": "checking the networks",
    "options": "checking the options",
    "doctor": "asking torch",
    "dry-run": "building the networks",
    "check": "checking the architecture",
    "export": "exporting",
    "import-weights": "exporting",
    "against": "running torch beside onnxruntime",
    "fetch": "starting the download",
    "prove": "training classifiers",
    "classifier": "training a classifier",
    "evaluate": "loading the networks",
    "encoder": "loading the generator",
    "project": "loading the generator",
}

_ALLOCATOR_SETTINGS = {
    # Each step frees its activations and asks for the same again. glibc would give them back to the system in between,
    # and every page would be faulted in anew: 6 to 10 % of a step on two cores. Other allocators do not read these.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


def call_worker(verb: str, *arguments: str, quiet: bool = False) -> dict[str, Any]:
    """The worker's answer to one verb; what it has to say meanwhile goes to our stderr, where `quiet` to nobody.

    Raises:
        StudioError: of the kind that the worker reported, or that it ended without an answer.
    """
    command = [sys.executable, "-m", WORKER, "--ends-with-stdin", verb, *arguments]
    stderr = subprocess.DEVNULL if quiet else None
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": stderr}
    with wait_message(None if quiet else _WAIT_TEXTS.get(verb)), _lifeline() as stdin:
        ended = subprocess.run(command, stdin=stdin, **pipes, env=environment(), check=False)
    try:
        answer: dict[str, Any] = json.loads(ended.stdout)
    except ValueError:
        if find_spec("torch") is None:
            raise StudioError("this needs torch, which is not installed.", "pip install torch") from None
        raise StudioError(f"the worker {_end_of(ended.returncode)}, and gave no answer to {verb!r}.") from None
    if "error" in answer:
        raise from_json(answer["error"])
    return answer


@contextmanager
def _lifeline() -> Iterator[int]:
    """A stdin that comes to its end when this process does, in whatever way: a worker then ends too."""
    stdin, ours = os.pipe()
    try:
        yield stdin
    finally:
        os.close(stdin)
        os.close(ours)


def _end_of(code: int) -> str:
    """How a process ended, from its return code: below 0 it is the signal that killed it."""
    if code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    why = "; the system does so where memory runs out" if name == "SIGKILL" else ""
    return f"was killed ({name}{why})"


def environment(threads: int | None = None) -> dict[str, str]:
    """Environment variables for every process that the program starts, with `threads` where it shares the cores.

    It is ours, and: a log that is whole when the worker is killed; no module taken from the folder the user stands in.
    Without `threads` there is one a core, which is said where a CPU quota leaves fewer cores than torch counts: more
    would only wait for each other. What the user has set in the environment comes first.
    """
    count = threads or limited_cores()
    own = {} if count is None else {"OMP_NUM_THREADS": str(count)}
    if threads:
        # Threads that wait for each other sleep: spinning, they take the core from the other training that is on it.
        # Alone that costs: 12 % of the images a second at 32 px on two cores.
        own["OMP_WAIT_POLICY"] = "PASSIVE"
    return {**_ALLOCATOR_SETTINGS, **own, **os.environ, "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"}


@contextmanager
def as_environment() -> Iterator[None]:
    """os.environ is `environment()` while it lasts: for a library that starts processes and takes no environment."""
    saved = dict(os.environ)
    os.environ.update(environment())
    try:
        yield
    finally:
        for name in os.environ.keys() - saved.keys():
            del os.environ[name]
        os.environ.update(saved)
