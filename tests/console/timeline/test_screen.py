"""What changed before it broke: the timeline opened by a key, read, filtered, followed, and left again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from opsconsole.console.storage import Storage, StorageState
from opsconsole.console.timeline.screen import TimelineScreen
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.database import RECORDS
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.timeline import About
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.changes.store import ChangeStore
from opsconsole.health.screen.alert import AlertScreen
from opsconsole.logbook.screen.entry import EntryScreen
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.screen.ticket import TicketScreen
from opsconsole.tickets.service import TicketService
from tests.console.shell_app import StillClock
from tests.console.timeline.house import FIRED, Server, fires, story
from tests.health.samples import NOW, ZONE
from tests.hostile import CORPUS, assert_inert
from tests.tickets.desk import ANA, SETTINGS
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.core.database import Database

BEFORE = ["14:26:30  change       unit: redis-server.service restarted",
          "14:26:00  log          redis 7.0.15 rolled out: change begun",
          "14:25:00  change       package: redis-server upgraded 7.0.14 t…",
          "14:24:00  maintenance  maintenance of group:shop begun",
          "13:38:00  change       sign-in: root from 10.20.0.15"]
SMALL = (80, 24)


async def test_one_key_on_the_alert_shows_what_changed_before_it(tmp_path: Path) -> None:
    server = await Server(tmp_path).live()
    async with server.shown(server.alert, size=SMALL) as shown:
        await shown.press("T")
        assert shown.on(TimelineScreen)
        assert shown.screen.happening.what == "redis: fired"
        assert shown.told[:4] == [
            "14:30:00  alert        redis: acknowledged",
            "14:29:00  ticket       #2 message: redis refuses connections",
            "14:28:20  ticket       #2 opened: redis refuses connections", "14:28:00  alert        ▶ redis: fired"]
        assert shown.told[4:9] == BEFORE
        await shown.press("b")
        assert shown.told[:5] == BEFORE
        assert shown.screen.happening.what == "unit: redis-server.service restarted", "what changed last before it"
        assert "1 min before redis" in shown.text
        await shown.press("b")
        assert len(shown.told) == 14
        await shown.press("escape")
        assert shown.on(AlertScreen)


async def test_what_it_names_is_opened_and_left_again(tmp_path: Path) -> None:
    server = await Server(tmp_path).live()
    async with server.shown(size=SMALL) as shown:
        for keys, screen in (("k",), TicketScreen), (("j",), AlertScreen), (("j", "j"), EntryScreen):
            await shown.press(*keys)
            key = shown.screen.table.key
            await shown.press("enter")
            assert shown.on(screen)
            await shown.press("escape")
            assert shown.screen.table.key == key
        await shown.press("k", "enter")
        assert shown.on(TimelineScreen), "there is nothing behind a change of the host"
        assert any("nothing behind it" in str(one.message) for one in shown.app._notifications)


async def upgraded(records: Database, metrics: Database, folder: Path) -> None:
    """Forty packages in one minute, and a unit that was restarted meanwhile."""
    await story(records, metrics, folder)
    begin = FIRED - 20 * MINUTE
    await ChangeStore(metrics).add([Change(begin + number * 1500, ChangeKind.PACKAGE, f"lib{number} upgraded 1 to 2")
                                    for number in range(40)])
    await ChangeStore(metrics).add([Change(begin + 30_500, ChangeKind.UNIT, "cron.service restarted")])


async def test_the_packages_of_a_command_are_one_row_until_each_is_wanted(tmp_path: Path) -> None:
    server = await Server(tmp_path).live(upgraded)
    async with server.shown(size=SMALL) as shown:
        await shown.press("b", "slash", "'kind:change", "enter", *["j"] * 3)
        row = shown.screen.happening
        assert (row.at, len(row.parts)) == (FIRED - 20 * MINUTE, 40)
        assert shown.told[2:4] == ["14:08:30  change       unit: cron.service restarted",
                                   "14:08:00  change       40 packages: lib0 upgraded 1 to 2, lib1…"]
        assert "lib3 upgraded 1 to 2" in shown.text, "the others are named below"
        before = shown.screen.table.count
        await shown.press("enter")
        assert shown.screen.happening.what == "package: lib0 upgraded 1 to 2"
        assert shown.screen.table.count == before + 39
        await shown.press(*["k"] * 30)
        assert shown.screen.happening.what != row.what
        await shown.press("b")
        assert shown.screen.table.count > before + 39, "in another view they are still shown one by one"
        await shown.press("enter")
        assert shown.screen.happening == row
        assert "enter open" in shown.lines[-1]


async def test_kinds_and_words(tmp_path: Path) -> None:
    server = await Server(tmp_path).live()
    async with server.shown(size=SMALL) as shown:
        await shown.press("slash", "'SERV re")
        assert [line[10:] for line in shown.told] == [line[10:] for line in (BEFORE[0], BEFORE[2])]
        await shown.press("escape", "slash", "'kind:alert,log", "enter")
        assert len(shown.told) == 6
        assert shown.screen.happening.what == "redis: fired", "the cursor stays at its moment"
        await shown.press("slash", "' kind:tiket")
        assert "There is no kind `tiket`" in shown.text
        assert len(shown.told) == 6, "what could be read last stays"
        await shown.press("escape", "escape")
        assert len(shown.told) == 14
        await shown.press("right_square_bracket", "right_square_bracket")
        assert [line[10:16].strip() for line in shown.told] == ["alert", "alert"]
        await shown.press("slash", "'zzz", "enter")
        assert "Nothing that happened matches this filter." in shown.text


async def test_another_moment(tmp_path: Path) -> None:
    server = await Server(tmp_path).live()
    async with server.shown() as shown:
        await shown.press("j", "T")
        assert "around unit: redis-server.service restarted" in shown.text
        assert shown.screen.happening.at == FIRED - 90_000
        await shown.press("at", "'20h", "enter")
        assert shown.screen.happening.what == "Evening check: daily begun"
        await shown.press("at", "'noon", "enter")
        assert "Write a time as 08:15" in shown.text
        await shown.press("escape", "m")
        assert shown.screen.happening.at == FIRED - 90_000


async def many(_records: Database, metrics: Database, _folder: Path) -> None:
    """One change each minute, for fifteen hours."""
    await ChangeStore(metrics).add([Change(NOW - number * MINUTE, ChangeKind.UNIT, f"unit-{number}.service started")
                                    for number in range(900)])


async def test_older_and_newer_pages_are_read_when_one_comes_there(tmp_path: Path) -> None:
    server = await Server(tmp_path).live(many)
    async with server.shown(lambda: TimelineScreen(About("", NOW - 8 * HOUR)), size=SMALL) as shown:
        assert shown.screen.happening.what == "unit: unit-480.service started"
        assert shown.screen.table.count < 700
        for _ in range(5):
            await shown.press("G")
        assert shown.screen.happening.what == "unit: unit-899.service started"
        for _ in range(6):
            await shown.press("g")
        assert shown.screen.happening.what == "unit: unit-0.service started"
        assert shown.screen.table.count == 900


async def test_what_happens_meanwhile_comes_by_itself(tmp_path: Path) -> None:
    server = Server(tmp_path)
    async with server.shown(lambda: TimelineScreen(None), size=SMALL) as shown:
        assert "Nothing has happened yet." in shown.text
        async with server.open() as (records, metrics):
            await fires(records)
            shown.app.context.storage.ask()
            await until(shown.pilot, lambda: len(shown.told) == 2)
            assert shown.screen.table.index == 0, "whoever looks at the newest stays there"
            await shown.press("j")
            # Logs are read late: what changed before comes after the alert.
            await ChangeStore(metrics).add([Change(FIRED - MINUTE, ChangeKind.UNIT, "redis-server.service restarted")])
            await TicketService(records, StillClock(NOW), SETTINGS, zone=ZONE).create(ANA, New("late", route=False))
            shown.app.action_refresh()
            await until(shown.pilot, lambda: len(shown.told) == 4)
        assert shown.screen.happening.what == "redis: fired"
        assert [line[10:].split()[0] for line in shown.told] == ["ticket", "alert", "alert", "change"]


async def refused() -> object:
    """No measurements."""
    raise StorageUnusable("The history in metrics.db cannot be opened: the file is damaged.", "Restore it.")


async def test_a_part_that_cannot_be_read_is_told_and_the_rest_is_shown(tmp_path: Path) -> None:
    server = await Server(tmp_path).live()
    async with server.shown(metrics=Storage(refused)) as shown:  # type: ignore[arg-type]
        assert "metrics.db cannot be opened" in shown.text
        assert shown.screen.happening.what == "redis: fired"
        await shown.press("right_square_bracket", "right_square_bracket")
        assert "metrics.db" not in shown.lines[2], "no change is asked for"


async def test_records_that_can_be_read_only_later(tmp_path: Path) -> None:
    server = await Server(tmp_path).live()
    there = server.storage("opsconsole.db", RECORDS)
    tries = 0

    async def open_later() -> object:
        nonlocal tries
        tries += 1
        return await (refused() if tries == 1 else there._opener())

    turned = asyncio.Event()

    async def wait(_: float) -> None:
        await turned.wait()
        await asyncio.sleep(0.02)

    records = Storage(open_later, sleep=wait)  # type: ignore[arg-type]
    async with server.shown(size=SMALL, records=records) as shown:
        assert "cannot be opened: the file is damaged" in shown.text
        turned.set()
        await until(shown.pilot, lambda: shown.app.context.storage.state is StorageState.READY)
        async with server.open() as (other, _), other.write() as tx:
            tx.touch("alerts")
        await until(shown.pilot, lambda: len(shown.told) == 14)
        assert shown.screen.happening.what == "redis: fired"


async def test_something_that_is_not_there(tmp_path: Path) -> None:
    server = await Server(tmp_path).live()
    async with server.shown(lambda: TimelineScreen(About("ticket:77"))) as shown:
        assert "There is no ticket 77." in shown.text


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_hostile_texts_act_nowhere(tmp_path: Path, size: tuple[int, int]) -> None:
    texts = [text for text in CORPUS if text.strip()]

    async def happen(records: Database, metrics: Database, _folder: Path) -> None:
        await ChangeStore(metrics).add([Change(NOW - number * HOUR, ChangeKind.UNIT, text)
                                        for number, text in enumerate(texts)])
        service = TicketService(records, StillClock(NOW - DAY), SETTINGS, zone=ZONE)
        for text in texts[:20]:
            await service.create(ANA, New(text[:100], route=False))

    server = await Server(tmp_path).live(happen)
    async with server.shown(lambda: TimelineScreen(About("", NOW, texts[0])), size=size) as shown:
        for keys in ("j",) * 8, ("T",), ("G",), ("slash", f"'{texts[1][:40]}", "enter"), ("escape", "g", "enter"):
            await shown.press(*keys)
            for line in shown.lines:
                assert_inert(line)
