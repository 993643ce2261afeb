"""Clips by content and motion: what of z moves what, and what each of the two critics is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganstudio.engine import architectures, preflight
from ganstudio.engine.architectures.videogan import ARCHITECTURE, VideoganOptions, drawn_frames
from ganstudio.engine.conformance import CPU, advance
from ganstudio.engine.contract import Condition, DataShape
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.engine.made_up_data import made_up_data
from ganstudio.engine.session import Session
from ganstudio.errors import RecipeError
from ganstudio.recipe.load import resolve

FRAMES, BATCH = 6, 8
SHAPE = DataShape(1, (FRAMES, 8, 8))
OPTIONS = VideoganOptions(content_dim=5, motion_dim=3, channels=4, clip_channels=4)
SETTINGS = ("architecture.channels=4", f"training.batch={BATCH}", "training.precision=fp32", "data.resolution=8")


def session(folder: Path, *settings: str, name: str = "videogan", frames: int | None = FRAMES) -> Session:
    recipe = resolve({"architecture": {"id": name}}, [*SETTINGS, *settings], "test")
    return Session(recipe, architectures.find(name), made_up_data(folder, 8, 1, 0, frames), 0, CPU, World())


def draw() -> Draw:
    return Draw(0, "train/d", 3, BATCH, slice(0, BATCH), torch.device("cpu"))


def changed(at: int) -> Tensor:
    """By how much each frame changes [T] where one number of z does."""
    torch.manual_seed(0)
    net = ARCHITECTURE.generator(OPTIONS, SHAPE).eval()
    for parameter in net.frame.parameters():
        torch.nn.init.normal_(parameter, 0.0, 0.5)
    z = torch.randn(1, net.z_dim)
    other = z.clone()
    other[:, at] += 1
    return (net(z) - net(other)).abs().amax((0, 1, 3, 4))


def test_content_changes_all_frames_and_motion_those_that_follow() -> None:
    assert ARCHITECTURE.generator(OPTIONS, SHAPE).z_dim == 5 + 3 * FRAMES
    assert (changed(0) > 0).all()
    third = changed(5 + 3 * 2)
    assert third[:2].tolist() == [0.0, 0.0]
    assert (third[2:] > 0).all()


def test_the_critic_of_frames_sees_different_frames_of_each_clip_drawn_for_each_by_itself() -> None:
    clips = torch.arange(FRAMES).view(1, 1, FRAMES, 1, 1) + 10 * torch.arange(BATCH).view(BATCH, 1, 1, 1, 1)
    clips = clips.expand(BATCH, 3, FRAMES, 8, 8)
    shown = drawn_frames(clips, 2, draw(), "frames/real")
    assert shown.shape == (BATCH, 3, 2, 8, 8)
    places = shown[:, 0, :, 0, 0] - 10 * torch.arange(BATCH)[:, None]
    assert ((places >= 0) & (places < FRAMES)).all()
    assert (places[:, 0] != places[:, 1]).all()
    assert len(places.unique(dim=0)) > 1
    assert torch.equal(shown[2:5], drawn_frames(clips[2:5], 2, draw().narrowed(slice(2, 5)), "frames/real"))


def test_both_critics_judge_the_same_clips(tmp_path: Path) -> None:
    made = session(tmp_path, "architecture.frames=2")
    batch = made.batches.at("d", 0, draw(), made.stage)
    clips, frames = made.task.pairs(made.context("d", draw(), batch, None))
    assert (clips.critic, frames.critic) == ("clips", "frames")
    for purpose, whole, part in (("fake", clips.fake, frames.fake), ("real", clips.real, frames.real)):
        assert torch.equal(part, drawn_frames(whole, 2, draw(), f"frames/{purpose}"))
        for clip, frames_of_clip in zip(whole, part, strict=True):
            assert all(any(torch.equal(one, frame) for frame in clip.unbind(1)) for one in frames_of_clip.unbind(1))


def test_of_a_clip_the_critic_of_frames_judges_every_frame(tmp_path: Path) -> None:
    critic = session(tmp_path).nets.critics["frames"].eval()
    clips = torch.randn(3, 1, FRAMES, 8, 8)
    expected = torch.cat([critic(clips[:, :, t : t + 1], Condition()).logits for t in range(FRAMES)], 1)
    torch.testing.assert_close(critic(clips, Condition()).logits, expected)


def test_penalties_and_augmentation_reach_both_critics(tmp_path: Path) -> None:
    made = session(tmp_path, "regularizers=[{kind='r1'}]", "augmentation={}")
    preflight.check_recipe(made)
    preflight.check_networks(made, None)
    advance(made, 2)


@pytest.mark.parametrize("name", ["gan3d", "videogan"])
def test_flat_images_are_refused_and_who_draws_them_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecipeError, match=rf"architecture\.id: {name} draws .* flat images\. Nearest: dcgan"):
        session(tmp_path, name=name, frames=None)


def test_too_few_frames_for_convolutions_in_space_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"gan3d needs 8 frames or slices; the data has 6\. Nearest: videogan"):
        session(tmp_path, name="gan3d")


def test_more_frames_than_a_clip_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"architecture\.frames: a clip has 6; got 7\. Nearest: 6"):
        session(tmp_path, "architecture.frames=7")


def test_another_task_than_synthesis_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"task: videogan makes clips of noise; got unpaired\. Nearest: synthesis"):
        session(tmp_path, "task=unpaired")
