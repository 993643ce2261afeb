"""The commands of the manual: all are read by the program's own parser, and what needs no torch is run, page by page.

A page is run from its first line to its last in one workspace that has the runs, exports and data which it speaks of,
made by hand. A worker that trains nothing stands in for the trainings. What is not run is named below, with the reason.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.store import DataSet
from ganstudio.runs.record import NAME, load_record
from ganstudio.workspace import Workspace
from tests import manual
from tests.cli.conftest import Course, Program, data_unread, ganstudio, no_worker_left, worker
from tests.cli.latent.conftest import with_directions
from tests.inference.generators import with_metadata, write_generator, write_proved, write_styled
from tests.inference.images.networks import write_copier, write_filler, write_greyer, write_upscaler
from tests.inference.stores import noise, pack
from tests.inference.style.networks import write_stylizer
from tests.manual import Shown
from tests.runs.making import STARTED, make_run, tell

__all__ = ["data_unread", "ganstudio", "no_worker_left", "worker"]  # fixtures

TORCH = "builds networks with torch: tests/engine, and `make wheel`, which follows the README"
LIVE = "steers a run that trains: tests/cli/runs/test_live.py, test_stop.py"
ELSEWHERE = "wants files that others publish, or a network to fetch them"
DRAWN = "wants a generator that draws no near copies: tests/inference/augmentation"
TERMINAL = "asks, or draws, at a terminal: tests/tui, tests/cli/data/test_remove_data.py, tests/cli/export"

# By how a call begins, or by an option in it.
NOT_RUN = {
    **dict.fromkeys(("check", "encoder", "evaluate", "export onnx", "runs fork", "train ./my_gan.py"), TORCH),
    **dict.fromkeys(("--against-run", "--dry-run", "--exact", "train dcgan --data fashion-mnist --from"), TORCH),
    **dict.fromkeys(("runs continue", "runs evaluate", "runs pause", "runs set", "runs snapshot"), LIVE),
    **dict.fromkeys(("runs resume", "runs stop"), LIVE),
    **dict.fromkeys(
        ("data add celeba --from", "data add cifar10 --from", "weights fetch", "weights import"), ELSEWHERE
    ),
    "export import RealESRGAN_x4plus.pth": ELSEWHERE,
    "directions": "draws ten thousand pictures, and trains a classifier: tests/cli/directions, tests/inference/latent",
    "--novel": DRAWN,
    **dict.fromkeys(("--paired", "--split-width", "--domains", "--tile"), "tests/data/test_pairs.py, test_tiles.py"),
    **dict.fromkeys(
        ("--fps", "--code", "sample --model gan3d-voxel-mnist-1"),
        "of exports of clips, grids and codes: tests/cli/sample, tests/inference",
    ),
    **dict.fromkeys(
        ("runs show dcgan-mnist-sweep1", "runs compare dcgan-mnist-sweep1"), "of the sweep that is not run here"
    ),
    **dict.fromkeys(
        ("train srresnet", "train srgan"),
        "of photographs and imported weights: tests/recipe/test_tiles.py",
    ),
    **dict.fromkeys(
        ("serve", "--server"), "serves until it is stopped: tests/serve, whose test_manual.py runs every example"
    ),
    "--style-data": "wants VGG16's weights: tests/cli/train/test_style_data.py",
    "runs import": "wants the files of other programs: tests/trackers/imports",
    "--tracker": "starts processes that outlive the page: tests/cli/runs/test_export.py",
    **dict.fromkeys(
        ("runs export dcgan-mnist-1 --to wandb", "runs export dcgan-mnist-1 --to mlflow"),
        "of packages that development does not install: tests/trackers",
    ),
    **dict.fromkeys(
        ("runs plot dcgan-mnist-1 theirs", "runs compare dcgan-mnist-1 theirs"), "of a run that is not imported here"
    ),
    "--sweep": "asks torch whether the networks fit, and queues runs: tests/cli/train/test_sweep.py",
    **dict.fromkeys(("--on-finish", "--notify"), "starts a process that outlives the test: tests/watcher"),
    **dict.fromkeys(("data remove", "export remove", "styles remove", "tui"), TERMINAL),
}
DIGITS = tuple("0123456789")


def why_not(words: tuple[str, ...]) -> str | None:
    """The key of NOT_RUN that a call comes under."""
    line = " ".join(words)
    return next(
        (key for key in NOT_RUN if (key in words if key.startswith("--") else f"{line} ".startswith(f"{key} "))), None
    )


@pytest.mark.parametrize("page", manual.PAGES, ids=lambda page: page.name)
def test_every_command_of_the_manual_is_one(page: Path) -> None:
    for shown in (*manual.in_blocks(page), *manual.inline(page)):
        _parse(shown)


def test_every_example_of_the_help_is_a_command() -> None:
    shown = list(manual.examples())
    assert len({one.words[0] for one in shown}) > 12
    for one in shown:
        _parse(one)


@pytest.mark.parametrize(
    "line", ["ganstudio runs lst", "ganstudio sample --sed 4", "ganstudio train dcgan", "ganstudio data show a b"]
)
def test_what_is_no_command_is_seen(line: str) -> None:
    with pytest.raises(AssertionError, match="ganstudio"):
        _parse(*manual.calls(line))


def _parse(shown: Shown) -> None:
    try:
        manual.parse(shown.words)
    except Exception as error:
        raise AssertionError(f"{shown.line}: {error}") from error


def test_every_reason_not_to_run_a_command_has_one() -> None:
    met = {why_not(shown.words) for page in manual.PAGES for shown in manual.in_blocks(page)}
    assert met >= NOT_RUN.keys()


RUN = [page for page in manual.PAGES if any(why_not(shown.words) is None for shown in manual.in_blocks(page))]


@pytest.mark.usefixtures("no_worker_left")
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_the_commands_of_a_page_work_one_after_the_other(
    page: Path, ganstudio: Program, worker: Course, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STEP_S", "0")
    monkeypatch.setenv("FAKE_KIMG", "3")
    monkeypatch.chdir(workspace.root)
    prepare(workspace, page.name)
    for shown in manual.in_blocks(page):
        if why_not(shown.words) is None:
            ended = ganstudio(*shown.words)
            assert ended.code == 0, f"{shown.line}\n{ended.err}"


def prepare(workspace: Workspace, page: str) -> None:
    """What the pages speak of as if it were there."""
    here = workspace.root
    for folder, side in (("photos", 64), ("icons", 32), ("birds/a", 32)):
        (here / folder).mkdir(parents=True)
        for number, pixels in enumerate(noise(80, side, channels=3)):
            Image.fromarray(pixels).save(here / folder / f"{number}.png")
    shutil.copytree(here / "birds", here / "tits")
    rows = [f"a/{number}.png,{'wren' if number % 2 else 'tit'}" for number in range(80)]
    for table in ("birds.csv", "tits/tits.csv"):
        (here / table).write_text("\n".join(["file,species", *rows]))
    (here / "pictures").mkdir()
    for folder in ("digits", "found"):
        (here / folder).mkdir()
    Image.fromarray(noise(1)[0, ..., 0]).save(here / "digits" / "07.png")
    for npz in ("mine.npz", "pictures/digits-seed42-1f0c9a3b.npz"):
        np.savez(here / npz, z=np.random.RandomState(42).randn(1, 100).astype(np.float32))
    with_metadata(write_generator(here / "faces.onnx", channels=3), {})  # somebody else's
    labels = np.arange(130) % 10
    data = pack("mnist", noise(130), DIGITS, labels)
    pack("mnist-test", noise(45), DIGITS, labels[:45])
    pack("fashion-mnist", noise(1100, 64), DIGITS, np.arange(1100) % 10)  # its preset takes 1,024 at once
    if page == "exports.md":
        shutil.rmtree(here / "birds")
        pack("digits", noise(45), DIGITS, labels[:45])
        pack("birds", noise(30), ("tit", "wren"), [0] * 20 + [1] * 10)
    if page == "images.md":
        prepare_pictures(workspace)
    if page in ("style.md", "README.md"):
        prepare_styles(workspace)
    if page == "evaluation.md":
        pack("photos", noise(80, 64, channels=3))
    write_generator(workspace.exports / "wrens.onnx")
    write_generator(workspace.exports / "tits.onnx")
    trained(workspace, "hinge-from-50", data)
    for name, classes in (("cgan-mnist-1", DIGITS), ("dcgan-mnist-1", ())):
        record = load_record(trained(workspace, name, data) / NAME)
        made_of = {"run": name, "run_created": record.created, "checkpoint_nimg": 50_000}
        write_proved(workspace.exports / f"{name}.onnx", classes=classes, **made_of)
    if page == "latents.md":
        prepare_latents(workspace)
    if page in ("latents.md", "README.md"):
        with_directions(workspace.exports / "dcgan-mnist-1.onnx", thickness={}, slant={})


def prepare_latents(workspace: Workspace) -> None:
    """A model with styles, directions, and the keyframes that the page shows."""
    styled = write_styled(workspace.exports / "stylegan-mnist-1.onnx")
    with_directions(styled, thickness={}, slant={})
    page = (manual.ROOT / "docs/latents.md").read_text(encoding="utf-8")
    (keyframes,) = re.findall(r"```toml\n(.*?)```", page, re.S)
    (workspace.root / "film.toml").write_text(keyframes)


def prepare_pictures(workspace: Workspace) -> None:
    """Pictures, and models that are given some."""
    here, [pixels] = workspace.root, noise(1, 64, channels=4)
    for name, channels in (("photo.jpg", 3), ("drawing.png", 3), ("cut-out.png", 4)):
        Image.fromarray(pixels[..., :channels]).save(here / name)
    Image.fromarray(np.eye(64, dtype=np.uint8) * 255).save(here / "hole.png")
    (here / "small").mkdir()
    Image.fromarray(pixels[:16, :16, :3]).save(here / "small" / "0.png")
    write_upscaler(workspace.exports / "srgan-photos-1.onnx", scale=4)
    write_copier(workspace.exports / "pix2pix-emoji-1.onnx", size=(32, 32))
    write_greyer(workspace.exports / "stargan-seasons-1.onnx", ("summer", "winter"))
    write_filler(workspace.exports / "inpaint-photos-1.onnx")


def prepare_styles(workspace: Workspace) -> None:
    """Pictures, some of them styles, a model that paints, and one that enlarges."""
    here = workspace.root
    (here / "paintings").mkdir()
    for seed, name in enumerate(("photo.jpg", "waves.jpg", "starry.jpg", "paintings/0.png", "paintings/1.png")):
        Image.fromarray(noise(1 + seed, 64, channels=3)[seed]).save(here / name)
    write_stylizer(workspace.exports / "stylize-photos-1.onnx")
    write_upscaler(workspace.exports / "srgan-photos-1.onnx", scale=4)


def trained(workspace: Workspace, name: str, data: DataSet) -> Path:
    """A run that ended at 50 kimg, with a score and a checkpoint."""
    manifest = data.manifest
    told = {"name": "mnist", "path": str(data.path), "fingerprint": manifest.fingerprint, "count": manifest.count}
    told |= {"resolution": 32, "channels": 1, "classes": list(manifest.classes)}
    path = make_run(workspace, name, data=told)
    tell(path, "started", **STARTED)
    for nimg in range(10_000, 60_000, 10_000):
        judged = {"d_real": 1.0, "d_fake": -1.0, "p_real": 0.73, "p_fake": 0.27}
        tell(path, "tick", nimg, nimg / 100, losses={"d": 0.5, "g": 1.5}, **judged, img_per_s=100.0)
    tell(path, "evaluated", 50_000, 500.0, score="FD[lenet]-5k", value=4.5)
    (path / "checkpoints" / "0000050000.pt").touch()
    tell(path, "checkpointed", 50_000, 500.0, path="checkpoints/0000050000.pt")
    tell(path, "finished", 50_000, 500.0, reason="budget")
    return path
