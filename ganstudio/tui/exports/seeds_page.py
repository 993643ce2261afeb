"""The part of the screen Exports that draws seeds of the export under the cursor, and writes them as a picture."""

from __future__ import annotations

from pathlib import Path

from textual import work
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ganstudio.inference.exports import Export
from ganstudio.report.exports import format_ms
from ganstudio.tui.error_text import error_text
from ganstudio.tui.exports import content
from ganstudio.tui.exports.content import ExportsSnapshot, SeedPictures
from ganstudio.tui.table_page import Document, TablePage
from ganstudio.tui.widgets.picture import PictureView
from ganstudio.tui.widgets.table import Table

_SEEDS = 16  # that are drawn here at a time
_WRITTEN = 64  # that are written as a picture


class SeedsPage(TablePage):
    """A table of exports, and pictures that some of their seeds give."""

    snapshot: reactive[ExportsSnapshot] = reactive(ExportsSnapshot(), init=False, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        # the first seed, and its pictures or why there are none
        self._pictures: dict[tuple[Path, float], tuple[int, SeedPictures | str]] = {}

    def show_pictures(self) -> None:
        """Shows the pictures that were drawn with the export under the cursor."""
        export, picture, words = self.selected, self.query_one(PictureView), self.query_one("#seeds", Static)
        first, drawn = self._pictures.get(file_key(export), (0, None)) if export else (0, None)
        self.query_one("#export-side").set_class(drawn is not None, "-drawn")
        if isinstance(drawn, SeedPictures):
            seeds = f"seeds {first}-{first + _SEEDS - 1}"
            words.update(Content.styled(f"{seeds}  {format_ms(drawn.ms)} ms on {drawn.provider}", "$faint"))
            picture.show(drawn.picture, tile=drawn.tile)
            return
        words.update("")
        picture.empty = drawn or ("s draws seeds 0-15" if export else "")
        picture.show(None)

    @property
    def selected(self) -> Export | None:
        """The export under the cursor."""
        return self.snapshot.find(self.query_one(Table).key)

    def action_sample(self) -> None:
        export = self.selected
        if export is None:
            return
        first, drawn = self._pictures.get(file_key(export), (0, None))
        first = first + _SEEDS if isinstance(drawn, SeedPictures) else 0
        if not isinstance(drawn, SeedPictures):
            self._pictures[file_key(export)] = 0, "drawing ..."
            self.show_pictures()  # so that the room is what it will be
        self.call_after_refresh(self._begin_drawing, export, first)

    def _begin_drawing(self, export: Export, first: int) -> None:
        picture = self.query_one(PictureView)
        self._draw(export, first, (max(8, picture.size.width), max(8, 2 * picture.size.height)))

    @work(thread=True, exclusive=True, group="drawing")
    def _draw(self, export: Export, first: int, room: tuple[int, int]) -> None:
        drawn: SeedPictures | str
        try:
            drawn = content.draw(export.path, range(first, first + _SEEDS), room)
        except Exception as error:
            drawn = error_text(error, export.path)
        self.app.call_from_thread(self._set_pictures, export, first, drawn)

    def _set_pictures(self, export: Export, first: int, drawn: SeedPictures | str) -> None:
        self._pictures[file_key(export)] = first, drawn
        if self.is_mounted:
            self.show_pictures()

    def action_write(self) -> None:
        export = self.selected
        if export is None:
            return
        out = self.workspace.root / "pictures" / f"{export.name}-0-{_WRITTEN - 1}.png"

        def on_result(document: Document) -> None:
            self.notify(str(document["pictures"][0]["path"]), title="written", markup=False)

        seeds = f"0-{_WRITTEN - 1}"
        arguments = ["sample", "--model", export.reference, "--seed", seeds, "--out", str(out), "--json"]
        self.run_job(f"drawing seeds {seeds} of {export.name}", arguments, on_result)


def file_key(export: Export) -> tuple[Path, float]:
    """Returns a key that changes when another file takes the place of the export."""
    return export.path, export.modified
