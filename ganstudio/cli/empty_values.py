"""Refusal of empty values on the command line: an unset variable of the shell, more often than a wish.

Read as a path it would be the current folder, as a name the beginning of every name.
"""

from __future__ import annotations

from typing import Any

from ganstudio.errors import UsageError


def refuse_empty(parameter: Any) -> None:
    """Makes a parameter of a command raise UsageError for an empty value on the command line, before it is read.

    Defaults may be empty, and an environment variable that is empty counts as unset.
    """
    process = parameter.process_value

    def process_unless_empty(context: Any, value: Any) -> Any:
        source = context.get_parameter_source(parameter.name)
        if source is not None and source.name == "COMMANDLINE" and _has_empty(value):
            raise UsageError(
                f"{_shown_name(parameter)}: is empty; got ''. Where a variable of the shell was meant, it is not set.",
                hint=f"{context.command_path} --help",
            )
        return process(context, value)

    parameter.process_value = process_unless_empty


def _has_empty(value: Any) -> bool:
    return value == "" or (isinstance(value, list | tuple) and any(map(_has_empty, value)))


def _shown_name(parameter: Any) -> str:
    """The name of a parameter as the help writes it: `--data`, or an argument's `NAME`."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name.upper())
