"""A client of `ganstudio serve`, which needs nothing but Python.

from ganstudio.client import Client

client = Client("http://127.0.0.1:8000")
[picture] = client.generate(seed=42)
Path("42.png").write_bytes(picture.content)
"""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ganstudio.errors import StudioError, UsageError

_POLL_S = 0.2


@dataclass(frozen=True)
class Picture:
    """One picture that a server made: the bytes of its file, and what it is of."""

    content: bytes
    seed: int | None
    class_name: str | None
    width: int
    height: int
    notes: tuple[str, ...] = ()
    style: str | None = None


class Client:
    """Asks one server; a connection a call.

    Every method raises UsageError, in the server's words, for what cannot be done, and StudioError where the server
    cannot be reached, is busy, or failed.
    """

    def __init__(self, url: str, token: str | None = None, timeout_s: float = 120.0) -> None:
        """`url` is as `ganstudio serve` prints it. Raises UsageError where it is none."""
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"--server: {url!r} is no address. Did you mean 'http://127.0.0.1:8000'?")
        self.url, self._token, self._timeout_s = url, token, timeout_s
        self._https, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._base = parts.path.rstrip("/")

    def models(self) -> list[dict[str, Any]]:
        """What is served, as /v1/models tells it."""
        found: list[dict[str, Any]] = self._json("GET", "/v1/models")["models"]
        return found

    def generate(self, **asked: Any) -> list[Picture]:
        """Pictures of `seed`, of `seeds` ("0-63" or numbers), or of `n` from `seed` on; see POST /v1/generate."""
        return self._pictures("/v1/generate", asked)

    def interpolate(self, seeds: str | Sequence[int] | None = None, **asked: Any) -> list[Picture]:
        """The frames of a walk through `seeds`, or through `latents`; see POST /v1/interpolate."""
        return self._pictures("/v1/interpolate", ({} if seeds is None else {"seeds": seeds}) | asked)

    def edit(self, directions: Mapping[str, float], **asked: Any) -> list[Picture]:
        """Pictures moved along directions; see POST /v1/edit."""
        return self._pictures("/v1/edit", {"directions": dict(directions)} | asked)

    def sheet(self, **asked: Any) -> bytes:
        """One picture of all seeds of `generate`: the file that `ganstudio sample` writes."""
        return self._ask("POST", "/v1/generate", asked, {"Accept": "image/*"})[0]

    def mix(self, rows: str, cols: str, layers: str, **asked: Any) -> bytes:
        """The grid that `ganstudio mix` writes."""
        body = {"rows": rows, "cols": cols, "layers": layers} | asked
        return self._ask("POST", "/v1/mix", body, {"Accept": "image/*"})[0]

    def upscale(self, image: bytes, **asked: Any) -> Picture:
        """A picture's file, enlarged."""
        return self._pictures("/v1/upscale", {"image": _text(image)} | asked)[0]

    def translate(self, image: bytes, **asked: Any) -> Picture:
        """A picture's file, translated, to `domain` where the model has several."""
        return self._pictures("/v1/translate", {"image": _text(image)} | asked)[0]

    def inpaint(self, image: bytes, mask: bytes | None = None, **asked: Any) -> Picture:
        """A picture's file with what is white in `mask`, else what is clear in it, filled in."""
        masks = {} if mask is None else {"mask": _text(mask)}
        return self._pictures("/v1/inpaint", {"image": _text(image)} | masks | asked)[0]

    def stylize(self, image: bytes, *styles: bytes | str, **asked: Any) -> Picture:
        """A picture's file, painted: a style is a picture's file, or a saved style's name; see POST /v1/stylize."""
        given = [{"name": one} if isinstance(one, str) else {"image": _text(one)} for one in styles]
        return self._pictures("/v1/stylize", {"image": _text(image), "style": given} | asked)[0]

    def project(self, image: bytes, **asked: Any) -> dict[str, Any]:
        """The latent that draws a picture nearest, as POST /v1/project tells it. Waits for the job."""
        job = self._json("POST", "/v1/project", {"image": _text(image)} | asked)
        while job["state"] in ("queued", "running"):
            time.sleep(_POLL_S)
            job = self._json("GET", f"/v1/jobs/{job['id']}")
        found: dict[str, Any] = self._json("GET", f"/v1/jobs/{job['id']}/result")
        return found

    def _pictures(self, path: str, asked: Mapping[str, Any]) -> list[Picture]:
        return [
            Picture(
                base64.b64decode(one["image"]),
                one["seed"],
                one["class"],
                one["width"],
                one["height"],
                tuple(one["notes"]),
                one["style"],
            )
            for one in self._json("POST", path, asked)["pictures"]
        ]

    def _json(self, method: str, path: str, asked: Mapping[str, Any] | None = None) -> Any:
        content, _ = self._ask(method, path, asked, {"Accept": "application/json"})
        try:
            return json.loads(content)
        except ValueError:
            raise StudioError(f"{self.url} is no server of ganstudio: its answer is no JSON.") from None

    def _ask(
        self, method: str, path: str, asked: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> tuple[bytes, str]:
        """The body of an answer and its type. `class_` stands for the key `class`, which Python has a meaning for."""
        body = None
        sent = dict(headers)
        if asked is not None:
            body = json.dumps({name.rstrip("_"): value for name, value in asked.items() if value is not None}).encode()
            sent["Content-Type"] = "application/json"
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout_s)
        try:
            connection.request(method, f"{self._base}{path}", body, sent)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise StudioError(f"{self.url} cannot be reached: {why}.", "ganstudio serve") from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise _error(answer.status, content)
        return content, answer.headers.get("Content-Type", "")


def _error(status: int, content: bytes) -> StudioError:
    """What a server's problem means here."""
    try:
        detail = str(json.loads(content)["detail"])
    except (ValueError, LookupError, TypeError):
        detail = f"the server answered {status}."
    busy = status in (408, 409, 429) or status >= 500
    return StudioError(detail) if busy else UsageError(detail)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
