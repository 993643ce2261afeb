from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from ganstudio.engine.distributed import World
from ganstudio.engine.endings import Ends
from ganstudio.engine.evaluation.score import Score
from ganstudio.engine.keeping import Training, affordable, evaluate
from ganstudio.engine.telemetry import Telemetry
from tests.engine.toys import LINEAR, session


def test_a_score_that_is_no_number_is_never_the_best(tmp_path: Path) -> None:
    values = iter([math.nan, 3.0, math.nan, 4.0, 2.0])
    training = Training(
        *(tmp_path, session(tmp_path, LINEAR), lambda: Score("FD", "none", 1, next(values), 0.0), None, None),
        *(Telemetry(World(), torch.device("cpu")), Ends(None, None, None)),
    )
    better = []
    for nimg in range(1, 6):
        training.session.progress.nimg = nimg
        better.append(evaluate(training))
    assert better == [False, True, False, False, True]
    assert training.session.progress.best == {"score": 2.0, "nimg": 5}


@pytest.mark.parametrize(
    ("extractor", "features", "seconds", "may"),
    [
        ("efficientnet-lite0@96", "auto", 119.0, False),
        ("efficientnet-lite0@96", "auto", 121.0, True),
        ("lenet", "auto", 1.0, True),
        ("efficientnet-lite0@96", "efficientnet-lite0", 1.0, True),
    ],
)
def test_scores_in_a_network_that_auto_chose_keep_within_five_percent_of_the_time(
    tmp_path: Path, extractor: str, features: str, seconds: float, may: bool
) -> None:
    toy = session(tmp_path, LINEAR, f"evaluation.features={features}")
    training = Training(
        *(tmp_path, toy, lambda: Score("FD", extractor, 1, 1.0, 3.0), None, SimpleNamespace(seconds=seconds)),
        *(Telemetry(World(), torch.device("cpu")), Ends(None, None, None)),
    )
    assert affordable(training)  # how long the first takes is not known
    training.scored_s, training.last_score = 3.0, training.score()
    assert affordable(training) == may
