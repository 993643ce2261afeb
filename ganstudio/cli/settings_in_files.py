"""Options that files of settings may give, where neither the command line nor the environment does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError
from ganstudio.workspace import Workspace


def take_from_files(parameter: Any) -> None:
    """Makes a parameter whose variable is a setting's take the setting's value from files, which are read only then.

    Its help goes on to show the program's own default. What the environment says must be legal for the setting, too.
    """
    if not isinstance(parameter.envvar, str):
        return
    from ganstudio.settings.known import BY_VARIABLE
    from ganstudio.settings.values import from_environment, from_files

    setting, consume = BY_VARIABLE.get(parameter.envvar), parameter.consume_value
    if setting is None:
        return

    def consume_or_read(context: Any, given: Any) -> Any:
        value, source = consume(context, given)
        if source.name == "ENVIRONMENT":
            from_environment(setting)
        elif source.name == "DEFAULT" and not context.resilient_parsing:
            found = from_files(setting, _root() if setting.in_workspace else None)
            if found is not None:
                return found.value, type(source).DEFAULT_MAP
        return value, source

    parameter.consume_value = consume_or_read


def _root() -> Path | None:
    """The workspace's folder; None where there is none, which the command itself will say."""
    try:
        return Workspace.locate().root
    except UsageError:
        return None
