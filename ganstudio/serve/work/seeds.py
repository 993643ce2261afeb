"""The seeds and the truncation of a request, checked as the command line checks them."""

from __future__ import annotations

import secrets

from ganstudio.inference.latent.truncation import Truncation
from ganstudio.inference.latents import LARGEST_SEED, parse_seeds
from ganstudio.inference.manifest import ExportManifest
from ganstudio.serve.problems import refused
from ganstudio.serve.requests import Drawing, Mix


def seeds_of(
    seed: int | None, seeds: str | list[int] | None, count: int | None, most: int, field: str = "seeds"
) -> tuple[int, ...]:
    """The seeds that are asked for; without any one is drawn, and counted up from.

    Raises ProblemError or UsageError: both ways at once, no seeds, more than `most`.
    """
    if seeds is not None:
        if seed is not None or count is not None:
            raise refused("seeds: give seeds, or seed and n, not both.", "seeds")
        found = parse_seeds(seeds) if isinstance(seeds, str) else tuple(seeds)
        if not found:
            raise refused(f"{field}: which? Give 42, 0-63 or 1,5,9.", field)
        _check(len(found), most, field)
        return found
    wanted = count or 1
    _check(wanted, most, "n")
    first = secrets.randbelow(LARGEST_SEED - wanted + 2) if seed is None else seed
    if first + wanted - 1 > LARGEST_SEED:
        raise refused(f"n: from 1 to {LARGEST_SEED - first + 1} seeds can be drawn from seed {first} on.", "n")
    return tuple(range(first, first + wanted))


def _check(count: int, most: int, field: str) -> None:
    if count > most:
        raise refused(f"{field}: {count:,} pictures are more than the {most} of a request. Ask in several.", field)


def truncation_of(manifest: ExportManifest, name: str, asked: Drawing | Mix) -> Truncation:
    """What a request truncates. Raises ProblemError where a psi was given to a model without."""
    check_psi(manifest, name, asked.psi)
    return Truncation(1.0 if asked.psi is None else asked.psi, asked.cutoff, asked.centres)


def check_psi(manifest: ExportManifest, name: str, psi: float | None) -> None:
    """Raises ProblemError where a truncation was given to a model without."""
    if psi is not None and not manifest.has_psi:
        raise refused(f"psi: {name} has no truncation, which generators with styles have: leave psi out.", "psi")
