"""`ganstudio sample --server URL`: the pictures are drawn by a server; their files are the same, byte for byte."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ganstudio.cli.destination import check_replaceable, make_folder, parse_destination, writing
from ganstudio.cli.output import print_json, print_made
from ganstudio.cli.sample.parsing import parse_seed_options
from ganstudio.errors import UsageError
from ganstudio.workspace import write_atomic

if TYPE_CHECKING:
    from ganstudio.cli.sample.options import DrawOptions

TOKEN = "GANSTUDIO_TOKEN"  # the variable that holds a server's token


def sample_remotely(url: str, options: DrawOptions, codes: list[str], force: bool, as_json: bool) -> None:
    """Writes what a server draws, and prints the paths. Raises UsageError for options that only this machine has."""
    from ganstudio.client import Client
    from ganstudio.inference.pictures import SUFFIXES

    for flag, given in {
        "--latent": options.latent,
        "--grid": options.grid,
        "--checkpoint": options.checkpoint,
        "--plain": options.plain or None,
    }.items():
        if given is not None:
            raise UsageError(f"{flag}: a server takes none: leave it out, or leave --server out.")
    kind, folder, name = parse_destination(options.out, options.format_)
    if kind == "npz":
        raise UsageError("--format: a server sends pictures, no npz.", "--format png")
    seeds = parse_seed_options(options.seed, options.n)
    client = Client(url, os.environ.get(TOKEN))
    asked = _asked(options, codes, kind) | {"seeds": list(seeds)}
    model = options.model or client.models()[0]["name"]
    separate = options.out is not None and name is None
    suffix = SUFFIXES[kind][0]
    names = [f"{model}-seed{seed}{suffix}" for seed in seeds] if separate else [name or f"{model}-seeds{suffix}"]
    paths = [folder / one for one in names]
    check_replaceable(paths, force)
    contents = [one.content for one in client.generate(**asked)] if separate else [client.sheet(**asked)]
    make_folder(folder)
    for path, content in zip(paths, contents, strict=True):
        with writing(path):
            write_atomic(path, content)
    if as_json:
        print_json({"model": model, "server": url, "pictures": [{"path": str(path)} for path in paths]})
    else:
        print_made(*paths)


def _asked(options: DrawOptions, codes: list[str], kind: str) -> dict[str, Any]:
    """The body of the request, but for its seeds."""
    values: dict[str, float] = {}
    for text in codes:
        code, _, value = text.partition("=")
        try:
            values[code] = float(value)
        except ValueError:
            raise UsageError(f"--code: {text!r} is no NAME=VALUE.") from None
    return {
        "model": options.model,
        "class": options.class_,
        "psi": options.psi,
        "cutoff": options.cutoff,
        "centres": options.centres,
        "codes": values,
        "format": kind,
    }
