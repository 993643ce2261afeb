"""ganstudio export: generators as .onnx files, and what is in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.output import note, print_json, print_table
from ganstudio.errors import UsageError, nearest
from ganstudio.inference.exports import Export, find_export, list_exports, newest_of
from ganstudio.units import format_bytes, format_kimg
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.runs.store import RunView

app = typer.Typer(help="Make, list and show ONNX exports.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Checkpoint = Annotated[
    str | None, typer.Option(help="best, last, or a checkpoint's kimg.  [default: best, last where there is no score]")
]
Trust = Annotated[bool, typer.Option("--trust", help="Run the architecture file that came with the run.")]


@app.command("onnx")
def onnx(
    run: Annotated[str, typer.Argument(help="A run's id, name or beginning, `latest`, or RUN@KIMG.")] = "latest",
    checkpoint: Checkpoint = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An .onnx file.  [default: exports/RUN.onnx, or RUN@KIMG.onnx]")
    ] = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Export a run's generator (its averaged weights), checked against torch on 64 latents. Prints the file's path."""
    made = export_run(Workspace.locate(), run, checkpoint, out, trust)
    if as_json:
        print_json(made.as_json())
        return
    for line in _report(made):
        note(line)
    print(made.path)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the exports of the workspace, newest first."""
    exports, others = list_exports(Workspace.locate())
    for why in others:
        note(f"Left out: {why}")
    if as_json:
        print_json([export.as_json() for export in exports])
    elif exports:
        header = ("name", "task", "image", "classes", "run", "kimg", "size", "max|Δ|")
        print_table(header, [_row(export) for export in exports], right=(3, 5, 6, 7))
    else:
        note("There are no exports yet: ganstudio export onnx RUN")


@app.command("show")
def show(
    model: Annotated[str, typer.Argument(help="An export's name, an .onnx file, or a run (its newest export).")],
    as_json: Json = False,
) -> None:
    """Show what an export takes and gives, where it comes from and how well it agrees with torch."""
    workspace = Workspace.locate()
    export = find_export(workspace, model)
    if export is None:
        exports, _ = list_exports(workspace)
        export = newest_of(model, exports)
        if export is None:
            known = nearest(model, {one.name for one in exports})
            raise UsageError(f"there is no export {model!r}. {known}", hint="ganstudio export list")
    if as_json:
        print_json(export.as_json())
        return
    for name, value in _lines(export):
        print(f"{name:<11} {value}")


def export_run(
    workspace: Workspace, reference: str, checkpoint: str | None = None, out: Path | None = None, trust: bool = False
) -> Export:
    """A fresh export of the run that `reference`, RUN or RUN@KIMG, means.

    Raises:
        UsageError: no such run, no such checkpoint, code that is not trusted, or an output that cannot be.
        StudioError: onnxruntime and torch disagree, or the worker failed; no file is left then.
    """
    from ganstudio import bridge
    from ganstudio.runs import store
    from ganstudio.runs.trust import require_run

    name, _, kimg = reference.partition("@")
    if kimg and checkpoint:
        raise UsageError(f"{reference} names a checkpoint already: leave --checkpoint {checkpoint} out.")
    named = _checkpoint_name(kimg or checkpoint)
    run = store.find(workspace, name)
    require_run(run.path, run.record, trust)
    path = _target(workspace, run, named, out)
    if path.exists():
        note(f"Replacing {path}")
    bridge.call_worker("export", str(run.path), "--checkpoint", named or "best", "--out", str(path))
    return Export.load(path)


def _checkpoint_name(given: str | None) -> str | None:
    """`best`, `last` or kimg in its shortest spelling: `48.0` -> `48`."""
    if given is None or given in ("best", "last"):
        return given
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", given):
        raise UsageError(f"--checkpoint {given!r} is neither best, last nor a number of kimg such as 48.2.")
    return f"{float(given):.12g}"


def _target(workspace: Workspace, run: RunView, checkpoint: str | None, out: Path | None) -> Path:
    """The absolute path of the file to make; its folder exists then."""
    if out is None:
        stem = run.id if checkpoint in (None, "best") else f"{run.id}@{checkpoint}"
        path = workspace.exports / f"{stem}.onnx"
    else:
        path = out.expanduser().absolute()
        if path.suffix != ".onnx" or path.is_dir():
            raise UsageError(f"--out {out}: an export is one file whose name ends in .onnx.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path.parent} cannot be made: {error.strerror}.", hint="--out FILE") from None
    return path


def _report(export: Export) -> list[str]:
    """What a person wants to know of a new export, a line each."""
    lines = []
    if parity := export.manifest.parity:
        worst, mean = parity["max_abs"], parity["mean_abs"]
        lines.append(f"agrees with torch over {parity['n']} latents: at most {worst:.1e} apart, {mean:.1e} on average")
    for batch, ours, theirs in _latencies(export.manifest.latency_ms):
        times = f"{theirs / ours:.1f} x as fast as" if ours < theirs else f"{ours / theirs:.1f} x as long as"
        lines.append(f"batch {batch}: {ours:.1f} ms, {times} torch ({theirs:.1f} ms)")
    lines.append(f"{format_bytes(export.bytes)}, opset {export.manifest.opset}, {export.manifest.precision}")
    return lines


def _latencies(measured: dict[str, dict[str, float]] | None) -> list[tuple[str, float, float]]:
    """(batch, onnxruntime's, torch's) milliseconds, where both were measured."""
    ours, theirs = ((measured or {}).get(who, {}) for who in ("onnxruntime", "torch"))
    return [(batch, ours[batch], theirs[batch]) for batch in ours if ours[batch] > 0 and theirs.get(batch)]


def _lines(export: Export) -> list[tuple[str, str]]:
    manifest = export.manifest
    nimg = manifest.checkpoint_nimg
    lines = [
        ("name", export.name),
        ("path", str(export.path)),
        ("task", manifest.task),
        *(("input", f"{spec.name} {_shape(spec.shape)} {spec.dtype}") for spec in manifest.inputs),
        *(("output", f"{spec.name} {_shape(spec.shape)} {spec.dtype}") for spec in manifest.outputs),
        ("range", "{:g} to {:g}".format(*manifest.value_range)),
        ("classes", ", ".join(manifest.classes) or "none"),
        ("run", manifest.run or "none"),
        ("checkpoint", f"{format_kimg(nimg)} kimg" if nimg is not None else "none"),
    ]
    return [*lines, *(("", line) for line in _report(export)), ("sha256", manifest.sha256)]


def _shape(shape: tuple[int | str, ...]) -> str:
    return f"[{', '.join(map(str, shape))}]"


def _row(export: Export) -> list[str]:
    manifest = export.manifest
    return [
        export.name,
        manifest.task,
        "x".join(map(str, manifest.image_shape)),
        str(len(manifest.classes) or "–"),
        manifest.run or "–",
        format_kimg(manifest.checkpoint_nimg) if manifest.checkpoint_nimg is not None else "–",
        format_bytes(export.bytes),
        f"{manifest.parity['max_abs']:.0e}" if manifest.parity else "–",
    ]
