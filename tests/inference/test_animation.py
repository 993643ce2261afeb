from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.animation import check_codec, write_animation
from ganstudio.inference.provenance import SOURCE_TYPE, iptc_fields, is_ours, picture_words
from tests.inference.test_provenance import IPTC, RDF

TOLD = picture_words("cgan", "ab" * 32, "1-2", ["cat"])


def film(count: int, channels: int, height: int = 24, width: int = 33) -> NDArray[np.uint8]:
    """Smooth frames, each a little brighter."""
    rows, columns = np.mgrid[:height, :width]
    frame = np.stack([rows * 4, columns * 3, 90 - rows * 3][:channels], 2)
    return np.stack([frame + index * (140 // count) for index in range(count)]).astype(np.uint8)


def played(path: Path) -> tuple[NDArray[np.uint8], list[int]]:
    """The frames [n, H, W, 3] that a reader sees, and how many milliseconds each of them."""
    frames, shown = [], []
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            frames.append(np.asarray(frame.convert("RGB")))
            shown.append(frame.info["duration"])
    return np.stack(frames), shown


def test_a_gif_gives_back_every_grey_pixel(tmp_path: Path) -> None:
    frames = film(12, 1)
    write_animation(tmp_path / "a.gif", iter(frames), 25, TOLD)
    given, shown = played(tmp_path / "a.gif")
    np.testing.assert_array_equal(given, np.broadcast_to(frames, given.shape))
    assert shown == [40] * 12


@pytest.mark.parametrize(("suffix", "off"), [(".gif", 12), (".webp", 24)])
def test_colours_come_back_nearly(tmp_path: Path, suffix: str, off: int) -> None:
    frames = film(7, 3)
    path = tmp_path / f"a{suffix}"
    write_animation(path, iter(frames), 20, TOLD)
    given, shown = played(path)
    assert given.shape == frames.shape
    assert np.abs(given.astype(int) - frames).max() <= off
    assert np.abs(given.astype(int) - frames).mean() <= 3
    assert shown == [50] * 7


@pytest.mark.parametrize("pixels", [np.zeros((3, 1, 1, 1)), np.full((3, 2, 300, 3), 255), np.eye(7)[None, :, :, None]])
def test_any_size_and_any_number_of_colours_can_be_filmed(tmp_path: Path, pixels: NDArray[np.float64]) -> None:
    frames = pixels.astype(np.uint8)
    for suffix in (".gif", ".webp"):
        write_animation(tmp_path / f"a{suffix}", iter(frames), 10, TOLD)
        with Image.open(tmp_path / f"a{suffix}") as image:
            assert (getattr(image, "n_frames", 1), image.size) == (len(frames), frames.shape[2:0:-1])
    with Image.open(tmp_path / "a.gif") as image:
        np.testing.assert_array_equal(np.asarray(image.convert("L")), frames[0, :, :, 0])


def test_a_rate_that_hundredths_cannot_tell_does_not_drift(tmp_path: Path) -> None:
    write_animation(tmp_path / "a.gif", iter(film(90, 1)), 30, TOLD)
    _, shown = played(tmp_path / "a.gif")
    assert set(shown) == {30, 40}
    assert sum(shown) == 3000


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_film_repeats_for_ever(tmp_path: Path, suffix: str) -> None:
    write_animation(tmp_path / f"a{suffix}", iter(film(3, 1)), 10, {})
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert image.info["loop"] == 0


def test_a_gif_tells_its_origin_in_a_comment_and_what_it_is_in_xmp(tmp_path: Path) -> None:
    write_animation(tmp_path / "a.gif", iter(film(3, 1)), 10, TOLD)
    with Image.open(tmp_path / "a.gif") as image:
        told = json.loads(image.info["comment"])
    assert told == iptc_fields(TOLD) | TOLD
    content = (tmp_path / "a.gif").read_bytes()
    packet = content[content.index(b"<?xpacket begin") : content.index(b"<?xpacket end")]
    (description,) = ElementTree.fromstring(packet).iter(RDF)
    assert description.get(IPTC) == SOURCE_TYPE


def test_a_webp_tells_both_in_xmp(tmp_path: Path) -> None:
    write_animation(tmp_path / "a.webp", iter(film(3, 1)), 10, TOLD)
    with Image.open(tmp_path / "a.webp") as image:
        (description,) = ElementTree.fromstring(image.info["xmp"]).iter(RDF)
    assert description.get(IPTC) == SOURCE_TYPE
    assert description.get("{urn:ganstudio:picture:}Class") == "cat"


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_plain_film_holds_no_word_of_it(tmp_path: Path, suffix: str) -> None:
    write_animation(tmp_path / f"a{suffix}", iter(film(3, 3)), 10, {})
    assert b"ganstudio" not in (tmp_path / f"a{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_film_is_written_while_its_frames_are_drawn(tmp_path: Path, suffix: str) -> None:
    frames = np.random.RandomState(0).randint(0, 256, (50, 64, 64, 1)).astype(np.uint8)
    seen = []

    def drawn() -> Iterator[NDArray[np.uint8]]:
        for index, frame in enumerate(frames):
            if index == 40:
                [growing] = tmp_path.iterdir()
                seen.append(growing.stat().st_size)
            yield frame

    path = tmp_path / f"a{suffix}"
    write_animation(path, drawn(), 25, {})
    assert seen[0] > 0.6 * path.stat().st_size
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".mp4"])
def test_a_drawing_that_fails_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    if suffix == ".mp4":
        pytest.importorskip("imageio_ffmpeg")

    def drawn() -> Iterator[NDArray[np.uint8]]:
        yield film(1, 3)[0]
        raise StudioError("it broke")

    with pytest.raises(StudioError, match="it broke"):
        write_animation(tmp_path / f"a{suffix}", drawn(), 25, TOLD)
    assert not list(tmp_path.iterdir())


FULL = """
import resource, signal, sys
import numpy as np
from pathlib import Path
from ganstudio.errors import StudioError
from ganstudio.inference.animation import write_animation
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
frames = np.random.RandomState(0).randint(0, 256, (60, 64, 64, 3)).astype(np.uint8)
try:
    write_animation(Path(sys.argv[1]), iter(frames), 25, {})
except (OSError, StudioError) as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".mp4"])
def test_a_full_disk_leaves_no_half_film(tmp_path: Path, suffix: str) -> None:
    if suffix == ".mp4":
        pytest.importorskip("imageio_ffmpeg")
    command = [sys.executable, "-c", FULL, str(tmp_path / f"a{suffix}")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("StudioError ffmpeg failed: " if suffix == ".mp4" else "OSError ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("channels", [1, 3])
def test_an_mp4_gives_back_the_frames_nearly_and_an_odd_side_gets_a_black_line(tmp_path: Path, channels: int) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    frames = film(10, channels)
    write_animation(tmp_path / "a.mp4", iter(frames), 25, TOLD)
    command = [ffmpeg.get_ffmpeg_exe(), "-i", str(tmp_path / "a.mp4"), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    decoded = subprocess.run(command, capture_output=True, check=True)
    assert b"Video: h264" in decoded.stderr
    assert b", 34x24," in decoded.stderr
    assert b" 25 fps," in decoded.stderr
    given = np.frombuffer(decoded.stdout, np.uint8).reshape(10, 24, 34, 3)
    assert np.abs(given[:, :, :32].astype(int) - frames[:, :, :32]).mean() <= 4
    assert given[:, :, 33].max() <= 40
    content = (tmp_path / "a.mp4").read_bytes()
    assert b'"Seed": "1-2"' in content
    packet = content[content.index(b"<?xpacket begin") : content.index(b"<?xpacket end")]
    (description,) = ElementTree.fromstring(packet).iter(RDF)
    assert description.get(IPTC) == SOURCE_TYPE
    assert is_ours(tmp_path / "a.mp4")


def test_mp4_without_its_encoder_is_refused_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    check_codec(".gif")
    with pytest.raises(UsageError, match="mp4 needs imageio-ffmpeg") as refused:
        check_codec(".mp4")
    assert "pip install 'ganstudio[video]'" in str(refused.value.hint)
