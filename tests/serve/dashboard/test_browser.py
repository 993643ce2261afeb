"""The real dashboard in Chromium, behind a token."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ganstudio.workspace import Workspace
from tests.serve.dashboard.conftest import serving
from tests.serve.page.conftest import TOKEN, Open, browser, opened
from tests.tui.conftest import recorded

__all__ = ["browser", "opened", "recorded"]  # fixtures
pytestmark = pytest.mark.slow


class Watched:
    """What a page draws, sends and asks for."""

    def __init__(self, page: Any) -> None:
        self.page, self.drawn, self.sent, self.places = page, "", [], set()
        page.on("websocket", self._watch)
        page.on("request", lambda request: self.places.add(urlsplit(request.url).netloc))

    def _watch(self, socket: Any) -> None:
        self.places.add(urlsplit(socket.url).netloc)
        socket.on("framereceived", self._draw)
        socket.on("framesent", lambda text: self.sent.append(json.loads(text)))

    def _draw(self, content: str | bytes) -> None:
        if isinstance(content, bytes):
            self.drawn += content.decode(errors="replace")

    def press(self, *keys: str) -> None:
        """Presses keys; what is waited for next is drawn after them."""
        self.drawn = ""
        for key in keys:
            self.page.keyboard.press(key)

    def wait_for(self, text: str) -> None:
        self.wait_until(lambda: text in self.drawn)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        for _ in range(1200):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"not in time; drawn: {self.drawn[-2000:]}")


def test_the_dashboard_is_used_in_a_browser_from_the_token_to_its_end(
    recorded: Workspace, opened: Open, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"me {TOKEN}\n")
    tokens.chmod(0o600)
    with serving(recorded, tmp_path / "stderr", "--token-file", str(tokens)) as (_, url):
        page = opened(url, viewport={"width": 1200, "height": 700}, permissions=["clipboard-read", "clipboard-write"])
        watched = Watched(page)
        page.fill("#token", TOKEN)
        page.click("text=Log in >> nth=-1")
        watched.wait_for("hot-critic")
        watched.wait_for("▀")  # a picture
        watched.press("y")
        watched.wait_for("copied id")
        ids = ("broken", "digits", "hot-critic")
        watched.wait_until(lambda: page.evaluate("navigator.clipboard.readText()") in ids)

        page.evaluate("navigator.clipboard.writeText('hot')")
        watched.press("/")
        watched.wait_for("state:running")
        watched.press("Control+v")
        watched.wait_until(lambda: ["stdin", "\x1b[200~hot\x1b[201~"] in watched.sent)
        watched.press("Enter")
        watched.wait_for("mark")  # of the footer of the table, which has the keys again
        watched.press("Enter")
        watched.wait_for("2 RUN")

        page.set_viewport_size({"width": 800, "height": 500})
        watched.wait_until(lambda: watched.sent[-1][0] == "resize" and watched.sent[-1][1]["width"] < 100)
        watched.press("q")
        page.locator("#closed").wait_for(state="visible")
        watched.wait_for("The dashboard is closed. Runs go on.")
        page.click("#again")
        watched.wait_for("hot-critic")
        assert watched.places == {urlsplit(url).netloc}


def test_a_screen_without_a_keyboard_has_the_keys_that_it_needs(
    recorded: Workspace, opened: Open, tmp_path: Path
) -> None:
    with serving(recorded, tmp_path / "stderr", "--readonly") as (_, url):
        page = opened(f"{url}/healthz", viewport={"width": 400, "height": 800}, has_touch=True, is_mobile=True)
        page.set_default_timeout(120_000)
        watched = Watched(page)
        page.goto(url, wait_until="commit")
        watched.wait_for("hot-critic")
        assert watched.sent[0][1]["width"] >= 80
        watched.wait_until(lambda: ["focus"] in watched.sent)
        page.tap("[data-key=Enter]")
        watched.wait_for("2 RUN")
        page.tap("[data-key=Escape]")
        watched.wait_for("1 RUNS")
