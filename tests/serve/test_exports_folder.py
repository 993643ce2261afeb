"""Exports that come into the workspace are served without a restart, and those that go are not."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import httpx
import pytest

from ganstudio.inference.exports import Export
from ganstudio.serve.app import create_app
from ganstudio.serve.guard import Guard
from ganstudio.serve.models.catalog import Catalog
from ganstudio.serve.models.exports_folder import ExportsFolder, watch
from ganstudio.serve.problems import ProblemError
from ganstudio.serve.settings import Settings
from tests.serve.conftest import problem


@pytest.fixture
def exports(models: dict[str, Path], tmp_path: Path) -> Path:
    """A folder with one export."""
    shutil.copy(models["digits"], tmp_path)
    return tmp_path


def names(found: list[Export]) -> list[str]:
    return [one.name for one in found]


def test_a_folder_tells_what_is_whole_in_it(exports: Path, models: dict[str, Path]) -> None:
    folder = ExportsFolder(exports)
    assert names(folder.look()) == ["digits"]
    whole = models["plain"].read_bytes()
    (exports / "plain.onnx").write_bytes(whole[:3000])  # as a copy is that is under way
    assert names(folder.look()) == ["digits"]
    (exports / "plain.onnx").write_bytes(whole)
    for file in models["styled"].parent.glob("styled*.onnx"):
        shutil.copy(file, exports)
    assert names(folder.look()) == ["digits", "plain", "styled"]
    (exports / "plain.onnx").write_bytes(whole[:3000])
    assert names(folder.look()) == ["digits", "plain", "styled"]
    (exports / "plain.onnx").unlink()
    assert names(folder.look()) == ["digits", "styled"]


def test_an_export_that_is_replaced_badly_stays_what_it_was_from_the_first_look_on(exports: Path) -> None:
    known = Export.load(exports / "digits.onnx")
    known.path.write_bytes(known.path.read_bytes()[:3000])
    assert ExportsFolder(exports, [known]).look() == [known]
    assert ExportsFolder(exports).look() == []


def test_what_is_gone_ends_its_work_and_is_asked_for_in_vain(models: dict[str, Path]) -> None:
    async def run() -> None:
        told: list[tuple[str, str]] = []
        paths = [Export.load(models[name]) for name in ("digits", "plain")]
        catalog = Catalog(paths, Settings(), lambda model, what, _seconds: told.append((model, what)))
        working = await catalog.lease("digits")
        waiting = asyncio.create_task(catalog.lease("plain"))
        await asyncio.sleep(0)  # it has begun to load
        catalog.update([Export.load(models["linear"])])
        assert catalog.default == "linear"
        assert not working.opened.closed
        working.release()
        assert working.opened.closed
        for lease in (waiting, catalog.lease("digits")):
            with pytest.raises(ProblemError, match="none that is served") as error:
                await lease
            assert error.value.status == 404
        catalog.update([])
        with pytest.raises(ProblemError, match="none is served now"):
            await catalog.lease(None)
        catalog.update(paths)
        (await catalog.lease(None)).release()
        assert catalog.names == ["digits", "plain"]
        assert told[:4] == [("digits", "loaded"), ("digits", "removed"), ("plain", "removed"), ("linear", "added")]
        catalog.close()

    asyncio.run(run())


def test_the_first_model_stays_the_first_when_others_come(exports: Path, models: dict[str, Path]) -> None:
    catalog = Catalog([Export.load(exports / "digits.onnx")], Settings())
    shutil.copy(models["plain"], exports / "a.onnx")
    catalog.update(ExportsFolder(exports).look())
    assert (catalog.names, catalog.default) == (["digits", "a"], "digits")


def test_a_server_of_a_folder_serves_what_comes_into_it(
    exports: Path, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "__defaults__", (0.01,))
    known = [Export.load(exports / "digits.onnx")]
    app = create_app(known, Settings(log=False), ExportsFolder(exports, known))
    assert isinstance(app, Guard)

    async def ask(client: httpx.AsyncClient) -> None:
        assert "Did you mean" in problem(await client.post("/generate", json={"model": "digit"}), 404)
        shutil.copy(models["plain"], exports)
        while (await client.post("/generate", json={"model": "plain"})).status_code == 404:
            await asyncio.sleep(0.01)
        (exports / "digits.onnx").unlink()
        while (await client.get("/v1/models")).json()["default"] != "plain":
            await asyncio.sleep(0.01)
        (exports / "plain.onnx").unlink()
        while (answer := (await client.get("/v1/models")).json())["models"]:
            await asyncio.sleep(0.01)
        assert answer["default"] is None
        assert "none is served now" in problem(await client.post("/generate", json={}), 503)
        assert (await client.get("/readyz")).status_code == 503

    async def run() -> None:
        inner = app._app
        transport = httpx.ASGITransport(app)
        async with (
            inner.router.lifespan_context(inner),  # type: ignore[attr-defined]
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
            asyncio.timeout(60),
        ):
            await ask(client)

    asyncio.run(run())
