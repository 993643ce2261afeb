"""The state of Studio's page for pictures: the picture, what is asked of the model, how both are looked at. Frozen:
methods return a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ganstudio.inference.exports import Export
from ganstudio.workspace import expand_path

if TYPE_CHECKING:
    from pathlib import Path

    from ganstudio.inference.images.answer import Ask, Hole, Paint
    from ganstudio.inference.images.subject import Subject
    from ganstudio.inference.images.work import Made

View = Literal["wipe", "beside", "hole", "mix"]
Size = tuple[int, int]  # height, width

STEPS = 20  # places of the wipe line
FULL = 10  # strength, in tenths
_FINEST = 16  # pixels of the answer that are seen at the largest zoom
_PARTS = 16  # steps of a hole along a side


@dataclass(frozen=True)
class Wipe:
    """Where the line between a picture and the answer is: `upright` at column `place` of STEPS, else at such a row."""

    upright: bool = True
    place: int = STEPS // 2

    def moved(self, x: int, y: int) -> Wipe:
        """Returns the line moved; one that is moved across its own way is turned first, and begins in the middle."""
        upright = x != 0
        if upright != self.upright:
            return Wipe(upright)
        return replace(self, place=min(max(0, self.place + (x if upright else -y)), STEPS))


@dataclass(frozen=True)
class Camera:
    """The part that is seen: a `zoom`-th of each side, around (`y`, `x`), which are shares of the sides."""

    zoom: int = 1
    y: float = 0.5
    x: float = 0.5

    def box(self, size: Size) -> tuple[int, int, int, int]:
        """Returns (top, left, height, width) of what is seen of a picture of `size`, in pixels."""
        (height, width), high, wide = size, max(1, size[0] // self.zoom), max(1, size[1] // self.zoom)
        top = min(max(0, round(self.y * height - high / 2)), height - high)
        left = min(max(0, round(self.x * width - wide / 2)), width - wide)
        return top, left, high, wide

    def zoomed(self, closer: bool, size: Size) -> Camera:
        if not closer:
            return replace(self, zoom=max(1, self.zoom // 2))
        return replace(self, zoom=self.zoom * 2) if min(size) // (self.zoom * 2) >= _FINEST else self

    def panned(self, x: int, y: int) -> Camera:
        """Returns the camera a quarter of what is seen further, within the picture."""
        edge = 0.5 / self.zoom

        def place(at: float, step: int) -> float:
            return min(max(edge, at + step * edge / 2), 1 - edge)

        return replace(self, x=place(self.x, x), y=place(self.y, -y))


@dataclass(frozen=True, eq=False)
class Retouch:
    """`export` is None where no model is open, and `text` says why. `made` is what was made of `made_of`, which may be
    an earlier question than the present one. `styles` are two slots, as `--style` names them, "" where one is empty;
    `blend` is how much of the second, in tenths. `error` is why there is no answer, `stopped` what the person stopped,
    `progress` counts tiles of the answer under way.
    """

    export: Export | None = None
    provider: str = ""
    subject: Subject | None = None
    label: int | None = None
    hole: Hole | None = None
    strength: int = FULL
    styles: tuple[str, str] = ("", "")
    blend: int = 0
    keep_colour: bool = False
    view: View = "wipe"
    wipe: Wipe = Wipe()
    camera: Camera = Camera()
    made: Made | None = None
    made_of: Ask | None = None
    stopped: Ask | None = None
    progress: tuple[int, int] | None = None
    ms: float | None = None
    answers: int = 0
    error: str = ""
    note: str = ""
    text: str = ""

    @property
    def ask(self) -> Ask | None:
        """What the model is asked; None without a picture, and of a model that paints without a style."""
        from ganstudio.inference.images.answer import Ask

        if self.subject is None or (self.paints and self._paint is None):
            return None
        return Ask(self.subject, self.label, self.hole, self._paint)

    @property
    def _paint(self) -> Paint | None:
        """How the picture is to be painted; None of other models, and without a style."""
        from ganstudio.inference.images.answer import Paint

        weights = (FULL - self.blend, self.blend) if all(self.styles) else (FULL, FULL)
        mixed = tuple((name, weight) for name, weight in zip(self.styles, weights, strict=True) if name and weight)
        return Paint(mixed, self.strength, self.keep_colour) if self.paints and mixed else None

    @property
    def shown_strength(self) -> int:
        """How much of the answer shows over the picture, in tenths; what is painted has its strength already."""
        return FULL if self.paints else self.strength

    @property
    def current(self) -> Made | None:
        """The answer to the present question; None until there is one."""
        return self.made if self.made is not None and self.made_of == self.ask else None

    @property
    def waits(self) -> bool:
        """Whether the present question is to be answered still."""
        return self.ask is not None and self.current is None and self.stopped != self.ask

    @property
    def fills(self) -> bool:
        return self.export is not None and any(spec.name == "mask" for spec in self.export.manifest.inputs)

    @property
    def paints(self) -> bool:
        return self.export is not None and any(spec.name == "strength" for spec in self.export.manifest.inputs)

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains to choose from; () of a model that has none."""
        if self.export is None or not any(spec.name == "labels" for spec in self.export.manifest.inputs):
            return ()
        return self.export.manifest.classes

    @property
    def views(self) -> tuple[View, ...]:
        first: tuple[View, ...] = ("hole",) if self.fills else ("mix",) if self.paints else ()
        return (*first, "wipe", "beside")

    def with_subject(self, subject: Subject) -> Retouch:
        """Returns the state with another picture; of a model that fills holes with a hole in its middle, or its own."""
        hole = first_hole(subject) if self.fills else None
        return replace(self, subject=subject, hole=hole, camera=Camera(), stopped=None, error="")

    def with_domain(self, step: int) -> Retouch:
        return replace(self, label=((self.label or 0) + step) % max(1, len(self.domains)))

    def with_strength(self, step: int) -> Retouch:
        return replace(self, strength=min(max(0, self.strength + step), FULL))

    def with_blend(self, step: int) -> Retouch:
        return replace(self, blend=min(max(0, self.blend + step), FULL)) if all(self.styles) else self

    def with_style(self, slot: int, text: str) -> Retouch:
        """Returns the state with a style in a slot. Of a second one that comes in, half is mixed in."""
        styles = (text, self.styles[1]) if slot == 0 else (self.styles[0], text)
        blend = FULL // 2 if slot == 1 and self.blend == 0 and text else self.blend
        return replace(self, styles=styles, blend=blend if all(styles) else 0, stopped=None, error="")

    def next_view(self) -> Retouch:
        return replace(self, view=self.views[(self.views.index(self.view) + 1) % len(self.views)])


def with_saved(state: Retouch, saved: tuple[str, ...]) -> Retouch:
    """Returns the state of a model with these saved styles: slots of others are emptied, and the first is filled."""
    first, second = (text if text in saved or "/" in text else "" for text in state.styles)
    first = first or (saved[0] if saved and state.paints else "")
    return replace(state, styles=(first, second), blend=state.blend if first and second else 0)


def has_holes(subject: Subject) -> bool:
    """Returns whether some of a picture is transparent, and some is not."""
    alpha = subject.picture.alpha
    return alpha is not None and bool((alpha < 255).any()) and not bool((alpha < 255).all())


def first_hole(subject: Subject) -> Hole:
    """Returns the hole that a picture begins with: what of it is transparent, else a box in its middle."""
    from ganstudio.inference.images.answer import Alpha

    return Alpha() if has_holes(subject) else middle_box(subject.picture.size)


def middle_box(size: Size) -> Hole:
    from ganstudio.inference.images.answer import Box

    high, wide = (max(1, side // 4) for side in size)
    return Box((size[0] - high) // 2, (size[1] - wide) // 2, high, wide)


def moved_box(hole: Hole, size: Size, x: int, y: int) -> Hole:
    """Returns a box a sixteenth of the picture further, within it; what is transparent stays."""
    from ganstudio.inference.images.answer import Box

    if not isinstance(hole, Box):
        return hole
    top = hole.top - y * max(1, size[0] // _PARTS)
    left = hole.left + x * max(1, size[1] // _PARTS)
    return hole._replace(top=min(max(0, top), size[0] - hole.height), left=min(max(0, left), size[1] - hole.width))


def resized_box(hole: Hole, size: Size, x: int, y: int) -> Hole:
    """Returns a box wider by a sixteenth of the picture, or higher; never all of the picture, from its corner on."""
    from ganstudio.inference.images.answer import Box

    if not isinstance(hole, Box):
        return hole
    height = min(max(1, hole.height - y * max(1, size[0] // _PARTS)), size[0] - hole.top)
    width = min(max(1, hole.width + x * max(1, size[1] // _PARTS)), size[1] - hole.left)
    return hole if (height, width) == size else hole._replace(height=height, width=width)


def pictures_beside(path: Path) -> tuple[list[Path], int]:
    """Returns the pictures of a folder, or of the one that a file lies in, and the place of that file among them."""
    from ganstudio.data.formats import suffixes

    path = expand_path(str(path))
    folder = path if path.is_dir() else path.parent
    known = suffixes()
    files = sorted(one for one in folder.iterdir() if one.is_file() and one.suffix.lower() in known)
    if path.is_dir():
        return files, 0
    if path not in files:
        files = sorted([*files, path])
    return files, files.index(path)
