"""The Python client, before the real server."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from ganstudio.client import Client
from ganstudio.errors import UsageError
from ganstudio.serve.settings import Settings
from tests.serve.conftest import png
from tests.serve.page.conftest import running


def test_a_picture_is_painted_in_the_styles_of_pictures(models: dict[str, Path]) -> None:
    with running([models["painter"]], Settings(log=False)) as url:
        client = Client(url)
        painted = client.stylize(png(), png(36, 24), png(24, 24, "L"), weights=[1, 3], strength=0.5)
        assert Image.open(io.BytesIO(painted.content)).size == (painted.width, painted.height) == (20, 16)
        assert painted.style == "picture 1 0.25 + picture 2 0.75"
        with pytest.raises(UsageError, match=r"style\.0: 'starry' is no saved style of painter"):
            client.stylize(png(), "starry")
