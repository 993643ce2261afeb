"""The text of an exception, for a screen that shows the other things all the same."""

from __future__ import annotations

from ganstudio.errors import StudioError


def error_text(error: Exception, subject: object = "") -> str:
    """Returns the message of an error: a StudioError's as it is, any other with its class and its `subject`."""
    if isinstance(error, StudioError):
        return error.message
    if isinstance(error, MemoryError):
        return "there is not enough memory for it."
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{subject}: cannot be read ({text})." if subject else text
