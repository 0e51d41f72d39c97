"""The agent as a service of systemd: the unit file as text. Pure; options as in systemd.exec(5) and systemd.service(5).

What a hardened unit takes away must not be what checks and figures need:

- all processes are read in /proc, and files anywhere (CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH; no ProtectProc);
- plugins are run, `ping` among them (CAP_NET_RAW; no NoExecPaths, no MemoryDenyWriteExecute, which breaks compilers);
- sockets in /run and /tmp are asked, and disks are measured where they are mounted (no PrivateTmp, PrivateDevices,
  ProtectHome=yes);
- files of the databases belong to the people who use them (CAP_CHOWN, CAP_FOWNER, CAP_DAC_OVERRIDE; no
  RestrictSUIDSGID, because a shared folder passes on its group).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.errors import UsageError
from opsconsole.core.text import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAME: Final = "opsconsole-agent.service"
SYSTEM: Final = Path("/etc/systemd/system")
STATE: Final = Path("/var/lib")
"""Where systemd makes a StateDirectory."""
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@+=:,./_-")

_FIXED: Final = """\
Restart=always
RestartSec=5
WatchdogSec=60
TimeoutStopSec=15
KillMode=mixed
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
"""
_ROOT: Final = """\
CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_CHOWN CAP_FOWNER CAP_KILL CAP_NET_RAW CAP_SYS_PTRACE
ProtectSystem=strict
ReadWritePaths=-/tmp -/var/tmp
ProtectHome=read-only
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
"""


class Service(NamedTuple):
    """What a unit is made for."""

    command: Sequence[str]
    """Absolute program first."""
    data: Path
    """Folder of the databases."""
    user: bool
    """For the person's own service manager, which may not take anything away from the whole system."""
    environment: Mapping[str, str]
    made_by_systemd: bool = False
    """Whether systemd may make the data folder, and give it to root and `group`."""
    group: str = ""
    """Of the people who share the data folder."""
    mode: int = 0o700
    """Of the data folder."""


def unit_text(service: Service) -> str:
    """The unit file.

    Raises:
        UsageError: a path cannot be written in one.
    """
    return "\n".join([
        "[Unit]",
        "Description=Agent of opsconsole: records, checks and alerts",
        *([] if service.user else ["After=network.target local-fs.target time-sync.target"]),
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=notify",
        f"ExecStart={' '.join(quoted(word, command=True) for word in service.command)}",
        "ExecReload=/bin/kill -HUP $MAINPID",
        *[f"Environment={quoted(f'{name}={value}')}" for name, value in sorted(service.environment.items())],
        *_FIXED.splitlines(),
        f"UMask={'0007' if service.mode & 0o070 else '0077'}",
        *([] if service.user else _of_the_system(service)),
        "",
        "[Install]",
        f"WantedBy={'default.target' if service.user else 'multi-user.target'}",
        "",
    ])


def _of_the_system(service: Service) -> list[str]:
    lines = ["User=root"]
    if service.group:
        lines.append(f"Group={quoted(service.group)}")
    if service.made_by_systemd and service.data.is_relative_to(STATE) and service.data != STATE:
        lines += [f"StateDirectory={quoted(str(service.data.relative_to(STATE)))}",
                  f"StateDirectoryMode={service.mode:04o}"]
    else:
        lines.append(f"ReadWritePaths={quoted(str(service.data))}")
    return lines + _ROOT.splitlines()


def quoted(word: str, *, command: bool = False) -> str:
    """One word as unit files write it (systemd.syntax(7)).

    Args:
        word: any text of one line.
        command: a part of a command line, where `$` begins a variable.

    Raises:
        UsageError: it holds a control character.
    """
    if not word.isprintable():
        raise UsageError(f"{harmless(word)} cannot be written in a unit file.", "Use a path of printable characters.")
    text = word.replace("%", "%%")
    if command:
        text = text.replace("$", "$$")
    if word and set(word) <= _PLAIN:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
