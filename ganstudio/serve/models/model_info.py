"""What is told of a model that is served: from its file's words alone, so that nothing is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from ganstudio.errors import UsageError
from ganstudio.inference.exports import HALVES, Export
from ganstudio.inference.images.model import kind_of
from ganstudio.inference.latent.directions import Directions
from ganstudio.inference.latent.layers import parts_of
from ganstudio.inference.manifest import TensorSpec, read_manifest
from ganstudio.inference.style.saved_styles import RANDOM
from ganstudio.serve import answers
from ganstudio.serve.models.catalog import Served
from ganstudio.serve.models.opened import CENTRES
from ganstudio.serve.models.saved_styles import painted_styles, saved_styles_of


def model_info(one: Served, models: Sequence[Served]) -> answers.ModelInfo:
    """What is told of `one` of the models that are served."""
    export, manifest = one.export, one.export.manifest
    layers, layer_px = layers_of(export)
    known = directions_of(export, "w" if layers else "z")
    kind = kind_of(manifest)
    return answers.ModelInfo(
        name=export.name,
        kind=kind,
        does=does(export, layers is not None),
        loaded=one.opened is not None,
        sha256=manifest.sha256,
        task=manifest.task,
        image_shape=list(manifest.image_shape),
        z_dim=manifest.z_dim,
        classes=list(manifest.classes) if kind == "sample" else [],
        psi=manifest.has_psi,
        styles=styles_of(export, known, layers is not None, models),
        directions=[_reach(direction.name, direction.reach) for direction in known],
        layers=layers,
        layer_groups={name: _text(*ends) for name, ends in parts_of(layers or 1, layer_px).items()},
        codes=[_code(code.name, code.values) for code in manifest.codes],
        inputs=[_tensor(spec) for spec in manifest.inputs],
        outputs=[_tensor(spec) for spec in manifest.outputs],
        scale=manifest.scale,
        domains=list(manifest.classes if kind == "translate" else manifest.translates[1:]),
        precision=manifest.precision,
    )


def does(export: Export, styled: bool) -> list[str]:
    """The last words of the /v1 paths that a model answers."""
    kind = kind_of(export.manifest)
    if kind != "sample":
        return [kind]
    flat = len(export.manifest.image_shape) == 3
    return ["generate", "interpolate", "edit", *(["mix"] if styled else []), *(["project"] if flat else [])]


def styles_of(export: Export, known: Directions, styled: bool, models: Sequence[Served]) -> list[str]:
    """What `style` of POST /generate may be, and of POST /v1/stylize beside pictures: saved styles of a model's own."""
    kind = kind_of(export.manifest)
    if kind != "sample":
        names = saved_styles_of(export).names if kind == "stylize" else []
        return [RANDOM, *names] if names else []
    painted = painted_styles(models) if len(export.manifest.image_shape) == 3 else []
    return [
        RANDOM,
        *(f"class:{name}" for name in export.manifest.classes),
        *(f"direction:{direction.name}" for direction in known),
        *(f"centre:{number}" for number in range(1, CENTRES + 1) if styled),
        *(f"saved:{name}" for name in painted),
    ]


def directions_of(export: Export, space: str) -> Directions:
    """Those beside an export; none where they are another model's, or cannot be read."""
    try:
        return Directions.of(export.path, export.manifest, space)
    except UsageError:
        return Directions(Directions.path_beside(export.path), export.manifest.sha256, space)


def layers_of(export: Export) -> tuple[int | None, tuple[int, ...]]:
    """How many layers ws have, and the pixels that each works on; (None, ()) of a model without styles."""
    if not export.styled:
        return None, ()
    from ganstudio.inference.latent.model import layer_px_of

    try:
        manifest = read_manifest(export.path.with_name(f"{export.name}.{HALVES[1]}.onnx"))
    except UsageError:
        return None, ()
    ws = next((spec for spec in manifest.inputs if spec.name == "ws"), None) if manifest else None
    if manifest is None or ws is None:
        return None, ()
    return int(ws.shape[1]), layer_px_of(manifest.inputs, int(ws.shape[1]))


def _text(first: int, stop: int) -> str:
    from ganstudio.inference.explore import layers_text

    return layers_text(first, stop)


def _reach(name: str, reach: tuple[float, float] | None) -> answers.Reach:
    low, high = reach or (None, None)
    return answers.Reach(name=name, low=low, high=high)


def _code(name: str, values: tuple[float, ...]) -> answers.Code:
    categorical = len(values) != 2 or values != (-1, 1)
    return answers.Code(name=name, low=values[0], high=values[-1], choices=len(values) if categorical else None)


def _tensor(spec: TensorSpec) -> dict[str, object]:
    return asdict(spec) | {"shape": list(spec.shape)}
