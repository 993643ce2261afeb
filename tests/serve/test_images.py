"""Pictures that clients send: the bytes' pixels of the commands, and what bad uploads are answered."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.serve.children import Child, Decoders
from ganstudio.serve.problems import ProblemError
from ganstudio.serve.settings import Limits
from tests.cli.conftest import Program, ganstudio
from tests.serve.conftest import Serve, pixels_of, png, problem

__all__ = ["ganstudio"]  # a fixture


@pytest.mark.parametrize(
    ("command", "model", "data"),
    [("upscale", "enlarger", {}), ("translate", "seasons", {"domain": "winter"}), ("inpaint", "filler", {})],
)
def test_pictures_are_those_that_the_command_makes(
    serve: Serve,
    models: dict[str, Path],
    ganstudio: Program,
    tmp_path: Path,
    command: str,
    model: str,
    data: dict[str, str],
) -> None:
    (tmp_path / "a.png").write_bytes(png(mode="RGBA"))
    flags = [f"--{name}={value}" for name, value in data.items()] + (
        ["--mask", "alpha"] if command == "inpaint" else []
    )
    out = tmp_path / "out"
    ended = ganstudio(command, str(tmp_path / "a.png"), "--model", str(models[model]), *flags, "--out", str(out))
    assert ended.code == 0, ended.err
    server = serve(model)

    async def ask(client):  # type: ignore[no-untyped-def]
        files = {"image": ("a.png", png(mode="RGBA"), "image/png")}
        return await client.post(f"/v1/{command}", files=files, data=data, headers={"accept": "image/png"})

    answer = server.ask(ask)
    assert answer.status_code == 200, answer.text
    assert (pixels_of(answer.content) == pixels_of((out / "a.png").read_bytes())).all()
    assert b"compositeWithTrainedAlgorithmicMedia" in answer.content


def test_a_mask_says_what_is_filled_in(serve: Serve) -> None:
    hole = np.zeros((16, 20), np.uint8)
    hole[2:5, 3:9] = 255
    mask = io.BytesIO()
    Image.fromarray(hole).save(mask, "PNG")
    server = serve("filler")

    async def ask(client):  # type: ignore[no-untyped-def]
        files = {"image": ("a.png", png()), "mask": ("m.png", mask.getvalue())}
        return await client.post("/v1/inpaint", files=files, headers={"accept": "image/png"})

    made, given = pixels_of(server.ask(ask).content), pixels_of(png())
    assert (made[hole == 0] == given[hole == 0]).all()
    assert (made[hole == 255] == 191).all()  # 0.5 in [-1, 1]


def test_base64_in_json_is_as_good_as_a_form(serve: Serve) -> None:
    answer = serve("enlarger").post("/v1/upscale", {"image": base64.b64encode(png()).decode()}).json()
    assert (answer["pictures"][0]["width"], answer["pictures"][0]["height"]) == (40, 32)


def bomb() -> bytes:
    """A PNG of 40 megapixels in 5 kB."""
    content = io.BytesIO()
    Image.new("1", (8000, 5000)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "image: it is empty."),
        (b"hello", "image: no image."),
        (png()[:200], "image: damaged"),
        (bomb(), "image: too large: 8000 x 5000 pixels, over 25 megapixels"),
    ],
)
def test_what_is_no_good_picture_is_refused(serve: Serve, content: bytes, said: str) -> None:
    answer = serve("enlarger").post("/v1/upscale", {"image": base64.b64encode(content).decode()})
    assert said in problem(answer, 422)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/v1/upscale", {"image": "!!"}, "image: it is no base64 of a file."),
        ("/v1/upscale", {}, "image: is missing."),
        ("/v1/upscale", {"image": "aaaa", "scale": 2}, "scale: there is no such key."),
        (
            "/v1/translate",
            {"image": "aaaa"},
            "enlarger enlarges pictures; `translate` needs one that translates pictures.",
        ),
        ("/v1/generate", {"seed": 1}, "model: enlarger is given pictures; it draws none from seeds."),
    ],
)
def test_requests_that_do_not_fit_are_told_why(serve: Serve, path: str, body: object, said: str) -> None:
    assert said in problem(serve("enlarger").post(path, body), 422)


def test_an_upload_of_another_type_is_415(serve: Serve) -> None:
    server = serve("enlarger")

    async def ask(client):  # type: ignore[no-untyped-def]
        return await client.post("/v1/upscale", content=png(), headers={"content-type": "image/png"})

    assert "multipart/form-data" in problem(server.ask(ask), 415)


def test_too_many_pictures_are_refused(serve: Serve) -> None:
    server = serve("enlarger", limits=Limits(images=1))

    async def ask(client):  # type: ignore[no-untyped-def]
        files = [("image", ("a.png", png(), "image/png"))] * 2
        return await client.post("/v1/upscale", files=files)

    assert "image: 1 pictures a request; got 2." in problem(server.ask(ask), 422)


def test_all_pictures_of_an_answer_have_so_many_pixels_together(serve: Serve) -> None:
    server = serve("enlarger", limits=Limits(pixels=400))  # a picture of 320 becomes one of 1,280

    async def ask(client):  # type: ignore[no-untyped-def]
        files = [("image", ("a.png", png(), "image/png"))]
        return [await client.post("/v1/upscale", files=files * count) for count in (1, 2)]

    one, two = server.ask(ask)
    assert one.status_code == 200
    assert "up to 0.0004 megapixels a request, all together" in problem(two, 422)


def test_one_that_waits_for_its_turn_has_no_pixels_in_memory(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server, decoded = serve("enlarger"), []

    async def decode(*_: object) -> None:
        decoded.append(1)
        await asyncio.sleep(30)

    monkeypatch.setattr(server.state.decoders, "decode", decode)

    async def ask(client):  # type: ignore[no-untyped-def]
        files = {"image": ("a.png", png(), "image/png")}
        asked = [asyncio.create_task(client.post("/v1/upscale", files=files)) for _ in range(5)]
        while len(decoded) < 2 or server.state.catalog.all()[0].opened.users < 5:
            await asyncio.sleep(0.01)
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    server.ask(ask)
    assert len(decoded) == 2


def test_a_decoder_is_reaped_and_replaced_where_its_request_is_cancelled_twice() -> None:
    async def run() -> None:
        decoders = Decoders(1_000_000, count=1)
        await decoders.decode(png(), True)
        [child] = decoders._started
        os.kill(child.pid, signal.SIGSTOP)
        work = asyncio.ensure_future(decoders.decode(png(), True))
        await asyncio.sleep(0)
        while not work.cancelled():
            work.cancel()  # as a client that goes, and a limit of time, may cancel the same work
            await asyncio.sleep(0)
        assert not child.alive
        assert (await decoders.decode(png(), True)).size == (16, 20)
        await decoders.close()

    asyncio.run(run())


def test_decoders_that_are_at_work_end_with_the_server() -> None:
    async def run() -> None:
        decoders = Decoders(1_000_000, count=1)
        await decoders.decode(png(), True)
        [child] = decoders._started
        os.kill(child.pid, signal.SIGSTOP)
        work = asyncio.ensure_future(decoders.decode(png(), True))
        await asyncio.sleep(0)
        await decoders.close()
        assert not child.alive
        with pytest.raises(ProblemError, match="another takes its place"):
            await work

    asyncio.run(run())


def test_a_decoder_that_is_killed_is_503_and_the_next_picture_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Child] = []
    start = Child.start.__func__  # type: ignore[attr-defined]

    async def noted(**environment: str) -> Child:
        started.append(await start(Child, **environment))
        return started[-1]

    monkeypatch.setattr(Child, "start", noted)

    async def run() -> None:
        decoders = Decoders(1_000_000, count=1)
        assert (await decoders.decode(png(), True)).size == (16, 20)
        os.kill(started[0].pid, signal.SIGSTOP)
        work = asyncio.ensure_future(decoders.decode(png(), True))
        await asyncio.sleep(0.05)
        os.kill(started[0].pid, signal.SIGKILL)
        with pytest.raises(ProblemError, match="another takes its place") as error:
            await work
        assert error.value.status == 503
        assert (await decoders.decode(png(), True)).size == (16, 20)
        assert len(started) == 2
        await decoders.close()
        assert not started[1].alive

    asyncio.run(run())
