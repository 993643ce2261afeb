"""What comes with FastAPI may send what it sees where the environment says; the server has it do nothing."""

from __future__ import annotations

import asyncio
from typing import NoReturn

import pytest
from starlette.types import ASGIApp, Message

from tests.serve.conftest import Serve


async def started_and_ended(app: ASGIApp) -> None:
    """Begins and ends an application as uvicorn does."""
    coming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    told: list[str] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        told.append(message["type"])

    await app({"type": "lifespan", "state": {}}, receive, send)
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_telemetry_that_the_environment_asks_for_is_not_begun(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    asyncio.run(started_and_ended(serve("digits").app))
    assert [record.getMessage() for record in caplog.records if record.name.startswith("fastapi")] == []


def test_a_tracer_that_something_else_set_up_sees_no_request(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def provider() -> NoReturn:
        raise AssertionError("a request was about to be traced")

    for name in ("trace.get_tracer_provider", "metrics.get_meter_provider", "_logs.get_logger_provider"):
        monkeypatch.setattr(f"opentelemetry.{name}", provider)
    assert serve("digits").get("/healthz").status_code == 200
