"""Rows of tickets: pages, long timelines, damage, and that all of it can be made anew from the events."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database.connection import ConstraintError
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.text import storable
from opsconsole.tickets import store
from opsconsole.tickets.clocks import clocks
from opsconsole.tickets.errors import NotThere
from opsconsole.tickets.filters import FilterError
from opsconsole.tickets.model import Event, EventKind, LinkKind, Priority
from opsconsole.tickets.service import Found, New
from opsconsole.tickets.settings import View
from opsconsole.tickets.store import queue
from opsconsole.tickets.store.rows import named
from tests.tickets.desk import ANA, BEN, SETTINGS, desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tickets.desk import Desk


async def many(k: Desk, count: int) -> None:
    """So many tickets, in one transaction."""
    async with k.db.write() as tx:
        for number in range(count):
            await k.service.create_in(tx, New(f"number {number}", priority=Priority.of_rank(number % 4), route=False))


async def test_pages_of_what_was_found(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await many(k, 950)
        found = await k.service.find("sort:number", "ana")
        assert found.numbers == array("q", range(1, 951))
        assert (found.count, found.position(7), found.position(99_999)) == (950, 6, None)
        assert await k.service.position(found, 950) == 949
        for offset, limit in ((0, 100), (0, 900), (900, 100), (950, 10), (-5, 3), (0, 0), (0, -1)):
            rows = await k.service.rows(found, offset, limit)
            start = max(offset, 0)
            assert [row.number for row in rows] == list(range(1, 951))[start:start + max(limit, 0)]
        some = await k.service.rows(Found(array("q", [5, 99_999, 3])), 0, 10)
        assert [row.number for row in some] == [5, 3]
        queue_order = await k.service.find("", "ana")
        ranks = [row.priority.rank for row in await k.service.rows(queue_order, 0, 950)]
        assert ranks == sorted(ranks)


async def test_a_row_shows_what_the_ticket_is(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket("x" * 200, tags=("b", "a"), team="web", assignee="ana", priority=Priority.URGENT)
        ticket = await k.service.get(1)
        row = (await k.service.rows(await k.service.find("", "ana"), 0, 1))[0]
        for name in row.__struct_fields__:
            if hasattr(ticket, name):
                assert getattr(row, name) == getattr(ticket, name)
        assert not row.late(k.clock.now())
        assert row.due is not None
        assert row.late(row.due)


async def test_views_are_counted_together_as_they_are_alone(tmp_path: Path) -> None:
    views = {"first": View(filter="is:open priority:urgent"), "all": View(filter=""), "mail": View(
        filter='requester:"kim@"'), "gone": View(filter="is:done"), "theirs": View(filter="is:open", people=("ben",)),
        "tagged": View(filter="is:open tag:a -tag:b"), "late mine": View(filter="assignee:me late")}
    async with desk(tmp_path, SETTINGS.__class__(views=views)) as k:
        await many(k, 40)
        await k.ticket(tags=("a",), assignee="ana")
        await k.service.move(ANA, [2, 3, 4], "closed", "no")
        counts = await k.service.counts("ana")
        assert list(counts) == ["open", "mine", "unassigned", "late", "due today", "waiting", "first", "all", "mail",
                                "gone", "tagged", "late mine"]
        for name, view in k.service.settings.views_of("ana").items():
            assert counts[name] == (await k.service.find(view.filter, "ana")).count, name
        assert (counts["open"], counts["gone"], counts["mine"], counts["tagged"]) == (38, 3, 1, 1)


async def test_a_view_that_cannot_be_read_is_minus_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        assert await queue.counts(k.db, {"broken": None}) == {"broken": -1}
        with pytest.raises(FilterError):
            await k.service.find("priority:burning", "ana")


async def test_words_for_completing_are_those_in_use(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(tags=("vpn", "redis"), assignee="zed")
        await k.ticket(tags=("redis",))
        await k.service.edit(ANA, 1, {"release": ""}, {"release": "2.1"})
        words = await k.service.vocabulary()
        assert words.people == ("ana", "ben", "sue", "zoe", "zed")
        assert (words.tags, words.releases, words.teams) == (("redis", "vpn"), ("2.1",), ("web", "infra"))
        assert words.requesters == ("kim@example.com",)
        assert {"reported", "waiting", "declined"} <= set(words.states)
        await k.ticket(tags=("later",))
        assert await k.service.vocabulary() is words
        k.clock.go(31_000)
        assert "later" in (await k.service.vocabulary()).tags


async def test_a_long_timeline_is_read_from_both_ends(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        async with k.db.write() as tx:
            ticket = await store.get(tx, 1)
            assert ticket is not None
            events = [Event(1, seq, k.clock.now(), EventKind.MESSAGE, "ana", text=f"n{seq}") for seq in range(2, 302)]
            await store.record(tx, ticket, events, k.service.policies, k.clock.now())
        await k.ticket("the next one")
        assert [event.seq for event in await k.service.last_events(1, 3)] == [299, 300, 301]
        assert [event.seq for event in await k.service.last_events(1, 2, before=299)] == [297, 298]
        assert [event.seq for event in await k.service.events(1, after=299)] == [300, 301]
        assert [event.seq for event in await k.service.events(1, after=-1, limit=2)] == [1, 2]
        assert len(await k.service.events(1)) == 301
        assert await k.service.events(99) == []
        await k.check()


async def test_clocks_are_the_same_without_the_notes_that_none_asks_for(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for mail in ("kim@example.com", ""):
            number = (await k.ticket(requester_mail=mail)).number
            for say in (k.service.note, k.service.note, k.service.reply, k.service.note, k.service.note):
                k.clock.go(60_000)
                await say(ANA, number, "x")
            await k.service.assign(ANA, number, "ben")
            await k.service.note(BEN, number, "I am on it")
            await k.service.note(ANA, number, "good")
            await k.check()
            kept = [event.seq for event in await store.for_clocks(k.db, number)]
            assert kept == ([1, 4, 7, 8] if mail else list(range(1, 10)))
            everything = await k.service.events(number)
            assert await k.service.clocks(number) == clocks(everything, k.service.policies, k.clock.now())
        await k.service.edit(ANA, 1, {"requester_mail": "kim@example.com"}, {"requester_mail": ""})
        assert len(await store.for_clocks(k.db, 1)) == 10
        await k.check()


async def test_a_clock_that_was_set_back_puts_nothing_before_what_happened(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.note(ANA, 1, "x")
        at = k.clock.now()
        k.clock.go(-3_600_000)
        await k.service.note(ANA, 1, "y")
        assert [event.at for event in await k.service.events(1)] == [at, at, at]


@pytest.mark.parametrize("number", [0, -1, 99, 1 << 42, 1 << 70])
async def test_a_number_that_there_is_not(tmp_path: Path, number: int) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        for ask in (k.service.get, k.service.resolve):
            with pytest.raises(NotThere):
                await ask(number)
        assert await k.service.events(number) == []
        with pytest.raises(NotThere, match="There is no ticket"):
            await k.service.note(ANA, number, "x")
        with pytest.raises(NotThere, match="There are no tickets"):
            await k.service.tag(ANA, [1, number, 77], ["x"])
        assert (await k.service.get(1)).tags == ()


async def test_everything_is_made_anew_from_the_events(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(tags=("a", "b"), watchers=("zoe",))
        await k.ticket()
        await k.service.link(ANA, 1, LinkKind.BLOCKS, 2)
        await k.service.reply(ANA, 1, "hello")
        async with k.db.write() as tx:
            await tx.run("UPDATE ticket SET title = 'nonsense', data = '{\"number\":1}', due = 7, priority = 3")
            for table in ("ticket_tag", "ticket_watcher", "ticket_link", "ticket_clock"):
                await tx.run(f"DELETE FROM {table}")
            await tx.run("INSERT INTO ticket_tag (tag, ticket) VALUES ('wrong', 1)")
        async with k.db.write() as tx:
            for number in (1, 2):
                await store.rebuild(tx, number, k.service.policies, k.clock.now())
            with pytest.raises(ValueError, match="at least one event"):
                await store.rebuild(tx, 3, k.service.policies, k.clock.now())
        await k.check()


async def test_damage_is_a_sentence(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        async with k.db.write() as tx:
            await tx.run("UPDATE ticket SET data = '{'")
            await tx.run("INSERT INTO ticket_event (id, ticket, seq, at, kind, actor, party, via, public, text,"
                         " changes, data, batch)"
                         " VALUES (1048578, 1, 2, 0, 'sung', '', 'staff', 'console', 0, '', '{}', '{}', 0)")
        with pytest.raises(StorageUnusable, match="a ticket that cannot be read"):
            await k.service.get(1)
        with pytest.raises(StorageUnusable, match="Event 2 of ticket 1 cannot be read"):
            await k.service.events(1)
        with pytest.raises(StorageUnusable):
            await k.service.note(ANA, 1, "x")


async def test_what_happened_can_be_neither_changed_nor_removed(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        for sql in ("UPDATE ticket_event SET text = 'x'", "DELETE FROM ticket_event", "DELETE FROM ticket"):
            with pytest.raises(ConstraintError):
                async with k.db.write() as tx:
                    await tx.run(sql)
        await k.check()


async def test_events_that_do_not_follow_are_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        ticket = await k.ticket()
        for seq in (1, 3):
            with pytest.raises(ValueError, match="does not follow"):
                async with k.db.write() as tx:
                    await store.record(tx, ticket, [Event(1, seq, 0, EventKind.MESSAGE)], k.service.policies, 0)
        with pytest.raises(ValueError, match="at least one event"):
            async with k.db.write() as tx:
                await store.record(tx, None, [], k.service.policies, 0)
        await k.check()


async def test_merges_that_lead_round_in_a_circle_are_left(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.ticket()
        async with k.db.write() as tx:
            await tx.run("UPDATE ticket SET merged_into = 3 - number")
        assert await k.service.resolve(1) in (1, 2)


def test_many_parameters_come_in_portions() -> None:
    portions = named(list(range(1001)))
    assert [len(values) for _, values in portions] == [400, 400, 201]
    assert portions[2][0].startswith(":v0, :v1")
    assert named([]) == []
    assert storable("a\ud800") == "a\\ud800"
