"""DINOv2's ViT-S/14, whose real weights cannot be had everywhere: its layout, its positions, its attention."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ganstudio.engine.evaluation.dinov2 import FEATURES, TRAINED, Attention, DinoV2, ViT
from ganstudio.errors import UsageError
from tests.engine.evaluation.conftest import real_weights

CPU = torch.device("cpu")


def test_its_keys_are_those_of_the_published_state_dict() -> None:
    """22.06 million parameters in 175 tensors: 3 of its own, 2 of the patches, 12 blocks of 14, 2 of the last norm."""
    state = ViT().state_dict()
    assert sum(tensor.numel() for tensor in state.values()) == 22_056_576
    assert len(state) == 3 + 2 + 12 * 14 + 2
    assert state["pos_embed"].shape == (1, 1370, 384)
    assert state["patch_embed.proj.weight"].shape == (384, 3, 14, 14)
    assert state["blocks.11.attn.qkv.weight"].shape == (1152, 384)
    assert {key.split(".", 2)[2] for key in state if key.startswith("blocks.0.")} == {
        *("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", "ls1.gamma", "ls2.gamma"),
        *("attn.qkv.weight", "attn.qkv.bias", "attn.proj.weight", "attn.proj.bias"),
        *("mlp.fc1.weight", "mlp.fc1.bias", "mlp.fc2.weight", "mlp.fc2.bias"),
    }


def test_attention_is_softmax_of_scaled_products() -> None:
    torch.manual_seed(0)
    layer, x = Attention(), torch.randn(2, 5, FEATURES)
    q, k, v = (part.view(2, 5, 6, 64).transpose(1, 2) for part in layer.qkv(x).split(FEATURES, -1))
    expected = (q @ k.transpose(-1, -2) / 8).softmax(-1) @ v
    torch.testing.assert_close(layer(x), layer.proj(expected.transpose(1, 2).reshape(2, 5, FEATURES)))


def test_positions_at_the_trained_size_are_nearly_the_trained_ones() -> None:
    network = ViT()
    with torch.no_grad():
        ramp = torch.linspace(0, 1, TRAINED).view(1, TRAINED, 1, 1).expand(1, TRAINED, TRAINED, FEATURES)
        network.pos_embed[:, 1:] = ramp.reshape(1, TRAINED**2, FEATURES)
        down = network._positions(16)[0, 1:, 0].view(16, 16)
    torch.testing.assert_close(down[:, 0], down[:, 15])
    # the middle of patch i of 16 lies at (i + 0.5) * 37 / 16.1 - 0.5 of the 37
    expected = ((torch.arange(16) + 0.5) * TRAINED / 16.1 - 0.5) / (TRAINED - 1)
    torch.testing.assert_close(down[1:15, 0], expected[1:15], rtol=0, atol=2e-3)  # torch's cubic bends a line


def test_features_are_its_class_token(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = ViT()
    torch.save(network.state_dict(), tmp_path / "dino.pth")
    pixels = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.inference_mode():
        features = DinoV2(tmp_path / "dino.pth", CPU).features(pixels)
    assert features.shape == (2, 384)
    # the last layer is a norm without offset, so each token has mean 0 and variance 1
    torch.testing.assert_close(features.mean(1), torch.zeros(2), rtol=0, atol=1e-5)
    torch.testing.assert_close(features.var(1, unbiased=False), torch.ones(2), rtol=1e-3, atol=0)


def test_a_file_that_is_no_state_dict_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dino.pth").write_bytes(b"not a pickle")
    with pytest.raises(UsageError, match="is no state dict"):
        DinoV2(tmp_path / "dino.pth", CPU)


@pytest.mark.slow
def test_the_real_weights_load() -> None:
    DinoV2(real_weights("dinov2-vits14"), CPU)
