"""Encoders and exact projections of toy runs: what is in the file, what is proved, and that it finds what it should."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganstudio.engine.encoder import encoder as encoding
from ganstudio.engine.encoder.encoder import make_encoder
from ganstudio.engine.encoder.generators import Differentiable, Sampled, generator_of
from ganstudio.engine.encoder.losses import Likeness
from ganstudio.engine.encoder.training import Budget
from ganstudio.engine.projection.exact import project
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.encoder import Encoder
from ganstudio.inference.latents import latents
from ganstudio.inference.manifest import read_manifest
from ganstudio.inference.verify import verify
from tests.inference.generators import write_linear

BUDGET = Budget(minutes=5, kimg=0.128)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory,
    trained_once: Callable[[str], Path],
    exported_once: Callable[[str], tuple[Path, ...]],
) -> dict[str, tuple[Path, Path, Path]]:
    """Export, run and data of a toy with classes and of one with styles; what is put beside an export stays here."""
    found = {}
    for name in ("class_head", "staged_styles"):
        folder, run = tmp_path_factory.mktemp(name), trained_once(name)
        (file, *_) = [Path(shutil.copy(one, folder)) for one in exported_once(name)]
        found[name] = (file, run, next(path.parent for path in run.parent.glob("noise-*/manifest.json")))
    return found


@pytest.mark.parametrize("name", ["class_head", "staged_styles"])
def test_an_encoder_is_proved_by_the_export_s_own_and_goes_by_its_hash(
    made: dict[str, tuple[Path, Path, Path]], name: str
) -> None:
    file, run, data = made[name]
    answer = make_encoder(file, run, data, BUDGET, "cpu")
    manifest = read_manifest(file)
    assert manifest is not None
    encoder = Encoder.beside(file, manifest, "cpu")
    assert encoder is not None
    model = LatentModel.open(file, "cpu")
    images = np.zeros((3, *model.whole.image_shape), np.float32)
    assert encoder.latents(images).shape == (3, *model.shape)
    assert encoder.output == ("ws" if name == "staged_styles" else "z")
    proof: Any = encoder.about["proof"]
    assert (answer["proof"], answer["sha256"]) == (proof, manifest.sha256)
    assert proof["parity"]["max_abs"] < 1e-4
    assert proof["samples"]["n"] == 64
    assert 0 < proof["real"]["n"] <= 4
    assert proof["real"]["nearest"]["of"] == 2048
    assert encoder.about["trained"]["nimg"] == 128
    assert not Export.load(encoder.path).whole
    assert Export.load(file).companions()[-1] == encoder.path
    verify(Export.load(encoder.path))
    with pytest.raises(UsageError, match="stale"):
        Encoder.beside(file, replace(manifest, sha256="00" * 32), "cpu")


@pytest.mark.parametrize("name", ["class_head", "staged_styles"])
def test_what_is_trained_on_is_what_the_export_draws(made: dict[str, tuple[Path, Path, Path]], name: str) -> None:
    file, run, _ = made[name]
    model = LatentModel.open(file, "cpu")
    source = generator_of(file, run, model, CPU)
    assert isinstance(source, Differentiable)
    labels = [0, 2] if model.classes else None
    drawn = model.latents(latents([1, 2], 8), labels)
    expected = model.images(drawn, labels, seeds=[5, 5])
    given = None if labels is None else torch.tensor(labels)
    images = source.images(torch.from_numpy(np.ascontiguousarray(drawn)), given, source.noise_of(5, 2))
    np.testing.assert_allclose(images.numpy(), expected, atol=1e-5)


def test_an_interrupt_leaves_the_encoder_that_was_there(
    made: dict[str, tuple[Path, Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, run, data = made["class_head"]
    path = file.with_name("class_head.encoder.onnx")
    path.write_bytes(b"as it was")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(encoding, "convert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_encoder(file, run, data, Budget(5, 0.032), "cpu")
    assert path.read_bytes() == b"as it was"
    assert not list(file.parent.glob(".*"))
    path.unlink()


def test_an_imported_generator_that_is_a_matrix_is_inverted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_linear(tmp_path / "linear.onnx")
    answer = make_encoder(file, None, None, Budget(5, 6.4), "cpu")
    assert isinstance(generator_of(file, None, LatentModel.open(file, "cpu"), CPU), Sampled)
    assert "Latents of samples alone." in capsys.readouterr().err
    assert answer["trained"] | {"seconds": 0} == {
        "nimg": 6_400,
        "seconds": 0,
        "run": None,
        "data": None,
        "real_by": None,
    }
    assert answer["proof"]["real"] is None
    samples = answer["proof"]["samples"]
    assert samples["mse"] < 0.25 / 8  # the variance of a pixel, which no answer at all would miss by, is 0.25
    assert samples["mse"] < samples["nearest"]["mse"] * 3


@pytest.mark.parametrize("name", ["class_head", "staged_styles"])
def test_gradients_find_what_was_drawn_and_tuning_leaves_a_file_that_draws_it(
    made: dict[str, tuple[Path, Path, Path]], name: str, tmp_path: Path
) -> None:
    file, run, _ = made[name]
    model = LatentModel.open(file, "cpu")
    labels = [1, 2] if model.classes else None
    meant = model.images(model.latents(latents([3, 4], 8), labels), labels, seeds=[0, 0])
    start = model.latents(latents([5, 6], 8), labels)
    before = np.square(model.images(start, labels, seeds=[0, 0]) - meant).mean()
    np.savez(tmp_path / "asked.npz", images=meant, latents=start, labels=np.array(labels or [], np.int64))
    tuned = file.with_name(f"{name}-tuned.onnx")
    content = file.read_bytes()
    where = (tmp_path / "asked.npz", tmp_path / "answer.npz", run)
    answer = project(file, *where, steps=40, seed=0, tuned=[tuned], device="cpu")
    with np.load(tmp_path / "answer.npz") as arrays_found:
        found = arrays_found["latents"]
    after = np.square(model.images(found, labels, seeds=[0, 0]) - meant).mean()
    assert after < 0.5 * before
    assert (answer["tuned"], file.read_bytes()) == ([str(tuned)], content)
    drawing = LatentModel.open(tuned, "cpu")
    assert (drawing.whole.manifest.run, drawing.whole.manifest.tuned) == (
        *(None, {"of": name, "sha256": model.whole.manifest.sha256}),
    )
    first = labels and labels[:1]
    near = [np.square(one.images(found[:1], first, seeds=[0]) - meant[:1]).mean() for one in (model, drawing)]
    assert near[1] <= near[0]
    verify(Export.load(tuned))


@pytest.mark.parametrize(
    ("channels", "said"),
    [(1, "pixels alone: the pictures are grey"), (4, "transparency"), (3, "ganstudio weights fetch lpips-vgg16")],
)
def test_what_takes_the_place_of_a_network_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: int, said: str
) -> None:
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path))
    likeness = Likeness((channels, 8, 8), CPU)
    assert said in likeness.says
    a, b = torch.zeros(2, channels, 8, 8), torch.full((2, channels, 8, 8), 0.5)
    assert likeness(a, b).item() == pytest.approx(0.25)
    assert likeness.of_each(a, b).tolist() == pytest.approx([0.25, 0.25])
