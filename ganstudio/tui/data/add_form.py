"""What to ask before a data set is packed, and the command that follows from it."""

from __future__ import annotations

import os
from pathlib import Path

from ganstudio.errors import UsageError, nearest
from ganstudio.tui.dialogs.form import Field, Values
from ganstudio.workspace import expand_path, names_beside, nearest_place

FITS = ("crop", "pad", "stretch")


def fields(path: str) -> tuple[Field, ...]:
    return (
        Field("path", "path", path, hint="a folder, zip, IDX, NPZ, CSV ... or a known name", path=True),
        Field("name", "name", hint="the folder's name"),
        Field("size", "size", hint="pixels a side: from the images"),
        Field("fit", "fit", hint="crop, pad or stretch", choices=FITS),
        Field("labels", "labels", hint="folders, none, or a CSV", path=True),
    )


def source(text: str) -> str:
    """What `data add` is given for what a person typed: a known name, or a path made absolute.

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
    return existing(text)


def existing(text: str) -> str:
    """The path that a person typed, made absolute. Raises UsageError where there is none, with the nearest."""
    if not text:
        raise UsageError("Which folder or file?")
    # os.path: a Path raises on names that are too long, or ~ of nobody
    path = expand_path(text)
    if os.path.exists(path):  # noqa: PTH110
        return str(path.absolute())
    while not os.path.exists(path.parent):  # noqa: PTH110
        path = path.parent
    inside = names_beside(path)
    told = nearest(path.name, inside) if inside else "It is empty."
    if told.startswith("Known: ") and len(inside) > 5:  # a whole folder is no help
        told = ""
    raise UsageError(f"There is no {path.name!r} in {path.parent}. {told}".rstrip())


def arguments(values: Values) -> list[str]:
    """The command's arguments for what the form holds. Raises UsageError for what cannot be."""
    given = ["data", "add", source(values["path"])]
    if values["name"]:
        from ganstudio.data.store import check_legal

        check_legal(values["name"])
        given += ["--name", values["name"]]
    if values["size"]:
        if not values["size"].isdecimal():
            raise UsageError(f"size: a number of pixels; got {values['size']!r}.")
        given += ["--size", values["size"]]
    if values["fit"]:
        if values["fit"] not in FITS:
            raise UsageError(f"fit: {values['fit']!r} is none. {nearest(values['fit'], FITS)}")
        given += ["--fit", values["fit"]]
    if values["labels"]:
        given += ["--labels", str(expand_path(values["labels"]))]
    return [*given, "--json"]
