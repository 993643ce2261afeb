"""The models that are served: loaded when they are asked for, swapped when their file changes, dropped to make room.

A request names a model by a name of this table, never by a file. Why a file cannot be opened is told to the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ganstudio.errors import StudioError, UsageError, nearest
from ganstudio.inference.exports import Export
from ganstudio.serve.models.opened import Opened
from ganstudio.serve.problems import ProblemError, busy
from ganstudio.serve.settings import Settings

_log = logging.getLogger("ganstudio.serve")

Stamp = tuple[int, int, int]
Told = Callable[[str, str, float], None]  # of a model what happened, and what it took


@dataclass(eq=False)
class Served:
    """A model of the table; `opened` is None while it is not loaded. `tried` is the file's stamp when that began."""

    export: Export
    opened: Opened | None = None
    tried: Stamp | None = None
    used: float = 0.0
    loading: asyncio.Task[Opened] | None = None
    retired: list[Opened] = field(default_factory=list)
    gone: bool = False  # taken out of the table: what works on it ends its work

    @property
    def stamp(self) -> Stamp | None:
        """What changes where the file is replaced; None where it is gone."""
        return stamp_of(self.export.path)


def stamp_of(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Lease:
    """A model that is in use until `release`, which may be called again."""

    def __init__(self, opened: Opened, released: Callable[[], None]) -> None:
        self.opened, self._released, self._held = opened, released, True

    def release(self) -> None:
        if self._held:
            self._held = False
            self.opened.users -= 1
            self._released()


class Catalog:
    """All models, by name. `told` hears of models that were loaded, swapped, dropped or could not be opened."""

    def __init__(
        self,
        exports: Sequence[Export],
        settings: Settings,
        told: Told = lambda _model, _what, _seconds: None,
        batch_told: Callable[[str, int], None] = lambda _model, _size: None,
    ) -> None:
        self._settings, self._told, self._batch_told = settings, told, batch_told
        self._models = {export.name: Served(export) for export in exports}
        if len(self._models) < len(exports):
            names = [export.name for export in exports]
            twice = next(name for name in names if names.count(name) > 1)
            raise UsageError(f"two models are called {twice}: a name must mean one. Rename one of the files.")

    @property
    def names(self) -> list[str]:
        return list(self._models)

    @property
    def default(self) -> str | None:
        """The model that a request means which names none; None where none is served."""
        return next(iter(self._models), None)

    def served(self, name: str | None) -> Served:
        """The model of that name, or the first. Raises ProblemError where there is none of that name."""
        if not self._models:
            raise busy(503, "model: none is served now.", 30)
        if name is None:
            return next(iter(self._models.values()))
        if name not in self._models:
            raise self._unknown(name)
        return self._models[name]

    def _unknown(self, name: str) -> ProblemError:
        known = nearest(name, self._models) if self._models else "None is."
        return ProblemError(404, f"model: {name!r} is none that is served. {known}")

    def ready(self, name: str) -> bool:
        """Whether a model is there to be used: loaded, or not yet tried in vain."""
        one = self.served(name)
        return one.opened is not None or (one.stamp is not None and one.tried != one.stamp)

    def all(self) -> list[Served]:
        return list(self._models.values())

    async def lease(self, name: str | None) -> Lease:
        """A loaded model, which stays loaded until it is given back.

        Raises ProblemError: there is no such model, or it cannot be opened.
        """
        one = self.served(name)
        while (opened := await self._current(one)).closed:
            pass  # it had to make room while others waited for it too
        one.used = asyncio.get_running_loop().time()
        opened.users += 1
        return Lease(opened, lambda: self._drop_retired(one))

    @asynccontextmanager
    async def use_lease(self, name: str | None) -> AsyncIterator[Lease]:
        """As `lease`, given back at the end."""
        lease = await self.lease(name)
        try:
            yield lease
        finally:
            lease.release()

    @asynccontextmanager
    async def plan_lease(self, name: str | None) -> AsyncIterator[Lease]:
        """As `lease`, given back where planning fails; else by whoever does what was planned."""
        lease = await self.lease(name)
        try:
            yield lease
        except BaseException:
            lease.release()
            raise

    def update(self, exports: Sequence[Export]) -> None:
        """Serves these models from now on, new ones last. Those that are gone end what they have begun."""
        found = {export.name: export for export in exports}
        for name in [name for name in self._models if name not in found]:
            one = self._models.pop(name)
            one.gone = True
            self._retire(one)
            self._told(name, "removed", 0.0)
        for name, export in found.items():
            if name not in self._models:
                self._models[name] = Served(export)
                self._told(name, "added", 0.0)
            elif self._models[name].opened is None:
                self._models[name].export = export

    def close(self) -> None:
        """Drops all models; those that are asked for again are loaded again."""
        for one in self._models.values():
            for opened in [*one.retired, *([one.opened] if one.opened else [])]:
                opened.close()
            one.opened, one.tried, one.loading = None, None, None
            one.retired.clear()

    async def _current(self, one: Served) -> Opened:
        """What is loaded; where the file has changed it is loaded anew meanwhile, and taken from then on."""
        if one.gone:
            raise self._unknown(one.export.name)
        stamp = one.stamp
        if stamp is not None and stamp != one.tried and (one.loading is None or one.loading.done()):
            one.loading = asyncio.create_task(self._load(one, stamp))
            one.loading.add_done_callback(_retrieved)
        if one.opened is not None:
            return one.opened
        if one.loading is None:
            raise busy(503, f"model: {one.export.name} cannot be opened; the server's log says why.", 30)
        try:
            return await asyncio.shield(one.loading)
        except StudioError:
            raise busy(503, f"model: {one.export.name} cannot be opened; the server's log says why.", 30) from None

    async def _load(self, one: Served, stamp: Stamp) -> Opened:
        """Loads the file, and retires what was loaded before. Raises StudioError, after it was logged."""
        loop, name, before = asyncio.get_running_loop(), one.export.name, one.opened
        began = loop.time()
        one.tried = stamp

        def told(size: int) -> None:
            self._batch_told(name, size)

        try:
            export = await asyncio.to_thread(Export.load, one.export.path)
            opened = await asyncio.to_thread(Opened.load, export, self._settings, told)
        except (StudioError, OSError) as error:
            _log.error("%s cannot be opened: %s", name, error)
            self._told(name, "failed", loop.time() - began)
            raise error if isinstance(error, StudioError) else StudioError(str(error)) from None
        if before is not None:
            one.retired.append(before)
        one.export, one.opened, one.used = export, opened, loop.time()
        self._told(name, "swapped" if before else "loaded", loop.time() - began)
        if one.gone:
            self._retire(one)
        self._drop_retired(one)
        self._make_room(one)
        return opened

    def _make_room(self, kept: Served) -> None:
        """Drops the models that were used longest ago until the rest fits, but never one that works, nor `kept`."""
        loaded = sorted((one for one in self.all() if one.opened), key=lambda one: one.used)
        total = sum(one.opened.bytes for one in loaded if one.opened)
        for one in loaded:
            if total <= self._settings.limits.memory_bytes:
                return
            if one is kept or one.opened is None or one.opened.users:
                continue
            total -= one.opened.bytes
            one.opened.close()
            one.opened, one.tried = None, None
            self._told(one.export.name, "dropped", 0.0)

    def _retire(self, one: Served) -> None:
        """Lets go of what is loaded of a model, once nothing works with it any more."""
        if one.opened is not None:
            one.retired.append(one.opened)
            one.opened = None
        self._drop_retired(one)

    @staticmethod
    def _drop_retired(one: Served) -> None:
        for opened in [opened for opened in one.retired if not opened.users]:
            opened.close()
            one.retired.remove(opened)


def _retrieved(task: asyncio.Task[Opened]) -> None:
    """Nobody may be waiting for a model that could not be opened; what went wrong is in the log."""
    if not task.cancelled():
        task.exception()
