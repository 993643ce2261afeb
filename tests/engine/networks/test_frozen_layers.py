"""Which layers `training.freeze_critic` freezes, worked out by hand for every architecture there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ganstudio.engine import architectures
from ganstudio.engine.conformance import CPU
from ganstudio.engine.distributed import World
from ganstudio.engine.made_up_data import data_for
from ganstudio.engine.session import Session
from ganstudio.recipe.load import resolve

# Options, and the modules of the critic that an image passes until it comes to the third layer with weights. Where the
# critic is told the class by an embedding, that is not among them.
TOLD: dict[str, tuple[dict[str, Any], set[str]]] = {
    "adain": ({"channels": 2, "critic_channels": 2, "critic_levels": 2}, {"net.0", "net.2"}),
    "biggan": ({"channels": 2, "z_dim": 6, "attention": []}, {"blocks.0.conv1", "blocks.0.conv2"}),
    "dcgan": ({"channels": 2, "z_dim": 4, "label_dim": 2}, {"net.0", "net.2", "net.3"}),
    "esrgan": ({}, {"net.0", "net.2"}),
    "fastgan": ({"channels": 2}, {"first.0", "halvings.0.main.0", "halvings.0.main.1"}),
    "gan3d": ({"channels": 2}, {"net.0"}),  # of grids this small it has two layers
    "infogan": ({"channels": 2, "hidden": 4}, {"body.0", "body.2", "body.3"}),
    "mlp": ({}, {"net.1", "net.3"}),
    "pix2pix": ({"channels": 2, "critic_channels": 2, "critic_levels": 2}, {"net.0", "net.2"}),
    "progan": ({}, {"from_image.0", "blocks.0.before"}),
    # its mixing is random for ever and does not count
    "projected": ({"features": "lenet", "channels": 1, "mixed": 2}, {"heads.0.0", "heads.0.1", "heads.0.3"}),
    "r3gan": ({"label_dim": 2}, {"from_image", "stages.0.0.expand"}),
    "resnet": ({"channels": 4, "critic_channels": 4, "head": "projection"}, {"blocks.0.conv1", "blocks.0.conv2"}),
    "srresnet": ({}, {"net.0", "net.2"}),
    "stargan": ({}, {"net.0", "net.2"}),
    "stylegan": ({}, {"from_image.0", "blocks.0.before"}),
    "stylegan2": ({"label_dim": 2}, {"from_image", "blocks.0.first"}),
    "videogan": ({"channels": 2, "clip_channels": 2}, {"net.0", "net.2", "net.3"}),
}
SIDES, COUNTS = {"projected": 32}, {"gan3d": 1}  # others are of 16 px and have two layers frozen


def test_every_architecture_is_told_of() -> None:
    assert TOLD.keys() == set(architectures.names())


@pytest.mark.parametrize("name", TOLD)
def test_the_first_layers_that_an_image_passes_are_frozen(name: str, tmp_path: Path) -> None:
    architecture, (own, expected) = architectures.find(name), TOLD[name]
    options = {**architecture.recipe.get("architecture", {}), "id": name, **own}
    table = {**architecture.recipe, "architecture": options, "data": {"resolution": SIDES.get(name, 16)}}
    settings = ("training.batch=8", f"training.freeze_critic={COUNTS.get(name, 2)}", "training.precision=fp32")
    recipe = resolve(table, settings, "test")
    torch.manual_seed(1)
    kept = Session(recipe, architecture, data_for(architecture, recipe, tmp_path), 0, CPU, World())
    for critic in kept.nets.critics.values():
        never = {"mixing"} if name == "projected" else set()
        names = [k for k, p in critic.named_parameters() if not p.requires_grad and k.split(".")[0] not in never]
        assert {k.rpartition(".")[0].removesuffix(".parametrizations.weight") for k in names} == expected
