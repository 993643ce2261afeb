from __future__ import annotations

import errno
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from ganstudio.data.derived.derived_sets import at_resolution_temporarily
from ganstudio.data.pack import add
from ganstudio.data.staging import PixelWriter, scratch, staging
from ganstudio.errors import DataError, StudioError
from tests.data.pictures import many, plain


def start_add(folder: Path, home: Path, *options: str) -> subprocess.Popen[str]:
    """A `data add` that has begun to write pixels."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ganstudio", "data", "add", str(folder), *options],
        env={**os.environ, "GANSTUDIO_DATA": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 10_000 for path in home.glob(".packing-*/images.npy")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return process


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return many(tmp_path / "noise", 3000)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_leaves_nothing_and_no_child_speaks(home: Path, folder: Path, workers: str) -> None:
    process = start_add(folder, home, "--workers", workers)
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert list(home.iterdir()) == []
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_kill_leaves_no_worker_and_nothing_that_can_be_seen_and_the_next_add_clears_up(
    home: Path, folder: Path, tmp_path: Path
) -> None:
    process = start_add(folder, home, "--workers", "2")
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert [path.name[:9] for path in home.iterdir()] == [".packing-"]
    plain(tmp_path / "other" / "1.png")
    add(tmp_path / "other")
    assert [path.name for path in home.iterdir()] == ["other"]


def test_what_another_living_process_or_machine_is_packing_is_left_alone(home: Path, tmp_path: Path) -> None:
    parent = psutil.Process(os.getppid())
    living = f".packing-{parent.pid}-{int(parent.create_time())}-{platform.node()}-abc"
    reused = f".packing-{parent.pid}-{int(parent.create_time()) - 3600}-{platform.node()}-abc"
    elsewhere = f".packing-{2**22 + 1}-1-another-machine-abc"
    for name in (living, reused, elsewhere, ".mine"):
        (home / name).mkdir()
    plain(tmp_path / "set" / "1.png")
    add(tmp_path / "set")
    assert {path.name for path in home.iterdir()} == {living, elsewhere, ".mine", "set"}


def test_a_full_disk_is_an_error_that_leaves_nothing(home: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    plain(tmp_path / "set" / "1.png", size=(256, 256))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(StudioError, match="File too large") as caught:
            add(tmp_path / "set")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.exit_code == 1
    assert "GANSTUDIO_DATA" in str(caught.value.hint)
    assert list(home.iterdir()) == []


def test_a_data_directory_that_cannot_be_made_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path / "file" / "data"))
    plain(tmp_path / "set" / "1.png")
    with pytest.raises(StudioError, match="Not a directory"):
        add(tmp_path / "set")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_data_directory_is_an_error(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "1.png")
    home.chmod(0o555)
    with pytest.raises(StudioError, match="Permission denied"):
        add(tmp_path / "set")


def test_pixels_written_in_parts_read_as_one_array(home: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (1500, 8, 8, 3), np.uint8)
    with staging() as folder:
        whole, parts = PixelWriter(folder / "whole.npy", 8, 3), PixelWriter(folder / "parts.npy", 8, 3)
        whole.append(rows)
        for start in range(0, 1500, 7):
            parts.append(rows[start : start + 7])
        assert whole.close() == parts.close()
        np.testing.assert_array_equal(np.load(folder / "parts.npy"), rows)


def test_a_file_is_written_on_from_any_image_with_what_followed_cut_off(home: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), np.uint8)
    with staging() as folder:
        whole, broken = PixelWriter(folder / "whole.npy", 8, 3), PixelWriter(folder / "broken.npy", 8, 3)
        whole.append(rows)
        broken.append(rows[:13])
        with broken.path.open("ab") as file:
            file.write(b"half an image")
        again = PixelWriter(folder / "broken.npy", 8, 3, written=9)
        again.append(rows[9:])
        assert again.close() == whole.close()
        np.testing.assert_array_equal(np.load(folder / "broken.npy"), rows)
        with pytest.raises(DataError, match="ends before its image 21"):
            PixelWriter(folder / "broken.npy", 8, 3, written=21)


@pytest.fixture
def read_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory, in which nothing new can be made."""
    real = tempfile.mkdtemp

    def refused(suffix: str | None = None, prefix: str | None = None, dir: Path | None = None) -> str:
        if dir == home:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), f"{dir}/{prefix}")
        return str(real(suffix, prefix, dir))

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    return home


def test_what_is_packed_for_the_moment_needs_no_data_directory_that_can_be_written(read_only: Path) -> None:
    with scratch() as folder:
        (folder / "file").touch()
    assert not folder.exists()
    assert not folder.is_relative_to(read_only)
    with pytest.raises(StudioError, match="Read-only file system") as caught, staging():
        pass
    assert "GANSTUDIO_DATA" in str(caught.value.hint)


def test_where_the_data_directory_may_only_be_read_another_size_is_derived_for_the_moment(
    home: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    plain(tmp_path / "photos" / "1.png")
    data = add(tmp_path / "photos", size=16)
    request.getfixturevalue("read_only")
    with at_resolution_temporarily(data, 24) as derived:
        assert derived.images().shape == (1, 24, 24, 3)
        assert not derived.path.is_relative_to(home)
    assert not derived.path.exists()
    with at_resolution_temporarily(data, 16) as same:
        assert same is data


def test_a_source_that_cannot_be_read_is_not_blamed_on_the_data_directory(home: Path, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=r"gone\.npy: No such file") as caught, staging():
        (tmp_path / "gone.npy").open()
    assert caught.value.hint is None
