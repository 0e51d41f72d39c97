"""A real records database with an engine on it, and a clock that is turned by hand."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from opsconsole.core.config import decode
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.identity import Actor, Role
from opsconsole.core.jobs import LeaseLost
from opsconsole.health.alerts import store
from opsconsole.health.alerts.engine import AlertEngine
from opsconsole.health.alerts.service import AlertService
from opsconsole.health.alerts.settings import Rules
from opsconsole.health.alerts.sights import Seen
from opsconsole.health.checks.model import Outcome, Value
from opsconsole.health.checks.settings import Checks
from opsconsole.health.model import Finding
from opsconsole.notify import service as outbox
from opsconsole.notify.model import Notice, NoticeKind
from tests.health.samples import HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from opsconsole.core.database import Transaction
    from opsconsole.core.levels import Level
    from opsconsole.health.alerts.model import Alert

ANA = Actor("ana", 1000, Role.OPERATOR, "192.0.2.7")
BEN = Actor("ben", 1001, Role.SUPERVISOR, "192.0.2.8")
PAUSES = (NoticeKind.HELD, NoticeKind.FREED, NoticeKind.GIVEN_BACK)
EVE = Actor("eve", 1002, Role.VIEWER, "192.0.2.9")


class Configured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The two parts of a configuration that alerts are about."""

    rules: Rules = msgspec.field(default_factory=dict)
    checks: Checks = msgspec.field(default_factory=dict)


def configured(text: str) -> Configured:
    return decode(text, Configured, source="test.yaml", env={})


class FakeGuard:
    """A lease that is taken away when the test says so."""

    def __init__(self) -> None:
        self.held = True
        self.believed = True

    def holds(self) -> bool:
        return self.believed

    async def confirm(self, tx: Transaction) -> None:
        if not self.held:
            raise LeaseLost


class Place:
    """One host: its records, its engine, its clock."""

    def __init__(self, db: Database, settings: Configured, **options: Any) -> None:
        self.db, self.settings, self.options = db, settings, options
        self.clock = HandClock()
        self.service = AlertService(db, self.clock)
        self.guard = FakeGuard()
        self.values: dict[str, float] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.findings: list[Finding] | None = None
        self.restart()

    def restart(self) -> None:
        """As after kill -9: nothing but the records is left."""
        self.engine = self.another()

    def another(self) -> AlertEngine:
        return AlertEngine(self.db, outbox, self.settings.rules, self.settings.checks, guard=self.guard,
                           **self.options)

    @property
    def seen(self) -> Seen:
        return Seen(self.values, self.outcomes, self.findings)

    async def beat(self, seconds: float = 10.0, *, engine: AlertEngine | None = None) -> None:
        self.clock.forward(seconds)
        await (engine or self.engine).evaluate(self.clock.now(), self.clock.monotonic(), self.seen)

    async def beats(self, seconds: float, step: float = 10.0) -> None:
        for _ in range(round(seconds / step)):
            await self.beat(step)

    async def run(self, name: str, level: Level, text: str = "", values: Mapping[str, Value] | None = None,
                  after: float = 10.0) -> None:
        """A check runs and is judged."""
        self.clock.forward(after)
        self.outcomes[name] = Outcome(name, level, text or level.word, self.clock.now(), 0.01, dict(values or {}))
        await self.engine.evaluate(self.clock.now(), self.clock.monotonic(), self.seen)

    def find(self, target: str, level: Level, reason: str = "", pending: Level | None = None) -> None:
        self.findings = [one for one in self.findings or [] if one.target != target]
        self.findings.append(Finding(target=target, level=level, since=self.clock.now(), reason=reason,
                                     pending=pending))

    async def open(self) -> list[Alert]:
        return await store.open_alerts(self.db)

    async def notices(self) -> list[Notice]:
        rows = await self.db.rows("SELECT kind, thread, severity, title, text, at, category, ladder, channels"
                                  " FROM outbox_notice ORDER BY seq")
        return [msgspec.convert({**dict(row), "channels": msgspec.json.decode(row["channels"])}, Notice)
                for row in rows]

    async def told(self) -> list[tuple[NoticeKind, str]]:
        """Kind and title of everything that was told; that a ladder pauses is not."""
        return [(one.kind, one.title) for one in await self.notices() if one.kind not in PAUSES]

    async def kinds(self) -> list[str]:
        return [kind.value for kind, _ in await self.told()]


@asynccontextmanager
async def place(folder: Path, text: str = "", **options: Any) -> AsyncIterator[Place]:
    async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
        yield Place(db, configured(text), **options)


def texts(notices: Sequence[Notice]) -> str:
    return "\n".join(f"{one.title}\n{one.text}" for one in notices)


MEMORY = """
rules:
  memory high:
    metric: memory.used_percent
    warning: "> 85%"
    critical: "> 95%"
    for: 60s
    margin: 5%
    recover_for: 30s
    category: host
    ladder: night
    channels: [log]
    help: restart the worker
    runbook: Pages slow
    react_within: 1h
"""


WEB = """
checks:
  db: {kind: metric, every: 30s}
  app: {kind: metric, every: 30s, depends_on: [db], group: shop, help: read the log}
"""
