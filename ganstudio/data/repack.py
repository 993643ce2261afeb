"""A folder or file that is added under a name that its data set has already: is it the same, and what has changed?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganstudio.data.manifest import Packing
from ganstudio.data.opening import LABEL_FILES, open_source
from ganstudio.data.pack_options import absolute_labels, default_name, parse_colour
from ganstudio.data.packed_files import Changes, changes_since
from ganstudio.data.run_data import DEFAULTS
from ganstudio.data.sources import parts
from ganstudio.data.store import DataSet, name_taken_error, names, open_packed


@dataclass(frozen=True)
class ExistingSet:
    """The data set that has the name, and the options to pack a source in its place.

    `options` are those of `pack.add`: as they were, but for `others`, which were asked for in another way. `unchanged`
    says whether the source is as it was. `changes` is None where nothing tells files apart.
    """

    data: DataSet
    options: dict[str, Any]
    others: list[str]
    unchanged: bool
    changes: Changes | None

    @property
    def kept(self) -> dict[str, Any]:
        """The options that nobody has to give again: the size, and what is not the usual."""
        return {
            key: value for key, value in self.options.items() if key not in self.others and value != DEFAULTS.get(key)
        }


def existing_set(path: Path, name: str | None, asked: Mapping[str, Any]) -> ExistingSet | None:
    """The set that has the name already; None where the name is free. `asked` are options that were given, by keyword.

    Raises UsageError where it is a data set of something else, and DataError where `path` cannot be read.
    """
    name = name or default_name(path)
    if name not in names():
        return None
    data = open_packed(name)
    packing = data.manifest.packing
    if packing is None:
        raise name_taken_error(name)
    if "labels" in asked or (path.is_file() and path.suffix.lower() in LABEL_FILES):
        asked = {**asked, "labels": absolute_labels(path, asked.get("labels", "auto"))}
    if "beside" in asked:
        asked = {**asked, "beside": tuple(str(Path(other).resolve()) for other in asked["beside"])}
    earlier_options = {"size": data.manifest.size_option, **_options(packing)}
    options = {**earlier_options, **asked}
    source = open_source(path, options["labels"], options["part"], options["layout"], options["beside"])
    if str(source.root) != data.manifest.source:
        raise name_taken_error(name)
    others = [key for key in asked if _plain(key, asked[key]) != _plain(key, earlier_options[key])]
    return ExistingSet(data, options, others, source.fingerprint == packing.listing, changes_since(data.path, source))


def _options(packing: Packing) -> dict[str, Any]:
    return {key: getattr(packing, key) for key in DEFAULTS}


def _plain(key: str, value: Any) -> Any:
    """An option's value in one form, so that two values which mean the same are equal."""
    match key:
        case "part":
            return parts.canonical_part(value)
        case "background":
            return parse_colour(value)
        case _:
            return value
