"""What every command does about a value that is empty: an unset variable of the shell, more often than a wish.

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

    def checked(context: Any, value: Any) -> Any:
        source = context.get_parameter_source(parameter.name)
        if source is not None and source.name == "COMMANDLINE" and _has_empty(value):
            raise UsageError(
                f"{_called(parameter)}: is empty; got ''. Where a variable of the shell was meant, it is not set.",
                hint=f"{context.command_path} --help",
            )
        return process(context, value)

    parameter.process_value = checked


def _has_empty(value: Any) -> bool:
    return value == "" or (isinstance(value, list | tuple) and any(map(_has_empty, value)))


def _called(parameter: Any) -> str:
    """`--data`, or what the help calls an argument."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name.upper())
