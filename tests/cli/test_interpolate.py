from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from ganstudio.cli.app import run
from ganstudio.inference import OnnxModel
from ganstudio.inference.pixels import to_pixels
from ganstudio.inference.provenance import is_ours
from tests.inference.generators import write_clips, write_generator

DIGITS = tuple("0123456789")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dcgan(here: Path) -> Path:
    return write_generator(here / "exports" / "dcgan.onnx")


@pytest.fixture
def cgan(here: Path) -> Path:
    return write_generator(here / "exports" / "cgan.onnx", classes=DIGITS)


def walk(*arguments: str, seeds: tuple[str, ...] = ("1", "2")) -> int:
    return run(["interpolate", *(word for seed in seeds for word in ("--seed", seed)), *arguments])


def frames_of(path: str) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)])


def pixels_of(path: str | Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def words_of(path: str | Path) -> dict[str, str]:
    with Image.open(path) as image:
        return dict(image.text)  # type: ignore[attr-defined]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str, seeds: tuple[str, ...] = ("1", "2")) -> str:
    """What it said on stderr, having left with 2 and written nothing."""
    before = sorted(Path.cwd().rglob("*"))
    assert walk(*arguments, seeds=seeds) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sorted(Path.cwd().rglob("*")) == before
    return err


def test_a_gif_leads_from_the_picture_of_one_seed_to_that_of_another(
    dcgan: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert walk("--steps", "8", "--out", "new/walk.gif") == 0
    out, err = capsys.readouterr()
    assert out == f"{here / 'new' / 'walk.gif'}\n"
    assert err == "dcgan runs on cpu.\n"
    film = frames_of("new/walk.gif").astype(int)
    assert len(film) == 9
    for frame, seed in ((0, "1"), (8, "2")):
        assert run(["sample", "--seed", seed, "--out", "one.png"]) == 0
        np.testing.assert_allclose(film[frame], pixels_of("one.png").astype(int), atol=1)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".mp4"])
def test_every_format_says_that_it_is_ours_and_plain_none(dcgan: Path, suffix: str) -> None:
    if suffix == ".mp4":
        pytest.importorskip("imageio_ffmpeg")
    assert walk("--steps", "3", "--out", f"a{suffix}") == 0
    assert walk("--steps", "3", "--out", f"b{suffix}", "--plain") == 0
    assert is_ours(Path(f"a{suffix}"))
    assert not is_ours(Path(f"b{suffix}"))


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".mp4"])
def test_the_same_walk_gives_the_same_bytes(dcgan: Path, suffix: str) -> None:
    if suffix == ".mp4":
        pytest.importorskip("imageio_ffmpeg")
    for name in ("a", "b"):
        assert walk("--steps", "3", "--out", f"{name}{suffix}") == 0
    assert Path(f"a{suffix}").read_bytes() == Path(f"b{suffix}").read_bytes()


def test_seeds_may_be_lists_and_a_loop_repeats_without_a_halt(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert walk("--steps", "4", "--loop", "--json", "--out", "a.gif", seeds=("5,9", "0-1")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["seeds"] == [5, 9, 0, 1]
    assert (told["frames"], told["loop"], told["interpolation"], told["provider"]) == (16, True, "slerp", "cpu")
    film = frames_of("a.gif").astype(float)
    assert len(film) == 16
    steps = np.abs(film - np.roll(film, 1, axis=0)).mean((1, 2, 3))
    assert 0 < steps[0] < 2 * steps.max()


def test_a_folder_takes_frames_that_tell_their_latent(cgan: Path, here: Path) -> None:
    assert walk("--steps", "2", "--class", "7", "--out", "frames/") == 0
    assert sorted(path.name for path in (here / "frames").iterdir()) == [f"frame-0000{n}.png" for n in range(3)]
    told = words_of("frames/frame-00001.png")
    assert (told["Latent"], told["Class"], told["Source"]) == ("slerp(1, 2, 0.5)", "7", "cgan")
    assert words_of("frames/frame-00002.png")["Latent"] == "2"


def test_the_frames_of_a_longer_walk_before_are_gone(
    dcgan: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert walk("--steps", "6", "--out", "frames") == 0
    (here / "frames" / "mine.png").write_bytes(b"my picture")
    assert walk("--steps", "2", "--out", "frames", seeds=("3", "4")) == 0
    assert sorted(path.name for path in (here / "frames").iterdir()) == [
        *(f"frame-0000{n}.png" for n in range(3)),
        "mine.png",
    ]
    assert words_of("frames/frame-00000.png")["Latent"] == "3"
    assert "Removed 4 frames of a longer film that were there." in capsys.readouterr().err


@pytest.mark.parametrize("name", ["frame-00001.png", "frame-00900.png"])
def test_frames_of_the_user_s_are_neither_replaced_nor_removed(
    dcgan: Path, here: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = here / "frames" / name
    mine.parent.mkdir()
    mine.write_bytes(b"my picture")
    assert f"{mine} is there" in refusal(capsys, "--steps", "2", "--out", "frames")
    assert mine.read_bytes() == b"my picture"
    (here / "walk.gif").write_bytes(b"my film")
    assert "walk.gif is there" in refusal(capsys, "--steps", "2", "--out", "walk.gif")
    assert walk("--steps", "2", "--out", "walk.gif", "--force") == 0


def test_without_a_class_it_is_the_first_seed_s_with_a_note(cgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert walk("--steps", "2", "--out", "a.gif", seeds=("13", "2")) == 0
    assert "Class 3 all the way, the first seed's (--class chooses)." in capsys.readouterr().err
    assert walk("--steps", "2", "--out", "b.gif", "--class", "3", seeds=("13", "2")) == 0
    np.testing.assert_array_equal(frames_of("a.gif"), frames_of("b.gif"))


def test_lerp_and_slerp_meet_at_the_seeds_alone(dcgan: Path) -> None:
    for path in ("lerp", "slerp"):
        assert walk("--steps", "2", "--path", path, "--out", f"{path}.gif") == 0
    lerp, slerp = frames_of("lerp.gif"), frames_of("slerp.gif")
    np.testing.assert_array_equal(lerp[::2], slerp[::2])
    assert not np.array_equal(lerp[1], slerp[1])


def test_latents_of_a_file_are_walked_instead_of_seeds(cgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    z = np.random.RandomState(0).randn(3, 100).astype(np.float32)
    np.savez("mine.npz", z=z, labels=np.array([7, 1, 2]))
    assert walk("--latent", "mine.npz", "--steps", "2", "--out", "frames", "--json", seeds=()) == 0
    out, err = capsys.readouterr()
    assert "Class 7 all the way, the first latent's" in err
    assert "Latents of other classes are drawn in it too" in err
    told = json.loads(out)
    assert (told["frames"], told["class"], told["latents"]) == (5, "7", ["mine.npz[0]", "mine.npz[1]", "mine.npz[2]"])
    expected = to_pixels(OnnxModel.open(cgan).generate(z[1:2], [7]))[0, :, :, 0]
    np.testing.assert_allclose(pixels_of("frames/frame-00002.png")[:, :, 0].astype(int), expected, atol=1)
    assert words_of("frames/frame-00001.png")["Latent"] == "slerp(mine.npz[0], mine.npz[1], 0.5)"


def test_seeds_and_latents_are_never_mixed(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("mine.npz", z=np.zeros((2, 100), np.float32))
    np.savez("one.npz", z=np.zeros((1, 100), np.float32))
    assert "--seed asks for others" in refusal(capsys, "--latent", "mine.npz", "--out", "a.gif")
    assert "one.npz holds one" in refusal(capsys, "--latent", "one.npz", "--out", "a.gif", seeds=())
    assert "where does the walk lead?" in refusal(capsys, "--out", "a.gif", seeds=())


def test_noise_truncation_and_clips_are_walked_too(here: Path) -> None:
    write_generator(here / "style.onnx", noise=True, psi=True, classes=DIGITS, channels=3)
    write_clips(here / "clips.onnx")
    assert walk("--model", "style.onnx", "--psi", "0.7", "--steps", "3", "--out", "style.webp") == 0
    assert frames_of("style.webp").shape == (4, 32, 32, 3)
    assert walk("--model", "clips.onnx", "--steps", "3", "--out", "clips.gif") == 0
    assert frames_of("clips.gif").shape == (4, 8, 16 * 8, 3)


@pytest.mark.parametrize(
    ("seeds", "arguments", "told"),
    [
        (("1",), ("--out", "a.gif"), "--seed: a walk needs two; 1 is one"),
        (("1", "x"), ("--out", "a.gif"), "'x' is no seed"),
        (("1", "4294967296"), ("--out", "a.gif"), "seeds go from 0 to 4294967295"),
        (("1", "2"), (), "--out"),
        (("1", "2"), ("--out", "a.gif", "--path", "slurp"), "--path: 'slurp' is none. Did you mean 'slerp'?"),
        (("1", "2"), ("--out", "a.gif", "--steps", "0"), "--steps: from 1 to 99,999 for 2 seeds; got 0"),
        (("1", "2"), ("--out", "a.gif", "--steps", "100000"), "got 100000"),
        (("1", "2"), ("--out", "a.gif", "--fps", "60"), "--fps: from 1 to 50 for .gif; got 60"),
        (("1", "2"), ("--out", "a.gif", "--fps", "nan"), "--fps: from 1 to 50 for .gif; got nan"),
        (("1", "2"), ("--out", "a.avi"), "written as .gif, .webp, .mp4, or a folder for PNGs. Did you mean a.gif?"),
        (("1", "2"), ("--out", "a.gif", "--psi", "0.7"), "--psi: dcgan has no truncation"),
        (("1", "2"), ("--out", "a.gif", "--class", "7"), "not conditional"),
        (("1", "2"), ("--out", "a.gif", "--provider", "coreml"), "Here: auto, cpu"),
        (("1", "2"), ("--out", "new/frames", "--provider", "coreml"), "Here: auto, cpu"),
        (("1", "2"), ("--out", "exports/dcgan.onnx/a.gif"), "cannot be made one"),
        (("1", "2"), ("--out", "a.gif", "--model", "dcgam"), "Did you mean 'dcgan'?"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    dcgan: Path, capsys: pytest.CaptureFixture[str], seeds: tuple[str, ...], arguments: tuple[str, ...], told: str
) -> None:
    assert told in refusal(capsys, *arguments, seeds=seeds)


def test_mp4_without_its_encoder_is_refused(
    dcgan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert "pip install 'ganstudio[video]'" in refusal(capsys, "--out", "a.mp4")


def test_a_full_disk_is_told_by_the_film_s_name_and_leaves_nothing(dcgan: Path, here: Path) -> None:
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000));"
        "from ganstudio.cli.app import run;"
        "sys.exit(run(['interpolate', '--seed', '1', '--seed', '2', '--out', 'a.gif']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{here / 'a.gif'} cannot be written: File too large" in done.stderr
    assert [path.name for path in here.iterdir()] == ["exports"]


def test_interpolating_imports_no_torch_and_no_onnx(dcgan: Path) -> None:
    program = (
        "import sys; from ganstudio.cli.app import run;"
        "assert run(['interpolate', '--seed', '1-2', '--steps', '2', '--out', 'a.gif']) == 0;"
        "print([name for name in ('torch', 'onnx', 'ganstudio.engine', 'ganstudio.runs.store') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_has_an_example_and_says_what_steps_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["interpolate", "--help"]) == 0
    told = capsys.readouterr().out
    assert "\n    ganstudio interpolate --seed 1 --seed 2 --out walk.gif" in told
    assert "Frames from each seed to the next." in told
