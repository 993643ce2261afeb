"""`ganstudio check`: the contract's tests over an architecture file of the user's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ganstudio.cli.output import paint, print_json, say
from ganstudio.errors import StudioError


def check(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE.py", help="An architecture file of your own, as docs/your-own-gan.md shows one."),
    ],
    trust: Annotated[bool, typer.Option("--trust", help="Run a file that came inside a run folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put an architecture file to the tests that every architecture passes. Exit code 1 where one fails.

    \b
    Example:
      ganstudio check ./my_gan.py
    """
    from ganstudio.bridge import call_worker
    from ganstudio.runs.trusted_files import require

    require(Path(file), trust)
    answer = call_worker("check", str(Path(file).resolve()))
    if as_json:
        print_json(answer)
    else:
        for entry in answer["checks"]:
            mark = paint("ok    ", "green", sys.stdout) if entry["ok"] else paint("FAILED", "red", sys.stdout)
            say(f"{mark}  {entry['name']:<24} {entry['detail'] or ''}".rstrip())
    if not answer["ok"]:
        failed = [entry for entry in answer["checks"] if not entry["ok"]]
        hint = next((entry["hint"] for entry in failed if entry["hint"]), None)
        raise StudioError(f"{file}: {len(failed)} of {len(answer['checks'])} checks failed.", hint)
