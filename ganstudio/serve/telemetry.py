"""What a server tells of itself: numbers for Prometheus, and a line of JSON a request on stderr."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any, TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# of FastAPI: else what OpenTelemetry sees of requests could be sent where environment variables say
_OF_OPENTELEMETRY = ("tracing", "metrics", "logs", "operation_spans", "auto_configure")
SENDS_NOTHING: Any = dict.fromkeys(_OF_OPENTELEMETRY, False)  # older versions have no type for it, and send nothing

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The server's numbers; all begin with `ganstudio_`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ["path", "method", "status"]
        self._requests = Counter("ganstudio_requests", "Requests by their path.", labels, registry=self.registry)
        self._seconds = Histogram(
            "ganstudio_request_seconds", "How long requests took.", ["path"], buckets=_SECONDS, registry=self.registry
        )
        self._batches = Histogram(
            "ganstudio_batch_images", "Images in a batch.", ["model"], buckets=_SIZES, registry=self.registry
        )
        self._refused = Counter("ganstudio_refused", "Requests refused, by status.", ["status"], registry=self.registry)
        told = "Models added, loaded, swapped, dropped, removed, or failed to open."
        self._models = Counter("ganstudio_model_events", told, ["model", "event"], registry=self.registry)
        self._load = Gauge("ganstudio_model_load_seconds", "The last load.", ["model"], registry=self.registry)
        self.queue = Gauge("ganstudio_queued_images", "Images that wait for a batch.", registry=self.registry)
        self.jobs = Gauge("ganstudio_jobs", "Jobs that run or wait.", registry=self.registry)

    def request(self, path: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(path, method, str(status)).inc()
        self._seconds.labels(path).observe(seconds)
        if status in (401, 403, 413, 421, 429, 503):
            self._refused.labels(str(status)).inc()

    def batch(self, model: str, size: int) -> None:
        self._batches.labels(model).observe(size)

    def model(self, model: str, what: str, seconds: float) -> None:
        self._models.labels(model, what).inc()
        if what in ("loaded", "swapped"):
            self._load.labels(model).set(seconds)

    def text(self) -> bytes:
        return generate_latest(self.registry)


@dataclass
class AccessLog:
    """A line of JSON a request; values that a client chose are escaped by JSON."""

    on: bool = True
    stream: TextIO = field(default_factory=lambda: sys.stderr)

    def write(self, **fields: object) -> None:
        if self.on:
            line = {"time": round(time.time(), 3)} | fields
            self.stream.write(json.dumps(line) + "\n")
