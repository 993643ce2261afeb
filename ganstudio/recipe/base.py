"""What every table of a recipe is made of."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Knobs(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _none_may_be_a_word(cls, table: Any) -> Any:
        """`--set architecture.critic_norm=none` reads as no value at all, and here "none" is one of the words."""
        if not isinstance(table, dict):
            return table
        words = {key for key, field in cls.model_fields.items() if "none" in get_args(field.annotation)}
        return {key: "none" if value is None and key in words else value for key, value in table.items()}


def knobs_by_kind(union: Any) -> dict[str, tuple[str, ...]]:
    """The knobs of each kind of a union of tables."""
    members: tuple[type[Knobs], ...] = get_args(get_args(union)[0])
    return {member.model_fields["kind"].default: tuple(member.model_fields) for member in members}
