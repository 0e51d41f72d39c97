"""What the agent does for checklists: real records, real templates, real commands."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from opsconsole.checklists.auto import Proposer
from opsconsole.checklists.jobs import make_jobs
from opsconsole.checklists.keeping import GAP, LOOK, Asker, Desk
from opsconsole.checklists.library import Library
from opsconsole.checklists.model import EventKind, RunState, Verdict
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.identity import Actor, Role
from opsconsole.core.jobs import Due, LeaseLost
from opsconsole.notify import store as outbox
from opsconsole.notify.model import NoticeKind
from tests.agent.agents import Agents, make_place
from tests.checklists.auto.looking import gone, script, until
from tests.tickets.keeping import START, UTC, Clock, Lease

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.core.jobs import Job
    from opsconsole.notify.model import Notice

ANA: Final = Actor("ana", 1001, Role.OPERATOR)
SUPERVISOR: Final = Actor("sue", 1002, Role.SUPERVISOR)
MORNING: Final = """\
title: Morning check
category: daily
when: {every: day, at: "10:30", opens: 1h, late: 30m, missed: 4h, zone: UTC}
who: {rotation: ops}
sections:
  - title: Health
    items:
      - {kind: auto, id: quick, title: Quick, command: [echo, at once]}
      - {kind: auto, id: decided, title: Decided, command: [echo, "7"], pattern: "([0-9]+)", decide: auto}
      - {kind: tick, id: look, title: Have a look}
"""
HANGING: Final = "      - {kind: auto, id: hanging, title: Hanging, command: [PROGRAM], timeout: 10m}\n"


class World:
    """An agent's jobs on records, with a clock that is turned by hand. It begins at 10:00 UTC."""

    def __init__(self, db: Database, folder: Path, settings: ChecklistSettings) -> None:
        self.db, self.folder, self.settings = db, folder, settings
        self.clock = Clock(START - HOUR)
        self.lease = Lease()
        self.service = self.another_service()
        self.restart()

    def another_service(self) -> ChecklistService:
        library = Library(self.settings, self.folder / "checklists")
        return ChecklistService(self.db, self.clock, library, self.settings, zone=UTC,
                                blobs=Blobs(self.folder / "blobs"))

    def restart(self) -> None:
        """Another agent, that knows nothing but what is stored."""
        desk = Desk(self.db, self.another_service(), self.clock, self.lease)
        self.asker = Asker(desk, Proposer(self.clock, self.settings, blobs=Blobs(self.folder / "blobs")))
        self.jobs: dict[str, Job] = {job.name: job for job in make_jobs(desk, self.asker)}

    async def beat(self, *names: str) -> None:
        for name in names or ("open", "propose", "remind"):
            await self.jobs[f"checklists.{name}"].run(Due(self.clock.at))

    async def notices(self) -> list[Notice]:
        async with self.db.write() as tx:
            return [one.notice for one in await outbox.unplanned(tx, 10_000)]

    async def events(self, kind: EventKind) -> int:
        row = await self.db.row("SELECT count(*) AS number FROM checklist_event WHERE kind = :kind", {"kind": kind})
        return 0 if row is None else int(row["number"])


@asynccontextmanager
async def world(folder: Path, template: str = MORNING, **more: Any) -> AsyncIterator[World]:
    (folder / "checklists").mkdir()
    (folder / "checklists" / "morning.yaml").write_text(template, encoding="utf-8")
    async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
        made = World(db, folder, ChecklistSettings(use=(), **more))
        # Templates are known before anything of them is due.
        await made.beat("open")
        made.clock.at = START
        try:
            yield made
        finally:
            await made.asker.close()


async def test_a_run_is_opened_and_the_machine_proposes(tmp_path: Path) -> None:
    async with world(tmp_path) as desk:
        await desk.beat()
        walk = await desk.service.walk((await desk.service.find("morning")).id)
        found = {step.item.id: step for step in walk.steps}
        assert (found["quick"].proposal.verdict, found["quick"].proposal.text) == (Verdict.OK, "at once")  # type: ignore[union-attr]
        assert found["quick"].answer is None
        assert (found["decided"].verdict, found["decided"].answer.value) == (Verdict.OK, 7.0)  # type: ignore[union-attr]
        assert found["look"].proposal is None


async def test_nothing_is_written_and_little_asked_while_nothing_changes(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(tmp_path) as desk:
        await desk.beat()
        for _ in range(3):
            desk.clock.at += GAP + LOOK
            await desk.beat()
        before = await desk.db.mark()
        asked: list[str] = []
        rows, row = desk.db.rows, desk.db.row

        async def counted(sql: str, *given: Any) -> Any:
            asked.append(sql)
            return await rows(sql, *given)

        async def counted_one(sql: str, *given: Any) -> Any:
            asked.append(sql)
            return await row(sql, *given)

        monkeypatch.setattr(desk.db, "rows", counted)
        monkeypatch.setattr(desk.db, "row", counted_one)
        for second in range(60):
            desk.clock.at += 1000
            names = [name for name, beat in (("open", 5), ("propose", 2), ("remind", 30)) if second % beat == 0]
            if names:
                await desk.beat(*names)
        monkeypatch.undo()
        assert await desk.db.mark() == before
        # Besides whether anything was written at all: old proposals every quarter of a minute, late runs twice.
        assert len(asked) <= 4 * 3 + 2


async def test_what_hangs_delays_neither_items_nor_runs(tmp_path: Path) -> None:
    program = script(tmp_path, "hang", f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; exec sleep 1000")
    async with world(tmp_path, MORNING + HANGING.replace("PROGRAM", program)) as desk:
        await desk.beat()
        await until((tmp_path / "pid").exists)
        walk = await desk.service.walk((await desk.service.find("morning")).id)
        assert walk.step("quick").proposal is not None  # type: ignore[union-attr]
        assert walk.step("hanging").proposal is None  # type: ignore[union-attr]
        (tmp_path / "checklists" / "other.yaml").write_text(MORNING, encoding="utf-8")
        await desk.beat()
        desk.clock.at += DAY
        await desk.beat()
        walk = await desk.service.walk((await desk.service.find("other")).id)
        assert walk.step("quick").proposal is not None  # type: ignore[union-attr]
        assert not gone(int((tmp_path / "pid").read_text()))
        await desk.asker.close()
        await until(lambda: gone(int((tmp_path / "pid").read_text())))


async def test_the_machine_is_asked_anew_when_somebody_wants_it(tmp_path: Path) -> None:
    async with world(tmp_path) as desk:
        await desk.beat()
        run = await desk.service.find("morning")
        first = (await desk.service.walk(run.id)).step("quick").proposal  # type: ignore[union-attr]
        desk.clock.at += MINUTE
        await desk.beat()
        assert (await desk.service.walk(run.id)).step("quick").proposal == first  # type: ignore[union-attr]
        await desk.service.want(run.id)
        await desk.beat()
        again = (await desk.service.walk(run.id)).step("quick").proposal  # type: ignore[union-attr]
        assert first is not None
        assert again is not None
        assert again.at - first.at == MINUTE


async def test_what_no_check_knows_yet_is_asked_for_again_soon_while_somebody_walks(tmp_path: Path) -> None:
    template = MORNING + "      - {kind: auto, id: web, title: Web, check: web}\n"
    async with world(tmp_path, template) as desk:
        await desk.beat()
        run = await desk.service.find("morning")
        await desk.service.begin(ANA, run.id)
        first = (await desk.service.walk(run.id)).step("web").proposal  # type: ignore[union-attr]
        assert first is not None
        assert first.verdict is Verdict.OPEN
        desk.clock.at += 9000
        assert await desk.service.wanting() == []
        desk.clock.at += 9000
        assert await desk.service.wanting() == [run.id]
        await desk.beat("propose")
        again = (await desk.service.walk(run.id)).step("web").proposal  # type: ignore[union-attr]
        assert again is not None
        assert again.at > first.at
        # Nobody waits any more: what goes on is asked for in its own time.
        desk.clock.at += HOUR
        await desk.beat("propose")
        desk.clock.at += LOOK
        assert await desk.service.wanting() == []


async def test_whoever_has_the_rotation_is_told_once_of_a_late_run(tmp_path: Path) -> None:
    async with world(tmp_path) as desk:
        await desk.beat()
        for _ in range(6):
            desk.clock.at += 20 * MINUTE
            desk.restart()
            await desk.beat()
        (notice,) = await desk.notices()
        assert (notice.kind, notice.tell, notice.title) == (NoticeKind.NOTE, ("oncall:ops",), "Morning check is late")
        assert notice.text.startswith("It was due at 10:30, 30 min ago, and nobody has begun it.\n")
        assert await desk.events(EventKind.REMINDED) == 1


async def test_what_was_begun_is_told_of_when_it_could_not_be_begun_any_more(tmp_path: Path) -> None:
    async with world(tmp_path) as desk:
        await desk.beat()
        run = await desk.service.start(ANA, "morning")
        desk.clock.at = START + HOUR + 5 * MINUTE
        await desk.beat()
        assert await desk.notices() == []
        desk.clock.at = START + 5 * HOUR
        await desk.beat()
        (notice,) = await desk.notices()
        assert "it is not signed" in notice.text
        assert desk.service.state(await desk.service.run(run.id)) is RunState.RUNNING


async def test_nobody_is_told_where_nobody_wants_it_or_it_was_put_off(tmp_path: Path) -> None:
    async with world(tmp_path, remind=False) as desk:
        assert "checklists.remind" not in desk.jobs
    (tmp_path / "other").mkdir()
    async with world(tmp_path / "other") as desk:
        await desk.beat()
        run = await desk.service.find("morning")
        await desk.service.defer(SUPERVISOR, [run.id], START + 3 * HOUR, "an emergency")
        desk.clock.at = START + 2 * HOUR
        await desk.beat()
        assert await desk.notices() == []


async def test_an_agent_that_lost_its_lease_stores_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as desk:
        desk.lease.mine = False
        with pytest.raises(LeaseLost):
            await desk.beat("open")
        assert await desk.service.runs() == []
        desk.lease.mine = True
        await desk.beat("open")
        desk.lease.mine = False
        await desk.beat("propose")
        await asyncio.sleep(0.3)
        desk.clock.at += HOUR + MINUTE
        with pytest.raises(LeaseLost):
            await desk.beat("remind")
        walk = await desk.service.walk((await desk.service.find("morning")).id)
        assert all(step.proposal is None for step in walk.steps)
        assert await desk.events(EventKind.REMINDED) == 0


async def test_a_real_agent_opens_and_proposes(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    (tmp_path / "checklists").mkdir()
    (tmp_path / "checklists" / "often.yaml").write_text(
        MORNING.replace('every: day, at: "10:30"', 'every: cron, cron: "* * * * *"'), encoding="utf-8")
    agents = Agents(place)
    try:
        started = agents.start(providers=("opsconsole.checklists.jobs:jobs",))
        await until((place.records).exists)
        async with await Database.open(place.records, RECORDS) as db:
            for _ in range(2_000):
                # A run opens every minute, and others may be due now: there can be more than these.
                texts = {row[0] for row in await db.rows("SELECT text FROM checklist_proposal WHERE verdict = 'ok'")}
                if texts >= {"7", "at once"}:
                    break
                await asyncio.sleep(0.02)
            assert texts >= {"7", "at once"}
        assert "Traceback" not in started.said()
    finally:
        agents.end()
