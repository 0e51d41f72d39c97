"""What a report is gathered from, the time that it is about, and what a source can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.clock import DAY, local
from opsconsole.core.periods import Period
from opsconsole.reports.gathering.beginning import records_begin
from opsconsole.reports.model import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from opsconsole.checklists.service import ChecklistService
    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.logbook.model import Entry
    from opsconsole.logbook.service import LogService
    from opsconsole.tickets.settings import TicketSettings
    from opsconsole.tickets.stats import Statistics

NO_RECORDS = "nothing was ever entered here"
NOT_YET = "nothing was entered here yet"
UNWATCHED = "nobody was watching"
NO_METRICS = "nothing was ever measured here"


class Records(NamedTuple):
    """What people entered."""

    db: Database
    checklists: ChecklistService
    log: LogService


class Time(NamedTuple):
    """The time of a report."""

    period: Period
    until: Instant
    """The end of what can be known: its end, or now."""
    after: Period
    """In which it is looked back at."""
    before: Period
    """What growth is counted against."""

    @property
    def known(self) -> Period:
        """The part of it that is over."""
        return Period(self.period.begin, self.until)


class Known(NamedTuple):
    """What a source says: a number in base units (seconds, bytes, percent), or words."""

    value: float | str
    source: str
    of: int | None = None
    remark: str = ""
    unit: str = ""
    """That of the value, where a person chose it; empty: it is in base units."""
    goal: str = ""
    """What it was to be, where the source knows that."""
    standing: Standing = Standing.UNKNOWN
    """How it stands against that."""
    plain: bool = False
    """Whether the number has no unit of its own, and so is in the one that is wanted."""


Found = Known | str
"""What is known, or why nothing is."""


class Ground:
    """Everything that can be asked, and what was asked already.

    Args:
        records: what people entered; None: nothing yet.
        metrics: what was measured; None: nothing yet.
        clock: where time comes from.
        zone: whose days count; None: this machine's.
        checks: as configured.
        tickets: what the configuration says about tickets.
    """

    def __init__(self, records: Records | None, metrics: Database | None, clock: Clock, zone: tzinfo | None, *,
                 checks: Mapping[str, Check], tickets: TicketSettings) -> None:
        self.records, self.metrics, self.clock, self.zone = records, metrics, clock, zone
        self.checks, self.tickets = checks, tickets
        self._statistics: dict[tuple[Period, str], Statistics] = {}
        self._entries: dict[Period, list[Entry]] = {}
        self._watched: dict[Period, float] = {}
        self._begun: list[Instant | None] = []

    async def statistics(self, records: Records, period: Period, text: str = "") -> Statistics:
        """The figures of tickets; of those that a filter finds, where there is one."""
        from opsconsole.tickets.filters import parse_filter  # noqa: PLC0415 - few reports filter
        from opsconsole.tickets.statsql import statistics  # noqa: PLC0415 - as above

        key = period, text
        if key not in self._statistics:
            self._statistics[key] = await statistics(
                records.db, self.tickets, period, parse_filter(text) if text else None, me="", now=self.clock.now(),
                zone=self.zone)
        return self._statistics[key]

    async def entered(self, records: Records, period: Period) -> tuple[bool, str]:
        """Whether anything of a time could be entered here, and what is said where that was only a part of it."""
        if not self._begun:
            self._begun.append(await records_begin(records.db))
        (begun,) = self._begun
        if begun is None or begun >= period.end:
            return False, ""
        return True, f"records begin {local(begun, self.zone):%Y-%m-%d}" if begun > period.begin + DAY else ""

    async def entries(self, records: Records, period: Period) -> list[Entry]:
        """The log entries that were begun in a time."""
        if period not in self._entries:
            self._entries[period] = await records.log.between(period.begin, period.end)
        return self._entries[period]

    async def watched(self, metrics: Database, period: Period) -> float:
        """The share of a time in which something was recorded, in percent; 0 of no time."""
        from opsconsole.health.history.store import MetricStore  # noqa: PLC0415 - few reports measure nothing

        if period not in self._watched:
            gaps = await MetricStore(metrics).coverage(period.begin, period.end)
            span = period.end - period.begin
            dark = sum(gap.ended - gap.begun for gap in gaps)
            self._watched[period] = 100 * (span - dark) / span if span > 0 else 0.0
        return self._watched[period]


def partly(share: float, what: str) -> str:
    """What is said where only a part of a time is known; nothing where it is all of it, within a thousandth."""
    return "" if share >= 99.9 else f"{what} {share:.1f} % of the time"
