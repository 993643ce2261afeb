"""The rows of the table of knobs, under headings, and the text of a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from ganstudio.recipe.knobs import Knob
from ganstudio.recipe.settings import as_setting
from ganstudio.tui.new_run.draft import Draft
from ganstudio.tui.widgets.table import Row

FROM = "run.from"  # the row that says what the draft began with
HEADING = "§"  # begins the key of a row that is no knob
_RUN = ("training.kimg",)  # shown among the run's own knobs
_LABELS = {"training.kimg": "kimg", "run.stop_when": "stop when"}


def value_text(value: Any, knob: Knob | None = None) -> str:
    """Returns the text of a value in the list."""
    if knob is not None and knob.turn == "switch":
        return "on" if value else "off"
    if value is None or value == "":
        return "–"
    return value if isinstance(value, str) else as_setting(value)


def section_of(knob: Knob) -> str:
    return "run" if knob.key in _RUN else knob.key.partition(".")[0]


def begins_section(key: str) -> bool:
    """Returns whether a section begins at the row of this key."""
    return key.startswith(HEADING) or ("." not in key and key not in _RUN)


def label_of(knob: Knob) -> str:
    """Returns the name of a knob under the heading of its section."""
    return _LABELS.get(knob.key) or knob.key.partition(".")[2] or knob.key


def doc_of(knob: Knob) -> str:
    """Returns what a knob means and its legal values, in one line."""
    legal = f"[{knob.legal}]" if knob.legal and not knob.legal.startswith("[") else knob.legal
    return f"{knob.doc}  {legal}" if knob.doc else legal


def rows(draft: Draft, words: str) -> tuple[list[Row], frozenset[str]]:
    """Returns the rows whose knob has all of `words` in its key, value or doc, and the keys of those that differ."""
    wanted = words.lower().split()
    was = {knob.key: then for knob, then, _ in draft.differences}
    found: list[Row] = []
    section = ""
    for knob, row in _all_rows(draft, was):
        text = f"{knob.key} {' '.join(cell.plain for cell in row[1])}".lower()
        if not all(word in text for word in wanted):
            continue
        if section_of(knob) != section:
            section = section_of(knob)
            if knob.key != section:  # what switches a section on is its heading
                found.append((f"{HEADING}{section}", (Text(section, "bold"), Text(""), Text(""))))
        found.append(row)
    return found, frozenset(was)


def _all_rows(draft: Draft, was: dict[str, Any]) -> Iterator[tuple[Knob, Row]]:
    start = draft.start
    doc = Text("; ".join([start.label, *start.notes]), "magenta" if start.notes else "")
    yield Knob(FROM, "", "", None), (FROM, (Text("  from"), Text(start.how), doc))
    for knob in draft.knobs:
        label = Text(knob.key, "bold") if knob.key == section_of(knob) else Text(f"  {label_of(knob)}")
        yield knob, (knob.key, (label, _value(draft, knob, was), _doc(draft, knob, was)))


def _value(draft: Draft, knob: Knob, was: dict[str, Any]) -> Text:
    text = value_text(knob.value(draft.table), knob)
    if knob.key in draft.problems:
        return Text(text, "error")
    if knob.key in was:
        return Text(text, "warning")
    return Text(text, "faint" if text in ("–", "off") or draft.fixed(knob) else "")


def _doc(draft: Draft, knob: Knob, was: dict[str, Any]) -> Text:
    if text := draft.problems.get(knob.key):
        return Text(text, "error")
    if knob.key in was:
        return Text(f"was {value_text(was[knob.key], knob)} · {knob.doc}", "warning")
    return Text(doc_of(knob), "faint")
