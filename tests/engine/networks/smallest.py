"""Every architecture that ships at its smallest: as few pixels, channels and stages as show all that it does."""

from __future__ import annotations

from collections.abc import Sequence

from ganstudio.engine import architectures
from ganstudio.engine.conformance import default_recipe
from ganstudio.recipe.schema import Recipe

SIDE = 16
OPTIONS = {  # what makes networks large, by the names that it has in one architecture or another
    **{"channels": 8, "critic_channels": 8, "clip_channels": 8, "channel_base": 64, "max_channels": 32},
    **{"hidden": 16, "passes": 2},
}
OWN = {
    "biggan": ("architecture.channels=2", "architecture.attention=[8]"),
    "r3gan": ("architecture.channels=16", "architecture.blocks=1"),  # groups are of 16 channels
    "pix2pix": ("architecture.critic_levels=2",),
}


def smallest(name: str, settings: Sequence[str] = ()) -> Recipe:
    """The architecture's own recipe, made small; `settings` come last."""
    architecture = architectures.find(name)
    known = architecture.options.model_fields
    small = [f"architecture.{key}={value}" for key, value in OPTIONS.items() if key in known]
    return default_recipe(name, architecture, [*small, f"data.resolution={SIDE}", *OWN.get(name, ()), *settings])
