"""The training images that are nearest to a picture, beside it: whether it was copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, Static
from textual.worker import get_current_worker

from ganstudio.errors import StudioError
from ganstudio.streams import printable
from ganstudio.tui import keys
from ganstudio.tui.error_text import error_text
from ganstudio.tui.widgets.mosaic import Mosaic, Sheet

if TYPE_CHECKING:
    from ganstudio.inference.augmentation.training_images import Neighbour
    from ganstudio.tui.run.samples import Pixels

NEAREST = 8
READING = "reading the training images ..."
# neighbours, the data set's name and count, and two distances between real images: see TrainingImages
Found = tuple["list[Neighbour]", str, int, float, float]


class NearestScreen(ModalScreen[None]):
    """Shows what `find` returns for a picture. It is called in a thread, and may raise."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape,enter", "back", "back", id="nearest.back"),
        Binding("q", "app.quit", "quit", show=False, id="quit"),
    ]

    def __init__(self, picture: Pixels, find: Callable[[], Found]) -> None:
        super().__init__()
        self._picture, self._find = picture, find

    def compose(self) -> ComposeResult:
        with Vertical(classes="box look"):
            yield Label(Content("Did it copy? The nearest training images"), classes="question")
            with Horizontal():
                yield Mosaic(READING, id="neighbours")
                yield Static(id="distances")
            yield Static(keys.key_hints(self, ("nearest.back", "back")), classes="keys")

    def on_mount(self) -> None:
        self._load()

    @work(thread=True, exclusive=True, group="nearest")
    def _load(self) -> None:
        try:
            found = self._find()
        except Exception as failed:
            self._call(self._show_error, failed.message if isinstance(failed, StudioError) else error_text(failed))
        else:
            self._call(self._show, *found)

    def _call(self, call: Callable[..., None], *arguments: object) -> None:
        if self.app.is_running and not get_current_worker().is_cancelled:
            self.app.call_from_thread(call, *arguments)

    def _show_error(self, text: str) -> None:
        self.query_one("#neighbours", Mosaic).show_text(text)

    def _show(self, found: Sequence[Neighbour], name: str, count: int, nearer_than: float, half: float) -> None:
        tiles = (self._picture, *(resized(one.pixels, self._picture.shape) for one in found))
        self.query_one("#neighbours", Mosaic).show_sheet(Sheet(tiles, 0), ("nearest", *tiles))
        self.query_one("#distances", Static).update(distances(found, name, count, nearer_than, half))

    def action_back(self) -> None:
        self.dismiss(None)


def distances(found: Sequence[Neighbour], name: str, count: int, nearer_than: float, half: float) -> Content:
    """Returns how far each neighbour is, in grey levels, and how far real images are from each other."""
    lines = [Content(f"{printable(name)}, {count:,} images"), Content("")]
    for place, one in enumerate(found, 1):
        kind = f"  {printable(one.class_name)}" if one.class_name else ""
        style = "b $text-warning" if one.distance <= nearer_than else ""
        lines.append(
            Content.assemble(f"{place}  ", Content.styled(f"{one.distance:5.1f}", style), f"  row {one.row}{kind}")
        )
    lines += [
        Content(""),
        Content(f"1 % of the images have another within {nearer_than:.1f}, half within {half:.1f}."),
    ]
    if found and found[0].distance <= nearer_than:
        lines.append(Content.styled("Nearer than 99 % of them are to each other: look closely.", "$text-warning"))
    lines += [Content(""), Content.styled("Grey levels between thumbnails of 16 x 16 pixels.", "dim")]
    return Content("\n").join(lines)


def resized(pixels: Pixels, shape: Sequence[int]) -> Pixels:
    """Returns a training image [H, W, C] in the size of a picture and with as many channels."""
    import numpy as np
    from PIL import Image

    from ganstudio.half_blocks import over_checkerboard

    if pixels.shape[:2] != tuple(shape[:2]):
        image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
        made = np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BOX))
        pixels = made.reshape(shape[0], shape[1], -1)
    if pixels.shape[2] == shape[2]:
        return pixels
    seen = over_checkerboard(pixels)
    return seen.repeat(3, axis=2) if seen.shape[2] == 1 else seen
