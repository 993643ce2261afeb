"""The names of presets and architectures that came with the program, and errors for unknown ones.

A preset is a whole recipe, an architecture its networks alone; people type one where the other is meant.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import ganstudio
from ganstudio.errors import UsageError, closest, nearest
from ganstudio.workspace import Workspace

# their files are the engine's, which is not imported here
ARCHITECTURES = Path(ganstudio.__file__).parent / "engine" / "architectures"


def architecture_names() -> list[str]:
    return sorted(file.stem for file in ARCHITECTURES.glob("*.py") if not file.stem.startswith("_"))


def preset_names(workspace: Workspace) -> list[str]:
    return sorted({file.stem for folder in workspace.presets for file in folder.glob("*.toml")})


def unknown_preset_error(name: str, workspace: Workspace) -> UsageError:
    """The error for a `name` that is no preset: it names the presets that train it where it is an architecture."""
    known = preset_names(workspace)
    meant = closest(name, {*known, *architecture_names()})
    if meant is not None and meant not in known and (trained := _trained_by(meant, workspace)):
        likely = "gan" if "gan" in trained else trained[0]
        return UsageError(
            f"there is no preset {name!r}; {meant} is an architecture, which these presets train: "
            f"{', '.join(trained)}. Did you mean {likely!r}?",
            hint=f"ganstudio presets show {likely}",
        )
    return UsageError(f"there is no preset {name!r}. {nearest(name, known)}", hint="ganstudio presets list")


def unknown_architecture_error(name: str) -> UsageError:
    """The error for a `name` that is no architecture: it names the one that a preset trains where it is a preset."""
    workspace = Workspace.locate()
    meant = closest(name, {*preset_names(workspace), *architecture_names()})
    trained = _architecture_of(meant, workspace) if meant and meant not in architecture_names() else None
    if trained:
        return UsageError(
            f"architecture.id: there is no {name!r}; {meant} is a preset, which trains {trained}. "
            f"Did you mean {trained!r}?",
            hint=f"ganstudio presets show {meant}",
        )
    return UsageError(f"architecture.id: there is no {name!r}. {nearest(name, architecture_names())}")


def _trained_by(architecture: str, workspace: Workspace) -> list[str]:
    """The presets of an architecture."""
    return [name for name in preset_names(workspace) if _architecture_of(name, workspace) == architecture]


def _architecture_of(preset: str, workspace: Workspace) -> str | None:
    """The architecture that a preset names; None where its file does not tell."""
    files = [folder / f"{preset}.toml" for folder in workspace.presets]
    try:
        table: dict[str, Any] = tomllib.loads(next(file for file in files if file.exists()).read_text(encoding="utf-8"))
        return str(table["architecture"]["id"])
    except (OSError, ValueError, RecursionError, StopIteration, KeyError, TypeError):
        return None
