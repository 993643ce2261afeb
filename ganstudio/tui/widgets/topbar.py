"""The line on top: the six screens, how busy the machine is, how many runs are live."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from ganstudio.tui.snapshots import MachineSnapshot
from ganstudio.units import format_bytes

SCREENS = {"runs": "Runs", "run": "Run", "new": "New run", "data": "Data", "studio": "Studio", "exports": "Exports"}


class TopBar(Static):
    """Shows the screens, `machine`, which is None until it was measured, and the number of `running` runs."""

    DEFAULT_CSS = "TopBar { dock: top; height: 1; background: $panel; color: $text; }"

    machine: reactive[MachineSnapshot | None] = reactive(None)
    running: reactive[int] = reactive(0)

    def __init__(self, here: str) -> None:
        super().__init__(id="topbar")
        self._screen_name = here

    def render(self) -> Content:
        width = self.size.width
        right = _machine_text(self.machine, self.running)
        for names in (list(SCREENS.values()), [""] * len(SCREENS)):
            tabs = [
                self._tab(number, key, name) for number, (key, name) in enumerate(zip(SCREENS, names, strict=True), 1)
            ]
            left = Content.assemble(" ", Content("  ").join(tabs))
            if left.cell_length + right.cell_length < width:
                break
        space = max(1, width - left.cell_length - right.cell_length - 1)
        return Content.assemble(left, " " * space, right)

    def _tab(self, number: int, key: str, name: str) -> Content:
        if key == self._screen_name:
            return Content.styled(f"{number} {SCREENS[key].upper()}", "b $text-accent")
        return Content.styled(f"{number} {name}".rstrip(), "$faint")


def _machine_text(machine: MachineSnapshot | None, running: int) -> Content:
    parts = []
    if machine is not None:
        heat = f" {machine.celsius:.0f}°C" if machine.celsius is not None else ""
        parts.append(f"cpu {machine.cpu:.0f}% {_memory(machine.used, machine.total)}{heat}")
        for number, gpu in enumerate(machine.gpus):
            heat = f" {gpu.celsius}°C" if gpu.celsius is not None else ""
            parts.append(f"gpu{number} {gpu.load}% {_memory(gpu.used, gpu.total)}{heat}")
        if machine.why_no_gpu:
            parts.append(machine.why_no_gpu)
    load = Content.styled(" · ".join(parts), "$faint")
    style = "b $text-success" if running else "$faint"
    return Content.assemble(load, "  ", Content.styled(f"● {running} running", style))


def _memory(used: int, total: int) -> str:
    unit = format_bytes(total).split()[1]
    scale = {"GB": 1e9, "TB": 1e12}.get(unit, 1e6)
    return f"{used / scale:.1f}/{total / scale:.0f}{unit[0]}"
