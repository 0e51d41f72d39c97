"""Installing the agent as a service: what is found out, written, refused and said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.agent import install as installing
from opsconsole.agent.launch import command, source
from opsconsole.agent.unit import NAME, Service
from opsconsole.core.errors import ExitCode, OpsError, PermissionDenied, StorageFull, UsageError
from opsconsole.settings import load_settings
from tests.agent.agents import ROOT
from tests.core.storage import NOBODY, as_root, mode, small_disk

if TYPE_CHECKING:
    from collections.abc import Callable

    Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def booted(tmp_path: Path) -> Path:
    (tmp_path / "booted").mkdir()
    return tmp_path / "booted"


def service(tmp_path: Path, *, user: bool = False) -> Service:
    return Service(("/usr/bin/opsconsole", "agent"), tmp_path / "data", user, {"PYTHONPATH": "/opt/50% of it"})


def test_it_writes_the_unit_and_the_folder_and_says_what_to_run(tmp_path: Path, booted: Path) -> None:
    path = tmp_path / "units" / NAME
    said = installing.install(service(tmp_path), path, booted)
    assert said[0] == f"Wrote {path}."
    assert "  systemctl enable --now opsconsole-agent.service" in said
    assert "ExecStart=/usr/bin/opsconsole agent" in path.read_text()
    assert mode(path) == 0o644
    assert mode(tmp_path / "data") == 0o700
    again = installing.install(service(tmp_path), path, booted)
    assert again[0] == f"{path} is there already, and the same."
    assert again[1:] == said[1:]


def test_for_a_person_it_says_how_the_agent_outlives_the_session(tmp_path: Path, booted: Path) -> None:
    said = installing.install(service(tmp_path, user=True), tmp_path / NAME, booted)
    assert "  systemctl --user daemon-reload" in said
    assert "loginctl enable-linger" in said[-1]
    assert not (tmp_path / "data").exists()


def test_another_unit_is_never_changed(tmp_path: Path, booted: Path) -> None:
    path = tmp_path / NAME
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already and differs; it was not changed"):
        installing.install(service(tmp_path), path, booted)
    assert path.read_text() == "mine"
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OpsError):
        installing.install(service(tmp_path), path, booted)
    assert not (tmp_path / "elsewhere").exists()


@as_root
def test_without_permission_the_exit_status_says_so(tmp_path: Path, booted: Path) -> None:
    (tmp_path / "units").mkdir(mode=0o700)
    os.seteuid(NOBODY)
    try:
        with pytest.raises(PermissionDenied) as denied:
            installing.install(service(Path("/")), Path("/etc") / NAME, Path("/proc"))
    finally:
        os.seteuid(0)
    assert denied.value.exit_code == 3
    assert "Use sudo, or `--user`" in str(denied.value)


@as_root
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, booted: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        with pytest.raises(OSError, match="space"):
            (disk / "ballast").write_bytes(b"x" * 200_000)
        with pytest.raises(StorageFull, match="There is no space"):
            installing.install(service(tmp_path), disk / NAME, booted)
        assert not (disk / NAME).exists()


def test_without_systemd_it_says_what_else_to_do(tmp_path: Path) -> None:
    with pytest.raises(OpsError) as told:
        installing.install(service(tmp_path), tmp_path / NAME, tmp_path / "nothing")
    assert told.value.exit_code == ExitCode.PROBLEM
    assert "systemd is not the service manager" in str(told.value)
    assert "@reboot env 'PYTHONPATH=/opt/50\\% of it' /usr/bin/opsconsole agent" in str(told.value)
    assert not (tmp_path / NAME).exists()


def test_the_command_prints_the_unit(program: Program, home: Path) -> None:
    status, out, err = program("agent", "install", "--print")
    assert (status, err) == (0, "")
    assert f"Environment=XDG_DATA_HOME={home}/.local/share" in out
    assert f"ReadWritePaths={home}/.local/share/opsconsole" in out
    status, out, _ = program("agent", "install", "--user", "--print")
    assert status == 0
    assert "WantedBy=default.target" in out


def test_the_command_installs_for_a_person(
        program: Program, home: Path, booted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing.install, "__defaults__", (booted,))
    config = home / "my ops.yaml"
    config.write_text("{}")
    status, out, err = program("--config", config, "agent", "install", "--user")
    assert (status, err) == (0, "")
    path = home / ".config/systemd/user" / NAME
    assert f"Wrote {path}." in out
    assert f'--config "{config}" agent' in path.read_text()


def test_options_of_the_agent_are_not_for_its_commands(program: Program) -> None:
    status, _, err = program("agent", "--once", "install")
    assert status == 2
    assert "These options are for the agent itself." in err
    assert program("agent", "--once", "--child")[0] == 2


@pytest.mark.parametrize(("folder_mode", "group"), [(0o2770, 1), (0o700, 0)])
@as_root
def test_a_shared_folder_keeps_its_group(tmp_path: Path, folder_mode: int, group: int) -> None:
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 0, group)
    data.chmod(folder_mode)
    config = tmp_path / "opsconsole.yaml"
    config.write_text(f"data: {data}\n")
    found = installing.describe(load_settings(config), {}, user=False)
    assert (found.mode, found.group) == (folder_mode, "daemon" if group else "")
    assert found.made_by_systemd
    os.chown(data, NOBODY, group)
    assert not installing.describe(load_settings(config), {}, user=False).made_by_systemd
    assert "--config" in found.command


@as_root
def test_code_that_others_may_change_is_told_before_root_runs_it(tmp_path: Path, booted: Path) -> None:
    theirs = tmp_path / "python"
    theirs.touch()
    assert not installing._of_others(Path("/usr"))
    os.chown(theirs, NOBODY, NOBODY)
    assert installing._of_others(theirs)
    os.chown(theirs, 0, 0)
    theirs.chmod(0o666)
    assert installing._of_others(theirs)


def test_the_command_runs_from_anywhere_and_trusts_no_folder_it_is_started_in(tmp_path: Path) -> None:
    (tmp_path / "opsconsole").mkdir()
    (tmp_path / "opsconsole" / "__init__.py").write_text("raise SystemExit('somebody else')")
    (tmp_path / "click.py").write_text("raise SystemExit('somebody else')")
    folder = source()
    done = subprocess.run(command(None, "--version"), cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={"PATH": "/usr/bin:/bin", **({"PYTHONPATH": str(folder)} if folder else {})})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("opsconsole ")
    assert source() == ROOT
    assert command(Path("/etc/x.yaml"), "agent", debug=True) == [
        sys.executable, "-P", "-m", "opsconsole", "--config", "/etc/x.yaml", "--debug", "agent"]
