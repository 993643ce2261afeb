from __future__ import annotations

import pytest

from ganstudio.report.runs import best_score, critic_facts, speed, state_words, trained
from ganstudio.runs import store
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


def test_what_has_not_happened_is_a_dash(workspace: Workspace) -> None:
    run = store.view(make_run(workspace))
    assert (state_words(run), trained(run), best_score(run), speed(run)) == ("crashed", "0.0/100", "–", "–")


def test_a_run_that_ended_says_why_and_how_well_it_did(workspace: Workspace) -> None:
    run = make_run(workspace)
    tell(run, "started", **STARTED)
    for _ in range(2):
        tell(run, "tick", 40_000, 60.0, losses={"d": 0.5}, img_per_s=1234.5)
    tell(run, "evaluated", 36_000, 60.0, score="FD[lenet]-5k", value=4.512)
    tell(run, "finished", 40_000, 60.0, reason="stop")
    ended = store.view(run)
    assert (state_words(ended), trained(ended)) == ("stopped (stop)", "40.0/100")
    assert (best_score(ended), speed(ended)) == ("4.51 at 36.0", "1,234")
