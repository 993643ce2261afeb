"""Flags that several commands share, and what they mean together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.errors import UsageError

if TYPE_CHECKING:
    from ganstudio.runs.queue.tickets import Manner
    from ganstudio.watcher.start import Wishes

Queue = Annotated[bool, typer.Option("--queue", help="Wait while the device is busy, first come first served.")]
Share = Annotated[bool, typer.Option("--share", help="Start beside whatever runs on the device.")]

Device = Annotated[str, typer.Option(metavar="NAME", envvar="GANSTUDIO_DEVICE", help="auto, cpu, cuda[:i] or mps.")]
OnFinish = Annotated[
    str | None,
    typer.Option(metavar="CMD", help="Run this when the training has ended, in whatever way; for this start alone."),
]
Notify = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="GANSTUDIO_NOTIFY_URL",
        show_default=False,
        help="A webhook to tell of findings and of the end; none for no webhook.",
    ),
]


def wishes(on_finish: str | None, notify: str | None) -> Wishes:
    """What a watcher is to do when a run has ended. Raises UsageError for a URL that no message can be sent to."""
    from ganstudio.settings.urls import WEBHOOK_WORDS, is_webhook
    from ganstudio.settings.values import value_of
    from ganstudio.watcher.start import Wishes

    url = None if notify in (None, "none") else notify
    if url is not None and not is_webhook(url):
        raise UsageError(f"--notify: must be {WEBHOOK_WORDS}, or none.", hint="--notify https://HOST/PATH")
    if not (on_finish or url):
        return Wishes()
    return Wishes(on_finish, url, value_of("notify.severity"))


def manner(queue: bool, share: bool) -> Manner:
    """How a run deals with a busy device, by its two flags. Raises UsageError where both are given."""
    if queue and share:
        raise UsageError("--queue waits for the device, --share does not; give one.")
    return "queue" if queue else "share" if share else "alone"
