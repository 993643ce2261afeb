"""A plain Flask application with torch that serves the same generator: what benchmarks/serve.py is held against.

    python benchmarks/serve_peer.py MODEL.onnx PORT          # needs `pip install flask`

It is written as such applications are: eager torch, a request at a time, a PNG in base64. The weights are read out of
the export that tests/inference/generators.py writes, so that both draw the same pictures.
"""

from __future__ import annotations

import base64
import io
import sys

import numpy as np
import onnx
import torch
from flask import Flask, request
from onnx import numpy_helper
from PIL import Image
from torch.nn import functional as F

Z_DIM = 100


def main() -> None:
    path, port = sys.argv[1], int(sys.argv[2])
    stored = {one.name: numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer}
    weights = {name: torch.tensor(stored[name]) for name in ("project", "w0", "w1", "w2")}
    app = Flask("peer")

    @app.post("/generate")
    def generate() -> dict[str, object]:
        seed = request.get_json()["seed"]
        z = torch.from_numpy(np.random.RandomState(seed).randn(1, Z_DIM).astype(np.float32))
        with torch.no_grad():
            x = (z @ weights["project"]).reshape(1, 256, 4, 4)
            for name, act in (("w0", torch.relu), ("w1", torch.relu), ("w2", torch.tanh)):
                x = act(F.conv_transpose2d(x, weights[name], stride=2, padding=1))
        pixels = ((x[0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        content = io.BytesIO()
        Image.fromarray(pixels[0].numpy()).save(content, "PNG")
        return {"image": base64.b64encode(content.getvalue()).decode(), "seed": seed}

    app.run("127.0.0.1", port, threaded=True)


main()
