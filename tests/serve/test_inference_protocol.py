"""/v2: tensors in JSON and in bytes, checked against a model's inputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel
from ganstudio.serve.inference_protocol.tensors import HEADER
from tests.serve.conftest import Serve, Server, problem

INFER = "/v2/models/{}/infer"


def numbers(name: str, array: np.ndarray[Any, Any], datatype: str = "FP32") -> dict[str, Any]:
    return {"name": name, "shape": list(array.shape), "datatype": datatype, "data": array.ravel().tolist()}


def in_bytes(server: Server, model: str, tensors: dict[str, np.ndarray[Any, Any]], **more: Any) -> httpx.Response:
    """What the binary extension is answered; all outputs are asked for as bytes."""
    parts = [array.tobytes() for array in tensors.values()]
    inputs = [
        {
            "name": name,
            "shape": list(array.shape),
            "datatype": {"f": "FP32", "i": "INT64"}[array.dtype.kind],
            "parameters": {"binary_data_size": len(part)},
        }
        for (name, array), part in zip(tensors.items(), parts, strict=True)
    ]
    head = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}} | more).encode()
    headers = {HEADER: str(len(head)), "content-type": "application/octet-stream"}

    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(INFER.format(model), content=head + b"".join(parts), headers=headers)

    return server.ask(ask)


def images_of(answer: httpx.Response) -> np.ndarray[Any, Any]:
    end = int(answer.headers[HEADER])
    head = json.loads(answer.content[:end])
    [output] = head["outputs"]
    assert output["parameters"]["binary_data_size"] == len(answer.content) - end
    return np.frombuffer(answer.content[end:], "<f4").reshape(output["shape"])


def test_tensors_in_json_and_in_bytes_give_what_the_model_gives(serve: Serve, models: dict[str, Path]) -> None:
    z, labels = latents([1, 2], 100), np.array([3, 7])
    wanted = OnnxModel.open(models["digits"], "cpu").generate(z, labels)
    server = serve("digits")
    body = {"id": "a1", "inputs": [numbers("z", z), numbers("labels", labels, "INT64")]}
    answer = server.post(INFER.format("digits"), body).json()
    [output] = answer["outputs"]
    assert (answer["id"], answer["model_name"], output["name"], output["shape"]) == (
        "a1",
        "digits",
        "images",
        [2, 1, 32, 32],
    )
    assert (np.array(output["data"], np.float32).reshape(wanted.shape) == wanted).all()
    assert (images_of(in_bytes(server, "digits", {"z": z, "labels": labels})) == wanted).all()


def test_psi_and_noise_may_be_left_out_or_given(serve: Serve, models: dict[str, Path]) -> None:
    z = latents([1], 100)
    model = OnnxModel.open(models["plain"], "cpu")
    server = serve("plain")
    plain = images_of(in_bytes(server, "plain", {"z": z}))
    noise = np.ones((1, 1, 4, 4), np.float32)
    given = images_of(in_bytes(server, "plain", {"z": z, "psi": np.full(1, 0.5, np.float32), "noise_0": noise}))
    assert (plain == model.generate(z, seeds=[0])).all()
    assert (given == model.generate(z, psi=0.5, noise={"noise_0": noise})).all()


def test_networks_that_are_given_pictures_answer_too(serve: Serve) -> None:
    source = np.zeros((2, 3, 4, 4), np.float32)
    made = images_of(in_bytes(serve("seasons"), "seasons", {"source": source, "labels": np.array([0, 1])}))
    assert (made[0] == -1).all()
    assert (made[1] == 1).all()


def test_what_models_take_is_told_with_free_sizes_as_minus_one(serve: Serve) -> None:
    server = serve("digits")
    health = ("/v2/health/live", "/v2/health/ready", "/v2/models/digits/ready", "/v2/models/digits/versions/1/ready")

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        paths = ("/v2", "/v2/models/digits", "/v2/models/digits/versions/2", *health)
        return [await client.get(path) for path in paths]

    about, model, other, *healthy = server.ask(ask)
    assert about.json()["extensions"] == ["binary_tensor_data"]
    assert model.json()["inputs"][0] == {"name": "z", "datatype": "FP32", "shape": [-1, 100]}
    assert model.json()["outputs"] == [{"name": "images", "datatype": "FP32", "shape": [-1, 1, 32, 32]}]
    problem(other, 404)
    assert [one.status_code for one in healthy] == [200] * 4


Z = numbers("z", np.zeros((1, 100)))
LABELS = numbers("labels", np.zeros(1, int), "INT64")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "body: an object with `inputs` is needed."),
        ({}, "inputs: a list of tensors is needed."),
        ({"inputs": []}, "inputs: z is missing; digits takes z, labels."),
        ({"inputs": [Z]}, "inputs: labels is missing"),
        ({"input": []}, "input: there is no such key. Did you mean 'inputs'?"),
        ({"inputs": [Z, LABELS, numbers("zz", np.zeros(1))]}, "inputs: digits takes no 'zz'. Did you mean 'z'?"),
        ({"inputs": [Z, Z, LABELS]}, "inputs: 'z' is there twice."),
        ({"inputs": [Z | {"shape": [1, 99]}, LABELS]}, "inputs.z: data must be the 99 numbers of a tensor [1, 99]."),
        ({"inputs": [Z | {"shape": [100]}, LABELS]}, "inputs.z: digits takes ['N', 100]; got [100]."),
        ({"inputs": [Z | {"shape": [-1, 100]}, LABELS]}, "inputs.z: shape must be a list of sizes."),
        ({"inputs": [Z | {"datatype": "BYTES"}, LABELS]}, "inputs.z: datatype 'BYTES' is none of FP32, INT64."),
        ({"inputs": [Z, LABELS | {"datatype": "FP32"}]}, "inputs.labels: digits takes INT64; got FP32."),
        ({"inputs": [Z, LABELS | {"data": [10]}]}, "inputs.labels: must be from 0 to 9."),
        ({"inputs": [Z, LABELS | {"data": [1.5]}]}, "inputs.labels: data must be the 1 whole numbers"),
        ({"inputs": [Z | {"data": [1e39] * 100}, LABELS]}, "inputs.z: holds NaN or infinite values."),
        (
            {"inputs": [Z, LABELS], "outputs": [{"name": "image"}]},
            "outputs: there is no 'image'. Did you mean 'images'?",
        ),
        ({"inputs": [Z | {"parameters": {"binary_data_size": 400}}, LABELS]}, "inputs.z: binary_data_size must be the"),
    ],
)
def test_tensors_that_do_not_fit_are_told_why(serve: Serve, body: object, said: str) -> None:
    answer = serve("digits").post(INFER.format("digits"), body)
    assert said in problem(answer, 422)
    assert answer.json()["error"] == answer.json()["detail"]


def test_bytes_that_do_not_fit_are_told_why(serve: Serve) -> None:
    server = serve("digits")

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        heads = [{HEADER: "1000"}, {HEADER: "x"}, {HEADER: "2"}, {"content-encoding": "gzip"}]
        return [await client.post(INFER.format("digits"), content=b'{"inputs": []}', headers=head) for head in heads]

    beyond, word, cut, packed = server.ask(ask)
    for answer in (beyond, word, cut):
        problem(answer, 400)
    problem(packed, 415)


def test_more_images_than_a_request_may_have_are_refused(serve: Serve) -> None:
    tensors: dict[str, np.ndarray[Any, Any]] = {"z": latents(range(65), 100), "labels": np.zeros(65, np.int64)}
    assert "from 1 to 64 images a request; got 65." in problem(in_bytes(serve("digits"), "digits", tensors), 422)
