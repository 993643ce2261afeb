"""Style mixing: who is mixed, where, and that it is drawn as everything is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganstudio.engine import preflight
from ganstudio.engine.architectures import stylegan2
from ganstudio.engine.draws import Draw
from ganstudio.engine.session import Session
from ganstudio.errors import RecipeError
from tests.engine.toys import LINEAR, WITNESS, session

SMALL = (
    "data.resolution=16",
    "architecture.z_dim=8",
    "architecture.w_dim=8",
    "architecture.channel_base=64",
    "architecture.max_channels=8",
)


def styled(folder: Path, chance: object) -> Session:
    return session(folder, stylegan2.ARCHITECTURE, *SMALL, f"task.style_mixing={chance}")


def ws_of(made: Session, rows: slice = slice(0, 64), side: str = "g") -> Tensor:
    draw = Draw(0, "train/g", 0, 64, rows, torch.device("cpu"))
    return made.task.pairs(made.context(side, draw, None, None))[0].inputs["ws"].detach()


def crossovers(ws: Tensor) -> Tensor:
    """How many layers from the first on share its w, [N]."""
    return (ws == ws[:, :1]).all(2).sum(1)


def test_without_mixing_all_layers_share_one_w(tmp_path: Path) -> None:
    assert (crossovers(ws_of(styled(tmp_path, 0))) == 6).all()


def test_a_mixed_sample_has_two_ws_cut_at_any_layer_but_the_first(tmp_path: Path) -> None:
    plain, mixed = ws_of(styled(tmp_path, 0)), ws_of(styled(tmp_path, 1))
    cuts = crossovers(mixed)
    assert set(cuts.tolist()) == {1, 2, 3, 4, 5}
    for ws, before, cut in zip(mixed, plain, cuts.tolist(), strict=True):
        torch.testing.assert_close(ws[:cut], before[:cut], rtol=0, atol=0)
        assert (ws[cut:] == ws[-1]).all()
        assert not torch.equal(ws[-1], before[-1])


def test_the_chance_is_the_share_of_samples_that_are_mixed(tmp_path: Path) -> None:
    share = (crossovers(ws_of(styled(tmp_path, 0.25))) < 6).float().mean().item()
    assert 0.1 < share < 0.45


def test_micro_batches_mix_as_the_whole_batch_does(tmp_path: Path) -> None:
    made = styled(tmp_path, 0.5)
    parts = [ws_of(made, slice(0, 24)), ws_of(made, slice(24, 64))]
    torch.testing.assert_close(torch.cat(parts), ws_of(made))


def test_previews_and_scores_mix_nothing(tmp_path: Path) -> None:
    made = styled(tmp_path, 1)
    draw = Draw(0, "look", 0, 4, slice(0, 4), torch.device("cpu"))
    images = made.task.generate(made.nets, draw, made.stage, None, None)
    other = styled(tmp_path, 0)
    torch.testing.assert_close(images, other.task.generate(other.nets, draw, other.stage, None, None))


@pytest.mark.parametrize("chance", ["0.9", "{start = 0.0, end = 0.9}"])
def test_mixing_is_refused_by_name_where_there_are_no_styles(chance: str, tmp_path: Path) -> None:
    made = session(tmp_path, LINEAR, f"task.style_mixing={chance}")
    with pytest.raises(RecipeError, match=r"task\.style_mixing: needs a generator with styles .* Nearest: 0\."):
        preflight.check_recipe(made)


def test_a_witness_with_two_layers_of_styles_may_mix(tmp_path: Path) -> None:
    made = session(tmp_path, WITNESS["staged_styles"], "task.style_mixing=1")
    preflight.check_recipe(made)
    assert (crossovers(ws_of(made)) == 1).all()
