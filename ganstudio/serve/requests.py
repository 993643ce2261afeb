"""What requests hold: the JSON of every interface but /v2, checked by pydantic.

A field is called as the option of the command line is, so that errors have the same words. Limits that the user of the
server chooses (images, steps) are checked where the work is planned, since they differ from server to server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from ganstudio.inference.latents import LARGEST_SEED

Seed = Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEED, description="One seed, one picture.", examples=[42])]
Seeds = Annotated[
    str | list[Seed],
    Field(description="`42`, `0-63`, `1,5,9`, or a list of numbers.", examples=["0-15"], max_length=10_000),
]
Count = Annotated[int, Field(strict=True, ge=1, description="Counts up from the seed.", examples=[4])]
ModelName = Annotated[
    str | None, Field(description="A name of /v1/models; the first where it is left out.", max_length=200)
]
ClassName = Annotated[
    str | None, Field(alias="class", description="A class's name; else seed s has class s mod K.", max_length=500)
]
Psi = Annotated[
    float | None,
    Field(allow_inf_nan=False, description="Truncation, of a model that has it; 1 is none.", examples=[0.7]),
]
Size = Annotated[
    int | None,
    Field(strict=True, ge=1, le=2048, description="The longer side in pixels, resized; else the model's own."),
]
Format = Annotated[Literal["png", "webp", "jpeg"], Field(description="png and webp lose nothing.")]
Steps = Annotated[int, Field(strict=True, examples=[8])]
Path = Annotated[Literal["slerp", "lerp"], Field(description="Along the sphere that latents lie on, or straight.")]
Base64 = Annotated[str, Field(description="The file's bytes in base64.", examples=["iVBORw0KGgo..."])]
_BASE64 = {"type": "string", "description": "A file's bytes in base64.", "examples": ["iVBORw0KGgo..."]}


def _listed(separator: str | None = None) -> Callable[[Any], Any]:
    """What makes a list of a text: of one part, or of those between separators."""

    def listed(given: Any) -> Any:
        if not isinstance(given, str):
            return given
        return [given] if separator is None else given.split(separator)

    return listed


Images = Annotated[
    list[Base64],
    BeforeValidator(_listed()),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_BASE64, {"type": "array", "items": _BASE64}]}),
]
Weights = Annotated[
    list[float],
    BeforeValidator(_listed(",")),
    Field(
        description="One for each style, as shares of all; in a form `1,0.3`. All are 1 where they are left out.",
        examples=[[1, 0.3]],
    ),
]


class Message(BaseModel):
    """What all requests and answers share: keys that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, protected_namespaces=())


class SimpleGenerate(Message):
    """POST /generate"""

    model: ModelName = None
    seed: Seed | None = None
    style: Annotated[str | None, Field(description="`random`, or a style of /v1/models.", max_length=500)] = None
    class_: ClassName = None
    psi: Psi = None
    n: Count | None = None
    size: Size = None
    format: Format = "png"


class SimpleInterpolate(Message):
    """POST /interpolate"""

    model: ModelName = None
    seed1: Seed
    seed2: Seed
    steps: Annotated[int, Field(strict=True, ge=2, description="Pictures, both ends with them.", examples=[8])]
    path: Path = "slerp"
    class_: ClassName = None
    psi: Psi = None
    size: Size = None
    format: Format = "png"


class Drawing(Message):
    """What all requests have that draw from seeds: either `seeds`, or `seed` and `n`."""

    model: ModelName = None
    seed: Seed | None = None
    seeds: Seeds | None = None
    n: Count | None = None
    class_: ClassName = None
    psi: Psi = None
    cutoff: Annotated[int | None, Field(strict=True, ge=1, description="Layers from here on are not truncated.")] = None
    centres: Annotated[int, Field(strict=True, ge=1, description="Truncate towards the nearest of so many.")] = 1
    size: Size = None
    format: Format = "png"


Codes = Annotated[dict[str, float], Field(description="Codes by name, of a model that has some.", max_length=100)]
Directions = Annotated[
    dict[str, Annotated[float, Field(allow_inf_nan=False)]],
    Field(description="Strengths by name.", examples=[{"thickness": 1.5}], max_length=100),
]
Layers = Annotated[
    str | None, Field(description="coarse, middle, fine, all, 2 or 0-3, of a model with styles.", max_length=50)
]


class Generate(Drawing):
    """POST /v1/generate"""

    codes: Codes = Field(default_factory=dict)


class Latent(Message):
    """A latent in the place of a seed: what a projection answers."""

    space: Literal["z", "w"]
    values: Annotated[str, Field(description="float32, little end first, in base64.", max_length=1_000_000)]
    class_: ClassName = None


class Edit(Drawing):
    """POST /v1/edit"""

    directions: Directions
    layers: Layers = None
    codes: Codes = Field(default_factory=dict)
    latent: Latent | None = None


class Interpolate(Message):
    """POST /v1/interpolate"""

    model: ModelName = None
    seeds: Seeds | None = None
    latents: Annotated[
        list[Latent | Seed] | None,
        Field(
            description="In the place of seeds: as a projection answers them; a number is a seed's.",
            min_length=1,
            max_length=100,
        ),
    ] = None
    directions: Directions = Field(default_factory=dict)
    layers: Layers = None
    steps: Steps = 8
    loop: bool = False
    path: Path = "slerp"
    class_: ClassName = None
    psi: Psi = None
    size: Size = None
    format: Format = "png"


class Mix(Message):
    """POST /v1/mix"""

    model: ModelName = None
    rows: Seeds
    cols: Seeds
    layers: Annotated[str, Field(description="What comes from the columns.", examples=["coarse"], max_length=50)]
    class_: ClassName = None
    psi: Psi = None
    cutoff: Annotated[int | None, Field(strict=True, ge=1)] = None
    centres: Annotated[int, Field(strict=True, ge=1)] = 1
    format: Format = "png"


class ImageWork(Message):
    """POST /v1/upscale: as JSON; as multipart it has the same fields, and files in the place of base64."""

    model: ModelName = None
    image: Images
    format: Format = "png"


class Translate(ImageWork):
    """POST /v1/translate"""

    domain: Annotated[str | None, Field(description="What to translate to, of several.", max_length=500)] = None


class StyleGiven(Message):
    """A style: a picture, or a saved one's name. In a form it is a file, or text."""

    name: Annotated[
        str | None, Field(description="One that the model lists, or `random`.", examples=["starry"], max_length=500)
    ] = None
    image: Base64 | None = None


class Stylize(ImageWork):
    """POST /v1/stylize"""

    style: Annotated[list[StyleGiven], Field(description="One, or several that are mixed.")] = Field(
        default_factory=list
    )
    weights: Weights | None = None
    strength: Annotated[float, Field(description="From 0, the content drawn again, to 1, all of the style.")] = 1.0
    keep_colour: Annotated[bool, Field(description="Keep the content's colours; take strokes and light.")] = False
    seed: Annotated[
        int | None, Field(ge=0, le=LARGEST_SEED, description="What chooses a `random` style; else one is drawn.")
    ] = None


class Inpaint(Message):
    """POST /v1/inpaint"""

    model: ModelName = None
    image: Base64
    format: Format = "png"
    mask: Annotated[Base64 | None, Field(description="White is filled in; else what is clear.")] = None


class Project(Message):
    """POST /v1/project"""

    model: ModelName = None
    image: Base64
    class_: ClassName = None
    steps: Annotated[int | None, Field(ge=0, description="Steps of least squares; 0 is the start alone.")] = None
    fit: Literal["crop", "pad", "stretch"] = "crop"


class Login(Message):
    """POST /login"""

    token: Annotated[str, Field(max_length=1000)]
