"""Screen 5: explores the latent space of a model by the arrow keys. Each key makes a new Exploration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.binding import Binding
from textual.widget import Widget

from ganstudio.errors import StudioError
from ganstudio.tui.studio.look_page import LookPage
from ganstudio.tui.studio.sliders import sliders
from ganstudio.tui.studio.view import StudioView
from ganstudio.tui.widgets.picture import ENLARGED

_MOVE = Binding.Group("move", compact=True)
_SLOTS = Binding.Group("slots", compact=True)
_PSI = Binding.Group("psi", compact=True)
_SLIDERS = Binding.Group("sliders", compact=True)
_FILM = Binding.Group("film", compact=True)
_POINT_ACTIONS = frozenset(
    {
        *("move", "take", "back", "pair", "seed", "type_seed", "random", "psi", "choose_class", "next_class"),
        *("choose_slider", "next_slider", "step_slider", "reset_slider", "arrows", "put_on"),
        *("cutoff", "centres", "noise", "open_latent", "fade", "mix"),
        *("fill", "show_slot", "walk", "grid", "undo", "save", "copy_command"),
        *("keyframe", "drop_keyframe", "play", "speed", "film", "write_film", "activations", "nearest"),
    }
)


class StudioPage(LookPage):
    NAME = "studio"
    ABOUT = (
        "A point of the model's latent space, and ways to others. A step turns the latent by 0.1 radians; along a "
        "direction with a name it adds 0.2 to its strength.\n"
    )
    CHANGES = frozenset({"save", "export", "write_film"})
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
        Binding("d", "choose_slider", "slider", group=_SLIDERS, id="studio.slider", tooltip="choose a slider"),
        Binding("minus", "step_slider(-1)", "less", group=_SLIDERS, id="studio.less", tooltip="the chosen slider back"),
        Binding(
            "plus,equals_sign",
            "step_slider(1)",
            "more",
            group=_SLIDERS,
            id="studio.more",
            tooltip="the chosen slider on",
        ),
        Binding("D", "next_slider", "next slider", show=False, id="studio.next_slider"),
        Binding("0", "reset_slider", "slider to 0", show=False, id="studio.reset_slider"),
        Binding(
            "v",
            "arrows",
            "arrows",
            group=_SLIDERS,
            id="studio.arrows",
            tooltip="arrows along directions with names, or random ones",
        ),
        Binding("x", "put_on(0)", "on ←→", show=False, id="studio.put_on_x", tooltip="the chosen direction on ← →"),
        Binding("X", "put_on(1)", "on ↓↑", show=False, id="studio.put_on_y", tooltip="the chosen direction on ↓ ↑"),
        Binding("left_curly_bracket", "cutoff(-1)", "cutoff down", show=False, id="studio.less_cutoff"),
        Binding("right_curly_bracket", "cutoff(1)", "cutoff up", show=False, id="studio.more_cutoff"),
        Binding("left_parenthesis", "centres(-1)", "fewer centres", show=False, id="studio.fewer_centres"),
        Binding("right_parenthesis", "centres(1)", "more centres", show=False, id="studio.more_centres"),
        Binding("o", "noise(1)", "noise", show=False, id="studio.next_noise", tooltip="noise from the next seed"),
        Binding("O", "noise(-1)", "noise before", show=False, id="studio.noise_before"),
        Binding("f", "fade", "fade", show=False, id="studio.fade", tooltip="a slider towards another class"),
        Binding("M", "mix", "mix", show=False, id="studio.mix", tooltip="layers of a slot's latents"),
        Binding(
            "z",
            "open_latent",
            "open a file",
            show=False,
            id="studio.open_latent",
            tooltip="go to a saved latent, or a picture",
        ),
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
        Binding("t", "keyframe", "film", group=_FILM, id="studio.keyframe", tooltip="set a keyframe"),
        Binding("p", "play", "play", group=_FILM, id="studio.play", tooltip="play the film of all keyframes"),
        Binding("backspace", "drop_keyframe", "drop the last keyframe", show=False, id="studio.drop_keyframe"),
        Binding("less_than_sign", "speed(-1)", "slower", show=False, id="studio.slower"),
        Binding("greater_than_sign", "speed(1)", "faster", show=False, id="studio.faster"),
        Binding("P", "film", "film", show=False, id="studio.film", tooltip="times, loop, pace and easing of the film"),
        Binding(
            "W", "write_film", "write the film", show=False, id="studio.write_film", tooltip="write a file for animate"
        ),
        Binding("F", "activations", "maps", show=False, id="studio.activations", tooltip="the maps of a layer"),
        Binding("T", "nearest", "nearest", show=False, id="studio.nearest", tooltip="the nearest training images"),
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
            *(None in state.slots, bool(sliders(state)), bool(state.abilities.directions)),
            *(state.playing, min(2, len(state.film.points))),
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
        if state.playing:
            return action in ("play", "speed", "back")
        if state.choice is not None:
            return self._offers_of_choice(action, state.choice.kind)
        return self._offers_at_point(action)

    def _offers_of_choice(self, action: str, kind: str) -> bool:
        """Returns whether an action works while there are pictures to choose from."""
        if action in ("grid", "pair", "arrows"):
            return kind == "grid"
        return action in ("move", "take", "back", "fill", "save", "copy_command", "keyframe", "activations", "nearest")

    def _offers_at_point(self, action: str) -> bool:
        """Returns whether an action works at a point of the open model."""
        state, able = self.snapshot, self.snapshot.abilities
        assert state.export is not None
        manifest, film = state.export.manifest, state.film
        match action:
            case "take" | "back":
                return False
            case "psi":
                return manifest.has_psi or able.layers > 0
            case "cutoff" | "centres":
                return able.layers > 0
            case "noise":
                return able.noise
            case "choose_class" | "next_class":
                return bool(manifest.classes) and not (state.point and state.point.layers)
            case "fade":
                return len(manifest.classes) > 1 and able.layers > 0 and not (state.point and state.point.layers)
            case "choose_slider" | "next_slider" | "step_slider" | "reset_slider":
                return bool(sliders(state))
            case "arrows" | "put_on":
                return bool(able.directions)
            case "mix":
                return able.layers > 1 and state.slots != (None, None)
            case "walk":
                return None not in state.slots
            case "show_slot":
                return state.slots != (None, None)
            case "undo":
                return bool(state.past)
            case "drop_keyframe":
                return bool(film.points)
            case "play" | "speed" | "film" | "write_film":
                return len(film.points) > 1
        return True

    def action_move(self, x: int, y: int) -> None:
        """Makes a step in latent space, or to another one of the pictures to choose from."""
        state = self.snapshot
        if state.choice is not None:
            self.snapshot = replace(state, choice=state.choice.stepped(x, y))
        else:
            self.snapshot = state.moved(0 if x else 1, x or y)

    def action_pair(self, step: int) -> None:
        state = self.snapshot.with_next_pair(step)
        self.snapshot = state.with_grid(self._side) if state.choice else state

    def action_arrows(self) -> None:
        state = self.snapshot.with_arrows_switched()
        self.snapshot = state.with_grid(self._side) if state.choice else state

    def action_take(self) -> None:
        if self.snapshot.current is not None:
            chosen = self.snapshot.current
            self.snapshot = replace(self.snapshot, choice=None).with_point(chosen)

    def action_back(self) -> None:
        if self.snapshot.playing:
            self.end_playing()
        else:
            self.snapshot = replace(self.snapshot, choice=None)

    def action_undo(self) -> None:
        self.snapshot = self.snapshot.without_last()

    def action_walk(self) -> None:
        if self._model is None:
            return
        try:
            self.snapshot = self.snapshot.with_walk(self._model.settled)
        except StudioError as error:
            self._show_error(error)

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
