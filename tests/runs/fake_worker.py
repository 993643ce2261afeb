"""A worker that trains nothing: it writes the events of a run whose course $FAKE_WORKER names. Needs no torch."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from ganstudio.runs import events, process, requests, state
from ganstudio.runs.record import load_record

STEP_IMAGES = 1000
SCORE = "FD[lenet]-5k"


def main(run_dir: Path, resume: bool, course: str) -> None:
    process.write_process(run_dir)
    record = load_record(run_dir / "run.json")
    kimg = min(record.recipe["training"]["kimg"], float(os.environ.get("FAKE_KIMG", "inf")))
    writer = events.EventWriter(run_dir / events.NAME)
    print(f"fake worker, {course}", flush=True)
    if course == "refuse":
        error = {"type": "RecipeError", "message": "data.resolution: got 33.", "hint": None, "exit_code": 2}
        writer.write("failed", 0, 0.0, error=error)
        return
    nimg = int(next(iter(sorted((run_dir / "checkpoints").glob("*.pt"), reverse=True))).stem) if resume else 0
    begun = {"device": "cpu", "precision": "bf16", "processes": 1, "kimg_total": kimg, "batch": 64}
    writer.write("started", nimg, nimg / 1000, **begun, parameters={"generator": 10}, notes=["a fake"], versions={})
    if resume:
        writer.write("resumed", nimg, nimg / 1000, checkpoint=f"checkpoints/{nimg:010}.pt", best=None)
    while nimg < kimg * 1000:
        time.sleep(float(os.environ.get("FAKE_STEP_S", "0.01")))
        nimg += STEP_IMAGES
        tick(writer, nimg)
        if nimg % 3000 == 0:
            evaluate(writer, nimg)
            checkpoint(run_dir, writer, nimg)
        draw(run_dir, writer, nimg)
        remember(run_dir, writer)
        if course == "die":
            print("Killed by a test", flush=True)
            os._exit(9)
        if course == "nan":
            error = {"type": "TrainingError", "message": "the loss is NaN", "hint": None, "exit_code": 1}
            writer.write("failed", nimg, nimg / 1000, error=error, loss="d", step=16)
            return
        if not obey(run_dir, writer, nimg):
            checkpoint(run_dir, writer, nimg)
            writer.write("finished", nimg, nimg / 1000, reason="stop")
            requests.clear(run_dir)
            return
    checkpoint(run_dir, writer, nimg)
    writer.write("finished", nimg, nimg / 1000, reason="budget")


def obey(run_dir: Path, writer: events.EventWriter, nimg: int) -> bool:
    """Does what is asked as the worker does, waiting while it is paused; False where that is to stop."""
    paused = False
    while True:
        for request in requests.poll(run_dir):
            match request["kind"]:
                case "stop":
                    return False
                case "pause":
                    checkpoint(run_dir, writer, nimg)
                    writer.write("paused", nimg, nimg / 1000)
                case "continue":
                    writer.write("continued", nimg, nimg / 1000)
                case "snapshot":
                    checkpoint(run_dir, writer, nimg)
                case "evaluate":
                    evaluate(writer, nimg)
                case "set":
                    for key, value in request["values"].items():
                        writer.write("changed", nimg, nimg / 1000, key=key, **{"from": 0.0, "to": value})
            paused = request["kind"] == "pause" or (paused and request["kind"] != "continue")
            requests.remove(request)
        if not paused:
            return True
        time.sleep(0.01)


def tick(writer: events.EventWriter, nimg: int) -> None:
    losses = {"d": 0.5 + 100 / nimg, "g": 1.5 - 100 / nimg}
    judged = {"d_real": 1.0, "d_fake": -1.0, "p_real": 0.73, "p_fake": 0.27}
    writer.write("tick", nimg, nimg / 1000, losses=losses, penalties={}, **judged, img_per_s=640.0, memory_bytes=1)


def evaluate(writer: events.EventWriter, nimg: int) -> None:
    writer.write("evaluated", nimg, nimg / 1000, score=SCORE, extractor="lenet", n=5000, value=9e4 / nimg, seconds=1)


def checkpoint(run_dir: Path, writer: events.EventWriter, nimg: int) -> None:
    (run_dir / "checkpoints" / f"{nimg:010}.pt").touch()
    writer.write("checkpointed", nimg, nimg / 1000, path=f"checkpoints/{nimg:010}.pt")


def draw(run_dir: Path, writer: events.EventWriter, nimg: int) -> None:
    """Where $FAKE_PICTURES is set: a grid of 8 x 8 tiles of noise that gets darker."""
    if not os.environ.get("FAKE_PICTURES") or nimg % 5000:
        return
    import numpy as np

    from ganstudio.inference.pixels import write_png

    ramp = np.linspace(0, 255, 256)[None, :, None] * np.linspace(0, 1, 256)[:, None, None]
    noise = np.random.RandomState(nimg).rand(256, 256, 1) * ramp
    write_png(run_dir / "samples" / f"{nimg:010}.png", noise.astype(np.uint8), {})
    writer.write("samples", nimg, nimg / 1000, path=f"samples/{nimg:010}.png")


def remember(run_dir: Path, writer: events.EventWriter) -> None:
    so_far, _ = state.current(run_dir)
    state.write_summary(run_dir, so_far, writer.offset)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--resume" in sys.argv, os.environ.get("FAKE_WORKER", "finish"))
