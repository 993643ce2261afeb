"""Bad requests of all kinds are answered 4xx in JSON, and the server works on."""

from __future__ import annotations

import json
import random
from typing import Any

import httpx

from ganstudio.serve.inference_protocol.tensors import HEADER
from ganstudio.serve.settings import Limits
from tests.serve.conftest import Serve, png

ROUNDS = 400
_V1 = ("generate", "interpolate", "edit", "mix", "upscale", "translate", "inpaint", "project")
PATHS = ("/generate", "/interpolate", "/login", "/v2/models/digits/infer", *(f"/v1/{name}" for name in _V1))
KEYS = ("seed", "seeds", "n", "class", "psi", "steps", "model", "size", "format")
KEYS_OF_V1 = ("directions", "latent", "image", "mask", "inputs", "outputs", "token", "rows")
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        2**64,
        1e308,
        "",
        "x" * 3000,
        "0-63",
        "\x00\ud800",
        "../../etc/passwd",
        [],
        [[]],
        {},
        [None] * 50,
    ),
    *({"a": {"b": 1}}, "9" * 400, [1, "2"], {"name": "z", "shape": [2**40], "datatype": "FP32"}, "iVBORw0KGgo="),
)
HEADERS = (
    {"accept": "text/html"},
    {"accept": "\u00e9, */*;q=x"},
    {HEADER: "99999999999999999999"},
    {"content-type": "multipart/form-data"},
    {"content-type": "multipart/form-data; boundary=x"},
    {"prefer": "respond-async; ;"},
    {"x-forwarded-for": "nobody"},
    {"authorization": "Bearer \u00e9"},
    {"cookie": "ganstudio_token=\x7f;;="},
    {"content-type": "application/json; charset=utf-7"},
)


def body_of(draw: random.Random) -> bytes:
    """JSON of keys and values that do not belong together, some of it cut or spoiled; or a picture's bytes, spoiled."""
    if draw.random() < 0.1:
        return bytes(draw.randbytes(draw.randrange(200))) + png()[: draw.randrange(300)]
    content = {draw.choice(KEYS + KEYS_OF_V1): draw.choice(VALUES) for _ in range(draw.randrange(5))}
    text = json.dumps(content).encode()
    if draw.random() < 0.3 and text:
        at = draw.randrange(len(text))
        text = text[:at] + draw.randbytes(draw.randrange(3)) + text[at + draw.randrange(4) :]
    return text


def test_bad_requests_are_4xx_with_json_and_the_server_goes_on(serve: Serve) -> None:
    server = serve("digits", limits=Limits(rate=0, body_bytes=100_000))
    draw = random.Random(0)

    async def ask(client: httpx.AsyncClient) -> None:
        for _ in range(ROUNDS):
            path, body = draw.choice(PATHS), body_of(draw)
            given = {"content-type": "application/json"} | (draw.choice(HEADERS) if draw.random() < 0.4 else {})
            headers = {name.encode(): value.encode() for name, value in given.items()}
            answer = await client.request(
                draw.choice(["POST"] * 8 + ["PUT", "GET"]), path, content=body, headers=headers
            )
            said = f"{path} {body[:300]!r} {given}: {answer.status_code} {answer.text[:300]}"
            assert answer.status_code < 500, said
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", said
                assert answer.json()["status"] == answer.status_code
            assert "Traceback" not in answer.text, said
            assert "site-packages" not in answer.text, said
        assert (await client.post("/generate", json={"seed": 1})).status_code == 200

    server.ask(ask)
