"""What is wrong with a run that is not made yet."""

from __future__ import annotations

import pytest

from ganstudio.report.validation import batch_fault, device_fault, length_fault


def test_a_batch_is_at_most_the_images_in_whole_micro_batches() -> None:
    assert batch_fault(40, None, 40, "photos") == ""
    assert batch_fault(64, None, 40, "photos") == "at most the 40 images of photos; got 64. Nearest: 40."
    assert batch_fault(64, 16, 40, "photos").endswith("Nearest: 32.")
    assert batch_fault(64, 64, 40, "photos").endswith("Nearest: 40.")


def test_a_fork_is_longer_than_what_its_parent_has_trained() -> None:
    assert length_fault(60.1, 60_000, "old@60") == ""
    assert length_fault(60, 60_000, "old@60") == "old@60 has trained 60 kimg; a fork needs more in all, got 60."


@pytest.mark.parametrize("device", ["auto", "cpu", "mps", "cuda", "cuda:3"])
def test_a_device_that_may_be_is_no_fault(device: str) -> None:
    assert device_fault(device) == ""


def test_a_device_that_cannot_be_has_a_nearest() -> None:
    assert device_fault("cud") == "no such device. Did you mean 'cuda'?"
    assert device_fault("cuda:x")
