"""Two services on one database, a process that is killed, a disk that is full, a file that cannot be written."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from opsconsole.core import audit
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import OpsError, StorageFull, StorageUnusable
from opsconsole.tickets.errors import Clash, Taken
from opsconsole.tickets.service import New, TicketService
from tests.core.storage import as_root, make_read_only, may_not_grow, small_disk, start
from tests.tickets.desk import ANA, BEN, SETTINGS, HandClock, desk

if TYPE_CHECKING:
    from pathlib import Path

BULK = """
import asyncio, sys
from pathlib import Path
from tests.tickets.desk import ANA, desk

async def main():
    async with desk(Path(sys.argv[1])) as k:
        numbers = await k.column("SELECT number FROM ticket")
        print("ready", flush=True)
        sys.stdin.readline()
        await k.service.move(ANA, numbers, "waiting", "all of you wait")
        print("done", flush=True)
asyncio.run(main())
"""


async def test_both_add_and_nothing_is_lost(tmp_path: Path) -> None:
    async with desk(tmp_path) as one, desk(tmp_path) as two:
        await one.ticket()

        async def write(k: TicketService, who: str) -> None:
            for number in range(15):
                await k.tag(ANA if who == "a" else BEN, 1, [f"{who}{number}"])
                await k.note(ANA if who == "a" else BEN, 1, f"{who}{number}")

        await asyncio.gather(write(one.service, "a"), write(two.service, "b"))
        ticket = await one.service.get(1)
        assert sorted(ticket.tags) == sorted(f"{who}{number}" for who in "ab" for number in range(15))
        assert (ticket.messages, ticket.version) == (30, 61)
        await two.check()
        report = await audit.verify(one.db)
        assert (report.ok, report.count) == (True, 61)


async def test_only_one_of_two_takes_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as one, desk(tmp_path) as two:
        for _ in range(10):
            await one.ticket()
        for number in range(1, 11):
            ends = await asyncio.gather(one.service.take(ANA, number), two.service.take(BEN, number),
                                        return_exceptions=True)
            assert sorted(type(end).__name__ for end in ends) == ["Done", "Taken"]
            lost = next(end for end in ends if isinstance(end, Taken))
            assert lost.by == {number: (await one.service.get(number)).assignee}


async def test_the_same_field_at_the_same_time_is_a_clash_for_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as one, desk(tmp_path) as two:
        base = {"title": (await one.ticket()).title, "team": ""}
        ends = await asyncio.gather(
            one.service.edit(ANA, 1, base, {"title": "hers"}), two.service.edit(BEN, 1, base, {"title": "his"}),
            return_exceptions=True)
        assert sorted(type(end).__name__ for end in ends) == ["Clash", "Done"]
        clash = next(end for end in ends if isinstance(end, Clash))
        assert clash.fields["title"][2] == (await one.service.get(1)).title


async def test_numbers_are_given_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as one, desk(tmp_path) as two:
        made = await asyncio.gather(*(k.service.create(ANA, New(f"number {number}"))
                                      for number in range(10) for k in (one, two)))
        assert sorted(done.tickets[0].number for done in made) == list(range(1, 21))


@pytest.mark.slow
async def test_killed_in_the_middle_of_a_bulk_all_or_nothing_is_there(tmp_path: Path) -> None:
    async with desk(tmp_path) as k, k.db.write() as tx:
        for number in range(500):
            await k.service.create_in(tx, New(f"number {number}"))
    seen = set()
    for delay in (0.0, 0.05, 0.15, 0.3, 0.6, 1.0):
        worker = start(BULK, tmp_path)
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        worker.stdin.write("go\n")
        worker.stdin.flush()
        await asyncio.sleep(delay)
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate(timeout=30)
        async with desk(tmp_path) as k:
            waiting = await k.value("SELECT count(*) FROM ticket WHERE state = 'waiting'")
            events = await k.value("SELECT count(*) FROM ticket_event WHERE kind IN ('message', 'changed')")
            moves = await k.value("SELECT count(*) FROM ticket_batch WHERE action = 'move'")
            audited = await k.value("SELECT count(*) FROM audit WHERE action = 'ticket.move'")
            assert waiting in (0, 500)
            assert (events, moves, audited) == ((1000, 1, 500) if waiting else (0, 0, 0))
            assert (await audit.verify(k.db)).ok
            seen.add(waiting)
        if waiting:
            break
    assert 0 in seen
    async with desk(tmp_path) as k:
        if not waiting:
            await k.service.move(ANA, list(range(1, 501)), "waiting", "all of you wait")
        undone = await k.service.undo(ANA)
        assert {one.state for one in undone.tickets} == {"new"}
        assert len(undone.tickets) == 500
        await k.check([1, 250, 500])


async def back_and_forth(service: TicketService) -> None:
    """Moves until there is no space."""
    for _ in range(50):
        await service.move(ANA, list(range(1, 21)), "waiting", "y" * 2_000)
        await service.move(ANA, list(range(1, 21)), "open", "y" * 2_000)


async def write_on(service: TicketService) -> None:
    """Writes until there is no space."""
    for _ in range(100):
        await service.note(ANA, 1, os.urandom(20_000).hex())


async def test_a_database_that_may_not_grow_says_so_and_keeps_what_it_has(tmp_path: Path,
                                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk(tmp_path) as k:
        for _ in range(20):
            await k.ticket()
        pages = int(await k.value("PRAGMA page_count"))
    may_not_grow(monkeypatch, pages + 8)
    async with desk(tmp_path) as k:
        with pytest.raises(StorageFull, match="no space left"):
            await k.service.note(ANA, 1, "x" * 200_000)
        with pytest.raises(StorageFull):
            await back_and_forth(k.service)
        await k.check()
        assert (await audit.verify(k.db)).ok


@as_root
async def test_a_full_disk_keeps_what_it_has(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "3m") as disk:
        async with desk(disk) as k:
            await k.ticket()
            (disk / "ballast").write_bytes(b"x" * 1_000_000)
            with pytest.raises(OpsError, match="no space left"):
                await write_on(k.service)
            with pytest.raises(OpsError, match="no space left"):
                await k.service.attach(ANA, 1, "big", b"x" * 3_000_000)
            version = (await k.service.get(1)).version
            (disk / "ballast").unlink()
            await k.service.note(ANA, 1, "there is space again")
            assert (await k.service.get(1)).version == version + 1
            await k.check()


async def test_records_that_are_opened_for_reading_only_can_be_read(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS, read_only=True) as db:
        service = TicketService(db, HandClock(), SETTINGS)
        assert (await service.get(1)).number == 1
        assert (await service.find("", "ana")).count == 1
        with pytest.raises(StorageUnusable, match="reading only"):
            await service.note(ANA, 1, "x")


@as_root
async def test_a_disk_that_became_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        async with desk(disk) as k:
            await k.ticket()
        make_read_only(disk)
        async with await Database.open(disk / "opsconsole.db", RECORDS, read_only=True) as db:
            service = TicketService(db, HandClock(), SETTINGS)
            assert (await service.get(1)).number == 1
            with pytest.raises(OpsError):
                await service.move(ANA, 1, "waiting")
