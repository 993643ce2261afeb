"""ONNX generators of somebody else's: what they take and give, found by running them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.errors import UsageError, quoted
from ganstudio.inference.latents import latents
from ganstudio.inference.manifest import KEY, read_metadata
from ganstudio.inference.sessions import cpu_session, failure_reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRIED = 16  # latents that a generator is run on before it is let in
SLACK = 0.5  # of the range, on either side: generators without a tanh overshoot
APART = 1e-3  # of the range: a latent's image alone and among others
AGAIN = 3  # times that the same latents are tried: what a graph draws by itself shows then
_DRAWING = (
    *("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"),
    *("Multinomial", "Bernoulli", "Dropout"),
)
_RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))  # the narrowest first


@dataclass(frozen=True)
class ForeignModel:
    """A graph as it came, its batch freed, and where it is entered and left.

    `z_shape` is (z,) or (z, 1, 1) and the like; `axes` bring the channels of `images` first where they come last.
    """

    model: Any  # onnx makes its messages at run time: a type checker sees none of them
    source: str
    z_shape: tuple[int, ...]
    target: str
    axes: tuple[int, ...] | None
    images: NDArray[Any]  # [16, ...] of seeds 0 to 15, as the graph gives them
    notes: tuple[str, ...]  # what the user should know


def open_foreign(file: Path, low: float, high: float) -> ForeignModel:
    """The generator in `file`, whose values are said to go from `low` to `high`.

    Raises UsageError where it is none that a seed can fill, or gives no image of that range.
    """
    model = _load(file)
    source, z_shape = _latent_input(file, model.graph)
    target, notes = _image_output(file, model.graph)
    for end in (*model.graph.input, *model.graph.output):
        if end.name == source:
            end.type.tensor_type.shape.dim[0].dim_param = "batch"
        if end.name == target:
            end.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:], model.metadata_props[:]
    images = _try_out(file, model, source, z_shape, target)
    axes = _channels_first(file, images.shape)
    notes += _check_range(file, images, low, high)
    return ForeignModel(model, source, z_shape, target, axes, images, tuple(notes))


def _load(file: Path) -> Any:
    if KEY in read_metadata(file):
        hint = f"ganstudio sample --model {quoted(file)} --seed 42"
        raise UsageError(f"{file} is an export of ganstudio already; it needs no import.", hint)
    import onnx

    try:
        return onnx.load(file)
    except Exception as error:  # protobuf, a missing file of weights, a path out of the folder: no base below Exception
        raise UsageError(f"{file} cannot be read: {str(error).splitlines()[0]}.") from error


def _latent_input(file: Path, graph: Any) -> tuple[str, tuple[int, ...]]:
    """The latent's input and its shape without the batch."""
    from onnx import TensorProto

    constants = {one.name for one in graph.initializer}
    inputs = [one for one in graph.input if one.name not in constants]
    floats = [one for one in inputs if one.type.tensor_type.elem_type in (TensorProto.FLOAT, TensorProto.FLOAT16)]
    if len(inputs) != 1 or not floats:
        listed = ", ".join(map(_tensor_text, inputs)) or "nothing"
        raise UsageError(f"{file} takes {listed}; only a generator with one float input, its latent, can be imported.")
    sizes = [axis.dim_value for axis in inputs[0].type.tensor_type.shape.dim][1:]
    if not sizes or not sizes[0] or any(size != 1 for size in sizes[1:]):
        listed = _tensor_text(inputs[0])
        raise UsageError(f"{file} takes {listed}; a latent is [N, z], or [N, z, 1, 1], with z known.")
    return inputs[0].name, tuple(sizes)


def _image_output(file: Path, graph: Any) -> tuple[str, list[str]]:
    """The output that images come out of: the first that may be one."""
    ranks = {one.name: len(one.type.tensor_type.shape.dim) for one in graph.output}
    candidates = [name for name, rank in ranks.items() if rank in (0, 4, 5)]
    if not candidates:
        outputs = ", ".join(map(_tensor_text, graph.output))
        raise UsageError(f"{file} gives {outputs}; images are [N, C, H, W] or [N, H, W, C], clips have one axis more.")
    others = [name for name in ranks if name != candidates[0]]
    return candidates[0], [
        f"Of its outputs {candidates[0]} is taken; {', '.join(others)} is left out."
    ] if others else []


def _try_out(file: Path, model: Any, source: str, z_shape: tuple[int, ...], target: str) -> NDArray[Any]:
    """What seeds 0 to 15 give. Raises UsageError where they cannot be given at once, or move each other's images."""
    import numpy as np
    from onnx import TensorProto

    try:
        content, drawing = model.SerializeToString(), _random_operators(model)
        session = cpu_session(content)
        again = cpu_session(content, as_written=True) if drawing else session
    except Exception as error:  # onnxruntime's errors share no base below Exception
        raise UsageError(f"{file}: onnxruntime cannot load it: {failure_reason(error)}") from error
    half = next(one for one in model.graph.input if one.name == source).type.tensor_type.elem_type != TensorProto.FLOAT
    z = latents(range(TRIED), z_shape[0]).reshape(TRIED, *z_shape).astype(np.float16 if half else np.float32)
    hint = "Export it again with a free batch axis: dynamic_axes={'z': {0: 'batch'}} of torch.onnx.export"
    try:
        among, alone = (session.run([target], {source: z[:count]})[0] for count in (TRIED, 1))
        first, *others = (again.run([target], {source: z})[0].astype(np.float64) for _ in range(AGAIN))
    except Exception as error:
        raise UsageError(f"{file} does not run on {TRIED} latents at once: {failure_reason(error)}", hint) from error
    if among.ndim < 4 or len(among) != TRIED or len(alone) != 1:
        raise UsageError(f"{file} makes {list(among.shape)} of {TRIED} latents; images are [N, C, H, W].", hint)
    spread = float(among.max()) - float(among.min())
    if not np.isfinite(among).all():
        raise UsageError(f"{file} gives NaN or infinite values.")
    apart = APART * max(spread, 1e-6)
    if any(abs(first - other).max() > apart for other in others):
        by_operators = f" by {', '.join(drawing)}" if drawing else ""
        raise UsageError(
            f"{file}: the same latent gives two pictures: its graph draws random numbers by itself{by_operators}, "
            "so that a seed means no one picture.",
            hint="Export it again after model.eval(), with constant noise in place of torch.randn",
        )
    if abs(among[:1].astype(np.float64) - alone).max() > apart:
        raise UsageError(f"{file}: an image depends on the others in its batch, so that a seed means no one picture.")
    return np.asarray(among)


def _random_operators(model: Any) -> list[str]:
    """The kinds of nodes that may draw random numbers, in the bodies of loops and branches too."""
    parts, kinds = [model.graph, *model.functions], []
    while parts:
        for node in parts.pop(0).node:
            kinds += [node.op_type] if node.op_type in _DRAWING and node.op_type not in kinds else []
            for attribute in node.attribute:
                parts += [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]
    return kinds


def _channels_first(file: Path, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The permutation that brings channels to axis 1, None where they are there; axis 1 wins where both could be."""
    if shape[1] in (1, 3):
        return None
    if shape[-1] in (1, 3):
        return (0, len(shape) - 1, *range(1, len(shape) - 1))
    raise UsageError(
        f"{file} gives {['N', *shape[1:]]}: neither axis 1 nor the last is 1 or 3, the channels of images."
    )


def _check_range(file: Path, images: NDArray[Any], low: float, high: float) -> list[str]:
    """A note where a narrower range holds all values. Raises UsageError where they are far outside."""
    least, most = float(images.min()), float(images.max())
    span = high - low
    sentence = f"in {file.name} the values of {TRIED} images go from {least:.3g} to {most:.3g}"
    fitting = [one for one in _RANGES if one[0] - 0.02 <= least and most <= one[1] * 1.02]
    likely = f"--range {fitting[0][0]:g},{fitting[0][1]:g}" if fitting else ""
    if least < low - SLACK * span or most > high + SLACK * span:
        raise UsageError(f"--range {low:g},{high:g}: {sentence}. Did you mean {likely or '-1,1 or 0,1 or 0,255'}?")
    if fitting and fitting[0][1] - fitting[0][0] < span:
        return [f"Is --range {low:g},{high:g} right? I{sentence[1:]}: that looks like {likely}."]
    return []


def _tensor_text(tensor: Any) -> str:
    from onnx import TensorProto

    kind = tensor.type.tensor_type
    sizes = ", ".join(axis.dim_param or str(axis.dim_value or "?") for axis in kind.shape.dim)
    return f"{tensor.name} [{sizes}] {TensorProto.DataType.Name(kind.elem_type).lower()}"
