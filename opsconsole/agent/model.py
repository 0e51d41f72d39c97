"""What the agent keeps of itself: who works, and how its jobs fared. Frozen types without I/O."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant


class Kind(StrEnum):
    """Where an agent comes from; a child gives way to a permanent one."""

    PERMANENT = "permanent"
    CHILD = "child"


class Timing(NamedTuple):
    """Seconds; tests shorten them together."""

    beat: float = 4.0
    """Between two heartbeats of whoever has the lease."""
    dead: float = 12.0
    """Without a heartbeat, after which another one takes the lease."""
    margin: float = 3.0
    """Before that, in which a holder does not work any more that could not renew its lease."""
    look: float = 1.5
    """Between two looks of whoever waits for the lease; with `dead` it stays below 15."""
    patience: float = 3.0
    """That running jobs are given to end by themselves; with cutting off and closing it stays below 5."""


class Process(NamedTuple):
    """One process, as others can recognise it; empty or 0 where the kernel does not say."""

    host: str
    boot: str
    """The kernel's id of this boot."""
    space: str
    """The process namespace, without which a pid says nothing."""
    pid: int
    born: int
    """Start in clock ticks since boot: pids are used again."""


class LeaseState(NamedTuple):
    """The row of the lease as somebody read it."""

    token: str
    """Empty: nobody has it."""
    kind: Kind
    process: Process
    taken: Instant
    beat: Instant
    """The last heartbeat, by the clock of the holder."""
    beats: int
    wanted: str = ""
    """The token of a permanent agent that asks for it."""


class JobRun(NamedTuple):
    """How a job fared lately."""

    name: str
    last_due: Instant
    """The latest moment it was due that has been dealt with: run, skipped or missed."""
    last_started: Instant | None = None
    last_ended: Instant | None = None
    ok: bool | None = None
    """None before the first run has ended."""
    took: float | None = None
    """Seconds."""
    error: str = ""
    """Why the last run failed."""
    runs: int = 0
    failures: int = 0
    """In a row, up to now."""
    missed: int = 0
    """Times that it was due while no agent worked, and that were not caught up."""
    skipped: int = 0
    """Times that it was due while it still ran, or waited after a failure."""
