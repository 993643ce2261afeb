from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from PIL import Image

from ganstudio import __version__
from ganstudio.cli.app import run
from ganstudio.inference import OnnxModel
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import grid, strips, to_pixels
from tests.inference.generators import write_clips, write_foreign, write_generator

DIGITS = tuple("0123456789")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace to stand in."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GANSTUDIO_WORKSPACE", raising=False)
    return folder


@pytest.fixture
def dcgan(workspace: Path) -> Path:
    return write_generator(workspace / "exports" / "dcgan.onnx")


@pytest.fixture
def cgan(workspace: Path) -> Path:
    return write_generator(workspace / "exports" / "cgan.onnx", classes=DIGITS)


def pixels_of(path: str | Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def words_of(path: str | Path) -> dict[str, str]:
    with Image.open(path) as image:
        return dict(image.text)  # type: ignore[attr-defined]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `ganstudio sample` said on stderr, having left with 2 and written nothing."""
    before = sorted(Path.cwd().rglob("*"))
    assert run(["sample", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sorted(Path.cwd().rglob("*")) == before
    return err


def test_one_seed_is_one_png_here_and_its_path_is_all_of_stdout(
    dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sample", "--seed", "42"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{workspace / 'dcgan-seed42.png'}\n"
    assert err == ""
    expected = to_pixels(OnnxModel.open(dcgan).generate(latents([42], 100)))[0, :, :, 0]
    np.testing.assert_array_equal(pixels_of(out.strip()), expected)


def test_several_seeds_are_one_square_grid_here(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "0-4"]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.name == "dcgan-seed0-4.png"
    expected = grid(to_pixels(OnnxModel.open(dcgan).generate(latents(range(5), 100))), 3)
    np.testing.assert_array_equal(pixels_of(path), expected[:, :, 0])


def test_a_folder_takes_one_png_a_seed(dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "3,1,7", "--out", "some/where"]) == 0
    names = [f"dcgan-seed{seed}.png" for seed in (3, 1, 7)]
    assert capsys.readouterr().out.splitlines() == [str(workspace / "some" / "where" / name) for name in names]
    assert sorted(path.name for path in Path("some/where").iterdir()) == sorted(names)
    assert words_of(f"some/where/{names[1]}")["Seed"] == "1"


def test_a_png_file_takes_one_picture_or_a_grid(dcgan: Path) -> None:
    assert run(["sample", "--seed", "3", "--out", "new/one.png"]) == 0
    assert run(["sample", "--seed", "3-6", "--out", "four.PNG"]) == 0
    assert pixels_of("new/one.png").shape == (32, 32)
    assert pixels_of("four.PNG").shape == (64, 64)


def test_a_grid_has_the_size_asked_for_and_ends_in_black(dcgan: Path) -> None:
    assert run(["sample", "--seed", "0-4", "--grid", "4x3", "--out", "grid.png"]) == 0
    assert run(["sample", "--seed", "0-4", "--grid", "5X1", "--out", "folder"]) == 0
    pixels = pixels_of("grid.png")
    assert pixels.shape == (96, 128)
    assert pixels[:64, :32].any()
    assert not pixels[64:].any()
    assert pixels_of("folder/dcgan-seed0-4.png").shape == (32, 160)


def test_a_png_tells_program_model_seeds_class_and_hash(cgan: Path) -> None:
    assert run(["sample", "--seed", "5,9-11", "--class", "7", "--out", "a.png"]) == 0
    told = {"Software": f"ganstudio {__version__}", "Source": "cgan", "Seed": "5,9-11", "Class": "7"}
    assert words_of("a.png") == told | {"SHA256": "ab" * 32}


def test_an_unconditional_png_tells_no_class(dcgan: Path) -> None:
    assert run(["sample", "--seed", "5", "--out", "a.png"]) == 0
    assert "Class" not in words_of("a.png")


def test_the_same_seed_gives_the_same_bytes_twice(dcgan: Path) -> None:
    for name in ("a.png", "b.png"):
        assert run(["sample", "--seed", "0-9", "--out", name]) == 0
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


def test_a_seed_alone_is_the_tile_that_it_is_in_a_range(cgan: Path) -> None:
    assert run(["sample", "--seed", "0-19", "--out", "range.png"]) == 0
    assert run(["sample", "--seed", "13", "--out", "alone.png"]) == 0
    tile = pixels_of("range.png")[32:64, 96:128]
    np.testing.assert_allclose(tile.astype(int), pixels_of("alone.png").astype(int), atol=1)


def test_without_a_class_each_column_is_one(cgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "0-24", "--json"]) == 0
    (picture,) = json.loads(capsys.readouterr().out)["pictures"]
    assert pixels_of(picture["path"]).shape == (3 * 32, 10 * 32)
    assert picture["classes"] == [*DIGITS, *DIGITS, *DIGITS[:5]]


def test_a_class_is_in_the_name_of_the_file(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_generator(workspace / "exports" / "pets.onnx", classes=("a cat/kitten", "dog"))
    assert run(["sample", "--seed", "1", "--class", "a cat/kitten"]) == 0
    assert Path(capsys.readouterr().out.strip()).name == "pets-seed1-classa_cat_kitten.png"


def test_a_long_list_of_seeds_makes_a_file_name_of_its_own(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = set()
    for last in (198, 199):
        assert run(["sample", "--seed", ",".join(map(str, [*range(0, 198, 2), last]))]) == 0
        names.add(Path(capsys.readouterr().out.strip()).name)
    assert len(names) == 2
    assert all(name.startswith("dcgan-seed0-and-99-more-") for name in names)


def test_json_tells_model_export_and_pictures(dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "1-2", "--out", "d", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "model": "dcgan",
        "export": str(dcgan),
        "pictures": [
            {"path": str(workspace / "d" / f"dcgan-seed{seed}.png"), "seeds": [seed], "classes": []} for seed in (1, 2)
        ],
    }


def test_rgb_models_make_rgb_pngs(workspace: Path) -> None:
    write_generator(workspace / "exports" / "faces.onnx", channels=3)
    assert run(["sample", "--seed", "1-2", "--out", "a.png"]) == 0
    assert pixels_of("a.png").shape == (32, 64, 3)


def test_the_newest_export_is_taken_with_a_note(
    dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = write_generator(workspace / "exports" / "newer.onnx")
    os.utime(dcgan, (1000, 1000))
    os.utime(newer, (2000, 2000))
    assert run(["sample", "--seed", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("newer-seed1.png\n")
    assert "Using newer, the newest of 2 exports" in err


def test_a_model_is_found_by_file_outside_the_workspace(tmp_path: Path, workspace: Path) -> None:
    path = write_generator(tmp_path / "elsewhere" / "far.onnx")
    assert run(["sample", "--model", str(path), "--seed", "1", "--out", "a.png"]) == 0
    assert words_of("a.png")["Source"] == "far"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--seed", "abc"), "'abc' is no seed. Write 42, 0-63 or 1,5,9"),
        (("--seed", "-1"), "'-1' is no seed"),
        (("--seed", "4294967296"), "seeds go from 0 to 4294967295"),
        (("--seed", "0-4294967295"), "more than 100,000 seeds"),
        (("--seed", "9-3"), "Did you mean 3-9?"),
        (("--seed", "1", "--class", "7"), "not conditional"),
        (("--seed", "1", "--model", "dcgam"), "neither an export nor an .onnx file nor a run. Did you mean 'dcgan'?"),
        (("--seed", "1", "--model", "exports/dcgam.onnx"), "exports/dcgam.onnx does not exist"),
        (("--seed", "0-8", "--grid", "2x2"), "--grid: 2x2 has no room for 9 seeds. Did you mean 2x5?"),
        (("--seed", "1", "--grid", "2"), "Write columns x rows: 8x8"),
        (("--seed", "1", "--grid", "0x3"), "Write columns x rows: 8x8"),
        (("--seed", "1", "--grid", "900x900"), "28800 x 28800 pixels is too large"),
        (("--seed", "0-99999"), "pixels is too large"),
        (("--seed", "1", "--out", "a.jpg"), "pictures are written as PNG. Did you mean a.png?"),
        (("--seed", "1", "--out", "exports/dcgan.onnx/x"), "cannot be made one"),
        (("--seed", "1", "--provider", "cpuu"), "Here: auto, cpu"),
        (("--sed", "1"), "--seed"),
        ((), "--seed"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    dcgan: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    assert told in refusal(capsys, *arguments)


def test_a_class_that_is_none_is_told_the_nearest(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_generator(workspace / "exports" / "pets.onnx", classes=("cat", "dog"))
    assert "Did you mean 'dog'?" in refusal(capsys, "--seed", "1", "--class", "dgo")


def test_with_neither_export_nor_run_the_first_command_is_told(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "ganstudio train dcgan --data mnist" in refusal(capsys, "--seed", "1")
    assert "ganstudio train dcgan --data mnist" in refusal(capsys, "--seed", "1", "--model", "dcgan")


def test_files_that_are_no_models_are_refused_by_name(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_foreign(workspace / "foreign.onnx")
    whole = write_generator(workspace / "whole.onnx").read_bytes()
    (workspace / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    (workspace / "text.onnx").write_text("hello")
    write_generator(workspace / "pix2pix.onnx", task="paired", z_dim=None)
    write_generator(workspace / "flow.onnx", image_shape=(2, 32, 32))
    for name, told in {
        "foreign": "carries no ganstudio manifest",
        "cut": "cut short or damaged",
        "text": "is no ONNX file",
        "pix2pix": "takes images, not seeds",
        "flow": "[2, 32, 32]",
    }.items():
        assert told in refusal(capsys, "--seed", "1", "--model", f"{name}.onnx")


def test_weights_that_are_damaged_are_refused_without_noise(dcgan: Path, capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(dcgan.read_bytes())
    at = content.index(b"ConvTranspose")
    content[at : at + 4] = b"Nope"
    dcgan.write_bytes(content)
    assert run(["sample", "--seed", "1"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "onnxruntime cannot load it" in err
    assert len(err.splitlines()) <= 2


def test_a_model_that_answers_nan_fails_and_writes_nothing(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_generator(workspace / "exports" / "nan.onnx")
    model = onnx.load(path)
    weights = next(one for one in model.graph.initializer if one.name == "w2")
    weights.CopyFrom(numpy_helper.from_array(np.full((64, 1, 4, 4), np.nan, np.float32), "w2"))
    onnx.save(model, path)
    assert run(["sample", "--seed", "1"]) == 1
    assert "1 of 1 images hold NaN" in capsys.readouterr().err
    assert not list(workspace.glob("*.png"))


def test_a_full_disk_leaves_no_half_picture(dcgan: Path, workspace: Path) -> None:
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "from ganstudio.cli.app import run; sys.exit(run(['sample', '--seed', '0-63', '--out', 'a.png']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{workspace / 'a.png'} cannot be written: File too large" in done.stderr
    assert [path.name for path in workspace.iterdir()] == ["exports"]


def test_sampling_imports_no_torch_and_no_onnx(dcgan: Path) -> None:
    program = (
        "import sys; from ganstudio.cli.app import run; assert run(['sample', '--seed', '42']) == 0;"
        "print([name for name in ('torch', 'onnx', 'ganstudio.engine', 'ganstudio.runs.store') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_one_picture_takes_under_200_mb(dcgan: Path) -> None:
    # measured from a small process: a child's peak counts what its parent held when it was forked
    program = (
        "import resource, subprocess, sys; command = [sys.executable, '-m', 'ganstudio', 'sample', '--seed', '42'];"
        "subprocess.run(command, stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) / (1024 if sys.platform == "linux" else 1024**2) < 200


def test_a_clip_is_a_strip_of_all_its_frames_and_several_stand_below_each_other(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_clips(workspace / "exports" / "clips.onnx")
    expected = strips(to_pixels(OnnxModel.open(path).generate(latents(range(3), 100))))
    assert run(["sample", "--seed", "1", "--out", "one.png"]) == 0
    assert run(["sample", "--seed", "0-2", "--out", "three.png"]) == 0
    assert run(["sample", "--seed", "0-2", "--out", "apart"]) == 0
    assert run(["sample", "--seed", "0-2", "--grid", "2x2", "--out", "grid.png"]) == 0
    np.testing.assert_array_equal(pixels_of("one.png"), expected[1, :, :, 0])
    np.testing.assert_array_equal(pixels_of("three.png"), grid(expected, 1)[:, :, 0])
    np.testing.assert_array_equal(pixels_of("apart/clips-seed2.png"), expected[2, :, :, 0])
    np.testing.assert_array_equal(pixels_of("grid.png"), grid(expected, 2)[:, :, 0])


def test_a_grid_of_strips_that_is_too_large_is_refused(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clips(workspace / "exports" / "clips.onnx")
    assert "too large" in refusal(capsys, "--seed", "0-69999")
