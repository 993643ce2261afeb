from __future__ import annotations

import pytest

from ganstudio.runs import store
from ganstudio.runs.facts import critic_facts
from ganstudio.workspace import Workspace
from tests.runs.making import STARTED, make_run, tell

LOGITS = {"d_real": 1.0, "d_fake": -1.0}


@pytest.mark.parametrize(
    ("judged", "names"),
    [
        (LOGITS, {"logit real": 1.0, "logit fake": -1.0}),
        (LOGITS | {"p_real": 0.73, "p_fake": 0.27}, {"D(x)": 0.73, "D(G(z))": 0.27}),
    ],
)
def test_d_of_x_is_a_probability_and_a_logit_is_called_one(
    workspace: Workspace, judged: dict[str, float], names: dict[str, float]
) -> None:
    run = make_run(workspace)
    tell(run, "started", **STARTED)
    tell(run, "tick", 1000, 1.0, losses={}, **judged)
    assert dict(critic_facts(store.view(run))) == names
