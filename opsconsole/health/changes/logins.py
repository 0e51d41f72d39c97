"""Restarts of the machine and sign-ins as root, from the login records (wtmp) and the authentication log."""

from __future__ import annotations

import ipaddress
import re
import struct
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import DAY, Instant, instant, local
from opsconsole.health.changes.model import Change, ChangeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECORD: Final = struct.Struct("<hxxi32s4s32s256shhiii4i20s")
"""`struct utmp` of glibc on 64-bit Linux: type, pid, line, id, user, host, exit (2), session, time (2), address."""
_BOOT, _USER = 2, 7
MOST_BYTES: Final = 4_000_000
_ACCEPTED: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\S+|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d) \S+ sshd(?:-session)?\[\d+\]: "
    r"Accepted (\S+) for root from (\S+)")
_NEAR: Final = 60_000
"""ms: sshd's log and the login record of one sign-in are at most so far apart."""


def logins(since: Instant, until: Instant, logs: Path, proc: Path = Path("/proc")) -> list[Change]:
    """Restarts and sign-ins as root from `since` to `until`, oldest first; what cannot be read has none."""
    found = [*_of_wtmp(logs / "wtmp.1"), *_of_wtmp(logs / "wtmp")]
    known = [one.at for one in found if one.kind is ChangeKind.SIGN_IN]
    for name in ("auth.log.1", "auth.log", "secure"):
        found += [one for one in _of_sshd(logs / name, until)
                  if not any(abs(one.at - at) <= _NEAR for at in known)]
    found += _of_kernel(proc / "stat")
    return _without_repeats(one for one in found if since <= one.at <= until)


def _without_repeats(changes: Iterator[Change]) -> list[Change]:
    """One restart is told by the kernel and by the login records, a few seconds apart."""
    kept: list[Change] = []
    boots: list[Instant] = []
    for one in sorted(changes, key=lambda one: one.at):
        if one.kind is ChangeKind.REBOOT:
            if any(one.at - at <= _NEAR for at in boots):
                continue
            boots.append(one.at)
        if one not in kept[-20:]:
            kept.append(one)
    return kept


def _of_kernel(path: Path) -> Iterator[Change]:
    try:
        text = path.read_text("ascii", "replace")
    except OSError:
        return
    match = re.search(r"^btime (\d{1,12})$", text, re.MULTILINE)
    if match:
        yield Change(int(match[1]) * 1000, ChangeKind.REBOOT, "started")


def _of_wtmp(path: Path) -> Iterator[Change]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            whole = size - size % _RECORD.size
            file.seek(max(0, whole - MOST_BYTES // _RECORD.size * _RECORD.size))
            raw = file.read(MOST_BYTES)
    except OSError:
        return
    for record in _RECORD.iter_unpack(raw[:len(raw) - len(raw) % _RECORD.size]):
        kind, user, host, seconds = record[0], _text(record[4]), _text(record[5]), record[9]
        if seconds <= 0:
            continue
        if kind == _BOOT:
            yield Change(seconds * 1000, ChangeKind.REBOOT, "started")
        elif kind == _USER and user == "root":
            yield Change(seconds * 1000, ChangeKind.SIGN_IN, f"root from {_place(host)}" if host else "root here")


def _of_sshd(path: Path, until: Instant) -> Iterator[Change]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - MOST_BYTES))
            raw = file.read(MOST_BYTES)
    except OSError:
        return
    for line in raw.splitlines():
        if b"Accepted" not in line or len(line) > 2_000:
            continue
        match = _ACCEPTED.match(line.decode("utf-8", "replace"))
        at = _moment(match[1], until) if match else None
        if match and at is not None:
            yield Change(at, ChangeKind.SIGN_IN, f"root from {_place(match[3])}")


def _moment(text: str, until: Instant) -> Instant | None:
    """Either form of syslog's time; the old one says no year, so it is the last one that is not in the future."""
    try:
        if text[0].isdigit():
            return instant(datetime.fromisoformat(text).astimezone())
        for year in (local(until).year, local(until).year - 1):
            at = instant(datetime.strptime(f"{year} {' '.join(text.split())}", "%Y %b %d %H:%M:%S").astimezone())
            if at <= until + DAY:
                return at
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")


def _place(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host[:100]
