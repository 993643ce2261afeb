"""What the worker can be asked: its verbs, and the arguments of each."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganstudio.engine import latent_verbs


def parser() -> argparse.ArgumentParser:
    """Of `python -m ganstudio.engine.worker`."""
    arguments = argparse.ArgumentParser(prog="ganstudio.engine.worker", description=__doc__)
    arguments.add_argument("--ends-with-stdin", action="store_true", help="who asked is then gone")
    verbs = arguments.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train")
    train.add_argument("run", type=Path)
    train.add_argument("--resume", action="store_true")
    train.add_argument("--minutes", type=float)
    validate = verbs.add_parser("validate")
    validate.add_argument("records", type=Path, nargs="+")
    validate.add_argument("--start", type=Path, help="the checkpoint that the runs would begin with")
    validate.add_argument("--elsewhere", action="store_true", help="they may train on the devices of other machines")
    options = verbs.add_parser("options")
    options.add_argument("choices", nargs="+", help="the architecture's table of a recipe and its side, as JSON")
    options.add_argument("--file", type=Path, help="the user's own architecture")
    verbs.add_parser("doctor")
    verbs.add_parser("describe").add_argument("architectures", nargs="+")
    dry_run = verbs.add_parser("dry-run")
    dry_run.add_argument("record", type=Path)
    dry_run.add_argument("--start", type=Path, help="the checkpoint that the run would begin with")
    verbs.add_parser("check").add_argument("file", type=Path)
    export = verbs.add_parser("export")
    export.add_argument("run", type=Path)
    export.add_argument("--checkpoint", default="best")
    export.add_argument("--out", type=Path, required=True)
    export.add_argument("--precision", default="fp32")
    export.add_argument("--ema-std", type=float)
    export.add_argument("--blend", nargs=3, metavar=("RUN", "CHECKPOINT", "SHARE"), help="another run to mix in")
    weights = verbs.add_parser("import-weights")
    weights.add_argument("file", type=Path)
    weights.add_argument("out", type=Path)
    against = verbs.add_parser("against")
    against.add_argument("run", type=Path)
    against.add_argument("file", type=Path)
    fetch = verbs.add_parser("fetch")
    fetch.add_argument("what")
    fetch.add_argument("folder", type=Path)
    prove = verbs.add_parser("prove")
    prove.add_argument("real", type=Path)
    prove.add_argument("augmented", type=Path)
    prove.add_argument("--seeds", type=int, default=3)
    classifier = verbs.add_parser("classifier")
    classifier.add_argument("data", type=Path)
    classifier.add_argument("out", type=Path)
    verbs.add_parser("evaluate").add_argument("request", help="evaluation.evaluate.Request, as JSON")
    latent_verbs.add_to(verbs)
    return arguments
