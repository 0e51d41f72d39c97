"""What was the case when an alert fired: looked at right after people were told, and kept with it.

Nothing here delays the telling. Each part has its own time and its own size, and one that fails leaves a line that says
so. Everything is kept as it was found; it is made harmless where it is shown.
"""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import time
from functools import partial
from heapq import nlargest
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import HOUR
from opsconsole.core.errors import OpsError
from opsconsole.core.text import decode
from opsconsole.health.alerts import store
from opsconsole.health.alerts.model import TOPIC, Evidence, Part

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database
    from opsconsole.core.jobs import Guard
    from opsconsole.health.alerts.model import Alert
    from opsconsole.health.alerts.ticketing import AlertTickets
    from opsconsole.health.changes.model import Change
    from opsconsole.health.checks.model import Outcome
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.model import Disk, Mount, Process, Snapshot

    Changes = Callable[[Instant, Instant], Awaitable[Sequence[Change]]]
    Look = Callable[[], Awaitable[str]]

LOG = logging.getLogger(__name__)

MOST: Final = 64 * 1024
"""Bytes of all parts together."""
MOST_OF_ONE: Final = 16 * 1024
LIMIT: Final = 8.0
"""Seconds for each part."""
BETWEEN: Final = 0.5
"""Seconds between two looks at the processes, from which their shares of the processor follow."""
BUSIEST: Final = 10
LINES: Final = 60
"""Of a unit's journal."""
MOST_WAITING: Final = 20
"""Alerts that wait for their evidence; when more fire at once, they have the same cause."""
BEFORE: Final = 2 * HOUR
_UNIT: Final = re.compile(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}")


class Sources(NamedTuple):
    """Where evidence comes from; what is None is left out."""

    snapshot: Callable[[], Snapshot | None] | None = None
    """The newest measurement."""
    outcomes: Callable[[], Mapping[str, Outcome]] | None = None
    """The newest outcome of each check."""
    changes: Changes | None = None
    checks: Mapping[str, Check] = {}
    processes: Callable[[], Sequence[Process]] | None = None
    """Looks at all processes; runs in a thread. None: this host's, see `look_at_processes`."""
    journal: str = "journalctl"
    """The program that shows the journal."""


class Witness:
    """Keeps evidence: give it to the engine as `fired`.

    Args:
        db: the records.
        guard: whether this agent may work.
        clock: where time comes from.
        sources: where evidence comes from.
        tickets: adds it to the ticket of the alert; None: to none.
    """

    def __init__(self, db: Database, guard: Guard, clock: Clock, sources: Sources,
                 tickets: AlertTickets | None = None) -> None:
        self._db = db
        self._guard = guard
        self._clock = clock
        self._sources = sources
        self._tickets = tickets
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, alert: Alert) -> None:
        """Look at what is the case, and keep it; returns at once."""
        if len(self._tasks) >= MOST_WAITING:
            LOG.warning("no evidence is kept of alert %d: too many fire at once", alert.id)
            return
        task = asyncio.create_task(self._keep(alert), name=f"evidence of alert {alert.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until everything that is under way is kept."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """End what is under way."""
        for task in self._tasks:
            task.cancel()
        await self.settle()

    async def _keep(self, alert: Alert) -> None:
        try:
            # One after another: when everything breaks at once, the host has better things to do.
            async with self._turn:
                found = await self.gather(alert)
                async with self._db.write() as tx:
                    await self._guard.confirm(tx)
                    await store.put_evidence(tx, alert.id, found)
                    if self._tickets is not None:
                        await self._tickets.evidence(tx, alert, found)
                    tx.touch(TOPIC)
        except OpsError as error:
            LOG.warning("the evidence of alert %d is not kept: %s", alert.id, error)

    async def gather(self, alert: Alert) -> Evidence:
        """Everything that can be said about an alert now."""
        at = self._clock.now()
        units = self._units(alert)
        wanted: list[tuple[str, Look]] = [("output", partial(self._output, alert))]
        wanted += [(f"journal of {unit}", partial(self._journal, unit)) for unit in units]
        wanted += [("changes", partial(self._changed, alert, at)), ("processes", self._processes),
                   ("mounts", self._mounts)]
        texts = await asyncio.gather(*(self._part(title, look) for title, look in wanted))
        parts, left = [], MOST
        for (title, _), text in zip(wanted, texts, strict=True):
            kept = _cut(text, min(left, MOST_OF_ONE))
            left -= len(kept.encode("utf-8", "surrogatepass"))
            if kept:
                parts.append(Part(title, kept))
        return Evidence(at, tuple(parts))

    async def _part(self, title: str, look: Look) -> str:
        try:
            async with asyncio.timeout(LIMIT):
                return await look()
        except TimeoutError:
            return f"no answer within {LIMIT:g} s"
        except (OSError, ValueError, OpsError) as error:
            LOG.warning("no %s as evidence: %s", title, error)
            return f"not known: {error}"

    async def _output(self, alert: Alert) -> str:
        outcomes = self._sources.outcomes() if self._sources.outcomes is not None else {}
        outcome = outcomes.get(alert.detail.check)
        if outcome is None:
            return ""
        values = ", ".join(f"{name} {value}" for name, value in outcome.values.items())
        return "\n".join(line for line in (outcome.text, *outcome.failed, values, outcome.output) if line)

    def _units(self, alert: Alert) -> list[str]:
        """The systemd units that an alert is about."""
        check = self._sources.checks.get(alert.detail.check)
        unit = getattr(check, "unit", None)
        if isinstance(unit, str):
            return [unit] if _UNIT.fullmatch(unit) else []
        snapshot = self._sources.snapshot() if self._sources.snapshot is not None else None
        if alert.target != "units" or alert.detail.check or snapshot is None:
            return []
        return [unit for unit in snapshot.facts.failed_units or () if _UNIT.fullmatch(unit)][:3]

    async def _journal(self, unit: str) -> str:
        from opsconsole.core.programs import plain_environment, run  # noqa: PLC0415 - where units are

        program = shutil.which(self._sources.journal)
        if program is None:
            return ""
        command = [program, "--quiet", "--no-pager", f"--lines={LINES}", "--output=short-iso", f"--unit={unit}"]
        ran = await run(command, {**plain_environment(), "SYSTEMD_COLORS": "0"},
                        deadline=asyncio.get_running_loop().time() + LIMIT - 1)
        return decode(ran.output or ran.errors).strip("\n")

    async def _changed(self, alert: Alert, at: Instant) -> str:
        if self._sources.changes is None:
            return ""
        found = await self._sources.changes(min(alert.begun, at) - BEFORE, at)
        newest = sorted(found, key=lambda one: -one.at)[:30]
        return "\n".join(f"{fmt.stamp(one.at)}  {one.kind.value}  {one.text}" for one in newest)

    async def _processes(self) -> str:
        from opsconsole.health.checks.kinds.blocking import Crowded, aside  # noqa: PLC0415 - when something fires

        look = self._sources.processes or look_at_processes
        try:
            found = await aside(("evidence", "processes"), look)
        except Crowded:
            return "not known: too many threads hang already"
        busiest = nlargest(BUSIEST, found, key=lambda one: one.cpu or 0.0)
        largest = [one for one in nlargest(BUSIEST, found, key=lambda one: one.memory) if one not in busiest]
        return "\n".join(_row(one) for one in (*busiest, *largest))

    async def _mounts(self) -> str:
        snapshot = self._sources.snapshot() if self._sources.snapshot is not None else None
        if snapshot is None:
            return ""
        return "\n".join([*map(_mount, snapshot.mounts), *map(_disk, snapshot.disks)])


def look_at_processes() -> Sequence[Process]:
    """All processes of this host with their shares of the processor over the last half second; blocks so long."""
    from opsconsole.health.sampling.processes import ProcessTable  # noqa: PLC0415 - only when something fires

    table = ProcessTable()
    try:
        table.busiest(1)
        time.sleep(BETWEEN)
        return table.busiest(100_000)
    finally:
        table.close()


def _row(one: Process) -> str:
    """A process without its arguments, which may hold a password."""
    return (f"{one.pid:>7}  {one.user:<12}  {one.state}  {fmt.or_dash(one.cpu, fmt.percent):>6}"
            f"  {fmt.size(one.memory):>9}  {one.name}")


def _mount(one: Mount) -> str:
    used, free = fmt.or_dash(one.percent, fmt.percent), fmt.or_dash(one.free, fmt.size)
    state = "no answer" if one.silent_since is not None else f"{used:>5} used  {free:>8} free"
    about = f"({one.device}, {one.kind}{', read-only' if one.read_only else ''})"
    return f"{state}  inodes {fmt.or_dash(one.inodes_percent, fmt.percent)}  {one.path}  {about}"


def _disk(one: Disk) -> str:
    return (f"{one.name}  busy {fmt.or_dash(one.busy, fmt.percent)}  read {fmt.or_dash(one.read_rate, fmt.rate)}"
            f"  write {fmt.or_dash(one.write_rate, fmt.rate)}")


def _cut(text: str, most: int) -> str:
    """The end of a text counts most: it is what was said last. Never more than `most` bytes."""
    raw = text.encode("utf-8", "backslashreplace")
    if len(raw) <= most:
        return text
    if most < 100:
        return ""
    return "…\n" + raw[len(raw) - most + 10:].decode("utf-8", "ignore")
