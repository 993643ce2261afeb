"""How a run ended: the last state of one start, and the word for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ganstudio.runs.state import RunState

Status = Literal["finished", "stopped", "failed", "crashed"]


@dataclass(frozen=True)
class End:
    """`state` is as it was at the end; `reason` is why, as in the JSON of a run."""

    status: Status
    state: RunState

    @property
    def reason(self) -> str:
        return self.state.reason or ("crash" if self.status == "crashed" else "error")

    @property
    def error(self) -> str | None:
        """What a failed run said of itself."""
        return str(self.state.error["message"]) if self.status == "failed" and self.state.error else None

    @property
    def refused(self) -> bool:
        """Whether its worker refused it before it began."""
        error = self.state.error
        return self.status == "failed" and not self.state.started and error is not None and error["exit_code"] == 2
