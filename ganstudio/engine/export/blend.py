"""A generator between two: each weight is so much of one run's and the rest of another's.

Wang et al. 2018, arXiv:1809.00219, section 3.4, eq. 6: between one that learned pixels and one that learned from a
critic, details can be had without the critic's artefacts. Batch norms are measured anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ganstudio.engine.run_folder import checkpoint
from ganstudio.errors import UsageError
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.record import RunRecord, load_record


@dataclass
class Blend:
    """The run whose weights are mixed in, of which checkpoint, and their `share`, 0 to 1.

    `fakes` are the pictures that batch norms were measured on, once it is in a graph.
    """

    run: Path
    checkpoint: Path
    share: float
    fakes: int = 0

    @staticmethod
    def of(run: Path, which: str, share: float) -> Blend:
        """Raises UsageError for a checkpoint that is not there."""
        return Blend(run, checkpoint.choose(run, which), share)

    def as_json(self) -> dict[str, Any]:
        nimg = checkpoint.nimg_of(self.checkpoint)
        return {"run": self.run.name, "checkpoint_nimg": nimg, "share": self.share, "fakes": self.fakes}

    def mix_into(self, state: dict[str, Any], record: RunRecord) -> None:
        """Replaces the averaged generators in a checkpoint's `state`, of the run of `record`, by the blend.

        Raises UsageError, naming the first difference, where the networks of the two are not of one shape.
        """
        ours, theirs = state["nets"]["ema"], checkpoint.load(self.checkpoint)["nets"]["ema"]
        kinds = [one.recipe["architecture"]["id"] for one in (load_record(self.run / RECORD), record)]
        problems = [" and ".join(kinds)] if kinds[0] != kinds[1] else list(_differences(theirs, ours))
        if problems:
            told = f"--blend: {self.run.name} and {record.id} have other networks, {problems[0]}"
            raise UsageError(
                f"{told}; only runs of one architecture and its options can be blended.", "ganstudio runs list"
            )
        for name, weights in ours.items():
            for key, value in weights.items():
                if value.is_floating_point():
                    weights[key] = value.lerp(theirs[name][key].to(value.dtype), self.share)


def _differences(first: dict[str, dict[str, Tensor]], second: dict[str, dict[str, Tensor]]) -> Iterator[str]:
    """What tells the networks of two checkpoints apart, a phrase each."""
    for name in dict.fromkeys([*first, *second]):
        nets = first.get(name, {}), second.get(name, {})
        for key in dict.fromkeys([*nets[0], *nets[1]]):
            sizes = [str(list(net[key].shape)) if key in net else "absent" for net in nets]
            if sizes[0] != sizes[1]:
                yield f"whose {name}.{key} is {sizes[0]} and {sizes[1]}"
