"""onnxruntime on the CPU, in silence: what proofs are run on, whatever else a machine has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganstudio.inference.manifest import TensorSpec

_SILENT = 4  # onnxruntime's severities run from 0 (verbose) to 4 (fatal); what fails is raised besides being logged
_DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8", "tensor(int64)": "int64"}


def cpu_session(model: Path | bytes) -> Any:
    """An onnxruntime session. What it raises is onnxruntime's own: see `reason`."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(_SILENT)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    given = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


def described(tensor: Any) -> TensorSpec:
    """One of a session's inputs or outputs, as a manifest tells it."""
    shape = ("N", *tensor.shape[1:]) if tensor.shape else ()
    return TensorSpec(tensor.name, shape, _DTYPES.get(tensor.type, tensor.type))


def reason(error: Exception) -> str:
    """onnxruntime's message without its code: `[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Load model ...`."""
    lines = str(error).rpartition(" : ")[2].strip().splitlines()
    # what follows names a line of onnxruntime's own source
    return lines[0].partition(" Status Message: /")[0] if lines else type(error).__name__
