"""Averages put together after a training: against one that was kept, and in an exported file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine import architectures
from ganstudio.engine.averages.exponential import averaged_copy
from ganstudio.engine.averages.power_function import PowerAverages
from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export.compare_with_run import against
from ganstudio.engine.export.ema_after_training import measure_batch_norms, measure_on_pictures, plan, put_together
from ganstudio.engine.export.onnx import export, restored
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.step import iterate
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import latents
from ganstudio.recipe.load import dump
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import RunRecord, load_record
from tests.engine import toys
from tests.engine.conftest import WITNESSES, Runs
from tests.engine.workers import work

STD = 0.075
SETTINGS = ("training.ema_stds=[0.05, 0.1]", "generator_optimizer.lr=2e-3", "discriminator_optimizer.lr=2e-3")


def record_of(recipe: Recipe) -> RunRecord:
    return RunRecord("toy", "toy", "toy", dump(recipe), 0, "cpu", 1, None, {}, None, None, "", {})


def distance(first: list[Tensor], second: list[Tensor]) -> float:
    a, b = (torch.cat([tensor.flatten() for tensor in tensors]) for tensors in (first, second))
    return (torch.linalg.norm(a - b) / torch.linalg.norm(b)).item()


def test_weights_are_those_of_an_average_that_was_kept_after_thinning_and_a_resume(tmp_path: Path) -> None:
    session = toys.session(tmp_path / "data", toys.LINEAR, *SETTINGS)
    direct = PowerAverages((STD,), session.nets.generators)
    written = 0
    for step in range(1, 401):
        list(iterate(session))
        direct.update(session.nets.generators, session.progress.nimg)
        if step % 16 == 0:
            checkpoint.save(tmp_path, session.state_dict())
            written += 1
        if step == 200:
            checkpoint.save(tmp_path, session.state_dict())
            session = toys.session(tmp_path / "again", toys.LINEAR, *SETTINGS)
            session.load_state_dict(checkpoint.load_newest(tmp_path)[0])
    last = checkpoint.choose(tmp_path, "last")
    made = plan(tmp_path, record_of(session.recipe), last, STD)
    assert len(made.checkpoints) < written / 2
    assert made.error < 0.01
    state = checkpoint.load(last)
    put_together(state, made)
    kept = direct.weights[0]["generator"]
    ours = [state["nets"]["ema"]["generator"][key] for key in kept]
    assert distance(ours, list(kept.values())) < 0.01
    stored = [list(weights["generator"].values()) for weights in session.power_averages.weights]
    assert min(distance(one, list(kept.values())) for one in stored) > 10 * distance(ours, list(kept.values()))


def empty_checkpoints(run: Path, *nimgs: int) -> Path:
    (run / "checkpoints").mkdir(parents=True)
    for nimg in nimgs:
        (run / "checkpoints" / f"{nimg:010}.pt").touch()
    return checkpoint.choose(run, "last")


def toy_record(*settings: str) -> RunRecord:
    recipe = Recipe.model_validate({"architecture": {"id": "mlp"}, "training": {"kimg": 2.0}})
    stds = tuple(map(float, settings))
    return record_of(recipe.model_copy(update={"training": recipe.training.model_copy(update={"ema_stds": stds})}))


@pytest.mark.parametrize(
    ("stds", "std", "says", "proposed"),
    [
        (
            ("0.05", "0.1"),
            0.2,
            r"by 44\.9%; .* Legal: 0\.045 to 0\.057, 0\.089 to 0\.108\.",
            "[0.05, 0.1, 0.2]",
        ),
        ((), 0.075, "keep no averages", "[0.05, 0.075, 0.1]"),
    ],
)
def test_a_length_that_cannot_be_had_is_refused_with_those_that_can_and_what_keeps_it(
    tmp_path: Path, stds: tuple[str, ...], std: float, says: str, proposed: str
) -> None:
    last = empty_checkpoints(tmp_path / "run", 0, 1000, 2000)
    with pytest.raises(UsageError, match=says) as raised:
        plan(tmp_path / "run", toy_record(*stds), last, std)
    assert raised.value.hint == f"ganstudio runs fork run --set 'training.ema_stds={proposed}' --kimg 4"


def test_the_checkpoint_at_the_start_and_those_after_the_chosen_one_are_no_part(tmp_path: Path) -> None:
    empty_checkpoints(tmp_path, 0, 1000, 2000, 3000)
    made = plan(tmp_path, toy_record("0.05", "0.1"), checkpoint.choose(tmp_path, "2"), 0.1)
    assert made.as_json() == {"std": 0.1, "error": pytest.approx(0, abs=1e-6), "checkpoints": [1000, 2000], "fakes": 0}
    with pytest.raises(UsageError, match="at 0 kimg nothing was averaged"):
        plan(tmp_path, toy_record("0.05"), checkpoint.choose(tmp_path, "0"), 0.05)
    with pytest.raises(UsageError, match=r"no longer keeps the checkpoints at 1\.5 kimg"):
        plan(tmp_path, toy_record("0.05"), checkpoint.choose(tmp_path, "2"), 0.05, [1500, 2000])


def test_batch_norms_get_the_mean_of_their_batches_statistics_and_stay_in_eval_mode() -> None:
    net = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout()).eval()
    net[0].running_mean.fill_(7.0)
    spec = ExportSpec("", net, {"z": torch.zeros(2, 4)})
    assert measure_batch_norms(spec, 0, 100) == 2100
    batches = latents(range(10_000, 12_100), 4).reshape(21, 100, 4)
    np.testing.assert_allclose(net[0].running_mean, batches.mean((0, 1)), atol=1e-5)
    np.testing.assert_allclose(net[0].running_var, batches.var(1, ddof=1).mean(0), rtol=1e-5)
    assert not any(module.training for module in net.modules())
    assert net[0].momentum == 0.1


def test_nothing_is_measured_without_batch_norms() -> None:
    assert measure_batch_norms(ExportSpec("", nn.Linear(4, 4), {"z": torch.zeros(2, 4)}), 0, 8) == 0


class NormalizedShift(toys.Shift):
    def __init__(self, options: object, shape: object) -> None:
        super().__init__(options, shape)
        self.norm = nn.BatchNorm2d(1)

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(self.norm(images))


def test_batch_norms_of_translators_are_measured_on_the_pictures_that_each_was_trained_on(tmp_path: Path) -> None:
    toy = toys.session(tmp_path, replace(toys.SHIFTS, generator=NormalizedShift), "data.held_out=0")
    place = {"path": str(toy.data.path), "fingerprint": toy.data.manifest.fingerprint, "name": "noise"}
    record = replace(record_of(toy.recipe), data=place)
    assert measure_on_pictures(toy.task, toy.nets, toy.stage, record, toy.recipe) == 40
    pixels, labels = torch.from_numpy(toy.data.images().copy()).double() / 127.5 - 1, toy.data.labels()
    for name, domain in (("a_to_b", 0), ("b_to_a", 1)):
        norm = toy.nets.ema[name].norm
        assert norm.running_mean.item() == pytest.approx(pixels[labels == domain].mean().item(), abs=1e-6)
        assert not norm.training
    gone = replace(record, data={**place, "fingerprint": "another"})
    with pytest.raises(UsageError, match="noise, which toy was trained on, is not here as it was"):
        measure_on_pictures(toy.task, toy.nets, toy.stage, gone, toy.recipe)


def test_spectral_norms_are_those_of_the_weights_that_were_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    architecture = replace(toys.LINEAR, generator=toys.NormalizedGenerator)
    monkeypatch.setattr(architectures, "of_run", lambda *_: architecture)
    session = toys.session(tmp_path, architecture)
    record = replace(record_of(session.recipe), data={"resolution": 8, "channels": 1, "classes": []})
    state = {"nets": {"ema": {"generator": averaged_copy(session.nets.generators["generator"]).state_dict()}}}
    torch.nn.init.normal_(state["nets"]["ema"]["generator"]["dense.parametrizations.weight.original"])
    _, nets, _ = restored(record, session.recipe, tmp_path, state, mixed=True)
    assert torch.linalg.matrix_norm(nets.ema["generator"].dense.weight, 2).item() == pytest.approx(1, abs=1e-5)


def test_a_file_says_what_it_was_put_together_from_and_is_held_against_its_run(runs: Runs, tmp_path: Path) -> None:
    settings = ("training.ema_stds=[0.05, 0.1]", "training.checkpoint_kimg=0.016")
    run = runs.make("trained", next(w for w in WITNESSES if w.stem == "relativistic_pair"), *settings)
    assert work(run) == 0, (run / "log.txt").read_text()
    (file,) = export(run, "last", tmp_path / "averaged.onnx", ema_std=STD)
    told = Export.load(file).as_json()["ema"]
    assert told["std"] == STD
    assert 0 < told["error"] < 0.03
    assert told["checkpoints"] == [checkpoint.nimg_of(path) for path in checkpoint.all_checkpoints(run)][1:]
    assert against(run, file)["max_abs"] <= 1e-4
    checkpoint.all_checkpoints(run)[3].unlink()
    with pytest.raises(UsageError, match=r"no longer keeps the checkpoints at 0\.048 kimg"):
        against(run, file)
    assert load_record(run / "run.json").recipe["training"]["ema_stds"] == [0.05, 0.1]
