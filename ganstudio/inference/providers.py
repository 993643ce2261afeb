"""What runs a model: onnxruntime's execution providers. One that was asked for is used or refused, never replaced.

`auto` is CUDA where a device answers, else the CPU. TensorRT and CoreML are taken by name alone: the one builds an
engine for minutes, the other may compute in half precision, and neither may change a seed's picture unasked.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ganstudio.errors import UsageError
from ganstudio.inference.sessions import failure_reason, load_session
from ganstudio.runs.queue.devices import nvidia_driver

AUTO = "auto"
_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_NVIDIA = ("cuda", "tensorrt", "nvtensorrtrtx")
_CPU_HINT = "--provider cpu"


class ProviderSession(NamedTuple):
    """An onnxruntime session, what runs it, and why that is not what `auto` would rather have; "" where it is."""

    session: Any
    provider: str
    why: str


def open_session(path: Path, provider: str = AUTO) -> ProviderSession:
    """A session on the provider that was asked for, by `auto` or a name such as `cpu`, `cuda` or `tensorrt`.

    Raises:
        UsageError: a provider that is not here or does not start, or a file that onnxruntime cannot load.
    """
    import onnxruntime

    chain = _chain(provider, onnxruntime.get_available_providers())
    if _CUDA in chain and hasattr(onnxruntime, "preload_dlls"):
        # It finds torch's CUDA and cuDNN without importing torch, and prints on stdout what it misses; whether CUDA
        # came up is read off the session below.
        with contextlib.redirect_stdout(io.StringIO()):
            onnxruntime.preload_dlls()
    wanted, why = chain[0], ""
    try:
        session = _load(path, chain)
    except UsageError as error:
        if wanted == _CPU:
            raise
        session = _load(path, [_CPU])  # raises where it is the file's fault
        why = f": {failure_reason(error.__cause__ or error)}"
    runs = session.get_providers()[0]
    if runs == wanted:
        return ProviderSession(session, _short(runs), "")
    why = f"onnxruntime could not start {_short(wanted)} on this machine{why}"
    if provider != AUTO:
        raise UsageError(f"--provider {provider}: {why.rstrip('.')}.", _CPU_HINT)
    return ProviderSession(session, _short(runs), why)


def usable_providers() -> list[str]:
    """The names that may be asked for on this machine, `auto` left out."""
    import onnxruntime

    return sorted(map(_short, _startable(onnxruntime.get_available_providers())))


def check_provider(provider: str) -> None:
    """Raises UsageError for one that cannot be had here, before there is a model to load."""
    if provider != AUTO:
        import onnxruntime

        _chain(provider, onnxruntime.get_available_providers())


def _chain(provider: str, available: Sequence[str]) -> list[str]:
    """onnxruntime's names, best first: what was asked for, and who takes the operators that it lacks.

    Raises UsageError for what is not here.
    """
    known = {_short(one): one for one in _startable(available)}
    if provider == AUTO:
        provider = "cuda" if "cuda" in known else "cpu"
    if provider not in known:
        why = ": no NVIDIA driver is on this machine" if provider in map(_short, available) else ""
        here = f"Here: {AUTO}, {', '.join(sorted(known))}."
        raise UsageError(f"--provider {provider} cannot be had{why}. {here}", _CPU_HINT)
    below = ["cuda"] if provider in _NVIDIA else []
    return [known[name] for name in dict.fromkeys([provider, *below, "cpu"]) if name in known]


def _startable(available: Sequence[str]) -> list[str]:
    """Those that may start here: onnxruntime-gpu lists CUDA with or without a GPU, and complains when it is tried."""
    nvidia = nvidia_driver()
    return [one for one in available if nvidia or _short(one) not in _NVIDIA]


def _load(path: Path, providers: list[str]) -> Any:
    try:
        return load_session(path, providers)
    except Exception as error:  # onnxruntime's errors share no base below Exception
        raise UsageError(f"{path}: onnxruntime cannot load it: {failure_reason(error)}") from error


def _short(provider: str) -> str:
    """`CUDAExecutionProvider` -> `cuda`."""
    return provider.removesuffix("ExecutionProvider").lower()
