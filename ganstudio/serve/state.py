"""What a running server of models has: its door, models, jobs, decoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from starlette.requests import HTTPConnection

from ganstudio.inference.exports import Export
from ganstudio.serve.children import Decoders
from ganstudio.serve.door import Door
from ganstudio.serve.jobs import Jobs
from ganstudio.serve.models.catalog import Catalog
from ganstudio.serve.models.exports_folder import ExportsFolder
from ganstudio.serve.settings import Settings


class ServerState(Door):
    """Made in the event loop that serves. Raises UsageError where two models have one name."""

    def __init__(self, exports: Sequence[Export], settings: Settings, folder: ExportsFolder | None = None) -> None:
        """`folder` is watched for further models, where there is one."""
        super().__init__(settings)
        self.folder = folder
        self.catalog = Catalog(exports, settings, self.metrics.model, self.metrics.batch)
        self.jobs = Jobs(settings.limits.jobs)
        self.decoders = Decoders(settings.limits.pixels)
        self.draining = False

    async def drain(self) -> None:
        """Ends all jobs; the server is not ready from now on."""
        self.draining = True
        await self.jobs.cancel_all()


def state_of(request: HTTPConnection) -> ServerState:
    return cast("ServerState", request.app.state.server)
