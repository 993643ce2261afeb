"""Numbers between keyframes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import RecipeError
from ganstudio.inference.latent.directions import Direction
from ganstudio.inference.latent.film import Scene, draw_film, words_at
from ganstudio.inference.latent.film_plan import plan_film
from ganstudio.inference.latent.keyframe_file import EXAMPLE, KeyframeFile
from ganstudio.inference.latent.keyframes import EASINGS, Film, Key, Track
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.truncation import truncated
from ganstudio.inference.latents import latents, noise
from ganstudio.inference.pixels import to_pixels
from ganstudio.inference.walk import slerp
from tests.inference.generators import STYLE_Z, STYLES, write_generator

SLANT = Direction("slant", np.random.RandomState(1).randn(*STYLES).astype(np.float32))


def planned(text: str, model: LatentModel, *directions: Direction, folder: Path = Path()) -> Film:
    import tomllib

    return plan_film(KeyframeFile.of(folder / "film.toml", tomllib.loads(text)), model, directions)


def problems(text: str, model: LatentModel, *directions: Direction) -> list[str]:
    with pytest.raises(RecipeError) as refused:
        planned(text, model, *directions)
    return [line.removeprefix("film.toml: ") for line in refused.value.problems]


def keyframes(*lines: str, head: str = "fps = 4") -> str:
    return "\n".join([head, *(f"[[keyframe]]\n{line}" for line in lines)])


def test_easings_go_from_0_to_1_and_never_back() -> None:
    shares = np.linspace(0, 1, 101)
    for ease in EASINGS.values():
        ways = [ease(share) for share in shares]
        assert (ways[0], ways[-1]) == (0, 1)
        assert (np.diff(ways) > 0).all()
    assert [EASINGS[name](0.5) for name in ("linear", "ease-in", "ease-out", "smooth")] == [0.5, 0.25, 0.75, 0.5]
    assert EASINGS["smooth"](0.25) == 0.15625


def test_a_track_meets_its_keys_and_holds_its_last() -> None:
    track = Track((Key(0, 1.0, "linear"), Key(2, 3.0, "linear"), Key(3, -1.0)))
    assert [track.number(time) for time in (0, 0.5, 2, 2.5, 3, 9)] == [1, 1.5, 3, 1, -1, -1]


def test_a_loop_closes_from_its_last_key_to_its_first() -> None:
    track = Track((Key(0, 1.0, "linear"), Key(3, 4.0, "linear")), period=4)
    assert [track.number(time) for time in (3, 3.5, 4)] == [4, 2.5, 1]
    alone = Track((Key(0, 1.0),), period=4)
    assert alone.number(3.9) == 1


def test_what_has_no_between_changes_half_way() -> None:
    track = Track((Key(0, 3), Key(2, 7)))
    assert [track.nearer(time) for time in (0, 0.9, 1.1, 2)] == [3, 3, 7, 7]


def test_an_open_film_ends_at_its_end_and_a_loop_one_frame_before(plain: LatentModel) -> None:
    both = keyframes("t = 0\nseed = 1", "t = 1\nseed = 2", head="fps = 4\nseconds = 2\nloop = LOOP")
    film, loop = (planned(both.replace("LOOP", word), plain) for word in ("false", "true"))
    assert (len(film), film.time(0), film.time(8)) == (9, 0, 2)
    assert (len(loop), loop.time(7)) == (8, 1.75)
    steps = np.abs(np.diff(Scene(plain, loop, {}).latents([loop.time(n % 8) for n in range(9)]), axis=0)).max((1, 2))
    assert steps[-1] <= steps.max()


def test_frames_at_keys_are_what_the_model_draws_of_them(plain: LatentModel) -> None:
    film = planned(keyframes("t = 0\nseed = 1", "t = 1\nseed = 2"), plain)
    drawn = np.stack(list(draw_film(plain, film, {})))
    wanted = to_pixels(plain.whole.generate(latents([1, 2], 100)))
    assert len(drawn) == 5
    np.testing.assert_allclose(drawn[[0, 4]].astype(int), wanted.astype(int), atol=1)


def test_in_z_latents_go_along_the_sphere_and_directions_are_added(plain: LatentModel) -> None:
    up = Direction("up", np.eye(1, 100, dtype=np.float32))
    text = keyframes("t = 0\nseed = 1\nease = 'linear'", "t = 1\nseed = 2\ndirections = {up = 2}")
    film = planned(text, plain, up)
    half = Scene(plain, film, {"up": up.vector}).latents([0.5])
    a, b = latents([1, 2], 100).astype(np.float64)
    wanted = slerp(a[None], b[None], np.array([[0.5]])) + np.eye(1, 100)
    np.testing.assert_allclose(half[0], wanted, atol=1e-6)
    assert words_at(film, 0.5, (), False)["Directions"] == "up=+1"
    assert words_at(film, 0.5, (), False)["Latent"] == "slerp(1, 2, 0.5)"


def test_in_w_latents_go_straight_truncated_and_moved_in_their_layers(styled: LatentModel) -> None:
    text = keyframes(
        "t = 0\nseed = 1\npsi = 0.5\ncutoff = 2\nease = 'linear'\ndirections = {slant = 1}",
        "t = 1\nseed = 2\ndirections = {slant = 3}",
        head="layers = '1-2'",
    )
    half = Scene(styled, planned(text, styled, SLANT), {"slant": SLANT.vector}).latents([0.5])[0]
    wanted = truncated(styled.latents(latents([1, 2], STYLE_Z)).mean(0)[None], styled.mean[None], 0.5, 2)[0]
    wanted[1:3] += 2 * SLANT.vector[1:3]
    np.testing.assert_allclose(half, wanted, atol=1e-5)


def test_a_cutoff_between_two_layers_reaches_one_in_part(styled: LatentModel) -> None:
    text = keyframes("t = 0\nseed = 1\npsi = 0\ncutoff = 1", "t = 1\ncutoff = 2")
    ws = styled.latents(latents([1], STYLE_Z))[0]
    half = Scene(styled, planned(text, styled), {}).latents([0.5])[0]
    np.testing.assert_allclose(half[0], styled.mean[0], atol=1e-6)
    np.testing.assert_allclose(half[1], (styled.mean[1] + ws[1]) / 2, atol=1e-6)
    np.testing.assert_allclose(half[2:], ws[2:], atol=1e-6)


def test_noise_turns_from_seed_to_seed_and_stays_normal(styled: LatentModel) -> None:
    text = keyframes("t = 0\nseed = 1\nnoise_seed = 3", "t = 1\nnoise_seed = 4\nnoise = 0", head="ease = 'linear'")
    film = planned(text, styled)
    first, half = (Scene(styled, film, {}).noise([time])["noise_1"][0] for time in (0.0, 0.5))  # type: ignore[index]
    three, four = noise([3, 4], 1, [1, 8, 8])
    np.testing.assert_array_equal(first, three)
    np.testing.assert_allclose(half, 0.5 * (three + four) / 2**0.5, atol=1e-6)


def test_a_class_changes_half_way_where_there_are_no_styles(tmp_path: Path) -> None:
    model = LatentModel.open(write_generator(tmp_path / "cgan.onnx", classes=("a", "b", "7")), "cpu")
    film = planned(keyframes("t = 0\nseed = 4\nclass = 'a'", "t = 1\nclass = 7"), model)
    assert Scene(model, film, {}).labels([0, 0.4, 0.6, 1]) == [0, 0, 2, 2]
    own = planned(keyframes("t = 0\nseed = 4", "t = 1\nseed = 5"), model)
    assert Scene(model, own, {}).labels([0, 1]) == [1, 1]


def test_a_saved_latent_brings_its_class_psi_and_noise_to_the_first_keyframe(tmp_path: Path) -> None:
    model = LatentModel.open(write_generator(tmp_path / "m.onnx", classes=("a", "b"), psi=True, noise=True), "cpu")
    z = latents([8, 9], 100)
    np.savez(tmp_path / "two.npz", z=z, labels=np.array([0, 1]), psi=0.5, seeds=np.array([8, 9]))
    film = planned(keyframes("t = 0\nlatent = 'two.npz'\nindex = 1", "t = 1\nseed = 3"), model, folder=tmp_path)
    assert (film.psi.number(0), film.noise_seed.nearer(0), film.names) == (0.5, 9, ("two.npz[1]", "3"))
    first = next(draw_film(model, film, {}))
    wanted = to_pixels(model.whole.generate(z[1:], [1], psi=0.5, seeds=[9]))[0]
    np.testing.assert_allclose(first.astype(int), wanted.astype(int), atol=1)


def test_the_example_is_a_loop_of_any_model(plain: LatentModel, styled: LatentModel) -> None:
    for model in (plain, styled):
        film = planned(EXAMPLE, model)
        assert (len(film), film.loop, film.names) == (150, True, ("1", "5", "9"))


def test_all_problems_are_told_at_once(plain: LatentModel) -> None:
    text = keyframes(
        "t = 0.5\nseeed = 1",
        "t = 2\nseed = -1\nlatent = 'none.npz'\nease = 'smoth'\ndirections = {slnt = 1, up = 'a'}",
        "t = 1\npsi = 'high'\nclass = 3\ncutoff = 2\nnoise = 1\nindex = 1",
        "seed = true",
        head="loop = true\nfps = 900\nmodle = 'x'\ncentres = 4\nlayers = 'coarse'",
    )
    up = Direction("slant", np.zeros((1, 100), np.float32))
    found = problems(text, plain, up)
    for told in (
        "modle is no key. Did you mean 'model'?",
        "fps: from 1 to 120; got 900.",
        "seconds is missing: the length of the loop, above 2, the last keyframe's time.",
        "centres: dcgan has no styles.",
        "layers coarse: dcgan has no layers to choose from: only generators with styles have.",
        "keyframe 1: seeed is no key. Did you mean 'seed'?",
        "keyframe 1: t: the first is at 0; got 0.5.",
        "keyframe 1: seed or latent is missing: the first says where the film begins.",
        "keyframe 2: seed: from 0 to 4294967295; got -1.",
        "keyframe 2: seed, latent: give one of the two.",
        "keyframe 2: ease: 'smoth' is none. Did you mean 'smooth'?",
        "keyframe 2: directions.slnt: dcgan has none of that name. Did you mean 'slant'?",
        "keyframe 2: directions.up: a number is wanted; got 'a'.",
        "keyframe 3: t: times go up; 1 comes after 2.",
        "keyframe 3: psi: a number is wanted; got 'high'.",
        "keyframe 3: class: '3' was given, but the model is not conditional.",
        "keyframe 3: cutoff: dcgan has no styles.",
        "keyframe 3: noise: dcgan takes no noise.",
        "keyframe 3: index: is a place in the file of a latent, which is missing.",
        "keyframe 4: t is missing, its time in seconds.",
        "keyframe 4: seed: a whole number is wanted; got True.",
    ):
        assert told in found
    assert any(line.startswith("keyframe 2: latent: none.npz cannot be read") for line in found)
    assert len(found) == 22


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "keyframe: a film needs two tables [[keyframe]] or more; got 0."),
        ("keyframe = 3", "keyframe: [[keyframe]] is wanted; got 3."),
        ("keyframe = [1, 2]", "keyframe 1: a table is wanted; got 1."),
        (keyframes("t = 0\nseed = 1", "t = 3", head="seconds = 2"), "seconds: at least 3, the last keyframe's time"),
        (keyframes("t = 0\nseed = 1", "t = nan"), "keyframe 2: t: a number is wanted; got nan."),
        (keyframes("t = 0\nseed = 1", "t = 30000"), "seconds, fps: 120,001 frames are too many; 100,000 are the most."),
        (keyframes("t = 0\nseed = 1\npsi = 0.5", "t = 1"), "keyframe 1: psi: dcgan has no truncation."),
    ],
)
def test_what_cannot_be_is_told_by_its_place(plain: LatentModel, text: str, told: str) -> None:
    assert any(line.startswith(told) for line in problems(text, plain))
