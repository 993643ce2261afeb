"""`ganstudio evaluate`: how far images are from a data set's, in the features of a network that has seen many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ganstudio.cli.common_flags import Device
from ganstudio.cli.evaluate.probe import print_probe
from ganstudio.cli.evaluate.shares import check_classifier, parse_kinds, print_shares, shares_request
from ganstudio.cli.evaluate.target import Target, open_target
from ganstudio.cli.export.import_model import parse_range
from ganstudio.cli.output import note, print_json, print_made, print_table
from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.units import format_number, format_seconds
from ganstudio.workspace import Workspace, nearest_path

METRICS = ("fid", "kid", "is", "prdc", "ppl")
MAX_IMAGES = 1_000_000  # images: more than any published figure has


def evaluate(
    target: Annotated[
        str,
        typer.Argument(metavar="RUN|MODEL|FOLDER|DATA", help="A run, RUN@KIMG, an export, pictures, or a data set."),
    ],
    against: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="The data set, or a folder.  [default: what the run was made with]"),
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(metavar="A,B", help="Of fid, kid, is, prdc, ppl.  [default: all but ppl]")
    ] = None,
    n: Annotated[int, typer.Option(metavar="N", help="Images on each side.")] = 10_000,
    features: Annotated[
        str, typer.Option(metavar="NAME", help="inception, dinov2, vgg16, efficientnet-lite0, lenet, or auto.")
    ] = "auto",
    diversity: Annotated[
        bool, typer.Option("--diversity", help="Mean LPIPS between samples, beside that between real images.")
    ] = False,
    memorized: Annotated[
        bool, typer.Option("--memorized", help="Look for copies of training images, and draw the closest pairs.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --memorized: the picture.  [default: TARGET-nearest.png]")
    ] = None,
    shares: Annotated[
        bool, typer.Option("--shares", help="How often each class comes, beside the data: forgotten, favoured?")
    ] = False,
    by: Annotated[
        str | None, typer.Option(metavar="A,B", help="With --shares: classes, attributes, measures.  [default: all]")
    ] = None,
    classifier: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --shares: an .onnx instead of one of the data's labels.")
    ] = None,
    range_: Annotated[
        str, typer.Option("--range", metavar="LOW,HIGH", help="Black and white of --classifier, as -1,1 or 0,255.")
    ] = "-1,1",
    probe: Annotated[
        bool, typer.Option("--probe", help="What a run's critic learned: linear accuracy of its features on labels.")
    ] = False,
    device: Device = "auto",
    trust: Annotated[bool, typer.Option("--trust", help="Run the architecture file that came with the run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure how near images are to a data set: FID, KID, Inception Score, precision and recall.

    Each figure is named with the network whose features it was made in and the images on each side; only figures of
    the same name compare. FID, KID and IS are those of the published Inception network, and of no other. With
    --diversity, --memorized, --shares or --probe alone, only that is looked at.

    \b
    Examples:
      ganstudio evaluate latest --against mnist
      ganstudio evaluate dcgan-mnist-1@48 --against mnist --metrics fid --n 5000
      ganstudio evaluate ./pictures --against photos --features efficientnet-lite0
      ganstudio evaluate latest --against mnist --diversity --memorized
      ganstudio evaluate latest --shares
      ganstudio evaluate latest --probe
    """
    from ganstudio.bridge import call_worker

    metric_names, kinds = _parse_metrics(metrics), parse_kinds(by)
    if not shares and (given := next((flag for flag, it in (("--by", by), ("--classifier", classifier)) if it), None)):
        raise UsageError(f"{given} is of --shares.", "--shares")
    check_classifier(classifier)
    value_range = parse_range(range_)
    picture = _picture_path(target, out, memorized)
    if not 2 <= n <= MAX_IMAGES:
        raise UsageError(f"--n: from 2 to {MAX_IMAGES:,} images; got {n:,}.")
    workspace = Workspace.locate()
    with open_target(workspace, target, against, trust) as (scored, data, notes):
        if probe and scored.kind != "run":
            raise _no_critic_error(target, scored)
        request = {
            **{"kind": scored.kind, "target": str(scored.path), "checkpoint": scored.checkpoint},
            **{"against": str(data.path), "resolution": scored.size or data.manifest.size_option},
            **{"n": n, "features": features, "metrics": metric_names, "device": device},
            **{"diversity": diversity, "memorized": picture and str(picture), "probe": probe, "shares": None},
        }
        if shares:
            request["shares"] = shares_request(workspace, data, kinds, classifier, value_range)
        answer = call_worker("evaluate", json.dumps(request))
    answer["notes"] = [*notes, *answer["notes"]]
    _print_scores(answer, as_json)


def _print_scores(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    for line in answer["notes"]:
        note(f"note: {line}")
    note(f"{answer['target']} against {answer['against']}, {format_seconds(answer['seconds'])}")
    rows = []
    for name, value in answer["metrics"].items():
        sd = answer["sd"].get(name)
        rows.append((name, _format_score(value), f"± {_format_score(sd)}" if sd is not None else ""))
    if answer["diversity"]:
        rows += _diversity_rows(answer["diversity"])
    if copies := answer["memorized"]:
        rows.append(("suspiciously close", f"{copies['share']:.1%}", f"up to {copies['chance']:.1%} is chance"))
    if rows or copies:
        print_table(("score", "value", ""), rows, right=(1,))
    if answer["shares"]:
        print_shares(answer["shares"], answer["against"])
    if answer["probe"]:
        print_probe(answer["probe"])
    if copies:
        print_made(copies["picture"])


def _no_critic_error(target: str, scored: Target) -> UsageError:
    """What is said where --probe is asked of what has no critic: of an export its run has one."""
    if scored.kind != "model":
        return UsageError(f"--probe: {target} holds pictures; a run has a critic.", hint="ganstudio runs list")
    from ganstudio.inference.exports import Export

    run = Export.load(scored.path).manifest.run
    if run is None:
        return UsageError(f"--probe: {target} is an imported generator, and no critic came with it.", hint=None)
    return UsageError(
        f"--probe: {target} is a generator alone; the critic is in its run.", hint=f"ganstudio evaluate {run} --probe"
    )


def _diversity_rows(sides: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Rows of mean LPIPS for samples and for data: over all pairs, then within the classes."""
    rows = []
    for side, score in sides.items():
        rows.append((f"{score['score']}, {side}", _format_score(score["value"]), f"± {_format_score(score['error'])}"))
    for side, score in sides.items():
        if within := score.get("within"):
            value, error = (_format_score(within[key]) for key in ("value", "error"))
            rows.append((f"within a class, {side}", value, f"± {error}"))
    return rows


def _picture_path(target: str, out: Path | None, memorized: bool) -> Path | None:
    """The path of the picture of --memorized, or None. Raises UsageError where a file that is not ours lies there."""
    from ganstudio.inference.provenance import is_ours
    from ganstudio.runs.names import split_reference

    if not memorized:
        if out is not None:
            raise UsageError("--out is the picture of --memorized.", "--memorized")
        return None
    stem = Path(split_reference(target)[0]).stem or "samples"
    path = (out or Path(f"{stem}-nearest.png")).absolute()
    if path.suffix.lower() != ".png":
        raise UsageError(f"--out: {path.name}: the picture is a PNG. Nearest: {path.stem}.png")
    if not path.parent.is_dir():
        raise UsageError(
            f"--out: {path.parent} is no folder. {nearest_path(path.parent)}",
            hint=f"mkdir -p {quoted(path.parent)}",
        )
    if path.exists() and not is_ours(path):
        raise UsageError(f"--out: {path} is there and is not ganstudio's.", hint="--out ANOTHER.png")
    return path


def _format_score(value: float) -> str:
    """`value` with four decimals below 1, where KID and shares lie, and two digits at least below 0.001."""
    if 0 < abs(value) < 0.001:
        return f"{value:.2g}"
    return f"{value:.4f}" if abs(value) < 1 else format_number(value) if abs(value) >= 1000 else f"{value:.2f}"


def _parse_metrics(given: str | None) -> list[str]:
    if given is None:
        return []
    names = [name.strip().lower() for name in given.split(",") if name.strip()]
    for name in names:
        if name not in METRICS:
            raise UsageError(f"--metrics: {name!r} is none. {nearest(name, METRICS)}")
    if not names:
        raise UsageError(f"--metrics: nothing was given. Known: {', '.join(METRICS)}.")
    return list(dict.fromkeys(names))
