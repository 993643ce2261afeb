"""onnxruntime in silence: how any of its sessions is opened, and what it says when it cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganstudio.cpu_count import limited_cores
from ganstudio.inference.manifest import TensorSpec

_SILENT = 4  # onnxruntime's severities run from 0 (verbose) to 4 (fatal); what fails is raised besides being logged
_DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8", "tensor(int64)": "int64"}


def cpu_session(model: Path | bytes, as_written: bool = False) -> Any:
    """A session on the CPU, which proofs are run on whatever else a machine has. It raises what `load_session` does."""
    return load_session(model, ["CPUExecutionProvider"], as_written)


def load_session(model: Path | bytes, providers: Sequence[str], as_written: bool = False) -> Any:
    """An onnxruntime session on the first of `providers` that starts. What it raises is its own: see `failure_reason`.

    A graph is run `as_written` where its nodes matter: onnxruntime leaves out a Dropout, one that is on as well.
    """
    import onnxruntime

    onnxruntime.set_default_logger_severity(_SILENT)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    # A batch of 64 took nearly twice as long with threads that spin while they wait, on two cores that others share.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if (cores := limited_cores()) is not None:  # a CPU quota, which onnxruntime does not see
        options.intra_op_num_threads = cores
    if as_written:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    source = str(model) if isinstance(model, Path) else model
    # Its own fallback prints a banner on stdout and goes on with the CPU.
    return onnxruntime.InferenceSession(source, options, providers=list(providers), enable_fallback=0)


def tensor_spec(tensor: Any) -> TensorSpec:
    """The TensorSpec of one of a session's inputs or outputs."""
    shape = ("N", *tensor.shape[1:]) if tensor.shape else ()
    return TensorSpec(tensor.name, shape, _DTYPES.get(tensor.type, tensor.type))


def failure_reason(error: BaseException) -> str:
    """onnxruntime's message without its code (`[ONNXRuntimeError] : 7 : ...`) and without lines of its source."""
    lines = str(error).rpartition(" : ")[2].strip().splitlines()
    text = re.sub(r"^/\S+:[0-9]+ [^)]*\) ", "", lines[0]) if lines else ""
    return text.partition(" Status Message: /")[0] or type(error).__name__
