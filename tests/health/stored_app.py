"""What the health screens show of an agent's work: a board that a test fills, and records in a real database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from opsconsole.console.storage import Storage
from opsconsole.core.clock import DAY, MINUTE
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.feed import Feed
from opsconsole.core.identity import Actor, Role
from opsconsole.health.alerts import store
from opsconsole.health.alerts.machine import Phase
from opsconsole.health.alerts.model import Alert, Event, Evidence, Part
from opsconsole.health.alerts.service import AlertService
from opsconsole.health.board import Board, CheckFacts, Duty, Reliability, Stored
from opsconsole.health.present.past import NOTHING, Past
from opsconsole.notify.model import Severity
from tests.health.samples import NOW, HandClock
from tests.health.stored_samples import CERTIFICATE, DOWN, VAR, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from opsconsole.health.alerts.model import Window

ANA = Actor("ana", 1000, Role.OPERATOR)
BEN = Actor("ben", 1001, Role.OPERATOR)
EVIDENCE = Evidence(NOW - 3 * MINUTE, (
    Part("output", "Could not connect to Redis at 127.0.0.1:6379: Connection refused"),
    Part("journal", "\n".join((
        "Nov 20 14:26:41 web-01 systemd[1]: Starting redis-server.service - Advanced key-value store...",
        "Nov 20 14:26:41 web-01 redis-server[90121]: *** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***",
        "Nov 20 14:26:41 web-01 redis-server[90121]: Reading the configuration file, at line 88",
        "Nov 20 14:26:41 web-01 redis-server[90121]: >>> 'bind-source 10.20.0.4'",
        "Nov 20 14:26:41 web-01 redis-server[90121]: Bad directive or wrong number of arguments",
        "Nov 20 14:26:41 web-01 systemd[1]: redis-server.service: Failed with result 'exit-code'."))),
    Part("processes", "   PID  CPU    memory  name\n  8123  38 %  1.2 GiB  postgres\n  9010   9 %  410 MiB  gunicorn")))
EVENTS = (Event(NOW - 3 * MINUTE, "fired", "", "refused"),)
RESOLVED = Alert(0, "check:redis", "", "redis", "redis", Severity.CRITICAL, Phase.OK, NOW - DAY, NOW - DAY, "refused",
                 DOWN.detail, ended=NOW - DAY + 12 * MINUTE, told=True)


class ShownBoard(Board):
    """Shows what a test says; nothing is read."""

    def __init__(self, stored: Stored = Stored(), *, past: Past = NOTHING, facts: CheckFacts | None = None,  # noqa: B008 - immutable
                 found: tuple[Reliability, ...] = (), duty: Duty = Duty()) -> None:  # noqa: B008 - immutable
        super().__init__(HandClock(), duty=lambda: duty)
        self.stored = stored
        self._past_shown, self._facts, self._found = past, facts, found

    async def read(self, topics: frozenset[str]) -> None:
        """Nothing."""

    async def past(self, series: str, length: int, columns: int) -> Past:
        """As given; its parts fit the chart that is asked for."""
        return fitted(self._past_shown, columns)

    async def facts(self, name: str) -> CheckFacts | None:
        return self._facts

    async def reliability(self) -> tuple[Reliability, ...]:
        return self._found


def fitted(past: Past, columns: int) -> Past:
    """The same history in another number of parts."""
    def parts(values: Sequence[float | None]) -> tuple[float | None, ...]:
        return tuple(values[number * len(values) // columns] for number in range(columns)) if values else ()

    return past._replace(means=parts(past.means), lows=parts(past.lows), highs=parts(past.highs),
                         before=parts(past.before))


class Filled(NamedTuple):
    """A records database with alerts in it."""

    path: Path
    ids: dict[str, int]
    """By title; of several the newest."""

    def storage(self) -> Storage:
        """For a console."""
        async def open_both() -> tuple[Database, Feed]:
            db = await Database.open(self.path, RECORDS, mode=0o600)
            return db, Feed(db)

        return Storage(open_both)

    def service(self, db: Database) -> AlertService:
        """What other people use meanwhile."""
        return AlertService(db, HandClock())


def filled(folder: Path, alerts: Iterable[Alert] = (DOWN, VAR, CERTIFICATE), windows: Iterable[Window] = WINDOWS, *,
           evidence: Evidence | None = None) -> Filled:
    """Writes alerts and silences, as the agent and people would have; the ids of alerts are new."""
    async def write() -> dict[str, int]:
        ids = {}
        async with await Database.open(folder / "records.db", RECORDS, mode=0o600) as db, db.write() as tx:
            for alert in alerts:
                begun = replace(alert, phase=Phase.FIRING)
                ids[alert.title] = number = await store.add_alert(tx, begun)
                for event in EVENTS:
                    await store.add_event(tx, number, event)
                if alert.acknowledged is not None:
                    await store.acknowledge(tx, number, alert.acknowledged_by, alert.note, alert.acknowledged)
                    await store.add_event(tx, number, Event(alert.acknowledged, "acknowledged",
                                                            alert.acknowledged_by, alert.note))
                if alert.ended is not None:
                    await store.set_course(tx, replace(alert, id=number, phase=Phase.OK), withdrawn=False)
                    await store.add_event(tx, number, Event(alert.ended, "resolved", "", "PONG"))
                if evidence is not None:
                    await store.put_evidence(tx, number, evidence)
            for window in windows:
                await store.add_window(tx, window)
            tx.touch("alerts")
        return ids

    return Filled(folder / "records.db", asyncio.run(write()))


def metrics_storage(path: Path) -> Storage:
    """The measurements for a console."""
    async def open_both() -> tuple[Database, Feed]:
        db = await Database.open(path, METRICS, mode=0o600)
        return db, Feed(db)

    return Storage(open_both)


def a_day() -> Past:
    """One day of a latency with peaks, a gap while nobody measured, and the same day of last week."""
    means: list[float | None] = [0.03 + 0.025 * (1 + (number % 40) / 40) for number in range(240)]
    means[60:80] = [None] * 20
    means[-30:] = [0.4] * 30
    highs = [None if one is None else one * (9 if number % 37 == 5 else 1.4) for number, one in enumerate(means)]
    return Past(means=tuple(means), lows=tuple(None if one is None else one * 0.7 for one in means),
                highs=tuple(highs), before=tuple(0.09 + 0.04 * (number % 60) / 60 for number in range(240)),
                percentiles=(0.061, 0.18, 0.52), changes=())
