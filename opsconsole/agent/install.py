"""Installs the agent as a service: finds out what the unit needs, writes it, and says what to run."""

from __future__ import annotations

import errno
import grp
import os
import shlex
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.agent.launch import command, source
from opsconsole.agent.unit import NAME, STATE, SYSTEM, Service, unit_text
from opsconsole.core.errors import OpsError, PermissionDenied, StorageError, StorageFull, UsageError
from opsconsole.core.paths import SYSTEM_CONFIG, home_folder
from opsconsole.core.replacefile import removed_on_failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.settings import Loaded

BOOTED = Path("/run/systemd/system")
"""Is there where systemd is the service manager (sd_booted(3))."""


def describe(loaded: Loaded, env: Mapping[str, str], *, user: bool) -> Service:
    """What the unit needs for this installation and configuration."""
    paths, environment = loaded.paths, {}
    if (folder := source()) is not None:
        environment["PYTHONPATH"] = str(folder)
    if loaded.settings.data is None and not paths.shared and (env.get("XDG_DATA_HOME") or not user):
        environment["XDG_DATA_HOME"] = str(paths.data.parent)
    if not user:
        # Else they would be in root's home, which the unit may only read.
        environment |= {"XDG_STATE_HOME": str(paths.data / "state"), "XDG_CACHE_HOME": str(paths.data / "cache")}
    config = None if loaded.path in (None, SYSTEM_CONFIG) and not user else loaded.path
    made, group, mode = True, "", 0o2770 if paths.shared else 0o700
    try:
        found = paths.data.stat()
    except OSError:
        pass  # it is made with the first start
    else:
        # What belongs to a person is not given to root.
        made, mode = found.st_uid == 0, stat.S_IMODE(found.st_mode)
        group = _group(found.st_gid)
    return Service(command(config, "agent"), paths.data, user, environment, made, group, mode)


def path_of_unit(env: Mapping[str, str], *, user: bool) -> Path:
    """Where the unit file belongs."""
    if not user:
        return SYSTEM / NAME
    base = env.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else home_folder(env) / ".config") / "systemd/user" / NAME


def install(service: Service, path: Path, booted: Path = BOOTED) -> list[str]:
    """Writes the unit and, for the system, the data folder that it may write to; what to tell the person.

    Raises:
        OpsError: there is no systemd here; the sentence says what else to do.
        UsageError: another unit of this name is there; it was not changed.
        PermissionDenied: this user may not write there.
    """
    if not booted.exists():
        raise OpsError("systemd is not the service manager of this machine.", _without(service))
    written = _write(path, unit_text(service))
    if not service.user and not (service.made_by_systemd and service.data.is_relative_to(STATE)):
        _make_folder(service)
    control = "systemctl --user" if service.user else "systemctl"
    lines = [f"Wrote {path}." if written else f"{path} is there already, and the same.",
             "To start the agent, now and whenever the machine starts, run:",
             f"  {control} daemon-reload", f"  {control} enable --now {NAME}"]
    if service.user:
        lines.append("  loginctl enable-linger    (else it ends when you sign out)")
    return lines + _warnings(service)


def _without(service: Service) -> str:
    variables = [f"{name}={value}" for name, value in sorted(service.environment.items())
                 if service.user or not name.startswith("XDG_")]
    line = shlex.join([*(["env", *variables] if variables else []), *service.command])
    # To cron, a bare % is the end of the line.
    escaped = line.replace("%", "\\%")
    return (f"Let another supervisor run `{line}` and start it again when it ends, or add this line with `crontab -e`: "
            f"@reboot {escaped}")


def _write(path: Path, text: str) -> bool:
    """Whether the file was written; False where it is there with this content."""
    try:
        if path.exists():
            if path.read_bytes() == text.encode():
                return False
            raise UsageError(f"{path} is there already and differs; it was not changed.",
                             "Compare it with what `--print` shows, remove it, and install again.")
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        with removed_on_failure(path), os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _sentence(error, path) from error
    return True


def _make_folder(service: Service) -> None:
    # systemd does not start a unit that may write to a folder which is not there.
    if service.data.exists():
        return
    try:
        service.data.mkdir(mode=0o700, parents=True)
        service.data.chmod(service.mode)
    except OSError as error:
        raise _sentence(error, service.data) from error


def _sentence(error: OSError, path: Path) -> OpsError:
    if error.errno in {errno.EACCES, errno.EPERM}:
        return PermissionDenied(f"This user may not write {path}.",
                                "Use sudo, or `--user` for a service of your own.")
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFull(f"There is no space for {path}.", "Free some, then try again.")
    return StorageError(f"{path} could not be written ({error.strerror or error}).", "Look at the disk and the folder.")


def _warnings(service: Service) -> list[str]:
    """What root would run and others could change."""
    if service.user:
        return []
    code = {Path(sys.executable).resolve(), Path(__file__).resolve().parents[1]}
    theirs = sorted(str(one) for one in code if _of_others(one))
    return [f"Note: the agent runs as root, and {one} is not root's alone; whoever may change it becomes root."
            for one in theirs]


def _of_others(path: Path) -> bool:
    try:
        return any(found.st_uid != 0 or (found.st_mode & 0o002 and not found.st_mode & stat.S_ISVTX)
                   for found in (one.stat() for one in (path, *path.parents)))
    except OSError:
        return False


def _group(number: int) -> str:
    """The name of a group that is not root's; empty for root's own."""
    if number == 0:
        return ""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
