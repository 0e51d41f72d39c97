"""Two days on a server while Ana was away: tickets, alerts, checklists, the log, changes; real records and services."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.checklists.library import Library
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.health.alerts.service import AlertService
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.changes.store import ChangeStore
from opsconsole.logbook.model import Action, EntryType
from opsconsole.logbook.service import LogService
from opsconsole.reports.briefing.gathering import Features, gather
from opsconsole.reports.briefing.service import BriefingService
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.service import TicketService
from opsconsole.timeline import sources
from tests.checklists.checkdesk import TEMPLATES
from tests.health.samples import NOW, ZONE
from tests.tickets.desk import ANA, BEN, SETTINGS, HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.core.identity import Actor
    from opsconsole.reports.briefing.model import Briefing, Part

LEFT: Final = NOW - 45 * HOUR
"""Wednesday, 17:31: Ana leaves. It is Friday, 14:31, when she comes back."""
ALERT: Final = """INSERT INTO alert (key, rule, target, title, severity, phase, begun, fired, text, detail, ended)
    VALUES (:key, '', :title, :title, :severity, :phase, :fired, :fired, :text, '{}', :ended) RETURNING id"""
TEXT: Final = """\
The migration of **web2** is half done, see #1.

- do not restart `redis` before the copy has ended
- the vendor calls at 16:00 about the controller
- [the plan](https://wiki.example.com/web2)

Ben knows the rest.
Spare keys are in the safe.
"""


class House(NamedTuple):
    """The records, and everything that can be done to them at any moment."""

    folder: Path
    db: Database
    metrics: Database
    clock: HandClock
    features: Features

    async def told(self, me: str = "ana", since: int = LEFT, until: int = NOW) -> Briefing:
        """What somebody finds."""
        return await gather(self.features, me, since, until)

    async def value(self, sql: str, **params: Any) -> Any:
        """The first column of the first row."""
        row = await self.db.row(sql, params)
        return None if row is None else row[0]

    async def alert(self, title: str, fired: int, ended: int | None = None, severity: str = "critical",
                    text: str = "refused") -> int:
        """An alert as the agent stores it, with its events."""
        async with self.db.write() as tx:
            row = await tx.row(ALERT, {"key": f"check:{title}:{fired}", "title": title, "severity": severity,
                                       "phase": "ok" if ended is not None else "firing", "fired": fired, "text": text,
                                       "ended": ended})
            assert row is not None
            number = int(row[0])
            for at, kind in ((fired, "fired"), (ended, "resolved")):
                if at is not None:
                    await tx.run("INSERT INTO alert_event (alert, at, kind, actor, text)"
                                 " VALUES (:alert, :at, :kind, '', '')", {"alert": number, "at": at, "kind": kind})
            tx.touch("alerts")
        return number

    async def handed(self, who: Actor = BEN, at: int = NOW - HOUR, text: str = TEXT) -> int:
        """A hand-over that somebody wrote."""
        now, self.clock.at = self.clock.at, at
        try:
            return (await self.features.briefing.write(who, text)).id
        finally:
            self.clock.at = now


def parts(briefing: Briefing) -> dict[Part, list[str]]:
    """What each part says."""
    return {one.part: [item.what for item in one.items] for one in briefing.sections}


@asynccontextmanager
async def house(folder: Path, now: int = NOW) -> AsyncIterator[House]:
    """The records of a folder, whatever has happened there."""
    own = folder / "checklists"
    own.mkdir(exist_ok=True)
    for slug, text in TEMPLATES.items():
        (own / f"{slug}.yaml").write_text(text, encoding="utf-8")
    clock, settings = HandClock(now), ChecklistSettings(use=())
    async with (await Database.open(folder / "opsconsole.db", RECORDS) as db,
                await Database.open(folder / "metrics.db", METRICS) as metrics):
        tickets = TicketService(db, clock, SETTINGS, zone=ZONE)
        features = Features(
            BriefingService(db, clock), AlertService(db, clock), tickets, LogService(db, clock, zone=ZONE),
            ChecklistService(db, clock, Library(settings, own), settings, tickets=tickets, zone=ZONE),
            sources(db, metrics), ZONE)
        yield House(folder, db, metrics, clock, features)


async def happened(at: House) -> None:
    """What was before Ana left, and what happened afterwards."""
    tickets, clock = at.features.tickets, at.clock
    clock.at = LEFT - DAY
    for title, who in (("Printer in room 3 jams", "ana"), ("Invoices are sent twice", ""), ("Old wish", "ben")):
        await tickets.create(ANA, New(title=title, requester="Kim", requester_mail="kim@example.com", route=False,
                                      assignee=who))
    await at.alert("certificate", LEFT - 2 * HOUR, severity="warning", text="expires in 12 d")
    await at.features.log.new(ANA, EntryType.CHANGE, "Rack moved", {"actions": (
        Action("Order a disk", "ana", "2026-11-19"), Action("Call the vendor", "ana", "2026-11-20"),
        Action("Was due before", "ana", "2026-11-17"), Action("Is of somebody else", "ben", "2026-11-19"))})
    clock.at = LEFT + HOUR
    await tickets.note(BEN, 1, "It is the **roller**.")
    await tickets.take(BEN, 2)
    await tickets.assign(BEN, 2, "ana")
    clock.at = LEFT + 2 * HOUR
    await tickets.create(BEN, New(title="VPN is slow since the update", requester="Lee",
                                  requester_mail="lee@example.com", route=False))
    clock.at = LEFT + 3 * HOUR
    # What she does herself meanwhile is no news.
    await tickets.note(ANA, 3, "from home")
    for hour in (5, 6, 9):
        await at.alert("queue", LEFT + hour * HOUR, LEFT + hour * HOUR + 9 * MINUTE, "warning", "1,204 jobs")
    await at.alert("redis", NOW - 70 * MINUTE)
    for hours in (70, 53, 29, 18):
        clock.at = NOW - hours * HOUR
        await at.features.checklists.open_due()
    clock.at = NOW - 20 * HOUR
    entry = await at.features.log.new(BEN, EntryType.CHANGE, "nginx 1.27 rolled out")
    await at.features.log.sign(BEN, entry.id)
    await ChangeStore(at.metrics).add([
        Change(NOW - 20 * HOUR, ChangeKind.PACKAGE, "nginx upgraded 1.26.2 to 1.27.0"),
        Change(NOW - 20 * HOUR + MINUTE, ChangeKind.UNIT, "nginx.service restarted"),
        Change(NOW - 3 * HOUR, ChangeKind.SIGN_IN, "root from 192.0.2.8"),
        Change(LEFT - HOUR, ChangeKind.REBOOT, "was before she left")])
    clock.at = NOW - 2 * HOUR
    await at.features.alerts.start_maintenance(BEN, "web2", "migration", NOW + 4 * HOUR)
    clock.at = NOW
