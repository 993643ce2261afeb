"""Builds the wheel out of the source archive and uses it as a stranger would: no extras, no checkout, an empty home.

    python .ci/wheel.py              # what `make wheel` does, with the versions of constraints.txt
    python .ci/wheel.py --newest     # with what the package index serves today

The Python that runs this is tried, and the oldest and the newest that pyproject.toml allows, where they are on this
machine. One for which the index has torch with CUDA alone, several GB, goes without: what was not tried there is said.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".ci"))
from screen import shown_for_a_second  # noqa: E402

OWN = f"3.{sys.version_info.minor}"
TRAIN = (
    *("train", "dcgan", "--data", "mnist", "--kimg", "0.5", "--name", "first"),
    *("--set", "architecture.channels=8", "--set", "evaluation.n=256"),
)
# What needs torch, and onnxruntime-gpu, for which the small onnxruntime stands in.
HEAVY = {"torch", "torchvision", "torch-fidelity", "onnxscript", "onnxruntime-gpu"}


class Failed(Exception):
    """A step that did not do what it should; says what it printed."""


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)

    def step(self, label: str, work: Callable[[], object]) -> None:
        """Does one step and says how it went and how long it took. Raises Failed."""
        begun = time.monotonic()
        try:
            work()
        except Failed as error:
            self.failed += 1
            print(f"  FAILED  {label}\n{error}", flush=True)
            raise
        self.passed += 1
        print(f"  ok      {label}  ({time.monotonic() - begun:.0f} s)", flush=True)

    def skip(self, what: str) -> None:
        self.skipped.append(what)
        print(f"  not tried: {what}", flush=True)


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """stdout of a command. Raises Failed, with all that was printed, where it does not exit with 0."""
    ended = subprocess.run(
        [*map(str, command)], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise Failed(f"exit {ended.returncode}: {' '.join(map(str, command))}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def tried() -> list[str]:
    """The oldest and the newest Python of `requires-python`, and this one: ["3.11", "3.13"], say."""
    bounds = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    oldest, above = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", bounds).groups()  # type: ignore[union-attr]
    return [f"3.{minor}" for minor in sorted({int(oldest), int(above) - 1, sys.version_info.minor})]


def interpreter(version: str) -> str | None:
    """The path of this Python: our own, one on PATH, or one of pyenv's, whose stand-ins on PATH may lead nowhere."""
    if version == OWN:
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for found in (shutil.which(f"python{version}"), *sorted(map(str, pyenv.glob(f"{version}.*/bin/python3")))):
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    return None


class Installed:
    """The wheel in a virtual environment of its own, and a home, a workspace and a current folder that are empty."""

    def __init__(self, python: str, folder: Path, wheel: Path, locked: bool) -> None:
        self.python, self.wheel = folder / "venv/bin/python", wheel
        self.folder, self._base = folder / "workspace", python
        self.folder.mkdir(parents=True)
        self._pins = ("-c", str(ROOT / "constraints.txt")) if locked else ()
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GANSTUDIO_", "PYTHON", "XDG_"))}
        path = f"{self.python.parent}{os.pathsep}{kept['PATH']}"
        self.env = {**kept, "HOME": str(folder), "PATH": path, "TERM": "xterm-256color", "COLORTERM": "truecolor"}

    def make(self) -> None:
        run(self._base, "-m", "venv", self.python.parents[1], cwd=self.folder)

    def pip(self, *arguments: str) -> str:
        options = ("--disable-pip-version-check", "-q", "--no-compile", *self._pins)  # most of torch is never imported
        return run(self.python, "-m", "pip", "install", *options, *arguments, cwd=self.folder)

    def has_torch_at_hand(self, version: str) -> bool:
        """Whether torch is fetched already (as for the Python that runs this), comes without CUDA, or lies here."""
        if version == OWN or sys.platform == "darwin" or platform.machine() != "x86_64":
            return True
        try:
            self.pip("--dry-run", "--no-deps", "--no-index", "torch")
        except Failed:
            return False
        return True

    def install(self) -> None:
        self.pip(str(self.wheel))

    def install_without_torch(self) -> None:
        self.pip("--no-deps", str(self.wheel))
        code = "import importlib.metadata, json; print(json.dumps(importlib.metadata.requires('ganstudio')))"
        needed = [need for need in json.loads(run(self.python, "-c", code, cwd=self.folder)) if "extra ==" not in need]
        light = [need for need in needed if re.match(r"[\w-]+", need)[0] not in HEAVY]  # type: ignore[index]
        self.pip(*(need for need in light if not need.startswith("onnxruntime")), "onnxruntime")

    def ganstudio(self, *arguments: str) -> str:
        return run(self.python.parent / "ganstudio", *arguments, cwd=self.folder, env=self.env)

    def is_whole(self) -> None:
        """Raises Failed where a file of the package is missing, or is the checkout's, or cannot be compiled."""
        code = (
            "import compileall, pathlib, ganstudio, sys\n"
            "package = pathlib.Path(ganstudio.__file__).parent\n"
            "whole = ('py.typed', 'presets/dcgan.toml', 'report/page/files/onnxruntime-web/ort.wasm.xz')\n"
            "missing = [name for name in whole if not (package / name).is_file()]\n"
            "at_home = pathlib.Path(sys.prefix) in package.parents\n"
            "compiled = compileall.compile_dir(package, quiet=1)\n"
            "sys.exit(None if at_home and not missing and compiled else f'{package}: {missing=} {compiled=}')"
        )
        run(self.python, "-c", code, cwd=self.folder, env=self.env)

    def has_broken_torch_only(self) -> None:
        ended = subprocess.run(
            [self.python.parent / "ganstudio", "doctor", "--json"],
            **{"cwd": self.folder, "env": self.env, "capture_output": True, "text": True, "check": False},
        )
        broken = [check["name"] for check in json.loads(ended.stdout)["checks"] if check["state"] == "broken"]
        if broken != ["torch"]:
            raise Failed(f"doctor finds broken: {broken}\n{ended.stdout}{ended.stderr}")

    def shows_the_dashboard(self, words: str) -> None:
        screen, code = shown_for_a_second([str(self.python.parent / "ganstudio"), "tui"], self.folder, self.env, words)
        if words not in screen or code:
            raise Failed(f"exit {code}; {words!r} {'was' if words in screen else 'never'} shown:\n{screen[-3000:]}")


def use_whole(tally: Tally, at: Installed) -> Path:
    """From installing to a picture, as the README tells it. What comes back is the export."""
    tally.step("pip install ganstudio", at.install)
    tally.step("the package is whole", at.is_whole)
    tally.step("ganstudio --help", lambda: at.ganstudio("--help"))
    tally.step("ganstudio doctor", lambda: at.ganstudio("doctor"))
    tally.step(f"ganstudio {' '.join(TRAIN)}", lambda: at.ganstudio(*TRAIN))
    tally.step("ganstudio export onnx", lambda: at.ganstudio("export", "onnx"))
    tally.step("ganstudio sample --seed 0-3", lambda: draw(at))
    tally.step("ganstudio tui, for a second", lambda: at.shows_the_dashboard("first"))
    return at.folder / "exports/first.onnx"


def use_without_torch(tally: Tally, at: Installed, export: Path | None) -> None:
    tally.step("pip install ganstudio, without torch", at.install_without_torch)
    tally.step("the package is whole", at.is_whole)
    for words in ("--help", "presets list", "data add mnist-test", "data list", "runs list", "export list"):
        tally.step(f"ganstudio {words}", lambda words=words: at.ganstudio(*words.split()))
    tally.step("ganstudio doctor finds torch missing and nothing else", at.has_broken_torch_only)
    if export is not None and export.is_file():
        tally.step("ganstudio sample --seed 0-3 --model FILE", lambda: draw(at, "--model", str(export)))
    tally.step("ganstudio tui, for a second", lambda: at.shows_the_dashboard("No runs here yet"))
    tally.skip("train, export onnx: for this Python there is no torch without CUDA here (several GB)")


def draw(at: Installed, *arguments: str) -> None:
    at.ganstudio("sample", "--seed", "0-3", "--out", "four.png", *arguments)
    if not (at.folder / "four.png").read_bytes().startswith(b"\x89PNG"):
        raise Failed("four.png is no picture")


def build(into: Path) -> Path:
    """The wheel, made from the source archive alone: what the archive lacks is not in the wheel either."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", into, ROOT, cwd=into)
    (wheel,) = into.glob("*.whl")
    return wheel


def main() -> int:
    locked, tally, export = "--newest" not in sys.argv[1:], Tally(), None
    with tempfile.TemporaryDirectory(prefix="ganstudio-wheel-") as name:
        folder = Path(name)
        wheels: list[Path] = []
        try:
            print("wheel")
            tally.step("build, from the source archive", lambda: wheels.append(build(folder)))
        except Failed:
            return 1
        for version in tried():
            print(f"python {version}")
            if (python := interpreter(version)) is None:
                tally.skip(f"all of it: python {version} is not on this machine")
                continue
            try:
                at = Installed(python, folder / version, wheels[0], locked)
                tally.step("a clean environment", at.make)
                if at.has_torch_at_hand(version):
                    export = use_whole(tally, at)
                else:
                    use_without_torch(tally, at, export)
            except Failed:
                continue
    print(f"wheel: {tally.passed} passed, {tally.failed} failed, {len(tally.skipped)} skipped")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
