"""Sends messages to a webhook: one JSON document a POST, http and https alone, and never where an answer points to.

A redirect could carry the message, and a secret of the URL, to another host: it is a failure.
"""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from ganstudio import __version__
from ganstudio.runs import log
from ganstudio.settings.urls import is_webhook, redacted

LIMIT_S = 10.0  # of one try, in all
WAITS_S = (2.0, 10.0)  # before the second try, and the third
_TRY_AGAIN = (408, 429)  # and what the server itself says is its own fault


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Returns None: the answer is then raised as an error."""


class Webhook:
    """Where the messages of a run go. That one did not arrive is written to the run's log, once."""

    def __init__(self, url: str, run: Path, sleep: Callable[[float], object] = time.sleep) -> None:
        self._url, self._run, self._sleep = url, run, sleep
        self._failure_told = False

    def send(self, message: dict[str, Any]) -> bool:
        """Whether the message was taken, after a few tries where it may help."""
        body = json.dumps(message, allow_nan=False).encode()
        for wait in (0.0, *WAITS_S):
            self._sleep(wait)
            why, again = post(self._url, body)
            if why is None or not again:
                break
        if why is not None:
            self._tell_failure(why)
        return why is None

    def _tell_failure(self, why: str) -> None:
        if self._failure_told:
            return
        self._failure_told = True
        with (self._run / log.NAME).open("a", encoding="utf-8") as file:
            file.write(f"--notify: {redacted(self._url)} did not take a message: {why}\n")


def post(url: str, body: bytes, limit_s: float = LIMIT_S) -> tuple[str | None, bool]:
    """Why the webhook did not take `body`, None where it did; and whether another try may help.

    Nothing that it says names more of the URL than its host, or repeats what the server answered.
    """
    if not is_webhook(url):
        return "it is no URL of a webhook", False
    answer: list[tuple[str | None, bool]] = []
    # The limits of sockets are between two bytes: a server that sends one now and then would hold us for ever.
    thread = threading.Thread(target=lambda: answer.append(_ask(url, body, limit_s)), daemon=True)
    thread.start()
    thread.join(limit_s)
    return answer[0] if answer else (f"no answer within {limit_s:g} s", True)


def _ask(url: str, body: bytes, limit_s: float) -> tuple[str | None, bool]:
    try:
        with urllib.request.build_opener(_NoRedirect).open(_request(url, body), timeout=limit_s):
            return None, False
    except urllib.error.HTTPError as error:
        error.close()
        if 300 <= error.code < 400:
            return f"it answered {error.code}, a redirect, which is not followed", False
        return f"it answered {error.code}", error.code >= 500 or error.code in _TRY_AGAIN
    except TimeoutError:
        return f"no answer within {limit_s:g} s", True
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            return f"no answer within {limit_s:g} s", True
        reason = getattr(error.reason, "strerror", None) or type(error.reason).__name__
        return f"it cannot be reached: {reason}", True
    except (HTTPException, OSError, ValueError) as error:
        return f"it gave no answer of HTTP: {type(error).__name__}", True


def _request(url: str, body: bytes) -> urllib.request.Request:
    """The request. A user name and a password in the URL go into a header, as every client has it."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json", "User-Agent": f"ganstudio/{__version__}"}
    login, at, host = parts.netloc.rpartition("@")
    if at:
        headers["Authorization"] = f"Basic {base64.b64encode(unquote(login).encode()).decode()}"
    target = parts._replace(netloc=host, fragment="").geturl()
    return urllib.request.Request(target, body, headers, method="POST")
