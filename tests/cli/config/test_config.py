from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ganstudio.cli.command_table import COMMANDS, Command
from ganstudio.cli.lazy_group import root_group
from ganstudio.settings.files import own_file
from ganstudio.settings.known import BY_VARIABLE, SETTINGS
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program

URL = "https://user:S3CRET@hooks.example.org/S3CRET?S3CRET"


def listed(ganstudio: Program) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in json.loads(ganstudio("config", "--json").out)}


def test_every_setting_is_listed_with_where_it_comes_from(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ganstudio("config").out == ganstudio("config", "list").out
    ganstudio("config", "set", "serve.port", "80")
    ganstudio("config", "set", "theme", "light", "--in-workspace")
    monkeypatch.setenv("GANSTUDIO_DEVICE", "cpu")
    rows = listed(ganstudio)
    assert rows.keys() == SETTINGS.keys()
    sources = {key: (row["value"], row["source"], row["where"]) for key, row in rows.items()}
    assert sources["serve.port"] == (80, "user", str(own_file("config.toml")))
    assert sources["theme"] == ("light", "workspace", str(workspace.root / "ganstudio.toml"))
    assert sources["device"] == ("cpu", "environment", "GANSTUDIO_DEVICE")
    assert sources["provider"] == ("auto", "default", None)
    assert sources["serve.timeout"] == (60, "default", None)
    assert sources["workspace"] == (str(workspace.root), "environment", "GANSTUDIO_WORKSPACE")
    assert all(row["means"] for row in rows.values())


def test_every_option_that_a_variable_gives_is_a_setting() -> None:
    group = root_group()
    commands = [name for name, one in COMMANDS.items() if isinstance(one, Command)]
    variables = {one.envvar for name in commands for one in group.get_command(None, name).params if one.envvar}
    assert variables <= BY_VARIABLE.keys()
    serving = {name for name in variables if name.startswith("GANSTUDIO_SERVE_")}
    assert serving == {name for name in BY_VARIABLE if name.startswith("GANSTUDIO_SERVE_")}


def test_a_webhook_s_url_is_kept_from_others_and_never_shown(ganstudio: Program, workspace: Workspace) -> None:
    ended = ganstudio("config", "set", "notify.url", URL)
    assert (ended.code, ended.out) == (0, f"{own_file('config.toml')}\n")
    assert stat.S_IMODE(own_file("config.toml").stat().st_mode) == 0o600
    shown = [ganstudio("config"), ganstudio("config", "--json"), ganstudio("train", "--help")]
    assert "https://hooks.example.org/..." in shown[0].out
    assert "S3CRET" not in str(shown)
    assert "S3CRET" not in str(ganstudio("config", "set", "notify.url", URL.replace("https", "ftp")))


def test_an_error_s_hint_does_not_repeat_a_webhook_s_url(ganstudio: Program, workspace: Workspace) -> None:
    ended = ganstudio("train", "dcgan", "--data", "mnist", "--kimg", "1", "--epochs", "2", "--notify", URL)
    assert ended.code == 2
    assert "--notify https://hooks.example.org/..." in ended.err
    assert "S3CRET" not in ended.err


def test_set_changes_one_line_and_leaves_the_rest(ganstudio: Program, workspace: Workspace) -> None:
    path = own_file("config.toml")
    path.parent.mkdir(parents=True)
    path.write_text('# mine\ndevice = "cpu"  # slow\n\n[serve]\n# a comment\nport = 1\n\n[notify]\nseverity = "info"\n')
    path.chmod(0o640)
    for key, value in (("device", "cuda:1"), ("serve.port", "80"), ("serve.rate", "2.5"), ("provider", "cpu")):
        assert ganstudio("config", "set", key, value).code == 0
    ganstudio("config", "set", "serve.allowed_host", "a.org, b.org")
    ganstudio("config", "unset", "notify.severity")
    assert path.read_text() == (
        '# mine\ndevice = "cuda:1"  # slow\nprovider = "cpu"\n\n[serve]\n# a comment\nport = 80\nrate = 2.5\n'
        'allowed_host = ["a.org", "b.org"]\n\n[notify]\n'
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_keys_of_the_dashboard_stand_in_its_own_file(ganstudio: Program, workspace: Workspace) -> None:
    assert ganstudio("config", "set", "keys.runs.stop", "ctrl+t").out == f"{own_file('tui.toml')}\n"
    assert own_file("tui.toml").read_text() == '[keys]\n"runs.stop" = "ctrl+t"\n'
    assert listed(ganstudio)["keys.runs.stop"]["value"] == "ctrl+t"
    wrong = ganstudio("config", "set", "keys.runs.stp", "ctrl+t")
    assert wrong.code == 2
    assert "Did you mean 'runs.stop'?" in wrong.err


def test_a_link_to_a_file_of_settings_stays_one(ganstudio: Program, workspace: Workspace, tmp_path: Path) -> None:
    own_file("config.toml").parent.mkdir(parents=True)
    own_file("config.toml").symlink_to(tmp_path / "dotfiles.toml")
    ganstudio("config", "set", "device", "cpu")
    assert own_file("config.toml").is_symlink()
    assert (tmp_path / "dotfiles.toml").read_text() == 'device = "cpu"\n'


@pytest.mark.parametrize(
    "text",
    ["serve = { port = 1 }\n", "serve.port = 1\n", '[serve]\nport = 1\nallowed_host = [\n"a",\n]\n[[x]]\ny = 1\n'],
)
def test_a_layout_that_cannot_be_changed_is_left_alone(ganstudio: Program, workspace: Workspace, text: str) -> None:
    path = own_file("config.toml")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    ended = ganstudio("config", "set", "serve.allowed_host", "b")
    assert (ended.code, ended.out) == (2, "")
    assert "must be edited by hand" in ended.err
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "devise", "cpu"), "Did you mean 'device'?"),
        (("set", "device", "gpu"), "device must be auto, cpu, cuda, cuda:N or mps; got 'gpu'. Did you mean 'cpu'?"),
        (("set", "serve.port", "x"), "serve.port must be a whole number; got 'x'."),
        (("set", "data", "relative"), "a path that begins with / or ~"),
        (("set", "workspace", "/tmp"), "set GANSTUDIO_WORKSPACE in the environment"),
        (("set", "token", "x"), "set GANSTUDIO_TOKEN in the environment"),
        (("set", "serve.host", "0.0.0.0", "--in-workspace"), "device and theme may"),
        (("set", "keys.runs.stop", "x", "--in-workspace"), "device and theme may"),
        (("unset", "device"), "device is not set in"),
    ],
)
def test_what_cannot_be_set_is_refused(
    ganstudio: Program, workspace: Workspace, arguments: tuple[str, ...], says: str
) -> None:
    ended = ganstudio("config", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
    assert not own_file("config.toml").exists()
    assert not (workspace.root / "ganstudio.toml").exists()


def test_what_is_wrong_is_told_below_what_holds(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.root / "ganstudio.toml").write_text('device = "cpu"\n[notify]\nurl = "http://stranger/"\n')
    monkeypatch.setenv("GANSTUDIO_ALERT", "loud")
    ended = ganstudio("config")
    assert ended.code == 2
    assert "cpu     " in ended.out
    assert "notify.url may not be set by a workspace" in ended.err
    assert "GANSTUDIO_ALERT: must be" in ended.err


def test_a_workspace_s_forbidden_key_stops_what_would_read_it(ganstudio: Program, workspace: Workspace) -> None:
    (workspace.root / "ganstudio.toml").write_text('provider = "cuda"\n')
    ended = ganstudio("train", "dcgan", "--data", "mnist")
    assert (ended.code, ended.out) == (2, "")
    assert "provider may not be set by a workspace" in ended.err
    assert ganstudio("runs", "list").code == 0
    assert ganstudio("train", "--help").code == 0


def test_an_option_takes_its_value_from_a_file(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr("ganstudio.cli.train.command.check_flags", lambda *given: seen.append(given[-1]) or 1 / 0)
    ganstudio("config", "set", "device", "mps")
    ganstudio("train", "dcgan", "--data", "mnist")
    ganstudio("train", "dcgan", "--data", "mnist", "--device", "cpu")
    monkeypatch.setenv("GANSTUDIO_DEVICE", "cuda:3")
    ganstudio("train", "dcgan", "--data", "mnist")
    assert seen == ["mps", "cpu", "cuda:3"]


def test_path_prints_the_three_files(ganstudio: Program, workspace: Workspace) -> None:
    files = [str(workspace.root / "ganstudio.toml"), str(own_file("config.toml")), str(own_file("tui.toml"))]
    assert ganstudio("config", "path").out.splitlines() == files
    assert json.loads(ganstudio("config", "path", "--json").out)[0] == {"path": files[0], "exists": False}
