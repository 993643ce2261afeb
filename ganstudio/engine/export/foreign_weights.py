"""Super-resolution and restoration networks of other programs, from their weights alone, as exports.

The package spandrel knows the networks: it finds out by names and shapes of the tensors which one they belong to. What
it gives is taken through the same export and the same proof as a run's generator.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio import __version__
from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export.graph import OPSET
from ganstudio.engine.export.onnx import convert
from ganstudio.engine.torchvision_import import import_torchvision
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.manifest import ExportManifest
from ganstudio.workspace import write_atomic

LEAST_SIDE = 16  # pixels that a network is proved with, where it takes any size: the least that `upscale` shows one
FIXED_SIDE = 128  # pixels that it takes, where its graph is made for one size alone
LEAST_MULTIPLES = 4  # of its multiple: what `upscale` shows a network that has one at least (ImageModel.padded_size)
OTHER_SIZES_FAIL = "its graph takes {side}x{side} px alone, so that larger pictures are made in tiles and blended"
TILES_DISCOURAGED = "its authors advise against tiles: give --tile as large as memory allows"


class OnSignedImages(nn.Module):
    """A network of images in [0, 1], called with images in [-1, 1]. What it makes is not cut off at the ends."""

    def __init__(self, descriptor: Any) -> None:
        super().__init__()
        self.net = descriptor.model
        # spandrel's own __call__ fills sizes up and forbids gradients: neither can be exported
        self.call = descriptor._call_fn

    def forward(self, source: Tensor) -> Tensor:
        return self.call(self.net, source / 2 + 0.5) * 2 - 1


def import_weights(file: Path, out: Path) -> dict[str, Any]:
    """Writes an export to `out` of the network whose weights are in `file`; what the user should know of it, by key.

    Raises UsageError for what is no such weights, and for networks that no command can use.
    """
    descriptor = _network_of(file, _read_tensors(file))
    _check_usable(file, descriptor)
    architecture = descriptor.architecture.name
    parameters = sum(one.numel() for one in descriptor.model.parameters())
    content, notes = _exported(file, descriptor, _basis(descriptor, out.stem))
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(out, content)
    return {"path": str(out), "architecture": architecture, "parameters": parameters, "notes": notes}


def _read_tensors(file: Path) -> dict[str, Any]:
    """The state dict in a file, unpickled without any code of its own. Raises UsageError."""
    damaged = f"{file} cannot be read as weights: it is damaged, cut short, or something else"
    try:
        if file.suffix.lower() == ".safetensors":
            from safetensors.torch import load_file

            return load_file(file)
        content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle's, zip's, torch's and safetensors' errors share no base below Exception
        told = str(error)
        if "TorchScript" in told:
            raise UsageError(
                f"{file} is a TorchScript program, not weights alone.",
                "Save the weights: torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth')",
            ) from error
        if found := re.search(r"GLOBAL ([\w.]+)", told):
            raise UsageError(
                f"{file} holds more than tensors: reading it would run {found[1]}. Only weights are taken.",
                "Save the weights alone: torch.save(model.state_dict(), 'weights.pth')",
            ) from error
        raise UsageError(f"{damaged} ({told.splitlines()[0] if told else type(error).__name__}).") from error
    if not isinstance(content, dict):
        raise UsageError(f"{file} holds a {type(content).__name__}, not a state dict: names with tensors.")
    if {"nets", "progress"} <= content.keys():
        raise UsageError(f"{file} is a checkpoint of a run of ganstudio.", "ganstudio export onnx RUN")
    return content


def _network_of(file: Path, content: dict[str, Any]) -> Any:
    """The network that spandrel finds for a state dict. Raises UsageError where it finds none."""
    import_torchvision()
    import spandrel

    try:
        state = spandrel.canonicalize_state_dict(content)
        return spandrel.ModelLoader("cpu").load_from_state_dict(state)
    except spandrel.UnsupportedModelError:
        names = [name for name, value in state.items() if isinstance(value, Tensor)]
        held = f"{len(names)} tensors, {', '.join(names[:3])}, ..." if names else "no tensors"
        raise UsageError(
            f"{file}: spandrel {spandrel.__version__} knows no network with these weights ({held})."
        ) from None
    except Exception as error:  # what looks like one of its networks and is not raises what it likes
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"{file}: spandrel cannot build a network of these weights: {reason}") from error


def _check_usable(file: Path, descriptor: Any) -> None:
    """Raises UsageError, with the network's name, for what neither `upscale` nor `translate` can use."""
    import spandrel

    name, takes, makes = descriptor.architecture.name, descriptor.input_channels, descriptor.output_channels
    if descriptor.purpose == "Inpainting":
        why = "fills holes by spectra of the whole picture, which ONNX cannot say"
    elif descriptor.purpose == "FaceSR":
        why = "restores faces that were found and aligned before, which nothing here does"
    elif descriptor.tiling == spandrel.ModelTiling.INTERNAL:
        why = "cuts pictures into tiles by itself, by random numbers of its own"
    elif not {takes, makes} <= {1, 3, 4}:
        why = f"takes {takes} channels and makes {makes}; pictures have 1, 3 or 4"
    elif descriptor.scale > 1 and takes != makes:
        why = f"makes {makes} channels of {takes}; an enlarged picture keeps its own"
    else:
        return
    raise UsageError(f"{file}: {name} {why}.")


def _exported(file: Path, descriptor: Any, basis: ExportManifest) -> tuple[bytes, list[str]]:
    """The export's bytes, of any height and width where that can be, and sentences on what to expect of it."""
    import spandrel

    notes = [TILES_DISCOURAGED] if descriptor.tiling == spandrel.ModelTiling.DISCOURAGED else []
    channels = descriptor.output_channels
    if not descriptor.size_requirements.square:
        spec = replace(_spec(descriptor, LEAST_SIDE), free_axes={"source": {2: "height", 3: "width"}})
        # the exporter raises what a network's forward raises: then there may be a graph of one size
        with suppress(Exception):
            return convert(spec, replace(basis, image_shape=(channels, "height", "width"))), notes
    spec = _spec(descriptor, FIXED_SIDE)
    side = spec.inputs["source"].shape[2]
    try:
        shape = (channels, descriptor.scale * side, descriptor.scale * side)
        content = convert(spec, replace(basis, image_shape=shape))
    except Exception as error:
        reason = error.message if isinstance(error, StudioError) else str(error) or type(error).__name__
        raise UsageError(
            f"{file}: {descriptor.architecture.name} cannot be said in ONNX: {reason.splitlines()[0][:200]}"
        ) from error
    return content, [*notes, OTHER_SIZES_FAIL.format(side=side)]


def _spec(descriptor: Any, least: int) -> ExportSpec:
    """The graph to be made, with a source that is `least` px high and wide or, where that is too little, more."""
    required = descriptor.size_requirements
    multiple = required.multiple_of
    if required.minimum > LEAST_SIDE:
        while LEAST_MULTIPLES * multiple < required.minimum:
            multiple *= 2
    side = -(-max(least, required.minimum) // multiple) * multiple
    source = torch.zeros(2, descriptor.input_channels, side, side)
    return ExportSpec("", OnSignedImages(descriptor), {"source": source}, scale=descriptor.scale, multiple=multiple)


def _basis(descriptor: Any, name: str) -> ExportManifest:
    return ExportManifest(
        name=name,
        task="superres" if descriptor.scale > 1 else "paired",
        inputs=(),
        outputs=(),
        z_dim=None,
        classes=(),
        image_shape=(descriptor.output_channels,),
        value_range=(-1.0, 1.0),
        opset=OPSET,
        precision="fp32",
        run=None,
        checkpoint_nimg=None,
        recipe_fingerprint=None,
        ganstudio=__version__,
        parity=None,
        latency_ms=None,
        sha256="",
    )
