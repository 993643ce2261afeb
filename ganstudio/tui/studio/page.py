"""Screen 5: a model that answers at the arrow keys.

Each key makes another Exploring; what it shows and nobody has drawn yet is drawn in a thread, one call at a time. What
was asked for meanwhile is looked up when that call is back, so keys that are held never line up: only the newest point
is drawn.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.widget import Widget

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.explore import Point, at_seed, pictures, step_point, with_psi
from ganstudio.inference.latents import LARGEST_SEED
from ganstudio.tui import commands
from ganstudio.tui.dialogs.questions import Choose, Prompt
from ganstudio.tui.error_text import said
from ganstudio.tui.snapshots import Runs
from ganstudio.tui.studio import exploration
from ganstudio.tui.studio.model_page import ModelPage
from ganstudio.tui.studio.view import Easel
from ganstudio.tui.widgets.picture import ENLARGED

if TYPE_CHECKING:
    from ganstudio.inference.model import OnnxModel
    from ganstudio.tui.run.samples import Pixels

CHUNK = 8  # pictures of a grid or a walk in one call: between two of them newer wishes are heard
FOLDER = "pictures"  # of the workspace
_MOVE = Binding.Group("move", compact=True)
_SLOTS = Binding.Group("slots", compact=True)
_PSI = Binding.Group("psi", compact=True)
_OF_POINT = frozenset(
    {
        *("move", "take", "back", "pair", "seed", "type_seed", "random", "psi", "choose_class", "next_class"),
        *("fill", "show_slot", "walk", "grid", "undo", "save", "copy_command"),
    }
)


class StudioPage(ModelPage):
    NAME = "studio"
    ABOUT = "A point of the model's latent space, and ways to others. A step turns the latent by 0.1 radians.\n"
    CHANGES = frozenset({"save", "export"})
    BINDINGS = [  # noqa: RUF012
        Binding("left,h", "move(-1, 0)", "left", group=_MOVE, id="studio.left", tooltip="against the first direction"),
        Binding("down,j", "move(0, -1)", "down", group=_MOVE, id="studio.down", tooltip="against the second direction"),
        Binding("up,k", "move(0, 1)", "up", group=_MOVE, id="studio.up", tooltip="along the second direction"),
        Binding("right,l", "move(1, 0)", "right", group=_MOVE, id="studio.right", tooltip="along the first direction"),
        Binding("shift+left,H", "move(-4, 0)", "4 steps left", show=False, id="studio.far_left"),
        Binding("shift+down,J", "move(0, -4)", "4 steps down", show=False, id="studio.far_down"),
        Binding("shift+up,K", "move(0, 4)", "4 steps up", show=False, id="studio.far_up"),
        Binding("shift+right,L", "move(4, 0)", "4 steps right", show=False, id="studio.far_right"),
        Binding("enter", "take", "take", id="studio.take", tooltip="go on from the marked picture"),
        Binding("escape", "back", "back", id="studio.back", tooltip="back to the point"),
        Binding("tab", "pair(1)", "pair", id="studio.pair", tooltip="the next pair of directions"),
        Binding("shift+tab", "pair(-1)", "pair before", show=False, id="studio.pair_before"),
        Binding("n,full_stop", "seed(1)", "seed", id="studio.next_seed", tooltip="the next seed"),
        Binding("N,comma", "seed(-1)", "seed before", show=False, id="studio.seed_before"),
        Binding("s", "type_seed", "type a seed", show=False, id="studio.type_seed"),
        Binding("r", "random", "random", show=False, id="studio.random", tooltip="a random seed"),
        Binding("left_square_bracket", "psi(-0.1)", "less psi", group=_PSI, id="studio.less_psi"),
        Binding("right_square_bracket", "psi(0.1)", "more psi", group=_PSI, id="studio.more_psi"),
        Binding("c", "choose_class", "class", id="studio.class"),
        Binding("C", "next_class", "next class", show=False, id="studio.next_class"),
        Binding("a", "fill(0)", "A", group=_SLOTS, id="studio.fill_a", tooltip="put this point into slot A"),
        Binding("b", "fill(1)", "B", group=_SLOTS, id="studio.fill_b", tooltip="put this point into slot B"),
        Binding("A", "show_slot(0)", "go to A", show=False, id="studio.show_a"),
        Binding("B", "show_slot(1)", "go to B", show=False, id="studio.show_b"),
        Binding("i", "walk", "walk", id="studio.walk", tooltip="the way from A to B"),
        Binding("g", "grid", "grid", id="studio.grid", tooltip="a grid around the point"),
        Binding("u", "undo", "undo", show=False, id="studio.undo"),
        Binding("w", "save", "save", id="studio.save", tooltip="write the picture and the latent"),
        Binding("y", "copy_command", "copy", show=False, id="studio.copy", tooltip="copy the command that draws it"),
        Binding("m", "choose_model", "model", id="studio.model"),
        ENLARGED,
        Binding("e", "export", "export", id="studio.export", tooltip="export the newest run"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._busy = False
        self._able: tuple[object, ...] = ()

    def body(self) -> Iterable[Widget]:
        yield Easel()

    def runs_changed(self, runs: Runs) -> None:  # noqa: ARG002
        if self.snapshot.export is None:
            self.tell_empty()

    def tell_empty(self) -> None:
        self.watch_snapshot()

    def watch_snapshot(self) -> None:
        self.query_one(Easel).show(self.snapshot, self._album, self.empty())
        self._draw_missing()
        seen = self.snapshot
        run = self._run.id if self._run and not self._exporting else ""
        able = (seen.export or run, seen.choice and seen.choice.kind, None in seen.slots)  # what the footer goes by
        if able != self._able:
            self._able = able
            self.refresh_bindings()

    # what is drawn

    def _draw_missing(self) -> None:
        """Begins to draw what is shown and was not drawn yet, unless a call is out: its end comes back here."""
        if self._busy or self._model is None:
            return
        missing = [point for point in dict.fromkeys(self.snapshot.wanted) if point not in self._album]
        if missing:
            self._busy = True
            alone = missing[0] == self.snapshot.current
            self._draw(self._model, missing[: 1 if alone else CHUNK])

    @work(thread=True, group="pictures")
    def _draw(self, model: OnnxModel, points: list[Point]) -> None:
        begin, error = time.perf_counter(), ""
        drawn: list[Pixels | None]
        try:
            drawn = list(pictures(model, points))
        except Exception as failed:
            drawn, error = [None] * len(points), said(failed)
        self._tell(self._drawn, model, points, drawn, 1000 * (time.perf_counter() - begin) / len(points), error)

    def _drawn(self, model: OnnxModel, points: list[Point], drawn: list[Pixels | None], ms: float, error: str) -> None:
        self._busy = False
        if model is not self._model:  # another was opened meanwhile
            self._draw_missing()
            return
        for point, picture in zip(points, drawn, strict=True):
            self._album.put(point, picture)
        seen = self.snapshot
        self.snapshot = replace(seen, answers=seen.answers + 1, ms=ms, error=error)

    # what is done

    def offers(self, action: str) -> bool:
        seen = self.snapshot
        match action:
            case "export":
                return seen.export is None and not self._exporting and self._run is not None
        if action not in _OF_POINT:
            return True
        if seen.export is None:
            return False
        match action:
            case "take" | "back":
                return seen.choice is not None
            case "grid" | "pair":
                return seen.choice is None or seen.choice.kind == "grid"
            case "seed" | "type_seed" | "random":
                return seen.choice is None
            case "psi":
                return seen.choice is None and seen.export.manifest.has_psi
            case "choose_class" | "next_class":
                return seen.choice is None and bool(seen.export.manifest.classes)
            case "walk":
                return None not in seen.slots and seen.choice is None
            case "show_slot":
                return seen.choice is None and seen.slots != (None, None)
            case "undo":
                return bool(seen.past) and seen.choice is None
        return True

    def _go(self, point: Point) -> None:
        self.snapshot = self.snapshot.gone_to(point)

    def action_move(self, x: int, y: int) -> None:
        """A step in latent space, or to another picture of those to choose from."""
        seen = self.snapshot
        if seen.choice is not None:
            self.snapshot = replace(seen, choice=seen.choice.stepped(x, y))
        elif seen.point is not None:
            self._go(step_point(seen.point, seen.pair, 0 if x else 1, x or y))

    def action_pair(self, step: int) -> None:
        seen = replace(self.snapshot, pair=max(1, self.snapshot.pair + step))
        self.snapshot = seen.gridded(self._side) if seen.choice else seen

    def action_take(self) -> None:
        if self.snapshot.current is not None:
            chosen = self.snapshot.current
            self.snapshot = replace(self.snapshot, choice=None).gone_to(chosen)

    def action_back(self) -> None:
        self.snapshot = replace(self.snapshot, choice=None)

    def action_undo(self) -> None:
        self.snapshot = self.snapshot.undone()

    def action_walk(self) -> None:
        self.snapshot = self.snapshot.walking()

    def action_grid(self) -> None:
        seen = self.snapshot
        self.snapshot = replace(seen, choice=None) if seen.choice else seen.gridded(self._side)

    @property
    def _side(self) -> int:
        return self.query_one(Easel).side

    def action_fill(self, slot: int) -> None:
        self.snapshot = self.snapshot.at(self.snapshot.current, slot)

    def action_show_slot(self, slot: int) -> None:
        if point := self.snapshot.slots[slot]:
            self._go(point)

    def _to_seed(self, seed: int) -> None:
        point = self.snapshot.point
        if point is not None:
            self._go(at_seed(seed % (LARGEST_SEED + 1), len(point.base), point.label, point.psi))

    def action_seed(self, step: int) -> None:
        if self.snapshot.point is not None:
            self._to_seed(self.snapshot.point.seed + step)

    def action_random(self) -> None:
        self._to_seed(random.randrange(1_000_000))

    def action_type_seed(self) -> None:
        def typed(text: str | None) -> None:
            if text is None:
                return
            try:
                self._to_seed(exploration.seed_of(text))
            except UsageError as error:
                self.notify(error.message, severity="error", markup=False)

        self.app.push_screen(Prompt("Which seed?", placeholder="0 to 4294967295"), typed)

    def action_psi(self, change: float) -> None:
        if self.snapshot.point is not None:
            self._go(with_psi(self.snapshot.point, change))

    def action_choose_class(self) -> None:
        export = self.snapshot.export
        if export is not None:
            names = [(str(index), name) for index, name in enumerate(export.manifest.classes)]
            self.app.push_screen(
                Choose("Which class?", names), lambda key: self._to_class(None if key is None else int(key))
            )

    def action_next_class(self) -> None:
        seen = self.snapshot
        if seen.export is not None and seen.point is not None:
            self._to_class(((seen.point.label or 0) + 1) % len(seen.export.manifest.classes))

    def _to_class(self, label: int | None) -> None:
        if self.snapshot.point is not None and label is not None:
            self._go(replace(self.snapshot.point, label=label))

    # what is kept

    def action_save(self) -> None:
        if self._model is not None and self.snapshot.current is not None:
            self._save(self._model, self.snapshot.current, copied=False)

    def action_copy_command(self) -> None:
        """By its seed where that tells the point; else the latent is saved first, and the command reads it."""
        seen, point = self.snapshot, self.snapshot.current
        if self._model is None or seen.export is None or point is None:
            return
        if point.plain:
            self.copy(commands.line(exploration.command(seen.export, point)), "command")
        elif self.studio.readonly:
            self.notify("no seed draws this point, and --readonly saves none", severity="warning")
        else:
            self._save(self._model, point, copied=True)

    @work(thread=True, group="saving")
    def _save(self, model: OnnxModel, point: Point, copied: bool) -> None:
        from ganstudio.inference.latent_files import save_point

        try:
            png, npz = save_point(self.workspace.root / FOLDER, model, point)
        except StudioError as error:
            self._tell(self._failed, error)
            return
        self._tell(self._saved, str(png), str(npz), copied)

    def _saved(self, png: str, npz: str, copied: bool) -> None:
        if copied:
            self.copy(commands.line(["sample", "--latent", npz]), "command")
        else:
            self.notify(f"{png}\nand its latent beside it", title="saved", markup=False)
