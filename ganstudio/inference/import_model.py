"""A foreign generator as an export: adapters at both ends of its graph, and a manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ganstudio import __version__
from ganstudio.errors import UsageError
from ganstudio.inference.foreign_models import ForeignModel, open_foreign
from ganstudio.inference.latents import latents
from ganstudio.inference.manifest import KEY, ExportManifest
from ganstudio.inference.recorded_answers import KEY as PAIRS
from ganstudio.inference.recorded_answers import SEEDS, AnswerPairs
from ganstudio.inference.sessions import cpu_session, failure_reason, tensor_spec

_OURS = "ganstudio"  # what names of the adapters' tensors begin with
_EIGHT_BITS = ("QuantizeLinear", "DequantizeLinear", "ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul")


def imported_export(file: Path, low: float, high: float, name: str) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of an export called `name` of the generator in `file`, and what the user should know of it.

    Values from `low` to `high` become -1 to 1 inside the graph. Raises UsageError where it is no such generator.
    """
    import onnx

    foreign = open_foreign(file, low, high)
    _adapt(foreign, low, high)
    model = foreign.model
    plain = model.SerializeToString(deterministic=True)
    try:
        onnx.checker.check_model(model)
        session = cpu_session(plain)
        answers = session.run(["images"], {"z": latents(SEEDS, foreign.z_shape[0])})[0]
    except Exception as error:  # onnx's and onnxruntime's errors share no base below Exception
        raise UsageError(f"{file}: its graph cannot be adapted: {failure_reason(error)}") from error
    manifest = _manifest(foreign, session, name, hashlib.sha256(plain).hexdigest())
    for key, value in ((KEY, manifest.dumps()), (PAIRS, AnswerPairs.of(answers).dumps())):
        model.metadata_props.add(key=key, value=value)
    return model.SerializeToString(deterministic=True), foreign.notes


def _manifest(foreign: ForeignModel, session: Any, name: str, digest: str) -> ExportManifest:
    outputs = tuple(map(tensor_spec, session.get_outputs()))
    return ExportManifest(
        name=name,
        task="synthesis",
        inputs=tuple(map(tensor_spec, session.get_inputs())),
        outputs=outputs,
        z_dim=foreign.z_shape[0],
        classes=(),
        image_shape=outputs[0].shape[1:],
        value_range=(-1.0, 1.0),
        opset=next(one.version for one in foreign.model.opset_import if one.domain in ("", "ai.onnx")),
        precision=_precision(foreign.model.graph),
        run=None,
        checkpoint_nimg=None,
        recipe_fingerprint=None,
        ganstudio=__version__,
        parity=None,
        latency_ms=None,
        sha256=digest,
    )


def _adapt(foreign: ForeignModel, low: float, high: float) -> None:
    """Changes the graph in place so that it takes `z` [N, z] float32 and gives `images` [N, C, H, W] in [-1, 1]."""
    from onnx import TensorProto, helper

    graph = foreign.model.graph
    # what they call z and images may be something else
    source, target = (f"{_OURS}/{which}" for which in ("source", "target"))
    others = {name: f"{_OURS}/their_{name}" for name in ("z", "images")}
    _rename(graph, others | {foreign.source: source, foreign.target: target})
    entering, leaving = list(_input_adapter(foreign, graph, source)), list(_output_adapter(foreign, low, high))
    _rename(graph, {} if entering else {source: "z"})
    _rename(graph, {} if leaving else {target: "images"})
    for node in reversed(entering):
        graph.node.insert(0, node)
    graph.node.extend(leaving)
    theirs = [one for one in graph.input if one.name not in (source, "z")]
    shape = foreign.images.shape[1:]
    channels, *size = shape if foreign.axes is None else (shape[axis - 1] for axis in foreign.axes[1:])
    del graph.input[:], graph.output[:]
    graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, ["batch", foreign.z_shape[0]]))
    graph.input.extend(theirs)  # before version 4 of the format constants were inputs too
    graph.output.append(helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", channels, *size]))


def _input_adapter(foreign: ForeignModel, graph: Any, source: str) -> Iterator[Any]:
    """Nodes from `z` to the input of the graph; none where that is the same."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    kind = next(one for one in graph.input if one.name == source).type.tensor_type.elem_type
    at = "z"
    if kind != TensorProto.FLOAT:
        output = source if len(foreign.z_shape) == 1 else f"{_OURS}/z_cast"
        yield helper.make_node("Cast", [at], [output], to=kind)
        at = output
    if len(foreign.z_shape) > 1:
        graph.initializer.append(numpy_helper.from_array(np.array([-1, *foreign.z_shape]), f"{_OURS}/z_shape"))
        yield helper.make_node("Reshape", [at, f"{_OURS}/z_shape"], [source])


def _output_adapter(foreign: ForeignModel, low: float, high: float) -> Iterator[Any]:
    """Nodes from the output of the graph to `images`; none where that is the same."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    steps: list[tuple[str, list[str], dict[str, Any]]] = []
    if foreign.images.dtype != np.float32:
        steps.append(("Cast", [], {"to": TensorProto.FLOAT}))
    if foreign.axes is not None:
        steps.append(("Transpose", [], {"perm": foreign.axes}))
    if (low, high) != (-1, 1):
        factor = 2 / (high - low)
        for name, value in (("factor", factor), ("offset", -1 - low * factor)):
            foreign.model.graph.initializer.append(
                numpy_helper.from_array(np.array(value, np.float32), f"{_OURS}/{name}")
            )
        steps += [("Mul", [f"{_OURS}/factor"], {}), ("Add", [f"{_OURS}/offset"], {})]
    at = f"{_OURS}/target"
    for number, (kind, constants, attributes) in enumerate(steps):
        output = "images" if number == len(steps) - 1 else f"{_OURS}/leaving_{number}"
        yield helper.make_node(kind, [at, *constants], [output], **attributes)
        at = output


def _rename(graph: Any, names: Mapping[str, str]) -> None:
    """Gives tensors other names wherever they are used, in the bodies of loops and branches too."""
    for part in (graph.input, graph.output, graph.initializer, graph.value_info):
        for one in part:
            one.name = names.get(one.name, one.name)
    for node in graph.node:
        for ends in (node.input, node.output):
            ends[:] = [names.get(name, name) for name in ends]
        for attribute in node.attribute:
            for body in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                _rename(body, names)


def _precision(graph: Any) -> str:
    from onnx import TensorProto

    if any(node.op_type in _EIGHT_BITS for node in graph.node):
        return "int8"
    return "fp16" if any(one.data_type == TensorProto.FLOAT16 for one in graph.initializer) else "fp32"
