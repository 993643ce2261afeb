"""Models come when they are asked for, are swapped when their file changes, and go when memory is short."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.serve.models.catalog import Catalog
from ganstudio.serve.problems import ProblemError
from ganstudio.serve.settings import Limits, Settings
from tests.inference.generators import write_generator
from tests.serve.conftest import Serve, true_hash


def catalog_of(paths: list[Path], told: list[tuple[str, str]], limits: Limits | None = None) -> Catalog:
    exports = [Export.load(path) for path in paths]
    return Catalog(exports, Settings(limits or Limits()), lambda model, what, _seconds: told.append((model, what)))


def test_a_model_is_loaded_once_when_many_ask(models: dict[str, Path]) -> None:
    async def run() -> None:
        told: list[tuple[str, str]] = []
        catalog = catalog_of([models["digits"]], told)
        leases = await asyncio.gather(*(catalog.lease(None) for _ in range(5)))
        assert told == [("digits", "loaded")]
        assert len({id(lease.opened) for lease in leases}) == 1
        assert leases[0].opened.users == 5
        catalog.close()

    asyncio.run(run())


def test_a_file_that_changes_is_swapped_and_the_old_one_ends_its_work(tmp_path: Path) -> None:
    async def run() -> None:
        told: list[tuple[str, str]] = []
        path = true_hash(write_generator(tmp_path / "a.onnx"))
        catalog = catalog_of([path], told)
        old = await catalog.lease("a")
        true_hash(write_generator(tmp_path / "new" / "a.onnx", channels=3))
        shutil.move(tmp_path / "new" / "a.onnx", path)
        during = await catalog.lease("a")  # begins to load the new file, and works with the old one meanwhile
        assert during.opened is old.opened
        while ("a", "swapped") not in told:
            await asyncio.sleep(0.01)
        new = await catalog.lease("a")
        assert new.opened.generator.image_shape == (3, 32, 32)
        assert not old.opened.closed
        old.release()
        during.release()
        assert old.opened.closed
        catalog.close()

    asyncio.run(run())


def test_a_file_that_changes_into_a_bad_one_leaves_the_old_one_at_work(tmp_path: Path) -> None:
    async def run() -> None:
        told: list[tuple[str, str]] = []
        path = true_hash(write_generator(tmp_path / "a.onnx"))
        catalog = catalog_of([path], told)
        first = await catalog.lease("a")
        path.write_bytes(path.read_bytes()[:5000])
        await catalog.lease("a")
        while ("a", "failed") not in told:
            await asyncio.sleep(0.01)
        assert (await catalog.lease("a")).opened is first.opened
        assert told == [("a", "loaded"), ("a", "failed")]
        catalog.close()

    asyncio.run(run())


def test_the_model_used_longest_ago_makes_room_but_never_one_that_works(models: dict[str, Path]) -> None:
    async def run() -> None:
        told: list[tuple[str, str]] = []
        limits = Limits(memory_bytes=2 * sum(models[name].stat().st_size for name in ("digits", "plain")) + 1000)
        catalog = catalog_of([models[name] for name in ("digits", "plain", "seasons", "enlarger")], told, limits)
        working = await catalog.lease("digits")
        (await catalog.lease("plain")).release()
        (await catalog.lease("seasons")).release()
        assert told == [("digits", "loaded"), ("plain", "loaded"), ("seasons", "loaded"), ("plain", "dropped")]
        assert not working.opened.closed
        again = await catalog.lease("plain")
        assert not again.opened.closed
        catalog.close()

    asyncio.run(run())


def test_a_file_that_is_gone_is_not_ready_and_503(tmp_path: Path) -> None:
    async def run() -> None:
        path = true_hash(write_generator(tmp_path / "a.onnx"))
        catalog = catalog_of([path], [])
        path.unlink()
        assert not catalog.ready("a")
        with pytest.raises(ProblemError, match="a cannot be opened") as error:
            await catalog.lease("a")
        assert error.value.status == 503

    asyncio.run(run())


def test_two_models_of_one_name_are_refused(models: dict[str, Path], tmp_path: Path) -> None:
    other = shutil.copy(models["digits"], tmp_path / "digits.onnx")
    with pytest.raises(UsageError, match="two models are called digits"):
        catalog_of([models["digits"], Path(other)], [])


def test_a_model_tells_what_it_takes_without_being_loaded(serve: Serve) -> None:
    server = serve("digits", "styled", "seasons", "enlarger", "painter")
    answer = server.get("/v1/models").json()
    told = {one["name"]: one for one in answer["models"]}
    assert answer["default"] == "digits"
    assert {name: one["does"] for name, one in told.items()} == {
        "digits": ["generate", "interpolate", "edit", "project"],
        "styled": ["generate", "interpolate", "edit", "mix", "project"],
        "seasons": ["translate"],
        "enlarger": ["upscale"],
        "painter": ["stylize"],
    }
    assert (told["styled"]["layers"], told["digits"]["layers"]) == (4, None)
    assert told["styled"]["layer_groups"]["layer 0"] == "0"
    assert (told["seasons"]["domains"], told["enlarger"]["scale"]) == (["summer", "winter"], 2)
    assert not any(one["loaded"] for one in told.values())


def test_models_come_with_the_limits_of_a_request(serve: Serve) -> None:
    server = serve("digits", limits=Limits(body_bytes=9, images=8, pixels=7, frames=6, search_steps=5))
    wanted = {"body_bytes": 9, "images": 8, "pixels": 7, "frames": 6, "search_steps": 5}
    assert server.get("/v1/models").json()["limits"] == wanted
