"""The page in Chromium, before the real server."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.serve.conftest import png
from tests.serve.page.conftest import TOKEN, Open

pytestmark = pytest.mark.slow


def caption(page: Any, text: str) -> None:
    page.locator("#explore-caption", has_text=re.compile(re.escape(text))).wait_for()


def drawn(page: Any) -> list[int]:
    """The pixels of the picture that is shown, as RGBA; the page may not read its own file, the CSP says."""
    script = """(image) => {
        const [width, height] = [image.naturalWidth, image.naturalHeight];
        const pen = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
        pen.drawImage(image, 0, 0);
        return [...pen.getImageData(0, 0, width, height).data];
    }"""
    return list(page.locator("#picture").evaluate(script))


def pixels(content: bytes) -> list[int]:
    return list(Image.open(io.BytesIO(content)).convert("RGBA").tobytes())


def asked(url: str, path: str, body: dict[str, Any]) -> bytes:
    answer = httpx.post(url + path, json=body, headers={"Accept": "image/png"})
    assert answer.status_code == 200, answer.text
    return answer.content


def wait_until(page: Any, expression: str) -> None:
    """Waits until JavaScript says so: the page's own policy forbids the polling that playwright has for it."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not after ten seconds: {expression}")


def choose(page: Any, label: str, value: float) -> None:
    """Moves a slider as a drag does: an event for each value on the way."""
    slider = page.get_by_label(label, exact=True)
    for part in (0.3, 0.6, 1):
        slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", value * part)


def test_what_is_shown_and_downloaded_are_the_server_s_own_bytes(url: str, opened: Open, tmp_path: Path) -> None:
    page = opened(f"{url}/#model=digits&seed=42&class=7")
    caption(page, "Seed 42, class 7")
    wanted = asked(url, "/v1/generate", {"model": "digits", "seed": 42, "class": "7"})
    assert drawn(page) == pixels(wanted)
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "digits-seed42.png"
    assert Path(download.value.path()).read_bytes() == wanted


def test_a_slider_ends_at_the_picture_of_its_last_value_and_its_reach_is_the_proof_s(url: str, opened: Open) -> None:
    page = opened(f"{url}/#model=styled&seed=5")
    slider = page.get_by_label("thickness", exact=True)
    assert (slider.get_attribute("min"), slider.get_attribute("max")) == ("-2", "3")
    choose(page, "thickness", 2.5)
    caption(page, "Seed 5, thickness 2.50")
    wanted = asked(url, "/v1/edit", {"model": "styled", "seed": 5, "directions": {"thickness": 2.5}})
    assert drawn(page) == pixels(wanted)
    page.get_by_label("Reset thickness").click()
    wait_until(page, "document.getElementById('explore-caption').textContent === 'Seed 5'")


def test_a_link_brings_all_of_it_back(url: str, opened: Open) -> None:
    link = "model=styled&view=grid&seed=9&count=4&psi=0.5&direction.slant=1.25"
    page = opened(f"{url}/#{link}")
    page.locator("#tiles li").nth(3).wait_for()
    page.click("#link")
    again = opened(page.url)
    again.locator("#tiles li").nth(3).wait_for()
    assert again.get_by_label("psi", exact=True).input_value() == "0.5"
    assert again.get_by_label("slant", exact=True).input_value() == "1.25"
    again.locator("#tiles button").nth(2).click()
    caption(again, "Seed 11, psi 0.50, slant 1.25")
    assert "seed=11" in again.url


def test_a_link_to_what_a_model_has_not_says_what_was_left_out(url: str, opened: Open) -> None:
    page = opened(f"{url}/#model=digits&seed=1&direction.smile=2&class=cat")
    assert "digits has no class cat, no direction smile: left out." in page.locator("#messages").inner_text()
    caption(page, "Seed 1")


def test_keys_draw_step_and_change_the_view_but_not_while_one_types(url: str, opened: Open) -> None:
    page = opened(f"{url}/#model=digits&seed=42")
    caption(page, "Seed 42")
    page.keyboard.press("ArrowRight")
    caption(page, "Seed 43")
    page.keyboard.press("r")
    wait_until(page, "document.getElementById('explore-caption').textContent !== 'Seed 43'")
    page.fill("#seed", "7")
    page.press("#seed", "3")
    caption(page, "Seed 73")
    page.locator("#seed").blur()
    page.keyboard.press("a")
    page.keyboard.press("3")
    assert page.input_value("#slot-a") == "73"


def test_a_walk_is_played_and_steps_that_the_server_does_not_draw_are_not_asked_for(url: str, opened: Open) -> None:
    page = opened(f"{url}/#model=digits&view=walk&a=1&b=2&steps=6")
    page.locator("#frame-of", has_text="1 of 7").wait_for()
    page.click("#play")
    wait_until(page, "document.getElementById('frame').value > 1")
    page.fill("#steps", "200")
    page.locator("#steps-most.wrong", has_text="From 1 to 39, here.").wait_for()
    page.fill("#steps", "3")
    page.locator("#frame-of", has_text="of 4").wait_for()
    assert page.locator("#messages p").count() == 0
    page.check("#loop")
    page.locator("#steps-most:not(.wrong)", has_text="From 1 to 19, here.").wait_for()
    page.locator("#frame-of", has_text="of 6").wait_for()


def test_a_link_to_more_than_the_server_does_is_fitted_to_its_limits(url: str, opened: Open) -> None:
    page = opened(f"{url}/#model=digits&view=walk&a=1&b=2&steps=200")
    page.locator("#frame-of", has_text="of 40").wait_for()


def test_a_picture_that_is_too_large_is_refused_before_it_is_sent(url: str, opened: Open, tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(png(200, 101))
    page = opened(f"{url}/#model=enlarger")
    assert "Up to 0.02 megapixels and 32 MB." in page.locator("#photo-group").inner_text()
    page.set_input_files("#file", tmp_path / "large.png")
    said = "large.png has 200 × 101 pixels; this server takes up to 0.02 megapixels. Make it smaller."
    page.locator("#messages p", has_text=said).wait_for()
    assert page.get_by_role("button", name="Upscale").is_disabled()


def test_a_photograph_is_enlarged_and_compared_and_its_file_downloaded(
    url: str, opened: Open, photograph: Path
) -> None:
    page = opened(f"{url}/#model=enlarger")
    page.set_input_files("#file", photograph)
    page.get_by_role("button", name="Upscale").click()
    page.get_by_label("Before and after").press("ArrowRight")
    assert page.locator("#photo-caption").inner_text().startswith("80 × 60 pixels, by enlarger")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert b"DigitalSourceType" in Path(download.value.path()).read_bytes()
    assert page.locator("#job-list").inner_text().startswith("Upscaling with enlarger")


def test_a_photograph_is_painted_between_a_saved_style_and_a_picture_s(
    url: str, opened: Open, photograph: Path, tmp_path: Path
) -> None:
    (tmp_path / "waves.png").write_bytes(png(33, 33))
    page = opened(f"{url}/#model=painter&style=starry&strength=0.5&style=gone")
    assert "painter has no style gone: left out." in page.locator("#messages").inner_text()
    page.set_input_files("#file", photograph)
    page.set_input_files("#style-drop input", tmp_path / "waves.png")
    choose(page, "From starry to picture 1", 0.25)
    page.get_by_role("button", name="Stylize").click()
    page.get_by_label("Before and after").wait_for()
    assert page.locator("#photo-caption").inner_text() == "40 × 30 pixels, by painter in starry 0.75 + picture 1 0.25"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    files = [("image", photograph.read_bytes()), ("style", (None, "starry")), ("style", png(33, 33))]
    data = {"model": "painter", "weights": "0.75,0.25", "strength": "0.5"}
    answer = httpx.post(f"{url}/v1/stylize", files=files, data=data, headers={"Accept": "image/png"})
    assert Path(download.value.path()).read_bytes() == answer.content


def test_saved_styles_are_chosen_two_at_most_and_a_link_holds_them(url: str, opened: Open) -> None:
    page = opened(f"{url}/#model=painter")
    for name in ("starry", "sea"):
        page.get_by_role("button", name=name, exact=True).click()
    choose(page, "Strength", 0.75)
    page.check("text=Keep the photograph's colours")
    page.click("#link")
    again = opened(page.url)
    assert again.get_by_label("Strength", exact=True).input_value() == "0.75"
    assert again.get_by_label("From starry to sea", exact=True).input_value() == "0.5"
    assert again.get_by_label("Keep the photograph's colours").is_checked()
    pressed = again.locator('.swatches button[aria-pressed="true"]')
    assert pressed.all_inner_texts() == ["starry", "sea"]
    shown = "[...document.querySelectorAll('.swatches img')].map((one) => one.naturalWidth).join()"
    wait_until(again, f"{shown} === '256,256'")


def offered(page: Any) -> list[str]:
    """What the dialog asks, once it does."""
    page.locator("#chooser-list button").first.wait_for()
    return list(page.locator("#chooser-list button").all_inner_texts())


def test_a_picture_that_is_dropped_is_asked_about_where_several_models_take_it(
    url: str, opened: Open, photograph: Path
) -> None:
    page = opened(f"{url}/#model=digits&seed=3")
    caption(page, "Seed 3")
    page.click("#to-photo")
    texts = offered(page)
    assert texts[0].startswith("Search for its latent\ndigits: it has the size that this draws")
    page.get_by_role("button", name="Cancel", exact=True).click()
    caption(page, "Seed 3")
    page.click("#to-photo")
    page.get_by_role("button", name="Enlarge it").click()
    page.locator("#photo-caption", has_text="32 × 32 pixels").wait_for()
    assert page.input_value("#model") == "enlarger"
    page.click("#photo-models")
    assert "enlarger" not in "".join(offered(page))
    page.get_by_role("button", name="Paint it in a style").click()
    page.get_by_role("button", name="Stylize").wait_for()
    page.locator("#photo-caption", has_text="32 × 32 pixels").wait_for()


def test_what_the_brush_marks_is_filled_in(url: str, opened: Open, photograph: Path) -> None:
    page = opened(f"{url}/#model=filler")
    page.set_input_files("#file", photograph)
    brush = page.get_by_role("application")
    with page.expect_request("**/v1/inpaint") as unmarked:
        page.get_by_role("button", name="Fill in").click()
    page.locator("#messages p", has_text="ask: is missing").wait_for()
    assert b'name="mask"' not in (unmarked.value.post_data_buffer or b"")
    brush.press("Space")
    page.get_by_role("button", name="Fill in").click()
    page.get_by_label("Before and after").wait_for()


def test_a_projection_tells_how_far_it_is_and_is_cancelled(url: str, opened: Open, photograph: Path) -> None:
    page = opened(f"{url}/#model=styled&view=photo&search=1000")
    page.set_input_files("#file", photograph)
    page.get_by_role("button", name="Project", exact=True).click()
    page.get_by_role("button", name="Cancel: Projection with styled").click()
    page.locator("#job-list output", has_text="cancelled").wait_for()


def explore_projected(page: Any, photograph: Path) -> None:
    page.set_input_files("#file", photograph)
    page.get_by_role("button", name="Project", exact=True).click()
    page.get_by_role("button", name="Explore this latent").click()
    caption(page, "Projected latent")


def test_a_projection_leads_to_a_latent_that_a_link_holds(url: str, opened: Open, photograph: Path) -> None:
    page = opened(f"{url}/#model=styled&view=photo&search=0")
    explore_projected(page, photograph)
    page.click("#link")
    again = opened(page.url)
    caption(again, "Projected latent")
    assert drawn(again) == drawn(page)


def test_a_walk_leads_from_a_projected_latent_to_a_seed(url: str, opened: Open, photograph: Path) -> None:
    page = opened(f"{url}/#model=styled&view=photo&search=0&b=7&steps=2")
    explore_projected(page, photograph)
    page.keyboard.press("a")
    page.locator("#messages p", has_text="A projected latent is in slot A.").wait_for()
    page.get_by_role("button", name="Interpolate", exact=True).click()
    page.locator("#frame-of", has_text="of 3").wait_for()
    assert page.locator("#slot-a").is_hidden()
    assert page.locator("#held-a").is_visible()
    page.click("#link")
    again = opened(page.url)
    with again.expect_request("**/v1/interpolate") as asked_for:
        again.reload()
    sent = asked_for.value.post_data_json["latents"]
    assert (sent[0]["space"], sent[1]) == ("w", 7)
    page.click("#swap")
    page.click("#random-b")
    page.locator("#film[aria-label*='from seed 7 to seed']").wait_for()


def test_models_that_come_are_there_once_the_page_is_looked_at_again(url: str, opened: Open) -> None:
    page = opened(f"{url}/#model=digits&seed=3")
    caption(page, "Seed 3")
    known = page.evaluate("fetch('/v1/models').then((answer) => answer.json())")
    newer = {**known["models"][0], "name": "newer", "sha256": "0" * 64}
    page.route("**/v1/models", lambda route: route.fulfill(json={**known, "models": [newer, *known["models"][1:]]}))
    page.wait_for_timeout(5500)  # between two questions
    page.evaluate("dispatchEvent(new Event('focus'))")
    page.locator("#messages p", has_text="There is no model digits here").wait_for()
    assert page.locator("#model option").first.inner_text() == "newer"


def test_a_stranger_logs_in_and_out(closed_url: str, opened: Open) -> None:
    page = opened(f"{closed_url}/#seed=3")
    page.fill("#token", "not-a-token-of-this-server")
    page.get_by_role("button", name="Log in").click()
    page.locator("#problem", has_text="it is none of this server's").wait_for()
    page.wait_for_timeout(2500)  # logins are two seconds apart
    page.fill("#token", TOKEN)
    page.get_by_role("button", name="Log in").click()
    caption(page, "Seed 3")
    assert TOKEN not in page.url + page.evaluate("document.cookie + JSON.stringify(localStorage)")
    page.get_by_role("button", name="Log out").click()
    page.locator("#token").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_view(scheme: str, url: str, opened: Open, axe: str) -> None:
    page = opened(f"{url}/#model=styled&seed=1", color_scheme=scheme, viewport={"width": 390, "height": 844})
    caption(page, "Seed 1")
    page.evaluate(axe)
    for view in ("Explore", "Grid", "Interpolate", "Photograph"):
        page.get_by_role("button", name=view, exact=True).click()
        assert serious_findings(page) == [], view
    page.select_option("#model", "painter")
    page.locator(".swatches img").first.wait_for()
    assert serious_findings(page) == []
    page.select_option("#model", "digits")
    page.get_by_role("button", name="Explore", exact=True).click()
    page.click("#to-photo")
    assert offered(page)
    assert serious_findings(page) == [], "the dialog"


def serious_findings(page: Any) -> list[Any]:
    found = page.evaluate("axe.run()")
    serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious]
