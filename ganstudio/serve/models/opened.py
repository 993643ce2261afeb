"""One version of a model that is loaded: its session, the thread that runs it, and the queue before that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TypeVar

from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.images.memory import cut_for
from ganstudio.inference.images.model import ImageModel, kind_of
from ganstudio.inference.images.render import Cut
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.truncation import centres_of
from ganstudio.inference.manifest import content_hash, read_manifest
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.style.stylizer import Stylizer
from ganstudio.serve.models.batching import Batcher, Floats, QueueFullError, Wanted
from ganstudio.serve.problems import busy, refused
from ganstudio.serve.settings import Settings

T = TypeVar("T")
CENTRES = 4  # of w, that styles may be drawn towards


class Opened:
    """A loaded model. `users` are the requests that it serves now; once it is retired and has none it may go.

    Attributes:
        export: the file that it was loaded from, as it was then.
        closed: whether it was dropped.
        bytes: an estimate of the memory that it takes.
    """

    def __init__(
        self,
        export: Export,
        model: OnnxModel | ImageModel,
        settings: Settings,
        told: Callable[[int], None] = lambda _size: None,
    ) -> None:
        self.export, self._model, self.users, self.closed = export, model, 0, False
        self.bytes = 2 * sum(path.stat().st_size for path in [export.path, *export.companions()])
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"model-{export.name}")
        most = settings.batch or (model.batch if isinstance(model, OnnxModel) else 1)
        self.batcher = Batcher(self._draw, most, settings.wait_s, settings.limits.queued_images, told)

    @classmethod
    def load(cls, export: Export, settings: Settings, told: Callable[[int], None] = lambda _size: None) -> Opened:
        """Opens a session after all hashes are checked. Raises UsageError, whose text no client may see."""
        for path in [export.path, *export.companions()]:
            manifest = read_manifest(path)
            if manifest is None or content_hash(path) != manifest.sha256:
                raise UsageError(f"{path}: its content is not what its manifest tells of; it was damaged or changed.")
        if kind_of(export.manifest) == "sample":
            return cls(export, OnnxModel.open(export.path, settings.provider), settings, told)
        network = Stylizer if kind_of(export.manifest) == "stylize" else ImageModel
        return cls(export, network(export.path, export.manifest, settings.provider), settings, told)

    @property
    def name(self) -> str:
        return self.export.name

    @property
    def generator(self) -> OnnxModel:
        """The model from latents to pictures. Raises ProblemError where it is none."""
        if isinstance(self._model, OnnxModel):
            return self._model
        raise refused(f"model: {self.name} is given pictures; it draws none from seeds.", "model")

    def check_draws(self) -> None:
        """Raises ProblemError for a model that is given pictures."""
        _ = self.generator

    @property
    def network(self) -> ImageModel:
        """The network from pictures to pictures. Raises ProblemError where it is none."""
        if isinstance(self._model, ImageModel):
            return self._model
        raise refused(f"model: {self.name} draws pictures from seeds and is given none.", "model")

    @property
    def stylizer(self) -> Stylizer:
        """The network that paints in styles. Raises ProblemError where it is none."""
        if isinstance(self._model, Stylizer):
            return self._model
        raise refused(f"model: {self.name} does not paint in styles.", "model")

    @cached_property
    def latent(self) -> LatentModel:
        """The model with its halves; to be asked for in the model's thread."""
        return LatentModel.of(self.generator)

    @cached_property
    def cut(self) -> Cut:
        """How large pictures are cut; to be asked for in the model's thread, where a tile is run to measure it."""
        return cut_for(self.network)

    @cached_property
    def centres(self) -> Floats:
        """The middles [CENTRES, layers, size] of its ws; to be asked for in the model's thread."""
        return centres_of(self.latent, CENTRES)

    async def run(self, work: Callable[..., T], *given: object) -> T:
        """What `work` returns; it runs in the model's thread, one call after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *given))

    async def each(self, items: Iterator[T]) -> AsyncIterator[T]:
        """The items in turn, each computed in the model's thread; between two of them other requests have theirs."""
        end = object()
        while (item := await self.run(next, items, end)) is not end:
            yield item

    async def images(self, wanted: Wanted) -> Floats:
        """Images [N, C, H, W], drawn in batches with those of other requests. Raises ProblemError: too many wait."""
        try:
            return await self.batcher.images(wanted)
        except QueueFullError as error:
            why = f"{self.batcher.queued:,} images wait for {self.name} already"
            raise busy(429, f"{why}. Try again in {error.wait_s:.0f} s.", error.wait_s) from None

    async def _draw(self, wanted: Wanted) -> Floats:
        model = self.generator
        call = partial(
            model.generate,
            wanted.z,
            wanted.labels,
            psi=wanted.psi,
            seeds=wanted.seeds.tolist(),
            noise=wanted.noise,
            batch=len(wanted),
        )
        return await self.run(call)

    def close(self) -> None:
        self.closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)
