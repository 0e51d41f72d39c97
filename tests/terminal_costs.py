"""What a tree of processes costs."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

import psutil


class Idle(NamedTuple):
    """What a program costs while nobody touches it."""

    cpu_percent: float
    """Of one core, the whole process tree."""
    bytes_per_second: float
    """Written to the terminal."""


def process_tree(pid: int) -> list[psutil.Process]:
    """A process and all that it started, itself first; empty when it is gone."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except (psutil.Error, ValueError):
        return []


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """Processor time that processes, and their children that ended, have taken so far."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def memory(processes: list[psutil.Process]) -> int:
    """Bytes of memory of processes: proportional set size where the kernel tells it, else resident."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            full = process.memory_full_info()
            total += getattr(full, "pss", full.rss)
    return total
