"""What `doctor` says of tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.levels import Level
from opsconsole.tickets.cases.types import File
from opsconsole.tickets.findings import ticket_findings
from opsconsole.tickets.mail import store as mails
from opsconsole.tickets.settings import Category, Team, TicketSettings
from tests.tickets.desk import ANA, SETTINGS, Desk, desk

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.tickets.findings import TicketFinding

OTHER: Final = TicketSettings(categories={"other": Category()}, teams={"new": Team(members=("ana",))})


async def look(one: Desk, settings: TicketSettings = SETTINGS) -> list[TicketFinding]:
    """What is found; looking changes nothing."""
    mark = await one.db.mark()
    found = await ticket_findings(one.db, settings, one.blobs, one.clock.now())
    assert await one.db.mark() == mark
    assert all(finding.todo for finding in found if finding.level is not Level.OK)
    return found


async def test_nothing_is_said_without_tickets_and_little_when_all_is_well(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        assert await look(one) == []
        await one.ticket(team="web")
        await one.service.note(ANA, 1, "see", attachments=[File("a.txt", b"x")])
        await one.bug()
        await one.service.move(ANA, [1], "waiting", text="what happened?")
        (found,) = await look(one)
        assert (found.level, found.says) == (Level.OK, "2 of 2 open, nothing amiss where it was looked")


async def test_mail_that_failed_or_waits_for_long(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        for _ in range(2):
            await one.ticket()
        await one.service.reply(ANA, 1, "Try again.")
        await one.service.reply(ANA, 2, "Try again.")
        one.clock.go(2 * HOUR)
        (found,) = await look(one)
        assert (found.level, found.says) == (Level.WARNING, "2 mails should have left, the oldest 1 h 59 min ago")
        assert "smtp" in found.todo
        (found,) = await look(one, TicketSettings(teams=SETTINGS.teams))
        assert "tickets.mail.address" in found.todo
        one.clock.go(DAY)
        (found,) = await look(one)
        assert found.level is Level.CRITICAL
        async with one.db.write() as tx:
            await tx.run("UPDATE ticket_mail SET state = 'failed', finished = :now", {"now": one.clock.now()})
        (found,) = await look(one)
        assert found.says == "mail of tickets #1, #2 did not arrive, or was given up, within the last week"
        one.clock.go(8 * DAY)
        (found,) = await look(one)
        assert found.level is Level.OK


async def test_mail_that_was_kept_until_somebody_deals_with_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        blob = one.blobs.put(b"mail")
        async with one.db.write() as tx:
            await mails.keep(tx, mails.KeptMail(0, one.clock.now(), "broken", "a@b", "x", blob.size, blob.sha256))
        one.clock.go(3 * HOUR)
        (found,) = await look(one)
        assert (found.level, found.says) == (
            Level.WARNING, "1 mail became no ticket and waits for somebody, the oldest for 3 h")
        one.blobs.remove(blob.sha256)
        assert [finding.level for finding in await look(one)] == [Level.WARNING, Level.CRITICAL]
        async with one.db.write() as tx:
            await mails.dealt_with(tx, 1, "ana", one.clock.now())
        (found,) = await look(one)
        assert "of the newest 1 files 1 are missing: kept mail 1" in found.says


async def test_files_that_are_missing(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.ticket()
        await one.service.note(ANA, 1, "see", attachments=[File("\x1b[31ma.txt", b"x"), File("b.txt", b"y")])
        one.blobs.remove((await one.service.attachments(1))[0].sha256)
        (found,) = await look(one)
        assert found.level is Level.CRITICAL
        assert found.says.startswith("of the newest 2 files 1 are missing: ")
        assert "\x1b" not in found.says
        assert str(one.blobs.folder) in found.todo


async def test_rows_that_do_not_follow_from_their_events(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        for _ in range(3):
            await one.ticket()
        async with one.db.write() as tx:
            await tx.run("UPDATE ticket SET state = 'open' WHERE number = 1")
            await tx.run("UPDATE ticket SET data = replace(data, 'redis', 'Redis') WHERE number = 2")
        (found,) = await look(one)
        assert (found.level, found.says) == (Level.CRITICAL, "tickets #2, #1 are not what the timeline says")
        async with one.db.write() as tx:
            await tx.run("UPDATE ticket SET data = '{' WHERE number = 3")
        (found,) = await look(one)
        assert "#3, #2, #1" in found.says


async def test_what_is_configured_no_more(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.bug(team="web")
        await one.bug(team="web")
        await one.service.assign(ANA, [1], "ana")
    async with desk(tmp_path, OTHER) as one:
        found = await look(one, OTHER)
        assert [finding.level for finding in found] == [Level.WARNING] * 2
        assert "of a category that is not configured: `bug`" in found[0].says
        assert "of a team that is not configured: `web`" in found[1].says
        assert (await one.service.get(1)).category == "bug"
        await one.service.move(ANA, [1], "triage")
        await one.service.edit(ANA, 1, {"category": "bug"}, {"category": "other"})
        assert (await one.service.get(1)).state == "new"
        await one.service.move(ANA, [1], "resolved", text="it was old")
        await one.check([1])
