"""Links, merging, splitting, files, presence, alerts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from opsconsole.core.attaching import file_name
from opsconsole.core.clock import DAY, SECOND
from opsconsole.core.errors import PermissionDenied, StorageError, UsageError
from opsconsole.core.units import Size
from opsconsole.tickets.cases.types import File
from opsconsole.tickets.errors import NotThere
from opsconsole.tickets.model import PRESENCE, EventKind, Link, LinkKind, Party, Phase, Priority, Source
from opsconsole.tickets.service import TicketService
from opsconsole.tickets.settings.desk import Attachments
from tests.tickets.desk import ANA, BEN, EVA, SETTINGS, SUE, desk

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_link_is_on_both_sides_and_ends_on_both(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.ticket()
        await k.service.link(ANA, 1, LinkKind.BLOCKS, 2)
        again = await k.service.link(ANA, 2, LinkKind.BLOCKED_BY, "#1")
        assert again.batch == 0
        assert (await k.service.get(1)).links == (Link(LinkKind.BLOCKS, "2"),)
        assert (await k.service.get(2)).links == (Link(LinkKind.BLOCKED_BY, "1"),)
        await k.service.link(ANA, 1, LinkKind.RUNBOOK, "redis down")
        await k.check()
        await k.service.unlink(BEN, 2, LinkKind.BLOCKED_BY, 1)
        await k.service.unlink(BEN, 1, LinkKind.RUNBOOK, "redis down")
        assert [(await k.service.get(number)).links for number in (1, 2)] == [(), ()]
        with pytest.raises(NotThere, match="has no link"):
            await k.service.unlink(BEN, 1, LinkKind.RUNBOOK, "redis down")
        await k.check()


@pytest.mark.parametrize("kind", [LinkKind.PARENT, LinkKind.CHILD, LinkKind.BLOCKS, LinkKind.BLOCKED_BY])
async def test_no_ticket_waits_for_itself(tmp_path: Path, kind: LinkKind) -> None:
    async with desk(tmp_path) as k:
        for _ in range(3):
            await k.ticket()
        await k.service.link(ANA, 1, kind, 2)
        await k.service.link(ANA, 2, kind, 3)
        for number, target in ((1, 1), (2, 1), (3, 1)):
            with pytest.raises(UsageError):
                await k.service.link(ANA, number, kind, target)
        await k.service.link(ANA, 3, LinkKind.RELATES, 1)
        for wrong in ("x", "", "9" * 30, "²", 99, -1):
            with pytest.raises(NotThere):
                await k.service.link(ANA, 1, kind, wrong)
        with pytest.raises(UsageError, match="Name it"):
            await k.service.link(ANA, 1, LinkKind.RUNBOOK, " ")
        await k.check()


async def test_a_merge_is_a_pointer(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for _ in range(3):
            await k.bug()
        done = await k.service.merge(ANA, 1, 2)
        assert (done.tickets[0].merged_into, done.tickets[0].state, done.tickets[0].phase) == (2, "closed", Phase.DONE)
        assert [event.data for event in await k.service.events(2)][-1] == {"from": 1}
        await k.service.merge(ANA, 2, 3)
        assert [await k.service.resolve(number) for number in (1, 2, 3)] == [3, 3, 3]
        for number, into in ((1, 3), (3, 1), (3, 2), (3, 3)):
            with pytest.raises(UsageError):
                await k.service.merge(ANA, number, into)
        with pytest.raises(NotThere):
            await k.service.merge(ANA, 3, 99)
        with pytest.raises(NotThere):
            await k.service.resolve(99)
        assert [one.allowed for one in await k.service.offers(ANA, 1)].count(True) == 0
        await k.check()
        done = await k.service.unmerge(ANA, 1)
        assert (done.tickets[0].merged_into, done.tickets[0].state, done.tickets[0].reopened) == (0, "reported", 0)
        assert [(clock.kind.value, clock.segment, clock.met) for clock in await k.service.clocks(1)] == [
            ("response", 1, None), ("resolution", 1, None)]
        again = await k.service.undo(ANA)
        assert (again.tickets[0].merged_into, again.tickets[0].state) == (2, "closed")
        await k.check()
        await k.service.undo(ANA, again.batch)
        assert await k.service.resolve(1) == 1
        with pytest.raises(UsageError, match="was not merged"):
            await k.service.unmerge(ANA, 1)
        await k.check()


async def test_what_was_done_before_it_was_merged_stays_done(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(assignee="ana")
        await k.ticket()
        await k.service.move(ANA, 1, "resolved")
        await k.service.merge(ANA, 1, 2)
        done = await k.service.unmerge(ANA, 1)
        assert (done.tickets[0].state, done.tickets[0].reopened) == ("resolved", 0)
        await k.check()


async def test_a_message_becomes_a_ticket_of_its_own(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.bug(team="web")
        await k.service.note(ANA, 1, "and the invoices are empty")
        done = await k.service.split(ANA, 1, 2, "invoices are empty")
        new = done.tickets[0]
        assert (new.number, new.title, new.description, new.source, new.requester_mail, new.team) == (
            2, "invoices are empty", "and the invoices are empty", Source.SPLIT, "kim@example.com", "web")
        assert (new.links, done.tickets[1].links) == ((Link(LinkKind.RELATES, "1"),), (Link(LinkKind.RELATES, "2"),))
        for seq in (0, 1, 99, -3):
            with pytest.raises(NotThere, match="has no message"):
                await k.service.split(ANA, 1, seq, "x")
        await k.check()


async def test_a_file_is_kept_and_deleted(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.ticket()
        await k.service.attach(ANA, 1, "../../etc/passwd\x1b]0;x", io.BytesIO(b"root"))
        await k.service.attach(ANA, 2, "copy", b"root", public=True)
        first, second = [(await k.service.attachments(number))[0] for number in (1, 2)]
        assert (first.name, first.sha256 == second.sha256, second.public) == ("passwd\x1b]0;x", True, True)
        await k.check()
        with pytest.raises(PermissionDenied):
            await k.service.delete_attachment(ANA, first.id, "secret")
        with pytest.raises(UsageError):
            await k.service.delete_attachment(SUE, first.id, "")
        done = await k.service.delete_attachment(SUE, first.id, "secret")
        assert done.tickets[0].attachments == 0
        assert k.blobs.has(first.sha256)
        gone = await k.service.attachment(first.id)
        assert (gone.deleted_by, gone.deleted) == ("sue", k.clock.now())
        with pytest.raises(NotThere):
            await k.service.delete_attachment(SUE, first.id, "again")
        await k.service.delete_attachment(SUE, second.id, "secret")
        assert not k.blobs.has(first.sha256)
        with pytest.raises(NotThere):
            await k.service.attachment(99)
        await k.check()


async def test_a_file_that_cannot_be_kept_changes_nothing(tmp_path: Path) -> None:
    settings = replace(SETTINGS, attachments=Attachments(most=Size(1000)))
    async with desk(tmp_path, settings) as k:
        await k.ticket()
        wrong: list[tuple[Any, type[Exception], str]] = [
            (b"x" * 1001, UsageError, "larger than"), (tmp_path / "none", UsageError, "cannot be read"),
            (tmp_path, UsageError, "cannot be read")]
        for data, error, says in wrong:
            with pytest.raises(error, match=says):
                await k.service.attach(ANA, 1, "x", data)
        with pytest.raises(UsageError, match="100 files"):
            await k.service.note(ANA, 1, "x", [File("x", b"")] * 101)
        without = TicketService(k.db, k.clock, settings)
        with pytest.raises(StorageError, match="no place for files"):
            await without.attach(ANA, 1, "x", b"")
        assert (await k.service.get(1)).version == 1


@pytest.mark.parametrize(("given", "name"), [
    ("a.txt", "a.txt"), ("/etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("", "file"), ("..", "file"),
    ("dir/", "dir"), ("x" * 300 + ".tar", "x" * 196 + ".tar"), ("x" * 300, "x" * 200), (" a ", "a")])
def test_names_of_files_are_no_paths(given: str, name: str) -> None:
    assert file_name(given) == name


async def test_who_looks_is_seen_for_half_a_minute(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()

        async def told() -> int:
            return int(await k.value("SELECT version FROM topic WHERE topic = :t", t=PRESENCE) or 0)

        await k.service.look(ANA, "one", 1)
        assert await told() == 1
        k.clock.go(10 * SECOND)
        await k.service.look(ANA, "one", 1)
        await k.service.look(EVA, "two", 1)
        assert await told() == 2
        assert [(one.actor, one.writing) for one in await k.service.presence(1)] == [("ana", False), ("eva", False)]
        assert [one.actor for one in await k.service.presence(1, but="two")] == ["ana"]
        await k.service.look(ANA, "one", 1, writing=True)
        assert await told() == 3
        assert (await k.service.presence(1))[0].writing
        k.clock.go(31 * SECOND)
        assert await k.service.presence(1) == []
        await k.service.look(ANA, "one", 1, writing=True)
        assert [one.since for one in await k.service.presence(1)] == [k.clock.now()]
        await k.service.leave("one")
        await k.service.leave("one")
        assert await told() == 5
        assert await k.service.presence(1) == []
        with pytest.raises(NotThere):
            await k.service.look(ANA, "one", 99)
        assert await k.value("SELECT count(*) FROM audit") == 1


async def test_one_group_of_alerts_is_one_ticket(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        async with k.db.write() as tx:
            first = await k.service.from_alert(tx, "redis", 7, "redis refuses\nconnections", "refused", tags=["redis"],
                                               priority=Priority.HIGH)
        assert (first.source, first.alert_key, first.links, first.priority) == (
            Source.ALERT, "redis", (Link(LinkKind.ALERT, "7"),), Priority.HIGH)
        async with k.db.write() as tx:
            again = await k.service.from_alert(tx, "redis", 8, "x")
            over = await k.service.alert_over(tx, "redis", 8, "fine again")
            assert await k.service.alert_over(tx, "other", 9) is None
        assert over is not None
        assert (again.number, again.recurred, over.links[-1], over.state) == (1, 1, Link(LinkKind.ALERT, "8"), "new")
        events = await k.service.events(1)
        assert [(one.kind, one.party) for one in events[1:]] == [
            (EventKind.RECURRED, Party.SYSTEM), (EventKind.ALERT, Party.SYSTEM)]
        await k.service.move(ANA, 1, "resolved", fields={"assignee": "ana"})
        async with k.db.write() as tx:
            assert await k.service.alert_over(tx, "redis", 8) is None
            relapse = await k.service.from_alert(tx, "redis", 9, "x")
        assert (relapse.number, relapse.state, relapse.reopened, relapse.recurred) == (1, "open", 1, 2)
        await k.service.move(ANA, 1, "resolved")
        k.clock.go(31 * DAY)
        async with k.db.write() as tx:
            later = await k.service.from_alert(tx, "redis", 10, "y" * 300)
        assert (later.number, len(later.title)) == (2, 200)
        await k.check()


async def test_an_alert_is_never_refused_its_ticket(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        async with k.db.write() as tx:
            made = await k.service.from_alert(tx, "k" * 5000, 1, " \n", "x" * 300_000, category="gone",
                                              tags=["a b", "A", "", "x" * 99])
            again = await k.service.from_alert(tx, "k" * 5000, 2, "x")
        assert (made.title, made.category, made.tags) == ("an alert fires", "technical", ("a",))
        assert (again.number, again.recurred) == (1, 1)
        await k.ticket("the cause of it")
        await k.service.merge(ANA, 1, 2)
        async with k.db.write() as tx:
            there = await k.service.from_alert(tx, "k" * 5000, 3, "x")
        assert (there.number, there.recurred) == (2, 1)
        await k.check()
