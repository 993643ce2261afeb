"""/v1/generate, interpolate, edit, mix: the bytes of the commands, in each way that Accept asks for."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Program, ganstudio
from tests.cli.latent.conftest import with_directions
from tests.serve.conftest import Serve, problem

__all__ = ["ganstudio"]  # a fixture
PNG = {"accept": "image/png"}


@pytest.mark.parametrize(
    ("command", "path", "body"),
    [
        ("sample --model digits --seed 0-11", "/v1/generate", {"model": "digits", "seeds": "0-11"}),
        ("sample --model plain --seed 3 --psi 0.6", "/v1/generate", {"model": "plain", "seed": 3, "psi": 0.6}),
        (
            "sample --model styled --seed 0-3 --psi 0.6 --cutoff 2",
            "/v1/generate",
            {"model": "styled", "seeds": [0, 1, 2, 3], "psi": 0.6, "cutoff": 2},
        ),
        (
            "edit --model styled --seed 4-5 --direction slant=+1.5 --layers 0-1",
            "/v1/edit",
            {"model": "styled", "seeds": "4-5", "directions": {"slant": 1.5}, "layers": "0-1"},
        ),
        (
            "mix --model styled --rows 0-1 --cols 2,3 --layers 0-1",
            "/v1/mix",
            {"model": "styled", "rows": "0-1", "cols": "2,3", "layers": "0-1"},
        ),
    ],
)
def test_pictures_have_the_bytes_that_the_command_writes(
    serve: Serve, models: dict[str, Path], ganstudio: Program, tmp_path: Path, command: str, path: str, body: object
) -> None:
    with_directions(models["styled"], slant={})
    words = [str(models[word]) if word in models else word for word in command.split()]
    ended = ganstudio(*words, "--out", str(tmp_path / "a.png"))
    assert ended.code == 0, ended.err
    answer = serve("digits", "plain", "styled").post(path, body, headers=PNG)
    assert answer.headers["content-type"] == "image/png", answer.text
    assert answer.content == (tmp_path / "a.png").read_bytes()


def test_frames_of_a_walk_have_the_bytes_that_interpolate_writes(
    serve: Serve, models: dict[str, Path], ganstudio: Program, tmp_path: Path
) -> None:
    flags = ("--seed", "1", "--seed", "2", "--steps", "4", "--out", str(tmp_path / "frames"))
    assert ganstudio("interpolate", "--model", str(models["digits"]), *flags).code == 0
    answer = serve("digits").post("/v1/interpolate", {"seeds": "1,2", "steps": 4}).json()
    frames = [path.read_bytes() for path in sorted((tmp_path / "frames").iterdir())]
    assert [base64.b64decode(one["image"]) for one in answer["pictures"]] == frames
    assert [one["seed"] for one in answer["pictures"]] == [1, None, None, None, 2]


def test_a_zip_holds_a_file_a_picture_and_is_the_same_each_time(serve: Serve) -> None:
    server = serve("digits")

    async def ask(client):  # type: ignore[no-untyped-def]
        body, wish = {"seeds": "7,7,9"}, {"accept": "application/zip"}
        return [(await client.post("/v1/generate", json=body, headers=wish)).content for _ in range(2)]

    first, second = server.ask(ask)
    assert first == second
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == [
        "digits-seed7.png",
        "digits-seed7-1.png",
        "digits-seed9.png",
    ]


def test_events_tell_progress_and_pictures(serve: Serve) -> None:
    answer = serve("digits").post("/v1/generate", {"seeds": "0-1"}, headers={"accept": "text/event-stream"})
    events = [part.split("\n") for part in answer.text.strip().split("\n\n")]
    assert [lines[0] for lines in events] == [
        f"event: {name}" for name in ("progress", "picture", "progress", "picture", "progress", "done")
    ]
    assert json.loads(events[1][1].removeprefix("data: "))["seed"] == 0


def test_formats_are_asked_for_by_accept_too(serve: Serve) -> None:
    answer = serve("digits").post("/v1/generate", {"seed": 1}, headers={"accept": "image/webp"})
    assert (answer.headers["content-type"], answer.content[8:12]) == ("image/webp", b"WEBP")


def test_what_cannot_be_answered_is_406(serve: Serve) -> None:
    answer = serve("digits").post("/v1/generate", {"seed": 1}, headers={"accept": "text/html"})
    assert "Known: application/json" in problem(answer, 406)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/v1/generate", {"seeds": "0-99"}, "seeds: 100 pictures are more than the 64 of a request."),
        ("/v1/generate", {"seeds": "0-3", "n": 2}, "give seeds, or seed and n, not both"),
        ("/v1/generate", {"seeds": "9-1"}, "seed: 9-1 runs backwards. Did you mean 1-9?"),
        ("/v1/generate", {"codes": {"x": 1}}, "codes: digits has no codes"),
        ("/v1/interpolate", {"seeds": "1"}, "seeds: a walk needs two; 1 is one."),
        ("/v1/interpolate", {"seeds": "1,2", "steps": 240}, "steps: from 1 to 239 for 2 seeds; got 240."),
        ("/v1/edit", {"seed": 1, "directions": {"slant": 1}}, "direction slant: digits has no directions yet."),
        ("/v1/mix", {"rows": "1", "cols": "2", "layers": "0"}, "mix: digits has no styles to work on"),
    ],
)
def test_refusals_have_the_words_of_the_command(serve: Serve, path: str, body: object, said: str) -> None:
    assert said in problem(serve("digits").post(path, body), 422)


def test_a_latent_takes_the_place_of_a_seed(serve: Serve) -> None:
    server = serve("plain")
    z = np.random.RandomState(4).randn(100).astype("<f4")

    async def ask(client):  # type: ignore[no-untyped-def]
        latent = {"space": "z", "values": base64.b64encode(z.tobytes()).decode()}
        found = await client.post("/v1/edit", json={"latent": latent, "directions": {}})
        short = latent | {"values": base64.b64encode(z[:3].tobytes()).decode()}
        return found, await client.post("/v1/edit", json={"latent": short, "directions": {}})

    found, short = server.ask(ask)
    assert len(found.json()["pictures"]) == 1
    assert "latent: plain takes 100 finite numbers; got 3." in problem(short, 422)
