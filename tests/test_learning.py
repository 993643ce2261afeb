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
from ganstudio.recipe.load import preset_names
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


def test_perceptrons_halve_their_distance_to_the_digits(workspace: Workspace) -> None:
    _, scores = trained(
        *(workspace, "gan", "--kimg", "40", "--set", "evaluation.every_kimg=5", "--set", "evaluation.n=1000")
    )
    assert {score["score"] for score in scores} == {"FD[lenet]-1k"}
    assert scores[-1]["value"] < 0.5 * scores[0]["value"]


@pytest.mark.slow
@pytest.mark.parametrize("preset", sorted(set(preset_names(Workspace.locate())) - {"gan"}))
def test_every_preset_learns_from_its_first_images(preset: str, workspace: Workspace) -> None:
    settings = {
        "architecture.channels": 16,
        "evaluation.every_kimg": 2,
        "evaluation.n": 1000,
        # the published rate of clipped weights takes a hundred times as many images to show
        **({"generator_optimizer.lr": 5e-4, "discriminator_optimizer.lr": 5e-4} if preset == "wgan" else {}),
    }
    changes = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    kimg = "100" if preset.startswith("wgan") else "30"  # five updates of the critic to one of the generator
    _, scores = trained(workspace, preset, "--kimg", kimg, *changes)
    assert scores[-1]["value"] < 0.6 * scores[0]["value"]


@pytest.mark.slow
def test_a_classifier_reads_the_digit_that_was_asked_for(workspace: Workspace) -> None:
    """At least 90 % after eight minutes on two cores; the export draws, so labels have gone the whole way."""
    run, _ = trained(workspace, "cgan", "--minutes", "8")
    model = OnnxModel.open(studio("export", "onnx", run.name).strip())
    asked = np.arange(1000) % 10
    images = model.generate(latents(range(1000), model.z_dim), asked)
    quantized = to_pixels(images).transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
    with torch.inference_mode():
        read = lenet.load()(torch.from_numpy(quantized)).argmax(1).numpy()
    assert (read == asked).mean() >= 0.9
