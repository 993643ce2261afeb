"""Verbs of the worker that are of a generator's latents: what each takes, and what it calls."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_to(verbs: Any) -> None:
    """Adds their arguments to the worker's parser."""
    encoder = verbs.add_parser("encoder")
    encoder.add_argument("export", type=Path)
    encoder.add_argument("--run", type=Path)
    encoder.add_argument("--data", type=Path)
    encoder.add_argument("--minutes", type=float, required=True)
    encoder.add_argument("--kimg", type=float)
    encoder.add_argument("--device", default="auto")
    project = verbs.add_parser("project")
    project.add_argument("export", type=Path)
    project.add_argument("asked", type=Path, help="projection.exact.Asked, as npz")
    project.add_argument("answer", type=Path, help="the npz that is written")
    project.add_argument("--run", type=Path, required=True)
    project.add_argument("--steps", type=int, required=True)
    project.add_argument("--seed", type=int, required=True)
    project.add_argument("--tuned", type=Path, action="append", default=[], help="a tuned export, one a picture")
    project.add_argument("--device", default="auto")


def _encoder(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.encoder.encoder import make_encoder
    from ganstudio.engine.encoder.training import Budget

    return make_encoder(given.export, given.run, given.data, Budget(given.minutes, given.kimg), given.device)


def _project(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.projection.exact import project

    return project(
        given.export, given.asked, given.answer, given.run, given.steps, given.seed, given.tuned, given.device
    )


VERBS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {"encoder": _encoder, "project": _project}
