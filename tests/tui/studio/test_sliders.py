"""Rows of sliders, and what keys do to them: pure functions of the state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.codes import laid_out
from ganstudio.inference.explore import at_seed, with_code, with_fade, with_strength
from ganstudio.inference.exports import Export
from ganstudio.inference.latent.recording import NOTHING
from ganstudio.tui.studio.exploration import Abilities, Exploration, NamedDirection, command
from ganstudio.tui.studio.facts import about, facts
from ganstudio.tui.studio.keyframes import SPEEDS, frame_at, next_speed, parse_recording
from ganstudio.tui.studio.sliders import chosen, reset, slider_lines, sliders, stepped

NAMES = ("thick", "slant", "width")
ABLE = Abilities(tuple(NamedDirection(name, (-2.0, 1.0) if name == "thick" else None) for name in NAMES), layers=4)
CATEGORY, FIRST, _ = laid_out([4], 2)


@pytest.fixture(scope="module")
def coded(models: Path) -> Exploration:
    """A state with codes and directions."""
    return Exploration(Export.load(models / "coded.onnx"), "cpu", at_seed(0, 100), abilities=ABLE)


@pytest.fixture(scope="module")
def pets(models: Path) -> Exploration:
    return Exploration(Export.load(models / "pets.onnx"), "cpu", at_seed(0, 100, 0), abilities=ABLE)


def test_codes_come_first_then_the_way_to_a_class_then_directions(coded: Exploration, pets: Exploration) -> None:
    assert [row.name for row in sliders(coded)] == ["category_1", "number_1", "number_2", *NAMES]
    assert [row.name for row in sliders(replace(pets, fading=2))] == ["to 7", *NAMES]
    assert sliders(Exploration()) == ()
    assert chosen(Exploration()) is None


def test_each_kind_steps_by_its_own_measure_and_goes_back(coded: Exploration, pets: Exploration) -> None:
    point = coded.point
    assert point is not None
    for row, there in (
        (1, None),
        (3, with_strength(point, "thick", 0.4)),
    ):
        slider = sliders(coded)[row]
        moved = stepped(point, slider, 2)
        assert there is None or moved == there
        assert moved != point
        assert reset(moved, slider) == point
    fading = replace(pets, fading=2)
    assert pets.point is not None
    assert stepped(pets.point, sliders(fading)[0], 3) == with_fade(pets.point, 2, 0.3)
    half = replace(fading, point=with_fade(pets.point, 2, 0.9))
    assert half.point is not None
    full = stepped(half.point, sliders(half)[0], 3)
    assert full.fade == (2, 1.0)
    assert reset(full, sliders(half)[0]) == pets.point


def test_a_strength_beyond_its_reach_is_marked(pets: Exploration) -> None:
    assert pets.point is not None
    for strength, beyond in ((-2.0, False), (1.0, False), (1.2, True), (-2.2, True)):
        state = replace(pets, point=with_strength(pets.point, "thick", strength))
        assert sliders(state)[0].beyond is beyond
        assert (f"{strength:+.2f}!" in slider_lines(state, 40, 5).plain) is beyond
    far = replace(pets, point=with_strength(pets.point, "slant", 9))
    assert not sliders(far)[1].beyond  # how far it reaches was not measured


def test_lines_show_the_chosen_one_its_bar_and_the_arrows(pets: Exploration) -> None:
    assert pets.point is not None
    state = replace(pets, point=with_strength(pets.point, "slant", 3), row=1, names=("thick", "slant"))
    lines = slider_lines(state, 40, 5).plain.split("\n")
    assert lines[0].startswith("  thick +0.00")
    assert lines[1].startswith("▸ slant +3.00")
    assert (lines[0][-1], lines[1][-1], lines[2][-1]) == ("↔", "↕", " ")
    assert lines[1].count("━") > lines[0].count("━") == 0
    assert all(len(line) <= 40 for line in lines)
    assert slider_lines(state, 12, 5).plain.split("\n")[1] == "▸ slant +3.00 ↕"


def test_of_many_rows_those_about_the_chosen_one_are_shown(pets: Exploration) -> None:
    many = replace(pets, abilities=Abilities(tuple(NamedDirection(f"d{n}") for n in range(20))), row=10)
    names = [line[2:5].strip() for line in slider_lines(many, 30, 5).plain.split("\n")]
    assert names == ["d8", "d9", "d10", "d11", "d12"]
    assert slider_lines(replace(many, row=99), 30, 3).plain.split("\n")[-1].startswith("▸ d19")
    assert slider_lines(many, 30, 0).plain == ""


def test_arrows_are_switched_and_go_two_by_two_round(pets: Exploration) -> None:
    named = pets.with_arrows_switched()
    assert (pets.along, named.along) == (1, ("thick", "slant"))
    assert named.with_next_pair(1).names == ("width", "thick")
    assert named.with_next_pair(-1).names == ("slant", "width")
    assert named.with_arrows_switched() == pets
    assert pets.with_next_pair(1).pair == 2
    assert named.moved(0, 4).point == with_strength(at_seed(0, 100, 0), "thick", 0.8)
    assert named.moved(0, 4).moved(0, -4).without_last().without_last() == named


def test_a_direction_is_put_on_the_arrows_and_is_never_on_both(pets: Exploration) -> None:
    state = pets.with_name_on(1, "width")
    assert state.names == ("thick", "width")
    assert state.with_name_on(0, "width").names == ("width", "thick")
    alone = replace(pets, abilities=Abilities((NamedDirection("only"),)))
    assert alone.with_name_on(1, "only").names == ("only",)
    assert alone.with_arrows_switched().moved(1, 1).point == alone.point


def test_commands_draw_what_a_seed_says_and_no_more(pets: Exploration, coded: Exploration) -> None:
    export, point = pets.export, pets.point
    assert export is not None
    assert point is not None
    moved = with_strength(replace(point, psi=0.7, cutoff=2), "thick", 0.4)
    words = ["--seed", "0", "--class", "cat", "--direction", "thick=+0.4", "--psi", "0.7", "--cutoff", "2"]
    assert command(export, moved) == ["edit", "--model", export.reference, *words]
    assert command(export, replace(point, cutoff=2)) == command(export, point)  # it changes nothing
    assert command(export, replace(point, noise_seed=3)) is None
    assert command(export, with_fade(point, 1, 0.5)) is None
    assert command(export, replace(point, styles=((0, 1, point),))) is None
    assert coded.export is not None
    both = with_strength(with_code(at_seed(0, 100), CATEGORY, 1), "thick", 1)
    assert command(coded.export, both) is None  # edit has no --code


def test_words_tell_all_that_a_point_is_drawn_from(pets: Exploration) -> None:
    assert pets.point is not None
    point = with_strength(with_fade(replace(pets.point, psi=0.7, cutoff=2, noise_seed=8), 2, 0.3), "width", 1)
    state = replace(pets, point=replace(point, styles=((1, 3, at_seed(4, 100)),)), names=("thick", "slant"))
    told = facts(state)
    for words in ("class cat", "30% to 7", "ψ 0.70 below layer 2", "noise 8", "layers 1-2 of seed 4", "width +1"):
        assert words in told
    assert told[-1] == "thick +0 slant +0"
    assert "arrows: thick, slant" in about(state).plain


def test_a_film_is_played_at_five_speeds_and_again_from_its_beginning() -> None:
    assert next_speed(1, 1) == 2
    assert [next_speed(1, 9), next_speed(1, -9)] == [SPEEDS[-1], SPEEDS[0]]
    assert [frame_at(time, 26, 25) for time in (0, 0.5, 1.02, 1.04)] == [0, 12, 25, 0]


def test_a_film_is_set_by_times_loop_pace_and_easing() -> None:
    film = NOTHING
    for seed in range(3):
        film = film.with_point(at_seed(seed, 4))
    typed = {"times": "0, 0.5 2", "loop": "", "fps": "10", "ease": "linear"}
    changed = parse_recording(film, typed)
    assert (changed.times, changed.seconds, changed.fps, changed.ease) == ((0, 0.5, 2), None, 10, "linear")
    assert parse_recording(film, typed | {"times": "0 1"}).points == film.points[:2]
    assert parse_recording(film, typed | {"loop": "3"}).seconds == 3
    for wrong, told in (
        ({"times": "0 1 2 3"}, "there are 3; got 4"),
        ({"times": ""}, "got 0"),
        ({"times": "1 2 3"}, "the first is 0"),
        ({"times": "0 2 1"}, "they go up"),
        ({"times": "0 a"}, "'a' is no number"),
        ({"loop": "2"}, "above 2"),
        ({"fps": "0"}, "from 1 to 120"),
        ({"ease": "jumpy"}, "one of linear"),
    ):
        with pytest.raises(UsageError, match=told):
            parse_recording(film, typed | wrong)
