"""Everything worth knowing about one process. Its environment is never read: it holds secrets."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import Instant
from opsconsole.health.model import Record
from opsconsole.health.sampling.mounts import text
from opsconsole.health.sampling.processes import read_stat, started_at

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_FILES: Final = 200
MOST_CONNECTIONS: Final = 200
_MOST_ARGUMENTS: Final = 500
_STATUS_LINE: Final = re.compile(rb"^(\w+):[ \t]+(\d{1,18})(?: kB)?", re.MULTILINE)
_UNIT: Final = re.compile(r"[^/]+\.(?:service|scope|socket|mount|slice|timer)")


class Connection(Record, frozen=True):
    """One network connection or listening port of a process; the far end is empty where there is none."""

    kind: str
    """`tcp`, `udp`, `tcp6` or `udp6`."""
    local: str
    remote: str
    state: str


class ProcessDetails(Record, frozen=True):
    """One process, looked at closely. Text is raw; None means "not known here", and `problems` say why."""

    pid: int
    started: Instant
    parent: int
    name: str
    arguments: tuple[str, ...]
    state: str
    user: str
    threads: int
    executable: str | None = None
    folder: str | None = None
    """The working directory."""
    unit: str | None = None
    """The systemd unit, or the innermost control group."""
    memory: int | None = None
    """Resident bytes."""
    memory_shared: int | None = None
    """Resident bytes of files and shared memory."""
    memory_swapped: int | None = None
    memory_virtual: int | None = None
    memory_peak: int | None = None
    open_files: tuple[str, ...] = ()
    """At most `MOST_FILES`."""
    open_files_count: int | None = None
    connections: tuple[Connection, ...] = ()
    """At most `MOST_CONNECTIONS`."""
    connections_count: int | None = None
    problems: tuple[str, ...] = ()
    """What could not be read and why, a sentence each."""


def details(pid: int, started: Instant, *, proc: Path = Path("/proc"),
            user_name: Callable[[int], str] = str) -> ProcessDetails | None:
    """Everything about one process; None when it has ended, even if another one has its pid now.

    Args:
        pid: the process.
        started: its start as `Process.started`.
        proc: where the kernel shows processes.
        user_name: the name of a user id.
    """
    stat = read_stat(pid, proc)
    if stat is None or started_at(stat.started, proc) != started:
        return None
    look = _Look(proc / str(pid))
    status = dict(_STATUS_LINE.findall(look.read("status", "Memory is")))
    # What hangs in the kernel may hold the lock of its own memory, where the command line lies.
    raw_arguments = b"" if stat.state == "D" else look.read("cmdline", "The command line is")
    files, files_count = _open_files(look)
    connections, connections_count = _connections(pid, proc, look)
    found = ProcessDetails(
        pid, started, stat.parent, text(stat.name), _arguments(raw_arguments), stat.state,
        user_name(int(status.get(b"Uid", 0))) if b"Uid" in status else "?", stat.threads,
        executable=look.link("exe", "The program's file is", kernel_thread=not raw_arguments),
        folder=look.link("cwd", "The working directory is"),
        unit=unit(look.read("cgroup", "The unit is")),
        memory=_kib(status, b"VmRSS"),
        memory_shared=_sum(_kib(status, b"RssFile"), _kib(status, b"RssShmem")),
        memory_swapped=_kib(status, b"VmSwap"), memory_virtual=_kib(status, b"VmSize"),
        memory_peak=_kib(status, b"VmHWM"), open_files=files, open_files_count=files_count,
        connections=connections, connections_count=connections_count, problems=tuple(look.problems))
    # Everything above was read by pid: it counts only if the pid was the same process's to the end.
    after = read_stat(pid, proc)
    return found if after is not None and after.started == stat.started else None


class _Look:
    """Reads below /proc/<pid> and remembers what was refused."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    def refused(self, what: str, error: OSError) -> None:
        self.problems.append(f"{what} not known: {error.strerror or error}.")

    def read(self, name: str, what: str) -> bytes:
        try:
            with (self.folder / name).open("rb", buffering=0) as file:
                return file.read(1 << 20) or b""
        except OSError as error:
            self.refused(what, error)
            return b""

    def link(self, name: str, what: str, *, kernel_thread: bool = False) -> str | None:
        try:
            return text(os.readlink(bytes(self.folder / name)))  # noqa: PTH115 - foreign bytes are no `Path`
        except FileNotFoundError:
            return None
        except OSError as error:
            if not kernel_thread:
                self.refused(what, error)
            return None


def unit(cgroup: bytes) -> str | None:
    """The innermost systemd unit of a /proc/<pid>/cgroup, a service or scope before a slice; None for none."""
    paths = [line.split(":", 2)[2] for line in text(cgroup).split("\n")
             if line.startswith(("0::", "1:name=systemd:")) or ":name=systemd:" in line]
    for path in sorted(paths, key=len, reverse=True):
        parts = [part for part in path.split("/") if _UNIT.fullmatch(part)]
        units = [part for part in parts if not part.endswith(".slice")] or parts
        if units:
            return units[-1]
    return next((path for path in paths if path not in ("", "/")), None)


def _arguments(raw: bytes) -> tuple[str, ...]:
    # A process may overwrite its arguments; then what follows the title is empty.
    return tuple([text(part) for part in raw.rstrip(b"\0").split(b"\0")])[:_MOST_ARGUMENTS] if raw.strip(b"\0") else ()


def _open_files(look: _Look) -> tuple[tuple[str, ...], int | None]:
    folder = bytes(look.folder / "fd")
    try:
        numbers = sorted((name for name in os.listdir(folder) if name.isdigit()), key=int)
    except OSError as error:
        look.refused("Open files are", error)
        return (), None
    files = []
    for name in numbers[:MOST_FILES]:
        try:
            # Only the link is read; looking at the file itself may hang on a dead mount.
            files.append(text(os.readlink(folder + b"/" + name)))  # noqa: PTH115 - foreign bytes are no `Path`
        except OSError:
            continue
    return tuple(files), len(numbers)


def _connections(pid: int, proc: Path, look: _Look) -> tuple[tuple[Connection, ...], int | None]:
    if str(proc) != "/proc":
        return (), None
    import psutil  # noqa: PLC0415 - takes 15 ms; only for this screen

    try:
        found = psutil.Process(pid).net_connections("inet")
    except (psutil.AccessDenied, PermissionError):
        look.problems.append("Connections are not known: Permission denied.")
        return (), None
    except (psutil.Error, OSError, ValueError, RuntimeError) as error:
        look.problems.append(f"Connections are not known: {error}.")
        return (), None
    connections = [Connection(_kind(int(one.family), int(one.type)), _address(one.laddr), _address(one.raddr),
                              "" if one.status == psutil.CONN_NONE else one.status.lower().replace("_", " "))
                   for one in found[:MOST_CONNECTIONS]]
    return tuple(connections), len(found)


def _kind(family: int, kind: int) -> str:
    import socket  # noqa: PLC0415 - only with connections

    return ("tcp" if kind == socket.SOCK_STREAM else "udp") + ("6" if family == socket.AF_INET6 else "")


def _address(address: tuple[object, ...]) -> str:
    if len(address) < 2:
        return ""
    host = str(address[0])
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"


def _kib(status: dict[bytes, bytes], key: bytes) -> int | None:
    return int(status[key]) * 1024 if key in status else None


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
