"""What the guard goes by: settings, rates, numbers and the log. Every server has one, whatever it serves."""

from __future__ import annotations

from typing import cast

from starlette.requests import HTTPConnection

from ganstudio.serve.access.bodies import Bodies
from ganstudio.serve.access.rates import Rates
from ganstudio.serve.settings import Settings
from ganstudio.serve.telemetry import AccessLog, Metrics

_LOGINS_A_SECOND, _LOGINS_AT_ONCE = 0.2, 5  # of a client: tokens are long, and yet nobody is to try many


class Door:
    """Made in the event loop that serves."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.log = AccessLog(settings.log)
        self.rates = Rates(settings.limits.rate)
        self.bodies = Bodies(settings.limits.body_bytes)
        self.logins = Rates(_LOGINS_A_SECOND, burst=_LOGINS_AT_ONCE)

    async def drain(self) -> None:
        """Ends what would go on by itself, once the server is to end: nothing here."""


def door_of(connection: HTTPConnection) -> Door:
    return cast("Door", connection.app.state.server)
