"""The figures of two folders of pictures equal torch-fidelity's own, and FID pytorch-fid's formula."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import torch

from ganstudio.data import pack
from ganstudio.engine.evaluation import metrics
from ganstudio.engine.evaluation.evaluate import Compared, Request, evaluate
from ganstudio.engine.evaluation.inception import Inception
from ganstudio.engine.evaluation.sources import Stored
from tests.engine.evaluation.conftest import real_weights, scenes, write_pictures

COUNT = 40
CPU = torch.device("cpu")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of pictures; the first are darker, so that the two differ."""
    dark = (scenes(COUNT, 1) * 0.7).astype(np.uint8)
    return write_pictures(tmp_path / "fake", dark), write_pictures(tmp_path / "real", scenes(COUNT, 2))


def theirs(fake: Path, real: Path, file: Path) -> dict[str, float]:
    from torch_fidelity import calculate_metrics

    return calculate_metrics(
        *(), input1=str(fake), input2=str(real), feature_extractor_weights_path=str(file), cuda=False, batch_size=20,
        isc=True, fid=True, kid=True, prc=True, kid_subset_size=COUNT, cache=False, verbose=False, save_cpu_ram=True,
        feature_extractor="inception-v3-compat",
    )  # fmt: skip


def ours(fake: Path, real: Path) -> dict[str, Any]:
    packed = [pack.add(path, size=32) for path in (fake, real)]
    return evaluate(Request("data", packed[0].path, packed[1].path, 32, 10_000, "inception", device="cpu"))


def agree(answer: dict[str, Any], expected: dict[str, float]) -> None:
    names = {
        "FID-40": "frechet_inception_distance",
        "KID-40": "kernel_inception_distance_mean",
        "IS-40": "inception_score_mean",
        "precision[inception]-40": "precision",
        "recall[inception]-40": "recall",
    }
    assert set(names) < set(answer["metrics"])
    for name, key in names.items():
        assert answer["metrics"][name] == pytest.approx(expected[key], rel=1e-3), name
    assert answer["sd"]["IS-40"] == pytest.approx(expected["inception_score_std"], rel=1e-3)


@pytest.mark.slow
def test_the_same_folders_give_torch_fidelity_s_figures(
    folders: tuple[Path, Path], inception: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "KID_SUBSET", COUNT)
    monkeypatch.setitem(metrics.LEAST, "kid", COUNT)
    agree(ours(*folders), theirs(*folders, inception))


@pytest.mark.slow
def test_and_so_does_the_real_network(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from ganstudio import weights

    real = real_weights("inception")
    weights.import_file("inception", real)
    monkeypatch.setattr(metrics, "KID_SUBSET", COUNT)
    monkeypatch.setitem(metrics.LEAST, "kid", COUNT)
    agree(ours(*folders), theirs(*folders, real))


def pytorch_fid(fake: np.ndarray, real: np.ndarray) -> float:
    """|mu1 - mu2|^2 + Tr(S1 + S2 - 2 sqrtm(S1 S2)), as pytorch-fid computes it, with scipy's root of the product."""
    (mu1, mu2), (s1, s2) = (
        [side.mean(0) for side in (fake, real)],
        [np.cov(side, rowvar=False) for side in (fake, real)],
    )
    root = scipy.linalg.sqrtm(s1 @ s2)
    return float(((mu1 - mu2) ** 2).sum() + np.trace(s1 + s2 - 2 * np.real(root)))


def test_fid_is_pytorch_fid_s_formula_on_the_same_features() -> None:
    # Fewer features than images: scipy's root of the product is exact there. Correlated and skewed, as a network's.
    draw = np.random.default_rng(0)
    sides = [np.exp(draw.normal(shift, 1, (COUNT, 24)) @ draw.normal(0, 0.3, (24, 24))) for shift in (0, 0.2)]

    class Two:
        fake, real, logits = *(torch.from_numpy(side).float() for side in sides), None

    found = metrics.fid(Two())["fid"].value
    assert found == pytest.approx(pytorch_fid(Two.fake.double().numpy(), Two.real.double().numpy()), rel=1e-6)


@pytest.mark.slow
def test_onnxruntime_gives_the_features_that_torch_gives(untrained: Path) -> None:
    pixels = torch.from_numpy(scenes(4, 0)).movedim(-1, 1)
    with torch.inference_mode():
        slow, fast = (Inception(untrained, CPU, by_onnxruntime=way).features(pixels) for way in (False, True))
    torch.testing.assert_close(fast, slow, rtol=1e-4, atol=1e-4)


def test_samples_are_seen_alike_however_they_are_batched(tmp_path: Path) -> None:
    data = pack.add(write_pictures(tmp_path / "p", scenes(20, 3)), size=32)
    source = Stored(data, 32)
    whole = torch.cat(list(source.pixels(20)))
    np.testing.assert_array_equal(whole.movedim(1, -1).numpy(), scenes(20, 3))
    assert Compared(source, data, None, 20).n == 20  # type: ignore[arg-type]
