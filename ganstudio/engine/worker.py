"""The one door to the engine: `python -m ganstudio.engine.worker VERB ...`.

`train` tells what happens in its run folder. Every other verb prints one JSON document on stdout: its answer, or
{"error": ...}. Torch is imported by the verb, after a training has said which process it is.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ganstudio.engine import latent_verbs
from ganstudio.engine.worker_arguments import parser
from ganstudio.errors import RecipeError, StudioError, TrainingError, UsageError
from ganstudio.runs import process, requests
from ganstudio.runs.queue import devices, tickets
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.record import load_record


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    if given.ends_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    if given.verb == "train":
        return _gone(_train(given.run, given.resume, given.minutes))
    verbs: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "describe": _describe,
        "validate": _validate,
        "options": _options,
        "doctor": _doctor,
        "dry-run": _dry_run,
        "check": _check,
        "export": _export,
        "import-weights": _import_weights,
        "against": _against,
        "fetch": _fetch,
        "prove": _prove,
        "classifier": _classifier,
        "evaluate": _evaluate,
        **latent_verbs.VERBS,
    }
    return _answer(lambda: verbs[given.verb](given))


def _end_with_stdin() -> None:
    """Ends this process when nobody holds the other end of stdin: whoever asked was killed."""
    while os.read(0, 1):
        pass
    os._exit(1)


def _train(run: Path, resume: bool, minutes: float | None) -> int:
    """0 when the run came to its end or was stopped, else the exit code of what failed, which metrics.jsonl tells."""
    leads = os.environ.get("RANK", "0") == "0"  # as torchrun announces it
    try:
        _appear(run, leads)
        from ganstudio.engine.distributed import World
        from ganstudio.engine.training import train

        world = World.from_environment()
        try:
            train(run, resume, minutes, world)
        finally:
            world.leave()
        return 0
    except StudioError as error:
        return _fail(run, leads, error)
    except Exception as error:
        traceback.print_exc()
        return _fail(run, leads, _explained(error))


def _gone(code: int) -> int:
    """The exit code; where there are several processes they end here, at once.

    gloo's threads can hold tensors for a moment after the group was left. Letting go of one while the interpreter shuts
    down aborts the process (seen once in six; pytorch/pytorch#179291), and torchrun calls a finished training failed.
    """
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _appear(run: Path, leads: bool) -> None:
    """Says who works on the run and holds its devices, before torch is imported and takes seconds.

    On several machines no front end did this: torchrun is typed by hand on each, and the devices of each are used
    beside whatever else runs there.
    """
    here, all_of_us = (int(os.environ.get(name, 1)) for name in ("LOCAL_WORLD_SIZE", "WORLD_SIZE"))
    if leads:
        process.write_process(run)
        threading.Thread(target=process.keep_beating, args=(run,), daemon=True).start()
        if all_of_us > here:
            requests.clear(run)
    if os.environ.get("LOCAL_RANK", "0") == "0" and not tickets.hand_over(run):
        tickets.take(run, devices.devices_used(load_record(run / RECORD).device, here), "share")


def _fail(run: Path, leads: bool, error: StudioError) -> int:
    from ganstudio.engine.run_folder.journal import Journal

    print(error.message, file=sys.stderr)
    error.hint = error.hint and re.sub(r"\bRUN\b", run.name, error.hint)  # what fails deep inside has no name for it
    if leads:
        journal = Journal(run)
        journal.resume_clock(journal.state.elapsed_s)
        where = {key: getattr(error, key) for key in ("loss", "step") if hasattr(error, key)}
        journal.failed(journal.state.nimg, error, **where)
    return error.exit_code


def _explained(error: Exception) -> StudioError:
    """What a user can do about a failure that no part of the engine foresaw."""
    import torch

    smaller = "Train again with --set training.micro_batch=16, or a smaller training.batch"
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return TrainingError(f"out of memory: {str(error).splitlines()[0] if str(error) else ''}", hint=smaller)
    if isinstance(error, OSError):
        return TrainingError(f"{error.filename or 'the run folder'}: {error.strerror or error}.", hint="df -h .")
    return TrainingError(f"{type(error).__name__}: {error}")


def _describe(given: argparse.Namespace) -> dict[str, Any]:
    """The description of one architecture; of several, by what each was called."""
    names = given.architectures
    return _description(names[0]) if len(names) == 1 else {name: _description(name) for name in names}


def _description(named: str) -> dict[str, Any]:
    from ganstudio.engine import architectures

    file = Path(named)
    own = file.suffix == ".py"
    architecture = architectures.load_file(file) if own else architectures.find(named)
    name = file.stem if own else named
    recipe = {**architecture.recipe, "architecture": {"id": name, **architecture.recipe.get("architecture", {})}}
    return {
        "id": name,
        "summary": architecture.summary,
        "recipe": {"summary": architecture.summary, **recipe},
        "options": architecture.options.model_json_schema(),
    }


def _validate(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.dry_run.validation import validate_all

    validate_all(given.records, given.start, given.elsewhere)
    return {"ok": True}


def _options(given: argparse.Namespace) -> dict[str, Any]:
    """Whether an architecture takes its options, and images of a side where one is given, whatever the data is."""
    from ganstudio.engine import architectures
    from ganstudio.recipe.schema import ArchitectureChoice

    problems: dict[str, None] = {}
    for text in given.choices:
        asked = json.loads(text)
        choice = ArchitectureChoice.model_validate(asked["architecture"])
        try:
            found = architectures.load_file(given.file) if given.file else architectures.find(choice.id)
            options = architectures.own_knobs(found, choice)
            if asked["side"]:
                problems |= dict.fromkeys(architectures.never_legal(found, options, asked["side"]))
        except RecipeError as error:
            problems |= dict.fromkeys(error.problems)
        except UsageError as error:
            problems[error.message] = None
    if problems:
        raise RecipeError(problems)
    return {"ok": True}


def _doctor(_given: argparse.Namespace) -> dict[str, Any]:
    """What torch finds on this machine."""
    try:
        import torch
    except Exception as error:  # a library that does not load raises what it likes
        raise StudioError(f"import torch: {type(error).__name__}: {error}") from None

    from ganstudio.engine.devices import every

    versions = {"torch": torch.__version__, "cuda": torch.version.cuda}
    return {**versions, "threads": torch.get_num_threads(), "devices": every()}


def _dry_run(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.dry_run.answer import dry_run

    return dry_run(given.record, given.start)


def _check(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.conformance import check

    return check(given.file)


def _export(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.export.blend import Blend
    from ganstudio.engine.export.onnx import export
    from ganstudio.inference.exports import Export

    blend = Blend.of(Path(given.blend[0]), given.blend[1], float(given.blend[2])) if given.blend else None
    made = export(given.run, given.checkpoint, given.out, given.precision, given.ema_std, blend)
    return Export.load(made[0]).as_json()


def _import_weights(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.export.foreign_weights import import_weights

    return import_weights(given.file, given.out)


def _against(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.export.compare_with_run import against

    return against(given.run, given.file)


def _fetch(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.fetch import fetch

    fetch(given.what, given.folder)
    return {"ok": True}


def _prove(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.evaluation.augmentation_gain import prove

    return prove(given.real, given.augmented, given.seeds)


def _classifier(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.export.classifier import train_classifier

    return train_classifier(given.data, given.out)


def _evaluate(given: argparse.Namespace) -> dict[str, Any]:
    from ganstudio.engine.evaluation.evaluate import Request, evaluate

    return evaluate(Request.of(json.loads(given.request)))


def _answer(work: Callable[[], dict[str, Any]]) -> int:
    """Prints the verb's answer, or its error; what the engine or a user's file prints meanwhile goes to stderr."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            answer = work()
        code = 0
    except StudioError as error:
        answer, code = {"error": error.as_json()}, error.exit_code
    except KeyboardInterrupt:  # Ctrl-C goes to the front end too, which says so
        return 130
    except Exception as error:
        traceback.print_exc()
        answer, code = {"error": _explained(error).as_json()}, 1
    print(json.dumps(answer))
    return code


if __name__ == "__main__":
    sys.exit(main())
