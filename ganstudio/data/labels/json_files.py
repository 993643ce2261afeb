"""Labels in JSON: StyleGAN's dataset.json, COCO's annotations, an object or a list of names and labels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganstudio.data.labels.tables import FILE_WORDS, LABEL_WORDS, LabelTable, attribute_values
from ganstudio.data.sources.source import Label
from ganstudio.errors import DataError

_KNOWN = 'such as {"a.png": 3}, {"labels": [["a.png", 3], ...]} or COCO\'s images and annotations'


def parse(file: Path, text: str) -> Any:
    """What the JSON, or the JSON of each line, in `text` says. Raises DataError where it is none."""
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _unambiguous(file, pairs))
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.startswith("{") for line in lines):
            try:
                return [json.loads(line) for line in lines]
            except (ValueError, RecursionError):
                pass
        raise DataError(f"{file}: is no JSON: {error}.", hint="--labels folders   # leaves it out") from None


def _unambiguous(file: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of `pairs`. Raises DataError where a key stands twice, with different values."""
    table = dict(pairs)
    if len(table) < len(pairs) and (twice := next((key for key, value in pairs if table[key] != value), None)):
        raise DataError(f"{file}: {twice!r} stands there twice, with different values.", hint="--labels folders")
    return table


def labels_in(file: Path, value: Any) -> LabelTable:
    """The labels that `value`, which was read from `file`, gives; none where it says null. Raises DataError."""
    pairs = list(_pairs(file, value))
    several = [name for name, label in pairs if isinstance(label, list) and len(label) != 1]
    if not several:
        return LabelTable(tuple((name, _class(file, name, label)) for name, label in pairs))
    widths = {len(label) if isinstance(label, list) else 0 for _, label in pairs if label is not None}
    if len(widths) != 1 or 0 in widths:
        raise DataError(f"{file}: its labels are neither one a picture nor lists of one length.")
    names = tuple(f"label{k}" for k in range(widths.pop()))
    return LabelTable(tuple((name, _attributes(file, name, label, names)) for name, label in pairs), names)


def _pairs(file: Path, value: Any) -> Iterator[tuple[str, Any]]:
    """Names and labels, in whichever of the known forms."""
    match value:
        case {"images": list(images), "annotations": list(annotations)}:
            yield from _coco(file, value, images, annotations)
        case {"labels": None}:
            return
        case {"labels": (list() | dict()) as inner}:
            yield from _pairs(file, inner)
        case dict():
            yield from ((str(name), label) for name, label in value.items())
        case list():
            for entry in value:
                yield _pair(file, entry)
        case _:
            raise DataError(f"{file}: holds no labels that are known, {_KNOWN}.")


def _pair(file: Path, entry: Any) -> tuple[str, Any]:
    match entry:
        case [str(name), label]:
            return name, label
        case dict():
            called = [entry[key] for key in entry if key.lower() in FILE_WORDS and isinstance(entry[key], str)]
            labels = [entry[key] for key in entry if key.lower() in LABEL_WORDS]
            if called and len(labels) == 1:
                return called[0], labels[0]
    raise DataError(f"{file}: {json.dumps(entry)[:80]} is no name and label. Known are forms {_KNOWN}.")


def _coco(file: Path, value: Any, images: list[Any], annotations: list[Any]) -> Iterator[tuple[str, Any]]:
    """Each image with the category of each of its annotations; one that has none comes with None."""
    try:
        names = {image["id"]: str(image["file_name"]) for image in images}
        called = {category["id"]: str(category["name"]) for category in value.get("categories", ())}
        entries = [(one["image_id"], called.get(one["category_id"], one["category_id"])) for one in annotations]
    except (KeyError, TypeError) as error:
        raise DataError(f"{file}: is no list of images and annotations as COCO has it: {error} is missing.") from None
    yield from ((names[image], category) for image, category in entries if image in names)
    bare = names.keys() - {image for image, _ in entries}
    yield from ((names[image], None) for image in sorted(bare, key=str))


def _class(file: Path, name: str, label: Any) -> Label | None:
    if isinstance(label, list):
        [label] = label
    match label:
        case None | "":
            return None
        case bool():
            return str(label).lower()
        case int() | float() if label == label and abs(label) != float("inf"):
            return _label_text(label)
        case str():
            return label.strip() or None
    raise DataError(f"{file}: the label of {name} is {json.dumps(label)[:80]}; a class is a name or a number.")


def _attributes(file: Path, name: str, label: Any, names: tuple[str, ...]) -> Label | None:
    if label is None:
        return None
    if any(value not in (-1, 0, 1) for value in label):
        raise DataError(f"{file}: the label of {name} is a list of {len(label)} other things than 0 and 1.")
    return attribute_values(map(_label_text, label), names, f"{file}: {name}")


def _label_text(value: object) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]
