"""Codes within z: what of a picture has a place of its own there, InfoGAN (Chen et al. 2016, arXiv:1606.03657).

z stays standard normal and is all that a generator takes. A categorical code of K values is the largest of K numbers of
z, so that every value is as likely as another. A continuous code is uniform in [-1, 1]: one number of z through the
normal distribution function, 2 Phi(z) - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ganstudio.errors import UsageError, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Latents = NDArray[np.float32]

ROWS = 8  # of a sheet
MOST_COLUMNS = 16
_EDGE = 1 - 2**-10  # of a continuous code: 1 itself is infinitely far out in z


@dataclass(frozen=True)
class Code:
    """Where a code is in z: `size` numbers from `start` on, as many as a categorical code has values, else one."""

    name: str
    kind: Literal["categorical", "continuous"]
    start: int
    size: int

    @property
    def values(self) -> tuple[float, ...]:
        """All values of a categorical code; the lowest and the highest of a continuous one."""
        return tuple(range(self.size)) if self.kind == "categorical" else (-1, 1)


def laid_out(categorical: Sequence[int], continuous: int) -> tuple[Code, ...]:
    """Codes from the first number of z on: one of so many values each, `category_1`, then `number_1` and so on."""
    codes: list[Code] = []
    start = 0
    for number, size in enumerate(categorical, 1):
        codes.append(Code(f"category_{number}", "categorical", start, size))
        start += size
    return (*codes, *(Code(f"number_{n + 1}", "continuous", start + n, 1) for n in range(continuous)))


def with_value(z: Latents, code: Code, value: float) -> Latents:
    """Latents [N, z_dim] in which `code` has this value and all else is as it was.

    The largest number of a categorical code changes places with that of the value.
    """
    from statistics import NormalDist

    import numpy as np

    changed = z.copy()
    if code.kind == "continuous":
        changed[:, code.start] = NormalDist().inv_cdf((min(max(value, -_EDGE), _EDGE) + 1) / 2)
        return changed
    rows = np.arange(len(z))
    largest = code.start + z[:, code.start : code.start + code.size].argmax(1)
    wanted = code.start + int(value)
    changed[rows, largest], changed[:, wanted] = z[:, wanted], z[rows, largest]
    return changed


def value_of(z: Latents, code: Code) -> float:
    """The value that a code has in one latent [z_dim]."""
    from statistics import NormalDist

    if code.kind == "continuous":
        return 2 * NormalDist().cdf(float(z[code.start])) - 1
    return int(z[code.start : code.start + code.size].argmax())


def next_value(value: float, code: Code, steps: int) -> float:
    """The value so many steps on: of a category round and round, of a number by tenths up to its ends."""
    if code.kind == "categorical":
        return (int(value) + steps) % code.size
    low, high = code.values
    return min(max(round(value + steps / 10, 1), low), high)


def value_text(value: float, code: Code) -> str:
    """`3` of a category, `-0.42` of a number."""
    return str(int(value)) if code.kind == "categorical" else f"{value:.2f}"


def columns_of(codes: Sequence[Code]) -> int:
    """The tiles of a row of a sheet: one a value of the largest categorical code, where these are not too many."""
    return min(max((code.size for code in codes if code.kind == "categorical"), default=ROWS), MOST_COLUMNS)


def sheet(z: Latents, codes: Sequence[Code]) -> Latents:
    """Latents of a sheet of ROWS rows that shows what each code does, [ROWS * columns, z_dim].

    Every code has some rows of its own, the first one what is left; along a row nothing but the code changes. `z` has a
    latent a tile, of which each row takes its first.
    """
    import numpy as np

    columns = columns_of(codes)
    shown = codes[:ROWS]
    each = ROWS // len(shown)
    turns = [shown[0]] * (ROWS - each * (len(shown) - 1)) + [code for code in shown[1:] for _ in range(each)]
    rows = []
    for number, code in enumerate(turns):
        base = np.repeat(z[number * columns : number * columns + 1], columns, 0)
        tiles = [with_value(base[k : k + 1], code, value) for k, value in enumerate(_steps(code, columns))]
        rows.append(np.concatenate(tiles))
    return np.concatenate(rows)


def _steps(code: Code, columns: int) -> list[float]:
    """The value in each column: of a categorical code in turn, of a continuous one the middles of equal parts."""
    if code.kind == "continuous":
        return [(2 * k + 1) / columns - 1 for k in range(columns)]
    return [k * code.size // columns if code.size > columns else k % code.size for k in range(columns)]


def parse_value(text: str, codes: Sequence[Code]) -> tuple[Code, float]:
    """The code and the value of `NAME=VALUE`. Raises UsageError for an unknown code and a value that it never has."""
    name, equals, given = (part.strip() for part in text.partition("="))
    code = next((one for one in codes if one.name == name), None)
    if code is None or not equals:
        names = [one.name for one in codes]
        raise UsageError(f"--code: {text!r} is no NAME=VALUE of this model. {nearest(name, names)}")
    low, high = code.values[0], code.values[-1]
    try:
        value = float(given)
    except ValueError:
        value = high + 1
    if not low <= value <= high or (code.kind == "categorical" and value != int(value)):
        numbers = "a whole number" if code.kind == "categorical" else "a number"
        raise UsageError(f"--code: {name} is {numbers} from {low:g} to {high:g}; got {given!r}.")
    return code, value


def codes_of(fields: Sequence[dict[str, Any]]) -> tuple[Code, ...]:
    """Codes as a manifest has them. Raises ValueError for what is none."""
    codes = tuple(Code(str(one["name"]), one["kind"], int(one["start"]), int(one["size"])) for one in fields)
    if any(code.kind not in ("categorical", "continuous") or code.start < 0 or code.size < 1 for code in codes):
        raise ValueError("a code that nothing has")
    return codes
