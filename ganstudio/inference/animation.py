"""Moving pictures as files: GIF, WebP and MP4, written frame by frame.

Pillow gathers all frames of a GIF or a WebP before it writes the first. Here it encodes single frames, and what it made
of each is put into the container as it comes: a film of any length takes the memory of one batch.
"""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio import bridge
from ganstudio.errors import StudioError, UsageError
from ganstudio.half_blocks import WHITE, over
from ganstudio.inference.provenance import comment, xmp_packet
from ganstudio.workspace import replacing

SUFFIXES = (".gif", ".webp", ".mp4")
MOST_FPS = {".gif": 50.0, ".webp": 120.0, ".mp4": 120.0}  # a GIF counts hundredths, and players slow a single one down
LONGEST_SIDE = {".gif": 65535, ".webp": 16383, ".mp4": 8192}
WEBP_QUALITY = 90
_MP4_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # the box's id, XMP specification, part 3, 1.2.7.1
MP4_CRF = 16  # x264's scale, where 18 is said to look like the original

Frames = Iterable[NDArray[np.uint8]]


def check_codec(suffix: str) -> None:
    """Raises UsageError unless films with this suffix can be written here."""
    if suffix != ".mp4":
        return
    try:
        import imageio_ffmpeg  # noqa: F401
    except ImportError:
        hint = "pip install 'ganstudio[video]'   # or --out with .webp or .gif"
        raise UsageError("--out: mp4 needs imageio-ffmpeg, which is not installed.", hint) from None


def write_animation(path: Path, frames: Frames, fps: float, words: dict[str, str]) -> None:
    """Writes a film of `frames` [H, W, C] (C 1, 3 or 4) to `path`, whole or not at all. Its suffix chooses the format.

    GIF and WebP repeat for ever. Transparent frames are laid over white. `words` are `provenance.picture_words`, or
    nothing for a film without metadata.

    Raises:
        StudioError: the encoder failed.
    """
    coming = (over(frame, WHITE) for frame in frames)
    first = next(coming)
    write = {".gif": _write_gif, ".webp": _write_webp, ".mp4": _write_mp4}[path.suffix.lower()]
    with replacing(path) as temporary:
        write(temporary, chain([first], coming), fps, words)


def _write_gif(path: Path, frames: Iterator[NDArray[np.uint8]], fps: float, words: dict[str, str]) -> None:
    """GIF89a; each frame has a palette of its own."""
    with path.open("wb") as file:
        for count, pixels in enumerate(frames, 1):
            if count == 1:
                _gif_head(file, pixels.shape, words)
            # the times of a rate that hundredths cannot tell differ by one, and do not drift
            duration = round(count * 100 / fps) - round((count - 1) * 100 / fps)
            file.write(b"\x21\xf9\x04\x04" + struct.pack("<HBB", duration, 0, 0) + _gif_image(pixels))
        file.write(b";")


def _gif_head(file: BinaryIO, shape: tuple[int, ...], words: dict[str, str]) -> None:
    file.write(b"GIF89a" + struct.pack("<HHBBB", shape[1], shape[0], 0x70, 0, 0))
    file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
    if not words:
        return
    text = comment(words).encode()
    blocks = [text[start : start + 255] for start in range(0, len(text), 255)]
    file.write(b"\x21\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\x00")
    # XMP specification, part 3, 1.1.2: the packet whole, and a trailer that leads a reader of blocks to its end
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    file.write(b"\x21\xff\x0bXMP DataXMP" + xmp_packet(words).encode() + trailer)


def _gif_image(pixels: NDArray[np.uint8]) -> bytes:
    """The image block of one frame: descriptor, palette, data; as Pillow encodes a GIF of that frame alone."""
    grey = pixels.shape[2] == 1
    image = Image.fromarray(pixels[:, :, 0]) if grey else Image.fromarray(pixels).quantize(256)
    content = io.BytesIO()
    image.save(content, "GIF", interlace=False)
    still = content.getvalue()
    bits = still[10] & 7  # of the screen's descriptor: its palette has 2^(bits + 1) colours
    start = 13 + 3 * 2 ** (bits + 1)
    at = start
    while still[at] == 0x21:  # extensions, each a label and blocks up to an empty one
        at += 2
        while still[at]:
            at += still[at] + 1
        at += 1
    return still[at : at + 9] + bytes([0x80 | bits]) + still[13:start] + still[at + 10 : -1]


def _write_webp(path: Path, frames: Iterator[NDArray[np.uint8]], fps: float, words: dict[str, str]) -> None:
    """Extended WebP, RFC 9649, 2.7: VP8X, ANIM, a chunk ANMF a frame, XMP."""
    with path.open("wb") as file:
        for count, pixels in enumerate(frames, 1):
            size = _three_bytes(pixels.shape[1] - 1) + _three_bytes(pixels.shape[0] - 1)
            if count == 1:
                flags = 0x02 | (0x04 if words else 0)
                file.write(b"RIFF\x00\x00\x00\x00WEBP")
                file.write(_chunk(b"VP8X", struct.pack("<I", flags) + size))
                file.write(_chunk(b"ANIM", b"\x00\x00\x00\xff\x00\x00"))
            duration = round(count * 1000 / fps) - round((count - 1) * 1000 / fps)
            content = io.BytesIO()
            Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB").save(
                content, "webp", quality=WEBP_QUALITY
            )
            # placed at 0, 0; 2: not blended with what was there
            frame = bytes(6) + size + _three_bytes(duration) + b"\x02" + content.getvalue()[12:]
            file.write(_chunk(b"ANMF", frame))
        if words:
            file.write(_chunk(b"XMP ", xmp_packet(words, whole=True).encode()))
        length = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", length))


def _write_mp4(path: Path, frames: Iterator[NDArray[np.uint8]], fps: float, words: dict[str, str]) -> None:
    """H.264 through ffmpeg, which reads the frames from a pipe. An odd side gets a black line: 4:2:0 has none."""
    import imageio_ffmpeg

    first = next(frames)
    height, width, channels = first.shape
    pixels = "gray" if channels == 1 else "rgb24"
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error"),
        *("-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-"),
        *("-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-crf", str(MP4_CRF), "-pix_fmt", "yuv420p"),
        *("-bitexact", "-movflags", "+faststart"),
        *(("-metadata", f"comment={comment(words)}") if words else ()),
        *("-f", "mp4", str(path)),
    ]
    _run_ffmpeg(command, (frame.tobytes() for frame in chain([first], frames)))
    if words:
        packet = xmp_packet(words).encode()
        with path.open("ab") as file:
            file.write(struct.pack(">I4s", 24 + len(packet), b"uuid") + _MP4_XMP + packet)


def _run_ffmpeg(command: list[str], contents: Iterator[bytes]) -> None:
    """Runs ffmpeg on `contents`. Raises StudioError where it fails; imageio-ffmpeg's own writer lets that pass."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "env": bridge.environment()}
    with tempfile.TemporaryFile() as stderr, subprocess.Popen(command, **pipes, stderr=stderr) as ffmpeg:
        assert ffmpeg.stdin is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # it has ended, and says why
                for content in contents:
                    ffmpeg.stdin.write(content)
                ffmpeg.stdin.close()
        except BaseException:
            ffmpeg.kill()
            raise
        if ffmpeg.wait():
            stderr.seek(0)
            lines = stderr.read().decode(errors="replace").strip().splitlines() or ["it gave no reason"]
            raise StudioError(f"ffmpeg failed: {lines[-1]}")


def _chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\x00" * (len(payload) % 2)


def _three_bytes(number: int) -> bytes:
    return struct.pack("<I", number)[:3]
