"""Screen 5 for models that are given pictures: a picture, the answer over it under a wipe line or beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.widget import Widget

from ganstudio import commands
from ganstudio.errors import StudioError, UsageError
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.paths import existing_path
from ganstudio.tui.studio.images import retouch
from ganstudio.tui.studio.images.ask_page import AskPage
from ganstudio.tui.studio.images.command import command_of
from ganstudio.tui.studio.images.view import ImagesView
from ganstudio.tui.widgets.picture import ENLARGED

if TYPE_CHECKING:
    from ganstudio.inference.images.answer import Ask
    from ganstudio.inference.images.model import ImageModel
    from ganstudio.inference.images.render import Cut
    from ganstudio.inference.images.work import Made

FOLDER = "pictures"  # of the workspace
_MOVE = Binding.Group("move", compact=True)
_STRENGTH = Binding.Group("mix", compact=True)
_ZOOM = Binding.Group("zoom", compact=True)


class ImagesPage(AskPage):
    NAME = "images"
    TAB = "studio"
    ABOUT = "A picture, and what the model makes of it: under a wipe line, or beside it.\n"
    CHANGES = frozenset({"save", "export"})
    BINDINGS = [  # noqa: RUF012
        Binding("o", "open", "open", id="images.open", tooltip="open a picture, or a folder of them"),
        Binding("n,full_stop", "turn(1)", "next", id="images.next", tooltip="the next picture"),
        Binding("N,comma", "turn(-1)", "picture before", show=False, id="images.before"),
        Binding("left,h", "move(-1, 0)", "left", group=_MOVE, id="images.left", tooltip="line, hole; less of style 2"),
        Binding("down,j", "move(0, -1)", "down", group=_MOVE, id="images.down", tooltip="line, hole; less strength"),
        Binding("up,k", "move(0, 1)", "up", group=_MOVE, id="images.up", tooltip="line, hole; more strength"),
        Binding(
            "right,l", "move(1, 0)", "right", group=_MOVE, id="images.right", tooltip="line, hole; more of style 2"
        ),
        Binding("shift+left,H", "shift(-1, 0)", "pan left", show=False, id="images.far_left", tooltip="pan; less wide"),
        Binding("shift+down,J", "shift(0, -1)", "pan down", show=False, id="images.far_down", tooltip="pan; higher"),
        Binding("shift+up,K", "shift(0, 1)", "pan up", show=False, id="images.far_up", tooltip="pan; less high"),
        Binding("shift+right,L", "shift(1, 0)", "pan right", show=False, id="images.far_right", tooltip="pan; wider"),
        Binding("v", "view", "view", id="images.view", tooltip="wipe line, side by side, hole or mix"),
        Binding("plus,equals_sign", "zoom(True)", "closer", group=_ZOOM, id="images.closer"),
        Binding("minus", "zoom(False)", "further", group=_ZOOM, id="images.further"),
        Binding("tab", "domain(1)", "domain", id="images.domain", tooltip="the next domain"),
        Binding("shift+tab", "domain(-1)", "domain before", show=False, id="images.domain_before"),
        Binding("c", "choose_domain", "domains", show=False, id="images.domains", tooltip="choose a domain"),
        Binding("left_square_bracket", "strength(-1)", "less", group=_STRENGTH, id="images.less", tooltip="less of it"),
        Binding("right_square_bracket", "strength(1)", "more", group=_STRENGTH, id="images.more", tooltip="more of it"),
        Binding("t", "choose_style(0)", "style", id="images.style", tooltip="choose a style, or a picture for one"),
        Binding("b", "choose_style(1)", "blend", id="images.blend", tooltip="choose a second style, to be mixed in"),
        Binding("p", "colours", "colours", id="images.colours", tooltip="keep the picture's own colours, or not"),
        Binding("a", "alpha", "alpha", id="images.alpha", tooltip="fill what is transparent, or a box"),
        Binding(
            "escape", "back", "back", id="images.back", tooltip="stop the answer under way; see all of the picture"
        ),
        Binding("enter", "again", "again", id="images.again", tooltip="ask once more"),
        Binding("w,s", "save", "save", id="images.save", tooltip="write the answer"),
        Binding("y", "copy_command", "copy", show=False, id="images.copy", tooltip="copy the command that makes it"),
        Binding("m", "choose_model", "model", id="images.model"),
        ENLARGED,
        Binding("e", "export", "export", id="images.export", tooltip="export the newest run"),
    ]

    def body(self) -> Iterable[Widget]:
        yield ImagesView()

    def on_unmount(self) -> None:
        self.stop()

    def watch_snapshot(self) -> None:
        if not self.is_mounted:
            return
        state, layers = self.snapshot, self._layers
        if layers is not None and state.current is None:
            layers = replace(layers, answer=None)  # that of an earlier question
        self.query_one(ImagesView).show(state, layers if state.subject else None, self.empty_text())
        self.answer_newest()
        asked = ("domain", "choose_style", "strength", "alpha")
        actions = ("open", "turn", "move", "shift", *asked, "back", "again", "save", "export")
        footer_state = tuple(self.offers(action) for action in actions)
        if footer_state != self._footer_state:
            self._footer_state = footer_state
            self.refresh_bindings()

    def offers(self, action: str) -> bool:
        state = self.snapshot
        match action:
            case "open":
                return state.export is not None
            case "export":
                return state.export is None and not self._exporting and self._run is not None
            case "turn":
                return self.pictures > 1
            case "view" | "zoom":
                return state.subject is not None
            case "move":
                turns = state.view == "hole" or (state.view == "mix" and any(state.styles))
                return state.subject is not None and (turns or state.current is not None)
            case "shift":
                return state.subject is not None and (state.view == "hole" or state.camera.zoom > 1)
            case "domain" | "choose_domain":
                return len(state.domains) > 1
            case "strength":
                return state.subject is not None and not state.fills
            case "choose_style" | "colours":
                return state.paints
            case "alpha":
                return state.subject is not None and state.fills and retouch.has_holes(state.subject)
            case "back":
                return self._answering is not None or state.camera.zoom > 1
            case "again":
                return state.ask is not None and state.stopped == state.ask
            case "save":
                return state.current is not None
            case "copy_command":
                return state.current is not None and state.subject is not None and state.subject.path is not None
        return True

    # which picture

    def action_open(self) -> None:
        def check(values: Values) -> Path:
            return Path(existing_path(values["path"]))

        def on_values(values: Values | None) -> None:
            if values is not None:
                self.open_path(check(values))

        field = Field("path", "", hint="a picture, or a folder of them", path=True)
        self.app.push_screen(Form("Which picture?", [field], check, "open"), on_values)

    def action_turn(self, step: int) -> None:
        if self.pictures:
            self._place = (self._place + step) % self.pictures
            self.read_picture()

    # how it is looked at

    def action_move(self, x: int, y: int) -> None:
        """Moves the wipe line, or the hole; pans side by side; of styles turns the blend and the strength."""
        state = self.snapshot
        if state.view == "mix":
            self.snapshot = state.with_blend(x).with_strength(y)
        elif state.view == "wipe":
            self.snapshot = replace(state, wipe=state.wipe.moved(x, y))
        elif state.view == "beside":
            self.snapshot = replace(state, camera=state.camera.panned(x, y))
        elif state.subject is not None and state.hole is not None:
            self.snapshot = replace(state, hole=retouch.moved_box(state.hole, state.subject.picture.size, x, y))

    def action_shift(self, x: int, y: int) -> None:
        """Pans; where the hole is looked at, makes it larger or smaller."""
        state = self.snapshot
        if state.view != "hole":
            self.snapshot = replace(state, camera=state.camera.panned(x, y))
        elif state.subject is not None and state.hole is not None:
            self.snapshot = replace(state, hole=retouch.resized_box(state.hole, state.subject.picture.size, x, y))

    def action_view(self) -> None:
        self.snapshot = self.snapshot.next_view()

    def action_zoom(self, closer: bool) -> None:
        state = self.snapshot
        if state.subject is not None:
            size = state.current.pixels.shape[:2] if state.current else state.subject.picture.size
            self.snapshot = replace(state, camera=state.camera.zoomed(closer, (size[0], size[1])))

    # the answer

    def action_back(self) -> None:
        """Stops the answer under way; where there is none, shows the whole picture."""
        if self._answering is not None:
            self.stop()
        else:
            self.snapshot = replace(self.snapshot, camera=retouch.Camera())

    def action_again(self) -> None:
        self.snapshot = replace(self.snapshot, stopped=None, error="")

    # what is kept

    def action_save(self) -> None:
        self._keep(copied=False)

    def action_copy_command(self) -> None:
        """Copies the command; of a box, whose mask the command needs, the answer and the mask are saved first."""
        from ganstudio.inference.images.answer import Box

        state = self.snapshot
        if not isinstance(state.hole, Box):
            self._copy(None)
        elif self.dashboard.readonly:
            self.notify("the command needs the hole as a file, and --readonly saves none", severity="warning")
        else:
            self._keep(copied=True)

    def _copy(self, mask: Path | None) -> None:
        state = self.snapshot
        if state.export is not None and state.ask is not None:
            arguments = command_of(state.export, state.ask, mask, self.workspace.root / FOLDER)
            self.copy(commands.command_line(arguments), "command")

    def _keep(self, copied: bool) -> None:
        state = self.snapshot
        if state.current is not None and state.ask is not None:
            try:
                model, cut = self.saved_by()
            except UsageError as error:
                self.show_failure(error.message)
                return
            self._save(model, cut, state.ask, state.current, state.shown_strength, copied)

    @work(thread=True, group="saving")
    def _save(self, model: ImageModel, cut: Cut, ask: Ask, made: Made, strength: int, copied: bool) -> None:
        from ganstudio.inference.images.answer import save_answer

        try:
            paths = save_answer(self.workspace.root / FOLDER, model, cut, ask, made, strength)
        except StudioError as error:
            self._call_on_screen(self._show_error, error)
            return
        self._call_on_screen(self._on_saved, paths, copied)

    def _on_saved(self, paths: list[Path], copied: bool) -> None:
        if copied:
            self._copy(paths[-1])
        else:
            beside = "\nand its mask beside it" if len(paths) > 1 else ""
            self.notify(f"{paths[0]}{beside}", title="saved", markup=False)
