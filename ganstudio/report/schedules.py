"""How far a run's schedules get: growth, and numbers of its recipe that change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganstudio.recipe.plain_numbers import schedules


def schedule_kimg(recipe: Mapping[str, Any]) -> float | None:
    """The kimg at which the last schedule of a recipe's table ends; None where nothing in it changes.

    What goes by points ends at its last one, the rest is told by the whole length.
    """
    training, tables = recipe["training"], dict(schedules(recipe))
    length = float(training.get("schedule_kimg") or training["kimg"])
    shares = [length] if recipe.get("growth") or any("points" not in table for table in tables.values()) else []
    return max(
        [*shares, *(float(table["points"][-1][0]) for table in tables.values() if "points" in table)], default=None
    )


def reach_within(recipe: Mapping[str, Any], minutes: float, img_per_s: float | None, nimg: int = 0) -> str | None:
    """A sentence on how far `minutes` take the schedules from `nimg` images on; None where nothing changes.

    Without a known speed it says so.
    """
    length = schedule_kimg(recipe)
    if length is None:
        return None
    if img_per_s is None:
        return (
            f"the schedules end at {length:g} kimg, and {minutes:g} minutes may be over before: how far they get is "
            "not known until the speed is, which --dry-run measures"
        )
    end = min(nimg + minutes * 60 * img_per_s, float(recipe["training"]["kimg"]) * 1000)
    share = min(end / (length * 1000), 1.0)
    how_far = "their end" if share == 1.0 else f"{share * 100:.0f} %"
    return f"in {minutes:.3g} minutes at about {img_per_s:,.3g} img/s the schedules get to {how_far}"
