"""The part of the screen New run that changes knobs: values are typed, chosen, switched, and set back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.binding import Binding

from ganstudio.errors import UsageError
from ganstudio.recipe.knobs import Knob
from ganstudio.recipe.settings import as_setting
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.paths import existing_path
from ganstudio.tui.new_run.draft import Draft, value_from_text
from ganstudio.tui.new_run.knob_rows import FROM, doc_of, value_text
from ganstudio.tui.new_run.parent_page import ParentPage
from ganstudio.tui.new_run.start import StartingPage
from ganstudio.tui.widgets.editor import Editor
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import expand_path

_PATH = "…"  # stands for a path that is typed, among names that are chosen
Options = Sequence[tuple[str, str]]


class KnobEditingPage(ParentPage, StartingPage):
    """The part of the screen New run that changes its draft."""

    BINDINGS = [  # noqa: RUF012
        Binding("d,backspace", "undo", "undo", id="new.undo", tooltip="set this knob back to what it began as"),
        Binding("D", "undo_all", "undo all", show=False, id="new.undoall", tooltip="set every knob back"),
        Binding(
            "plus,equals_sign", "add", "add", show=False, id="new.add", tooltip="switch on a regularizer or a part"
        ),
        Binding("minus,delete", "take_away", "remove", show=False, id="new.remove", tooltip="switch this part off"),
    ]
    _edited: Knob | None = None

    @property
    def knob(self) -> Knob | None:
        """The knob under the cursor."""
        draft = self.snapshot.draft
        return draft.knob(self.query_one(Table).key) if draft else None

    @property
    def switch(self) -> Knob | None:
        """The switch of the part that the knob under the cursor belongs to; None where that cannot be switched off."""
        draft, knob = self.snapshot.draft, self.knob
        if draft is None or knob is None:
            return None
        above = [one for one in draft.knobs if one.turn == "switch" and f"{knob.key}.".startswith(f"{one.key}.")]
        return above[-1] if above and above[-1].value(draft.table) else None

    # one knob

    def on_table_chosen(self, event: Table.Chosen) -> None:
        draft, knob = self.snapshot.draft, self.knob
        if event.key == FROM:
            self.action_begin()
        if draft is None or knob is None:
            return
        if text := draft.fixed(knob):
            self.notify(text, markup=False)
        elif knob.turn == "switch" or knob.node.get("type") == "boolean":
            self._set_value(knob, not knob.value(draft.table))
        elif options := self._options(draft, knob):
            self.choose(
                f"{knob.key}: {knob.doc}", options, lambda key: self._choose(knob, key), str(knob.value(draft.table))
            )
        else:
            self._edit_as_text(draft, knob)

    def _edit_as_text(self, draft: Draft, knob: Knob) -> None:
        def check(text: str) -> str:
            value, now = value_from_text(knob, text), self.snapshot.draft
            if now is None:
                return ""
            if fault := now.fault_of(knob, value):
                raise UsageError(fault)
            return now.conflict_with(knob, value)

        self._edited = knob
        value = knob.value(draft.table)
        text = "" if value is None else value if isinstance(value, str) else as_setting(value)
        self.query_one(Editor).edit(knob.key.removeprefix("run."), doc_of(knob), text, check)
        self.refresh_bindings()

    @on(Editor.Accepted)
    def _accept(self, event: Editor.Accepted) -> None:
        if self._edited is not None:
            self._set_value(self._edited, value_from_text(self._edited, event.text))
        self.leave_editor()

    def leave_editor(self) -> None:
        self._edited = None
        self.query_one(Editor).leave()
        self.set_focus(self.query_one(Table))
        self.refresh_bindings()

    def _options(self, draft: Draft, knob: Knob) -> Options:
        """Returns (id, text) of each value to choose from; nothing where the value is typed."""
        match knob.key:
            case "run.data" | "run.style_data":
                sets = draft.known.sets.items()
                width = max((len(name) for name, _ in sets), default=0)
                # those that were made of another one, at another size, are found again by themselves
                named = [
                    (name, f"{name:<{width}}  {f'{count:,} images' if count is not None else 'not packed yet'}")
                    for name, count in sets
                    if "@" not in name
                ]
                return [*named, (_PATH, "a folder of images ...")]
            case "run.device":
                gpus = len(self.dashboard.machine.gpus) if self.dashboard.machine else 0
                there = [f"cuda:{number}" for number in range(gpus)] + (["mps"] if sys.platform == "darwin" else [])
                return [(name, name) for name in ("auto", "cpu", *there)]
            case "architecture.id":
                from ganstudio.recipe.names import architecture_names

                return [(name, name) for name in architecture_names()]
        width = max((len(str(value)) for value, _ in knob.choices), default=0)
        return [(str(value), f"{value!s:<{width}}  {doc}".rstrip()) for value, doc in knob.choices]

    def _choose(self, knob: Knob, key: str) -> None:
        if key == _PATH:
            fields = [Field("path", "folder", hint="./photos", path=True)]
            form = Form("A folder of images", fields, lambda values: existing_path(values["path"]), "take it")
            self.app.push_screen(form, self._with_path(knob))
            return
        self._set_value(knob, next((value for value, _ in knob.choices if str(value) == key), key))

    def _with_path(self, knob: Knob) -> Callable[[Values | None], None]:
        def put(values: Values | None) -> None:
            if values is not None:
                self._set_value(knob, str(expand_path(values["path"])))

        return put

    def _set_value(self, knob: Knob, value: Any) -> None:
        """Gives a knob another value; where that is not legal, says why and keeps the old one."""
        draft = self.snapshot.draft
        if draft is None:
            return
        if text := draft.fault_of(knob, value):
            self.notify(text, title=f"{knob.key}: {value_text(value, knob)}", severity="warning", markup=False)
            return
        self.snapshot = replace(self.snapshot, draft=draft.with_value(knob, value), failed="")

    # back, on and off

    def action_undo(self) -> None:
        if (draft := self.snapshot.draft) and (knob := self.knob):
            self.snapshot = replace(self.snapshot, draft=draft.with_start_value(knob), failed="")

    def action_undo_all(self) -> None:
        if draft := self.snapshot.draft:
            start = draft.start
            same = draft.recipe["architecture"].get("id") == start.recipe["architecture"].get("id")
            new = replace(
                draft, run_values=start.run_values, recipe=start.recipe, options=draft.options if same else None
            )
            self.snapshot = replace(self.snapshot, draft=new, failed="")

    def action_add(self) -> None:
        """Asks for a part of the recipe that is off, switches it on and moves the cursor there."""
        draft = self.snapshot.draft
        if draft is None:
            return
        off = {knob.key: knob for knob in draft.knobs if knob.turn == "switch" and not knob.value(draft.table)}

        def put(key: str) -> None:
            self._set_value(off[key], True)
            self.query_one(Table).select(key)

        names = {key: key.removeprefix("regularizers.") for key in off}
        width = max((len(name) for name in names.values()), default=0)
        self.choose("Switch on", [(key, f"{names[key]:<{width}}  {knob.doc}") for key, knob in off.items()], put)

    def action_take_away(self) -> None:
        if knob := self.switch:
            self._set_value(knob, False)
            self.query_one(Table).select(knob.key)
