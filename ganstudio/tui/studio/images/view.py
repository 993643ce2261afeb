"""The widgets of Studio's page for pictures: the picture with the answer over it, and the facts of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Static

from ganstudio.terminal import PICTURE_COLOURS, colours
from ganstudio.tui.runs.run_columns import joined
from ganstudio.tui.studio.images.retouch import FULL, Retouch
from ganstudio.tui.widgets.kitty_graphics import CELL_PX
from ganstudio.tui.widgets.picture import PictureView, heading

if TYPE_CHECKING:
    from ganstudio.tui.studio.images.comparing import Layers

_LINE = 3  # pixels of the wipe line where a terminal draws pictures itself
NO_PICTURE = "No picture is open: o opens one."


class Comparison(PictureView):
    """Shows a picture and the answer as the state has it."""

    _state = Retouch()
    _layers: Layers | None = None

    def show_state(self, state: Retouch, layers: Layers | None, text: str) -> None:
        """Shows a state; `text` in place of a picture where there is none."""
        self._state, self._layers, self.empty = state, layers, text
        self._pixels = self._drawn = None
        self.refresh()

    def _draw(self, width: int, height: int) -> list[Strip]:
        if self._layers is None or colours() < PICTURE_COLOURS or width < 2 or height < 2:
            self._forget()
            if self._layers is not None:
                self._pixels = self._layers.own.pixels  # so that it says what is missing: colours
            return super()._draw(width, height)
        from ganstudio.tui.studio.images.comparing import compared

        theme = self.app.current_theme
        ground, mark = (Color.parse(colour or "black").rgb for colour in (theme.background, theme.accent))
        sharp = getattr(self.app, "send_to_terminal", None) is not None
        cell, line = (CELL_PX, _LINE) if sharp else ((1, 2), 1)
        room = width * cell[0], (height - 1) * cell[1]
        self._pixels = compared(self._state, self._layers, room, line, mark, ground, self.smooth)
        strips = super()._draw(width, height - 1)
        drawn = -(-self._pixels.shape[1] // cell[0])
        words = words_above(self._state, self._layers.answer is not None)
        style = self.rich_style + self.get_component_rich_style("picture--words", partial=True)
        above = Strip([Segment(heading(words, min(width, max(drawn, 12))), style)])
        return [above.adjust_cell_length(width, self.rich_style), *strips]


def words_above(state: Retouch, answered: bool) -> tuple[str, ...]:
    """Returns what the picture shows, from the left; of a wipe line that lies, from above."""
    given = "bicubic" if state.export and state.export.manifest.scale > 1 and answered else "input"
    if not answered:
        return (given,)
    made = state.domains[state.label or 0] if state.domains else "output"
    made = made if state.shown_strength == FULL else f"{made} {state.strength * 10} %"
    match state.view:
        case "hole":
            return (made,)
        case "wipe" | "mix" if not state.wipe.upright:
            return (f"{given} over {made}",)
        case _:
            return given, made


class ImagesView(Horizontal):
    """The picture, and beside it what is known of it."""

    def compose(self) -> ComposeResult:
        with Vertical(id="stage", classes="pane"):
            yield Comparison(id="compared")
        with Vertical(id="studio-side"):
            yield Static(id="image-facts")

    def show(self, state: Retouch, layers: Layers | None, empty: str) -> None:
        """Shows a state; `empty` where no model is open."""
        text = empty if state.export is None else NO_PICTURE
        self.query_one(Comparison).show_state(state, layers, text)
        stage = self.query_one("#stage", Vertical)
        stage.border_title = Content(joined([state.export.name, _name(state)]) if state.export else "")
        self.query_one("#image-facts", Static).update(facts(state))


def _name(state: Retouch) -> str:
    return state.subject.name if state.subject else ""


def facts(state: Retouch) -> Content:
    """Returns the lines on model, picture, question and answer."""
    export, subject = state.export, state.subject
    if export is None:
        return Content("")
    lines = [Content.styled(export.name, "b"), Content(f"{export.manifest.task} on {state.provider}")]
    if subject is not None:
        height, width = subject.picture.size
        lines += [Content(""), Content(subject.words), Content(f"{width}x{height} px")]
    lines += [Content(""), *_question(state), *_answer(state)]
    lines += [Content.styled(text, style) for text, style in _remarks(state)]
    return Content("\n").join(lines)


def _question(state: Retouch) -> list[Content]:
    from ganstudio.inference.images.answer import Box

    lines = []
    if state.domains:
        lines.append(Content(f"domain {state.domains[state.label or 0]}"))
    if state.fills and isinstance(state.hole, Box):
        hole = state.hole
        lines.append(Content(f"fills {hole.width}x{hole.height} px at {hole.left}, {hole.top}"))
    elif state.fills and state.hole is not None:
        lines.append(Content("fills what is transparent"))
    if state.paints:
        lines += style_lines(state)
    if state.strength < FULL:
        lines.append(Content(f"strength {state.strength * 10} %"))
    if state.camera.zoom > 1:
        lines.append(Content(f"zoom {state.camera.zoom}"))
    return lines


def style_lines(state: Retouch) -> list[Content]:
    """Returns the lines on both style slots, and on what is mixed of them."""
    from ganstudio.inference.images.answer import style_name

    names = [style_name(text) for text in state.styles]
    if not any(names):
        return [Content("no style: t chooses one")]
    lines = [Content(f"style {name}") for name in names[:1] if name]
    if names[1]:
        lines += [Content(f"and {names[1]}"), Content(f"mixed {(FULL - state.blend) * 10} : {state.blend * 10}")]
    return [*lines, Content("in its own colours")] if state.keep_colour else lines


def _answer(state: Retouch) -> list[Content]:
    made = state.current
    if made is not None:
        height, width = made.pixels.shape[:2]
        tiles = f"{made.tiling.count} tiles" if made.tiling.count > 1 else ""
        took = f"{state.ms:.0f} ms" if state.ms is not None else ""
        return [Content(joined([f"answer {width}x{height} px", tiles, took]))]
    if state.progress is not None:
        done, count = state.progress
        far = f"tile {min(done + 1, count)} of {count}" if count > 1 else "at work"
        return [Content.assemble(f"{far} ... ", Content.styled("esc stops it", "$faint"))]
    if state.ask is not None and state.stopped == state.ask and not state.error:
        return [Content("stopped: enter begins again")]
    return []


def _remarks(state: Retouch) -> list[tuple[str, str]]:
    """Returns what went wrong or is to be known, each with its style."""
    notes = state.current.notes if state.current else ()
    remarks = [(state.error, "$text-error"), (state.note, "$text-warning"), *((note, "$faint") for note in notes)]
    return [(text, style) for text, style in remarks if text]
