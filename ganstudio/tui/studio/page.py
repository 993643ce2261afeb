"""Screen 5: explores the latent space of a model by the arrow keys. Each key makes a new Exploration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.binding import Binding
from textual.widget import Widget

from ganstudio.inference.explore import step_point
from ganstudio.tui.studio.point_page import PointPage
from ganstudio.tui.studio.view import StudioView
from ganstudio.tui.widgets.picture import ENLARGED

_MOVE = Binding.Group("move", compact=True)
_SLOTS = Binding.Group("slots", compact=True)
_PSI = Binding.Group("psi", compact=True)
_CODES = Binding.Group("codes", compact=True)
_POINT_ACTIONS = frozenset(
    {
        *("move", "take", "back", "pair", "seed", "type_seed", "random", "psi", "choose_class", "next_class"),
        *("choose_code", "next_code", "step_code"),
        *("fill", "show_slot", "walk", "grid", "undo", "save", "copy_command"),
    }
)


class StudioPage(PointPage):
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
        Binding("d", "choose_code", "code", group=_CODES, id="studio.code", tooltip="choose a code, and its value"),
        Binding(
            "minus",
            "step_code(-1)",
            "less of it",
            group=_CODES,
            id="studio.less_code",
            tooltip="the code's value before",
        ),
        Binding(
            "plus,equals_sign",
            "step_code(1)",
            "more of it",
            group=_CODES,
            id="studio.more_code",
            tooltip="the code's next value",
        ),
        Binding("D", "next_code", "next code", show=False, id="studio.next_code", tooltip="step the next code"),
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

    def body(self) -> Iterable[Widget]:
        yield StudioView()

    def watch_snapshot(self) -> None:
        self.query_one(StudioView).show(self.snapshot, self._cache, self.empty_text())
        self.draw_missing()
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
            case "choose_code" | "next_code" | "step_code":
                return state.choice is None and bool(state.codes)
            case "walk":
                return None not in state.slots and state.choice is None
            case "show_slot":
                return state.choice is None and state.slots != (None, None)
            case "undo":
                return bool(state.past) and state.choice is None
        return True

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
