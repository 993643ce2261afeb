"""A table of rows with a cursor. It draws only visible rows, and again only those that changed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ganstudio.streams import printable

Row = tuple[str, tuple[Text, ...]]  # key, cells


class Table(ScrollView, can_focus=True):
    """Shows rows of cells. `set_rows` gets all rows each time and redraws those that differ; the columns may change
    with the width of the screen.
    """

    DEFAULT_CSS = """
    Table { height: 1fr; width: 1fr; scrollbar-size: 0 1; overflow-x: hidden; }
    """
    COMPONENT_CLASSES = {"table--header", "table--cursor", "table--marked"}  # noqa: RUF012
    BINDINGS = [  # noqa: RUF012
        Binding("up,k", "move(-1)", "up", show=False, id="table.up"),
        Binding("down,j", "move(1)", "down", show=False, id="table.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="table.pageup"),
        Binding("pagedown", "page(1)", "page down", show=False, id="table.pagedown"),
        Binding("home,g", "end(-1)", "first", show=False, id="table.first"),
        Binding("end,G", "end(1)", "last", show=False, id="table.last"),
        Binding("enter", "choose", "open", id="table.open"),
    ]

    cursor: reactive[int] = reactive(0, init=False)

    class Moved(Message):
        """The cursor has moved to another row."""

        def __init__(self, key: str | None) -> None:
            super().__init__()
            self.key = key

    class Chosen(Message):
        """Enter was pressed, or a second click made, on a row."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class Resized(Message):
        """The width has changed, and with it how many columns fit."""

    class Sorted(Message):
        """The name of a column was clicked."""

        def __init__(self, column: int) -> None:
            super().__init__()
            self.column = column

    def __init__(self, empty: str = "", **given: str) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self._empty = empty
        self._header: tuple[str, ...] = ()
        self._widths: tuple[int, ...] = ()
        self._right: tuple[bool, ...] = ()
        self._rows: list[Row] = []
        self._marked: frozenset[str] = frozenset()
        self._key: str | None = None

    def set_columns(self, header: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> None:
        """Sets the names, widths and alignment of the columns; a width of 0 takes the cells that are left."""
        layout = tuple(header), tuple(widths), tuple(right)
        if layout != (self._header, self._widths, self._right):
            self._header, self._widths, self._right = layout
            self.refresh()

    def set_rows(self, rows: Sequence[Row], marked: frozenset[str] = frozenset()) -> None:
        """Sets the rows; the cursor stays on the row with its key, wherever that is now."""
        old, self._rows = self._rows, list(rows)
        remarked, self._marked = marked != self._marked, marked
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)
        keys = [key for key, _ in self._rows]
        place = keys.index(self._key) if self._key in keys else min(self.cursor, max(0, len(keys) - 1))
        moved = place != self.cursor
        self.cursor = place
        self._post_moved()
        if moved or remarked or len(old) != len(self._rows):
            self.refresh()
            return
        for y, (new, before) in enumerate(zip(self._rows, old, strict=True)):
            if new != before:
                self._refresh_row(y)

    @property
    def line_width(self) -> int:
        """The cells of a line, without those of the scroll bar."""
        return self.scrollable_content_region.width

    @property
    def empty(self) -> str:
        """The text shown where there is no row."""
        return self._empty

    @empty.setter
    def empty(self, text: str) -> None:
        if text != self._empty:
            self._empty = text
            self.refresh()

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor; None where there is no row."""
        return self._rows[self.cursor][0] if 0 <= self.cursor < len(self._rows) else None

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self._rows]

    def select(self, key: str) -> None:
        if key in self.keys:
            self.cursor = self.keys.index(key)

    def watch_cursor(self, old: int, new: int) -> None:
        self._refresh_row(old)
        self._refresh_row(new)
        top, height = self.scroll_offset.y, max(1, self.size.height - 1)
        if new < top:
            self.scroll_to(y=new, animate=False)
        elif new >= top + height:
            self.scroll_to(y=new - height + 1, animate=False)
        self._post_moved()

    def _post_moved(self) -> None:
        if self.key != self._key:
            self._key = self.key
            self.post_message(self.Moved(self.key))

    def _refresh_row(self, row: int) -> None:
        y = row - self.scroll_offset.y + 1
        if 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)
        self.post_message(self.Resized())

    def render_line(self, y: int) -> Strip:
        ground = self.rich_style
        if y == 0:
            style = ground + self.get_component_rich_style("table--header", partial=True)
            names = tuple(Text(name) for name in self._header)
            return self._line(names, style)
        if not self._rows:
            text = self.empty if y == 1 else ""
            return Strip([Segment(printable(text), ground)]).adjust_cell_length(self.line_width, ground)
        row = y - 1 + self.scroll_offset.y
        if row >= len(self._rows):
            return Strip.blank(self.line_width, ground)
        key, cells = self._rows[row]
        style = ground
        if key in self._marked:
            style += self.get_component_rich_style("table--marked", partial=True)
        if row == self.cursor:
            style += self.get_component_rich_style("table--cursor", partial=True)
        return self._line(cells, style, "▌" if key in self._marked else " ")

    def _line(self, cells: Sequence[Text], style: Style, mark: str = " ") -> Strip:
        left = max(0, self.line_width - 1 - sum(self._widths))
        segments = [Segment(mark, style)]
        for cell, width, right in zip(cells, self._widths, self._right, strict=True):
            segments += self._cell(cell, width or left, right, style)
        return Strip(segments).adjust_cell_length(self.line_width, style)

    def _cell(self, cell: Text, width: int, right: bool, ground: Style) -> list[Segment]:
        """Returns one cell of `width`, whose last column is a space. Its style is a colour of the theme, or Rich's."""
        if not cell.plain.isprintable():
            cell = Text(printable(cell.plain), cell.style)
        text, room = cell.plain, max(0, width - 1)
        name = str(cell.style)
        style = ground + Style.parse(self.app.theme_variables.get(name, name)) if name else ground
        if cell.cell_len > room:
            cut = cell.copy()
            cut.truncate(room, overflow="ellipsis")
            text = cut.plain
        space = " " * (room - Text(text).cell_len)
        body = space + text if right else text + space
        return [Segment(body, style), Segment(" " if width else "", ground)]

    def action_move(self, step: int) -> None:
        self.cursor = min(max(0, self.cursor + step), max(0, len(self._rows) - 1))

    def action_page(self, direction: int) -> None:
        self.action_move(direction * max(1, self.size.height - 2))

    def action_end(self, direction: int) -> None:
        self.cursor = 0 if direction < 0 else max(0, len(self._rows) - 1)

    def action_choose(self) -> None:
        if self.key is not None:
            self.post_message(self.Chosen(self.key))

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            x = event.x - 1
            left = max(0, self.line_width - 1 - sum(self._widths))
            for column, width in enumerate(self._widths):
                if x < (width or left):
                    self.post_message(self.Sorted(column))
                    return
                x -= width or left
            return
        row = event.y - 1 + self.scroll_offset.y
        if row >= len(self._rows):
            return
        if row == self.cursor and event.chain > 1:
            self.action_choose()
        self.cursor = row
