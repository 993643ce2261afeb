"""The part of Studio's page for pictures that turns what the model is asked: domain, styles, strength, hole."""

from __future__ import annotations

from dataclasses import replace

from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.paths import existing_path
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.studio.images import retouch
from ganstudio.tui.studio.images.model_page import ImageModelPage


class AskPage(ImageModelPage):
    """A page whose actions change the question."""

    def action_domain(self, step: int) -> None:
        self.snapshot = self.snapshot.with_domain(step)

    def action_choose_domain(self) -> None:
        def on_choice(key: str | None) -> None:
            if key is not None:
                self.snapshot = replace(self.snapshot, label=int(key))

        names = [(str(index), name) for index, name in enumerate(self.snapshot.domains)]
        self.app.push_screen(Choose("Which domain?", names, str(self.snapshot.label)), on_choice)

    def action_strength(self, step: int) -> None:
        self.snapshot = self.snapshot.with_strength(step)

    def action_choose_style(self, slot: int) -> None:
        """Asks for a saved style, or for a picture in the place of one."""
        from ganstudio.inference.style.saved_styles import names_beside

        export, slots = self.snapshot.export, self.snapshot.styles
        saved = [] if export is None else names_beside(export.path)
        options = [(name, name) for name in saved] + [("/", "a picture ...")]
        if slot == 1 and slots[1]:
            options.append(("/none", "no second style"))

        def on_choice(key: str | None) -> None:
            if key == "/":
                self._open_style(slot)
            elif key is not None:
                self.snapshot = self.snapshot.with_style(slot, "" if key == "/none" else key)

        if saved or slots[slot]:
            question = "Which style?" if slot == 0 else "Which second style?"
            at = "/" if "/" in slots[slot] else slots[slot]
            self.app.push_screen(Choose(question, options, at), on_choice)
        else:
            self._open_style(slot)

    def _open_style(self, slot: int) -> None:
        def check(values: Values) -> str:
            return existing_path(values["path"])

        def on_values(values: Values | None) -> None:
            if values is not None:
                self.snapshot = self.snapshot.with_style(slot, check(values))

        field = Field("path", "", hint="a picture whose style is taken", path=True)
        self.app.push_screen(Form("Which style picture?", [field], check, "take"), on_values)

    def action_colours(self) -> None:
        self.snapshot = replace(self.snapshot, keep_colour=not self.snapshot.keep_colour)

    def action_alpha(self) -> None:
        from ganstudio.inference.images.answer import Alpha

        state = self.snapshot
        if state.subject is not None:
            box = isinstance(state.hole, Alpha)
            hole = retouch.middle_box(state.subject.picture.size) if box else retouch.first_hole(state.subject)
            self.snapshot = replace(state, hole=hole)
