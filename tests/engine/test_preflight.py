from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine import architectures, preflight
from ganstudio.engine.architectures._contract_changes import advice
from ganstudio.engine.conformance import Subject, default_recipe, differing
from ganstudio.engine.contract import Condition, DataContract, Pair, Stage
from ganstudio.engine.distributed import World
from ganstudio.engine.preflight import check_recipe
from ganstudio.engine.session import Session
from ganstudio.engine.tasks.synthesis import Synthesis
from ganstudio.errors import RecipeError, UsageError
from ganstudio.recipe.schema import Wasserstein
from tests.engine.checked_sessions import WITNESS, dcgan, session, witness
from tests.engine.toys import LINEAR

PENALTY = 'regularizers=[{kind="gradient_penalty"}]'
OWN = """\
from torch import nn
from ganstudio.engine.contract import Architecture, CriticOutput, Options

class Generator(nn.Module):
    z_dim, conditional = 4, False
    def __init__(self, options, shape):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 256), nn.BatchNorm1d(256), nn.Tanh())
    def forward(self, z, labels):
        return self.net(z).view(-1, 1, 16, 16)

class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(256, 1), nn.Dropout(0.5))
    def forward(self, images, condition):
        return CriticOutput(self.net(images))

ARCHITECTURE = Architecture("mine", {}, Options, Generator, Critic)
"""


def own(folder: Path, *changes: tuple[str, str]) -> Path:
    """A user's file: OWN after `changes` of its text."""
    text = OWN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = folder / "mine.py"
    file.write_text(text)
    return file


def refused(file: Path, *settings: str) -> UsageError:
    with pytest.raises(UsageError) as error:
        preflight.check_networks(session(file.parent, architectures.load_file(file), *settings), file)
    return error.value


def test_a_gradient_penalty_beside_a_critic_with_batch_norm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        RecipeError, match=r"regularizers\.gradient_penalty: the critic has batch norm.*critic_norm=none"
    ):
        dcgan(tmp_path, PENALTY)


@pytest.mark.parametrize("norm", ["none", "spectral"])
def test_a_gradient_penalty_beside_any_other_critic_is_accepted(norm: str, tmp_path: Path) -> None:
    dcgan(tmp_path, PENALTY, critic_norm=norm)


def test_path_length_without_styles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"regularizers\.path_length: needs a generator with styles"):
        dcgan(tmp_path, 'regularizers=[{kind="path_length"}]')


def test_growth_of_networks_that_do_not_grow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="growth: these networks do not grow"):
        dcgan(tmp_path, "growth={start=8}")


@pytest.mark.parametrize("key", ["objective.weight", "training.critic_steps"])
def test_a_generator_that_nothing_would_teach_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=rf"{key}: at 0 .* this task has none\. Nearest: 1"):
        witness("relativistic_pair", tmp_path, f"{key}=0")


def test_pre_training_is_accepted_where_the_task_has_a_loss_of_its_own(tmp_path: Path) -> None:
    witness("super_resolution", tmp_path, "objective.weight=0")
    witness("two_domains", tmp_path, "training.critic_steps=0", classes=2)


def test_looking_ahead_is_refused_where_the_task_remembers_earlier_fakes(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="unrolling: this task remembers earlier fakes"):
        witness("two_domains", tmp_path, "unrolling={steps=1}", classes=2)


def test_images_without_classes_are_refused_where_the_task_needs_labels(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="data: this task needs labelled images"):
        witness("three_domains", tmp_path, classes=0)


def test_pictures_that_do_not_come_in_pairs_are_refused_where_the_task_needs_pairs(tmp_path: Path) -> None:
    class Paired(Synthesis):
        needs = DataContract(source=True)

    with pytest.raises(RecipeError, match="data: this task needs pictures that come in pairs"):
        session(tmp_path, replace(LINEAR, task=lambda _recipe: Paired()))


def test_a_translation_between_three_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        RecipeError, match="data: the unpaired task needs exactly two classes, one a domain; there are 3"
    ):
        witness("two_domains", tmp_path)


@pytest.mark.parametrize(("batch", "size", "nearest"), [(8, 3, 9), (7, 3, 6), (64, 5, 65), (2, 4, 4)])
def test_a_batch_that_does_not_divide_among_the_processes_is_refused(
    batch: int, size: int, nearest: int, tmp_path: Path
) -> None:
    told = rf"training\.batch: must divide among {size} processes; got {batch}\. Nearest: {nearest}\."
    with pytest.raises(RecipeError, match=told):
        witness("relativistic_pair", tmp_path, f"training.batch={batch}", world=World(0, size))


def test_all_that_cannot_work_is_told_at_once(tmp_path: Path) -> None:
    both = 'regularizers=[{kind="gradient_penalty"}, {kind="path_length"}]'
    with pytest.raises(RecipeError) as error:
        dcgan(tmp_path, both, "growth={start=8}")
    assert [problem.split(":")[0] for problem in error.value.problems] == [
        "regularizers.gradient_penalty",
        "regularizers.path_length",
        "growth",
    ]


@pytest.mark.parametrize("name", WITNESS)
def test_networks_that_keep_the_contract_pass_and_nothing_moves(name: str, tmp_path: Path) -> None:
    architecture = architectures.load_file(WITNESS[name])
    toy = Subject(architecture, default_recipe(name, architecture), tmp_path).session()
    before = copy.deepcopy(toy.state_dict())
    preflight.check_networks(toy, WITNESS[name])
    assert differing(before, toy.state_dict()) == []


def test_batch_norm_statistics_and_the_training_mode_survive_the_check(tmp_path: Path) -> None:
    toy = dcgan(tmp_path)
    before = copy.deepcopy(toy.state_dict())
    preflight.check_networks(toy, None)
    assert differing(before, toy.state_dict()) == []
    assert all(module.training for net in _networks(toy) for module in net.modules())
    assert not any(module.training for module in toy.nets.ema["generator"].modules())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("view(-1, 1, 16, 16)", "view(-1, 1, 8, 32)", "must return images [2, 1, 16, 16]; got [2, 1, 8, 32]"),
        ("view(-1, 1, 16, 16)", "view(-1, 256)", "must return images [2, 1, 16, 16]; got [2, 256]"),
        ("nn.Tanh()", "nn.Threshold(9.0, 2.5)", "must return images in [-1, 1]; got one of 2.50"),
        ("return CriticOutput(self.net(images))", "return self.net(images)", "must return a CriticOutput; got Tensor"),
        (
            "CriticOutput(self.net(images))",
            "CriticOutput(self.net(images)[:1])",
            "logits must be [N, ...]; got [[1, 1]] for 2 images",
        ),
        ("CriticOutput(self.net(images))", "CriticOutput((images, images[:1]))", "for 2 images"),
        ("z_dim, conditional = 4, False", "conditional = False", "must have an attribute 'z_dim'"),
        ("z_dim, conditional = 4, False", "z_dim = 4", "must have an attribute 'conditional'"),
    ],
    ids=["shape", "axes", "range", "type", "logits", "second scale", "z_dim", "conditional"],
)
def test_an_answer_that_breaks_the_contract_is_refused(old: str, new: str, says: str, tmp_path: Path) -> None:
    error = refused(own(tmp_path, (old, new)))
    assert error.message.startswith("mine.py: the ")
    assert says in error.message
    assert error.hint == "ganstudio check FILE.py"


@pytest.mark.parametrize(
    ("new", "python_says"),
    [
        ("CriticOutput(self.net(images), classes=images)", "got an unexpected keyword argument 'classes'"),
        ("CriticOutput(self.net(images), images, (images,))", "the critic's features must be a tuple; got Tensor"),
    ],
    ids=["by name", "by place"],
)
def test_a_critic_that_answers_as_before_heads_is_told_what_to_write(
    new: str, python_says: str, tmp_path: Path
) -> None:
    message = refused(own(tmp_path, ("CriticOutput(self.net(images))", new))).message
    assert message.startswith("mine.py: ")
    assert f"{python_says}. The contract has changed; write CriticOutput(logits, features=(...,), heads=" in message


def test_a_file_that_imports_what_has_another_name_now_is_told_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        architectures.load_file(own(tmp_path, ("import Architecture,", "import Judged, Architecture,")))
    assert "mine.py: line 2: ImportError: cannot import name 'Judged'" in error.value.message
    assert error.value.message.endswith("write from ganstudio.engine.contract import JudgedPair.")


def test_every_change_of_the_contract_is_told_in_the_words_that_python_has_for_it() -> None:
    stage = Stage(0, 1.0)
    with pytest.raises(AttributeError) as error:
        stage.resolution  # noqa: B018
    assert advice(str(error.value)).startswith(". The contract has changed; write stage.halvings")
    assert advice("'Linear' object has no attribute 'other'") == ""


def test_the_images_of_a_condition_reach_the_critic_in_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = own(tmp_path, ("self.net(images)", "self.net(images + condition.images)"))
    toy = session(tmp_path, architectures.load_file(file))
    real, fake = torch.zeros(2, 1, 16, 16), torch.ones(2, 1, 16, 16)
    seen: list[tuple[Tensor, Condition]] = []
    toy.nets.critics["critic"].register_forward_pre_hook(lambda _net, inputs: seen.append(inputs))
    pair = Pair("critic", fake, real, Condition(None, real), Condition(None, fake))
    monkeypatch.setattr(toy.task, "pairs", lambda _context: [pair])
    preflight.check_networks(toy, file)
    assert [(images is fake, condition.images is real) for images, condition in seen] == [(True, True), (False, False)]


def test_a_run_of_an_earlier_version_that_adapted_without_a_threshold_is_refused_by_name(tmp_path: Path) -> None:
    toy = dcgan(tmp_path, "augmentation.p.kind=adaptive")
    toy.recipe = toy.recipe.model_copy(update={"objective": Wasserstein()})
    with pytest.raises(RecipeError, match=r"augmentation\.p\.kind: adaptive .* wasserstein has no logit"):
        check_recipe(toy)


def test_feature_matching_beside_a_critic_without_features_is_refused(tmp_path: Path) -> None:
    error = refused(own(tmp_path), 'regularizers=[{kind="feature_matching"}]')
    assert error.message == "mine.py: regularizers.feature_matching: the critic returns no features."


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("return self.net(z)", "raise KeyError('who')  #", "mine.py: line 10: KeyError: 'who'"),
        ("nn.Linear(256, 1)", "nn.Linear(99, 1)", "mine.py: line 17: RuntimeError: "),
    ],
    ids=["in the generator", "in torch, called from the critic"],
)
def test_what_a_users_network_raises_is_shown_with_its_line(old: str, new: str, says: str, tmp_path: Path) -> None:
    assert refused(own(tmp_path, (old, new))).message.startswith(says)


def test_training_mode_is_back_after_a_refusal(tmp_path: Path) -> None:
    toy = session(tmp_path, architectures.load_file(own(tmp_path, ("nn.Flatten(), ", ""))))
    with pytest.raises(UsageError):
        preflight.check_networks(toy, None)
    assert all(net.training for net in _networks(toy))


def test_a_generator_that_returns_nan_is_refused(tmp_path: Path) -> None:
    refused(own(tmp_path, ("self.net(z)", "(self.net(z) * float('nan'))")))


def _networks(toy: Session) -> list[nn.Module]:
    return [*toy.nets.generators.values(), *toy.nets.critics.values()]


def test_fakes_are_not_reused_where_the_generator_wants_real_images_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"training.reuse_fakes: this task's generator learns from real images"):
        witness("two_domains", tmp_path, "training.reuse_fakes=true", classes=2)
