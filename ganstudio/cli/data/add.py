"""`ganstudio data add`: of something new, of what is packed already, and of what has changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganstudio.cli.data.remove import require_idle, users_named
from ganstudio.cli.output import note, progress
from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.workspace import nearest_place

if TYPE_CHECKING:
    from ganstudio.data.packed_files import Changes
    from ganstudio.data.repack import ExistingSet
    from ganstudio.data.store import DataSet

_NAMED = 3  # files that are named


@dataclass(frozen=True)
class Added:
    """The data set, and which of three things happened; `kept` are options that it was packed with before."""

    data: DataSet
    outcome: Literal["packed", "already packed", "packed anew"]
    kept: dict[str, Any] = field(default_factory=dict)
    changes: Changes | None = None

    def as_json(self) -> dict[str, Any]:
        changes = self.changes._asdict() if self.changes else None
        return {"outcome": self.outcome, "kept": self.kept, "changes": changes}


def add_known(
    name: str, to: str | None, size: int | None, origin: Path | None, workers: int | None, replace: bool
) -> Added:
    """Packs what is known by `name`, unless it is packed; `to` is another name for it. Raises UsageError."""
    from ganstudio.data import catalog
    from ganstudio.data.obtain import open_set, pack_known
    from ganstudio.data.store import names

    called = to or name
    there = called in names() and (to is not None or size is None)
    if there and not replace:
        data = open_set(called)
        usual = catalog.KNOWN[name].resolution or data.manifest.resolution
        if data.manifest.source == catalog.KNOWN[name].source and data.manifest.resolution in (size or usual,):
            return _already(data)
    elif there:
        require_idle(called)
    show = progress(f"packing {name}")
    data = pack_known(name, show, origin, to=to, size=size, workers=workers, replace=replace)
    return Added(data, "packed anew" if there else "packed")


def add_own(
    path: str, name: str | None, asked: Mapping[str, Any], strict: bool, workers: int | None, replace: bool
) -> Added:
    """Packs what lies at `path`, unless it is packed as it is; `asked` are the options that were given.

    What has changed since is packed anew with its recorded options. Raises UsageError where that would cost runs their
    data, or change options, and `replace` is not given.
    """
    from ganstudio.data import pack, pack_options, repack
    from ganstudio.data.store import check_legal

    source = Path(path)
    more: dict[str, Any] = {"strict": strict, "workers": workers, "progress": progress(f"packing {path}")}
    pack_options.check_options(asked.get("size"), workers)
    check_legal(pack_options.default_name(source) if name is None else name)
    before = repack.existing_set(source, name, asked)
    if before is None:
        return Added(pack.add(source, name, **asked, **more), "packed")
    if before.others and not replace:
        raise _otherwise(path, before, asked)
    if before.unchanged and not replace and not (strict and before.data.manifest.skipped):
        return _already(before.data)
    _require_free(path, before, replace)
    data = pack.add(source, before.data.manifest.name, **before.options, **more, replace=True)
    _tell(data, before)
    return Added(data, "packed anew", before.kept, None if before.unchanged else before.changes)


def require_known(path: str, origin: Path | None) -> None:
    """Raises UsageError where `path` must be a known name, or a path that is there, and is neither."""
    from ganstudio.data import catalog

    if origin is not None:
        known = nearest(path, catalog.KNOWN)
        raise UsageError(f"--from: goes with a data set that is known by name; {path!r} is none. {known}")
    if Path(path).name == path and not Path(path).exists():
        near = nearest_place(path, catalog.KNOWN)
        raise UsageError(f"{path}: neither a file or folder nor a name that is known. {near}")


def _already(data: DataSet) -> Added:
    manifest = data.manifest
    note(f"{manifest.name}: already packed, and {manifest.source} is as it was (--replace packs it anew)")
    return Added(data, "already packed")


def _otherwise(path: str, before: ExistingSet, asked: Mapping[str, Any]) -> UsageError:
    name, old = before.data.manifest.name, before.data.manifest
    were = {"size": old.resolution, **(old.packing._asdict() if old.packing else {})}
    told = ", ".join(f"{_flag(key, were[key])}, not {before.options[key]}" for key in before.others)
    flags = " ".join(_flag(key, value) for key, value in asked.items())
    return UsageError(
        f"data set {name!r}: is packed already, with {told}. --replace packs it anew.",
        hint=f"ganstudio data add {quoted(path)} {flags} --name {quoted(f'{name}-2')}",
    )


def _require_free(path: str, before: ExistingSet, replace: bool) -> None:
    """Raises UsageError where a live run uses the set, or one that has ended would lose it unasked."""
    name = before.data.manifest.name
    users = require_idle(name)
    if users and not replace:
        raise UsageError(
            f"{path} has changed since it was packed as {name!r}{_in_words(before)}. {users_named(users)}: made with "
            "the old pictures, and could be neither resumed nor scored again. --replace packs it anew all the same.",
            hint=f"ganstudio data add {quoted(path)} --name {quoted(f'{name}-2')}",
        )
    if users:
        note(f"{users_named(users)}: made with what {name} was before")


def _tell(data: DataSet, before: ExistingSet) -> None:
    told = f"{data.manifest.name}: packed anew{'' if before.unchanged else _in_words(before)}"
    kept = " ".join(_flag(key, value) for key, value in before.kept.items())
    note(f"{told}; as before: {kept}" if kept else told)


def _in_words(before: ExistingSet) -> str:
    """`: 3 files added (a.png, b.png, c.png), 1 gone (d.png)`; "" where nothing tells."""
    if before.changes is None:
        return ""
    kinds = {key: files for key, files in before.changes._asdict().items() if files}
    told = ", ".join(
        f"{len(files):,} {'' if n else _files(files)}{key}{_some(files)}"
        for n, (key, files) in enumerate(kinds.items())
    )
    return f": {told or 'its labels changed'}"


def _files(files: Sequence[str]) -> str:
    return "file " if len(files) == 1 else "files "


def _some(files: Sequence[str]) -> str:
    return f" ({', '.join(files[:_NAMED])}{', ...' if len(files) > _NAMED else ''})"


def _flag(key: str, value: Any) -> str:
    return f"--{key} {quoted(value)}"
