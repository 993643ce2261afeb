"""`ganstudio data add`: packs what is new or has changed since, and leaves alone what is packed already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganstudio.cli.data.remove import format_users, require_idle
from ganstudio.cli.output import note, progress
from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.units import size_text
from ganstudio.workspace import nearest_place

if TYPE_CHECKING:
    from ganstudio.data.opening import Layout
    from ganstudio.data.packed_files import Changes
    from ganstudio.data.repack import ExistingSet
    from ganstudio.data.store import DataSet
    from ganstudio.units import Size

_NAMED = 3  # files that are named


@dataclass(frozen=True)
class AddResult:
    """The data set, and which of three things happened; `earlier_options` are those it was packed with before."""

    data: DataSet
    outcome: Literal["packed", "already packed", "packed anew"]
    earlier_options: dict[str, Any] = field(default_factory=dict)
    changes: Changes | None = None

    def as_json(self) -> dict[str, Any]:
        changes = self.changes._asdict() if self.changes else None
        return {"outcome": self.outcome, "kept": self.earlier_options, "changes": changes}


def add_known(
    name: str, to: str | None, size: Size | None, origin: Path | None, workers: int | None, replace: bool
) -> AddResult:
    """Packs the known data set `name`, unless it is packed; `to` is another name for it. Raises UsageError."""
    from ganstudio.data import catalog
    from ganstudio.data.obtain import open_set, pack_known
    from ganstudio.data.store import names

    set_name = to or name
    there = set_name in names() and (to is not None or size is None)
    if there and not replace:
        data = open_set(set_name)
        usual = catalog.KNOWN[name].resolution or data.manifest.size_option
        if data.manifest.source == catalog.KNOWN[name].source and data.manifest.size_option == (size or usual):
            return _already_packed(data)
    elif there:
        require_idle(set_name)
    show = progress(f"packing {name}")
    data = pack_known(name, show, origin, to=to, size=size, workers=workers, replace=replace)
    return AddResult(data, "packed anew" if there else "packed")


def add_own(
    path: str, name: str | None, options: Mapping[str, Any], strict: bool, workers: int | None, replace: bool
) -> AddResult:
    """Packs the files at `path`, unless they are packed as they are; `options` are the options that were given.

    Files that have changed since are packed anew with their recorded options. Raises UsageError where that would cost
    runs their data, or change options, and `replace` is not given.
    """
    from ganstudio.data import pack, pack_options, repack
    from ganstudio.data.store import check_legal

    source = Path(path)
    packing: dict[str, Any] = {"strict": strict, "workers": workers, "progress": progress(f"packing {path}")}
    pack_options.check_options(options.get("size"), workers)
    check_legal(pack_options.default_name(source) if name is None else name)
    before = repack.existing_set(source, name, options)
    if before is None:
        return AddResult(pack.add(source, name, **options, **packing), "packed")
    if before.others and not replace:
        raise _options_error(before)
    if before.unchanged and not replace and not (strict and before.data.manifest.skipped):
        return _already_packed(before.data)
    _require_replaceable(path, before, replace)
    data = pack.add(source, before.data.manifest.name, **before.options, **packing, replace=True)
    _note_repacked(data, before)
    return AddResult(data, "packed anew", before.kept, None if before.unchanged else before.changes)


def layout_of(paths: Sequence[str], paired: bool, split_width: bool, domains: bool) -> Layout:
    """How `paths` make one data set; "" where there is one alone. Raises UsageError where they do not go together."""
    asked = [("--paired", paired), ("--split-width", split_width), ("--domains", domains)]
    flags = [flag for flag, given in asked if given]
    listed = " ".join(map(quoted, paths))
    if len(flags) > 1:
        raise UsageError(f"{' and '.join(flags)}: pictures come in one of these ways; give one of them.")
    if not flags and len(paths) > 1:
        raise UsageError(
            f"{listed}: {len(paths)} paths; one makes a data set. Several go together as pairs or domains.",
            hint=f"ganstudio data add {listed} --domains   # or: --paired",
        )
    if paired and len(paths) != 2:
        raise UsageError(f"--paired: takes two folders; got {len(paths)}.", hint="ganstudio data add A B --paired")
    if split_width and len(paths) != 1:
        raise UsageError(
            f"--split-width: takes one folder; got {len(paths)}.", hint="ganstudio data add A --split-width"
        )
    if domains and len(paths) < 2:
        raise UsageError("--domains: takes two folders or more; got 1.", hint="ganstudio data add A B --domains")
    return "paired" if paired else "split-width" if split_width else "domains" if domains else ""


def require_path_or_known(path: str, origin: Path | None) -> None:
    """Raises UsageError unless `path` is a known name, as `origin` needs one, or a path that exists."""
    from ganstudio.data import catalog

    if origin is not None:
        known = nearest(path, catalog.KNOWN)
        raise UsageError(f"--from: goes with a data set that is known by name; {path!r} is none. {known}")
    if Path(path).name == path and not Path(path).exists():
        near = nearest_place(path, catalog.KNOWN)
        raise UsageError(f"{path}: neither a file or folder nor a name that is known. {near}")


def _already_packed(data: DataSet) -> AddResult:
    manifest = data.manifest
    note(f"{manifest.name}: already packed, and {manifest.source} is as it was (--replace packs it anew)")
    return AddResult(data, "already packed")


def _options_error(before: ExistingSet) -> UsageError:
    """The error where a set is packed already with other options."""
    from ganstudio.data.store import free_name

    name, old = before.data.manifest.name, before.data.manifest
    packed_options = {"size": old.size_option, **(old.packing._asdict() if old.packing else {})}
    differences = ", ".join(
        f"{_flag(key, packed_options[key])}, not {_value(key, before.options[key])}" for key in before.others
    )
    return UsageError(
        f"data set {name!r}: is packed already, with {differences}. --replace packs it anew.",
        hint=f"--name {quoted(free_name(name))}",
    )


def _require_replaceable(path: str, before: ExistingSet, replace: bool) -> None:
    """Raises UsageError where a live run uses the set, or one that has ended would lose it without `replace`."""
    from ganstudio.data.store import free_name

    name = before.data.manifest.name
    users = require_idle(name)
    if users and not replace:
        raise UsageError(
            f"{path} has changed since it was packed as {name!r}{_changes_text(before)}. {format_users(users)}: made "
            "with the old pictures, and could be neither resumed nor scored again. --replace packs it anew all the "
            "same.",
            hint=f"--name {quoted(free_name(name))}",
        )
    if users:
        note(f"{format_users(users)}: made with what {name} was before")


def _note_repacked(data: DataSet, before: ExistingSet) -> None:
    message = f"{data.manifest.name}: packed anew{'' if before.unchanged else _changes_text(before)}"
    kept = " ".join(_flag(key, value) for key, value in before.kept.items())
    note(f"{message}; as before: {kept}" if kept else message)


def _changes_text(before: ExistingSet) -> str:
    """`: 3 files added (a.png, b.png, c.png), 1 gone (d.png)`; "" where the changes are not known."""
    if before.changes is None:
        return ""
    kinds = {key: files for key, files in before.changes._asdict().items() if files}
    changes = ", ".join(
        f"{len(files):,} {'' if n else _file_word(files)}{key}{_first_names(files)}"
        for n, (key, files) in enumerate(kinds.items())
    )
    return f": {changes or 'its labels changed'}"


def _file_word(files: Sequence[str]) -> str:
    return "file " if len(files) == 1 else "files "


def _first_names(files: Sequence[str]) -> str:
    return f" ({', '.join(files[:_NAMED])}{', ...' if len(files) > _NAMED else ''})"


def _flag(key: str, value: Any) -> str:
    if key in ("layout", "beside"):
        return f"--{value}" if key == "layout" else " ".join(map(quoted, value))
    return f"--{key} {quoted(_value(key, value))}"


def _value(key: str, value: Any) -> Any:
    return size_text(value) if key == "size" else value
