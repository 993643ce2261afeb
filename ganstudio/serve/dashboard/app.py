"""The application that shows the dashboard of the terminal in a browser, behind the guard of every server."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request, WebSocket
from starlette.responses import Response, StreamingResponse

from ganstudio.serve.dashboard.tabs import Tabs
from ganstudio.serve.door import Door
from ganstudio.serve.error_answers import answer_errors
from ganstudio.serve.guard import POLICY, Guard
from ganstudio.serve.problems import ProblemError
from ganstudio.serve.routes import entry
from ganstudio.serve.routes.page import INDEX, LOGIN, page_file, page_files
from ganstudio.serve.settings import Settings
from ganstudio.serve.telemetry import SENDS_NOTHING

_FOLDER = Path(__file__).parent / "page"
_SHARED = (LOGIN, "login.css", "login.js", "icon.svg")  # of the page of `ganstudio serve`
_STATICS = ("js/textual.js", "css/xterm.css", "fonts/RobotoMono-VariableFont_wght.ttf")  # of textual-serve
# The one style that textual.js puts into the page, as an empty element first. With another one it draws all the same:
# dashboard.css has its rules.
_STYLE = "h1{color:#fff;background-color:#000}body{margin:0;padding:0}.textual-terminal{width:100vw;height:100vh}"
_HASHES = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in ("", _STYLE)]
_STYLES = " ".join(["style-src 'self'", *(f"'sha256-{one}'" for one in _HASHES)])
_POLICY = POLICY.replace("style-src 'self'", _STYLES) + "; font-src 'self'"

router = APIRouter(include_in_schema=False)


def create_dashboard_app(command: Sequence[str], settings: Settings, most_tabs: int) -> Guard:
    """The ASGI application that runs `command`, a dashboard for a browser, once for each tab, `most_tabs` at once."""
    door = Door(settings)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, telemetry=SENDS_NOTHING)
    app.state.server = door
    app.state.tabs = Tabs(command, most_tabs)
    app.include_router(router)
    app.include_router(entry.router)
    answer_errors(app)
    return Guard(app, door)


@router.get("/")
async def index(request: Request) -> Response:
    """The page; to a stranger, 401 and the form that asks for a token."""
    if request.scope.get("ganstudio.stranger"):
        return page_file(_files(), LOGIN, 401)
    answer = page_file(_files(), INDEX)
    answer.headers["content-security-policy"] = _POLICY
    return answer


@router.get("/page/{name}")
async def file(name: str) -> Response:
    """One of the page's files: ours, those of the served page, and textual-serve's."""
    return page_file(_files(), name)


@router.websocket("/ws")
async def tab(websocket: WebSocket) -> None:
    """A dashboard."""
    tabs: Tabs = websocket.app.state.tabs
    await tabs.serve(websocket)


@router.get("/download/{key}")
async def download(request: Request, key: str) -> Response:
    """A file that a dashboard gives to its tab. It is never shown: it would be of the page's own origin."""
    tabs: Tabs = request.app.state.tabs
    try:
        given = await tabs.downloads.get_download_metadata(key)
    except KeyError:
        raise ProblemError(404, "There is no such download, or it was fetched already.") from None
    named = {"content-disposition": f"attachment; filename*=utf-8''{quote(given.file_name)}"}
    return StreamingResponse(tabs.downloads.download(key), headers=named, media_type="application/octet-stream")


@cache
def _files() -> dict[str, bytes]:
    """All files of the page by their names."""
    theirs = files("textual_serve") / "static"
    shared = page_files()
    return {
        **{name: shared[name] for name in _SHARED},
        **{path.rpartition("/")[2]: (theirs / path).read_bytes() for path in _STATICS},
        **page_files(_FOLDER),
    }
