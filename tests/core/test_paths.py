"""Files are where the XDG specification, the configuration or a shared installation puts them."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import platformdirs
import pytest

from opsconsole.core.paths import (
    SYSTEM_CONFIG,
    SYSTEM_DATA,
    expanded,
    find_config,
    home_folder,
    make_paths,
    user_config,
)

HOME = {"HOME": "/home/ana"}


def test_a_persons_paths() -> None:
    paths = make_paths(None, HOME)
    assert (paths.config, paths.shared) == (None, False)
    assert paths.records == Path("/home/ana/.local/share/opsconsole/opsconsole.db")
    assert paths.metrics == Path("/home/ana/.local/share/opsconsole/metrics.db")
    assert paths.log == Path("/home/ana/.local/state/opsconsole/opsconsole.log")
    assert paths.drafts == Path("/home/ana/.local/state/opsconsole/drafts")
    assert paths.preferences == Path("/home/ana/.local/state/opsconsole/preferences.json")
    assert paths.cache == Path("/home/ana/.cache/opsconsole")
    assert user_config(HOME) == Path("/home/ana/.config/opsconsole/opsconsole.yaml")


def test_they_are_those_of_other_programs() -> None:
    paths = make_paths(None, os.environ)
    dirs = platformdirs.PlatformDirs("opsconsole", appauthor=False)
    assert (paths.data, paths.state, paths.cache) == (dirs.user_data_path, dirs.user_state_path, dirs.user_cache_path)
    assert user_config(os.environ).parent == dirs.user_config_path


def test_variables_of_the_environment() -> None:
    env = {**HOME, "XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "relative", "XDG_CONFIG_HOME": ""}
    paths = make_paths(None, env)
    assert (paths.data, paths.state) == (Path("/d/opsconsole"), Path("/s/opsconsole"))
    assert paths.cache == Path("/home/ana/.cache/opsconsole")
    assert user_config(env) == Path("/home/ana/.config/opsconsole/opsconsole.yaml")


def test_the_systems_configuration_makes_a_shared_installation() -> None:
    paths = make_paths(SYSTEM_CONFIG, HOME)
    assert paths.shared
    assert paths.records == SYSTEM_DATA / "opsconsole.db"
    assert paths.log == Path("/home/ana/.local/state/opsconsole/opsconsole.log")


def test_the_configuration_wins() -> None:
    paths = make_paths(SYSTEM_CONFIG, HOME, data="~/ops", log="/var/log/ops.log")
    assert (paths.data, paths.log, paths.shared) == (Path("/home/ana/ops"), Path("/var/log/ops.log"), True)


def test_without_home_the_user_database_is_asked() -> None:
    assert home_folder({}) == home_folder({"HOME": "relative"}) == Path(pwd.getpwuid(os.getuid()).pw_dir)


@pytest.mark.parametrize(("path", "absolute"), [("~", "/home/ana"), ("~/a", "/home/ana/a"), ("/a", "/a")])
def test_expanded(path: str, absolute: str) -> None:
    assert expanded(path, HOME) == Path(absolute)


def test_a_relative_path_on_the_command_line_is_of_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_config(Path("a.yaml"), HOME) == tmp_path / "a.yaml"


def test_the_order_of_configurations(tmp_path: Path) -> None:
    system = tmp_path / "etc" / "opsconsole.yaml"
    env = {"HOME": str(tmp_path)}
    own = user_config(env)
    assert find_config(None, env, system) is None
    system.parent.mkdir()
    system.touch()
    assert find_config(None, env, system) == system
    own.parent.mkdir(parents=True)
    own.touch()
    assert find_config(None, env, system) == own
    named = {**env, "OPSCONSOLE_CONFIG": "~/other.yaml"}
    assert find_config(None, named, system) == tmp_path / "other.yaml"
    assert find_config(Path("/explicit"), named, system) == Path("/explicit")
    assert find_config(None, {**env, "OPSCONSOLE_CONFIG": ""}, system) == own


def test_a_dangling_link_and_a_folder_are_not_passed_over(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}
    own = user_config(env)
    own.parent.mkdir(parents=True)
    own.symlink_to("nowhere")
    assert find_config(None, env, tmp_path / "none") == own
    own.unlink()
    own.mkdir()
    assert find_config(None, env, tmp_path / "none") == own


def test_a_file_in_place_of_a_folder_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / ".config").touch()
    assert find_config(None, {"HOME": str(tmp_path)}, tmp_path / "none") is None
