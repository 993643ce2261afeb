"""Pictures of any size and mode, as a model is shown them, and what is said of that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.manifest import UnreadableError
from ganstudio.inference.latent.projection.fitting import fitted, to_images

CLEAR = "transparent: the model draws what is opaque, and is shown it over the background"
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def save(path: Path, mode: str, width: int, height: int) -> Path:
    channels = len(Image.new(mode, (1, 1)).getbands())
    shape = (height, width) if channels == 1 else (height, width, channels)
    Image.fromarray(np.random.RandomState(0).randint(0, 256, shape).astype(np.uint8), mode).save(path)
    return path


def test_a_picture_of_the_model_s_own_size_and_mode_stays_as_it_is(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", "L", 8, 8)
    pixels, notes = fitted(path, (1, 8, 8), "crop", WHITE)
    assert notes == ()
    with Image.open(path) as image:
        assert (pixels[..., 0] == np.asarray(image)).all()
    images = to_images(pixels[None])
    assert images.shape == (1, 1, 8, 8)
    np.testing.assert_array_equal(np.rint((images[0, 0] + 1) * 127.5), pixels[..., 0])


@pytest.mark.parametrize(
    ("mode", "size", "channels", "fit", "said"),
    [
        ("L", (16, 16), 1, "crop", ["16x16 px, scaled: the model draws 8x8"]),
        ("L", (20, 10), 1, "crop", ["20x10 px, cropped and scaled: the model draws 8x8"]),
        ("L", (20, 10), 1, "pad", ["20x10 px, scaled and padded: the model draws 8x8"]),
        ("RGB", (8, 8), 1, "crop", ["in colour: the model draws grey, and is shown it as grey"]),
        ("L", (8, 8), 3, "crop", ["grey: the model draws colours, and is shown three equal ones"]),
        (
            "RGBA",
            (8, 8),
            3,
            "crop",
            [CLEAR],
        ),
        ("RGBA", (8, 8), 4, "crop", []),
    ],
)
def test_what_is_fitted_is_said(
    tmp_path: Path, mode: str, size: tuple[int, int], channels: int, fit: str, said: list[str]
) -> None:
    path = save(tmp_path / "a.png", mode, *size)
    pixels, notes = fitted(path, (channels, 8, 8), fit, BLACK)  # type: ignore[arg-type]
    assert pixels.shape == (8, 8, channels)
    assert list(notes) == said
    if fit == "pad":
        assert (pixels[:2] == 0).all()


def test_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(UnreadableError, match="no image"):
        fitted(tmp_path / "a.txt", (1, 8, 8), "crop", WHITE)
