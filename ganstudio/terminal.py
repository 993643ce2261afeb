"""The abilities of this terminal, by its environment; it is not asked, since it may not answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

TRUE_COLOUR = 1 << 24
PICTURE_COLOURS = 256  # that pictures need


def moves_cursor(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that obeys codes: one that calls itself dumb, or nothing, prints them."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


@contextmanager
def wait_message(what: str | None) -> Iterator[None]:
    """Shows `what` on a line of the terminal at stderr meanwhile; progress that is printed then replaces it."""
    stream = sys.stderr
    put = getattr(stream, "put", stream.write)  # of a stream that writes controls out: as it is
    visible = what and os.environ.get("GANSTUDIO_PROGRESS") != "lines" and moves_cursor(stream)
    if visible:
        put(f"\r\x1b[K{what} ...")
        stream.flush()
    try:
        yield
    finally:
        if visible:
            put("\r\x1b[K")
            stream.flush()


def coloured(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that shows colours and whose user wants them."""
    return moves_cursor(stream) and not os.environ.get("NO_COLOR")


def colours() -> int:
    """The number of colours that this terminal shows and its user wants: 0, 16, 256 or TRUE_COLOUR."""
    term = os.environ.get("TERM", "")
    if os.environ.get("NO_COLOR") or term in ("", "dumb"):
        return 0
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or os.environ.get("WT_SESSION"):
        return TRUE_COLOUR
    return 256 if "256" in term or "kitty" in term else 16


def places_pictures() -> bool:
    """Whether this terminal draws pictures where characters say so (kitty's placeholders)."""
    env = os.environ
    known = "KITTY_WINDOW_ID" in env or "ghostty" in (
        env.get("TERM_PROGRAM", ""),
        env.get("TERM", "").rpartition("-")[2],
    )
    return known and "TMUX" not in env and not env.get("NO_COLOR")


BELL = "\a"
_LONGEST_NOTIFICATION = 200  # letters


def desktop_notification(title: str, text: str) -> str:
    """The code that shows a notification of the desktop: OSC 777 or OSC 9, as this terminal reads it; '' for none.

    One of the two is sent, never both: some terminals read both. tmux hands it on where its user lets it.
    """
    env = os.environ
    term = env.get("TERM", "")
    if term in ("", "dumb", "linux"):  # the console would print it
        return ""
    title, text = (_plain(part) for part in (title, text))
    if term.startswith(("foot", "rxvt")) or "VTE_VERSION" in env:
        code = f"\x1b]777;notify;{title};{text}\x1b\\"
    else:
        code = f"\x1b]9;{title}: {text}\x1b\\"
    return code if "TMUX" not in env else f"\x1bPtmux;{code.replace(chr(27), chr(27) * 2)}\x1b\\"


def _plain(text: str) -> str:
    """A text that ends no code and begins no field of one."""
    return "".join(letter if letter.isprintable() else " " for letter in text).replace(";", ",")[:_LONGEST_NOTIFICATION]


def image_protocols() -> list[str]:
    """The image protocols of terminals that name themselves in the environment."""
    env = os.environ
    term, program = env.get("TERM", ""), env.get("TERM_PROGRAM", "")
    wezterm, konsole = program == "WezTerm", "KONSOLE_VERSION" in env
    known = {
        "kitty": "KITTY_WINDOW_ID" in env or "kitty" in term or "ghostty" in (program, term) or wezterm or konsole,
        "sixel": term.startswith(("foot", "mlterm", "contour")) or "WT_SESSION" in env or wezterm or konsole,
        "iterm": program == "iTerm.app" or env.get("LC_TERMINAL") == "iTerm2" or wezterm,
    }
    return [name for name, there in known.items() if there]
