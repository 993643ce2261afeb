"""Every setting: its key, what it may be, the files that it may stand in, and the variable of the environment.

The variable of a key is GANSTUDIO_ and the key in capitals: `serve.port` is GANSTUDIO_SERVE_PORT. A workspace's file
can come with a stranger's repository, so only what is harmless may stand there: no command, no URL, no host, no path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ganstudio.settings.kinds import DEVICE, NUMBER, PATH, SECRET, TEXT, TEXTS, WEBHOOK, WHOLE, Kind, choice

File = Literal["config.toml", "tui.toml"]
KEYS = "keys"  # the table of the dashboard's keys, which only the dashboard knows


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        key: its name; `notify.url` is `url` under `[notify]` in a file.
        file: the file of the user's own that it stands in; None of one that the environment alone can give.
        default: what holds where nothing is set; of an option of a command it is the option's own, and None here.
        means: what it is, for a person; of a command's option None, since its help says so.
    """

    key: str
    kind: Kind
    file: File | None = "config.toml"
    default: Any = None
    means: str | None = None
    in_workspace: bool = False

    @property
    def variable(self) -> str:
        return f"GANSTUDIO_{self.key.upper().replace('.', '_')}"


_SERVE: dict[str, Kind] = {
    **{"host": TEXT, "port": WHOLE, "token_file": PATH, "allowed_host": TEXTS, "trusted_proxy": TEXTS},
    **{"max_body": NUMBER, "max_images": WHOLE, "max_pixels": NUMBER, "max_steps": WHOLE, "max_search": WHOLE},
    **{"max_jobs": WHOLE, "max_queue": WHOLE, "max_connections": WHOLE, "max_tabs": WHOLE, "rate": NUMBER},
    **{"timeout": NUMBER, "memory": NUMBER, "batch": WHOLE, "wait": NUMBER},
}
_ALL = (
    Setting("workspace", TEXT, None, means="where runs/ and exports/ are"),
    Setting("data", PATH, means="where packed data sets and weights are"),
    Setting("state", TEXT, None, means="where it is noted which run uses which device"),
    Setting("device", DEVICE, in_workspace=True),
    Setting("provider", TEXT),
    Setting("notify.url", WEBHOOK, means="the webhook that is told of findings and of the end of a run"),
    Setting("notify.severity", choice("info", "warning", "error"), default="warning", means="the least that is told"),
    Setting("theme", choice("dark", "light"), "tui.toml", "dark", "colours of the dashboard", in_workspace=True),
    Setting("pictures", choice("blocks", "kitty"), "tui.toml", "blocks", "how the dashboard draws pictures"),
    Setting("enlarged", choice("bricks", "smooth"), "tui.toml", "bricks", "how it enlarges them"),
    Setting(
        "alert",
        choice("all", "bell", "notification", "none"),
        "tui.toml",
        "all",
        "how an open dashboard calls when a run ends",
    ),
    *(Setting(f"serve.{name}", kind) for name, kind in _SERVE.items()),
    Setting("token", SECRET, None, means="the token that sample --server sends"),
    Setting("progress", choice("lines"), None, means="progress as lines, for a program to read"),
    Setting("errors", choice("json"), None, means="errors as JSON"),
)
SETTINGS: dict[str, Setting] = {setting.key: setting for setting in _ALL}
BY_VARIABLE: dict[str, Setting] = {setting.variable: setting for setting in _ALL}
