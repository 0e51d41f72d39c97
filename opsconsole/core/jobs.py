"""What a periodic job is: the contract between the features, which have jobs, and the agent, which runs them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from opsconsole.core.errors import OpsError

if TYPE_CHECKING:
    from contextlib import AsyncExitStack
    from pathlib import Path

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.paths import Paths


class LeaseLost(OpsError):  # noqa: N818 - an error is named for what happened
    """Another agent works now, or may; whoever gets this stops and stores nothing."""

    def __init__(self) -> None:
        super().__init__("Another agent has taken over the work of this one.", "Nothing was stored.")


class CatchUp(StrEnum):
    """What happens to the runs that were due while no agent was running."""

    NONE = "none"
    """They are recorded as missed."""
    LATEST = "latest"
    """The latest is run once, the others are recorded as missed."""
    ALL = "all"
    """Each is run, one after another, oldest first; of very many, the latest."""


class Every(NamedTuple):
    """Again and again, on multiples of `seconds` since the epoch, so that a restart keeps the beat."""

    seconds: float


class Line(NamedTuple):
    """A cron line or a systemd calendar expression, in a zone (IANA name; empty: the machine's own)."""

    text: str
    zone: str = ""


class Due(NamedTuple):
    """What a job's function is told: the moment it was due (ms UTC, before jitter), which may be a while ago."""

    at: Instant
    caught_up: bool = False
    """Whether it runs late because no agent was at work then."""


class Jump(NamedTuple):
    """The clock was set, or this process stood still: nothing is known of the time between."""

    before: Instant
    """The last moment that is known, ms UTC by the clock as it was then."""
    after: Instant
    """Now; earlier than `before` where the clock was put back."""
    asleep: float
    """Seconds that really passed in between: the suspend or the stop; near 0 where only the clock was set."""


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
    jumped: Callable[[Jump], None] | None = None
    """Is told of clock changes and of time in which the agent stood still, to record a gap; must return at once."""


class Guard(Protocol):
    """Whether this agent may work. A job that tells somebody something, or changes records, asks before it does."""

    def holds(self) -> bool:
        """Whether the lease cannot have passed to another agent yet; cheap, asks no database."""

    async def confirm(self, tx: Transaction) -> None:
        """Makes the transaction fail when the lease is not ours any more.

        Raises:
            LeaseLost: another agent works now, or may; nothing of the transaction is stored.
        """


@dataclass(frozen=True)
class Workplace:
    """What the agent hands to a feature that makes its jobs. The jobs work only while the agent has the lease."""

    settings: Any
    """The whole configuration (`opsconsole.settings.Settings`); its `agent`, `checks` … may be None."""
    records: Database
    metrics: Database
    clock: Clock
    guard: Guard
    paths: Paths
    host: str
    state: Path
    """A folder for files of the jobs; it exists."""
    closing: AsyncExitStack
    """Is closed when the jobs are made anew, and when the agent stops working; for whatever the jobs keep open."""


Provider = Callable[[Workplace], Awaitable[Sequence[Job]]]
"""Makes a feature's jobs, `module:function` in the agent's list; it is called again for a changed configuration."""
