"""Long work: answered 202, told of, cancelled, its answer kept; and projections, which are such."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import httpx
import numpy as np

from ganstudio.inference.latents import latents
from ganstudio.serve.settings import Limits
from tests.inference.generators import linear_weights
from tests.serve.conftest import Serve, png, problem

ASYNC = {"prefer": "respond-async"}


async def ended(client: httpx.AsyncClient, location: str) -> dict[str, Any]:
    while True:
        job: dict[str, Any] = (await client.get(location)).json()
        if job["state"] not in ("queued", "running"):
            return job
        await asyncio.sleep(0.02)


def test_work_may_be_a_job_whose_result_is_the_answer(serve: Serve) -> None:
    server = serve("digits")

    async def ask(client):  # type: ignore[no-untyped-def]
        body = {"seeds": "0-3"}
        begun = await client.post("/v1/generate", json=body, headers=ASYNC | {"accept": "application/zip"})
        job = await ended(client, begun.headers["location"])
        result = await client.get(begun.headers["location"] + "/result")
        return begun, job, result, await client.post("/v1/generate", json=body, headers={"accept": "application/zip"})

    begun, job, result, at_once = server.ask(ask)
    assert (begun.status_code, begun.headers["preference-applied"]) == (202, "respond-async")
    assert (job["state"], job["done"], job["total"], job["error"]) == ("done", 4, 4, None)
    assert result.content == at_once.content


def test_events_of_a_job_end_with_done(serve: Serve) -> None:
    server = serve("digits")

    async def ask(client):  # type: ignore[no-untyped-def]
        begun = await client.post("/v1/generate", json={"seeds": "0-3"}, headers=ASYNC)
        return (await client.get(begun.headers["location"] + "/events")).text

    events = server.ask(ask).strip().split("\n\n")
    assert events[-1].startswith("event: done\n")
    assert '"state": "done"' in events[-1]


def test_a_job_is_cancelled_and_gives_its_model_back(serve: Serve) -> None:
    server = serve("digits", wait_s=30.0)

    async def ask(client):  # type: ignore[no-untyped-def]
        begun = await client.post("/v1/generate", json={"seed": 1}, headers=ASYNC)
        await asyncio.sleep(0.05)
        cancelled = await client.delete(begun.headers["location"])
        [one] = server.state.catalog.all()
        assert one.opened is not None
        return cancelled.json(), one.opened.users, await client.get(begun.headers["location"] + "/result")

    cancelled, users, result = server.ask(ask)
    assert (cancelled["state"], users) == ("cancelled", 0)
    assert "The job is cancelled: there is no result." in problem(result, 409)


def test_too_many_jobs_are_429_and_others_jobs_are_unseen(serve: Serve) -> None:
    server = serve("digits", limits=Limits(jobs=1), wait_s=30.0)

    async def ask(client):  # type: ignore[no-untyped-def]
        begun = [await client.post("/v1/generate", json={"seed": 1}, headers=ASYNC) for _ in range(6)]
        listed = (await client.get("/v1/jobs")).json()["jobs"]
        transport = httpx.ASGITransport(server.app, client=("10.0.0.9", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as other:
            strange = await other.get(begun[0].headers["location"])
            return begun, listed, strange, (await other.get("/v1/jobs")).json()

    begun, listed, strange, others = server.ask(ask)
    assert [one.status_code for one in begun] == [202] * 5 + [429]
    assert "5 jobs run or wait already" in problem(begun[5], 429)
    assert [job["state"] for job in listed] == ["running"] + ["queued"] * 4
    problem(strange, 404)
    assert others == {"jobs": []}


def test_a_job_that_cannot_be_done_tells_the_problem(serve: Serve) -> None:
    server = serve("enlarger")

    async def ask(client):  # type: ignore[no-untyped-def]
        body = {"image": base64.b64encode(b"hello").decode()}
        begun = await client.post("/v1/upscale", json=body, headers=ASYNC)
        job = await ended(client, begun.headers["location"])
        return job, await client.get(begun.headers["location"] + "/result")

    job, result = server.ask(ask)
    assert (job["state"], job["error"]["detail"]) == ("failed", "image: no image.")
    assert problem(result, 422) == "image: no image."


def test_a_projection_finds_the_latent_that_an_edit_draws_again(serve: Serve) -> None:
    wanted = np.tanh(latents([3], 4)[0]) @ linear_weights()
    grey = np.clip(np.rint((wanted + 1) * 127.5), 0, 255).astype(np.uint8).reshape(4, 4)
    server = serve("linear")

    async def ask(client):  # type: ignore[no-untyped-def]
        import io

        from PIL import Image

        content = io.BytesIO()
        Image.fromarray(grey).save(content, "PNG")
        begun = await client.post("/v1/project", files={"image": ("a.png", content.getvalue())}, data={"steps": "60"})
        job = await ended(client, begun.headers["location"])
        found = (await client.get(begun.headers["location"] + "/result")).json()
        drawn = await client.post("/v1/edit", json={"latent": found["latent"], "directions": {}})
        return begun, job, found, drawn.json()

    begun, job, found, drawn = server.ask(ask)
    assert begun.status_code == 202
    assert (job["state"], job["kind"], job["done"]) == ("done", "project", 60)
    assert found["distance"] <= found["start_distance"]
    assert found["distance"] < 0.01
    assert drawn["pictures"][0]["width"] == 4


def test_a_projection_that_is_cancelled_ends_its_process(serve: Serve) -> None:
    import psutil

    server = serve("digits")

    others = set(psutil.Process().children())  # of other tests

    async def ask(client):  # type: ignore[no-untyped-def]
        begun = await client.post("/v1/project", files={"image": ("a.png", png())})
        while not (found := set(psutil.Process().children()) - others):
            await asyncio.sleep(0.02)
        cancelled = await client.delete(begun.headers["location"])
        return cancelled.json()["state"], [one.is_running() for one in found]

    assert server.ask(ask) == ("cancelled", [False])


def test_more_steps_than_a_server_takes_are_refused(serve: Serve) -> None:
    body = {"image": base64.b64encode(png()).decode(), "steps": 1001}
    assert "steps: from 0 to 1000; got 1001." in problem(serve("digits").post("/v1/project", body), 422)
