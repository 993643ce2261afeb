"""A followed run on a terminal: a panel that redraws the lines which changed.

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
from ganstudio.runs.facts import (
    critic_facts,
    remaining_s,
    score_course,
    share_done,
    skipped_score,
    waiting,
    whole_length,
)
from ganstudio.runs.store import RunView
from ganstudio.streams import printable, raw_stream
from ganstudio.units import format_kimg, format_number, format_seconds
from ganstudio.workspace import folder_is_gone

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from ganstudio.diagnosis import Finding

TILE = 16  # columns that a digit takes to be read
SHEET_ROWS = 2
WORDS = 40  # columns kept for the figures beside the bar, which would else grow and shrink with them


class Screen(Display):
    def __init__(self, minutes: float | None) -> None:
        from rich.console import Console

        super().__init__(minutes)
        self._console = Console(file=raw_stream(sys.stderr), highlight=False, soft_wrap=False)
        self._cursor = HiddenCursor(raw_stream(sys.stderr), self._begin_anew)
        self._drawn: list[str] = []
        self._size = (0, 0)
        self._sheet_of: object = None
        self._sheet: list[str] = []

    def __enter__(self) -> Self:
        self._begin_anew()
        self._cursor.hide()
        return self

    def _begin_anew(self) -> None:
        """The next look draws a whole panel under what stands on the screen."""
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
        """Goes up over what was drawn, rewrites what differs, and clears what is left over."""
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
        """The panel without its picture; rows that have nothing to say are left out."""
        from rich.text import Text

        state = run.state
        facts = [(name, format_number(value)) for name, value in critic_facts(run)]
        if state.img_per_s:
            facts.append(("img/s", f"{state.img_per_s:,.0f}"))
        scores = [(name, score_course(run, name)) for name in state.scores]
        if state.best:
            scores.append(("best", f"{format_number(state.best.value)} at {format_kimg(state.best.nimg)} kimg"))
        sample = [("samples", _near(run.path / state.sample))] if state.sample else []
        said = [("no score", state.score_missing), ("skipped", skipped_score(run))]
        said.append(("note", whole_length(run, self.minutes) if run.live else ""))
        hint = {"stopping": "stops after this step, with a checkpoint", "queued": waiting(run) or "the worker starts"}
        hint["paused"] = f"paused: ganstudio runs continue {run.id}"
        rows = [
            self._headline(run),
            self._progress(run),
            _pairs(facts),
            _pairs(scores),
            _pairs(sample),
            *(Text(f"note: {printable(text)}", style="dim") for text in state.notes),
            *(Text(f"{word}: {printable(text)}", style="dim") for word, text in said if text),
            *map(_found, findings_of(run)),
            Text(hint.get(run.status, "Ctrl-C detaches or stops" if run.live else ""), style="dim"),
        ]
        return [row for row in rows if row.plain]

    def _headline(self, run: RunView) -> Text:
        from rich.text import Text

        state = run.state
        known = [run.record.data["name"], state.device, state.precision, state.batch and f"batch {state.batch}"]
        told = printable(" · ".join(str(fact) for fact in known if fact))
        return Text.assemble((run.id, "bold"), (f"  {told}", "dim"))

    def _progress(self, run: RunView) -> Text:
        from rich.text import Text

        state = run.state
        left = remaining_s(run, self.minutes)
        words = f"  {format_kimg(state.nimg)}/{run.kimg_total:g} kimg  {format_seconds(state.elapsed_s)}"
        words += f"  {format_seconds(left)} left" if left is not None and run.live else ""
        width = max(8, self._console.width - max(len(words), WORDS))
        done = round(width * share_done(run, self.minutes))
        full, empty = ("#", "-") if self._console.options.ascii_only else ("━", "─")
        return Text.assemble((full * done, "cyan"), (empty * (width - done), "dim"), words)

    def _picture(self, run: RunView, taken: int) -> list[str]:
        """The newest samples as half-blocks, as many tiles as fit beside `taken` lines; none where colours are few."""
        console = self._console
        if run.state.sample is None or console.no_color or console.options.ascii_only:
            return []
        if console.color_system not in ("256", "truecolor"):
            return []
        subject = (run.state.sample, console.size)
        if subject != self._sheet_of:
            room = 2 * (console.height - taken - 1)
            tiles = _cut(run.path / run.state.sample, run.record.resolution, console.width, room)
            self._sheet_of, self._sheet = subject, self._render(tiles) if tiles is not None else []
        return self._sheet


def _found(finding: Finding) -> Text:
    from rich.text import Text

    mark, style = STYLES[finding.severity]
    tries = f"  try {' '.join(finding.tries)}" if finding.tries else ""
    return Text.assemble((f"{mark} {printable(finding.symptom)}", style), (printable(tries), "dim"))


def _near(path: Path) -> str:
    """`path` as one types it from here."""
    if folder_is_gone():
        return str(path)
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _pairs(facts: list[tuple[str, str]]) -> Text:
    from rich.text import Text

    return Text("   ").join(Text.assemble((f"{printable(name)} ", "dim"), printable(value)) for name, value in facts)


def _cut(path: Path, resolution: int, width: int, height: int) -> RenderableType | None:
    """The first tiles of a grid of `resolution` px tiles that fit `width` x `height` half-cells, TILE px or larger."""
    import numpy as np
    from PIL import Image

    from ganstudio.cli.picture import render

    tile = min(resolution, TILE)
    try:
        with Image.open(path) as image:
            columns = min(image.width // resolution, width // tile)
            rows = min(image.height // resolution, height // tile, SHEET_ROWS)
            if not rows or not columns:
                return None
            part = image.convert("RGB").crop((0, 0, columns * resolution, rows * resolution))
    except (OSError, SyntaxError):
        return None
    return render(np.asarray(part), columns * tile)
