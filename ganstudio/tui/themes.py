"""The dark and the light theme. A terminal of few colours shows the nearest ones that it has.

`faint` is the colour of secondary text, `frame` of borders: plain colours, since Textual mixes its muted ones with the
background, which a widget that draws its own lines does not know.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="ganstudio-dark",
    primary="#56b4e9",
    secondary="#cc79a7",
    accent="#e69f00",
    success="#2bc48a",
    warning="#e6b800",
    error="#ff6b5e",
    foreground="#dfe3e8",
    background="#10141a",
    surface="#171c24",
    panel="#1f2630",
    dark=True,
    variables={
        "footer-key-foreground": "#e69f00",
        "block-cursor-text-style": "none",
        "faint": "#8b96a3",
        "frame": "#364150",
    },
)
LIGHT = Theme(
    name="ganstudio-light",
    primary="#0072b2",
    secondary="#a03a74",
    accent="#a35200",
    success="#00704f",
    warning="#8a6d00",
    error="#b3261e",
    foreground="#1d2126",
    background="#fbfbf9",
    surface="#f2f2ee",
    panel="#e4e5e0",
    dark=False,
    variables={
        "footer-key-foreground": "#a35200",
        "block-cursor-text-style": "none",
        "faint": "#5d646c",
        "frame": "#b9bcb4",
    },
)
