"""What every table of a recipe is made of."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Knobs(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def knobs_by_kind(union: Any) -> dict[str, tuple[str, ...]]:
    """The knobs of each kind of a union of tables."""
    members: tuple[type[Knobs], ...] = get_args(get_args(union)[0])
    return {member.model_fields["kind"].default: tuple(member.model_fields) for member in members}
