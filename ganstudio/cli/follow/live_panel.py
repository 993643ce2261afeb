"""The panel of a followed run on a terminal, which redraws the lines that changed.

rich's Live writes the whole panel again each time. With a picture in it that is 100 kB and several milliseconds of the
cores that train, twice a second, and over SSH it flickers; so rich makes the lines here, and they are compared.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ganstudio.cli.follow.cursor import HiddenCursor
from ganstudio.cli.follow.display import Display
from ganstudio.cli.runs.run_json import STYLES, findings_of
from ganstudio.report.runs import (
    FINDING_MARKS,
    best_score,
    critic_facts,
    remaining_s,
    score_course,
    scored,
    share_done,
    skipped_score,
    speed,
    trained,
    waiting,
    whole_length,
)
from ganstudio.runs.store import RunView
from ganstudio.streams import printable, raw_stream
from ganstudio.units import format_number, format_seconds
from ganstudio.workspace import folder_is_gone

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from ganstudio.diagnosis import Finding

TILE = 16  # columns that a digit takes to be read
SHEET_ROWS = 2
FIGURES_WIDTH = 40  # columns kept for the figures beside the bar, which would else grow and shrink with them


class PanelDisplay(Display):
    """Draws a run as a panel on stderr, with its newest samples where the terminal has the colours."""

    def __init__(self, minutes: float | None) -> None:
        from rich.console import Console

        super().__init__(minutes)
        self._console = Console(file=raw_stream(sys.stderr), highlight=False, soft_wrap=False)
        self._cursor = HiddenCursor(raw_stream(sys.stderr), self._forget_drawn)
        self._drawn: list[str] = []
        self._size = (0, 0)
        self._sheet_of: object = None
        self._sheet: list[str] = []

    def __enter__(self) -> Self:
        self._forget_drawn()
        self._cursor.hide()
        return self

    def _forget_drawn(self) -> None:
        """Makes the next look draw a whole panel below what stands on the screen."""
        self._drawn, self._size = [], (0, 0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cursor.show()

    def show(self, run: RunView) -> None:
        if not self._cursor.in_front():
            return  # the shell has the screen: `bg`
        facts = [line for row in self._rows(run) for line in self._render(row)]
        self._draw([*facts[:1], *self._picture(run, len(facts)), *facts[1:]])

    def _render(self, renderable: RenderableType) -> list[str]:
        with self._console.capture() as captured:
            self._console.print(renderable, no_wrap=True, overflow="ellipsis")
        return captured.get().splitlines()

    def _draw(self, lines: list[str]) -> None:
        """Moves up to the first line drawn before, rewrites lines that differ, and clears those that are left over."""
        width, height = self._console.size
        moves = f"\r\x1b[{len(self._drawn)}A" if self._drawn else "\r"
        if (width, height) != self._size:
            self._drawn, self._size, moves = [], (width, height), f"{moves}\x1b[J"
        for number, line in enumerate(lines):
            same = number < len(self._drawn) and self._drawn[number] == line
            moves += "\n" if same else f"\x1b[2K{line}\n"
        if len(lines) < len(self._drawn):
            moves += "\x1b[J"
        self._console.file.write(moves)
        self._console.file.flush()
        self._drawn = lines

    def _rows(self, run: RunView) -> list[Text]:
        """The rows of the panel without its picture; empty ones are left out."""
        from rich.text import Text

        state = run.state
        facts = [(name, format_number(value)) for name, value in critic_facts(run)]
        if state.img_per_s:
            facts.append(("img/s", speed(run)))
        scores = [(scored(run, name), score_course(run, name)) for name in state.scores]
        if state.best:
            scores.append(("best", f"{best_score(run)} kimg"))
        sample = [("samples", _relative_path(run.path / state.sample))] if state.sample else []
        remarks = [("no score", state.score_missing), ("skipped", skipped_score(run))]
        remarks.append(("note", whole_length(run, self.minutes) if run.live else ""))
        hint = {"stopping": "stops after this step, with a checkpoint", "queued": waiting(run) or "the worker starts"}
        hint["paused"] = f"paused: ganstudio runs continue {run.id}"
        rows = [
            self._headline(run),
            self._progress(run),
            _fact_row(facts),
            _fact_row(scores),
            _fact_row(sample),
            *(Text(f"note: {printable(text)}", style="dim") for text in state.notes),
            *(Text(f"{word}: {printable(text)}", style="dim") for word, text in remarks if text),
            *map(_finding_row, findings_of(run)),
            Text(hint.get(run.status, "Ctrl-C detaches or stops" if run.live else ""), style="dim"),
        ]
        return [row for row in rows if row.plain]

    def _headline(self, run: RunView) -> Text:
        from rich.text import Text

        state = run.state
        values = [run.record.data["name"], state.device, state.precision, state.batch and f"batch {state.batch}"]
        facts = printable(" · ".join(str(fact) for fact in values if fact))
        return Text.assemble((run.id, "bold"), (f"  {facts}", "dim"))

    def _progress(self, run: RunView) -> Text:
        from rich.text import Text

        state = run.state
        left = remaining_s(run, self.minutes)
        words = f"  {trained(run)} kimg  {format_seconds(state.elapsed_s)}"
        words += f"  {format_seconds(left)} left" if left is not None and run.live else ""
        width = max(8, self._console.width - max(len(words), FIGURES_WIDTH))
        done = round(width * share_done(run, self.minutes))
        full, empty = ("#", "-") if self._console.options.ascii_only else ("━", "─")
        return Text.assemble((full * done, "cyan"), (empty * (width - done), "dim"), words)

    def _picture(self, run: RunView, lines_used: int) -> list[str]:
        """The newest samples as half-blocks, as many as fit beside `lines_used` lines; none where colours are few."""
        console = self._console
        if run.state.sample is None or console.no_color or console.options.ascii_only:
            return []
        if console.color_system not in ("256", "truecolor"):
            return []
        subject = (run.state.sample, console.size)
        if subject != self._sheet_of:
            room = 2 * (console.height - lines_used - 1)
            tiles = _first_tiles(run.path / run.state.sample, run.record.size, console.width, room)
            self._sheet_of, self._sheet = subject, self._render(tiles) if tiles is not None else []
        return self._sheet


def _finding_row(finding: Finding) -> Text:
    from rich.text import Text

    mark, style = FINDING_MARKS[finding.severity], STYLES[finding.severity]
    tries = f"  try {' '.join(finding.tries)}" if finding.tries else ""
    return Text.assemble((f"{mark} {printable(finding.symptom)}", style), (printable(tries), "dim"))


def _relative_path(path: Path) -> str:
    """`path` as it is typed from the current folder."""
    if folder_is_gone():
        return str(path)
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _fact_row(facts: list[tuple[str, str]]) -> Text:
    from rich.text import Text

    return Text("   ").join(Text.assemble((f"{printable(name)} ", "dim"), printable(value)) for name, value in facts)


def _first_tiles(path: Path, size: tuple[int, int], width: int, height: int) -> RenderableType | None:
    """The first tiles of a grid that fit `width` x `height` half-cells; tiles of `size` (H, W), TILE px or larger."""
    import numpy as np
    from PIL import Image

    from ganstudio.cli.picture import render

    scale = min(TILE / max(1, *size), 1.0)
    high, wide = (max(1, round(side * scale)) for side in size)
    try:
        with Image.open(path) as image:
            columns = min(image.width // size[1], width // wide)
            rows = min(image.height // size[0], height // high, SHEET_ROWS)
            if not rows or not columns:
                return None
            part = image.convert("RGB").crop((0, 0, columns * size[1], rows * size[0]))
    except (OSError, SyntaxError):
        return None
    return render(np.asarray(part), columns * wide)
