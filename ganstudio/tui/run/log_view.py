"""The widget that shows the end of a run's log, or the part up to a step."""

from __future__ import annotations

from pathlib import Path

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from ganstudio.runs import log
from ganstudio.streams import printable


class LogView(Widget):
    """As many of the log's lines as there is room for, however long the log is."""

    DEFAULT_CSS = "LogView { height: 1fr; width: 1fr; }"

    def __init__(self, **given: str) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self._request: tuple[Path, int | None, int] | None = None
        self.lines: list[str] = []

    def show(self, path: Path, nimg: int | None, size: int) -> None:
        """Shows the lines up to `nimg` images, or the last ones. A changed `size` of the log makes it be read again."""
        request = (path, nimg, size)
        if request != self._request:
            self._request = request
            self._read()

    def on_resize(self) -> None:
        self._read()

    def _read(self) -> None:
        if self._request is None:
            return
        path, nimg, _ = self._request
        room = max(1, self.size.height)
        self.lines = (log.lines_before(path, nimg, room) if nimg is not None else []) or log.tail(path, room)
        if not self.lines:
            self.lines = ["nothing yet"]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        style, width = self.rich_style, self.size.width
        if y >= len(self.lines):
            return Strip.blank(width, style)
        return Strip([Segment(printable(self.lines[y]), style)]).adjust_cell_length(width, style)
