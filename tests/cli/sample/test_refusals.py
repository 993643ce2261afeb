"""ganstudio sample: what it refuses, and what it leaves then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from ganstudio.cli.app import run
from tests.cli.sample.sample_files import refusal
from tests.inference.generators import write_foreign, write_generator
from tests.inference.images.networks import write_copier


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
        (("--seed", "1", "--out", "a.mkv"), "written as png, webp, jpeg, npz. Did you mean a.png?"),
        (("--seed", "1", "--out", "a.bmp"), "written as png, webp, jpeg, npz. Did you mean a.png?"),
        (("--seed", "1", "--out", "a.gif"), "ganstudio interpolate --seed 1 --seed 2 --out a.gif"),
        (
            ("--seed", "1", "--out", "a.jpg", "--format", "webp"),
            "--format: webp was given, but the name a.jpg says jpeg",
        ),
        (("--seed", "1", "--format", "jpg"), "--format: 'jpg' is none. Did you mean 'jpeg'?"),
        (("--seed", "1", "--format", "tiff"), "--format: 'tiff' is none. Known: jpeg, npz, png, webp."),
        (("--seed", "1", "--format", "npz", "--grid", "1x1"), "leave --grid out"),
        (("--seed", "0-599", "--grid", "600x1", "--format", "webp"), "19200 x 32 pixels is too large for webp"),
        (("--seed", "1", "--psi", "0.7"), "--psi: dcgan has no truncation"),
        (("--seed", "0-3", "--n", "2"), "--n: counts up from one seed; --seed 0-3 names 4"),
        (("--n", "0"), "--n: from 1 to 100,000 seeds can be drawn from seed 0 on; got 0"),
        (("--n", "100001"), "got 100001"),
        (("--seed", "4294967290", "--n", "7"), "--n: from 1 to 6 seeds can be drawn from seed 4294967290 on"),
        (("--seed", "1", "--out", "exports/dcgan.onnx/x"), "cannot be made one"),
        (("--seed", "1", "--provider", "cpuu"), "Here: auto, cpu"),
        (("--seed", "1", "--provider", "coreml"), "Here: auto, cpu"),
        (("--seed", "1", "--provider", "cpuu", "--out", "new/folder"), "Here: auto, cpu"),
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
    write_copier(workspace / "pix2pix.onnx")
    write_generator(workspace / "flow.onnx", image_shape=(2, 32, 32))
    newer = write_generator(workspace / "newer.onnx")
    newer.write_bytes(newer.read_bytes().replace(b'{"format": 1,', b'{"format": 9,'))
    for name, told in {
        "foreign": "carries no ganstudio manifest",
        "cut": "cut short or damaged",
        "text": "is no ONNX file",
        "pix2pix": "takes images, not seeds.\ntry: ganstudio translate IMAGE --model pix2pix --out DIR",
        "flow": "[2, 32, 32]",
        "newer": "manifest format 9 is not known here, only 1",
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
