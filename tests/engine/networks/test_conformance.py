"""Every architecture that exists, and the four witnesses, keep the training contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.engine import architectures, conformance
from tests.engine.conftest import WITNESSES, ask

SHIPPED = [Path(architectures.__file__).parent / f"{name}.py" for name in architectures.names()]


@pytest.mark.parametrize("check", conformance.CHECKS)
@pytest.mark.parametrize("file", [*SHIPPED, *WITNESSES], ids=lambda f: f.stem)
def test_architectures_keep_the_contract(file: Path, check: str, tmp_path: Path) -> None:
    architecture = architectures.load_file(file)
    recipe = conformance.default_recipe(file.stem, architecture)
    subject = conformance.Subject(architecture, recipe, tmp_path, file)
    try:
        conformance.CHECKS[check](subject)
    except conformance.NotApplicable as reason:
        pytest.skip(str(reason))


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
