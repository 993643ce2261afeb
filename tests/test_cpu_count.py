from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio import bridge, cpu_count
from ganstudio.cpu_count import cores, limited_cores, quota


def groups(folder: Path, own: str, files: dict[str, str]) -> tuple[Path, Path]:
    """What /proc/self/cgroup says and the folder where groups are mounted, with `files` in it."""
    (folder / "own").write_text(own)
    for name, content in files.items():
        (folder / "sys" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "sys" / name).write_text(content)
    return folder / "own", folder / "sys"


@pytest.mark.parametrize(
    ("own", "files", "allowed"),
    [
        ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 0.5),
        ("0::/a/b\n", {"a/cpu.max": "150000 100000\n", "a/b/cpu.max": "max 100000\n"}, 1.5),
        ("0::/a/b\n", {"a/cpu.max": "200000 100000\n", "a/b/cpu.max": "300000 100000\n"}, 2),
        ("0::/outside/of/the/container\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/a\n", {"b/cpu.max": "100000 100000\n"}, None),
        ("1:cpu:/a\n0::/\n", {"cpu/a/cpu.cfs_quota_us": "100000\n", "cpu/a/cpu.cfs_period_us": "50000\n"}, 2),
        ("4:cpu,cpuacct:/x\n", {"cpu,cpuacct/cpu.cfs_quota_us": "-1", "cpu,cpuacct/cpu.cfs_period_us": "1"}, None),
        ("4:cpuacct,cpu:/x\n", {"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        ("4:cpuset:/\n", {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("0::/\n", {"cpu.max": "words\n"}, None),
        ("0::/\n", {"cpu.max": "100000 0\n"}, None),
        ("", {}, None),
    ],
)
def test_a_cpu_quota_is_the_least_of_the_groups_above(
    tmp_path: Path, own: str, files: dict[str, str], allowed: float | None
) -> None:
    assert quota(*groups(tmp_path, own, files)) == allowed


def test_without_control_groups_there_is_no_quota(tmp_path: Path) -> None:
    assert quota(tmp_path / "none", tmp_path / "gone") is None


@pytest.mark.parametrize(("left", "count", "limited"), [(None, 8, None), (64, 8, None), (1.5, 2, 2), (0.1, 1, 1)])
def test_cores_are_those_that_a_quota_leaves(
    monkeypatch: pytest.MonkeyPatch, left: float | None, count: int, limited: int | None
) -> None:
    monkeypatch.setattr(cpu_count, "_usable_cores", lambda: 8)
    monkeypatch.setattr(cpu_count, "quota", lambda: left)
    assert (cores(), limited_cores()) == (count, limited)


def test_a_worker_has_a_thread_a_core_that_a_quota_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(bridge, "limited_cores", lambda: 3)
    assert bridge.environment()["OMP_NUM_THREADS"] == "3"
    monkeypatch.setattr(bridge, "limited_cores", lambda: None)
    assert "OMP_NUM_THREADS" not in bridge.environment()
