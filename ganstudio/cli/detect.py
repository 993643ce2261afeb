"""`ganstudio detect`: what pictures say of how they were made, and what cannot be known from that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.output import note, paint, print_json, print_table, progress, say
from ganstudio.errors import UsageError

if TYPE_CHECKING:
    from ganstudio.inference.detect.folder import Answer
    from ganstudio.inference.detect.statement import Share, Statement

_STYLES = {"synthetic": "yellow", "composite": "yellow", "other": "cyan", "nothing": "dim"}
_LONGEST_LINE = 200  # characters of a value on a terminal; --json has it whole


def detect(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE|FOLDER...", help="Pictures, films, or folders of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what pictures tell of how they were made, and how many of a folder tell that they are synthetic.

    Read are ganstudio's own words, IPTC's digital source type and AI fields, the parameters that programs for diffusion
    models leave, content credentials (C2PA, whose signature is not checked), and the names of programs and cameras.
    Metadata alone: no pixel is decoded. That a picture carries no mark proves nothing, and marks can be forged. Of
    several files, those that are no pictures are listed, and it ends with 1.

    \b
    Examples:
      ganstudio detect picture.png
      ganstudio detect photos pictures --json
    """
    from ganstudio.inference.detect.folder import read_all
    from ganstudio.inference.detect.statement import UNKNOWN

    answer = read_all(paths, progress("reading"))
    if not answer.statements and len(answer.left_out) == 1:
        failed = answer.left_out[0]
        raise UsageError(f"{failed.source}: {failed.why.rstrip('.')}.")
    if as_json:
        print_json(answer.as_json() | {"unknown": list(UNKNOWN)})
    else:
        _print(answer)
    for failed in answer.left_out:
        note(f"Left out: {failed.source}: {failed.why}")
    if not as_json:
        for sentence in UNKNOWN:
            note(f"note: {sentence}")
    if answer.left_out:
        raise typer.Exit(1)


def _print(answer: Answer) -> None:
    if len(answer.statements) == 1:
        _print_one(answer.statements[0])
    elif answer.statements:
        rows = [
            (str(one.path), paint(one.says, _STYLES[one.says], sys.stdout), _short(_maker(one)))
            for one in answer.statements
        ]
        print_table(("file", "says", "by"), rows)
    for one in answer.statements:
        for text in one.notes:
            note(f"{one.path}: {text}.")
    for share in answer.shares:
        _print_share(share)


def _print_one(statement: Statement) -> None:
    """All that a single picture says, a mark a line."""
    from ganstudio.inference.detect.statement import MEANING

    says = paint(statement.says, _STYLES[statement.says], sys.stdout)
    say(f"{statement.path}: {says}: {MEANING[statement.says]}")
    rows = [(mark.kind.replace("_", " "), _short(mark.value), mark.where) for mark in statement.marks]
    if rows:
        print_table(("about", "it says", "where"), rows)


def _maker(statement: Statement) -> str:
    """Who made it; where it names nobody, the place where it speaks of how it was made."""
    return statement.maker or next((f"({mark.where})" for mark in statement.marks), "")


def _print_share(share: Share) -> None:
    from ganstudio.inference.detect.statement import MEANING

    say("")
    say(f"{share.place}: {share.pictures:,} {'picture' if share.pictures == 1 else 'pictures'}")
    if share.pictures:
        rows = [
            (says, f"{count:,}", f"{count / share.pictures:.1%}", MEANING[says]) for says, count in share.counts.items()
        ]
        print_table(("says", "count", "share", "which means"), rows, right=(1, 2))


def _short(value: str) -> str:
    value = " ".join(value.split())
    return value if len(value) <= _LONGEST_LINE else f"{value[:_LONGEST_LINE]} ..."
