"""What the worker says of architectures, asked once."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.errors import StudioError
from ganstudio.recipe.names import architecture_names
from ganstudio.runs.architecture_options import describe, describe_shipped


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Every question that was put to the worker, which answers with the name."""
    questions: list[tuple[str, ...]] = []

    def answer(verb: str, *names: str, **_: Any) -> dict[str, Any]:
        questions.append((verb, *names))
        answers = {name: {"id": name, "recipe": {}, "options": {}} for name in names}
        return answers if len(names) > 1 else answers[names[0]]

    monkeypatch.setattr(bridge, "call_worker", answer)
    return questions


def test_one_worker_describes_all_that_are_not_described_yet(asked: list[tuple[str, ...]]) -> None:
    describe("dcgan")
    describe_shipped()
    rest = tuple(name for name in architecture_names() if name != "dcgan")
    assert asked == [("describe", "dcgan"), ("describe", *rest)]
    describe_shipped()
    assert [describe(name)["id"] for name in architecture_names()] == list(architecture_names())
    assert len(asked) == 2


def test_where_one_cannot_be_described_none_is_kept(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise StudioError("import torch: ImportError")

    with monkeypatch.context() as broken:
        broken.setattr(bridge, "call_worker", fail)
        with pytest.raises(StudioError, match="import torch"):
            describe_shipped()
    describe_shipped()
    assert asked == [("describe", *architecture_names())]
