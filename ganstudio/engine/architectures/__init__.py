"""Architectures, one file each, found by file name and loaded one at a time; a user's own file is the same thing."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path

from pydantic import ValidationError

from ganstudio.engine.architectures._contract_changes import advice
from ganstudio.engine.contract import Architecture, DataShape, Options
from ganstudio.errors import RecipeError, UsageError
from ganstudio.recipe.explain import explain
from ganstudio.recipe.names import architecture_names as names
from ganstudio.recipe.names import unknown_architecture_error
from ganstudio.recipe.schema import ArchitectureChoice
from ganstudio.runs.record import ARCHITECTURE, RunRecord
from ganstudio.units import both_texts


def find(name: str) -> Architecture:
    """The architecture that ships under a name. Raises UsageError for an unknown one."""
    if name not in names():
        raise unknown_architecture_error(name)
    return importlib.import_module(f"{__name__}.{name}").ARCHITECTURE


def load_file(path: Path) -> Architecture:
    """The architecture in a user's own file. Raises UsageError, naming file and line, for one that does not load."""
    spec = importlib.util.spec_from_file_location(f"ganstudio_user_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UsageError(f"{path}: is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # pydantic looks annotations up there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(f"{path}: {located(error, path)}") from error
    found = getattr(module, "ARCHITECTURE", None)
    if not isinstance(found, Architecture):
        raise UsageError(f"{path}: must define ARCHITECTURE = Architecture(...), from ganstudio.engine.contract.")
    return found


def of_run(run: Path, record: RunRecord) -> Architecture:
    """The architecture that a run trains: its own copy of the user's file, or one that ships."""
    return load_file(run / ARCHITECTURE) if record.architecture_sha256 else find(record.recipe["architecture"]["id"])


def located(error: BaseException, path: Path) -> str:
    """`line 12: ValueError: ...`: an exception as its author finds it in `path`."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).name == path.name]
    where = f"line {lines[-1]}: " if lines else ""
    return f"{where}{type(error).__name__}: {error}{advice(str(error))}"


def options(architecture: Architecture, choice: ArchitectureChoice, shape: DataShape) -> Options:
    """The architecture's own knobs, checked against the data. Raises RecipeError with every problem."""
    if not shape.flat and not architecture.volumes:
        size = " x ".join(map(str, shape.size))
        raise RecipeError(
            [f"architecture.id: {choice.id} draws flat images; the data is of {size}. Nearest: mlp."],
            hint="ganstudio train gan3d --data NAME   # or videogan, gan; a file of yours: volumes=True",
        )
    if shape.flat and not architecture.flat:
        raise RecipeError(
            [f"architecture.id: {choice.id} draws clips and voxel grids; the data is of flat images. Nearest: dcgan."],
            hint="ganstudio train dcgan --data NAME   # or --data moving-mnist, --data voxel-mnist",
        )
    if shape.channels not in architecture.channels:
        taken = " or ".join(map(str, architecture.channels))
        raise RecipeError(
            [f"architecture.id: {choice.id} draws images of {taken} channels; the data has {shape.channels}."],
            hint="ganstudio data add PATH --mode rgb   # or channels=(1, 3, 4) in the ARCHITECTURE of your own file",
        )
    height, width = shape.size[-2:]
    if height != width and not architecture.rectangles:
        side = shape.resolution
        raise RecipeError(
            [
                f"data.resolution: {choice.id} draws square images; these are of {both_texts((height, width))}. "
                f"Nearest: [{side}, {side}]."
            ],
            hint="ganstudio data add PATH --size N   # or rectangles=True in the ARCHITECTURE of a file of your own",
        )
    chosen = own_knobs(architecture, choice)
    if problems := list(architecture.check(chosen, shape)):
        raise RecipeError(problems)
    return chosen


def never_legal(architecture: Architecture, chosen: Options, size: int | list[int]) -> list[str]:
    """The problems that images of this size have whatever else they are: of any channels, with classes or without.

    `size` is [H, W], or the short side: then the problems are those that a square has and another aspect has too.
    """
    height, width = (size, size) if isinstance(size, int) else size
    sizes: list[tuple[int, ...]] = [(height, width)] if architecture.flat else []
    if architecture.flat and isinstance(size, int) and architecture.rectangles:
        sizes.append((height, 2 * width))
    if architecture.volumes:
        sizes.append((height, height, width))
    shapes = [
        DataShape(channels, one, counts)
        for one in sizes
        for channels in architecture.channels
        for counts in ((), (2, 2))
    ]
    try:
        first, *others = [list(architecture.check(chosen, shape)) for shape in shapes]
    except Exception:  # a user's own file: the data that there is may suit it
        return []
    keys = [{problem.partition(":")[0] for problem in other} for other in others]
    return [problem for problem in first if all(problem.partition(":")[0] in there for there in keys)]


def own_knobs(architecture: Architecture, choice: ArchitectureChoice) -> Options:
    """The architecture's own knobs, whatever the data is. Raises RecipeError with every problem."""
    try:
        return architecture.options.model_validate(choice.options)
    except ValidationError as error:
        problems = explain(error, architecture.options, choice.id, above="architecture")
        raise RecipeError(problems, hint="ganstudio knobs architecture   # every option, with what it may be") from None
