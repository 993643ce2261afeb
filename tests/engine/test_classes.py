"""Data of one class, of a few, of many, and with classes that have no images."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from ganstudio.engine import architectures, preflight
from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import Architecture, DataShape, Options
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.engine.probes.probe import Probe
from ganstudio.engine.run_folder import previews
from ganstudio.engine.session import Session
from ganstudio.engine.step import update
from ganstudio.engine.tasks.synthesis import mean_ws
from ganstudio.recipe.load import resolve
from tests.engine.toys import LINEAR, WITNESS
from tests.inference.stores import noise, pack

SIDE = 8


class Asked(nn.Module):
    """Draws nothing much, and remembers the classes that it was asked for."""

    z_dim, conditional = 4, True

    def __init__(self, options, shape):
        super().__init__()
        self.image = nn.Parameter(torch.zeros(shape.channels, *shape.size))
        self.classes: set[int] = set()

    def forward(self, z, labels):
        self.classes |= set(labels.tolist())
        return self.image + 0.1 * z.mean(1)[:, None, None, None]


def made(architecture: Architecture, counts: tuple[int, ...], identity: str = "toy", **options: int) -> Session:
    labels = [index for index, count in enumerate(counts) for _ in range(count)]
    data = pack("made", noise(len(labels), SIDE), [str(k) for k in range(len(counts))], labels)
    table = {**architecture.recipe, "architecture": {"id": identity, **options}}
    recipe = resolve(table, ("data.resolution=8", "training.batch=8"), "test")
    return Session(recipe, architecture, data, 0, CPU, World())


@pytest.mark.parametrize(
    ("counts", "columns", "shown"),
    [
        ((60,), 8, {0}),
        ((30, 30), 2, {0, 1}),
        ((20, 20, 20), 3, {0, 1, 2}),
        ((0, 30, 0, 30), 2, {1, 3}),
        ((0, 60), 8, {1}),
        ((3,) * 20, 8, set(range(20))),
        ((3, 0) * 20, 8, set(range(0, 40, 2))),
    ],
    ids=str,
)
def test_previews_and_probes_draw_every_class_that_has_images_and_no_other(
    tmp_path: Path, counts: tuple[int, ...], columns: int, shown: set[int]
) -> None:
    session = made(Architecture("asked", LINEAR.recipe, Options, Asked, LINEAR.critic), counts)
    with Image.open(previews.write_samples(session, tmp_path)) as samples:
        assert samples.width == columns * SIDE
    previewed = session.previewed().ema["generator"]
    assert previewed.classes == shown
    Probe(session)()
    assert previewed.classes == shown


@pytest.mark.parametrize("counts", [(40,), (20, 20), (0, 40), (0, 20, 20)], ids=str)
def test_a_class_gan_trains_and_is_looked_at_whatever_its_classes(tmp_path: Path, counts: tuple[int, ...]) -> None:
    dcgan = architectures.find("dcgan")
    session = made(dcgan, counts, "dcgan", label_dim=2, channels=8, z_dim=8)
    preflight.check_recipe(session)
    preflight.check_networks(session, None)
    for side in ("d", "g"):
        assert all(bool(torch.isfinite(value).all()) for value in update(session, side).scalars().values())
    previews.write_real(session, tmp_path)
    previews.write_samples(session, tmp_path)
    assert "diversity" in Probe(session)()


def test_truncation_pulls_towards_the_mean_of_the_classes_that_have_images() -> None:
    class Styles(WITNESS["staged_styles"].generator):  # type: ignore[name-defined,misc]
        conditional = True

        def mapping(self, z, labels):
            return labels.float()[:, None, None].expand(-1, *self.ws_shape)

    shape = DataShape(1, (16, 16), (0, 3, 0, 3))
    options = WITNESS["staged_styles"].options()
    assert mean_ws(Styles(options, shape), shape.present).unique().tolist() == [2.0]


def test_a_label_prior_never_draws_a_class_without_images() -> None:
    draw = Draw(0, "test", 0, 5000, slice(0, 5000), torch.device("cpu"))
    counts = draw.classes("labels", (0, 3, 0, 1, 0)).bincount(minlength=5).tolist()
    assert [bool(count) for count in counts] == [False, True, False, True, False]
    assert abs(counts[1] / 5000 - 0.75) < 0.03
