"""What consoles and the agent hold in memory while they work, by process."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from contextlib import suppress
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import psutil

from tests.terminal_costs import memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.soak.house import House
    from tests.soak.person import Person

EVERY = 5.0
"""Seconds between two looks."""
MIB = 1024 * 1024


class Life(NamedTuple):
    """The memory of one process over its life: seconds after the beginning, and MiB of proportional set size."""

    role: str
    pid: int
    at: list[float]
    held: list[float]

    @property
    def lasted(self) -> float:
        """Seconds that it was watched."""
        return self.at[-1] - self.at[0]

    def part(self, part: int, parts: int) -> float:
        """The median of one of so many equal parts of its life."""
        begin, end = len(self.held) * part // parts, len(self.held) * (part + 1) // parts
        return median(self.held[begin:max(end, begin + 1)])


class Memory(threading.Thread):
    """Looks again and again.

    Args:
        house: its agent.
        people: their consoles.
    """

    def __init__(self, house: House, people: Sequence[Person]) -> None:
        super().__init__(name="memory", daemon=True)
        self._house, self._people = house, people
        self._lives: dict[tuple[str, int], Life] = {}

    def run(self) -> None:
        """See above."""
        begun = time.monotonic()
        while not self._house.over.wait(EVERY):
            for role, pid in self._there():
                with suppress(psutil.Error):
                    held = memory([psutil.Process(pid)])
                    if held:
                        life = self._lives.setdefault((role, pid), Life(role, pid, [], []))
                        life.at.append(time.monotonic() - begun)
                        life.held.append(held / MIB)

    def _there(self) -> list[tuple[str, int]]:
        there = [(one.name, one.terminal.pid) for one in self._people
                 if one.terminal is not None and one.terminal.status is None and one.terminal.pid]
        agent = self._house.agent
        return [*there, *([("agent", agent.pid)] if agent is not None and agent.poll() is None else [])]

    def longest(self) -> list[Life]:
        """Of each role, the process that lived longest."""
        best: defaultdict[str, list[Life]] = defaultdict(list)
        for life in self._lives.values():
            if life.at:
                best[life.role].append(life)
        return [max(lives, key=lambda life: life.lasted) for _, lives in sorted(best.items())]
