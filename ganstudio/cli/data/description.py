"""Prints the data set that `ganstudio data add` has packed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ganstudio.cli.output import note, print_json, print_made
from ganstudio.errors import quoted
from ganstudio.report.data import facts

if TYPE_CHECKING:
    from ganstudio.data.store import DataSet

_LISTED = 10  # skipped files that are named without being asked for


def print_packed(data: DataSet, as_json: bool, more: Mapping[str, Any]) -> None:
    """Prints what was packed: the name, or JSON with `more` keys; and notes on it."""
    manifest = data.manifest
    if as_json:
        print_json({**manifest.as_json(), "notes": list(manifest.notes), **more})
    else:
        print_made(manifest.name)
        for fact in facts(data):
            note(f"{fact.label:<11} {fact.value}")
    for sentence in manifest.notes:
        note(f"note        {sentence}")
    for entry in manifest.skipped[:_LISTED]:
        note(f"skipped     {entry.file}: {entry.reason}")
    if len(manifest.skipped) > _LISTED:
        note(f"            and {len(manifest.skipped) - _LISTED} more: ganstudio data show {quoted(manifest.name)}")
