"""The worker, with a NaN among the real images after some hundred batches: see sabotage.py."""

from __future__ import annotations

import itertools
import sys
from typing import Any

from ganstudio.engine import worker
from ganstudio.engine.batches import Batches
from ganstudio.engine.contract import Batch

NAN_AT = 200  # batches of the critic before it

if __name__ == "__main__":
    whole, count = Batches.at, itertools.count()

    def spoiled(self: Batches, stream: str, *where: Any) -> Batch:
        batch = whole(self, stream, *where)
        if stream == "d" and next(count) == NAN_AT:
            batch.images[0, 0, 0, 0] = float("nan")
        return batch

    Batches.at = spoiled  # type: ignore[method-assign]
    sys.exit(worker.main())
