"""Who does something, as the kernel knows them, and what their role lets them do.

The person is the login uid of the audit system (proc_pid_loginuid(5)), which sudo and su keep. Where the kernel
has none, it is the real uid, or the person whose process became another user on the way down to this one.
Nothing that a person can type, such as USER or SUDO_USER, is believed.
"""

from __future__ import annotations

import os
import pwd
import re
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from opsconsole.core.errors import PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opsconsole.core.settings import Members, RoleSettings

UNSET = 0xFFFF_FFFF
"""What the kernel says where nobody logged in."""
_PROC = Path("/proc")
_DEPTH = 64
"""Ancestors looked at; a chain that is longer was made to be long."""
_SWITCHERS = frozenset({b"sudo", b"su", b"doas", b"runuser", b"pkexec", b"run0"})
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._-]{1,32})?")


class Role(IntEnum):
    """What a person may do; each role may do all that the lower ones may."""

    VIEWER = 0
    OPERATOR = 1
    SUPERVISOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """The role as the configuration writes it."""
        return self.name.lower()


class Actor(msgspec.Struct, frozen=True):
    """Who acts: the login user, never typed by anyone.

    `uid` is the login uid where the kernel knows one (sudo does not change it), else the real uid;
    `origin` is where the session comes from: an address, `local` for a terminal of the machine, or empty.
    """

    name: str
    uid: int
    role: Role
    origin: str = ""


class Ancestor(NamedTuple):
    """A process above this one; `name` is what it calls itself, the uids are the kernel's."""

    pid: int
    name: bytes
    uid: int
    effective_uid: int


def current_actor(roles: RoleSettings, *, proc: Path = _PROC, env: Mapping[str, str] = os.environ,
                  with_origin: bool = True) -> Actor:
    """The person who runs this process, with the role that the configuration gives them.

    The origin takes some 10 ms where there is a list of logins; without `with_origin` it stays empty.
    """
    lineage = list(ancestors(proc))
    uid = person(proc, lineage)
    name = user_name(uid)
    return Actor(name=name or f"uid {uid}", uid=uid, role=role_of(name, uid, roles),
                 origin=origin(env, proc, lineage) if with_origin else "")


def require(actor: Actor, role: Role, doing: str) -> None:
    """Let the actor pass who has at least this role.

    Args:
        actor: who wants to.
        role: the least role that may.
        doing: what, as in "end a process".

    Raises:
        PermissionDenied: the role is lower.
    """
    if actor.role < role:
        raise PermissionDenied(f"To {doing} takes the role {role.word}, and {actor.name} is {actor.role.word}.",
                               "An admin can change `roles` in the configuration.")


def login_uid(proc: Path = _PROC) -> int | None:
    """The uid with which somebody logged in, as long as the session lasts; None where the kernel has none."""
    try:
        uid = int((proc / "self/loginuid").read_bytes())
    except (OSError, ValueError):
        return None
    return uid if 0 <= uid < UNSET else None


def ancestors(proc: Path = _PROC) -> Iterator[Ancestor]:
    """The processes above this one, the nearest first, as far as they may be looked at."""
    pid = os.getppid()
    for _ in range(_DEPTH):
        try:
            status = (proc / str(pid) / "status").read_bytes()
        except OSError:
            return
        fields = dict(line.partition(b":")[::2] for line in status.splitlines())
        try:
            uids = fields[b"Uid"].split()
            yield Ancestor(pid, fields[b"Name"].strip(), int(uids[0]), int(uids[1]))
            pid = int(fields[b"PPid"])
        except (KeyError, ValueError, IndexError):
            return


def person(proc: Path, lineage: Iterable[Ancestor]) -> int:
    """The uid of whoever acts: the login uid, else the one above the outermost change of user, else the real uid.

    Only root and setuid programs change a uid. So below a process that is not root's, another uid means that its
    person became somebody else; below root, only the known programs for that do, not login or a service manager.
    Root is never found this way, or a process that lost its parent would turn into root.
    """
    known = login_uid(proc)
    if known is not None:
        return known
    uid = below = os.getuid()
    switched = False
    for process in lineage:
        if process.effective_uid == 0 and process.name in _SWITCHERS:
            switched = True
        else:
            if process.uid != 0 and (switched or process.uid != below):
                uid = process.uid
            switched = False
        below = process.uid
    return uid


def user_name(uid: int) -> str | None:
    """The name in the user database; None without one."""
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return None


def role_of(name: str | None, uid: int, roles: RoleSettings) -> Role:
    """The highest role that names the user or one of their groups.

    With nobody named in any role, everyone is an admin: the files' permissions decide who is let in at all.
    With somebody named, all others are viewers.
    """
    if not roles.configured:
        return Role.ADMIN
    steps = ((Role.ADMIN, roles.admin), (Role.SUPERVISOR, roles.supervisor), (Role.OPERATOR, roles.operator),
             (Role.VIEWER, roles.viewer))
    groups: frozenset[int] | None = None
    for role, members in steps:
        if name is not None and name in members.users:
            return role
        if members.groups:
            groups = _groups(name, uid) if groups is None else groups
            if not groups.isdisjoint(_group_ids(members)):
                return role
    return Role.VIEWER


def origin(env: Mapping[str, str], proc: Path = _PROC, lineage: Iterable[Ancestor] = ()) -> str:
    """Where the session comes from: an address or host name, `local` on a terminal of this machine, or empty.

    The machine's list of logins is asked first, since sshd wrote it; then SSH_CONNECTION, here or, because sudo
    removes it, in what the processes above were started with.
    """
    terminal = _terminal()
    found = (_logged_in_from(terminal) if terminal else "") or _address(env.get("SSH_CONNECTION", ""))
    if not found:
        found = next((place for process in lineage if (place := _started_from(proc, process))), "")
    return found or ("local" if terminal else "")


def _terminal() -> str:
    for descriptor in (0, 1, 2):
        try:
            return os.ttyname(descriptor)
        except OSError:
            continue
    return ""


def _logged_in_from(terminal: str) -> str:
    """What the list of logins says of a terminal: a place, `local`, or empty where it says nothing usable."""
    if not any(Path(file).exists() for file in ("/run/utmp", "/var/run/utmp", "/run/systemd/sessions")):
        return ""
    import psutil  # noqa: PLC0415 - 10 ms, and only where there is such a list

    try:
        logins = psutil.users()
    except (OSError, RuntimeError, UnicodeError):
        return ""
    hosts = [login.host or "" for login in logins if login.terminal and f"/dev/{login.terminal}" == terminal]
    return login_host(hosts[-1]) if hosts else ""


def login_host(host: str) -> str:
    """The place that an entry in the list of logins names; empty where a multiplexer or nonsense stands there."""
    if host.startswith(":") and host[1:2].isdigit():
        return "local"
    first = host.split(" ", 1)[0]
    return _address(first) or (first if _HOST.fullmatch(first) and first != "localhost" else "")


def _address(connection: str) -> str:
    """The address that SSH_CONNECTION begins with, in its usual form; empty when it is none."""
    first = connection.split(" ", 1)[0]
    if not _ADDRESS.fullmatch(first):
        return ""
    import ipaddress  # noqa: PLC0415 - 3 ms that a local session does not need

    try:
        return str(ipaddress.ip_address(first))
    except ValueError:
        return ""


def _started_from(proc: Path, process: Ancestor) -> str:
    try:
        environment = (proc / str(process.pid) / "environ").read_bytes()
    except OSError:
        return ""
    prefix = b"SSH_CONNECTION="
    values = (entry.removeprefix(prefix) for entry in environment.split(b"\0") if entry.startswith(prefix))
    return _address(next(values, b"").decode("ascii", "replace"))


def _groups(name: str | None, uid: int) -> frozenset[int]:
    """The ids of all groups of a user; those of this process for one without a name."""
    if name is None:
        return frozenset((*os.getgroups(), os.getgid())) if uid == os.getuid() else frozenset()
    try:
        return frozenset(os.getgrouplist(name, pwd.getpwuid(uid).pw_gid))
    except (KeyError, OSError):
        return frozenset()


def _group_ids(members: Members) -> set[int]:
    import grp  # noqa: PLC0415 - only where groups are configured

    found = set()
    for group in members.groups:
        try:
            found.add(grp.getgrnam(group).gr_gid)
        except (KeyError, ValueError):
            continue
    return found
