"""What the agent does for tickets: each thing once, through restarts, downtime, two agents and clocks that are set."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.config import decode
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.jobs import Due, LeaseLost, Workplace
from opsconsole.notify.model import NoticeKind
from opsconsole.notify.zones import local_zone
from opsconsole.settings import load_settings
from opsconsole.tickets.jobs import jobs, mark_of
from opsconsole.tickets.keeping import BATCH, Keeper, Renewal
from opsconsole.tickets.model import EventKind, Priority
from opsconsole.tickets.service import File, New
from opsconsole.tickets.settings import TicketSettings
from tests.tickets.keeping import ANA, KIM, START, Clock, Lease, World, world
from tests.tickets.references import reference_settings

if TYPE_CHECKING:
    from pathlib import Path

USUAL = decode("""
return_after: 2h
teams:
  ops: {members: [ana, ben], tell: ["channel:chat"]}
  senior: {members: [cem]}
ladders:
  usual:
    levels:
      - {name: support, tell: [assignee], at: start+1h, within: 1h}
      - {name: the seniors, tell: [team], team: senior, within: 1h}
      - {name: boss, tell: [boss]}
policies:
  usual: {warn: 15m, promises: {high: {response: 1h, resolution: 4h, ladder: usual}}}
""", TicketSettings, source="opsconsole.yaml", env={})


# The reference systems

DASHBOARD = {Priority.URGENT: [(0, 1)], Priority.HIGH: [(480, 1)], Priority.MEDIUM: [(2880, 1)], Priority.LOW: []}
SHOP = {Priority.URGENT: [(0, 1), (120, 2), (120, 3), (180, 4)], Priority.HIGH: [(0, 1), (120, 2)],
        Priority.MEDIUM: [(0, 1), (120, 2)], Priority.LOW: []}
FIELD = {Priority.URGENT: [(0, 1), (0, 3), (60, 2)], Priority.HIGH: [(0, 1), (60, 2)], Priority.MEDIUM: [],
         Priority.LOW: []}
# The day begins at 14:00 UTC in New York: four business hours until 18:00, two until 20:00, then by the clock.
MARKETING = {Priority.URGENT: [(0, 1), (480, 2), (600, 3), (660, 4)]}
EXPENSE = {Priority.URGENT: [(0, 1), (0, 1), (1, 2), (240, 2)],
           Priority.HIGH: [(105, 1), (120, 2), (1425, 1), (1440, 2)], Priority.MEDIUM: [], Priority.LOW: []}
CASES = [(name, priority, levels) for name, table in (
    ("dashboard", DASHBOARD), ("shop", SHOP), ("field-service", FIELD), ("marketing-site", MARKETING),
    ("expense-api", EXPENSE)) for priority, levels in table.items()]


@pytest.mark.parametrize(("name", "priority", "levels"), CASES)
@pytest.mark.parametrize("restart", [False, True], ids=["one agent", "an agent for each beat"])
async def test_each_reference_system_climbs_its_ladder_once(
        tmp_path: Path, name: str, priority: Priority, levels: list[tuple[int, int]], restart: bool) -> None:
    async with world(tmp_path, reference_settings(name)) as desk:
        await desk.ticket(priority)
        await desk.agent.run()
        for _ in range(20):
            wake = await desk.wake()
            if wake is None:
                break
            # Just before it, nothing is due; then exactly what is.
            before = len(await desk.events())
            if wake - 1 > desk.clock.at:
                desk.clock.at = wake - 1
                await (desk.another() if restart else desk.agent).run()
                assert len(await desk.events()) == before
            desk.clock.at = max(desk.clock.at, wake)
            await (desk.another() if restart else desk.agent).run()
            await desk.another().run()
        else:
            pytest.fail("it never ends")
        assert sorted((minutes, level) for minutes, _, level in await desk.levels()) == levels
        assert await desk.rungs() == len(levels)
        await desk.pass_(60 * 24 * 30, step=60 * 12)
        assert len(await desk.levels()) == len(levels)


async def test_the_teams_of_a_ladder_get_the_ticket_and_are_told(tmp_path: Path) -> None:
    async with world(tmp_path, reference_settings("shop")) as desk:
        await desk.ticket(Priority.URGENT)
        await desk.pass_(200, step=1)
        told = [(one.tell, one.title.split(":")[0]) for one in await desk.notices() if "escalated" in one.title]
        assert told == [(("ana", "ben"), "#1 is escalated to support"),
                        (("eva",), "#1 is escalated to senior developer"),
                        (("cem",), "#1 is escalated to senior developer"),
                        (("max",), "#1 is escalated to management")]
        assert (await desk.service.get(1)).team == "architects"


# Once, whatever happens to the agent


async def test_two_agents_at_the_same_time(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        for _ in range(5):
            await desk.ticket()
        other = desk.another()
        desk.clock.at += 10 * HOUR
        await asyncio.gather(desk.agent.run(), other.run(), desk.agent.run(), other.run())
        for number in range(1, 6):
            assert [level for _, _, level in await desk.levels(number)] == [1, 2, 3]
            assert len(await desk.events(EventKind.BREACHED, number=number)) == 2


async def test_an_agent_that_lost_its_lease_writes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        await desk.ticket()
        desk.clock.at += 10 * HOUR
        desk.agent.lease.mine = False
        before = len(await desk.events())
        with pytest.raises(LeaseLost):
            await desk.agent.run()
        assert len(await desk.events()) == before
        assert await desk.rungs() == 0
        await desk.another().run()
        assert await desk.rungs() == 3


async def test_a_day_of_downtime_tells_each_ticket_once(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        await desk.ticket()
        before = len(await desk.notices())
        desk.clock.at += DAY
        await desk.agent.run()
        assert [level for _, _, level in await desk.levels()] == [1, 2, 3]
        told = (await desk.notices())[before:]
        assert {one.title for one in told} == {"#1 is escalated to boss: redis refuses connections"}
        assert sorted(person for one in told for person in one.tell) == ["boss", "cem"]
        await desk.agent.run()
        assert len(await desk.notices()) == before + len(told)


async def test_a_clock_that_is_set_forward_and_back(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        await desk.ticket()
        desk.clock.at += 90 * MINUTE
        await desk.agent.run()
        desk.clock.at -= 80 * MINUTE
        await desk.pass_(300)
        assert [level for _, _, level in await desk.levels()] == [1, 2, 3]
        assert len(await desk.events(EventKind.BREACHED)) == 2


async def test_an_acknowledgement_stops_the_ladder(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        await desk.ticket()
        await desk.pass_(70)
        await desk.service.acknowledge(ANA, 1, "on it")
        await desk.pass_(1000)
        assert [level for _, _, level in await desk.levels()] == [1]
        assert NoticeKind.ACKNOWLEDGED in {one.kind for one in await desk.notices()}


async def test_a_pause_stops_the_ladder_until_it_ends(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        await desk.ticket()
        await desk.pass_(70)
        await desk.service.move(ANA, 1, "waiting", "Which version is it?", public=True)
        await desk.pass_(1000)
        assert [level for _, _, level in await desk.levels()] == [1]
        await desk.service.move(ANA, 1, "open")
        await desk.pass_(1000)
        assert await desk.levels() == [(60, "resolution", 1), (1120, "resolution", 2), (1180, "resolution", 3)]


async def test_what_is_solved_is_escalated_no_more_and_whoever_was_told_hears_it(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        await desk.ticket()
        await desk.pass_(70)
        await desk.service.take(ANA, 1)
        await desk.service.move(ANA, 1, "resolved", "It runs.")
        await desk.pass_(1000)
        assert [level for _, _, level in await desk.levels()] == [1]
        assert (await desk.notices())[-1].kind is NoticeKind.RESOLVED


# The way back


async def test_what_nobody_touches_goes_back_to_its_team(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        await desk.ticket(Priority.LOW, team="ops", assignee="ana")
        await desk.pass_(110)
        assert (await desk.service.get(1)).assignee == "ana"
        await desk.pass_(20)
        assert (await desk.service.get(1)).assignee == ""
        (event,) = await desk.events(EventKind.RETURNED)
        assert event.text == "ana did nothing about it for 2 h"
        assert ("channel:chat",) in {one.tell for one in await desk.notices()}
        await desk.pass_(1000)
        assert len(await desk.events(EventKind.RETURNED)) == 1


# Many, and damaged ones


async def test_more_than_one_transaction_can_take(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        for _ in range(2 * BATCH + 3):
            await desk.ticket()
        desk.clock.at += 2 * HOUR
        await desk.agent.run()
        assert await desk.rungs() == 2 * (2 * BATCH + 3)
        row = await desk.db.row("SELECT count(*) AS count FROM ticket WHERE wake <= :now", {"now": desk.clock.at})
        assert row is not None
        assert row["count"] == 0


async def test_a_damaged_ticket_keeps_no_other_from_being_looked_at(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        for _ in range(3):
            await desk.ticket()
        async with desk.db.write() as tx:
            await tx.run("UPDATE ticket SET data = '{}' WHERE number = 2")
        desk.clock.at += 2 * HOUR
        await desk.agent.run()
        assert [len(await desk.levels(number)) for number in (1, 3)] == [2, 2]
        assert await desk.wake(2) == desk.clock.at + HOUR


async def test_a_beat_with_nothing_to_do_writes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        await desk.ticket()
        mark = await desk.db.mark()
        await desk.agent.run()
        await desk.agent.run("tickets.presence-prune")
        assert await desk.db.mark() == mark


# What is forgotten


async def test_consoles_that_ended_without_a_word_are_forgotten(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        await desk.ticket()
        await desk.service.look(KIM, "gone", 1)
        desk.clock.at += HOUR
        await desk.service.look(ANA, "here", 1)
        await desk.agent.run("tickets.presence-prune")
        rows = await desk.db.rows("SELECT session FROM ticket_presence")
        assert [row["session"] for row in rows] == ["here"]


async def test_who_sent_mail_long_ago_is_forgotten(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        async with desk.db.write() as tx:
            for at in (START - 2 * DAY, START):
                await tx.run("INSERT INTO ticket_mail_in (sender, at) VALUES ('a@b.c', :at)", {"at": at})
        await desk.agent.run("tickets.prune")
        rows = await desk.db.rows("SELECT at FROM ticket_mail_in")
        assert [row["at"] for row in rows] == [START]


async def test_files_that_belong_to_nothing_are_taken_away(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        blobs = Blobs(tmp_path / "blobs")
        desk.service._blobs = blobs
        await desk.service.create(KIM, New("redis", form=False), [File("log.txt", b"needed")])
        orphan, fresh = blobs.put(b"orphan"), blobs.put(b"fresh")
        (needed,) = [one for one in blobs.kept(1e12) if one not in (orphan.sha256, fresh.sha256)]
        old = (START - 2 * DAY) / 1000
        for name in (needed, orphan.sha256):
            os.utime(blobs.path(name), (old, old))
        os.utime(blobs.path(fresh.sha256), (START / 1000, START / 1000))
        await desk.agent.run("tickets.sweep")
        assert (blobs.has(needed), blobs.has(orphan.sha256), blobs.has(fresh.sha256)) == (True, False, True)


# Another configuration


async def renewed(desk: World, settings: TicketSettings) -> None:
    desk.settings = settings
    keeper = Keeper(desk.another().desk)
    renewal = Renewal(keeper, mark_of(settings, "UTC"), desk.folder / "promises")
    await renewal.run(Due(desk.clock.at))
    await renewal.run(Due(desk.clock.at))


async def test_other_promises_hold_for_what_is_open_once_they_are_read(tmp_path: Path) -> None:
    async with world(tmp_path, USUAL) as desk:
        for _ in range(BATCH + 2):
            await desk.ticket()
        await renewed(desk, USUAL)
        faster = decode("policies: {all: {promises: {high: {response: 30m}}}}", TicketSettings, source="x", env={})
        await renewed(desk, faster)
        rows = await desk.db.rows("SELECT DISTINCT due FROM ticket")
        assert [row["due"] for row in rows] == [START + 30 * MINUTE]
        mark = await desk.db.mark()
        await renewed(desk, faster)
        assert await desk.db.mark() == mark, "nothing has changed"


def test_what_has_nothing_to_do_with_promises_is_no_other_configuration() -> None:
    more = decode("views: {mine too: {filter: \"is:open\"}}", TicketSettings, source="x", env={})
    assert mark_of(TicketSettings(), "UTC") == mark_of(more, "UTC")
    assert len({mark_of(USUAL, "UTC"), mark_of(more, "UTC"), mark_of(more, "Europe/Berlin")}) == 3


# All jobs of tickets


@pytest.mark.parametrize(("configured", "more"), [
    ("", ()), ("tickets: {mail: {address: a@b.example}}", ("tickets.mail",))])
async def test_mail_is_sent_only_from_an_address(tmp_path: Path, configured: str, more: tuple[str, ...]) -> None:
    config = tmp_path / "opsconsole.yaml"
    config.write_text(f"data: {tmp_path}\n{configured}\n")
    loaded = load_settings(config, {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")})
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as db, AsyncExitStack() as closing:
        made = await jobs(Workplace(settings=loaded.settings, records=db, metrics=db, clock=Clock(), guard=Lease(),
                                    paths=loaded.paths, host="web-01", state=tmp_path, closing=closing))
        assert [job.name for job in made] == ["tickets.clocks", "tickets.presence-prune", "tickets.prune",
                                              "tickets.sweep", "tickets.renew", *more]
        for job in made:
            await job.run(Due(START))
        assert (tmp_path / "promises").read_text() == mark_of(loaded.settings.tickets or TicketSettings(),
                                                              str(local_zone()))
