"""Which faults are to come, when, and for how long: nothing but a seed decides. Pure."""

from __future__ import annotations

import random
from enum import Enum
from typing import Final, NamedTuple


class Kind(Enum):
    """What can go wrong; the value is how the table names it."""

    KILL_CONSOLE = "console killed (SIGKILL)"
    DROP_CONSOLE = "line of a console dropped (SIGHUP)"
    KILL_AGENT = "agent killed (SIGKILL)"
    FREEZE_AGENT = "agent frozen (SIGSTOP)"
    RELOAD_AGENT = "configuration read again (SIGHUP)"
    KILL_HELPER = "helper of the agent killed (SIGKILL)"
    KILL_COMMAND = "command killed (SIGKILL)"
    DROP_COMMAND = "line of a command dropped (SIGHUP)"
    FULL = "disk full"
    READ_ONLY = "folder of the records read-only"
    LOCKED = "records locked by another program"
    AHEAD = "clock set ahead, then right"
    BEHIND = "clock set back, then right"
    HUNG_CHECK = "check that hangs"
    BROKEN_YAML = "configuration broken, read, mended, read"
    NO_MAIL = "mail server refuses for a while"


class Fault(NamedTuple):
    """One fault."""

    at: float
    """Seconds after the beginning."""
    kind: Kind
    lasts: float
    """Seconds; 0: it is over at once."""
    pick: float
    """From 0 to 1: which one it hits, how far a clock is set."""

    @property
    def until(self) -> float:
        """When it is over."""
        return self.at + self.lasts


WEIGHTS: Final = {
    Kind.KILL_CONSOLE: 8, Kind.DROP_CONSOLE: 8, Kind.KILL_AGENT: 5, Kind.FREEZE_AGENT: 3, Kind.RELOAD_AGENT: 4,
    Kind.KILL_HELPER: 4, Kind.KILL_COMMAND: 16, Kind.DROP_COMMAND: 8, Kind.FULL: 8, Kind.READ_ONLY: 5, Kind.LOCKED: 8,
    Kind.AHEAD: 5, Kind.BEHIND: 5, Kind.HUNG_CHECK: 5, Kind.BROKEN_YAML: 4, Kind.NO_MAIL: 4}
LASTING: Final = {Kind.FREEZE_AGENT: (5, 25), Kind.FULL: (4, 15), Kind.READ_ONLY: (4, 15), Kind.LOCKED: (2, 12),
                  Kind.AHEAD: (5, 25), Kind.BEHIND: (5, 25), Kind.HUNG_CHECK: (8, 30), Kind.BROKEN_YAML: (3, 10),
                  Kind.NO_MAIL: (5, 25)}
"""How long, in seconds."""
APART: Final = ((Kind.AHEAD, Kind.BEHIND), (Kind.FULL, Kind.READ_ONLY), (Kind.KILL_AGENT, Kind.FREEZE_AGENT))
"""What takes back what the other one did: never both at once."""
BEGIN, END = 0.06, 0.86
"""Between these parts of the whole time faults begin; then what was done must come to an end."""
CALM: Final = 0.67
"""From here on the agent is not ended any more, so that it can be seen whether it grows."""


def plan(seed: int, seconds: float, count: int) -> list[Fault]:
    """So many faults in the order in which they come; the same for the same seed."""
    chance = random.Random(seed)
    begin, end = BEGIN * seconds, END * seconds
    longest = 0.1 * seconds
    faults: list[Fault] = []
    for at in sorted(chance.uniform(begin, end) for _ in range(count)):
        while True:
            kind = _drawn(chance, faults)
            low, high = LASTING.get(kind, (0, 0))
            fault = Fault(at, kind, min(longest, chance.uniform(low, high)), chance.random())
            if _fits(fault, faults, seconds):
                break
        faults.append(fault)
    return faults


def _drawn(chance: random.Random, faults: list[Fault]) -> Kind:
    """A kind; first each of them once, so that none is left out where there is room for all."""
    missing = [kind for kind in Kind if all(one.kind is not kind for one in faults)]
    if missing and chance.random() < 0.5:
        return chance.choice(missing)
    return chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]


def _fits(fault: Fault, before: list[Fault], seconds: float) -> bool:
    if fault.kind is Kind.KILL_AGENT and fault.at > CALM * seconds:
        return False
    apart = {fault.kind, *(one for pair in APART if fault.kind in pair for one in pair)}
    return all(one.until < fault.at for one in before if one.lasts and one.kind in apart)
