"""Sessions of small networks whose recipe has passed its check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganstudio.engine import architectures
from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import Architecture
from ganstudio.engine.distributed import World
from ganstudio.engine.made_up_data import made_up_data
from ganstudio.engine.preflight import check_recipe
from ganstudio.engine.session import Session
from ganstudio.recipe.load import resolve
from tests.engine.conftest import WITNESSES

WITNESS = {file.stem: file for file in WITNESSES}
SMALL = ("data.resolution=16", "data.held_out=0", "training.batch=8", "training.precision=fp32")


def session(
    folder: Path,
    architecture: Architecture,
    *settings: str,
    classes: int = 3,
    world: World | None = None,
    **options: Any,
) -> Session:
    table = {**architecture.recipe, "architecture": {"id": "toy", **options}}
    recipe = resolve(table, [*SMALL, *settings], "test")
    made = Session(recipe, architecture, made_up_data(folder, 16, 1, classes), 0, CPU, world or World())
    check_recipe(made)
    return made


def dcgan(folder: Path, *settings: str, **options: Any) -> Session:
    return session(folder, architectures.find("dcgan"), *settings, channels=8, z_dim=8, **options)


def witness(name: str, folder: Path, *settings: str, **more: Any) -> Session:
    return session(folder, architectures.load_file(WITNESS[name]), *settings, **more)
