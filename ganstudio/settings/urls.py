"""URLs of a webhook: what one may be, and how it is shown. Path, query and user name are secrets."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

WEBHOOK_WORDS = "a URL that begins with http:// or https:// and names a host"


def is_webhook(url: str) -> bool:
    """Whether a message can be sent to `url`."""
    return _split(url) is not None


def redacted(url: str) -> str:
    """Scheme and host of a webhook's URL; what follows or stands before the host is left out."""
    parts = _split(url)
    if parts is None:
        return "(no URL)"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port is None else f":{parts.port}"
    whole = f"{parts.scheme}://{host}{port}"
    return whole if url.rstrip("/") == whole else f"{whole}/..."


def _split(url: str) -> SplitResult | None:
    if not (url.isascii() and url.isprintable()) or " " in url:
        return None
    try:
        parts = urlsplit(url)
        legal = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, half of an IPv6 address
        return None
    return parts if legal else None
