"""DCGAN on transparent images of 24 x 40: trained, previewed and exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.engine import architectures, preflight
from ganstudio.engine.conformance import CPU, advance
from ganstudio.engine.distributed import World
from ganstudio.engine.export.onnx import check_parity
from ganstudio.engine.made_up_data import made_up_data
from ganstudio.engine.run_folder.previews import write_real, write_samples
from ganstudio.engine.session import Session
from ganstudio.errors import RecipeError
from ganstudio.recipe.load import resolve


@pytest.fixture
def rgba(tmp_path: Path) -> Session:
    dcgan = architectures.find("dcgan")
    options = {"id": "dcgan", "channels": 4, "z_dim": 8}
    recipe = resolve(
        {**dcgan.recipe, "architecture": options, "data": {"resolution": 12, "held_out": 0}},
        ("training.batch=8", "training.precision=fp32", "augmentation=on"),
        "test",
    )
    return Session(recipe, dcgan, made_up_data(tmp_path, (24, 40), 4, 2), 0, CPU, World())


def test_a_whole_number_is_the_short_side_of_what_networks_draw_learn_and_export(rgba: Session) -> None:
    assert (rgba.shape.size, rgba.shape.resolution, rgba.shape.channels) == ((12, 20), 12, 4)
    preflight.check_networks(rgba, None)
    advance(rgba, 2)
    for spec in rgba.task.exports(rgba.previewed(), rgba.stage):
        check_parity(spec, classes=0)


def test_previews_of_transparent_images_are_opaque(rgba: Session, tmp_path: Path) -> None:
    write_real(rgba, tmp_path)
    for path in (tmp_path / "real.png", write_samples(rgba, tmp_path)):
        with Image.open(path) as image:
            assert (image.mode, image.height % 12, image.width % 20) == ("RGB", 0, 0)
            assert np.asarray(image).std() > 1


def test_growth_must_halve_the_long_side_too(tmp_path: Path) -> None:
    mlp = architectures.find("mlp")
    table = {**mlp.recipe, "architecture": {"id": "mlp"}, "data": {"resolution": 8}, "growth": {"start": 2}}
    session = Session(resolve(table, (), "test"), mlp, made_up_data(tmp_path, (8, 10), 1, 2), 0, CPU, World())
    with pytest.raises(RecipeError, match=r"both sides must halve down to it, of 10x8 .*; got 2\. Nearest: 4\."):
        preflight.check_recipe(session)
