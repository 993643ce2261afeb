"""Answers as clients want them: JSON, a picture's own bytes, a zip, events as work goes on, or a job."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from fastapi import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ganstudio.errors import StudioError
from ganstudio.inference.pictures import LONGEST_SIDE, SUFFIXES, picture
from ganstudio.inference.pixels import grid
from ganstudio.progress import Progress, no_progress
from ganstudio.serve import answers
from ganstudio.serve.jobs import Job
from ganstudio.serve.problems import ProblemError, problem, problem_of, refused
from ganstudio.serve.requests import Format
from ganstudio.serve.state import state_of
from ganstudio.serve.work.work import Pixels, Tile, Work

Way = Literal["json", "image", "zip", "events"]
_MEDIA: dict[Format, str] = {"png": "image/png", "webp": "image/webp", "jpeg": "image/jpeg"}
_WAYS: dict[str, Way] = {
    "application/json": "json",
    "application/*": "json",
    "*/*": "json",
    "application/zip": "zip",
    "text/event-stream": "events",
    "image/*": "image",
    **dict.fromkeys(_MEDIA.values(), "image"),
}


async def respond(request: Request, work: Work) -> Response:
    """The answer to a request, in the way that its Accept and Prefer headers ask for. The work is closed at its end."""
    try:
        way, work = way_of(request.headers.get("accept"), work)
        if wants_job(request):
            return start_job(request, work.kind, work.model, lambda job: finished(work, way, job.progress), work.close)
    except BaseException:
        work.close()
        raise
    if way == "events":
        return StreamingResponse(_events(work), media_type="text/event-stream")
    return await finished(work, way, no_progress)


def wants_job(request: Request) -> bool:
    wishes = [one.strip().lower() for one in request.headers.get("prefer", "").split(",")]
    return "respond-async" in wishes


def start_job(
    request: Request,
    kind: str,
    model: str,
    run: Callable[[Job], Any],
    close: Callable[[], None] = lambda: None,
) -> Response:
    """202 and the job that does the work."""
    state = state_of(request)
    job = state.jobs.start(kind, model, owner_of(request), run)
    assert job.task is not None
    job.task.add_done_callback(lambda _task: close())
    location = {"Location": f"/v1/jobs/{job.id}", "Preference-Applied": "respond-async"}
    return JSONResponse(job.answer().model_dump(), 202, location)


def owner_of(request: Request) -> str:
    """Whose a job is: the token's name, else the client's address. The guard tells it."""
    return str(request.scope["ganstudio.owner"])


def way_of(accept: str | None, work: Work) -> tuple[Way, Work]:
    """The first way that the client takes, and the work in the format that it names. Raises ProblemError: 406."""
    for part in (accept or "*/*").lower().split(","):
        media = part.partition(";")[0].strip()
        if media not in _WAYS:
            continue
        way: Way = _WAYS[media]
        for format_, own in _MEDIA.items():
            if media == own:
                work = replace(work, format=format_)
        if way == "image" and work.count > 1 and work.sheet is None:
            why = "several pictures of their own sizes make no one picture"
            raise ProblemError(406, f"Accept: {why}. Ask for application/zip.")
        return way, work
    known = ", ".join(media for media in _WAYS if "*" not in media)
    raise ProblemError(406, f"Accept: {accept!r} is not what can be answered. Known: {known}.")


async def finished(work: Work, way: Way, progress: Progress) -> Response:
    """The whole answer; the work is closed."""
    tiles: list[Tile] = []
    try:
        progress(0, work.count)
        async for tile in work.tiles(progress):
            tiles.append(tile)
            progress(len(tiles), work.count)
    finally:
        work.close()
    return await asyncio.to_thread(_rendered, work, tiles, way)


def _rendered(work: Work, tiles: list[Tile], way: Way) -> Response:
    match way:
        case "json" | "events":  # events of a job: it is asked for them by its own path
            found = [_picture_answer(work, tile) for tile in tiles]
            answer = answers.Pictures.model_construct(model=work.model, format=work.format, pictures=found)
            return Response(answer.model_dump_json(by_alias=True), media_type="application/json")
        case "image":
            return Response(_one_picture(work, tiles), media_type=_MEDIA[work.format])
        case "zip":
            return Response(_zip(work, tiles), media_type="application/zip")


async def _events(work: Work) -> AsyncIterator[bytes]:
    """`progress`, `picture` and `done` events; where there is an error it is the last one, `problem`."""
    done = 0
    try:
        yield event("progress", {"done": 0, "total": work.count})
        async for tile in work.tiles(no_progress):
            found = await asyncio.to_thread(_picture_answer, work, tile)
            done += 1
            yield event("picture", found.model_dump(by_alias=True))
            yield event("progress", {"done": done, "total": work.count})
        yield event("done", {"model": work.model, "format": work.format})
    except (ProblemError, StudioError) as error:
        shown = error if isinstance(error, ProblemError) else problem_of(error)
        yield event("problem", problem(shown.status, shown.detail, "", shown.errors).model_dump())
    finally:
        work.close()


def event(name: str, content: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(content)}\n\n".encode()


def encoded(work: Work, tile: Tile) -> bytes:
    """The file of one picture. Raises ProblemError where the format takes none so large."""
    return _file(work, _resized(tile.pixels, work.size), tile.words, tile)


def _picture_answer(work: Work, tile: Tile) -> answers.Picture:
    pixels = _resized(tile.pixels, work.size)
    return answers.Picture.model_construct(
        image=base64.b64encode(_file(work, pixels, tile.words, tile)).decode(),
        seed=tile.seed,
        class_=tile.class_name,
        style=tile.style,
        width=pixels.shape[1],
        height=pixels.shape[0],
        notes=list(tile.notes),
    )


def _one_picture(work: Work, tiles: list[Tile]) -> bytes:
    """The only picture's file, or that of the grid of all, as `sample` draws it."""
    if len(tiles) == 1:
        return encoded(work, tiles[0])
    assert work.sheet is not None
    sheet = grid(np.stack([tile.pixels for tile in tiles]), work.sheet.columns, work.sheet.rows)
    return _file(work, _resized(sheet, work.size), work.sheet.words, None)


def _file(work: Work, pixels: Pixels, words: dict[str, str], tile: Tile | None) -> bytes:
    longest = LONGEST_SIDE.get(work.format)
    if longest and max(pixels.shape[:2]) > longest:
        raise refused(f"format: a picture of this size is too large for {work.format}: png takes it.", "format")
    return picture(pixels, words, work.format, tile.carried if tile else None)


def _resized(pixels: Pixels, side: int | None) -> Pixels:
    """A picture whose longer side has so many pixels: by Lanczos, or its own pixels grown by a whole factor."""
    height, width, channels = pixels.shape
    if side is None or side == max(height, width):
        return pixels
    from PIL import Image

    size = (max(1, round(width * side / max(height, width))), max(1, round(height * side / max(height, width))))
    whole = side % max(height, width) == 0
    how = Image.Resampling.NEAREST if whole else Image.Resampling.LANCZOS
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels).resize(size, how)
    return np.asarray(image).reshape(size[1], size[0], channels)


def _zip(work: Work, tiles: list[Tile]) -> bytes:
    """A zip of a file a picture; equal pictures give equal bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for place, tile in enumerate(tiles):
            part = tile.seed if tile.seed is not None and work.stem.endswith("-seed") else place
            name = f"{work.stem}{part}{SUFFIXES[work.format][0]}"
            if name in archive.namelist():
                name = f"{work.stem}{part}-{place}{SUFFIXES[work.format][0]}"
            archive.writestr(zipfile.ZipInfo(name), encoded(work, tile))
    return content.getvalue()
