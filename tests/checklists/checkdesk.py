"""A desk to try checklists on: records in a file, templates in a folder, a clock that is turned by hand."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from opsconsole.checklists import store
from opsconsole.checklists.cases.types import Reply
from opsconsole.checklists.library import Library
from opsconsole.checklists.model import Given, Run, Verdict
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.checklists.walk import counts
from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import MINUTE
from opsconsole.core.database import RECORDS, Database
from opsconsole.tickets.service import TicketService
from tests.tickets.desk import BERLIN, SETTINGS, HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor

NINE: Final = 1_795_075_200_000
"""Thursday 19 November 2026, 09:00 in Berlin."""

MORNING: Final = """\
title: Morning check
category: daily
when: {every: day, at: "09:00", opens: 1h, late: 30m, missed: 8h}
sections:
  - title: Health
    items:
      - {kind: tick, id: home, title: Home page loads, on_fail: {ticket: true, priority: high}}
      - {kind: number, id: users, title: Active users, unit: users, min: 10}
      - {kind: text, id: words, title: Anything else, required: false}
      - {kind: tick, id: deep, title: Look deeper, when: home == failed}
"""
EVENING: Final = """\
title: Evening check
category: daily
when: {every: day, at: "18:00", opens: 1h, late: 30m, missed: 8h}
follows: [morning]
sign_off: {persons: 2}
sections:
  - title: End
    items:
      - {kind: tick, id: doors, title: Doors are shut, on_fail: {escalate: oncall, run: emergency}}
      - {kind: evidence, id: proof, title: A picture, required: false}
      - {kind: auto, id: backup, title: Newest backup, command: ["true"], required: false}
      - {kind: auto, id: own, title: The machine decides, command: ["true"], decide: auto, required: false}
"""
EMERGENCY: Final = """\
title: Emergency
category: emergency
defer: false
sections:
  - title: First
    items:
      - {kind: tick, id: calm, title: Stay calm}
"""
TEMPLATES: Final = {"morning": MORNING, "evening": EVENING, "emergency": EMERGENCY}


class CheckDesk:
    """The service, and what a test wants to look at besides."""

    def __init__(self, db: Database, clock: HandClock, service: ChecklistService, folder: Path) -> None:
        self.db = db
        self.clock = clock
        self.service = service
        self.folder = folder

    def template(self, slug: str, text: str) -> None:
        """Writes a template."""
        (self.folder / f"{slug}.yaml").write_text(text, encoding="utf-8")
        self.service.library.refresh()

    async def answer(self, actor: Actor, run: Run, item: str, verdict: Verdict | None = Verdict.OK,
                     **more: Any) -> Any:
        """An answer, as somebody gives it."""
        base, given = more.pop("base", None), more.pop("given", None)
        return await self.service.answer(actor, run.id, item, Reply(verdict=verdict, **more), base=base, given=given)

    async def value(self, sql: str, **params: Any) -> Any:
        """The first column of the first row."""
        row = await self.db.row(sql, params)
        return None if row is None else row[0]

    async def column(self, sql: str, **params: Any) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in await self.db.rows(sql, params)]

    async def audited(self) -> list[str]:
        """The actions of the audit trail about checklists, in their order."""
        return await self.column("SELECT action FROM audit WHERE action LIKE 'checklist.%' ORDER BY seq")

    async def versions(self) -> dict[str, int]:
        """The versions of all topics."""
        return {row[0]: row[1] for row in await self.db.rows("SELECT topic, version FROM topic")}

    async def check(self) -> None:
        """Fails where what is stored is not what answers and events make."""
        for number in await self.column("SELECT id FROM checklist_run"):
            run = await self.service.run(number)
            walk = await self.service.walk(number)
            assert (run.total, run.answered, run.failed) == counts(walk)
            answers = await store.answers(self.db, number)
            people = [one.actor for one in answers if one.actor and one.given is not Given.ADOPTED]
            assert run.performers == tuple(dict.fromkeys(people))
            last = {one.item: one.id for one in answers}
            kept = {one.item for one in answers if one.id == last[one.item] and one.verdict is not Verdict.OPEN}
            rows = await self.db.rows("SELECT item, answer FROM checklist_current WHERE run = :run", {"run": number})
            assert {row["item"]: row["answer"] for row in rows} == {item: last[item] for item in kept}
        assert await self.column("PRAGMA foreign_key_check") == []


@asynccontextmanager
async def checkdesk(folder: Path, *, now: Instant = NINE - 30 * MINUTE, templates: dict[str, str] | None = None,
                    clock: HandClock | None = None) -> AsyncIterator[CheckDesk]:
    """A desk in a folder; another one in the same folder works on the same checklists."""
    clock = clock if clock is not None else HandClock(now)
    own = folder / "checklists"
    own.mkdir(exist_ok=True)
    for slug, text in (TEMPLATES if templates is None else templates).items():
        (own / f"{slug}.yaml").write_text(text, encoding="utf-8")
    settings = ChecklistSettings(use=())
    async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
        tickets = TicketService(db, clock, SETTINGS, zone=BERLIN, blobs=Blobs(folder / "blobs"))
        service = ChecklistService(db, clock, Library(settings, own), settings, tickets=tickets, zone=BERLIN,
                                   blobs=Blobs(folder / "evidence"))
        yield CheckDesk(db, clock, service, own)
