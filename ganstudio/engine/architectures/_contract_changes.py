"""What files that were written for an earlier contract have to change: the only list of it."""

from __future__ import annotations

HEADS = 'CriticOutput(logits, features=(...,), heads={"classes": ...})'

# What Python says of the old way of writing, and the new one.
CHANGES = (
    ("CriticOutput.__init__() got an unexpected keyword argument 'classes'", HEADS),
    ("'CriticOutput' object has no attribute 'classes'", 'output.heads["classes"]'),
    ("'Batch' object has no attribute 'other'", "batch.domains[0]"),
    ("Pair.__init__() got an unexpected keyword argument 'latents'", 'Pair(..., inputs={"ws": ...})'),
    ("'Pair' object has no attribute 'latents'", 'pair.inputs["ws"]'),
    ("'Stage' object has no attribute 'resolution'", "stage.halvings, which is 0 at the target size, or stage.factor"),
    ("cannot import name 'Judged' from", "from ganstudio.engine.contract import JudgedPair"),
    ("cannot import name 'Task' from", "from ganstudio.engine.tasks.task import Task"),
    ("No module named 'ganstudio.engine.objectives'", "ganstudio.engine.terms.objectives"),
    ("No module named 'ganstudio.engine.regularizers'", "ganstudio.engine.terms.penalties"),
)


def advice(error: str) -> str:
    """A sentence to put behind what Python says of an old file; empty where the contract is not the reason."""
    return next((f". The contract has changed; write {new}." for old, new in CHANGES if old in error), "")
