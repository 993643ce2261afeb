"""The image that serves: what it installs, that it starts as nobody, and its steps in a bare environment."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ganstudio.workspace import Workspace
from tests.inference.generators import write_proved

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "deploy/requirements.txt"
MOST_MB = 400
ABSENT = ("torch", "torchvision", "textual", "plotext", "scipy", "onnx", "onnxscript", "pip")


def pins(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def test_the_image_installs_what_its_lock_was_made_for_and_nothing_that_trains() -> None:
    script = runpy.run_path(str(ROOT / ".ci/image_lock.py"))
    locked = pins(LOCK)
    needs = [Requirement(need) for need in script["needs"]()]
    assert {"onnxruntime", "fastapi", "uvicorn", "numpy"} <= {need.name for need in needs}
    for need in needs:
        assert locked[canonicalize_name(need.name)] in need.specifier
    assert not script["LEFT_OUT"] & locked.keys()


def test_the_image_has_the_versions_that_the_suite_runs_on() -> None:
    tested, locked = pins(ROOT / "constraints.txt"), pins(LOCK)
    assert {name: locked[name] for name in locked.keys() & tested} == {
        name: tested[name] for name in locked.keys() & tested
    }


def test_the_lock_names_the_command_that_makes_it() -> None:
    (target,) = re.findall(r"`make ([\w-]+)`", LOCK.read_text().splitlines()[0])
    assert f"\n{target}:\n" in (ROOT / "Makefile").read_text()


def test_the_image_is_built_by_the_script_that_is_tried_here_and_runs_as_nobody() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "RUN /source/deploy/install.sh /opt/ganstudio" in lines
    assert [line for line in lines if line.startswith("RUN")] == ["RUN /source/deploy/install.sh /opt/ganstudio"]
    assert "USER 10001:10001" in lines
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert os.access(ROOT / "deploy/install.sh", os.X_OK)


def test_every_file_that_the_image_and_its_neighbours_name_is_there() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    mounted = re.findall(r"\./(deploy/[\w./-]+):", (ROOT / "compose.yaml").read_text())
    assert "deploy/prometheus.yml" in mounted
    assert all((ROOT / name).exists() for name in (*kept, *mounted))
    wanted = re.findall(r'"\$source/([\w./]+)"', (ROOT / "deploy/install.sh").read_text())
    assert {name for name in wanted if "/" in name} <= set(kept)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What deploy/install.sh makes of this checkout."""
    folder = tmp_path_factory.mktemp("image")
    probe = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), "idna"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("pip finds no packages here: there is no package index that it reaches")
    source = folder / "source"  # what .dockerignore leaves
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for name in kept:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, source / name)
    env = os.environ | {"PYTHON": sys.executable}
    script = [source / "deploy/install.sh", folder / "venv"]
    ended = subprocess.run(script, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return folder / "venv"


def environment(image: Path) -> dict[str, str]:
    """That of a user without a home."""
    own = {name: value for name, value in os.environ.items() if name.startswith("GANSTUDIO_")}
    return own | {"PATH": f"{image}/bin:/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}


def call(image: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The program of the image."""
    program = [image / "bin/ganstudio", *words]
    return subprocess.run(program, env=environment(image), capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_image_s_environment_is_small_and_has_no_torch(image: Path) -> None:
    megabytes = sum(file.lstat().st_size for file in image.rglob("*") if file.is_file()) / 1e6
    print(f"the environment takes {megabytes:.0f} MB")
    assert megabytes < MOST_MB
    code = f"import importlib.util as u; print([name for name in {ABSENT!r} if u.find_spec(name)])"
    found = subprocess.run([image / "bin/python", "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.slow
def test_sample_verify_project_and_their_like_work_in_the_image(
    image: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.root)
    write_proved(workspace.exports / "digits.onnx", classes=("0", "1"))
    before = {file for file in image.rglob("*") if file.is_file()}
    for line in (
        *("--version", "--help", "export list", "export show digits", "export verify digits", "runs list"),
        "sample --model digits --seed 1-4 --class 1 --out four.png",
        "sample --model digits --seed 1 --format npz --out found",
        "interpolate --model digits --seed 1 --seed 2 --steps 3 --class 1 --out walk.gif",
        "project four.png --model digits --class 1 --steps 2 --out found",
        "sample --latent found/four.npz --out again.png",
        "detect four.png walk.gif found again.png",
    ):
        ended = call(image, *line.split())
        assert ended.returncode == 0, f"{line}\n{ended.stderr}"
    assert {file for file in image.rglob("*") if file.is_file()} == before  # its root may be read-only


@pytest.mark.slow
def test_the_image_serves_pictures_and_samples_from_a_server(
    image: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.root)
    write_proved(workspace.exports / "digits.onnx")
    words = [image / "bin/ganstudio", "serve", "--port", "0", "--quiet"]
    with subprocess.Popen(words, env=environment(image), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()
            ended = call(image, *f"sample --server {address} --seed 1-4 --out there.png".split())
            assert ended.returncode == 0, ended.stderr
        finally:
            server.terminate()
        assert server.wait() == 0
    assert call(image, "sample", "--model", "digits", "--seed", "1-4", "--out", "here.png").returncode == 0
    assert Path("there.png").read_bytes() == Path("here.png").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "missing"),
    [("evaluate digits --against mnist", "torch"), ("export import theirs.onnx --range -1,1", "onnx")],
)
def test_what_the_image_lacks_is_said_in_a_sentence(
    image: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, line: str, missing: str
) -> None:
    monkeypatch.chdir(workspace.root)
    write_proved(workspace.exports / "digits.onnx")
    (workspace.root / "theirs.onnx").write_bytes(b"a graph")
    ended = call(image, *line.split())
    assert ended.returncode == 1
    assert f"error: this needs {missing}, which is not installed." in ended.stderr
