"""The form of `augment`: its fields, and the command for what was filled in."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ganstudio.errors import UsageError, nearest
from ganstudio.tui.dialogs.form import Field, Values

BALANCE = "balance"
_YES_NO = ("no", "yes")


def fields(model: str, sets: Sequence[str], likely: str | None) -> tuple[Field, ...]:
    """Returns the form's fields. `likely` is the set that the model was trained on, where that is known."""
    data = likely if likely in sets else ""
    return (
        Field("data", "data set", data or "", hint=", ".join(sets[:4]) or "none is packed yet", choices=tuple(sets)),
        Field("images", "images", hint="balance, or how many times as many: 2", choices=(BALANCE, "1.5", "2", "3")),
        Field("name", "new name", f"{data}-more" if data else "", hint=f"such as {model}-more"),
        Field("novel", "novel", "no", hint="yes: near copies are drawn again", choices=_YES_NO),
    )


def arguments(model: str, sets: Sequence[str], values: Values) -> list[str]:
    """Returns the command's arguments. Raises UsageError for values that are not legal; that the model does not fit
    the data only the command finds out.
    """
    from ganstudio.data.store import check_name

    if values["data"] not in sets:
        raise UsageError(f"data set {values['data']!r}: there is none. {nearest(values['data'], sets)}")
    if values["name"]:
        check_name(values["name"])
    else:
        raise UsageError("A new data set needs a name.")
    if values["novel"] not in ("", *_YES_NO):
        raise UsageError(f"novel: yes or no; got {values['novel']!r}.")
    novel = ["--novel"] if values["novel"] == "yes" else []
    how = _count_arguments(values["images"])
    return ["augment", "--data", values["data"], "--model", model, *how, "--name", values["name"], *novel, "--json"]


def _count_arguments(given: str) -> list[str]:
    if given == BALANCE:
        return ["--balance"]
    try:
        factor = float(given)
    except ValueError:
        raise UsageError(f"images: {BALANCE}, or a number above 1; got {given!r}.") from None
    if not math.isfinite(factor) or factor <= 1:
        raise UsageError(f"images: {given} times as many is not more.")
    return ["--factor", f"{factor:g}"]
