"""What the server costs beside its model, and how it compares with a plain Flask application with torch.

    python benchmarks/serve.py                          # two minutes, and ten at 120 % of what it can do
    python benchmarks/serve.py --overload-minutes 0     # without these; the peer needs `pip install flask`

What was found is printed and kept as a row of benchmarks/results/serve.jsonl (`--try` keeps none), whose `ok` says
which of the numbers to reach were reached.

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
import platform
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
CLIENTS_OF_OVERLOAD = 640  # more than the 512 images that may wait
ROWS = Path(__file__).with_name("results") / "serve.jsonl"
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


def alone(model: OnnxModel, seconds: float) -> dict[str, float]:
    """Images a second of the model in batches of its own size, CPU ms an image, and CPU ms of a PNG."""
    z = latents(range(model.batch), model.z_dim)
    model.generate(z)
    count, began, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        model.generate(z)
        count += len(z)
    spent = time.process_time() - cpu
    rate = count / (time.perf_counter() - began)
    return {"model_img_per_s": rate, "model_cpu_ms": 1000 * spent / count, "png_cpu_ms": png_ms(model)}


def png_ms(model: OnnxModel) -> float:
    pixels = to_pixels(model.generate(latents(range(64), model.z_dim), batch=64))
    began = time.process_time()
    for one in pixels:
        picture(one, {"Software": "x", "Source": "dcgan", "Seed": "1", "SHA256": "0" * 64}, "png")
    return 1000 * (time.process_time() - began) / len(pixels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--overload-minutes", type=float, default=10.0, help="at 120 %% of capacity; 0 for none")
    parser.add_argument("--try", dest="trial", action="store_true", help="keep no row")
    asked = parser.parse_args()
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = write_proved(Path(folder) / "dcgan.onnx")
        found |= alone(OnnxModel.open(path, "cpu"), asked.seconds)
        serve = [sys.executable, "-m", "ganstudio", "serve", str(path), "--quiet", "--rate", "0", "--port", str(PORT)]
        serve += ["--max-connections", "1000"]
        with running(serve, PORT) as (server, start_s):
            found |= {"start_s": start_s} | pictures(server, asked.seconds)
            found["mb"] = rss_of(server)
            if asked.overload_minutes:
                found |= overload(server, found["requests_per_s"], 60 * asked.overload_minutes)
        with running([*serve, "--batch", "1", "--wait", "0"], PORT) as (server, _):
            load = measure(server, PORT, picture_request, CLIENTS_OF_PICTURES, asked.seconds)
            found["unbatched_requests_per_s"] = load.rate
        found |= peer(path, asked.seconds)
    told = {name: round(value, 3) for name, value in found.items()}
    reached = {name: bool(value) for name, value in wanted(found).items()}
    print("\n".join(f"{name:28} {value:10.3f}" for name, value in told.items()))
    print("\n".join(f"{'reached' if value else 'NOT reached':12} {name}" for name, value in reached.items()))
    if not asked.trial:
        row = told | {
            "ok": reached,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "day": time.strftime("%Y-%m-%d"),
        }
        with ROWS.open("a") as rows:
            rows.write(json.dumps(row) + "\n")


def wanted(found: dict[str, float]) -> dict[str, bool]:
    """The numbers to reach, of those that were measured."""
    budget_ms = found["model_cpu_ms"] + 1 + found["png_cpu_ms"]
    share = found["tensors_img_per_s"] / found["model_img_per_s"]
    reached = {
        "16 clients of 16 images: 85 % of the model alone": share >= 0.85,
        f"64 clients of one PNG: at most {budget_ms:.2f} CPU ms a request": found["request_cpu_ms"] <= budget_ms,
        "64 clients of one PNG: 2 x as without batching": (
            found["requests_per_s"] >= 2 * found["unbatched_requests_per_s"]
        ),
        "64 clients of one PNG: p99 under 4 x the median": found["p99_ms"] < 4 * found["median_ms"],
        "64 clients of one PNG: nothing lost": not found["not_answered"],
    }
    if "overload_mb" in found:
        reached["120 %: memory within 5 %"] = found["overload_mb"] <= 1.05 * found["overload_first_mb"]
        reached["120 %: refusals only 429"] = not found["overload_other"]
    if "peer_mb" in found:
        reached["peer: 2.5 x its requests"] = found["requests_per_s"] >= 2.5 * found["peer_requests_per_s"]
        reached["peer: a third of its start"] = found["start_s"] <= found["peer_start_s"] / 3
        reached["peer: half of its memory"] = found["mb"] <= found["peer_mb"] / 2
    return reached


def pictures(server: subprocess.Popen[bytes], seconds: float) -> dict[str, float]:
    """Tensors of 16 clients, then pictures of 64."""
    tensors = measure(server, PORT, tensor_request, CLIENTS_OF_TENSORS, seconds)
    load = measure(server, PORT, picture_request, CLIENTS_OF_PICTURES, seconds)
    return {
        "tensors_img_per_s": tensors.rate * IMAGES,
        "requests_per_s": load.rate,
        "request_cpu_ms": load.cpu_ms,
        "median_ms": load.quantile(0.5),
        "p99_ms": load.quantile(0.99),
        "not_answered": sum(load.statuses.values()) - load.statuses[200],
    }


def overload(server: subprocess.Popen[bytes], rate: float, seconds: float) -> dict[str, float]:
    """So many clients, each at its own pace, that they ask for 120 % of `rate`: more than the queue takes.

    Memory is that after a tenth of the time, when all of them have been there, and that at the end.
    """
    every_s = CLIENTS_OF_OVERLOAD / (1.2 * rate)
    measure(server, PORT, picture_request, CLIENTS_OF_OVERLOAD, seconds / 10, every_s)
    first = rss_of(server)
    load = measure(server, PORT, picture_request, CLIENTS_OF_OVERLOAD, 0.9 * seconds, every_s)
    other = sum(count for status, count in load.statuses.items() if status not in (200, 429))
    told = {"overload_s": seconds, "overload_first_mb": first, "overload_mb": rss_of(server)}
    return told | {"overload_200": load.statuses[200], "overload_429": load.statuses[429], "overload_other": other}


def peer(path: Path, seconds: float) -> dict[str, float]:
    """What the Flask application does; nothing where flask is not installed."""
    if importlib.util.find_spec("flask") is None:
        print("the peer is left out: pip install flask")
        return {}
    words = [sys.executable, str(Path(__file__).with_name("serve_peer.py")), str(path), str(PEER_PORT)]
    with running(words, PEER_PORT) as (server, start_s):
        load = measure(server, PEER_PORT, picture_request, CLIENTS_OF_PICTURES, seconds)
        return {"peer_requests_per_s": load.rate, "peer_start_s": start_s, "peer_mb": rss_of(server)}


if __name__ == "__main__":
    main()
