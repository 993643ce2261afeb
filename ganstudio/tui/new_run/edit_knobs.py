"""How a knob of a draft gets another value: typed, chosen, switched, set back."""

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
from ganstudio.tui.new_run.draft import Draft, read
from ganstudio.tui.new_run.knob_rows import FROM, doc_of, shown
from ganstudio.tui.new_run.parent_page import Beginning
from ganstudio.tui.new_run.start import Starting
from ganstudio.tui.widgets.editor import Editor
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import expand_path

_PATH = "…"  # stands for a path that is typed, among names that are chosen
Options = Sequence[tuple[str, str]]


class Editing(Beginning, Starting):
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
        """The one under the cursor."""
        draft = self.snapshot.draft
        return draft.knob(self.query_one(Table).key) if draft else None

    @property
    def switch(self) -> Knob | None:
        """The part of the recipe that the knob under the cursor belongs to, where it is one that can be off."""
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
            self._put(knob, not knob.value(draft.table))
        elif options := self._options(draft, knob):
            self.choose(
                f"{knob.key}: {knob.doc}", options, lambda key: self._choose(knob, key), str(knob.value(draft.table))
            )
        else:
            self._type(draft, knob)

    def _type(self, draft: Draft, knob: Knob) -> None:
        def judge(text: str) -> tuple[str, str]:
            value = read(knob, text)
            if now := self.snapshot.draft:
                return (fault, "") if (fault := now.fault_of(knob, value)) else ("", now.upset(knob, value))
            return "", ""

        self._edited = knob
        value = knob.value(draft.table)
        text = "" if value is None else value if isinstance(value, str) else as_setting(value)
        self.query_one(Editor).edit(knob.key.removeprefix("run."), doc_of(knob), text, judge)
        self.refresh_bindings()

    @on(Editor.Accepted)
    def _accept(self, event: Editor.Accepted) -> None:
        if self._edited is not None:
            self._put(self._edited, read(self._edited, event.text))
        self.leave_editor()

    def leave_editor(self) -> None:
        self._edited = None
        self.query_one(Editor).leave()
        self.set_focus(self.query_one(Table))
        self.refresh_bindings()

    def _options(self, draft: Draft, knob: Knob) -> Options:
        """(id, what is shown) of each value, where they are known."""
        match knob.key:
            case "run.data":
                sets = draft.around.sets.items()
                width = max((len(name) for name, _ in sets), default=0)
                # those that were made of another one, at another size, are found again by themselves
                named = [
                    (name, f"{name:<{width}}  {f'{count:,} images' if count is not None else 'not packed yet'}")
                    for name, count in sets
                    if "@" not in name
                ]
                return [*named, (_PATH, "a folder of images ...")]
            case "run.device":
                gpus = len(self.studio.machine.gpus) if self.studio.machine else 0
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
            self.app.push_screen(Form("A folder of images", fields, _check_folder, "take it"), self._with_path(knob))
            return
        self._put(knob, next((value for value, _ in knob.choices if str(value) == key), key))

    def _with_path(self, knob: Knob) -> Callable[[Values | None], None]:
        def put(values: Values | None) -> None:
            if values is not None:
                self._put(knob, str(expand_path(values["path"])))

        return put

    def _put(self, knob: Knob, value: Any) -> None:
        """Another value, where that is legal; else it stays and the reason is said."""
        draft = self.snapshot.draft
        if draft is None:
            return
        if text := draft.fault_of(knob, value):
            self.notify(text, title=f"{knob.key}: {shown(value, knob)}", severity="warning", markup=False)
            return
        self.snapshot = replace(self.snapshot, draft=draft.changed(knob, value), failed="")

    # back, on and off

    def action_undo(self) -> None:
        if (draft := self.snapshot.draft) and (knob := self.knob):
            self.snapshot = replace(self.snapshot, draft=draft.back(knob), failed="")

    def action_undo_all(self) -> None:
        if draft := self.snapshot.draft:
            start = draft.start
            same = draft.recipe["architecture"].get("id") == start.recipe["architecture"].get("id")
            new = replace(draft, own=start.own, recipe=start.recipe, options=draft.options if same else None)
            self.snapshot = replace(self.snapshot, draft=new, failed="")

    def action_add(self) -> None:
        """Switches on a part of the recipe that is off, and goes there."""
        draft = self.snapshot.draft
        if draft is None:
            return
        off = {knob.key: knob for knob in draft.knobs if knob.turn == "switch" and not knob.value(draft.table)}

        def put(key: str) -> None:
            self._put(off[key], True)
            self.query_one(Table).select(key)

        names = {key: key.removeprefix("regularizers.") for key in off}
        width = max((len(name) for name in names.values()), default=0)
        self.choose("Switch on", [(key, f"{names[key]:<{width}}  {knob.doc}") for key, knob in off.items()], put)

    def action_take_away(self) -> None:
        if knob := self.switch:
            self._put(knob, False)
            self.query_one(Table).select(knob.key)


def _check_folder(values: Values) -> None:
    if not values["path"] or not expand_path(values["path"]).exists():
        raise UsageError(f"{values['path'] or 'nothing'}: there is no such folder or file.")
