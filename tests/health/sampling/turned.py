"""A clock that is turned by hand, and a tree that looks like /proc, for the tests of the sampler."""

from __future__ import annotations

from pathlib import Path

PROC_FILES = ("stat", "meminfo", "vmstat", "loadavg", "diskstats", "net/dev", "self/mountinfo", "pressure/cpu",
              "pressure/memory", "pressure/io", "sys/fs/file-nr")


class TurnedClock:
    """Shows what it is told."""

    def __init__(self, now: int = 1_800_000_000_000, monotonic: float = 1000.0) -> None:
        self.at = now
        self.elapsed = monotonic

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.elapsed

    def turn(self, seconds: float) -> None:
        self.elapsed += seconds
        self.at += round(seconds * 1000)


def copy_of_proc(folder: Path) -> Path:
    """The machine's own figures in files that can be changed."""
    proc = folder / "proc"
    for name in PROC_FILES:
        target = proc / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.write_bytes((Path("/proc") / name).read_bytes())
        except OSError:
            continue
    return proc
