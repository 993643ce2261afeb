"""Networks of published sizes have the published numbers of parameters. They are built on the meta device."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ganstudio.engine.contract import DataShape
from tests.engine.networks.test_architectures import build, count

PRESETS = Path(__file__).parents[3] / "presets"
WITHIN = 0.01
IMAGENET = (1,) * 1000


class Published(NamedTuple):
    """A preset, or an architecture with options, at a size, and what its source counts: None where it counts one."""

    preset: str | None
    architecture: dict[str, Any]
    side: int
    class_counts: tuple[int, ...]
    generator: float | None
    critic: float | None
    source: str


# 4 x 4 kernels of 64 to 512 channels; two numbers a channel of batch norm; a bias only where no batch norm follows
_LEVELS = 16 * (64 * 128 + 128 * 256 + 256 * 512)
_DCGAN_G = 16 * 100 * 512 + _LEVELS + 16 * 64 * 3 + 2 * (512 + 256 + 128 + 64) + 3
_DCGAN_D = 16 * 3 * 64 + _LEVELS + 16 * 512 + 2 * (128 + 256 + 512) + 64 + 1
# blocks of two convolutions of 256 channels, a 1x1 skip and batch norms; of 128 in the critic, the first from 3
_UP = 2 * (256 * 256 * 9 + 256) + (256 * 256 + 256) + 2 * 2 * 256
_WIDE, _SKIP = 128 * 128 * 9 + 128, 128 * 128 + 128
_SNGAN_G = (128 + 1) * 256 * 16 + 3 * _UP + 2 * 256 + 256 * 3 * 9 + 3
_SNGAN_D = (3 * 128 * 9 + 128) + _WIDE + (3 * 128 + 128) + (2 * _WIDE + _SKIP) + 2 * 2 * _WIDE + 128 + 1

PUBLISHED = {
    "dcgan at 64": Published(
        *(
            None,
            {"id": "dcgan"},
            64,
            (),
            _DCGAN_G,
            _DCGAN_D,
            "arXiv:1511.06434, figure 1, by hand; pytorch/examples has 3,576,704 and 2,765,568",
        ),
    ),
    "sngan at 32": Published(None, {"id": "resnet"}, 32, (), _SNGAN_G, _SNGAN_D, "arXiv:1802.05957, table 4, by hand"),
    "biggan at 128": Published(
        *("biggan-128", {}, 128, IMAGENET, 70_433_988, 87_982_370),
        "google/compare_gan, resnet_biggan_test.py; arXiv:1809.11096, table 1, has 158.3M for both",
    ),
    "progan at 1024": Published("progan-1024", {}, 1024, (), 23.1e6, 23.1e6, "arXiv:1710.10196, table 2"),
    "stylegan at 1024": Published(
        *(None, {"id": "stylegan"}, 1024, (), 26.2e6, 23.1e6),
        "arXiv:1812.04948, section 2.1; the critic is ProGAN's",
    ),
    "stylegan2 at 1024": Published(
        *("stylegan2-1024", {}, 1024, (), 30_370_060, 29_012_513),
        "NVlabs/stylegan2-ada-pytorch prints 28,794,124 with 2 mapping layers, of 262,656; here are 8",
    ),
    "r3gan at 256": Published(
        *(None, {"id": "r3gan", "channels": 96, "max_channels": 768}, 256, (), 23.058e6, 23.010e6),
        "arXiv:2501.05441, table 1, configuration E",
    ),
    "pix2pix at 256": Published(
        *(None, {"id": "pix2pix", "generator": "unet"}, 256, (), 54.414e6, 2.769e6),
        "junyanz/pytorch-CycleGAN-and-pix2pix, printed as training begins; issue 1152 has the grey pair's",
    ),
    "cyclegan at 256": Published(
        *(None, {"id": "pix2pix", "generator": "resnet"}, 256, (), 11_388_675, None),
        "junyanz/pytorch-CycleGAN-and-pix2pix, issue 45, whose norms are affine",
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_size_has_the_published_parameters(name: str) -> None:
    given = PUBLISHED[name]
    options, size = given.architecture, (given.side, given.side)
    if given.preset:
        table = tomllib.loads((PRESETS / f"{given.preset}.toml").read_text())
        options = table["architecture"]
        assert table["data"]["resolution"] == given.side
    architecture = options["id"]
    shape = DataShape(3, size, given.class_counts, (3, *size) if architecture == "pix2pix" else None)
    nets = build(architecture, shape, **{key: value for key, value in options.items() if key != "id"})
    for net, published in zip(nets, (given.generator, given.critic), strict=True):
        if published is not None:
            assert count(net) == pytest.approx(published, rel=WITHIN), given.source
