"""The report in Chromium, opened from a disk: the cursor, the scrubber, and a generator that draws as `sample` does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.inference.latents import latents, noise
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.sampling import choose_classes, sample
from ganstudio.report.page.made import NO_MODEL, Model, make_report
from ganstudio.runs.store import RunView
from ganstudio.workspace import Workspace
from tests.browser import Open
from tests.report.page.making import export_of, reported_run

pytestmark = pytest.mark.slow
CLASSES = ("zero", "</script><b>one", "it's two")


def opened_report(opened: Open, folder: Path, runs: list[RunView], models: dict[str, Model], **options: Any) -> Any:
    file = folder / "report.html"
    file.write_bytes(make_report(runs, models, 40).content)
    return opened(file.as_uri(), **options)


def drawn(page: Any, words: str) -> NDArray[np.uint8]:
    """The pixels of the generator's canvas [H, W, 4], once it says that it shows `words`."""
    page.locator("#generator .mat").scroll_into_view_if_needed()
    page.locator("#generator canvas").and_(page.locator(f'[data-drawn="{words}"]')).wait_for()
    script = """(canvas) => {
        const { width, height } = canvas;
        return [width, height, ...canvas.getContext("2d").getImageData(0, 0, width, height).data];
    }"""
    width, height, *levels = page.locator("#generator canvas").evaluate(script)
    return np.array(levels, np.uint8).reshape(height, width, 4)


def sampled(model: OnnxModel, seed: int, wanted: str | None, psi: float) -> NDArray[np.uint8]:
    """The levels of the one channel of a picture [H, W]."""
    (picture,) = sample(model, [seed], choose_classes(model.classes, [seed], wanted), psi=psi)
    return picture[:, :, 0]


def test_a_seed_draws_in_the_page_what_sample_draws(workspace: Workspace, opened: Open, tmp_path: Path) -> None:
    run = reported_run(workspace)
    export = export_of(run, workspace, classes=CLASSES, noise=True, psi=True)
    model = OnnxModel.open(export.path, "cpu")
    page = opened_report(opened, tmp_path, [run], {run.id: export})
    assert_near(drawn(page, "Seed 0, psi 1"), sampled(model, 0, None, 1.0))
    slider = page.get_by_label("Seed", exact=True)
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert_near(drawn(page, "Seed 5, psi 1"), sampled(model, 5, None, 1.0))
    page.get_by_label("Seed as a number").fill("4294967295")
    page.get_by_label("Class").select_option("2")
    page.get_by_label("Truncation psi").fill("0.5")
    assert_near(drawn(page, "Seed 4294967295, class it's two, psi 0.5"), sampled(model, 4294967295, "it's two", 0.5))
    command = page.locator("#generator code").text_content()
    assert command == """ganstudio sample --model digits --seed 4294967295 --class 'it'"'"'s two' --psi 0.5"""


def assert_near(page: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> None:
    """Grey with no transparency, and at most one level off: two builds of onnxruntime may round a float differently."""
    assert (page[:, :, 3] == 255).all()
    for channel in range(3):
        assert np.abs(page[:, :, channel].astype(int) - wanted).max() <= 1
    assert wanted.std() > 5


def test_the_pages_random_numbers_are_numpys(workspace: Workspace, opened: Open, tmp_path: Path) -> None:
    run = reported_run(workspace)
    page = opened_report(opened, tmp_path, [run], {run.id: NO_MODEL})
    for seed in (0, 1, 4294967295):
        numbers = page.evaluate(f"[...new RandomState({seed}).normals(1300)]")
        np.testing.assert_allclose(numbers, latents([seed], 1300)[0], rtol=1e-6)
    numbers = page.evaluate("[...new RandomState([7, 3]).normals(1300)]")
    np.testing.assert_allclose(numbers, noise([7], 2, (1300,))[0], rtol=1e-6)


def test_values_are_told_at_the_cursor_and_a_click_moves_the_samples(
    workspace: Workspace, opened: Open, tmp_path: Path
) -> None:
    runs = [reported_run(workspace), reported_run(workspace, "other")]
    page = opened_report(opened, tmp_path, runs, {run.id: NO_MODEL for run in runs})
    plot = page.get_by_role("slider", name="loss: cursor in kimg")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    at = {"x": 58 + (box["width"] - 70) / 3, "y": 80}  # a third of the axis, which ends at 3 kimg
    plot.hover(position=at)
    legend = page.get_by_role("group", name="Lines of loss")
    assert legend.get_by_role("button").all_text_contents() == ["digits d1.5", "other d1.5", "digits g2", "other g2"]
    assert plot.get_attribute("aria-valuetext").startswith("1.0 kimg: digits d 1.5")
    assert page.locator("#moment").evaluate("e => e.value") == "3"
    plot.click(position=at)
    assert page.locator("#moment").evaluate("e => e.value") == "1"
    page.keyboard.press("End")
    assert page.locator("#moment").evaluate("e => e.value") == "3"
    page.get_by_label("Smoothing").fill("0.5")
    assert legend.get_by_role("button").first.text_content() == "digits d0.867"


def test_the_scrubber_shows_the_samples_the_log_and_the_checkpoint_of_its_moment(
    workspace: Workspace, opened: Open, tmp_path: Path
) -> None:
    run = reported_run(workspace)
    page = opened_report(opened, tmp_path, [run], {run.id: NO_MODEL})
    slider = page.get_by_label("Moment of the training")
    slider.focus()
    last = page.get_by_role("img", name="Samples of digits at 3.0 kimg").get_attribute("src")
    page.keyboard.press("Home")
    first = page.get_by_role("img", name="Samples of digits at 0.0 kimg").get_attribute("src")
    assert first != last
    assert "no checkpoint is kept from before" in page.locator("#samples").text_content()
    assert page.locator("#samples pre").text_content() == "     0.0 kimg  wrote samples/0000000000.png"
    page.keyboard.press("End")
    assert "last checkpoint before: 2.0 kimg" in page.locator("#samples").text_content()
    assert page.get_by_role("slider", name="score: cursor in kimg").get_attribute("aria-valuenow") == "3.0"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_one_way_and_hostile_text_is_shown(
    workspace: Workspace, opened: Open, tmp_path: Path, scheme: str
) -> None:
    hostile = "<img src=x onerror=alert(1)></script><script>document.title='taken'</script>"
    run = reported_run(workspace, preset=hostile)
    size = {"width": 412, "height": 840}
    page = opened_report(opened, tmp_path, [run], {run.id: NO_MODEL}, viewport=size, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 412
    assert page.title() == "digits · ganstudio report"
    assert hostile in page.locator("#summary").text_content()
    assert re.fullmatch(r"(Light|Dark) colours", page.locator("#theme").get_attribute("aria-label"))
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
