"""Labels in a table: a CSV in any dialect, a line a picture with spaces between, CelebA's list of attributes."""

from __future__ import annotations

import csv
import io
import itertools
import operator
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ganstudio.data.labels.classes import parse_number
from ganstudio.data.labels.picture_names import BY_STEM, Names
from ganstudio.data.sources.source import Label
from ganstudio.errors import DataError

FILE_WORDS = frozenset(
    {"file", "filename", "file_name", "filepath", "file_path", "fname", "path", "filenames", "name", "id", "index"}
    | {"image", "image_id", "imageid", "image_name", "image_path", "image_file", "images", "img", "img_name", "img_id"}
    | {"img_path", "picture", "photo", "sample", "key", "uid"}
)
LABEL_WORDS = frozenset(
    {"label", "labels", "class", "classes", "class_name", "class_id", "classname", "category", "category_name"}
    | {"category_id", "target", "targets", "label_name", "label_id", "species", "breed", "kind", "tag", "identity"}
)
_TRUTH = {"1": 1, "0": 0, "-1": 0, "true": 1, "false": 0, "yes": 1, "no": 0, "t": 1, "f": 0, "y": 1, "n": 0}
# Of spreadsheets, before the head; what fills rows up writes more separators after it.
_SEPARATOR_LINE = re.compile(r'"?sep *= *(.)"?[,;\t ]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_COUNT_LINE = re.compile(r"\s*([0-9]+)[,;\t ]*(?:\r\n|\r|\n)")  # of CelebA's lists
_LOOKED_AT = 200  # rows, that tell which character separates and which column names the files


@dataclass(frozen=True)
class LabelTable:
    """A name and its label, None where that cell is empty, a row; `attributes` are names where labels are several."""

    entries: tuple[tuple[str, Label | None], ...]
    attributes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    line: int
    cells: tuple[str, ...]


def read_table(file: Path, text: str, names: Names) -> LabelTable:
    """The labels in `text`; `names` tell which column names the files. Raises DataError."""
    if not text.strip():
        raise DataError(f"{file}: is empty.", hint="Write a line a picture: 1.png,wren")
    if count := _COUNT_LINE.match(text):
        if not re.match(r"[^\r\n]*[,;\t|]", text[count.end() :]):
            return _celeba(file, text)
        text = text[count.end() :]
    rows, about_title = _below_title(_rows(file, text, names, 2 if count else 1), file, names)
    rows = _without_empty_columns(_whole_head(rows, names), file)
    column = _file_column(rows, names)
    labels = [k for k in range(len(rows[0].cells)) if k != column]
    head, notes = _head(file, rows, column, labels, names)
    rows, notes = rows[head is not None :], about_title + notes
    titles = head.cells if head else tuple(f"label{k - (k > column)}" for k in range(len(labels) + 1))
    return _labels_of_rows(file, rows, column, [k for k in labels if _is_titled(titles[k])], titles, notes)


def attribute_values(values: Iterable[str], names: Sequence[str], where: str) -> tuple[int, ...]:
    """A 0 or 1 for each of `values`, which are the attributes `names`. Raises DataError, which begins with `where`."""
    values = tuple(values)
    values_found = tuple(truth for truth in map(_attribute_value, values) if truth is not None)
    if len(values_found) == len(values) == len(names):
        return values_found
    for value, name in zip(values, names, strict=True):
        if _attribute_value(value) is None:
            given = repr(value) if value else "empty"
            raise DataError(
                f"{where}: {name} is {given}; of several labels each is 0 or 1 (or -1 and 1, true and false).",
                hint="For one class a picture, keep one column of labels, or call it label",
            )
    return values_found


@lru_cache(maxsize=256)
def _attribute_value(value: str) -> int | None:
    value = value.lower()
    return _TRUTH.get(re.sub(r"(?<=[01])\.0*$", "", value))


def _rows(file: Path, text: str, names: Names, first: int = 1) -> list[_Row]:
    """The rows that are not empty, split where they name pictures best; the first line has the number `first`."""
    given = _SEPARATOR_LINE.match(text)
    if given:
        text, first = text[given.end() :], first + 1
    best, most, wrong = " ", (0, 1), None
    for delimiter in dict.fromkeys(f"{given[1] if given else ''},;\t|"):
        try:
            some = list(itertools.islice(_split(file, text, delimiter, first), _LOOKED_AT))
        except DataError as error:
            wrong = error
            continue
        width = max((len(row.cells) for row in some), default=0)
        known = sum(max(map(names.likeness, row.cells)) for row in some if len(row.cells) > 1)
        if width > 1 and (known, width) > most:
            best, most = delimiter, (known, width)
            if given and delimiter == given[1]:
                break
    if wrong and most == (0, 1):
        raise wrong
    return list(_split(file, text, best, first))


def _split(file: Path, text: str, delimiter: str, first: int = 1) -> Iterator[_Row]:
    """The rows of `text`, whose first line has the number `first`; a space stands for any run of them."""
    try:
        if delimiter == " ":
            lines = ((number, line.split()) for number, line in enumerate(io.StringIO(text, newline=None), first))
        else:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
            lines = ((reader.line_num + first - 1, row) for row in reader)
        for number, row in lines:
            cells = tuple(map(str.strip, row))
            if any(cells):
                yield _Row(number, cells)
    except csv.Error as error:
        raise DataError(f"{file}: is no CSV that can be read: {error}.", hint="Is a quotation mark open?") from None


def _below_title(rows: list[_Row], file: Path, names: Names) -> tuple[list[_Row], tuple[str, ...]]:
    """`rows` without a title or remarks above them, each one cell that names no picture, and a note on these."""
    above = 0
    for row, below in itertools.pairwise(rows):
        (text, *others) = filter(None, row.cells)
        titled = any(cell.lower() in FILE_WORDS | LABEL_WORDS for cell in below.cells)
        narrow = len(row.cells) == 1 < len(below.cells)
        if others or names.likeness(text) or _is_path(text) or not (text.startswith("#") or titled or narrow):
            break
        above += 1
    if not above:
        return rows, ()
    first = next(filter(None, rows[0].cells))
    return rows[above:], (f"{file.name}: what stands above its table was left out: {first}.",)


def _whole_head(rows: list[_Row], names: Names) -> list[_Row]:
    """`rows` with a cell before the head where it is one short: R and CelebA's lists do not name the first column."""
    head, *others = rows
    short = {len(row.cells) for row in others} == {len(head.cells) + 1}
    if not short or any(names.likeness(cell) or _is_path(cell) for cell in head.cells):
        return rows
    return [_Row(head.line, ("", *head.cells)), *others]


def _is_path(name: str) -> bool:
    return re.search(r"[/\\]|\.[A-Za-z0-9]{2,5}$", name) is not None


def _without_empty_columns(rows: list[_Row], file: Path) -> list[_Row]:
    """`rows`, all as wide as the first, without columns at the end that are empty everywhere. Raises DataError."""
    filled = [next(k for k in range(len(row.cells), 0, -1) if row.cells[k - 1]) for row in rows]
    width = max(filled, default=0)
    if width < 2:
        raise DataError(
            f"{file}: each line needs a file and at least one label, with a comma between them.",
            hint="Write a line a picture: 1.png,wren",
        )
    first = len(rows[0].cells)
    for row, cells in zip(rows, filled, strict=True):
        if cells > first or len(row.cells) < min(first, width):
            raise DataError(
                f"{file}: line {row.line} has {len(row.cells)} columns; line {rows[0].line} has {first}.",
                hint="Put cells that hold the separator into quotation marks, or another one between the cells: a tab",
            )
    return [_Row(row.line, row.cells[:width]) for row in rows]


def _file_column(rows: list[_Row], names: Names) -> int:
    """The column that names pictures most, else the one that is called so, else the first."""
    some = rows[:_LOOKED_AT]
    fits = [sum(names.likeness(row.cells[k]) for row in some) for k in range(len(rows[0].cells))]
    if any(fits):
        return fits.index(max(fits))
    called = [k for k, cell in enumerate(rows[0].cells) if cell.lower() in FILE_WORDS]
    return called[0] if called else 0


def _head(
    file: Path, rows: list[_Row], column: int, labels: list[int], names: Names
) -> tuple[_Row | None, tuple[str, ...]]:
    """The first row where it is a head, and a note where that is a guess."""
    first = rows[0]
    name, others = first.cells[column], [first.cells[k] for k in labels]
    likeness = names.likeness(name)
    if name.lower() in FILE_WORDS and likeness <= BY_STEM:
        return first, ()
    if likeness or _is_path(name) or parse_number(name) is not None:
        return None, ()
    if not name or any(cell.lower() in LABEL_WORDS for cell in others):
        return first, ()
    below = {row.cells[k] for k in labels for row in rows[1:]}
    if any(cell in below or parse_number(cell) is not None for cell in others):
        return None, ()
    if len(rows) > 1 and names.likeness(rows[1].cells[column]) == BY_STEM:  # any word may be a name here
        return None, ()
    cells = ", ".join(first.cells)
    return first, (f"{file.name}: its first line ({cells}) is taken for the names of its columns.",)


def _is_titled(title: str) -> bool:
    """Whether a title names a column of its own, and not the numbers that pandas writes before a table."""
    return bool(title) and not title.lower().startswith("unnamed:")


def _labels_of_rows(
    file: Path, rows: list[_Row], column: int, labels: list[int], titles: Sequence[str], notes: tuple[str, ...]
) -> LabelTable:
    if not labels:
        raise DataError(f"{file}: each line needs a file and at least one label; there is no column of labels.")
    empty = [k for k in labels if not any(row.cells[k] for row in rows)]
    if len(empty) < len(labels):
        notes += _unread_columns_note(file, empty, titles)
        labels = [k for k in labels if k not in empty]
    if len(labels) == 1:
        return LabelTable(tuple((row.cells[column], row.cells[labels[0]] or None) for row in rows), (), notes)
    facts = [k for k in labels if titles[k].lower() not in FILE_WORDS]
    values = {row.cells[k] for k in facts for row in rows}
    if len(facts) > 1 and all(_attribute_value(value) is not None for value in values - {""}):
        rows_of_values = _attributes(file, rows, column, facts, titles)
        left = [k for k in labels if k not in facts]
        return LabelTable(
            rows_of_values, tuple(titles[k] for k in facts), notes + _unread_columns_note(file, left, titles)
        )
    called = [k for k in labels if titles[k].lower() in LABEL_WORDS]
    chosen = called if len(called) == 1 else facts if len(facts) == 1 else []
    if chosen:
        entries_ = tuple((row.cells[column], row.cells[chosen[0]] or None) for row in rows)
        return LabelTable(
            entries_, (), notes + _unread_columns_note(file, [k for k in labels if k not in chosen], titles)
        )
    for row in rows:
        attribute_values([row.cells[k] for k in facts], [titles[k] for k in facts], f"{file}: line {row.line}")
    raise AssertionError("a cell that is no truth was seen")


def _attributes(
    file: Path, rows: list[_Row], column: int, facts: list[int], titles: Sequence[str]
) -> tuple[tuple[str, Label | None], ...]:
    """A row of truths for each file, None where all its cells are empty."""
    cells_of, names = operator.itemgetter(*facts), [titles[k] for k in facts]
    cells_by_row = ((row, cells_of(row.cells)) for row in rows)
    return tuple(
        (row.cells[column], attribute_values(cells, names, f"{file}: line {row.line}") if any(cells) else None)
        for row, cells in cells_by_row
    )


def _unread_columns_note(file: Path, columns: list[int], titles: Sequence[str]) -> tuple[str, ...]:
    names = ", ".join(titles[k] for k in columns)
    return (f"{file.name}: these columns are no labels and were left out: {names}.",) if columns else ()


def _celeba(file: Path, text: str) -> LabelTable:
    """`list_attr_celeba.txt`, Liu et al. 2015 (arXiv:1411.7766): a count, the names, a line a picture of -1 and 1."""
    rows = list(_split(file, text, " "))
    count, head, *rows = [*rows, *[_Row(0, ())] * 2]
    names = head.cells
    if not names:
        raise DataError(f"{file}: is no list of attributes: its second line names none.")
    entries: list[tuple[str, Label | None]] = []
    for row in filter(lambda row: row.cells, rows):
        name, *values = row.cells
        if len(values) != len(names):
            raise DataError(f"{file}: line {row.line} has {len(values)} values for {len(names)} attributes.")
        entries.append((name, attribute_values(values, names, f"{file}: line {row.line}")))
    declared, listed = int(count.cells[0]), len(entries)
    short = f"{file.name}: says that it lists {declared:,} pictures, and lists {listed:,}: was it cut short?"
    return LabelTable(tuple(entries), names, (short,) if declared != listed else ())
