"""Tabs: what passes between a browser and its dashboard, how many there are, and how each ends."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from ganstudio.serve.dashboard import tabs
from tests.serve.dashboard.conftest import Serve, Tab, dashboards, wait_until


def test_keys_what_is_pasted_and_the_size_reach_the_dashboard(serve: Serve) -> None:
    tab = Tab(serve(), "width=90&height=30")
    tab.wait_for("size 90 x 30")
    tab.send("stdin", "k")
    tab.wait_for("key k")
    tab.send("stdin", "\x1b[200~ö and more\x1b[201~")
    tab.wait_for("pasted ö and more")
    tab.send("resize", {"width": 41, "height": 10})
    tab.wait_for("41 x 10")
    tab.send("ping", "7")
    assert tab.told("pong") == "7"
    tab.close()


@pytest.mark.parametrize("query", ["width=99999&height=0", "width=-1&height=x", "width=" + "9" * 5000])
def test_a_size_that_no_screen_has_costs_nothing(serve: Serve, query: str) -> None:
    tab = Tab(serve(), query)
    tab.wait_for("size ")
    tab.send("resize", {"width": 10**9, "height": -1})
    tab.wait_for("size 600 x 1")
    tab.close()


@pytest.mark.parametrize("sent", ["[", "{}", '["stdin", 1]', '["resize", {}]', '["stdin", "\\ud800"]', "[" * 100_000])
def test_what_no_page_of_ours_sends_ends_the_tab(serve: Serve, sent: str) -> None:
    tab = Tab(serve())
    tab.wait_for("size 80 x 24")
    tab.socket.send(sent)
    assert tab.end()[0] == tabs.REFUSED
    wait_until(lambda: not dashboards())


def test_a_file_is_given_once_to_be_kept_and_never_shown(serve: Serve) -> None:
    url = serve()
    tab = Tab(url)
    tab.wait_for("size 80 x 24")
    tab.send("stdin", "d")
    address = f"{url}/download/{tab.told('deliver_file_start')}"
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"delivered text"
        assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''a%20%22file%22.txt"
        assert answer.headers["content-type"] == "application/octet-stream"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(address)
    tab.close()


def test_there_are_no_more_dashboards_than_may_be_and_the_page_is_told_so(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabs, "FREE_S", 0.2)
    url = serve(most_tabs=2)
    open_tabs = [Tab(url), Tab(url)]
    for one in open_tabs:
        one.wait_for("size 80 x 24")
    code, reason, shown = Tab(url).end()
    assert (code, len(dashboards())) == (tabs.FULL, 2)
    assert reason == "No dashboard is free: --max-tabs is 2. Close another tab, then open this again."
    assert reason in shown
    for one in open_tabs:
        one.close()


def test_a_tab_that_is_loaded_again_waits_for_itself_to_end(serve: Serve) -> None:
    url = serve(most_tabs=1)
    first = Tab(url)
    first.wait_for("size 80 x 24")
    [before] = dashboards()
    first.close()
    second = Tab(url)
    second.wait_for("size 80 x 24")
    assert [one.pid for one in dashboards()] != [before.pid]
    second.close()


def test_a_dashboard_ends_with_its_tab_also_one_that_hangs(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabs, "END_S", 0.5)
    url = serve(most_tabs=1)
    for keys in ("", "h"):
        tab = Tab(url)
        tab.wait_for("size 80 x 24")
        tab.send("stdin", keys)
        tab.socket.ping().wait()
        tab.close()
        wait_until(lambda: not dashboards())


@pytest.mark.parametrize(
    ("key", "code", "said"),
    [
        ("q", tabs.LEFT, "The dashboard is closed. Runs go on."),
        ("x", tabs.FAULT, "The dashboard has failed: the log says why."),
    ],
)
def test_a_dashboard_that_ends_says_so_to_its_tab_and_shows_no_path(
    serve: Serve, key: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tab = Tab(serve())
    tab.wait_for("size 80 x 24")
    tab.send("stdin", key)
    ended = tab.end()
    assert ended[:2] == (code, said)
    assert "secret" not in tab.drawn.decode() + ended[2]
    wait_until(lambda: not dashboards())
    assert ("/secret/path" in capsys.readouterr().out) is (key == "x")
