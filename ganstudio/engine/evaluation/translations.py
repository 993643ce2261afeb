"""`evaluate` of a run that makes images of images: its task's own measures, of images that its training never saw."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganstudio.data.store import DataSet
from ganstudio.engine import architectures, tasks
from ganstudio.engine.devices import choose
from ganstudio.engine.distributed import World
from ganstudio.engine.evaluation.training_scores.score import scorer
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.session import Session
from ganstudio.engine.training import recorded_data
from ganstudio.errors import UsageError
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import NAME, RunRecord, load_record


def makes_images_of_images(run: Path) -> bool:
    record = load_record(run / NAME)
    return tasks.of(architectures.of_run(run, record), Recipe.model_validate(record.recipe)).sampler is None


def evaluate_translation(run: Path, which: str, real: DataSet, features: str, n: int, device: str) -> dict[str, Any]:
    """The scores that the run's training tells, of a checkpoint's averaged networks in fp32 and of up to `n` images.

    Raises UsageError where `real` is not the run's own data, or nothing of that is held out.
    """
    began = time.perf_counter()
    record, path = load_record(run / NAME), checkpoint.choose(run, which)
    if real.manifest.fingerprint != record.data["fingerprint"]:
        own = record.data["name"]
        raise UsageError(
            f"--against {real.manifest.name}: {record.id} makes images of images, and is measured on what its training "
            f"held out of its own data, {own}.",
            hint=f"ganstudio evaluate {record.id} --against {own}",
        )
    styles = record.data.get("styles")
    data = replace(real, styles=recorded_data(styles)) if styles else real
    session = Session(*_parts(run, record, features, n), data, record.seed, choose(device, "fp32"), World())
    session.load_state_dict(checkpoint.load(path))
    score, why = scorer(session)
    if score is None:
        raise UsageError(
            f"{record.id}: {why}.",
            hint=f"ganstudio train {record.preset} --data {real.manifest.name} --set data.held_out=0.1",
        )
    found = score()
    return {
        "target": f"{record.id} at {checkpoint.nimg_of(path) / 1000:g} kimg",
        "against": f"what its training held out of {real.manifest.name}",
        "features": next((one.extractor for one in found if one.extractor), None),
        "n": found[0].n,
        "metrics": {one.score: one.value for one in found},
        "sd": {},
        **{"diversity": None, "memorized": None, "shares": None, "probe": None},
        "seconds": time.perf_counter() - began,
        "notes": [text for text in (why, score.caution) if text],
    }


def _parts(run: Path, record: RunRecord, features: str, n: int) -> tuple[Recipe, Any]:
    """The run's recipe, scored as is asked, and its architecture."""
    recipe = Recipe.model_validate(record.recipe)
    scored = recipe.evaluation.model_copy(update={"features": features, "n": n})
    return recipe.model_copy(update={"evaluation": scored}), architectures.of_run(run, record)
