"""Why a run ended, in words: for its `finished` event, its log, `runs show`, and the last line of a training."""

from __future__ import annotations

from ganstudio.units import format_seconds

_ON_TOP_S = 1.0  # an iteration and a checkpoint more than the minutes are no news


def ending_words(
    reason: str,
    nimg: int,
    elapsed_s: float,
    kimg_total: float,
    minutes: float | None = None,
    stop_when: str | None = None,
    patience: float | None = None,
) -> str:
    """Words for a `reason`, which name the limit that the run was given; the reason itself where it is unknown."""
    match reason:
        case "budget" if nimg >= kimg_total * 1000:
            return f"its {kimg_total:g} kimg are trained"
        case "budget" if minutes is not None:
            over_s = elapsed_s - minutes * 60
            on_top = f", and {format_seconds(over_s)} more went into its last score and checkpoint"
            return f"--minutes {minutes:g} is spent{on_top if over_s > max(_ON_TOP_S, 0.02 * minutes * 60) else ''}"
        case "stop_when" if stop_when:
            return f"--stop-when holds: {stop_when}"
        case "patience" if patience is not None:
            return f"no better score for {patience:g} kimg (--patience)"
        case "stop":
            return "it was asked to stop"
        case "kill":
            return "its process was killed by `runs stop --kill`"
        case _:
            return reason
