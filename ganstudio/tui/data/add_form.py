"""The form of `data add`: its fields, and the command for what was filled in."""

from __future__ import annotations

import os
from pathlib import Path

from ganstudio.errors import UsageError, nearest
from ganstudio.tui.dialogs.form import Field, Values
from ganstudio.tui.dialogs.paths import existing_path
from ganstudio.units import parse_size
from ganstudio.workspace import expand_path, nearest_place

FITS = ("crop", "pad", "stretch")


def fields(path: str) -> tuple[Field, ...]:
    return (
        Field("path", "path", path, hint="a folder, zip, IDX, NPZ, CSV ... or a known name", path=True),
        Field("name", "name", hint="the folder's name"),
        Field("size", "size", hint="64 or 128x64 pixels: from the images"),
        Field("fit", "fit", hint="crop, pad or stretch", choices=FITS),
        Field("labels", "labels", hint="folders, none, or a CSV", path=True),
    )


def source(text: str) -> str:
    """Returns the source for `data add`: a known name as it was typed, or a path made absolute.

    Raises UsageError where there is neither, with the nearest that there is.
    """
    from ganstudio.data.catalog import KNOWN

    if not text:
        raise UsageError("Which folder or file? A known name, such as mnist, will do too.")
    if text in KNOWN:
        return text
    bare = Path(text).name == text and not text.startswith("~")
    if bare and not os.path.exists(text):  # noqa: PTH110
        known = nearest_place(text, KNOWN)
        raise UsageError(f"{text}: neither a file or folder here nor a known name. {known}")
    return existing_path(text)


def arguments(values: Values) -> list[str]:
    """Returns the command's arguments. Raises UsageError for values that are not legal."""
    given = ["data", "add", source(values["path"])]
    if values["name"]:
        from ganstudio.data.store import check_legal

        check_legal(values["name"])
        given += ["--name", values["name"]]
    if values["size"]:
        if parse_size(values["size"]) is None:
            raise UsageError(f"size: a number of pixels, or WIDTHxHEIGHT; got {values['size']!r}.")
        given += ["--size", values["size"]]
    if values["fit"]:
        if values["fit"] not in FITS:
            raise UsageError(f"fit: {values['fit']!r} is none. {nearest(values['fit'], FITS)}")
        given += ["--fit", values["fit"]]
    if values["labels"]:
        given += ["--labels", str(expand_path(values["labels"]))]
    return [*given, "--json"]
