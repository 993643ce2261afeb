from __future__ import annotations

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.latents import LARGEST_SEED, format_seeds, latents, noise, parse_seeds


def test_a_seed_gives_the_same_latent_in_any_batch() -> None:
    alone = np.random.RandomState(42).randn(100).astype(np.float32)
    assert latents([42], 100).dtype == np.float32
    np.testing.assert_array_equal(latents([42], 100)[0], alone)
    np.testing.assert_array_equal(latents([7, 3, 42, 42], 100)[2], alone)
    np.testing.assert_array_equal(latents(range(64), 100)[42], alone)


def test_the_largest_seed_has_a_latent() -> None:
    np.testing.assert_array_equal(
        latents([LARGEST_SEED], 4)[0], np.random.RandomState(2**32 - 1).randn(4).astype(np.float32)
    )


def test_noise_depends_on_the_seed_and_the_input_and_on_nothing_else() -> None:
    drawn = noise([5, 6], 0, (1, 4, 4))
    assert drawn.shape == (2, 1, 4, 4)
    np.testing.assert_array_equal(drawn[1], noise([6], 0, (1, 4, 4))[0])
    assert not np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(noise([5], 1, (1, 4, 4)), drawn[:1])
    assert not np.array_equal(drawn[0].ravel(), latents([5], 16)[0])


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("42", (42,)),
        ("0-3", (0, 1, 2, 3)),
        ("1,5,9", (1, 5, 9)),
        ("9, 0-2", (9, 0, 1, 2)),
        ("3-3", (3,)),
        ("007", (7,)),
        ("4294967295", (LARGEST_SEED,)),
    ],
)
def test_seeds_are_read_in_the_order_given(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", " ", "-1", "1-", "-", "1,,2", "1.5", "x", "0x10", "1-2-3", "1e3", "²"])
def test_what_is_no_seed_is_refused_with_the_three_ways_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match="Write 42, 0-63 or 1,5,9"):
        parse_seeds(text)


@pytest.mark.parametrize("text", ["4294967296", "1" * 5000, "0-4294967296"])
def test_a_seed_that_randomstate_cannot_take_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="seeds go from 0 to 4294967295"):
        parse_seeds(text)


def test_an_absurd_range_is_refused_before_it_is_made() -> None:
    with pytest.raises(UsageError, match="more than 100,000 seeds"):
        parse_seeds("0-4294967295")
    with pytest.raises(UsageError, match="more than 100,000 seeds"):
        parse_seeds("0-99999,100000")
    assert len(parse_seeds("0-99999")) == 100_000


def test_a_range_that_runs_backwards_is_told_how_it_was_meant() -> None:
    with pytest.raises(UsageError, match="Did you mean 3-9"):
        parse_seeds("9-3")


@pytest.mark.parametrize("text", ["42", "0-63", "1,5,9", "9,0-2,2", "4,3,2"])
def test_formatted_seeds_read_back_as_the_same_seeds(text: str) -> None:
    assert format_seeds(parse_seeds(text)) == text
