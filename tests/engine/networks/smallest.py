"""Every architecture that ships at its smallest: as few pixels, channels and stages as show all that it does."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from ganstudio.engine import architectures
from ganstudio.engine.conformance import BATCH, default_recipe
from ganstudio.recipe.load import resolve
from ganstudio.recipe.schema import Recipe

PRESETS = Path(__file__).parents[3] / "presets"
SIDE = 16
OPTIONS = {  # what makes networks large, by the names that it has in one architecture or another
    **{"channels": 8, "critic_channels": 8, "clip_channels": 8, "channel_base": 64, "max_channels": 32},
    **{"hidden": 16, "passes": 2, "mapping_layers": 2, "w_dim": 16},
}
OWN = {
    "biggan": ("architecture.channels=2", "architecture.z_dim=12", "architecture.attention=[8]"),
    "r3gan": ("architecture.channels=16", "architecture.blocks=1"),  # groups are of 16 channels
    "pix2pix": ("architecture.critic_levels=2",),  # cut reads layers that only a deep one has
    "stargan": ("architecture.critic_levels=2", "architecture.blocks=2"),
    **dict.fromkeys(("esrgan", "srresnet"), ("architecture.blocks=2",)),
    **dict.fromkeys(("stylegan", "stylegan2"), ("architecture.z_dim=16",)),
}


def smallest(name: str, settings: Sequence[str] = ()) -> Recipe:
    """The architecture's own recipe, made small; `settings` come last."""
    architecture = architectures.find(name)
    return default_recipe(name, architecture, [*_small(name), f"data.resolution={SIDE}", *settings])


def small_preset(name: str) -> Recipe:
    """A preset at that size, which takes an iteration within a second."""
    table = tomllib.loads((PRESETS / f"{name}.toml").read_text())
    architecture = table["architecture"]["id"]
    known = architectures.find(architecture).options.model_fields
    settings = [
        *_small(architecture),
        *(["architecture.attention=[8]"] if table["architecture"].get("attention") else []),
        *(["architecture.stddev_group=4"] if "stddev_group" in known else []),  # which divides half a batch
        *(["data.crop=none"] if "crop" in table["data"] else []),
        *(["task.perceptual=0"] if "perceptual" in table.get("task", {}) else []),  # for which no weights are here
        *(["objective.weight=1"] if "weight" in table.get("objective", {}) else []),  # the critic trains at once
        *("training.micro_batch=none", f"training.batch={BATCH}", "training.precision=fp32", "evaluation.n=16"),
    ]
    return resolve(table, [*settings, f"data.resolution={SIDE}"], name)


def _small(architecture: str) -> list[str]:
    known = architectures.find(architecture).options.model_fields
    return [
        *(f"architecture.{key}={value}" for key, value in OPTIONS.items() if key in known),
        *OWN.get(architecture, ()),
    ]
