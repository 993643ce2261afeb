"""What scores are called: the measure, the features it was made in, and how many images each side had.

Only the Inception network of 2015-12-05 may stand behind a bare FID, KID or IS. In other features the same formulas
are FD, KD and IS with the network in brackets, and figures of two networks never compare.
"""

from __future__ import annotations

from ganstudio.units import format_count

_BARE = {"fid": "FID", "kid": "KID", "is": "IS"}
_ELSE = {"fid": "FD", "kid": "KD", "is": "IS"}


def score_name(measure: str, stamp: str, n: int) -> str:
    """`FID-10k`, `FD[lenet]-5k`, `precision[inception]-2k`: `measure` is fid, kid, is, or its own name."""
    if stamp == "inception" and measure in _BARE:
        return f"{_BARE[measure]}-{format_count(n)}"
    return f"{_ELSE.get(measure, measure)}[{stamp}]-{format_count(n)}"
