"""The window that shows all images of a data set, a page at a time. Only the images of the page are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.error_text import error_text
from ganstudio.tui.widgets import tiling
from ganstudio.tui.widgets.gallery import Gallery
from ganstudio.tui.widgets.keybar import KeyBar
from ganstudio.tui.widgets.picture import ENLARGED
from ganstudio.tui.widgets.tiling import Tiling

if TYPE_CHECKING:
    from ganstudio.data.inspect import PixelFindings
    from ganstudio.data.store import DataSet
    from ganstudio.tui.run.samples import Pixels

ALL = "all"
_FRAMES = 8  # of a clip, or slices of a voxel grid


class TilePage(NamedTuple):
    """One page: its tiles with a caption each, and the places in the set of all images of the part."""

    tiles: Pixels
    words: tuple[str, ...]
    places: Sequence[int]


class Browse(ModalScreen[None]):
    """Shows the images of `part`, from number `first` of it on."""

    BINDINGS = [  # noqa: RUF012
        Binding("down,j,pagedown,space", "turn(1)", "next page", id="browse.next"),
        Binding("up,k,pageup", "turn(-1)", "page before", id="browse.before"),
        Binding("home,g", "end(-1)", "first", show=False, id="browse.first"),
        Binding("end,G", "end(1)", "last", show=False, id="browse.last"),
        Binding("plus,equals_sign", "size(1)", "larger", id="browse.larger"),
        Binding("minus", "size(-1)", "smaller", id="browse.smaller"),
        ENLARGED,
        Binding("c,slash", "choose", "class", id="browse.class", tooltip="only one class, or what a check found"),
        Binding("escape,enter", "back", "back", id="browse.back"),
    ]

    def __init__(self, data: DataSet, findings: PixelFindings | None) -> None:
        super().__init__()
        self.data, self.findings = data, findings
        self.part = ALL
        self.first = 0
        self._zoom: int | None = None  # a place in the sizes of tiles; None until the room is known
        self._places: Sequence[int] | None = range(data.manifest.count)  # None until they were looked for
        self._labels: Any = None  # int64 [N] once they were read
        self._request: object = None

    def compose(self) -> ComposeResult:
        yield Static(id="where")
        yield Gallery()
        yield KeyBar()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    @property
    def aspect(self) -> float:
        """Width to height of the tile of one image: frames of a clip and slices of a voxel grid stand in a row."""
        (height, width), depth = self.data.manifest.size, self.data.manifest.depth
        return width / height * (1 if depth is None else min(depth, _FRAMES))

    @property
    def tiling(self) -> Tiling:
        size = self.query_one(Gallery).size
        room = max(4, size.width), max(2, size.height)
        side = self.data.manifest.size[0]
        if self._zoom is None and size.width:
            self._zoom = tiling.usual_size(side, self.aspect, (room[0], room[1]))
        return tiling.tiling(tiling.tile_sizes(side)[self._zoom or 0], self.aspect, room)

    def _draw(self) -> None:
        if self.is_mounted:
            self._request = request = (self.part, self.first, self.tiling)
            self._load(request, self._places)

    @work(thread=True, exclusive=True, group="page")
    def _load(self, request: tuple[str, int, Tiling], places: Sequence[int] | None) -> None:
        try:
            page = self._read(*request, places)
        except Exception as error:
            self.app.call_from_thread(self.query_one(Gallery).show_text, error_text(error, self.data.path))
            return
        self.app.call_from_thread(self._show, request, page)

    def _read(self, part: str, first: int, tiling: Tiling, places: Sequence[int] | None) -> TilePage:
        from ganstudio.inference.pixels import strips

        if self._labels is None and self.data.manifest.classes:
            self._labels = self.data.labels()
        places = self._places_of(part) if places is None else places
        chosen = [int(place) for place in places[first : first + tiling.tiles]]
        words = tuple(self._tile_caption(part, place) for place in chosen)
        return TilePage(strips(self.data.images()[chosen], _FRAMES), words, places)

    def _places_of(self, part: str) -> Sequence[int]:
        """Returns the places in the set of the images of a part. Groups of equal ones stay together."""
        import numpy as np

        kind, _, number = part.partition(" ")
        if kind == "class":
            return np.flatnonzero(self._labels == int(number))  # type: ignore[return-value]
        if kind == "with":
            attributes = self.data.attributes()
            assert attributes is not None
            return np.flatnonzero(attributes[:, int(number)])  # type: ignore[return-value]
        findings = self.findings
        if kind == ALL or findings is None:
            return range(self.data.manifest.count)
        if kind == "blank":
            return findings.blank
        groups = findings.duplicates if kind == "equal" else findings.near or ()
        return [place for group in groups for place in group]

    def _tile_caption(self, part: str, place: int) -> str:
        if self._labels is not None and not part.startswith("class"):
            return self.data.manifest.classes[int(self._labels[place])]
        return f"{place}"

    def _show(self, request: tuple[str, int, Tiling], page: TilePage) -> None:
        if not self.is_mounted or request != self._request:
            return
        _, first, tiling = request
        self._places = page.places
        self.query_one(Gallery).show(page.tiles, page.words, tiling)
        count = len(page.places)
        last = min(count, first + tiling.tiles)
        number, pages = -(-first // tiling.tiles) + 1, -(-(count - first) // tiling.tiles)
        what = dict(self._parts())[self.part].partition("  ")[0]
        range_and_page = f"{first + 1:,}-{last:,} of {count:,}   page {number:,}/{number + pages - 1:,}"
        name = Content.styled(f" {self.data.manifest.name}", "b")
        where = Content.assemble(name, f"  {what}   ", Content.styled(range_and_page, "$faint"))
        self.query_one("#where", Static).update(where)

    def _parts(self) -> list[tuple[str, str]]:
        """Returns (part, its name) of all parts that are not empty."""
        manifest, findings = self.data.manifest, self.findings
        parts = [(ALL, f"all {manifest.noun}  {manifest.count:,}")]
        for number, (name, count) in enumerate(zip(manifest.classes, manifest.class_counts, strict=True)):
            if count:
                parts.append((f"class {number}", f"class {name}  {count:,}"))
        parts += [(f"with {number}", f"with {name}") for number, name in enumerate(manifest.attributes)]
        if findings is not None:
            odd = [
                ("equal", "equal to another", sum(map(len, findings.duplicates))),
                ("near", "nearly equal to another", sum(map(len, findings.near or ()))),
                ("blank", "blank", len(findings.blank)),
            ]
            parts += [(key, f"{words}  {count:,}") for key, words, count in odd if count]
        return parts

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        return action != "choose" or len(self._parts()) > 1

    def action_turn(self, step: int) -> None:
        first = self.first + step * self.tiling.tiles
        if self._places is not None and first < len(self._places):
            self.first = max(0, first)
            self._draw()

    def action_end(self, direction: int) -> None:
        if self._places is not None:
            count = self.tiling.tiles
            self.first = 0 if direction < 0 else (len(self._places) - 1) // count * count
            self._draw()

    def action_size(self, step: int) -> None:
        sizes = tiling.tile_sizes(self.data.manifest.size[0])
        self._zoom = min(max(0, (self._zoom or 0) + step), len(sizes) - 1)
        self._draw()

    def action_choose(self) -> None:
        def on_choice(part: str | None) -> None:
            if part is not None:
                self.part, self.first, self._places = part, 0, None
                self._draw()

        self.app.push_screen(Choose("Which images?", self._parts()), on_choice)

    def action_back(self) -> None:
        self.dismiss(None)
