"""What `doctor` says of the agent: whether one works, and how its jobs fare."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.agent.model import JobRun, Kind, LeaseState, Timing
from opsconsole.core.clock import DAY, SystemClock
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.paths import Paths

LONGEST = 400
"""Characters of one sentence."""
_START = "Run `opsconsole agent install`, or `opsconsole agent`; a console starts one of its own."


class Finding(NamedTuple):
    """One thing that was looked at: `says` is what was found, `todo` what to do, empty when there is nothing."""

    level: Level
    what: str
    says: str
    todo: str = ""


def agent_findings(paths: Paths, clock: Clock | None = None) -> list[Finding]:
    """Looks at the lease and the runs in the records, which are only read; says nothing where there are none yet."""
    if not paths.records.exists():
        return []
    try:
        lease, runs = asyncio.run(_read(paths))
    except OpsError as error:
        return [Finding(Level.UNKNOWN, "agent", limited(error.sentence, LONGEST), error.todo)]
    now = (clock or SystemClock()).now()
    return [lease_finding(lease, now), *job_findings(runs, now)]


def lease_finding(lease: LeaseState | None, now: Instant) -> Finding:
    """Whether an agent works."""
    from opsconsole.core.format import duration  # noqa: PLC0415 - for this part only

    if lease is None:
        return Finding(Level.WARNING, "agent", "none has ever worked here", _START)
    if not lease.token:
        ago = duration(max(0, now - lease.beat) / 1000)
        return Finding(Level.WARNING, "agent", f"none works; the last one ended {ago} ago", _START)
    process = lease.process
    who = "the child of a console" if lease.kind is Kind.CHILD else "a permanent one"
    says = limited(f"{who}, process {process.pid} on {process.host}", LONGEST)
    age = (now - lease.beat) / 1000
    if abs(age) > Timing().dead:
        when = f"{duration(age)} ago" if age > 0 else "in the future"
        return Finding(Level.CRITICAL, "agent", f"{says}, whose last heartbeat was {when}",
                       "Look whether it still runs, and start it again.")
    return Finding(Level.OK, "agent", f"{says}, working for {duration(max(0, now - lease.taken) / 1000)}")


def job_findings(runs: Sequence[JobRun], now: Instant) -> Iterator[Finding]:
    """One line for all jobs that are well, and one for each that fails; those of the last day."""
    from opsconsole.core.format import ago, duration  # noqa: PLC0415 - for this part only

    recent = [run for run in runs if run.failures or now - (run.last_ended or 0) < DAY]
    failing = [run for run in recent if run.failures]
    for run in failing:
        when = ago(max(0, now - (run.last_ended or now)) / 1000)
        says = f"failed {run.failures} times in a row, last {when}: {run.error}" if run.failures > 1 else (
            f"failed {when}: {run.error}")
        yield Finding(Level.WARNING, limited(f"job {run.name}", 80), limited(says, LONGEST),
                      "The agent's log has the details.")
    if well := len(recent) - len(failing):
        missed = sum(run.missed for run in recent)
        longest = max((run for run in recent if not run.failures), key=lambda run: run.took or 0)
        says = f"{well} ran well in the last day; {longest.name} took longest ({duration(longest.took or 0)})"
        yield Finding(Level.OK, "jobs", limited(says + (f"; {missed} runs missed in all" if missed else ""), LONGEST))


async def _read(paths: Paths) -> tuple[LeaseState | None, list[JobRun]]:
    from opsconsole.agent import store  # noqa: PLC0415 - SQLite, for this part only
    from opsconsole.core.database import RECORDS, Database  # noqa: PLC0415

    async with await Database.open(paths.records, RECORDS, read_only=True) as db:
        return await store.read_lease(db), list((await store.read_runs(db)).values())
