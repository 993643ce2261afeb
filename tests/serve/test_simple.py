"""POST /generate and /interpolate: what a seed, a style and a walk answer."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.cli.conftest import Program, ganstudio
from tests.cli.latent.conftest import with_directions
from tests.serve.conftest import Serve, pixels_of, problem

__all__ = ["ganstudio"]  # a fixture


def test_a_seed_has_the_bytes_that_sample_writes(
    serve: Serve, models: dict[str, Path], ganstudio: Program, tmp_path: Path
) -> None:
    out = tmp_path / "42.png"
    assert ganstudio("sample", "--model", str(models["digits"]), "--seed", "42", "--out", str(out)).code == 0
    answer = serve("digits").post("/generate", {"seed": 42}).json()
    assert base64.b64decode(answer["image"]) == out.read_bytes()
    assert (answer["seed"], answer["class"], answer["model"]) == (42, "2", "digits")


def test_several_pictures_are_of_seeds_counted_up(serve: Serve) -> None:
    server = serve("plain")

    async def ask(client):  # type: ignore[no-untyped-def]
        several = (await client.post("/generate", json={"seed": 5, "n": 2, "psi": 0.7})).json()
        return several, (await client.post("/generate", json={"seed": 6, "psi": 0.7})).json()

    several, one = server.ask(ask)
    assert len(several["images"]) == 2
    assert several["images"][1] == one["image"]


def test_a_seed_is_drawn_and_answered_where_none_is_given(serve: Serve) -> None:
    server = serve("digits")

    async def ask(client):  # type: ignore[no-untyped-def]
        drawn = (await client.post("/generate", json={"class": "3"})).json()
        return drawn, (await client.post("/generate", json={"class": "3", "seed": drawn["seed"]})).json()

    drawn, again = server.ask(ask)
    assert drawn == again


def test_a_random_style_is_one_of_those_listed_and_named(serve: Serve) -> None:
    server = serve("digits")

    async def ask(client):  # type: ignore[no-untyped-def]
        listed = (await client.get("/v1/models/digits")).json()["styles"]
        return listed, (await client.post("/generate", json={"style": "random"})).json()

    listed, answer = server.ask(ask)
    assert answer["style"] in listed[1:]
    assert answer["style"] == f"class:{answer['class']}"


def test_a_direction_and_a_centre_are_styles(serve: Serve, models: dict[str, Path]) -> None:
    with_directions(models["styled"], slant={})
    server = serve("styled")

    async def ask(client):  # type: ignore[no-untyped-def]
        bodies = [{}, {"style": "direction:slant"}, {"style": "centre:2"}]
        listed = (await client.get("/v1/models/styled")).json()["styles"]
        return listed, [(await client.post("/generate", json={"seed": 1} | body)).json() for body in bodies]

    listed, answers = server.ask(ask)
    assert listed == ["random", "direction:slant", "centre:1", "centre:2", "centre:3", "centre:4"]
    assert [one["style"] for one in answers] == [None, "direction:slant", "centre:2"]
    assert len({one["image"] for one in answers}) == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"style": "clas:3"}, "style: 'clas:3' is none of digits. Did you mean 'class:3'?"),
        ({"style": "class:3", "class": "4"}, "Give style or class"),
        ({"class": "x"}, "class: 'x' is no class of this model. Known: 0, 1"),
        ({"psi": 0.5}, "psi: digits has no truncation"),
        ({"sed": 4}, "sed: there is no such key. Did you mean 'seed'?"),
        ({"seed": 2**32}, "seed: input should be less than or equal to 4294967295; got 4294967296."),
        ({"seed": 2**32 - 1, "n": 2}, "n: from 1 to 1 seeds can be drawn from seed 4294967295 on."),
        ({"n": 65}, "n: 65 pictures are more than the 64 of a request"),
        ({"format": "gif"}, "format: input should be 'png', 'webp' or 'jpeg'; got 'gif'."),
    ],
)
def test_what_cannot_be_drawn_is_answered_with_the_nearest_that_can(serve: Serve, body: object, said: str) -> None:
    assert said in problem(serve("digits").post("/generate", body), 422)


def test_a_model_that_is_none_is_404_with_the_nearest(serve: Serve) -> None:
    assert "Did you mean 'digits'?" in problem(serve("digits").post("/generate", {"model": "digit"}), 404)


def test_a_walk_has_both_its_ends(serve: Serve) -> None:
    server = serve("digits")

    async def ask(client):  # type: ignore[no-untyped-def]
        walk = {"seed1": 1, "seed2": 2, "steps": 3, "class": "7"}
        ends = [(await client.post("/generate", json={"seed": seed, "class": "7"})).json()["image"] for seed in (1, 2)]
        return (await client.post("/interpolate", json=walk)).json(), ends

    answer, ends = server.ask(ask)
    images = [pixels_of(base64.b64decode(image)) for image in answer["images"]]
    assert len(images) == 3
    for at, end in ((0, ends[0]), (2, ends[1])):
        assert (images[at] == pixels_of(base64.b64decode(end))).all()
    assert answer["path"] == "slerp"


def test_a_walk_of_one_step_is_none(serve: Serve) -> None:
    answer = serve("digits").post("/interpolate", {"seed1": 1, "seed2": 2, "steps": 1})
    assert "steps: input should be greater than or equal to 2" in problem(answer, 422)


def test_a_size_enlarges_and_keeps_the_shape(serve: Serve) -> None:
    image = serve("digits").post("/generate", {"seed": 1, "size": 96}).json()["image"]
    assert pixels_of(base64.b64decode(image)).shape == (96, 96)
