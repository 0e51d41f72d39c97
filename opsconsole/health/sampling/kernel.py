"""Reads and parses the files of /proc that a sample is made of.

A file is opened once and read again from its start, which makes the kernel write it anew: that halves the
cost of reading. Parsers take whatever bytes there are: a broken line is left out, what is missing is None.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_MOST: Final = 1 << 22
_BIGGEST: Final = 1 << 64
_LAST_SECOND: Final = 1 << 40
LARGEST: Final = (1 << 63) - 1
"""The largest whole number that JSON readers and databases take; sums and products of hostile figures end here."""
_MEMORY_LINE: Final = re.compile(
    rb"^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SwapTotal|SwapFree):[ \t]+(\d{1,15}) kB[ \t]*$", re.MULTILINE)
_PRESSURE_LINE: Final = re.compile(rb"^(some|full) avg10=(\d{1,3}(?:\.\d{1,4})?) ", re.MULTILINE)
_PAGING_LINE: Final = re.compile(rb"^(pswpin|pswpout|oom_kill) (\d{1,20})$", re.MULTILINE)
_PAGING_START: Final = b"\npswpin "


class KernelFile:
    """One file below /proc or /sys, kept open.

    Args:
        path: the file.
        purpose: the beginning of a sentence that says what is not known without it: `Pressure is`.
    """

    def __init__(self, path: Path, purpose: str = "") -> None:
        self._path = path
        self._purpose = purpose
        self._descriptor: int | None = None
        self._size = 4096
        self.gap = ""
        """Why it could not be read the last time, as a sentence; empty when it was."""

    def read(self) -> bytes | None:
        """All of the file; None when it cannot be read, and `gap` says why."""
        fresh = self._descriptor is None
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            data = self._all(self._descriptor)
        except OSError as error:
            self.close()
            if not fresh:
                return self.read()
            self.gap = f"{self._purpose} not known: {self._path}: {error.strerror or error}." if self._purpose else ""
            return None
        self.gap = ""
        return data

    def _all(self, descriptor: int) -> bytes:
        # Files of /proc come in pieces of any size: only an empty one is the end.
        data = part = os.pread(descriptor, self._size, 0)
        while part and len(data) < _MOST:
            part = os.pread(descriptor, self._size, len(data))
            data += part
        self._size = min(_MOST, max(self._size, 2 * len(data)))
        return data

    def close(self) -> None:
        """Closes the file; the next reading opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Stat(NamedTuple):
    """/proc/stat: clock ticks of all processors, of each, and the moment of booting (s since 1970)."""

    total: tuple[int, ...] | None
    cores: dict[bytes, tuple[int, ...]]
    booted: int | None
    blocked: int | None


def number(word: bytes) -> int | None:
    """A whole number that fits into 64 bits; None for anything else."""
    if not word.isdigit() or len(word) > 20:
        return None
    value = int(word)
    return value if value < _BIGGEST else None


def numbers(words: list[bytes]) -> tuple[int, ...] | None:
    """Whole numbers that fit into 64 bits; None if one does not."""
    found = tuple([number(word) for word in words])
    return None if None in found else found  # type: ignore[return-value]


def parse_stat(raw: bytes) -> Stat:
    """Parses /proc/stat; see proc_stat(5)."""
    total, cores, booted, blocked = None, {}, None, None
    # The line `intr` has thousands of numbers and stands between the processors and the rest.
    head, _, tail = raw.partition(b"\nintr ")
    for line in head.split(b"\n"):
        words = line.split()
        if len(words) < 5 or not words[0].startswith(b"cpu"):
            continue
        ticks = numbers(words[1:9])
        if ticks is None:
            continue
        ticks += (0,) * (8 - len(ticks))
        if words[0] == b"cpu":
            total = ticks
        elif words[0][3:].isdigit():
            cores[words[0]] = ticks
    for line in (tail or head).split(b"\n"):
        if line.startswith(b"btime "):
            booted = number(line[6:].strip())
            booted = booted if booted is not None and booted < _LAST_SECOND else None
        elif line.startswith(b"procs_blocked "):
            blocked = number(line[14:].strip())
    return Stat(total, cores, booted, blocked)


def parse_meminfo(raw: bytes) -> dict[bytes, int]:
    """The figures of /proc/meminfo that are used here, in bytes."""
    return {key: int(value) * 1024 for key, value in _MEMORY_LINE.findall(raw)}


def parse_pressure(raw: bytes) -> dict[bytes, float]:
    """`some` and `full` of one file of /proc/pressure, % of the last 10 s."""
    return {key: min(100.0, float(value)) for key, value in _PRESSURE_LINE.findall(raw)}


def parse_paging(raw: bytes) -> dict[bytes, int]:
    """`pswpin` and `pswpout` (pages) and `oom_kill` (processes) of /proc/vmstat, since boot."""
    start = max(0, raw.find(_PAGING_START))
    return {key: int(value) for key, value in _PAGING_LINE.findall(raw, start) if int(value) < _BIGGEST}


def parse_load(raw: bytes) -> tuple[float, float, float] | None:
    """The three load averages of /proc/loadavg."""
    found = re.match(rb"(\d{1,9}\.\d{1,4}) (\d{1,9}\.\d{1,4}) (\d{1,9}\.\d{1,4})(?:\s|$)", raw)
    return (float(found[1]), float(found[2]), float(found[3])) if found else None


def parse_network(raw: bytes) -> dict[bytes, tuple[int, int, int, int]]:
    """/proc/net/dev: received and sent bytes, errors and drops of both directions, by interface."""
    found = {}
    for line in raw.split(b"\n"):
        name, colon, rest = line.rpartition(b":")
        values = numbers(rest.split()) if colon else None
        if values is not None and len(values) >= 16:
            errors, drops = min(LARGEST, values[2] + values[10]), min(LARGEST, values[3] + values[11])
            found[name.strip()] = (values[0], values[8], errors, drops)
    return found


def parse_disks(raw: bytes) -> dict[bytes, tuple[int, int, int, int, int]]:
    """/proc/diskstats: bytes read and written, reads, writes, ms under way, by device (sectors are 512 bytes)."""
    found = {}
    for line in raw.split(b"\n"):
        words = line.split()
        if len(words) < 14:
            continue
        values = numbers(words[3:13])
        if values is not None:
            found[words[2]] = (values[2] * 512, values[6] * 512, values[0], values[4], values[9])
    return found
