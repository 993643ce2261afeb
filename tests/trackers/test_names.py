"""The names of curves, ours and those of trackers."""

from __future__ import annotations

import pytest

from ganstudio.trackers.names import name_of, score_direction, tag_of

OURS = (
    "losses.g",
    "losses.d",
    "losses.cycle",
    "d_real",
    "p_fake",
    "lr.g",
    "grad_norms.d",
    "penalties.r1",
    "probe.drift",
)
MORE = (
    "img_per_s",
    "numbers.generator_optimizer.lr",
    "scores.FD[lenet]-5k",
    "scores.KID-10k",
    "scores.PSNR-48",
    "d_auc",
)


@pytest.mark.parametrize("name", [*OURS, *MORE])
def test_a_name_survives_there_and_back(name: str) -> None:
    assert name_of(tag_of(name)) == name


@pytest.mark.parametrize(("name", "tag"), [("losses.g", "Loss/Generator"), ("losses.d", "Loss/Discriminator")])
def test_losses_have_the_tags_that_are_usual(name: str, tag: str) -> None:
    assert tag_of(name) == tag


def test_only_fid_is_called_fid() -> None:
    assert tag_of("scores.FID-50k") == "Metrics/FID"
    assert tag_of("scores.FD[lenet]-5k") == "Metrics/FD[lenet]-5k"
    assert tag_of("scores.FD[efficientnet]-FID-5k") != "Metrics/FID"


@pytest.mark.parametrize("tag", ["G_loss", "loss/g", "errG", "Loss/G/loss", "generator_loss", "train/g_loss"])
def test_tags_of_others_are_known(tag: str) -> None:
    assert name_of(tag) == "losses.g"


@pytest.mark.parametrize(
    ("tag", "better"),
    [
        ("Metrics/fid50k_full", "lower"),
        ("FID", "lower"),
        ("eval/precision", "higher"),
        ("Metrics/FD[lenet]-5k", "lower"),
        ("Progress/tick", None),
        ("issues", None),
    ],
)
def test_which_way_a_score_is_better(tag: str, better: str | None) -> None:
    assert score_direction(tag) == better
