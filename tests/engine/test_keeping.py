from __future__ import annotations

import math
from pathlib import Path

import torch

from ganstudio.engine.distributed import World
from ganstudio.engine.endings import Ends
from ganstudio.engine.evaluation.score import Score
from ganstudio.engine.keeping import Training, evaluate
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
