"""A child process of the server: decodes what strangers sent, or projects a picture. It may die; the server goes on.

    python -m ganstudio.serve.child

It reads messages from stdin and answers on stdout until stdin ends. A message is a line of JSON whose `sizes` tell how
many bytes follow it, in how many parts. Nothing is unpickled, so that a child that was taken over can tell lies alone.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

_MOST_MEMORY = 3_000_000_000  # bytes of addresses of a process that decodes


def main() -> None:
    given, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be read as an answer
    while line := given.readline():
        message = json.loads(line)
        parts = [given.read(size) for size in message["sizes"]]
        match message["work"]:
            case "decode":
                _decode(message, parts[0], answers)
            case "project":
                _project(message, parts[0], answers)


def send(stream: BinaryIO, message: dict[str, Any], *parts: bytes) -> None:
    """Writes one message."""
    line = json.dumps(message | {"sizes": [len(part) for part in parts]}).encode()
    stream.write(line + b"\n" + b"".join(parts))
    stream.flush()


def _decode(message: dict[str, Any], content: bytes, answers: BinaryIO) -> None:
    """A picture at its full size, as `read_whole` tells of it; or why it is none."""
    from ganstudio.data.manifest import UnreadableError
    from ganstudio.data.sources.source import Location
    from ganstudio.data.whole_picture import read_whole

    with suppress(ValueError, OSError):  # some systems know no such limit
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    try:
        with tempfile.NamedTemporaryFile() as file:
            _fill(file.name, content, message["pixels"])
            whole = read_whole(Location(file.name), message["srgb"])
    except UnreadableError as error:
        send(answers, {"error": str(error)})
        return
    except MemoryError:
        send(answers, {"error": "too large to be decoded here"})
        return
    alpha = b"" if whole.alpha is None else whole.alpha.tobytes()
    told = {"shape": list(whole.colours.shape), "notes": list(whole.notes)}
    send(answers, told, whole.colours.tobytes(), alpha, whole.profile or b"", whole.exif, whole.xmp)


def _fill(name: str, content: bytes, pixels: int) -> None:
    """Writes an upload where it can be read. Raises UnreadableError: no picture, or more pixels than are taken."""
    from ganstudio.data.decode import read_header
    from ganstudio.data.manifest import UnreadableError
    from ganstudio.data.sources.source import Location

    Path(name).write_bytes(content)
    width, height = read_header(Location(name)).size or (0, 0)
    if width * height > pixels:
        raise UnreadableError(f"too large: {width} x {height} pixels, over {pixels / 1e6:g} megapixels")


def _project(message: dict[str, Any], content: bytes, answers: BinaryIO) -> None:
    """The latent that draws a picture nearest, as `ganstudio project` finds it. Progress is told on the way."""
    import numpy as np

    from ganstudio.data.manifest import UnreadableError
    from ganstudio.errors import StudioError
    from ganstudio.inference.latent.projection.fitting import fitted, to_images
    from ganstudio.inference.latent.projection.projector import Projector
    from ganstudio.inference.pixels import to_pixels

    def progress(done: int, total: int) -> None:
        send(answers, {"done": done, "total": total})

    try:
        with tempfile.NamedTemporaryFile() as file:
            _fill(file.name, content, message["pixels"])
            pixels, notes = fitted(Path(file.name), tuple(message["shape"]), message["fit"])
        projector = Projector.open(Path(message["model"]), message["provider"])
        [found] = projector.find(to_images(pixels[None]), message["label"], progress, message["steps"])
    except UnreadableError as error:
        send(answers, {"error": str(error)})
        return
    except StudioError as error:
        send(answers, {"failure": error.message})
        return
    latent = np.ascontiguousarray(found.latent, "<f4").tobytes()
    picture = to_pixels(found.image[None])[0]
    told = {
        "space": projector.model.space,
        "label": found.label if projector.takes_class else None,
        "distance": found.distance.mse,
        "start_distance": found.start.distance.mse,
        "notes": list(notes),
        "shape": list(picture.shape),
    }
    send(answers, told, latent, picture.tobytes())


if __name__ == "__main__":
    main()
