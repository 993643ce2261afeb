"""Every example of docs/serve.md is asked, one after the other, of a server that has the models which it speaks of."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from ganstudio.serve.settings import Settings
from tests.cli.conftest import Program, ganstudio
from tests.cli.latent.conftest import with_directions
from tests.manual import ROOT
from tests.serve.conftest import Server, png

__all__ = ["ganstudio"]  # a fixture

EXAMPLES = re.findall(r"^```http\n(.*?)^```$", (ROOT / "docs/serve.md").read_text(encoding="utf-8"), re.M | re.S)
NAMES = {
    "cgan-mnist-1": "digits",
    "dcgan-mnist-1": "linear",
    "srgan-photos-1": "enlarger",
    "stargan-seasons-1": "seasons",
    "inpaint-photos-1": "filler",
    "stylegan-mnist-1": "styled",
    "stylize-photos-1": "painter",
}


def test_every_example_of_the_manual_is_answered(models: dict[str, Path], tmp_path: Path, ganstudio: Program) -> None:
    paths = []
    for name, own in NAMES.items():
        for file in [models[own], *models[own].parent.glob(f"{own}.*.onnx")]:
            shutil.copy(file, tmp_path / file.name.replace(own, name, 1))
        paths.append(tmp_path / f"{name}.onnx")
    with_directions(tmp_path / "stylegan-mnist-1.onnx", thickness={}, slant={})
    (tmp_path / "photo.png").write_bytes(png())
    (tmp_path / "waves.png").write_bytes(png(36, 24))
    adding = (
        "styles",
        "add",
        "starry",
        str(tmp_path / "waves.png"),
        "--model",
        str(tmp_path / "stylize-photos-1.onnx"),
    )
    assert ganstudio(*adding).code == 0
    Image.fromarray(np.eye(16, 20, dtype=np.uint8) * 255).save(tmp_path / "hole.png")

    async def ask(client: httpx.AsyncClient) -> None:
        for example in EXAMPLES:
            first, *lines = example.strip().splitlines()
            method, path = first.split()
            headers = dict(line.split(": ", 1) for line in lines if not line.startswith("{"))
            body = next((line for line in lines if line.startswith("{")), None)
            content = None if body is None else json.loads(re.sub(r"@([\w.]+)", encoded, body))
            answer = await client.request(method, path, json=content, headers=headers)
            assert answer.status_code in (200, 202), f"{example}\n{answer.text}"

    def encoded(match: re.Match[str]) -> str:
        return base64.b64encode((tmp_path / match[1]).read_bytes()).decode()

    Server(paths, Settings()).ask(ask)


def test_the_manual_has_an_example_of_every_path_that_needs_no_other() -> None:
    shown = {" ".join(example.split()[:2]) for example in EXAMPLES}
    paths = {"/generate", "/interpolate", *(f"/v1/{name}" for name in ("generate", "interpolate", "edit", "mix"))}
    paths |= {f"/v1/{name}" for name in ("upscale", "translate", "inpaint", "stylize", "project")}
    assert shown >= {f"POST {path}" for path in paths}
    assert shown >= {f"GET {path}" for path in ("/v1/models", "/v1/jobs", "/v2", "/metrics", "/healthz", "/readyz")}
