"""What a periodic job is: the contract between the features, which have jobs, and the agent, which runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction


class CatchUp(StrEnum):
    """What happens to the runs that were due while no agent was running."""

    NONE = "none"
    """They are recorded as missed."""
    LATEST = "latest"
    """The latest is run once, the others are recorded as missed."""
    ALL = "all"
    """Each is run, one after another, oldest first."""


class Every(NamedTuple):
    """Again and again, on multiples of `seconds` since the epoch, so that a restart keeps the beat."""

    seconds: float


class Line(NamedTuple):
    """A cron line or a systemd calendar expression, in a zone (IANA name; empty: the machine's own)."""

    text: str
    zone: str = ""


class Due(NamedTuple):
    """What a job's function is told: the moment it was due (ms UTC), which may have passed a while ago."""

    at: Instant
    caught_up: bool = False


@dataclass(frozen=True)
class Job:
    """Periodic work. `run` is a coroutine function; it may be cancelled at its limit and when the agent ends."""

    name: str
    """`health.record`, `check.shop`: unique, stable, shown by `doctor`."""
    run: Callable[[Due], Awaitable[None]]
    schedule: Every | Line
    limit: float = 60.0
    """Seconds after which it is cancelled and counts as failed."""
    jitter: float = 0.0
    """Seconds by which runs are put off at most; how much follows from host and name, so it is always the same."""
    catch_up: CatchUp = CatchUp.NONE
    recorded: bool = True
    """Whether its runs are stored; a job that keeps its own record (a check) is not."""
    backoff: bool = True
    """Whether a failing job waits longer and longer; at most an hour."""
    eager: bool = field(default=False)
    """Whether it runs once as soon as the agent begins to work."""


class Guard(Protocol):
    """Whether this agent may work. A job that tells somebody something, or changes records, asks before it does."""

    def holds(self) -> bool:
        """Whether the lease cannot have passed to another agent yet; cheap, asks no database."""

    async def confirm(self, tx: Transaction) -> None:
        """Makes the transaction fail when the lease is not ours any more.

        Raises:
            LeaseLost: another agent works now, or may; nothing of the transaction is stored.
        """
