"""Every architecture that exists, and every witness, keep the training contract: at their smallest, in all colours."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from ganstudio.engine import architectures, conformance
from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export import onnx as export
from ganstudio.engine.export.graph import to_graph
from ganstudio.engine.schedules import stage_at
from ganstudio.errors import StudioError
from ganstudio.recipe.load import resolve
from tests.engine.conftest import WITNESSES
from tests.engine.networks.smallest import SIDE, smallest
from tests.engine.workers import ask

SHIPPED = [Path(architectures.__file__).parent / f"{name}.py" for name in architectures.names()]
COLOURED = [name for name in architectures.names() if 3 in architectures.find(name).channels]
RECTANGLES = [name for name in architectures.names() if architectures.find(name).rectangles]
# whose batch norms all stand behind a convolution or a dense layer, and go into its weights
FOLDED = ("dcgan", "gan3d", "infogan", "mlp", "videogan")


def subject_of(file: Path, folder: Path) -> conformance.Subject:
    """What is tested of a file: a shipped architecture at its smallest, on grey squares."""
    architecture = architectures.load_file(file)
    recipe = smallest(file.stem) if file in SHIPPED else conformance.default_recipe(file.stem, architecture)
    return conformance.Subject(architecture, recipe, folder, file)


def rectangular(name: str, folder: Path) -> conformance.Subject:
    """A shipped architecture on images twice as wide as high, with as many channels as it takes."""
    architecture = architectures.find(name)
    recipe = smallest(name, [f"data.resolution=[{SIDE}, {2 * SIDE}]"])
    return conformance.Subject(architecture, recipe, folder, channels=max(architecture.channels))


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[onnx.ModelProto]:
    """The graphs that are exported, as they come."""
    made: list[onnx.ModelProto] = []

    def kept(spec: ExportSpec) -> onnx.ModelProto:
        made.append(to_graph(spec))
        return made[-1]

    monkeypatch.setattr(export, "to_graph", kept)
    return made


@pytest.mark.parametrize("check", conformance.CHECKS)
@pytest.mark.parametrize("file", [*SHIPPED, *WITNESSES], ids=lambda f: f.stem)
def test_architectures_keep_the_contract(file: Path, check: str, tmp_path: Path, graphs: list[onnx.ModelProto]) -> None:
    wide = check == "onnx" and file in SHIPPED and file.stem in RECTANGLES  # exports take long: of one size alone
    subject = rectangular(file.stem, tmp_path) if wide else subject_of(file, tmp_path)
    try:
        conformance.CHECKS[check](subject)
    except conformance.NotApplicable as reason:
        pytest.skip(str(reason))
    if file in SHIPPED:  # what is of no use in an export has left its graph
        operators = {node.op_type for graph in graphs for node in graph.graph.node}
        assert not operators & {"Identity", "Dropout", *(["BatchNormalization"] if file.stem in FOLDED else [])}


@pytest.mark.parametrize("name", COLOURED)
def test_coloured_images_are_learnt_where_an_architecture_takes_them(name: str, tmp_path: Path) -> None:
    subject = conformance.Subject(architectures.find(name), smallest(name), tmp_path, channels=3)
    conformance.shapes(subject)
    conformance.learning(subject)


@pytest.mark.parametrize("name", RECTANGLES)
def test_rectangles_transparent_ones_where_they_can_be_are_learnt(name: str, tmp_path: Path) -> None:
    subject = rectangular(name, tmp_path)
    conformance.shapes(subject)
    conformance.learning(subject)


def test_networks_that_are_named_for_rectangles_and_transparency_take_both() -> None:
    transparent = {name for name in architectures.names() if 4 in architectures.find(name).channels}
    assert transparent & set(RECTANGLES) >= {"dcgan", "resnet", "stylegan2", "r3gan", "fastgan"}


def test_check_lists_what_holds_of_a_users_file() -> None:
    code, answer = ask("check", str(WITNESSES[0]))
    assert code == 0
    assert answer["ok"]
    assert [c["name"] for c in answer["checks"]] == list(conformance.CHECKS)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("return self.net(z[:, :, None, None])", "raise ValueError('my own mistake')"),
        ("nn.Tanh(),", "nn.Flatten(),"),
        ("return CriticOutput(self.net(images))", "return self.net(images)"),
    ],
)
def test_check_names_what_a_users_file_gets_wrong(broken: str, says: str, tmp_path: Path) -> None:
    text = next(w for w in WITNESSES if w.stem == "relativistic_pair").read_text()
    assert broken in text
    file = tmp_path / "mine.py"
    file.write_text(text.replace(broken, says))
    code, answer = ask("check", str(file))
    assert code == 0
    assert not answer["ok"]
    assert answer["checks"][-1]["name"] in ("shapes", "learning")
    assert not answer["checks"][-1]["ok"]


def test_a_users_file_that_does_not_load_is_an_error_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("x = 1\nraise RuntimeError('at line two')\n")
    code, answer = ask("describe", str(file))
    assert code == 2
    assert "line 2: RuntimeError: at line two" in answer["error"]["message"]


def learning(file: Path) -> str:
    architecture = architectures.load_file(file)
    recipe = conformance.default_recipe(file.stem, architecture)
    return conformance.learning(conformance.Subject(architecture, recipe, file.parent, file))


def changed(folder: Path, witness: str, *changes: tuple[str, str]) -> Path:
    """A witness after `changes` of its text."""
    text = next(w for w in WITNESSES if w.stem == witness).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = folder / "mine.py"
    file.write_text(text)
    return file


CRITIC = "        side = shape.resolution // 2\n"
ANSWER = "return CriticOutput(self.net(images))"


@pytest.mark.parametrize(
    ("made", "answer", "says"),
    [
        ("self.spare = nn.Linear(2, 2)", ANSWER, "no gradient reached critic.spare.weight, critic.spare.bias."),
        (
            "self.spare = nn.Linear(1, 1)",
            "return CriticOutput(self.net(images) + 0 * self.spare(images[:, 0, 0, :1]))",
            "the gradient of critic.spare.weight, critic.spare.bias is zero at every update",
        ),
        (
            "self.gate, self.spare = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))",
            "return CriticOutput(self.net(images) + self.gate * self.spare * images[:, 0, 0, :1])",
            "the gradient of critic.gate, critic.spare is zero at every update",
        ),
    ],
    ids=["unused", "times zero", "two zero gates in a row"],
)
def test_a_parameter_that_nothing_trains_is_named_with_how_to_mark_one_that_stays(
    made: str, answer: str, says: str, tmp_path: Path
) -> None:
    imports = ("from torch import nn", "import torch\nfrom torch import nn")
    dead = changed(tmp_path, "relativistic_pair", imports, (CRITIC, f"{CRITIC}        {made}\n"), (ANSWER, answer))
    with pytest.raises(StudioError) as error:
        learning(dead)
    assert error.value.message.startswith(says)
    assert "self.NAME.requires_grad_(False)" in error.value.hint


@pytest.mark.parametrize(
    ("made", "answer"),
    [
        ("self.spare = nn.Linear(2, 2).requires_grad_(False)", ANSWER),
        (
            "self.gate, self.branch = nn.Parameter(torch.zeros(1)), nn.Linear(1, 1)",
            "return CriticOutput(self.net(images) + self.gate * self.branch(images[:, 0, 0, :1]))",
        ),
        (
            "self.branch = nn.Sequential(nn.Linear(16, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))",
            "return CriticOutput(self.net(images) + self.branch(images[:, 0, 0]))",
        ),
        (
            "self.spare = nn.Embedding(4, 1, padding_idx=3)",
            "return CriticOutput(self.net(images) * self.spare(condition.labels))",
        ),
    ],
    ids=["frozen on purpose", "a gain that begins at zero", "a bias before a norm", "an embedding with padding"],
)
def test_a_parameter_that_trains_sooner_or_later_or_is_frozen_passes(made: str, answer: str, tmp_path: Path) -> None:
    imports = ("from torch import nn", "import torch\nfrom torch import nn")
    learning(changed(tmp_path, "relativistic_pair", imports, (CRITIC, f"{CRITIC}        {made}\n"), (ANSWER, answer)))


@pytest.mark.parametrize("objective", ["hinge", "wasserstein", "least_squares"])
def test_a_critics_last_bias_passes_though_its_objective_leaves_it_alone(objective: str, tmp_path: Path) -> None:
    kind = ('"kind": "relativistic"', f'"kind": "{objective}"')
    learning(changed(tmp_path, "relativistic_pair", kind))


def test_layers_that_only_an_early_stage_or_a_fade_in_uses_are_alive(tmp_path: Path) -> None:
    learning(changed(tmp_path, "staged_styles"))
    dead = ("image = self.to_image[0](x)\n", "image = 0 * self.to_image[0](x)\n")
    with pytest.raises(StudioError, match=r"gradient of generator\.to_image\.0\.weight, .* is zero at every update"):
        learning(changed(tmp_path, "staged_styles", dead))


@pytest.mark.parametrize("until", [0.01, 0.5, 1.0])
@pytest.mark.parametrize("kimg", [5.0, 1000.0])
def test_growth_is_checked_at_its_first_stage_in_every_fade_in_and_at_its_last(until: float, kimg: float) -> None:
    settings = (f"growth={{start=8, until={until}}}", f"training.kimg={kimg}", "data.resolution=64")
    recipe = resolve({"architecture": {"id": "toy"}}, settings, "test")
    stages = [stage_at(recipe, nimg) for nimg in conformance.times_of_stages(recipe)]
    assert [stage.halvings for stage in stages] == [3, 2, 1, 0, 0]
    assert [stage.alpha < 1 for stage in stages] == [False, True, True, True, False]
