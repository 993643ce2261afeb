"""What the server costs beside its model, and how it compares with a plain Flask application with torch.

    python benchmarks/serve.py                    # a minute; the peer needs `pip install flask`
    python benchmarks/serve.py --overload 600     # ten minutes at 120 % of what it can do: does memory stay?

The real command on loopback, a DCGAN of 32 px with weights that nobody trained, clients in this process. CPU is that of
the server's process and its children. The clients take a core's share too: rates are of a machine that does both.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.pictures import picture
from ganstudio.inference.pixels import to_pixels
from tests.inference.generators import write_proved

IMAGES, CLIENTS_OF_TENSORS, CLIENTS_OF_PICTURES = 16, 16, 64
PORT, PEER_PORT = 8871, 8872


@dataclass
class Load:
    """What some clients met: seconds of each answer, how many of each status, what the server spent."""

    seconds: list[float]
    statuses: Counter[int]
    wall_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.wall_s

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu_s / max(1, len(self.seconds))

    def quantile(self, share: float) -> float:
        return 1000 * float(np.quantile(self.seconds, share))


def request(path: str, body: bytes, **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def picture_request(seed: int) -> bytes:
    return request("/generate", json.dumps({"seed": seed}).encode(), Content_Type="application/json")


def tensor_request(seed: int) -> bytes:
    z = latents(range(seed, seed + IMAGES), 100).tobytes()
    tensor = {"name": "z", "shape": [IMAGES, 100], "datatype": "FP32", "parameters": {"binary_data_size": len(z)}}
    head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    return request("/v2/models/dcgan/infer", head + z, Inference_Header_Content_Length=str(len(head)))


async def client(port: int, make: Callable[[int], bytes], end: float, every_s: float, load: Load, first: int) -> None:
    """Asks until `end`: the next thing at once, or each `every_s` seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(10**9):
        began = time.perf_counter()
        if began >= end:
            break
        writer.write(make(first + number))
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        took = time.perf_counter() - began
        load.statuses[status] += 1
        if status == 200:
            load.seconds.append(took)
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if every_s > took:
            await asyncio.sleep(every_s - took)
    writer.close()


def measure(
    server: subprocess.Popen[bytes],
    port: int,
    make: Callable[[int], bytes],
    clients: int,
    seconds: float,
    every_s: float = 0,
) -> Load:
    load = Load([], Counter(), 0.0, 0.0)

    async def all_clients(length: float) -> None:
        end = time.perf_counter() + length
        await asyncio.gather(*(client(port, make, end, every_s, load, 1000 * n) for n in range(clients)))

    asyncio.run(all_clients(0.5))  # warm
    load.seconds.clear()
    load.statuses.clear()
    before, began = cpu_of(server), time.perf_counter()
    asyncio.run(all_clients(seconds))
    load.wall_s, load.cpu_s = time.perf_counter() - began, cpu_of(server) - before
    return load


def cpu_of(server: subprocess.Popen[bytes]) -> float:
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system


def rss_of(server: subprocess.Popen[bytes]) -> float:
    """MB"""
    return psutil.Process(server.pid).memory_info().rss / 1e6


@contextlib.contextmanager
def running(words: list[str], port: int) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A server, and the seconds from its start to its first picture."""
    began = time.perf_counter()
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        while True:
            try:
                load = Load([], Counter(), 0.0, 0.0)
                asyncio.run(client(port, picture_request, time.perf_counter() + 0.001, 0, load, 1))
                break
            except OSError:
                time.sleep(0.02)
            if server.poll() is not None:
                raise SystemExit(f"{words} ended with {server.returncode}")
        yield server, time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(30)


def alone(model: OnnxModel, seconds: float) -> tuple[float, float]:
    """Images a second of the model in batches of its own size, and CPU ms an image."""
    z = latents(range(model.batch), model.z_dim)
    model.generate(z)
    count, began, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        model.generate(z)
        count += len(z)
    wall = time.perf_counter() - began
    return count / wall, 1000 * (time.process_time() - cpu) / count


def png_ms(model: OnnxModel) -> float:
    pixels = to_pixels(model.generate(latents(range(64), model.z_dim), batch=64))
    began = time.process_time()
    for one in pixels:
        picture(one, {"Software": "x", "Source": "dcgan", "Seed": "1", "SHA256": "0" * 64}, "png")
    return 1000 * (time.process_time() - began) / len(pixels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--overload", type=float, default=0.0, help="seconds at 120 %% of capacity")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = write_proved(Path(folder) / "dcgan.onnx")
        model = OnnxModel.open(path, "cpu")
        rate, image_ms = alone(model, asked.seconds)
        png = png_ms(model)
        costs = f"{image_ms:.2f} CPU ms an image; a PNG {png:.2f} ms"
        print(f"model alone, batches of {model.batch}: {rate:.0f} img/s, {costs}")
        serve = [sys.executable, "-m", "ganstudio", "serve", str(path), "--quiet", "--rate", "0", "--port", str(PORT)]
        with running([*serve, "--max-connections", "1000"], PORT) as (server, start_s):
            own = pictures(server, asked.seconds, rate, image_ms + 1 + png)
            print(f"start to first picture {start_s:.2f} s, {rss_of(server):.0f} MB")
            if asked.overload:
                overload(server, own, asked.overload)
        with running([*serve, "--max-connections", "1000", "--batch", "1", "--wait", "0"], PORT) as (server, _):
            load = measure(server, PORT, picture_request, CLIENTS_OF_PICTURES, asked.seconds)
            print(f"batching off: {load.rate:.0f} requests/s; on is {own.rate / load.rate:.2f} x (wanted: 2)")
        peer(path, own, asked.seconds)


def pictures(server: subprocess.Popen[bytes], seconds: float, rate: float, budget_ms: float) -> Load:
    """Tensors, then pictures; what came of the latter."""
    load = measure(server, PORT, tensor_request, CLIENTS_OF_TENSORS, seconds)
    share = load.rate * IMAGES / rate
    print(f"16 clients of 16 images, binary /v2: {load.rate * IMAGES:.0f} img/s, {share:.0%} of the model alone (85 %)")
    load = measure(server, PORT, picture_request, CLIENTS_OF_PICTURES, seconds)
    median, late = load.quantile(0.5), load.quantile(0.99)
    print(
        f"64 clients of one PNG: {load.rate:.0f} requests/s, {load.cpu_ms:.2f} CPU ms each (at most {budget_ms:.2f}), "
        f"median {median:.0f} ms, p99 {late:.0f} ms, {late / median:.1f} x (4), statuses {dict(load.statuses)}"
    )
    return load


def overload(server: subprocess.Popen[bytes], own: Load, seconds: float) -> None:
    """So many clients, each at its own pace, that they ask for 120 % of what was answered."""
    clients = 4 * CLIENTS_OF_PICTURES
    before = rss_of(server)
    load = measure(server, PORT, picture_request, clients, seconds, every_s=clients / (1.2 * own.rate))
    print(f"120 % for {seconds:.0f} s: {before:.0f} -> {rss_of(server):.0f} MB, statuses {dict(load.statuses)}")


def peer(path: Path, own: Load, seconds: float) -> None:
    if importlib.util.find_spec("flask") is None:
        print("the peer is left out: pip install flask")
        return
    with running(
        [sys.executable, str(Path(__file__).with_name("serve_peer.py")), str(path), str(PEER_PORT)], PEER_PORT
    ) as (
        server,
        start_s,
    ):
        load = measure(server, PEER_PORT, picture_request, CLIENTS_OF_PICTURES, seconds)
        print(
            f"Flask and torch: {load.rate:.0f} requests/s ({own.rate / load.rate:.1f} x here), start {start_s:.2f} s, "
            f"{rss_of(server):.0f} MB"
        )


if __name__ == "__main__":
    main()
