"""Networks that see through VGG16 are tried with drawn weights: the published ones are on nobody's test machine."""

from __future__ import annotations

import pytest

from ganstudio.engine.layers import vgg16_maps
from tests.engine.drawn_vgg16 import drawn_weights


@pytest.fixture(autouse=True)
def drawn_vgg16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vgg16_maps, "published_weights", drawn_weights)
