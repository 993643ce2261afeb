"""What a dry run says of a recipe that it passes: parts of a batch, and what is held out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from torch import nn

from ganstudio.engine import preflight
from ganstudio.engine.distributed import World
from ganstudio.errors import RecipeError
from tests.engine.checked_sessions import dcgan, witness


def test_a_dry_run_says_what_sees_a_part_of_a_batch_at_a_time(tmp_path: Path) -> None:
    (note,) = preflight.notes(dcgan(tmp_path, "training.micro_batch=4"))
    assert note == "with micro-batches the update differs from a whole batch's: batch norm sees a part at a time"
    (note,) = preflight.notes(witness("class_head", tmp_path, "training.micro_batch=2", world=World(0, 2)))
    assert note.startswith("with micro-batches and 2 processes the update differs")
    assert "feature matching" in note


@pytest.mark.parametrize("micro", ["none", "8"])
def test_a_whole_batch_in_one_process_needs_no_note(micro: str, tmp_path: Path) -> None:
    assert preflight.notes(dcgan(tmp_path, f"training.micro_batch={micro}")) == []


@pytest.mark.parametrize(
    ("share", "note"),
    [
        ("0.02", "holds out 1 of 40 images: fewer than 16 cannot tell whether the critic learns its images by heart; "),
        ("0.01", "holds out none of 40 images: fewer than 16 cannot tell"),
    ],
)
def test_a_small_data_set_is_told_what_its_held_out_images_cannot_show(share: str, note: str, tmp_path: Path) -> None:
    (found,) = preflight.notes(dcgan(tmp_path, f"data.held_out={share}"))
    assert found.startswith(f"data.held_out={share} {note}")
    assert found.endswith("data.held_out=0.4 holds out enough")
    assert preflight.notes(dcgan(tmp_path, "data.held_out=0.4")) == []


def test_a_share_that_leaves_nothing_to_train_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"data.held_out: 1 of 40 images leaves none to train on. Nearest: 0.9\."):
        dcgan(tmp_path, "data.held_out=1")


def test_losses_of_single_samples_need_no_note(tmp_path: Path) -> None:
    assert preflight.notes(witness("relativistic_pair", tmp_path, "training.micro_batch=2")) == []


@pytest.mark.parametrize("size", [1, 2])
def test_a_mean_over_a_part_of_the_batch_is_told(size: int, tmp_path: Path) -> None:
    settings = ["objective.kind=relativistic_average", *(["training.micro_batch=2"] if size == 1 else [])]
    toy = witness("relativistic_pair", tmp_path, *settings, world=World(0, size))
    parts = "micro-batches" if size == 1 else "2 processes"
    told = "the update differs from a whole batch's: relativistic average compares with the mean of a part"
    assert preflight.notes(toy) == [f"with {parts} {told}"]


def test_an_old_spectral_norm_is_found_too(tmp_path: Path) -> None:
    toy = dcgan(tmp_path, "training.micro_batch=4", critic_norm="none")
    nn.utils.spectral_norm(toy.nets.critics["critic"].net[0])
    assert "spectral norm iterates at every call" in preflight.whole_batch_terms(toy)


@pytest.mark.parametrize("option", [{"critic_norm": "spectral"}, {"dropout": 0.5}], ids=lambda o: next(iter(o)))
def test_spectral_norm_and_dropout_are_named_too(option: dict[str, Any], tmp_path: Path) -> None:
    terms = " ".join(preflight.whole_batch_terms(dcgan(tmp_path, "training.micro_batch=4", **option)))
    assert "spectral norm" in terms or "dropout" in terms
