"""The mean of ws, which truncation pulls towards: where a mapping half keeps it, and how it is read."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.errors import UsageError
from ganstudio.inference.manifest import read_metadata

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEY = "ganstudio.mean"


def dumped_mean(mean: NDArray[np.float32]) -> str:
    """The text for a mapping half's metadata of the mean of ws [L, D]; [1, D] of it where all layers have the same."""
    import numpy as np

    stored = mean[:1] if (mean == mean[0]).all() else mean
    return base64.b64encode(np.ascontiguousarray(stored, "<f4").tobytes()).decode()


def stored_mean(path: Path, layers: int, size: int) -> NDArray[np.float32] | None:
    """The mean of ws [layers, size] that the mapping half at `path` keeps; None where it keeps none.

    Raises UsageError where what it keeps has another size.
    """
    import numpy as np

    text = read_metadata(path).get(KEY)
    if text is None:
        return None
    try:
        stored = np.frombuffer(base64.b64decode(text, validate=True), "<f4").reshape(-1, size)
        return np.array(np.broadcast_to(stored, (layers, size)), np.float32)
    except ValueError as error:
        raise UsageError(f"{path}: its mean of ws cannot be read ({error}).", "ganstudio export onnx RUN") from None
