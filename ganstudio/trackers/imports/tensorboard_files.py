"""Reads TensorBoard's event files, by TensorBoard's own reader."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError, quoted
from ganstudio.trackers.imports.curves import Curves, Point
from ganstudio.trackers.sink import require_package

_SCALARS = "scalars"


def read(folder: Path) -> Curves:
    """The curves of the one run in `folder`. What a restart threw away is left out, as TensorBoard does.

    Raises UsageError where there are no event files, or those of several runs.
    """
    require_package("tensorboard", "tensorboard")
    place = _only_run(folder)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    sizes = {"scalars": 0, "tensors": 0, "images": 1, "audio": 1, "histograms": 1, "compressedHistograms": 1}
    reader = EventAccumulator(str(place), size_guidance=sizes)
    try:
        reader.Reload()
    except Exception as error:  # of files that are damaged, and of other tools: whatever the reader meets in them
        raise UsageError(f"{place}: TensorBoard cannot read its event files: {error}.") from None
    points = [
        Point(tag, one.step, one.wall_time, one.value)
        for tag in reader.Tags()["scalars"]
        for one in reader.Scalars(tag)
    ]
    points += [point for tag in _tensor_scalars(reader) for point in _tensor_points(reader, tag)]
    return Curves("tensorboard", folder, points)


def _only_run(folder: Path) -> Path:
    if folder.is_file():
        return folder
    places = sorted({path.parent for path in folder.rglob("*tfevents*") if path.is_file()})
    if not places:
        other = next(folder.rglob("*.wandb"), None)
        hint = f"ganstudio runs import --from wandb-offline {quoted(folder)}" if other else None
        raise UsageError(f"{folder}: holds no event files of TensorBoard (*tfevents*).", hint=hint)
    if len(places) > 1:
        named = ", ".join(str(path) for path in places[:4])
        raise UsageError(
            f"{folder}: holds {len(places)} runs: {named}{' ...' if places[4:] else ''}. Import them one by one.",
            hint=f"ganstudio runs import --from tensorboard {quoted(places[0])}",
        )
    return places[0]


def _tensor_scalars(reader: Any) -> list[str]:
    """Tags of numbers that are written as tensors, as TensorFlow 2 does."""
    tags = reader.Tags()["tensors"]
    return [tag for tag in tags if reader.SummaryMetadata(tag).plugin_data.plugin_name == _SCALARS]


def _tensor_points(reader: Any, tag: str) -> list[Point]:
    from tensorboard.util.tensor_util import make_ndarray

    return [Point(tag, one.step, one.wall_time, float(make_ndarray(one.tensor_proto))) for one in reader.Tensors(tag)]
