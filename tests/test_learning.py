"""Trainings that learn something real: on MNIST, judged by a classifier that they never saw."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganstudio.engine.evaluation import lenet
from ganstudio.inference import OnnxModel
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels
from ganstudio.runs import events
from ganstudio.workspace import Workspace


def studio(*arguments: str) -> str:
    """stdout of a command; it must succeed."""
    command = [sys.executable, "-m", "ganstudio", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def trained(workspace: Workspace, *arguments: str) -> tuple[Path, list[dict[str, Any]]]:
    """The folder of a run on MNIST and the scores it told."""
    run = json.loads(studio("train", *arguments, "--data", "mnist", "--json"))
    told = events.read_events(Path(run["path"]) / events.NAME)[0]
    return Path(run["path"]), [event for event in told if event["event"] == "evaluated"]


def flags(settings: dict[str, object]) -> list[str]:
    return [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]


def learnt(workspace: Workspace, preset: str, kimg: int, **changes: object) -> float:
    """The last distance as a share of the first, which is told after 2 kimg or fewer."""
    small = {"architecture.channels": 16} if preset != "gan" else {}
    settings = {**small, "evaluation.every_kimg": 2, "evaluation.n": 1000, **changes}
    _, scores = trained(workspace, preset, "--kimg", str(kimg), *flags(settings))
    assert {score["score"] for score in scores} == {"FD[lenet]-1k"}
    return scores[-1]["value"] / scores[0]["value"]


def test_dcgan_learns_from_its_first_images(workspace: Workspace) -> None:
    assert learnt(workspace, "dcgan", 10, **{"evaluation.every_kimg": 5}) < 0.7


# The published rates of these take far more images to show anything than a test can spend.
RATES = {"gan": 1e-3, "sngan": 1e-3, "wgan": 1e-3, "wgan-gp": 2e-3}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "kimg"), [("gan", 50), ("cgan", 20), ("lsgan", 40), ("sngan", 40), ("wgan", 30), ("wgan-gp", 40)]
)
def test_presets_learn(preset: str, kimg: int, workspace: Workspace) -> None:
    sides = ("generator", "discriminator") if preset in RATES else ()
    assert learnt(workspace, preset, kimg, **{f"{side}_optimizer.lr": RATES[preset] for side in sides}) < 0.75


@pytest.mark.slow
def test_a_classifier_reads_the_digit_that_was_asked_for(workspace: Workspace) -> None:
    """At least 90 % after 120,000 images; the export draws, so labels have gone the whole way."""
    quick = {"architecture.channels": 16, "generator_optimizer.lr": 1e-3, "discriminator_optimizer.lr": 1e-3}
    settings = {**quick, "evaluation.features": "none", "training.sample_kimg": 60}
    run, _ = trained(workspace, "cgan", "--kimg", "120", *flags(settings))
    model = OnnxModel.open(studio("export", "onnx", run.name).strip())
    asked = np.arange(1000) % 10
    images = model.generate(latents(range(1000), model.z_dim), asked)
    quantized = to_pixels(images).transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
    with torch.inference_mode():
        read = lenet.load()(torch.from_numpy(quantized)).argmax(1).numpy()
    assert (read == asked).mean() >= 0.9
