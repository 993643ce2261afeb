"""Weights of other programs' networks, brought in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganstudio.engine.export.foreign_weights import import_weights
from ganstudio.engine.torchvision_import import import_torchvision
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.images.model import ImageModel, kind_of
from ganstudio.inference.verify import verify

import_torchvision()
spandrel = pytest.importorskip("spandrel")


def network(kind: str, **options: Any) -> torch.nn.Module:
    """A network of spandrel's with weights of its own, moved from zero so that every one of them matters."""
    from spandrel.architectures.Compact import Compact
    from spandrel.architectures.DnCNN import DnCNN
    from spandrel.architectures.ESRGAN import ESRGAN
    from spandrel.architectures.Uformer import Uformer

    torch.manual_seed(0)
    made: torch.nn.Module = {"Compact": Compact, "DnCNN": DnCNN, "ESRGAN": ESRGAN, "Uformer": Uformer}[kind](**options)
    return made.eval()


def brought_in(tmp_path: Path, content: Any, name: str = "theirs.pth") -> tuple[ImageModel, dict[str, Any]]:
    torch.save(content, tmp_path / name)
    out = tmp_path / "exports" / "theirs.onnx"
    answer = import_weights(tmp_path / name, out)
    verify(Export.load(out))
    kind = kind_of(Export.load(out).manifest)
    return ImageModel.open(out, kind, "cpu"), answer


def test_an_esrgan_of_any_size_gives_what_spandrel_makes_of_it(tmp_path: Path) -> None:
    net = network("ESRGAN", num_filters=8, num_blocks=1, scale=4)
    model, answer = brought_in(tmp_path, {"params_ema": net.state_dict()})
    assert (answer["architecture"], model.scale, model.channels, model.fixed) == ("ESRGAN", 4, 3, None)
    assert answer["parameters"] == sum(one.numel() for one in net.parameters())
    images = np.random.RandomState(0).rand(1, 3, 19, 34).astype(np.float32)
    theirs = spandrel.ModelLoader().load_from_file(tmp_path / "theirs.pth")(torch.from_numpy(images)).numpy()
    ours = model.run(images * 2 - 1) / 2 + 0.5
    assert ours.shape == (1, 3, 76, 136)
    np.testing.assert_allclose(ours.clip(0, 1), theirs, atol=1e-4)


def test_a_grey_network_of_half_precision_is_one_of_one_channel(tmp_path: Path) -> None:
    net = network("Compact", num_in_ch=1, num_out_ch=1, num_feat=8, num_conv=2, upscale=2, act_type="prelu")
    model, _ = brought_in(tmp_path, {name: value.half() for name, value in net.state_dict().items()})
    assert (model.channels, model.scale, model.manifest.multiple) == (1, 2, 1)
    assert model.manifest.radius is not None
    assert model.manifest.radius <= 4  # four convolutions of 3x3


def test_a_denoiser_is_a_translator_of_its_own_size(tmp_path: Path) -> None:
    model, _ = brought_in(tmp_path, network("DnCNN", in_nc=3, out_nc=3, nc=8, nb=8, act_mode="R").state_dict())
    assert (model.scale, model.manifest.task, kind_of(model.manifest)) == (1, "paired", "translate")


def test_sides_that_spandrel_asks_for_are_kept_as_multiples(tmp_path: Path) -> None:
    shuffled = network("ESRGAN", num_filters=8, num_blocks=1, scale=4, in_nc=12, out_nc=3, shuffle_factor=2)
    model, _ = brought_in(tmp_path, shuffled.state_dict())
    assert (model.scale, model.channels) == (2, 3)
    height, width = model.padded_size((17, 40))
    assert model.run(np.zeros((1, 3, height, width), np.float32)).shape == (1, 3, 2 * height, 2 * width)


class Runs:
    """What unpickling would call."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("ran",)


REFUSED: dict[str, tuple[Any, str]] = {
    "code": ({"weight": Runs()}, "holds more than tensors: reading it would run posix.mkdir"),
    "another kind": ({"mapping.fc0.weight": torch.zeros(4, 4)}, "knows no network with these weights"),
    "no tensors": ({"epoch": 3}, "no tensors"),
    "a list": ([torch.zeros(3)], "holds a list, not a state dict"),
    "our own": ({"nets": {}, "progress": {}}, "checkpoint of a run of ganstudio"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_such_network_is_refused_and_leaves_nothing(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, says = REFUSED[case]
    monkeypatch.chdir(tmp_path)
    torch.save(content, "theirs.pth")
    with pytest.raises(UsageError, match=says):
        import_weights(Path("theirs.pth"), Path("exports/theirs.onnx"))
    assert [one.name for one in tmp_path.rglob("*")] == ["theirs.pth"]


@pytest.mark.parametrize("name", ["theirs.pth", "theirs.ckpt", "theirs.safetensors"])
@pytest.mark.parametrize("content", [b"", b"a picture?", b"\x80\x02}q\x00(X"])
def test_a_file_that_is_none_or_cut_short_is_refused(content: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match="damaged, cut short, or something else"):
        import_weights(tmp_path / name, tmp_path / "theirs.onnx")


def test_a_file_of_weights_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.pth", tmp_path / "cut.pth"
    torch.save(network("Compact", num_feat=8, num_conv=2, upscale=2, act_type="prelu").state_dict(), whole)
    content = whole.read_bytes()
    for share in (0.01, 0.5, 0.99):
        cut.write_bytes(content[: int(share * len(content))])
        with pytest.raises(UsageError, match="damaged, cut short"):
            import_weights(cut, tmp_path / "theirs.onnx")


def test_weights_of_which_some_are_missing_are_refused(tmp_path: Path) -> None:
    state = network("ESRGAN", num_filters=8, num_blocks=2, scale=4).state_dict()
    del state[next(name for name in state if "RDB2.conv3" in name)]
    torch.save(state, tmp_path / "theirs.pth")
    with pytest.raises(UsageError, match="cannot build a network of these weights"):
        import_weights(tmp_path / "theirs.pth", tmp_path / "theirs.onnx")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"purpose": "FaceSR"}, "Theirs restores faces"),
        ({"purpose": "Inpainting"}, "Theirs fills holes"),
        ({"tiling": "INTERNAL"}, "Theirs cuts pictures into tiles by itself"),
        ({"input_channels": 2, "output_channels": 2}, "Theirs takes 2 channels and makes 2"),
        ({"input_channels": 1}, "Theirs makes 3 channels of 1"),
    ],
)
def test_networks_that_no_command_can_use_are_refused_by_name(
    told: dict[str, Any], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = spandrel.MAIN_REGISTRY.load(
        network("Compact", num_feat=8, num_conv=2, upscale=2, act_type="prelu").state_dict()
    )
    for name, value in told.items():
        if name == "purpose":
            monkeypatch.setattr(found, "_purpose", value)
        else:
            monkeypatch.setattr(found, name, spandrel.ModelTiling[value] if name == "tiling" else value)
    monkeypatch.setattr(found.architecture, "_name", "Theirs")
    monkeypatch.setattr(spandrel.ModelLoader, "load_from_state_dict", lambda *_: found)
    torch.save({"w": torch.zeros(1)}, tmp_path / "theirs.pth")
    with pytest.raises(UsageError, match=says):
        import_weights(tmp_path / "theirs.pth", tmp_path / "theirs.onnx")
