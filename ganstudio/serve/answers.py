"""What answers hold: the JSON of every interface but /v2, which the OpenAPI document tells too."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ganstudio.inference.images.model import Kind
from ganstudio.serve.requests import Base64, Format, Latent, Message, Path


class SimplePicture(Message):
    """The answer to POST /generate: `image` alone, or `images` where n was over 1, of seeds counted up."""

    image: Base64 | None = None
    images: list[Base64] | None = None
    seed: int
    style: str | None
    model: str
    class_: str | None = Field(alias="class")
    format: Format


class SimpleFrames(Message):
    """The answer to POST /interpolate."""

    images: list[Base64]
    seed1: int
    seed2: int
    steps: int
    path: Path
    model: str
    class_: str | None = Field(alias="class")
    format: Format


class Picture(Message):
    """One picture of an answer."""

    image: Base64
    seed: int | None = None
    class_: str | None = Field(alias="class", default=None)
    style: str | None = None
    width: int
    height: int
    notes: list[str] = Field(default_factory=list)


class Pictures(Message):
    """The answer to all /v1 work that makes pictures."""

    model: str
    format: Format
    pictures: list[Picture]


class Projection(Message):
    """The result of a projection. Distances are means of squared differences, of images in [-1, 1]."""

    model: str
    image: Base64
    latent: Latent
    distance: float
    start_distance: float
    notes: list[str]


class Reach(Message):
    """A direction with a name; `low` and `high` are the strengths that its proof found to stay within the data."""

    name: str
    low: float | None
    high: float | None


class Code(Message):
    """A code within z."""

    name: str
    low: float | None
    high: float | None
    choices: int | None


class ModelInfo(Message):
    """One model that is served."""

    name: str
    kind: Kind
    does: list[str]
    loaded: bool
    sha256: str
    task: str
    image_shape: list[int | str]
    z_dim: int | None
    classes: list[str]
    psi: bool
    styles: list[str]
    directions: list[Reach]
    layers: int | None
    layer_groups: dict[str, str]
    codes: list[Code]
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    scale: int
    domains: list[str]
    precision: str


class RequestLimits(Message):
    """What one request may ask for: see the options of `ganstudio serve`."""

    body_bytes: int
    images: int
    pixels: int = Field(description="Of an upload.")
    frames: int = Field(description="Of an interpolation.")
    search_steps: int = Field(description="Of a projection.")


class Models(Message):
    """GET /v1/models"""

    models: list[ModelInfo]
    default: str | None
    limits: RequestLimits


class FieldError(Message):
    """One field that is wrong."""

    field: str
    detail: str


class Problem(Message):
    """An error: RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError] = Field(default_factory=list)


class Job(Message):
    """Work that goes on after its request was answered."""

    id: str
    kind: str
    model: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int
    seconds: float
    error: Problem | None = None


class Jobs(Message):
    """GET /v1/jobs"""

    jobs: list[Job]


class Status(Message):
    """GET /healthz and /readyz"""

    status: Literal["ok", "ready", "starting", "draining"]
