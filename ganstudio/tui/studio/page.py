"""Screen 5: explores the latent space of a model by the arrow keys.

Each key makes a new Exploration. Its points that have no picture yet are drawn in a thread, one call at a time; after
each call the newest state is looked at again, so a key that is held fills no queue: only the newest point is drawn.
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

from ganstudio.errors import StudioError
from ganstudio.inference.explore import Point, at_seed, pictures, step_point, with_psi
from ganstudio.inference.latents import LARGEST_SEED
from ganstudio.tui import commands
from ganstudio.tui.dialogs.form import Field, Form, Values
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.error_text import error_text
from ganstudio.tui.snapshots import RunsSnapshot
from ganstudio.tui.studio import exploration
from ganstudio.tui.studio.model_page import ModelPage
from ganstudio.tui.studio.view import StudioView
from ganstudio.tui.widgets.picture import ENLARGED

if TYPE_CHECKING:
    from ganstudio.inference.model import OnnxModel
    from ganstudio.tui.run.samples import Pixels

CHUNK = 8  # pictures of a grid or a walk in one call; between two calls newer keys take effect
FOLDER = "pictures"  # of the workspace
_MOVE = Binding.Group("move", compact=True)
_SLOTS = Binding.Group("slots", compact=True)
_PSI = Binding.Group("psi", compact=True)
_POINT_ACTIONS = frozenset(
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
        self._footer_state: tuple[object, ...] = ()

    def body(self) -> Iterable[Widget]:
        yield StudioView()

    def runs_changed(self, runs: RunsSnapshot) -> None:  # noqa: ARG002
        if self.snapshot.export is None:
            self.show_empty()

    def show_empty(self) -> None:
        self.watch_snapshot()

    def watch_snapshot(self) -> None:
        self.query_one(StudioView).show(self.snapshot, self._cache, self.empty_text())
        self._draw_missing()
        state = self.snapshot
        run = self._run.id if self._run and not self._exporting else ""
        footer_state = (
            state.export or run,
            state.choice and state.choice.kind,
            None in state.slots,
        )  # what the footer goes by
        if footer_state != self._footer_state:
            self._footer_state = footer_state
            self.refresh_bindings()

    # what is drawn

    def _draw_missing(self) -> None:
        """Begins to draw the shown points without a picture, unless a call is running: its end calls this again."""
        if self._busy or self._model is None:
            return
        missing = [point for point in dict.fromkeys(self.snapshot.shown_points) if point not in self._cache]
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
            drawn, error = [None] * len(points), error_text(failed)
        self._call_on_screen(
            self._set_pictures, model, points, drawn, 1000 * (time.perf_counter() - begin) / len(points), error
        )

    def _set_pictures(
        self, model: OnnxModel, points: list[Point], drawn: list[Pixels | None], ms: float, error: str
    ) -> None:
        self._busy = False
        if model is not self._model:  # another was opened meanwhile
            self._draw_missing()
            return
        for point, picture in zip(points, drawn, strict=True):
            self._cache.put(point, picture)
        state = self.snapshot
        self.snapshot = replace(state, answers=state.answers + 1, ms=ms, error=error)

    # what is done

    def offers(self, action: str) -> bool:
        state = self.snapshot
        match action:
            case "export":
                return state.export is None and not self._exporting and self._run is not None
        if action not in _POINT_ACTIONS:
            return True
        if state.export is None:
            return False
        match action:
            case "take" | "back":
                return state.choice is not None
            case "grid" | "pair":
                return state.choice is None or state.choice.kind == "grid"
            case "seed" | "type_seed" | "random":
                return state.choice is None
            case "psi":
                return state.choice is None and state.export.manifest.has_psi
            case "choose_class" | "next_class":
                return state.choice is None and bool(state.export.manifest.classes)
            case "walk":
                return None not in state.slots and state.choice is None
            case "show_slot":
                return state.choice is None and state.slots != (None, None)
            case "undo":
                return bool(state.past) and state.choice is None
        return True

    def _go(self, point: Point) -> None:
        self.snapshot = self.snapshot.with_point(point)

    def action_move(self, x: int, y: int) -> None:
        """Makes a step in latent space, or to another one of the pictures to choose from."""
        state = self.snapshot
        if state.choice is not None:
            self.snapshot = replace(state, choice=state.choice.stepped(x, y))
        elif state.point is not None:
            self._go(step_point(state.point, state.pair, 0 if x else 1, x or y))

    def action_pair(self, step: int) -> None:
        state = replace(self.snapshot, pair=max(1, self.snapshot.pair + step))
        self.snapshot = state.with_grid(self._side) if state.choice else state

    def action_take(self) -> None:
        if self.snapshot.current is not None:
            chosen = self.snapshot.current
            self.snapshot = replace(self.snapshot, choice=None).with_point(chosen)

    def action_back(self) -> None:
        self.snapshot = replace(self.snapshot, choice=None)

    def action_undo(self) -> None:
        self.snapshot = self.snapshot.without_last()

    def action_walk(self) -> None:
        self.snapshot = self.snapshot.with_walk()

    def action_grid(self) -> None:
        state = self.snapshot
        self.snapshot = replace(state, choice=None) if state.choice else state.with_grid(self._side)

    @property
    def _side(self) -> int:
        return self.query_one(StudioView).side

    def action_fill(self, slot: int) -> None:
        self.snapshot = self.snapshot.with_slot(self.snapshot.current, slot)

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
        def seed(values: Values) -> int:
            return exploration.seed_of(values["seed"])

        def on_values(values: Values | None) -> None:
            if values is not None:
                self._to_seed(seed(values))

        fields = [Field("seed", "", hint="0 to 4294967295")]
        self.app.push_screen(Form("Which seed?", fields, seed, "go on"), on_values)

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
        state = self.snapshot
        if state.export is not None and state.point is not None:
            self._to_class(((state.point.label or 0) + 1) % len(state.export.manifest.classes))

    def _to_class(self, label: int | None) -> None:
        if self.snapshot.point is not None and label is not None:
            self._go(replace(self.snapshot.point, label=label))

    # what is kept

    def action_save(self) -> None:
        if self._model is not None and self.snapshot.current is not None:
            self._save(self._model, self.snapshot.current, copied=False)

    def action_copy_command(self) -> None:
        """Copies a command with the seed where that gives the point; else saves the latent, for a command with it."""
        state, point = self.snapshot, self.snapshot.current
        if self._model is None or state.export is None or point is None:
            return
        if point.plain:
            self.copy(commands.command_line(exploration.command(state.export, point)), "command")
        elif self.dashboard.readonly:
            self.notify("no seed draws this point, and --readonly saves none", severity="warning")
        else:
            self._save(self._model, point, copied=True)

    @work(thread=True, group="saving")
    def _save(self, model: OnnxModel, point: Point, copied: bool) -> None:
        from ganstudio.inference.latent_files import save_point

        try:
            png, npz = save_point(self.workspace.root / FOLDER, model, point)
        except StudioError as error:
            self._call_on_screen(self._show_error, error)
            return
        self._call_on_screen(self._on_saved, str(png), str(npz), copied)

    def _on_saved(self, png: str, npz: str, copied: bool) -> None:
        if copied:
            self.copy(commands.command_line(["sample", "--latent", npz]), "command")
        else:
            self.notify(f"{png}\nand its latent beside it", title="saved", markup=False)
