"""InfoGAN: its term against numbers worked by hand, its codes on the way to networks, previews and exports."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from ganstudio.engine import architectures
from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import CriticOutput, DataShape, JudgedPair, Pair, Stage, StepContext
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.engine.export.onnx import export
from ganstudio.engine.layers.codes import spelled_out
from ganstudio.engine.made_up_data import made_up_data
from ganstudio.engine.run_folder import previews
from ganstudio.engine.session import Session
from ganstudio.engine.terms.losses.codes import CodeLoss
from ganstudio.errors import RecipeError
from ganstudio.inference import OnnxModel
from ganstudio.inference.codes import laid_out, with_value
from ganstudio.inference.latents import latents
from ganstudio.recipe.load import resolve
from tests.engine.conftest import Runs
from tests.engine.workers import work

SMALL = ("architecture.channels=4", "architecture.hidden=16", "data.resolution=16")
SETTINGS = ("training.batch=8", "training.kimg=0.016", "training.precision=fp32", "evaluation.n=16")
CODES = laid_out([3], 1)


def session(folder: Path, *settings: str) -> Session:
    found = architectures.find("infogan")
    recipe = resolve({"architecture": {"id": "infogan"}}, [*SMALL, *SETTINGS, *settings], "test")
    return Session(recipe, found, made_up_data(folder, 16, 1, 0), 0, CPU, World())


def test_a_category_is_one_at_its_largest_number_and_a_number_is_uniform() -> None:
    z = torch.tensor([[0.1, 0.3, 0.2, 1.0, 7.0]])
    seen = spelled_out(z, CODES)
    torch.testing.assert_close(seen, torch.tensor([[0.0, 1.0, 0.0, math.erf(1 / math.sqrt(2)), 7.0]]))


def test_the_term_is_cross_entropy_and_a_share_of_half_the_squared_error() -> None:
    z = torch.tensor([[0.1, 0.3, 0.2, 0.0, 7.0], [2.0, 0.0, 0.0, 0.0, 7.0]])
    read = torch.tensor([[0.0, math.log(2.0), 0.0, 0.6], [0.0, 0.0, 0.0, -1.0]])
    output = CriticOutput(torch.zeros(2, 1), heads={"codes": read})
    judged = JudgedPair(Pair("critic", torch.zeros(2, 1, 8, 8), inputs={"z": z}), output)
    draw = Draw(0, "test", 0, 2, slice(0, 2), torch.device("cpu"))
    context = StepContext(None, None, draw, Stage(0, 1.0), "g", 0, 1.0, None)
    result = CodeLoss("g", CODES, continuous=0.1)(context, [judged])
    # softmax gives the first 2/4, the second 1/3; the continuous codes are 0: 0.1 * 0.36 / 2 and 0.1 * 1 / 2
    expected = [math.log(2.0) + 0.018, math.log(3.0) + 0.05]
    torch.testing.assert_close(result.value, torch.tensor(expected))


def test_the_term_trains_head_and_generator_each_on_its_own_side(tmp_path: Path) -> None:
    made = session(tmp_path)
    assert [(term.side, term.name) for term in made.terms if term.name == "codes"] == [("d", "codes"), ("g", "codes")]
    weights = {term.side: (term.weight, term.continuous) for term in made.terms if term.name == "codes"}
    assert weights == {"d": (1.0, 0.1), "g": (1.0, 0.1)}


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("architecture.z_dim=11", r"architecture\.z_dim: the codes take 12 numbers of z; got 11\. Nearest: 12\."),
        ("architecture.codes=[1]", r"architecture\.codes: a categorical code has two values or more; got 1"),
    ],
)
def test_codes_that_z_has_no_room_for_are_refused_by_name(tmp_path: Path, setting: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        session(tmp_path, setting)


def test_samples_are_a_sheet_with_a_column_a_value(tmp_path: Path) -> None:
    made = session(tmp_path, "architecture.codes=[5]")
    with Image.open(previews.write_samples(made, tmp_path)) as picture:
        assert picture.size == (5 * 16, 8 * 16)
        tiles = np.asarray(picture).reshape(8, 16, 5, 16).swapaxes(1, 2)
    net = made.nets.ema["generator"]
    draw = Draw(0, "preview", 0, 40, slice(0, 40), torch.device("cpu"))
    third = with_value(draw.normal("z", net.z_dim).numpy()[5:6], made.task.codes[0], 2)
    with torch.inference_mode():
        expected = net.eval()(torch.from_numpy(third))
    shown = torch.from_numpy(tiles[1, 2].astype(np.float32)) / 127.5 - 1
    torch.testing.assert_close(shown, expected[0, 0], rtol=0, atol=1 / 127)


def test_an_export_names_its_codes_and_obeys_them(runs: Runs, tmp_path: Path) -> None:
    file = Path(architectures.__file__).with_name("infogan.py")
    run = runs.make("coded", file, *SMALL, *SETTINGS)
    assert work(run) == 0, (run / "log.txt").read_text()
    (path,) = export(run, "last", tmp_path / "coded.onnx")
    model = OnnxModel.open(path)
    assert model.manifest.codes == laid_out([10], 2)
    z = latents([1], model.z_dim)
    same = z.copy()
    same[0, z[0, :10].argmax()] += 1.0  # still the largest: the same value of the code
    assert np.array_equal(model.generate(z), model.generate(same))
    value = (int(z[0, :10].argmax()) + 1) % 10
    assert not np.allclose(model.generate(z), model.generate(with_value(z, model.manifest.codes[0], value)))


def test_at_28_pixels_the_layers_are_those_of_the_paper() -> None:
    """Chen et al. 2016, table 1: 74 -> 1024 -> 7x7x128 -> 64 -> 1, and 64, 128, 1024 with a head through 128."""
    found, shape = architectures.find("infogan"), DataShape(1, (28, 28))
    generator, critic = found.generator(found.options(), shape), found.critic(found.options(), shape)
    kinds = nn.Linear | nn.Conv2d | nn.ConvTranspose2d
    layers = [[tuple(m.weight.shape) for m in net.modules() if isinstance(m, kinds)] for net in (generator, critic)]
    assert layers[0] == [(1024, 74), (6272, 1024), (128, 64, 4, 4), (64, 1, 4, 4)]
    assert layers[1] == [(64, 1, 4, 4), (128, 64, 4, 4), (1024, 6272), (1, 1024), (128, 1024), (12, 128)]
