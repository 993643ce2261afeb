"""The real server on loopback under requests that are wrong: fuzzed ones, and those that schemathesis makes.

    python benchmarks/bad_requests.py                                  # 2,000 of our own
    python -m venv st && st/bin/pip install schemathesis
    python benchmarks/bad_requests.py --schemathesis st/bin/schemathesis --seconds 300

Every answer must be 4xx in RFC 9457's JSON, the document must tell of it, nothing may be 5xx, the log may hold no
traceback, and a picture must be answered at the end. Exit code 1 where one of these fails.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx

from tests.inference.generators import write_proved
from tests.inference.images.networks import write_filler, write_greyer, write_upscaler
from tests.serve.conftest import DIGITS, true_hash
from tests.serve.test_fuzz import HEADERS, PATHS, body_of

PORT = 8873
CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance,status_code_conformance"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="fuzzed requests")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--schemathesis", help="the program, out of an environment of its own")
    parser.add_argument("--seconds", type=int, default=120, help="of schemathesis, at most")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as stream:
            server = subprocess.Popen([*serve(Path(folder)), "--port", str(PORT)], stderr=stream)
        try:
            wrong = ours(asked.count, asked.seed)
            if asked.schemathesis:
                wrong += theirs(asked.schemathesis, asked.seconds, asked.seed)
            picture = httpx.post(f"http://127.0.0.1:{PORT}/generate", json={"seed": 1}, timeout=60)
            wrong += [] if picture.status_code == 200 else [f"the last picture: {picture.status_code} {picture.text}"]
        finally:
            server.terminate()
            ended = server.wait(90)
        said = log.read_text()
    wrong += [f"the server ended with {ended}"] if ended else []
    wrong += ["a traceback in the log"] if "Traceback" in said else []
    print("\n".join(wrong) or "nothing was wrong")
    raise SystemExit(bool(wrong))


def serve(folder: Path) -> list[str]:
    """The command, with a model of each kind."""
    models = [
        write_proved(folder / "digits.onnx", classes=DIGITS),
        *map(true_hash, (write_upscaler(folder / "enlarger.onnx"), write_filler(folder / "filler.onnx"))),
        true_hash(write_greyer(folder / "seasons.onnx", ("summer", "winter"))),
    ]
    limits = ["--rate", "0", "--timeout", "20", "--max-search", "3", "--max-pixels", "1"]
    return [sys.executable, "-m", "ganstudio", "serve", *map(str, models), *limits]


def ours(count: int, seed: int) -> list[str]:
    """What was wrong with the answers to `count` requests that are spoiled by chance."""
    draw, wrong, statuses = random.Random(seed), [], Counter[int]()
    with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60) as client:
        wait_until_ready(client)
        for _ in range(count):
            path, body = draw.choice(PATHS), body_of(draw)
            given = {"content-type": "application/json"} | (draw.choice(HEADERS) if draw.random() < 0.4 else {})
            headers = {name.encode(): value.encode() for name, value in given.items()}
            answer = client.request(draw.choice(["POST"] * 8 + ["PUT", "GET"]), path, content=body, headers=headers)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500 or (answer.status_code >= 400 and not is_problem(answer)):
                wrong.append(f"{path} {body[:200]!r} {given}: {answer.status_code} {answer.text[:300]}")
    print(f"{count} requests, by status: {dict(sorted(statuses.items()))}")
    return wrong


def is_problem(answer: httpx.Response) -> bool:
    """Whether it is an error as RFC 9457 has it, without a word of the program's inside."""
    if answer.headers["content-type"] != "application/problem+json" or "site-packages" in answer.text:
        return False
    return bool(json.loads(answer.text)["status"] == answer.status_code)


def wait_until_ready(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.ConnectError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def theirs(program: str, seconds: int, seed: int) -> list[str]:
    """What schemathesis found wrong; what it says is printed."""
    words = [program, "run", f"http://127.0.0.1:{PORT}/openapi.json", "--checks", CHECKS, "--seed", str(seed)]
    more = ["--phases", "examples,coverage,fuzzing", "--max-time", str(seconds), "--continue-on-failure", "--no-color"]
    ended = subprocess.run([*words, *more, "--generation-database", "none", "--max-examples", "50"], check=False)
    return [f"schemathesis ended with {ended.returncode}"] if ended.returncode else []


if __name__ == "__main__":
    main()
