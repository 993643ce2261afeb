"""The line at the bottom of a screen: its keys, which a click presses too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer

_KEY, _WORDS = "b $footer-key-foreground", "$footer-description-foreground"


class _Part(NamedTuple):
    """Some of the line's text, and the key that a click on it presses where there is one."""

    text: str
    style: str
    key: str | None = None
    enabled: bool = True
    tooltip: str = ""


_SPACE = _Part(" ", "")


class KeyBar(Footer):
    """Textual's Footer as one widget for all keys: it makes and styles one a key, anew whenever one may have changed.

    That took more than half of what a key press costs. Keys that have no room are reached by the mouse wheel.
    """

    def compose(self) -> ComposeResult:
        yield _Keys()

    def bindings_changed(self, screen: Screen[object]) -> None:
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self.call_after_refresh(self.query_one(_Keys).read)


class _Keys(Widget):
    """The keys of the screen, one after the other; those that do not work now are dim."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "_Keys { width: auto; height: 1; text-wrap: nowrap; pointer: pointer; }"

    parts: reactive[tuple[_Part, ...]] = reactive((), layout=True)
    under_mouse: reactive[_Part | None] = reactive(None)

    def read(self) -> None:
        """Shows the keys as they are now: of several for one action, the first."""
        shown: dict[str, ActiveBinding] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.show:
                shown.setdefault(active.binding.action, active)
        self.parts = tuple(self._parts(shown.values()))

    def _parts(self, shown: Iterable[ActiveBinding]) -> Iterator[_Part]:
        """Yields each key with what it does; the keys of a group close together, and then what they do."""
        for group, members in groupby(shown, lambda active: active.binding.group):
            keys = list(members)
            alone = group is None or len(keys) == 1
            if not alone:
                yield _SPACE
            for _, binding, enabled, tooltip in keys:
                label, words = self.app.get_key_display(binding), binding.description
                if alone:
                    yield _Part(f" {label} ", _KEY, binding.key, enabled, tooltip)
                    yield _Part(f"{words} ", _WORDS, binding.key, enabled, tooltip)
                else:
                    yield _Part(label, _KEY, binding.key, enabled, tooltip or words)
            if group is not None and not alone:
                yield from (_SPACE, _Part(group.description, _WORDS), _SPACE)

    def render(self) -> Content:
        return Content.assemble(*((part.text, self._style(part)) for part in self.parts))

    def _style(self, part: _Part) -> str:
        style = part.style if part.enabled else f"{part.style} dim"
        here = self.under_mouse is not None and part.key == self.under_mouse.key  # both parts of a key
        return f"{style} on $block-hover-background" if here else style

    def _at(self, column: int) -> _Part | None:
        for part in self.parts:
            column -= Content(part.text).cell_length
            if column < 0:
                return part if part.key else None
        return None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        pressed = self._at(event.x)
        if pressed is not None and pressed.key is not None:
            self.app.simulate_key(pressed.key) if pressed.enabled else self.app.bell()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.under_mouse = self._at(event.x)

    def on_leave(self) -> None:
        self.under_mouse = None

    def watch_under_mouse(self, part: _Part | None) -> None:
        self.tooltip = part.tooltip if part else None
