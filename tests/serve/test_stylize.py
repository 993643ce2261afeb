"""POST /v1/stylize, and saved styles in POST /generate: the files of the commands, in their words."""

from __future__ import annotations

import base64
import io
import shutil
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from ganstudio.serve.settings import Limits, Settings
from tests.cli.conftest import Program, ganstudio
from tests.serve.conftest import Server, pixels_of, png, problem

__all__ = ["ganstudio"]  # a fixture


def waves() -> bytes:
    """A style: blue stripes."""
    pixels = np.zeros((24, 24, 3), np.uint8)
    pixels[::2, :, 2], pixels[:, ::3, 1] = 200, 90
    return encoded(pixels)


def encoded(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture
def folder(models: dict[str, Path], tmp_path: Path, ganstudio: Program) -> Path:
    """A painter with two saved styles, a generator, two contents, and a picture of a style."""
    for name in ("painter", "painter.features", "plain", "digits"):
        shutil.copy(models["painter"].with_name(f"{name}.onnx"), tmp_path)
    (tmp_path / "a.png").write_bytes(png(mode="RGBA"))
    (tmp_path / "b.png").write_bytes(png(36, 24))
    (tmp_path / "waves.png").write_bytes(waves())
    for name, file in (("starry", "b.png"), ("sea", "waves.png")):
        assert ganstudio("styles", "add", name, str(tmp_path / file), "--model", painter(tmp_path)).code == 0
    return tmp_path


def painter(folder: Path) -> str:
    return str(folder / "painter.onnx")


def server(folder: Path, *names: str, limits: Limits | None = None) -> Server:
    return Server([folder / f"{name}.onnx" for name in names or ("painter",)], Settings(limits or Limits()))


def sent(served: Server, files: list[tuple[str, Any]], data: dict[str, Any], **headers: str) -> httpx.Response:
    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/stylize", files=files, data=data, headers=headers)

    return served.ask(ask)


def same_but_for_the_key(one: bytes, other: bytes) -> None:
    """Whether two PNGs are equal in all that they hold, but for what `stylize` goes on by, which names local files."""
    pictures = [Image.open(io.BytesIO(content)) for content in (one, other)]
    pixels = [np.asarray(picture) for picture in pictures]
    words = [{name: value for name, value in one.info.items() if name != "Made-From"} for one in pictures]
    assert (pixels[0] == pixels[1]).all()
    assert words[0] == words[1]


@pytest.mark.parametrize(
    ("flags", "files", "data"),
    [
        (["--style", "waves.png"], [("style", waves())], {}),
        (["--style", "starry", "--strength", "0.4"], [], {"style": "starry", "strength": "0.4"}),
        (
            ["--style", "waves.png", "--style", "starry=0.3", "--keep-colour"],
            [("style", waves())],
            {"style": "starry", "weights": "1,0.3", "keep_colour": "true"},
        ),
    ],
)
def test_contents_are_painted_as_the_command_paints_them(
    folder: Path,
    ganstudio: Program,
    monkeypatch: pytest.MonkeyPatch,
    flags: list[str],
    files: list[tuple[str, Any]],
    data: dict[str, str],
) -> None:
    monkeypatch.chdir(folder)
    ended = ganstudio("stylize", "a.png", "b.png", *flags, "--model", painter(folder), "--out", "out")
    assert ended.code == 0, ended.err
    contents = [("image", (folder / f"{name}.png").read_bytes()) for name in "ab"]
    order = [*contents, *files]
    if files and "style" in data:  # in a form a text is a part like any other, so that order is the sender's
        order.append(("style", (None, data.pop("style"))))
    answer = sent(server(folder), order, data)
    assert answer.status_code == 200, answer.text
    for name, found in zip("ab", answer.json()["pictures"], strict=True):
        same_but_for_the_key(base64.b64decode(found["image"]), (folder / f"out/{name}.png").read_bytes())


def test_styles_are_named_in_json_too_and_the_mixture_is_answered(folder: Path) -> None:
    body = {
        "image": [text(png()), text(png(36, 24))],
        "style": [{"name": "starry"}, {"image": text(waves())}],
        "weights": [3, 1],
    }
    pictures = server(folder).post("/v1/stylize", body).json()["pictures"]
    assert [(one["width"], one["height"]) for one in pictures] == [(20, 16), (36, 24)]
    assert {one["style"] for one in pictures} == {"starry 0.75 + picture 1 0.25"}


def test_a_seed_chooses_a_saved_style_as_art_does(folder: Path, ganstudio: Program) -> None:
    out = folder / "wall"
    content = folder / "b.png"
    ended = ganstudio("art", painter(folder), "--content", str(content), "--seed", "3", "--out", str(out))
    assert ended.code == 0, ended.err
    [file] = out.iterdir()
    body = {"image": text(content.read_bytes()), "style": [{"name": "random"}]}

    def made(**more: int) -> dict[str, Any]:
        found: dict[str, Any] = server(folder).post("/v1/stylize", body | more).json()["pictures"][0]
        return found

    found = made(seed=3)
    same_but_for_the_key(base64.b64decode(found["image"]), file.read_bytes())
    assert f"painted in {found['style']}".encode() in file.read_bytes()
    drawn = made()
    assert made(seed=drawn["seed"]) == drawn


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "style: which one? Send a picture, or a saved style's name. Saved: starry, sea."),
        ({"style": [{"name": "stary"}]}, "style.0: 'stary' is no saved style of painter. Did you mean 'starry'?"),
        ({"style": [{"name": "/etc/passwd"}]}, "is no saved style of painter"),
        (
            {"style": [{"image": text(encoded(np.full((9, 9, 3), 80, np.uint8)))}]},
            "style.0 is all one colour: it has no style.",
        ),
        ({"style": [{"name": "sea"}, {"image": text(b"hello")}]}, "style.1: no image."),
        ({"style": [{"image": ""}]}, "style.0: it is empty."),
        ({"style": [{"name": "sea", "image": "aaaa"}]}, "style.0: give name or image."),
        ({"style": [{"name": "sea"}], "weights": [-1]}, "weights.0: a weight is 0 or more; got -1."),
        ({"style": [{"name": "sea"}], "weights": "0"}, "weights: the weights sum to 0; one of them must be above 0."),
        ({"style": [{"name": "sea"}], "weights": [1, 2]}, "weights: one for each style: 1; got 2."),
        ({"style": [{"name": "sea"}], "strength": 1.5}, "strength: from 0 to 1; got 1.5."),
        ({"style": [{"name": "sea"}], "seed": 1}, "seed: it chooses a random style, and there is none"),
        ({"style": [{"name": "random"}, {"name": "sea"}]}, "style: random is one of the saved styles"),
        ({"style": [{"name": "sea"}] * 3}, "style: 2 a request; got 3."),
        ({"image": text(png(4, 4)), "style": [{"name": "sea"}]}, "as one place, which has no content"),
        ({"model": "plain", "style": [{"name": "sea"}]}, "`stylize` needs one that paints pictures in a style"),
    ],
)
def test_what_cannot_be_painted_is_answered_in_the_words_of_the_command(
    folder: Path, body: dict[str, Any], said: str
) -> None:
    served = server(folder, "painter", "plain", limits=Limits(images=2))
    assert said in problem(served.post("/v1/stylize", {"image": text(png())} | body), 422)


def test_a_painter_without_saved_styles_says_so(folder: Path) -> None:
    (folder / "painter.styles.npz").unlink()
    served = server(folder)
    body = {"image": text(png()), "style": [{"name": "random"}]}
    assert "painter has no saved styles to choose from" in problem(served.post("/v1/stylize", body), 422)
    assert served.get("/v1/models/painter").json()["styles"] == []


def test_a_job_paints_and_nothing_of_the_content_is_kept(folder: Path) -> None:
    served = server(folder)

    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        body = {"image": text(png()), "style": [{"name": "sea"}]}
        job = (await client.post("/v1/stylize", json=body, headers={"Prefer": "respond-async"})).json()
        assert job["kind"] == "stylize"
        async with client.stream("GET", f"/v1/jobs/{job['id']}/events") as events:
            await events.aread()
        opened = served.state.catalog.served("painter").opened
        assert opened is not None
        assert opened.stylizer._last is None
        return await client.get(f"/v1/jobs/{job['id']}/result")

    assert served.ask(ask).json()["pictures"][0]["style"] == "sea"


def test_models_tell_their_saved_styles_and_show_them(folder: Path) -> None:
    served = server(folder, "plain", "painter")
    told = {one["name"]: one for one in served.get("/v1/models").json()["models"]}
    assert told["painter"]["styles"] == ["random", "starry", "sea"]
    assert told["plain"]["styles"] == ["random", "saved:painter/starry", "saved:painter/sea"]
    shown = served.get("/v1/models/painter/styles/sea")
    assert (shown.headers["content-type"], pixels_of(shown.content).shape) == ("image/png", (256, 256, 3))
    assert "Did you mean 'sea'?" in problem(served.get("/v1/models/painter/styles/se"), 404)


def test_a_saved_style_paints_what_a_generator_draws_as_art_does(folder: Path, ganstudio: Program) -> None:
    for model, more, flags in (("plain", {}, []), ("digits", {"class": "7"}, ["--style", "7"])):
        out = folder / f"wall-{model}"
        through = ["--through", painter(folder), "--style", "sea", *flags]
        ended = ganstudio("art", str(folder / f"{model}.onnx"), *through, "--seed", "5", "--out", str(out))
        assert ended.code == 0, ended.err
        [file] = out.iterdir()
        body = {"model": model, "seed": 5, "style": "saved:painter/sea"} | more
        answer = server(folder, model, "painter").post("/generate", body).json()
        assert base64.b64decode(answer["image"]) == file.read_bytes()
        assert answer["style"] == "saved:painter/sea"


def test_a_style_of_a_painter_that_is_not_served_is_refused_with_the_nearest(folder: Path) -> None:
    body = {"model": "plain", "style": "saved:painter/se"}
    said = problem(server(folder, "plain", "painter").post("/generate", body), 422)
    assert "Did you mean 'saved:painter/sea'?" in said
    assert "is none of plain" in problem(server(folder, "plain").post("/generate", body), 422)
