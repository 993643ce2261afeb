"""Every process that the program starts for itself has the bridge's environment: no module of the user's folder."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

import ganstudio
from ganstudio import bridge
from ganstudio.data.parallel import WorkerPool

PACKAGE = Path(ganstudio.__file__).parent
ENVIRONMENT = "environment("  # the bridge's, or its `as_environment`
STARTS = {
    "subprocess": {"run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput"},
    "os": {"system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp"}
    | {f"{verb}{how}" for verb in ("exec", "spawn") for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
    "pty": {"spawn", "fork"},
    "multiprocessing": {"Process", "Pool", "Manager", "get_context"},
    "psutil": {"Popen"},
}
# A command of the user's has the user's own environment, and the watcher, whose -P does the rest, hands it on.
USERS_OWN = {"watcher/on_finish.py: run_command", "watcher/start.py: start"}
ANYWHERE = {"ProcessPoolExecutor", "subprocess_exec", "subprocess_shell"}


def starters(tree: ast.Module) -> list[ast.AST]:
    """The functions (or the module) whose own lines start a process."""
    found: list[ast.AST] = []

    def look(node: ast.AST, inside: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = node
        if isinstance(node, ast.Call) and begins(node.func) and inside not in found:
            found.append(inside)
        for child in ast.iter_child_nodes(node):
            look(child, inside)

    look(tree, tree)
    return found


def begins(called: ast.expr) -> bool:
    match called:
        case ast.Attribute(ast.Name(module), name):
            return name in STARTS.get(module, ()) or name in ANYWHERE
        case ast.Attribute(_, name) | ast.Name(name):
            return name in ANYWHERE
    return False


def imported(tree: ast.Module) -> set[str]:
    """What is taken by name from a module that starts processes, where `begins` would not see it."""
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in STARTS
        for alias in node.names
        if alias.name in STARTS[node.module]
    }


def test_whoever_starts_a_process_gives_it_the_bridge_s_environment() -> None:
    forgotten = []
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if not any(word in text for word in (*STARTS, *ANYWHERE)):
            continue
        tree = ast.parse(text)
        assert not imported(tree), f"{file}: import the module, so that this test sees who starts a process"
        forgotten += [
            f"{file.relative_to(PACKAGE)}: {getattr(place, 'name', 'module')}"
            for place in starters(tree)
            if ENVIRONMENT not in (ast.get_source_segment(text, place) or text)
        ]
    assert set(forgotten) == USERS_OWN


def test_a_place_that_forgets_is_found() -> None:
    tree = ast.parse("import subprocess\ndef f():\n    with subprocess.Popen(['x']) as child: pass\n")
    assert [getattr(place, "name", None) for place in starters(tree)] == ["f"]


def test_the_environment_is_as_it_was_after_a_library_had_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    monkeypatch.setenv("PYTHONUNBUFFERED", "0")
    before = dict(os.environ)
    with bridge.as_environment():
        assert os.environ["PYTHONSAFEPATH"] == os.environ["PYTHONUNBUFFERED"] == "1"
    assert dict(os.environ) == before


def test_processes_that_pack_take_no_module_from_the_user_s_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("multiprocessing", "struct", "pickle", "signal"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w').close()")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    with WorkerPool(2) as pool:
        assert list(pool.map(abs, [-1, -2])) == [1, 2]
    assert not (tmp_path / "executed").exists()
