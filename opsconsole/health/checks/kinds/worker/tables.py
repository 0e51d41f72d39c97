"""Looks for processes and for open ports in /proc."""

from __future__ import annotations

import os
import re
import socket
import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final

from opsconsole.health.checks.kinds.worker.following import TooSlow
from opsconsole.health.checks.kinds.worker.matching import TimeLimit, printable
from opsconsole.health.sampling.stat_line import Stat, parse_stat_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHOWN: Final = 5
"""Processes and sockets that are told."""
_COMMAND: Final = 4_096
_SHOWN_LENGTH: Final = 200
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_MOST_TICKS: Final = 20_000
_LISTENS: Final = "0A"
_UNCONNECTED: Final = "07"


def processes(name: str, pattern: str, user: str, proc: str = "/proc") -> dict[str, Any]:
    """The living processes that fit all that is given; zombies are not alive.

    Returns:
        count, memory (bytes), started (the oldest, ticks since boot, or None), ticks (used processor time by
        `pid:started`), hertz, shown (a few as `pid command`), problem (why it cannot be known; else empty).
    """
    wanted = _user_id(user) if user else None
    if user and wanted is None:
        return {"problem": f"there is no user {user}"}
    try:
        pids = _pids(proc)
    except OSError as error:
        return {"problem": f"{proc} cannot be read: {error.strerror or error}"}
    memory, oldest = 0, None
    ticks: dict[str, int] = {}
    shown: list[str] = []
    search = _Search(pattern)
    with TimeLimit(search.take) as limit:
        for pid in pids:
            stat = _stat(proc, pid)
            if stat is None or stat.state in "ZX" or (wanted is not None and _owner(f"{proc}/{pid}") != wanted):
                continue
            # Of one that hangs in the kernel, reading the command line may hang too.
            command = "" if stat.state == "D" else _command(proc, pid)
            if name and not _named(name, stat, command):
                continue
            command = command or os.fsdecode(stat.name)
            try:
                limit.take([command])
            except TooSlow:
                return {"problem": "the pattern takes too long; make it simpler"}
            if not search.found:
                continue
            memory += stat.memory * _PAGE
            oldest = stat.started if oldest is None else min(oldest, stat.started)
            ticks[f"{pid}:{stat.started}"] = stat.ticks
            if len(shown) < SHOWN:
                shown.append(f"{pid} {printable(command)[:_SHOWN_LENGTH]}")
    kept = ticks if len(ticks) <= _MOST_TICKS else {}
    return {"count": len(ticks), "memory": memory, "started": oldest, "ticks": kept, "hertz": _TICKS, "shown": shown,
            "problem": ""}


class _Search:
    """Looks for a pattern; an empty one is in everything."""

    def __init__(self, pattern: str) -> None:
        self._search = re.compile(pattern).search
        self.found = False

    def take(self, texts: list[str]) -> None:
        """Whether it is in all of them, as `found`."""
        self.found = all(map(self._search, texts))


def _pids(proc: str) -> list[str]:
    return sorted((name for name in os.listdir(proc) if name.isascii() and name.isdigit()), key=int)


def _named(name: str, stat: Stat, command: str) -> bool:
    """Whether a program has this name: as the kernel knows it (15 bytes), or the first word of its command line."""
    if os.fsencode(name)[:15] == stat.name:
        return True
    first = command.partition(" ")[0].removesuffix(":")
    return first.rpartition("/")[2] == name or first == name


def _stat(proc: str, pid: str) -> Stat | None:
    raw = _read(f"{proc}/{pid}/stat", 2_048)
    return parse_stat_line(raw) if raw else None


def _command(proc: str, pid: str) -> str:
    raw = _read(f"{proc}/{pid}/cmdline", _COMMAND) or b""
    return os.fsdecode(raw.rstrip(b"\0").replace(b"\0", b" "))


def _owner(path: str) -> int | None:
    try:
        return os.stat(path).st_uid  # noqa: PTH116 - for each process
    except OSError:
        return None


def _read(path: str, most: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(descriptor, most)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _user_id(user: str) -> int | None:
    import pwd  # noqa: PLC0415 - only for checks that name a user

    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return int(user) if user.isdecimal() and len(user) < 11 else None


def ports(port: int, protocol: str, address: str, known: dict[str, str], proc: str = "/proc") -> dict[str, Any]:
    """The sockets that listen on a port.

    Args:
        port: its number.
        protocol: tcp or udp.
        address: where it must listen; empty for anywhere. Who listens at all addresses listens there too.
        known: who had which socket in the run before, by inode.
        proc: where the kernel shows them.

    Returns:
        sockets ([address, inode] each), owners (`name (pid)` by inode; empty where it may not be seen), problem.
    """
    found: list[tuple[str, str]] = []
    tables = 0
    for family in (protocol, f"{protocol}6"):
        try:
            with open(f"{proc}/net/{family}", "rb") as table:  # noqa: PTH123 - of many lines
                next(table, None)
                found += _listening(table, port, protocol)
        except OSError:
            continue
        tables += 1
    if not tables:
        return {"problem": f"{proc}/net/{protocol} cannot be read"}
    sockets = [(text, inode) for text, inode in found if not address or _serves(text, address)]
    inodes = {inode for _, inode in sockets}
    owners = {inode: owner for inode, owner in known.items() if inode in inodes}
    if missing := inodes - owners.keys():
        owners |= dict.fromkeys(missing, "") | _owners(missing, proc)
    return {"sockets": sockets, "owners": owners, "problem": ""}


def _listening(table: Iterable[bytes], port: int, protocol: str) -> Iterator[tuple[str, str]]:
    """Address and inode of each line of /proc/net/tcp and the like that listens; see proc_net_tcp in the kernel."""
    suffix = b":%04X" % port
    for line in table:
        # Most lines are other ports, and there may be a hundred thousand.
        if suffix not in line:
            continue
        words = line.split()
        if len(words) < 10 or not words[1].endswith(suffix):
            continue
        state = words[3].decode("ascii", "replace")
        if state != (_LISTENS if protocol == "tcp" else _UNCONNECTED):
            continue
        text = address_of(words[1][:-5].decode("ascii", "replace"))
        if text is not None:
            yield text, words[9].decode("ascii", "replace")


def address_of(digits: str) -> str | None:
    """An address in hex as the kernel prints it, 32 bits at a time in the machine's own order; None for nonsense."""
    if len(digits) not in (8, 32):
        return None
    try:
        raw = b"".join(struct.pack("=I", int(digits[at:at + 8], 16)) for at in range(0, len(digits), 8))
    except (ValueError, struct.error):
        return None
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def _serves(listens: str, wanted: str) -> bool:
    here, there = _plain(ip_address(listens)), _plain(ip_address(wanted))
    if here == there or listens == "::":
        return True
    return listens == "0.0.0.0" and isinstance(there, IPv4Address)  # noqa: S104 - it is compared, not bound


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _owners(inodes: set[str], proc: str) -> dict[str, str]:
    """Who has these sockets open, as far as this user may see it."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    owners: dict[str, str] = {}
    for pid in _pids(proc):
        if len(owners) == len(wanted):
            break
        folder = f"{proc}/{pid}/fd"
        try:
            numbers = os.listdir(folder)
        except OSError:
            continue
        for number in numbers:
            try:
                inode = wanted.get(os.readlink(f"{folder}/{number}"))  # noqa: PTH115 - thousands of them
            except OSError:
                continue
            if inode is not None and inode not in owners and (stat := _stat(proc, pid)) is not None:
                owners[inode] = f"{printable(os.fsdecode(stat.name))} ({pid})"
    return owners
