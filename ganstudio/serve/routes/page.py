"""The page and its files: those that come with the package, each by its name. No path of a request is ever opened."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from ganstudio.serve.problems import ProblemError, nearest_field

router = APIRouter(include_in_schema=False)
_FOLDER = Path(__file__).parents[1] / "page"
INDEX, LOGIN = "index.html", "login.html"
_TYPES = {
    ".ttf": "font/ttf",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}


@router.get("/")
async def index(request: Request) -> Response:
    """The page; to a stranger, 401 and the form that asks for a token."""
    if request.scope.get("ganstudio.stranger"):
        return page_file(page_files(), LOGIN, 401)
    return page_file(page_files(), INDEX)


@router.get("/page/{name}")
async def file(name: str) -> Response:
    """One of the page's files."""
    return page_file(page_files(), name)


def page_file(files: Mapping[str, bytes], name: str, status: int = 200) -> Response:
    """The answer that is one of `files`. Raises ProblemError for any other name."""
    if name not in files:
        raise ProblemError(404, f"There is no such file of the page. {nearest_field(name[:100], sorted(files))}")
    return Response(files[name], status, media_type=_TYPES[Path(name).suffix])


@cache
def page_files(folder: Path = _FOLDER) -> dict[str, bytes]:
    """All files of a page by their names."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in _TYPES}
