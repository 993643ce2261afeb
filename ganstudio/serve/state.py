"""What a running server has: settings, models, jobs, decoders, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from ganstudio.inference.exports import Export
from ganstudio.serve.access.rates import Rates
from ganstudio.serve.catalog import Catalog
from ganstudio.serve.children import Decoders
from ganstudio.serve.exports_folder import ExportsFolder
from ganstudio.serve.jobs import Jobs
from ganstudio.serve.settings import Settings
from ganstudio.serve.telemetry import AccessLog, Metrics

_LOGINS_A_SECOND, _LOGINS_AT_ONCE = 0.2, 5  # of a client: tokens are long, and yet nobody is to try many


@dataclass(eq=False)
class ServerState:
    """Made by `of`, in the event loop that serves."""

    settings: Settings
    catalog: Catalog
    jobs: Jobs
    decoders: Decoders
    metrics: Metrics
    log: AccessLog
    rates: Rates
    logins: Rates
    folder: ExportsFolder | None = None
    draining: bool = field(default=False)

    @classmethod
    def of(cls, exports: Sequence[Export], settings: Settings, folder: ExportsFolder | None = None) -> ServerState:
        """`folder` is watched for further models, where there is one. Raises UsageError: two models have one name."""
        metrics = Metrics()
        return cls(
            settings=settings,
            catalog=Catalog(exports, settings, metrics.model, metrics.batch),
            jobs=Jobs(settings.limits.jobs),
            decoders=Decoders(settings.limits.pixels),
            metrics=metrics,
            log=AccessLog(settings.log),
            rates=Rates(settings.limits.rate),
            logins=Rates(_LOGINS_A_SECOND, burst=_LOGINS_AT_ONCE),
            folder=folder,
        )


def state_of(request: HTTPConnection) -> ServerState:
    return cast("ServerState", request.app.state.server)
