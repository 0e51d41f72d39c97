"""What panels, commands and rules ask about checks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec.structs import replace

from opsconsole.core.clock import DAY
from opsconsole.core.errors import StorageError
from opsconsole.core.levels import Level
from opsconsole.health.checks.judge import limit_of
from opsconsole.health.checks.model import CheckState
from opsconsole.health.checks.store import CheckStore, Stored
from opsconsole.health.checks.uptime import WINDOW, Period, Slo, Uptime, slo, unwatched, uptime

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database
    from opsconsole.health.checks.settings.base import Check

    P95 = Callable[[str, Instant, Instant], Awaitable[float | None]]

LOG = logging.getLogger(__name__)


class CheckService:
    """Reads what checks found; `settings` are the checks that there are, in their order.

    Args:
        db: the measurements.
        clock: where time comes from.
        settings: name to check; may be replaced with `use`.
    """

    def __init__(self, db: Database, clock: Clock, settings: Mapping[str, Check] | None) -> None:
        self._clock = clock
        self._store = CheckStore(db)
        self.use(settings)

    def use(self, settings: Mapping[str, Check] | None) -> None:
        """Other checks from now on."""
        self._checks = {name: check for name, check in (settings or {}).items() if check.enabled}

    async def states(self) -> tuple[CheckState, ...]:
        """Every enabled check, worst first, else as configured; what is too old counts as unknown for the order.

        Raises:
            StorageError: they cannot be read.
        """
        stored = await self._store.all()
        found = [state_of(name, check, stored.get(name)) for name, check in self._checks.items()]
        now = self._clock.now()
        return tuple(sorted(found, key=lambda state: -current(state, now)))

    async def state(self, name: str) -> CheckState | None:
        """One check; None when there is none of that name.

        Raises:
            StorageError: it cannot be read.
        """
        check = self._checks.get(name)
        return None if check is None else state_of(name, check, await self._store.one(name))

    async def periods(self, name: str, since: Instant, until: Instant) -> list[Period]:
        """What is known of a time, oldest first, the period that goes on included; also of checks that were removed.

        Raises:
            StorageError: they cannot be read.
        """
        return await self._periods(name, await self._store.one(name), since, until)

    async def _periods(self, name: str, newest: Stored | None, since: Instant, until: Instant) -> list[Period]:
        if newest is None:
            return []
        found = await self._store.periods(name, since, until)
        now, open_one = self._clock.now(), newest.open
        # Until the next run is overdue, the newest result is taken to hold.
        interval = self._checks[name].every if name in self._checks else 0.0
        watched = 0 <= now - open_one.at <= unwatched(interval) and name in self._checks
        ended = min(now if watched else open_one.at, until)
        if ended > open_one.begun:
            found.append(Period(open_one.status, open_one.begun, ended, open_one.reason))
        return found

    async def uptime(self, name: str, since: Instant, until: Instant) -> Uptime:
        """How long a check was up, down, in maintenance, or watched by nobody.

        Raises:
            StorageError: it cannot be read.
        """
        return uptime(await self.periods(name, since, until), since, until)

    async def slo(self, name: str, window: int = WINDOW) -> Slo | None:
        """How the promise of a check stands; None when it has none.

        Raises:
            StorageError: it cannot be read.
        """
        check = self._checks.get(name)
        if check is None or check.slo is None:
            return None
        now = self._clock.now()
        return slo(float(check.slo), await self.periods(name, now - window, now), now, window)

    async def summarise(self, p95: P95 | None = None) -> None:
        """Calculates and keeps p95 over 24 h and uptime over 30 d of every check, so that panels read one table.

        Args:
            p95: gives the 95th percentile of a series (`check:NAME.latency`) between two instants; None: nobody does.

        Raises:
            StorageError: they could not be read or stored.
        """
        now = self._clock.now()
        stored = await self._store.all()
        figures: dict[str, tuple[float | None, float | None]] = {}
        for name in self._checks:
            if (newest := stored.get(name)) is None:
                continue
            known = uptime(await self._periods(name, newest, now - WINDOW, now), now - WINDOW, now)
            slow = await _asked(p95, f"check:{name}.latency", now) if "latency" in newest.outcome.values else None
            if (slow, known.share) != (newest.p95, newest.uptime):
                figures[name] = (slow, known.share)
        if figures:
            await self._store.summarise(figures)


async def _asked(p95: P95 | None, series: str, now: Instant) -> float | None:
    try:
        return await p95(series, now - DAY, now) if p95 is not None else None
    except StorageError as error:
        LOG.warning("no percentile of %s: %s", series, error)
        return None


def current(state: CheckState, now: Instant) -> Level:
    """The level that may be believed now: unknown where the newest result is missing or too old."""
    if state.at is None or now - state.at > unwatched(state.interval):
        return Level.UNKNOWN
    return state.level


def state_of(name: str, check: Check, stored: Stored | None) -> CheckState:
    """A check as panels show it."""
    state = CheckState(name, check.kind, Level.UNKNOWN, 0, "", None, main=check.main, limit=limit_of(check),
                       interval=float(check.every), label=check.label, group=check.group)
    if stored is None:
        return state
    one = stored.outcome
    return replace(state, level=one.level, since=stored.open.since, text=one.text, at=one.at, took=one.took,
                   values=one.values, failed=one.failed, output=one.output, p95=stored.p95, uptime=stored.uptime,
                   maintenance=stored.open.status == "maintenance")
