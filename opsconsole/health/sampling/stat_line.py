"""The line of /proc/<pid>/stat, proc_pid_stat(5); without any import, for processes that are to stay small."""

from __future__ import annotations

from typing import Final, NamedTuple

_LARGEST: Final = 1 << 48


class Stat(NamedTuple):
    """What is used of /proc/<pid>/stat; times in clock ticks, memory in pages."""

    name: bytes
    state: str
    parent: int
    ticks: int
    threads: int
    started: int
    memory: int


def parse_stat_line(raw: bytes) -> Stat | None:
    """One /proc/<pid>/stat; None when it is cut or broken. The name ends at the last parenthesis."""
    begin, end = raw.find(b"("), raw.rfind(b")")
    if begin < 0 or end < begin:
        return None
    words = raw[end + 2:].split()
    try:
        found = Stat(raw[begin + 1:end], chr(words[0][0]), int(words[1]), int(words[11]) + int(words[12]),
                     int(words[17]), int(words[19]), int(words[21]))
    except (ValueError, IndexError):
        return None
    return found if min(found[2:]) >= 0 and max(found[2:]) < _LARGEST else None
