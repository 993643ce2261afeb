"""Words for what went wrong with one thing among many, so that the others are shown all the same."""

from __future__ import annotations

from ganstudio.errors import StudioError


def said(error: Exception, of: object = "") -> str:
    """The message of an error: ours as it is, any other with its kind and what it is `of`."""
    if isinstance(error, StudioError):
        return error.message
    if isinstance(error, MemoryError):
        return "there is not enough memory for it."
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{of}: cannot be read ({told})." if of else told
