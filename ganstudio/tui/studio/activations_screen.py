"""The maps of one layer of a generator as tiles, with how they are distributed; keys go to other layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, Static
from textual.worker import get_current_worker

from ganstudio.errors import StudioError
from ganstudio.tui import keys
from ganstudio.tui.error_text import error_text
from ganstudio.tui.widgets.mosaic import Mosaic, Sheet
from ganstudio.tui.widgets.sparkline import sparkline

if TYPE_CHECKING:
    from ganstudio.inference.latent.activations import Maps

SIDES = (16, 12, 8)  # pixels of a tile
READING = "reading the layers ..."


class ActivationsScreen(ModalScreen[None]):
    """Shows the layer that `maps` returns for a place: its maps, place, and how many layers there are.

    It is called in a thread, and may raise.
    """

    BINDINGS = [  # noqa: RUF012
        Binding("down,j", "layer(1)", "next layer", id="activations.next"),
        Binding("up,k", "layer(-1)", "layer before", id="activations.before"),
        Binding("right,l", "map(1)", "next map", id="activations.next_map"),
        Binding("left,h", "map(-1)", "map before", id="activations.map_before"),
        Binding("escape,enter", "back", "back", id="activations.back"),
        Binding("q", "app.quit", "quit", show=False, id="quit"),
    ]

    def __init__(self, maps: Callable[[int], tuple[Maps, int, int]]) -> None:
        super().__init__()
        self._read = maps
        self._maps: Maps | None = None
        self._layer, self._count, self._map = 0, 0, 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="box look"):
            yield Label(Content("Activations"), classes="question")
            yield Mosaic(READING, id="maps")
            yield Static(id="map-facts")
            yield Static(
                keys.key_hints(
                    self,
                    ("↑↓", "layer"),
                    ("←→", "map"),
                    ("activations.back", "back"),
                ),
                classes="keys",
            )

    def on_mount(self) -> None:
        self._load(0)

    @work(thread=True, exclusive=True, group="maps")
    def _load(self, place: int) -> None:
        try:
            shown = self._read(place)
        except Exception as failed:
            self._call(self._show_error, failed.message if isinstance(failed, StudioError) else error_text(failed))
        else:
            self._call(self._show_maps, *shown)

    def _call(self, call: Callable[..., None], *arguments: object) -> None:
        if self.app.is_running and not get_current_worker().is_cancelled:
            self.app.call_from_thread(call, *arguments)

    def _show_error(self, text: str) -> None:
        self.query_one("#maps", Mosaic).show_text(text)

    def _show_maps(self, maps: Maps, place: int, count: int) -> None:
        self._maps, self._layer, self._count = maps, place, count
        self._map = min(self._map, maps.layer.maps - 1)
        self._show_tiles()

    def _show_tiles(self) -> None:
        maps = self._maps
        if maps is None:
            return
        layer = maps.layer
        size = f"{layer.maps} maps of {layer.width} x {layer.height}"
        words = f"layer {self._layer + 1} of {self._count} · {layer.kind} · {size}"
        self.query_one(Label).update(Content.styled(words, "b"))
        tiles = tuple(maps.tiles())
        sides = tuple(side for side in SIDES if side <= max(SIDES[-1], layer.width))
        sheet = Sheet(tiles, self._map, sides=sides) if len(tiles) > 1 else Sheet(tiles)
        self.query_one("#maps", Mosaic).show_sheet(sheet, (self._layer, self._map))
        room = max(8, self.query_one("#map-facts", Static).size.width - 24)
        self.query_one("#map-facts", Static).update(facts(maps, self._map, room))

    def action_layer(self, step: int) -> None:
        if self._maps is not None:
            place = min(max(0, self._layer + step), self._count - 1)
            if place != self._layer:
                self._load(place)

    def action_map(self, step: int) -> None:
        if self._maps is not None:
            self._map = (self._map + step) % self._maps.layer.maps
            self._show_tiles()

    def action_back(self) -> None:
        self.dismiss(None)


def facts(maps: Maps, marked: int, width: int) -> Content:
    """Returns lines on a layer and on one of its maps: mean, deviation, and the power of each frequency."""
    import numpy as np

    from ganstudio.inference.latent.activations import radial_power

    flat = f" · {maps.flat} of them the same everywhere" if maps.flat else ""
    lines = [
        f"all maps   mean {maps.mean:+.3g} · deviation {maps.deviation:.3g}{flat}",
        f"map {marked:<6} mean {maps.means[marked]:+.3g} · deviation {maps.deviations[marked]:.3g}",
    ]
    for name, values in (("all maps", maps.values), (f"map {marked}", maps.values[marked : marked + 1])):
        power = radial_power(values)[1:]
        levels = np.log10(np.maximum(power, power.max() * 1e-6)) if power.max() > 0 else power
        shown = [level for level in levels.tolist() for _ in range(max(1, min(4, width // max(1, len(levels)))))]
        bars = sparkline(shown[:width], width)
        lines.append(f"{name:<10} power {bars} 1 to {len(power)} cycles")
    return Content("\n").join(Content(line) for line in lines)
