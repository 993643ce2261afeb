from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from ganstudio.inference.explore import at_seed, step_point
from ganstudio.tui.widgets.mosaic import Mosaic
from ganstudio.workspace import Workspace
from tests.tui.driving import screen_text, settled, until
from tests.tui.studio.studio_pilot import Studio, all_drawn, drive, keys, stage


def test_keys_that_are_held_do_not_line_up(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        before = page.snapshot.answers
        for _ in range(40):
            page.action_move(1, 0)  # as if no time went by between them
        await until(pilot, lambda: all_drawn(page))
        assert page.snapshot.point == step_point(at_seed(0, 100, 0), 1, 0, 40)
        assert page.snapshot.answers - before <= 2
        assert stage(page).pixels is page._cache.get(page.snapshot.point)

    drive(case, exported())


def test_a_key_paints_nothing_but_what_it_changes(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "a", "b", "right")
        slots = [page.query_one(f"#slot{number}", Mosaic) for number in (0, 1)]
        strips = [slot._strips for slot in slots]
        await keys(pilot, page, "right", "n")
        assert [slot._strips for slot in slots] == strips
        assert all(now is before for now, before in zip([slot._strips for slot in slots], strips, strict=True))

    drive(case, exported())


def test_a_clip_s_frames_are_all_shown(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        assert len(stage(page)._sheet.tiles) == 16
        await keys(pilot, page, "right", "a", "g", "escape", "w")

    drive(case, exported("clips"))


@pytest.mark.parametrize(("size", "theme"), [((20, 5), "dark"), ((1, 1), "light"), ((200, 60), "light")])
def test_no_size_is_too_small(exported: Callable[..., Workspace], size: tuple[int, int], theme: str) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "right", "a", "n", "b", "i", "right", "escape", "g", "right", "enter")
        await pilot.resize_terminal(60, 15)
        await settled(pilot)

    drive(case, exported(), size=size, theme=theme)


def test_a_terminal_of_few_colours_is_told_so(
    exported: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def case(opened: Studio) -> None:
        app, _, _ = opened
        assert "Pictures need 256 colours" in screen_text(app)

    drive(case, exported())


def test_studio_imports_no_torch(exported: Callable[..., Workspace]) -> None:
    workspace = exported()
    program = (
        "import sys, ganstudio.tui.studio.page; from pathlib import Path;"
        "assert 'numpy' not in sys.modules and 'onnxruntime' not in sys.modules;"
        "from ganstudio.inference.explore import at_seed;"
        "from ganstudio.inference.latent.saved_points import save_point;"
        "from ganstudio.inference.latent.point_model import PointModel;"
        "save_point(Path(sys.argv[1]), PointModel.open(sys.argv[2]), at_seed(1, 100, 0));"
        "print([name for name in ('torch', 'onnx', 'ganstudio.engine', 'ganstudio.cli') if name in sys.modules])"
    )
    given = [str(workspace.root / "pictures"), str(workspace.exports / "pets.onnx")]
    done = subprocess.run([sys.executable, "-c", program, *given], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
