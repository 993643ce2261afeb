"""Stylization: the maths of AdaIN by hand, what networks are shown, and two graphs that agree with the training's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from ganstudio.engine import architectures
from ganstudio.engine.conformance import Subject, advance
from ganstudio.engine.contract import Batch, JudgedPair, Pair
from ganstudio.engine.evaluation.training_scores.score import scorer
from ganstudio.engine.export import parity
from ganstudio.engine.export.graph import to_graph
from ganstudio.engine.export.sizes import multiple_of, radius_of
from ganstudio.engine.layers.feature_moments import EPSILON, Moments, moments, with_moments
from ganstudio.engine.layers.vgg16_maps import Vgg16Maps
from ganstudio.engine.preflight import notes
from ganstudio.engine.run_folder.previews import column_names, write_samples
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.engine.tasks.style_measures import MEASURES, gram_distance
from ganstudio.engine.tasks.stylization import stylized
from ganstudio.engine.terms.losses.moments import ContentLoss, IdentityLoss, StyleLoss, moment_distance
from tests.engine.networks.smallest import small_preset, smallest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("noise")


def session(folder: Path, preset: str = "stylize") -> Session:
    recipe = small_preset(preset)
    recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"held_out": 0.1})})
    return Subject(architectures.find("adain"), recipe, folder).session()


def test_moments_are_those_of_the_population_with_a_little_added_to_the_variance() -> None:
    found = moments(torch.tensor([[[[1.0, 3.0], [1.0, 3.0]], [[2.0, 2.0], [2.0, 2.0]]]]))
    assert found.mean.tolist() == [[2.0, 2.0]]
    torch.testing.assert_close(found.deviation, torch.tensor([[(1 + EPSILON) ** 0.5, EPSILON**0.5]]))


def test_features_are_moved_and_scaled_to_the_moments_that_are_wanted() -> None:
    features = torch.tensor([[[[1.0, 3.0]]]])
    wanted = Moments(torch.tensor([[10.0]]), torch.tensor([[4.0]]))
    moved = with_moments(features, Moments(torch.tensor([[2.0]]), torch.tensor([[1.0]])), wanted)
    assert moved.tolist() == [[[[6.0, 14.0]]]]


def test_the_content_loss_is_the_root_mean_square_of_the_deepest_map_alone() -> None:
    inputs = {
        "content": torch.zeros(2, 2, 1, 2),
        **{"style_0": torch.ones(2, 2, 1, 1), "made_0": torch.full((2, 1, 2, 4), 9.0)},
        "made_1": torch.tensor([[[[1.0, 1.0]], [[3.0, 3.0]]], [[[0.0, 0.0]], [[0.0, 2.0]]]]),
    }
    judged: Any = [JudgedPair(Pair("critic", torch.zeros(2, 3, 4, 4), inputs=inputs))]
    found = ContentLoss()(Any, judged).value  # type: ignore[arg-type]
    torch.testing.assert_close(found, torch.tensor([5.0**0.5, 1.0]))


def test_the_style_loss_sums_distances_of_both_moments_over_maps_of_any_sizes() -> None:
    # means 2 and 5, deviations 1 and 3: 3 + 2; then means 0 and 1, deviations 0 and 0: 1
    made, style = torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[[2.0, 8.0, 2.0, 8.0]]]])
    torch.testing.assert_close(moment_distance(made, style), torch.tensor([5.0]), rtol=1e-4, atol=1e-4)
    inputs = {
        **{"content": torch.zeros(1, 1, 1, 1), "style_0": style, "style_1": torch.ones(1, 1, 2, 2)},
        **{"made_0": made, "made_1": torch.zeros(1, 1, 2, 2)},
    }
    judged: Any = [JudgedPair(Pair("critic", torch.zeros(1, 3, 4, 4), inputs=inputs))]
    found = StyleLoss()(Any, judged).value  # type: ignore[arg-type]
    torch.testing.assert_close(found, torch.tensor([6.0]), rtol=1e-4, atol=1e-4)


def test_gram_matrices_tell_what_channels_have_in_common_wherever_it_is() -> None:
    map_ = torch.tensor([[[[1.0, 0.0, 2.0, 0.0]], [[0.0, 1.0, 0.0, 0.0]]]])
    assert gram_distance((map_,), (map_.flip(3),)).item() == 0.0
    # Gram matrices over places: diag(5, 1) / 4 and, of the map twice as large, diag(20, 4) / 4
    assert gram_distance((map_,), (2 * map_,)).item() == pytest.approx(0.75)


def test_the_encoder_halves_twice_and_reflects_its_borders() -> None:
    net = Vgg16Maps(3)
    maps = net(torch.rand(2, 3, 16, 24) * 2 - 1)
    assert [tuple(one.shape) for one in maps] == [(2, 64, 16, 24), (2, 128, 8, 12), (2, 256, 4, 6)]
    flat = net(torch.full((1, 3, 16, 16), 0.5))
    # one colour is one feature everywhere: zeros beyond the border would show
    assert all((one - one[:, :, :1, :1]).abs().max() <= 1e-4 * one.abs().max() for one in flat)


def test_the_encoder_is_in_no_checkpoint_and_nothing_moves_it(folder: Path) -> None:
    toy = session(folder)
    net: Any = toy.nets.generators["generator"]
    before = [one.clone() for one in net.encoder(torch.zeros(1, 3, 16, 16))]
    advance(toy, 2)
    assert all(torch.equal(a, b) for a, b in zip(before, net.encoder(torch.zeros(1, 3, 16, 16)), strict=True))
    assert {key.partition(".")[0] for key in toy.state_dict()["nets"]["generators"]["generator"]} == {"decoder"}
    assert toy.parameter_counts()["generator"] < 100_000


def test_the_losses_are_told_apart_and_the_critic_sees_styles_as_real(folder: Path) -> None:
    *_, plain = iterate(session(folder))
    assert plain.losses.keys() >= {"g_content", "g_style", "g_identity"}
    toy = session(folder, "stylize-gan")
    shown: list[Tensor] = []
    toy.nets.critics["critic"].register_forward_hook(lambda _net, given, _out: shown.append(given[0].detach()))
    reports = list(iterate(toy))
    assert [report.side for report in reports] == ["d", "g"]
    assert {"g", "g_content", "g_style"} <= reports[1].losses.keys()
    styles: Any = toy.batches
    drawn = {tuple(one.flatten().tolist()) for one in styles.styles.fixed("all", 40, toy.stage).images}
    flipped = {tuple(one.flip(-1).flatten().tolist()) for one in styles.styles.fixed("all", 40, toy.stage).images}
    assert all(tuple(one.flatten().tolist()) in drawn | flipped for one in shown[0])


def test_training_draws_nearer_to_features_and_style(folder: Path) -> None:
    toy = session(folder)
    losses = [list(iterate(toy))[-1].losses for _ in range(40)]
    for name in ("g_content", "g_style"):
        first, last = (torch.stack([one[name] for one in part]).mean() for part in (losses[:5], losses[-5:]))
        assert last < 0.9 * first, name


def test_samples_stand_beside_content_and_style_of_what_is_held_out(folder: Path, tmp_path: Path) -> None:
    toy = session(folder)
    assert column_names(toy) == ["content", "style", "result"]
    assert write_samples(toy, tmp_path).is_file()
    held = toy.batches.held(4, toy.stage)
    content, style, result = toy.task.preview(toy.previewed(), Any, toy.stage, None, held)  # type: ignore[arg-type]
    assert held is not None
    assert torch.equal(content, held.images)
    assert torch.equal(style, held.styles)
    assert result.shape == content.shape


def test_scores_are_of_held_out_pictures_and_go_by_the_style(folder: Path) -> None:
    toy = session(folder)
    score, why = scorer(toy)
    assert (score is not None, why) == (True, None)
    found = score() if score else []
    assert [one.score for one in found] == ["style[vgg16]-4", "content[vgg16]-4"]
    assert [one.better for one in found] == ["lower", "lower"]
    assert all(one.value > 0 for one in found)
    assert toy.reads == {"vgg16"}


def test_a_picture_that_nothing_was_done_to_is_its_content_and_has_no_style() -> None:
    contents, styles = torch.rand(2, 3, 16, 16) * 2 - 1, torch.rand(2, 3, 16, 16).sign()
    batch = Batch(contents, styles=styles)
    style, content = (measure.compare for measure in MEASURES)
    assert style is not None
    assert content is not None
    torch.testing.assert_close(style(contents, batch), torch.ones(2))
    torch.testing.assert_close(content(contents, batch), torch.zeros(2))
    torch.testing.assert_close(style(styles, batch), torch.zeros(2))
    torch.testing.assert_close(content(styles, batch), torch.ones(2))


def test_transparent_contents_are_converted_and_that_is_told(folder: Path) -> None:
    toy = Subject(architectures.find("adain"), smallest("adain"), folder, channels=4).session()
    assert toy.shape.channels == 3
    assert sum("transparent: they are seen over white" in note for note in notes(toy)) == 2
    advance(toy, 1)


class Exported:
    """Both graphs of a session, run by onnxruntime as a user runs them."""

    def __init__(self, toy: Session) -> None:
        self.whole, self.features = toy.task.exports(toy.previewed(), toy.stage)
        self.sessions = {
            spec.suffix: onnxruntime.InferenceSession(
                to_graph(spec).SerializeToString(), providers=["CPUExecutionProvider"]
            )
            for spec in (self.whole, self.features)
        }

    def moments(self, images: Tensor) -> tuple[np.ndarray, np.ndarray]:
        (features,) = self.sessions["features"].run(None, {"images": images.numpy()})
        return features.mean((2, 3)), np.sqrt(features.var((2, 3)) + 1e-5)

    def images(self, source: Tensor, style: tuple[np.ndarray, np.ndarray], strength: float) -> np.ndarray:
        mean, std = self.moments(source)
        given = {"source": source.numpy(), "content_mean": mean, "content_std": std}
        given |= {"style_mean": style[0], "style_std": style[1]}
        given["strength"] = np.full(len(source), strength, np.float32)
        (images,) = self.sessions[""].run(None, given)
        return np.asarray(images)


@pytest.fixture(scope="module")
def exported(folder: Path) -> tuple[Session, Exported]:
    from ganstudio.engine.layers import vgg16_maps
    from tests.engine.drawn_vgg16 import drawn_weights

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vgg16_maps, "published_weights", drawn_weights)
        toy = advance(session(folder), 2)
        return toy, Exported(toy)


def test_moments_of_the_features_graph_make_the_other_draw_what_the_training_draws(
    exported: tuple[Session, Exported],
) -> None:
    toy, graphs = exported
    contents, styles = torch.rand(2, 3, 24, 20) * 2 - 1, torch.rand(2, 3, 16, 32) * 2 - 1
    net = toy.previewed().ema["generator"]
    with torch.inference_mode():
        wanted = stylized(net, contents, styles).numpy()
    found = graphs.images(contents, graphs.moments(styles), 1.0)
    assert found.shape == (2, 3, 24, 20)
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_strength_blends_features_and_at_0_the_style_does_not_count(exported: tuple[Session, Exported]) -> None:
    toy, graphs = exported
    contents, styles = torch.rand(1, 3, 16, 16) * 2 - 1, torch.rand(1, 3, 16, 16) * 2 - 1
    net: Any = toy.previewed().ema["generator"]
    with torch.inference_mode():
        own, theirs = net.encode(contents)[-1], moments(net.encode(styles)[-1])
        half = net.decode(0.5 * own + 0.5 * with_moments(own, moments(own), theirs)).numpy()
        plain = net.decode(own).numpy()
    style = graphs.moments(styles)
    np.testing.assert_allclose(graphs.images(contents, style, 0.5), half, atol=1e-4)
    np.testing.assert_allclose(graphs.images(contents, style, 0.0), plain, atol=1e-4)
    np.testing.assert_allclose(graphs.images(contents, graphs.moments(contents), 1.0), plain, atol=1e-4)


def test_graphs_take_multiples_of_four_and_look_as_far_as_their_convolutions(
    exported: tuple[Session, Exported],
) -> None:
    _, graphs = exported
    for spec, radius in ((graphs.whole, 22), (graphs.features, 13)):
        assert multiple_of(replace(spec, multiple=1), graphs.sessions[spec.suffix], 0) == 4
        assert radius_of(spec, 4) == radius
    assert list(graphs.whole.inputs) == ["source", "content_mean", "content_std", "style_mean", "style_std", "strength"]
    assert graphs.whole.inputs["style_mean"].shape == (2, 256)
    feed = parity.inputs(graphs.whole, 0)
    assert feed["style_std"].min() >= 0.5
    assert 0 <= feed["strength"].min() <= feed["strength"].max() <= 1


def test_the_published_encoder_goes_a_slice_deeper(folder: Path) -> None:
    architecture = architectures.find("adain")
    toy = Subject(architecture, smallest("adain", ["architecture.encoder=relu4_1"]), folder).session()
    whole, features = toy.task.exports(toy.previewed(), toy.stage)
    assert whole.inputs["content_mean"].shape == (2, 512)
    assert features.module(torch.zeros(1, 3, 16, 24)).shape == (1, 512, 2, 3)


def test_the_identity_loss_is_of_both_pictures_and_looks_at_nothing_without_a_weight() -> None:
    inputs = {"own": torch.zeros(1, 3, 2, 2), "style_0": torch.zeros(1, 1, 4, 4), "style_1": torch.ones(1, 3, 2, 2)}
    judged: Any = [JudgedPair(Pair("critic", torch.zeros(1, 3, 2, 2), inputs=inputs))]
    net = SimpleNamespace(decode=lambda features: features)
    batch = Batch(torch.full((1, 3, 2, 2), 0.5), styles=torch.full((1, 3, 2, 2), 0.9))
    context: Any = SimpleNamespace(
        value=lambda number: number, nets=SimpleNamespace(generators={"generator": net}), batch=batch
    )
    result = IdentityLoss(5.0)(context, judged)
    assert result is not None
    torch.testing.assert_close(result.value, torch.tensor([0.3]))  # the mean of 0.5 and 0.1
    assert IdentityLoss(0.0)(context, judged) is None
