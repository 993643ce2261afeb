"""The numbers of a run in Python: curves by name, as numpy arrays or a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ganstudio.errors import StudioError, UsageError, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.runs.metrics.series import Line


class Curve(NamedTuple):
    """`values[i]`, float64, was seen after `nimg[i]` images, int64."""

    nimg: NDArray[np.int64]
    values: NDArray[np.float64]


class Metrics(Mapping[str, Curve]):
    """Curves by dotted name, as `runs plot --what` takes it: `losses.d`, `d_real`, `scores.FD[lenet]-5k`."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self._lines = lines

    def __getitem__(self, name: str) -> Curve:
        """The curve of that name. Raises UsageError, which tells the nearest name, where there is none."""
        import numpy as np

        if name not in self._lines:
            raise UsageError(f"no number is called {name!r}. {nearest(name, self._lines)}")
        line = self._lines[name]
        return Curve(np.array(line.nimg, np.int64), np.array(line.values, np.float64))

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def table(self) -> Any:
        """A pandas.DataFrame: a column a number, a row each `nimg`. Raises StudioError without pandas."""
        try:
            import pandas
        except ImportError:
            raise StudioError("a table is pandas', which is not installed.", "pip install pandas") from None
        columns = {name: pandas.Series(curve.values, index=curve.nimg) for name, curve in self.items()}
        return pandas.DataFrame(columns).rename_axis("nimg")

    def __repr__(self) -> str:
        return f"<Metrics: {', '.join(self._lines) or 'nothing yet'}>"
