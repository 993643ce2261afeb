"""The program: its commands, its global options, and the one place that prints errors."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from typing import Any

import typer

from ganstudio import __version__
from ganstudio.cli.lazy_group import root_group
from ganstudio.cli.output import note, paint, print_json, print_made
from ganstudio.errors import Interrupted, StudioError, UsageError, nearest, quoted
from ganstudio.streams import discard_output, open_closed, raw_stream, readable_streams
from ganstudio.workspace import expand_argument, folder_is_gone, nearest_path, no_current_folder_error

# Typer exports only this leaf of the tree that its parser raises, and has moved the tree between versions.
_ParserError: type[Exception] = typer.BadParameter.__mro__[1]
_INSTALL = "pip install ganstudio   # with all that its commands need"


def main() -> None:
    """The console script."""
    open_closed()
    for stream in (sys.stdout, sys.stderr):
        # A picture's half-blocks or a name's umlaut must not end a command where the locale is ASCII.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs the command line `arguments` and returns its exit code. Errors end here, on stderr."""
    with readable_streams():
        try:
            return _complete(arguments) if os.environ.get("GANSTUDIO_COMPLETE") else _run(arguments)
        except BrokenPipeError:
            for stream in (sys.stdout, sys.stderr):
                discard_output(raw_stream(stream))
            return 1


def _run(arguments: list[str]) -> int:
    debug = "--debug" in arguments

    def report(error: StudioError) -> int:
        return _print_error(error, debug, as_json, arguments)

    as_json = os.environ.get("GANSTUDIO_ERRORS") == "json" or "--json" in itertools.takewhile("--".__ne__, arguments)
    try:
        code = _dispatch(arguments)
        # What a full disk or the pipe's reader did not take fails here, not in the interpreter's last breath.
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        raise
    except (KeyboardInterrupt, typer.Abort):
        return report(Interrupted("interrupted")) if as_json else Interrupted.exit_code
    except StudioError as error:
        return report(error)
    except _ParserError as error:
        return report(_usage_error(error))
    except OSError as error:
        return report(_system_error(error))
    except Exception as error:
        if missing := _missing_package(error):
            return report(StudioError(f"this needs {missing}, which is not installed.", hint=_INSTALL))
        from ganstudio.cli.suggestion import without_secrets

        fault = StudioError(
            f"this is a fault of ganstudio: {type(error).__name__}: {error}",
            hint=None if debug else " ".join(["ganstudio --debug", *map(quoted, without_secrets(arguments))]),
        )
        return report(fault)


def _dispatch(arguments: list[str]) -> int:
    rest = _take_global_options(arguments)
    if rest is None:
        print(f"ganstudio {__version__}")
        return 0
    group = root_group()
    try:
        # Not by `main`, which ends the process itself where a pipe is closed and keeps Ctrl-C from us.
        with group.make_context("ganstudio", rest) as context:
            group.invoke(context)
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def _complete(arguments: list[str]) -> int:
    """Prints the candidates for the last of `arguments`; see completion/. No errors are printed: a key was pressed."""
    from ganstudio.cli.completion.candidates import candidates

    *before, part = arguments or [""]
    with contextlib.suppress(Exception):
        for word, means in candidates(root_group(), _take_global_options(before) or [], part):
            print_made(f"{word}\t{means}")
    return 0


def _take_global_options(arguments: list[str]) -> list[str] | None:
    """The arguments without the global options, which take effect here; None where the version is wanted.

    They may stand anywhere. Typer does not parse them: as soon as one option has a value it imports pydantic, which
    would take a third of the time that `runs list` has.
    """
    rest: list[str] = []
    remaining = map(expand_argument, arguments)
    for argument in remaining:
        match argument.partition("="):
            case "--debug", "", _:
                continue
            case "--version", "", _:
                return None
            case "--workspace", equals, value:
                directory = value if equals else next(remaining, "")
                if not directory:
                    hint = "ganstudio --workspace DIR runs list   # or `config set KEY VALUE --in-workspace`"
                    raise UsageError("--workspace needs a folder.", hint)
                # By the environment, so that every module and every worker sees the same one.
                os.environ["GANSTUDIO_WORKSPACE"] = directory
            case "--", "", _:
                return [*rest, argument, *remaining]
            case _:
                rest.append(argument)
    return rest


def _usage_error(error: Any) -> UsageError:
    """The parser's complaint in our words, with the nearest legal thing and the command that explains."""
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path} --help" if context else "ganstudio --help"
    message = error.format_message()
    if message.startswith("No such option") and context:
        known = [name for parameter in context.command.get_params(context) for name in parameter.opts]
        return UsageError(f"there is no option {error.option_name}. {nearest(error.option_name, known)}", hint)
    return UsageError(f"{message[:1].lower()}{message[1:]}", hint)


def _missing_package(error: Exception) -> str | None:
    """The package of somebody else's that an import did not find: smaller installations go without some."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    return name if name not in ("", "ganstudio") else None


def _system_error(error: OSError) -> StudioError:
    """The error of a refusal by the system, with the nearest path where one is missing."""
    if isinstance(error, FileNotFoundError) and folder_is_gone():
        return no_current_folder_error()
    where = f"{error.filename}: " if error.filename else ""
    near = nearest_path(os.fsdecode(error.filename)) if isinstance(error, FileNotFoundError) and error.filename else ""
    return StudioError(f"{where}{error.strerror or error}. {near}")


def _print_error(error: StudioError, debug: bool, as_json: bool, arguments: list[str]) -> int:
    """Prints an error on stderr and returns its exit code. As JSON it is one object on one line, the last."""
    import traceback

    if as_json:
        details = {"traceback": traceback.format_exc().splitlines()} if debug else {}
        print_json(error.report(**details), indent=None, stream=sys.stderr)
        return error.exit_code
    if debug:
        traceback.print_exc()
    first, *more_lines = error.message.split("\n")
    if isinstance(error, Interrupted):
        for line in (first, *more_lines):
            note(line)
        return error.exit_code
    note(f"{paint('error:', 'red', sys.stderr)} {first or type(error).__name__}")
    for line in more_lines:
        note(f"       {line}")
    if error.hint:
        note(f"{paint('try:', 'cyan', sys.stderr)} {_hint_as_typed(error.hint, arguments)}")
    return error.exit_code


def _hint_as_typed(hint: str, arguments: list[str]) -> str:
    """The hint as a command that can be typed where `arguments` failed."""
    from ganstudio.cli.suggestion import hint_as_typed, without_global_options, without_secrets

    try:
        command = root_group()
        for word in without_global_options(arguments):
            if not hasattr(command, "get_command") or (inner := command.get_command(None, word)) is None:
                break
            command = inner
        known = {
            name: not getattr(one, "is_flag", False) for one in command.params for name in one.opts if name[0] == "-"
        }
        return hint_as_typed(hint, without_secrets(arguments), known)
    except (StudioError, ValueError):  # no such command; quotation marks that a shell would not read either
        return hint
