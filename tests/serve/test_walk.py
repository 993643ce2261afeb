"""POST /v1/interpolate through latents and along directions, POST /v1/edit with codes: what the commands draw."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from ganstudio.inference.codes import laid_out
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latents import latents
from tests.cli.conftest import Program, ganstudio
from tests.cli.latent.conftest import with_directions
from tests.inference.generators import write_generator
from tests.serve.conftest import Serve, Server, Settings, pixels_of, problem, true_hash

__all__ = ["ganstudio"]  # a fixture


def latent(space: str, values: Any, **more: Any) -> dict[str, Any]:
    return {"space": space, "values": base64.b64encode(np.asarray(values, "<f4").tobytes()).decode()} | more


def frames_of(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return [pixels_of(base64.b64decode(one["image"])) for one in answer.json()["pictures"]]


@pytest.mark.parametrize(("model", "array", "shape"), [("plain", "z", (100,)), ("styled", "ws", (4, 6))])
def test_latents_are_walked_through_as_interpolate_walks_through_a_file_s(
    serve: Serve, models: dict[str, Path], ganstudio: Program, tmp_path: Path, model: str, array: str, shape: Any
) -> None:
    values = np.random.RandomState(3).randn(3, *shape).astype(np.float32)
    np.savez(tmp_path / "found.npz", **{array: values})
    flags = ("--latent", str(tmp_path / "found.npz"), "--steps", "3", "--psi", "0.7", "--out", str(tmp_path / "frames"))
    ended = ganstudio("interpolate", "--model", str(models[model]), *flags)
    assert ended.code == 0, ended.err
    sent = [latent(array[0], one) for one in values]
    answer = serve(model).post("/v1/interpolate", {"latents": sent, "steps": 3, "psi": 0.7})
    wanted = [pixels_of(path.read_bytes()) for path in sorted((tmp_path / "frames").iterdir())]
    assert len(wanted) == 7
    for found, frame in zip(frames_of(answer), wanted, strict=True):
        assert (found == frame).all()
    assert {one["seed"] for one in answer.json()["pictures"]} == {None}


@pytest.mark.parametrize("model", ["styled", "linear"])
def test_the_ends_of_a_walk_along_a_direction_are_edits(serve: Serve, models: dict[str, Path], model: str) -> None:
    with_directions(models[model], slant={})
    server = serve(model)

    async def ask(client: httpx.AsyncClient) -> tuple[httpx.Response, list[httpx.Response]]:
        moves = {"directions": {"slant": 1.5}} | ({"layers": "0-1", "psi": 0.6} if model == "styled" else {})
        ends = [await client.post("/v1/edit", json={"seed": seed} | moves) for seed in (1, 2)]
        return await client.post("/v1/interpolate", json={"seeds": "1,2", "steps": 2} | moves), ends

    walk, ends = server.ask(ask)
    frames = frames_of(walk)
    assert (frames[0] == frames_of(ends[0])[0]).all()
    same = (frames[2] == frames_of(ends[1])[0]).all()
    assert same == (model == "linear")  # noise stays the first seed's all the way, and styled has some
    assert b"slant=+1.5" in base64.b64decode(walk.json()["pictures"][1]["image"])


@pytest.fixture
def coded(tmp_path: Path) -> Path:
    """A generator with a code of four values and one of a number, and a direction."""
    path = true_hash(write_generator(tmp_path / "coded.onnx", codes=laid_out([4], 1)))
    with_directions(path, slant={})
    return path


def test_codes_are_set_before_a_direction_moves(coded: Path) -> None:
    codes = {"category_1": 2, "number_1": -0.5}

    async def ask(client: httpx.AsyncClient) -> list[bytes]:
        bodies = [{"codes": codes, "directions": {}}, {"codes": codes, "directions": {"slant": 2}}]
        edits = [await client.post("/v1/edit", json={"seed": 3} | body, headers=PNG) for body in bodies]
        drawn = await client.post("/v1/generate", json={"seed": 3, "codes": codes}, headers=PNG)
        return [one.content for one in (drawn, *edits)]

    drawn, same, moved = Server([coded], Settings()).ask(ask)
    assert drawn == same
    assert b"Codes\x00category_1=2, number_1=-0.5" in moved
    assert (pixels_of(moved) != pixels_of(drawn)).any()


PNG = {"accept": "image/png"}


def test_a_code_that_is_none_is_refused_with_the_nearest(coded: Path) -> None:
    body = {"seed": 1, "directions": {"slant": 1}, "codes": {"category": 1}}
    assert "Did you mean 'category_1'?" in problem(Server([coded], Settings()).post("/v1/edit", body), 422)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "seeds: where does the walk lead? Give seeds, or latents: one of the two."),
        ({"seeds": "1,2", "latents": [latent("z", [0] * 100)] * 2}, "Give seeds, or latents"),
        ({"latents": [latent("w", np.zeros((4, 6)))]}, "latents: a walk needs two; got one."),
        (
            {"latents": [latent("w", np.zeros((4, 6))), latent("w", [1])]},
            "latents.1: styled takes 24 finite numbers; got 1.",
        ),
        ({"latents": [latent("z", [0] * 24)] * 2}, "latents.0: styled has latents in w; got one in z."),
        ({"latents": [latent("w", np.zeros((4, 6)))] * 2, "path": "slerp"}, "path: ws lie on no sphere"),
        ({"latents": [latent("w", np.zeros((4, 6)))] * 2, "class": "3"}, "class: ws are made of it already"),
        (
            {"latents": [latent("w", np.zeros((4, 6)))] * 3, "steps": 200},
            "steps: from 1 to 119 for 3 latents; got 200.",
        ),
        ({"seeds": "1,2", "directions": {"smile": 1}}, "direction smile: styled has none of that name"),
    ],
)
def test_walks_that_lead_nowhere_are_refused(
    serve: Serve, models: dict[str, Path], body: dict[str, Any], said: str
) -> None:
    with_directions(models["styled"], slant={})
    assert said in problem(serve("styled").post("/v1/interpolate", body), 422)


@pytest.mark.parametrize("model", ["linear", "styled"])
def test_a_number_among_latents_is_the_latent_of_that_seed(serve: Serve, models: dict[str, Path], model: str) -> None:
    opened = LatentModel.open(models[model])
    found = opened.latents(latents([5], opened.whole.z_dim))[0]
    other = latent(opened.space, opened.latents(latents([9], opened.whole.z_dim))[0])
    server = serve(model)

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        ways = ([5, other], [latent(opened.space, found), other])
        return [await client.post("/v1/interpolate", json={"latents": way, "steps": 2}) for way in ways]

    by_seed, by_latent = map(frames_of, server.ask(ask))
    assert len(by_seed) == 3
    for mine, wanted in zip(by_seed, by_latent, strict=True):
        assert (mine == wanted).all()
