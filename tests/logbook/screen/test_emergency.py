"""The screen of an emergency: from any screen by one key, its steps, its messages, its end; and what it looks like."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from opsconsole.checklists.aiding import EmergencyAid
from opsconsole.checklists.library import Library
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.core.clock import MINUTE
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.identity import Role
from opsconsole.core.levels import Level
from opsconsole.logbook.actions import EMERGENCY
from opsconsole.logbook.model.emergency import Message, MessageStatus, Way
from opsconsole.logbook.screen.desk import desk_of
from opsconsole.logbook.screen.emergency import EmergencyScreen
from opsconsole.logbook.screen.log import LogScreen
from opsconsole.logbook.screen.messaging import MessageScreen, MortemScreen
from opsconsole.logbook.screen.part import LogPart
from tests.console.shell_app import StillClock
from tests.console.shown import SIZES, Shown, pressing, settled
from tests.health.samples import NOW, ZONE
from tests.hostile import CORPUS, assert_inert
from tests.logbook.screen.house import Days
from tests.tickets.desk import ANA, BEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.screen import Screen

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.shell import OpsConsole
    from opsconsole.core.database import Database
    from opsconsole.logbook.service import LogService

    Compare = Callable[..., bool]

BACK = ("backspace",) * 3
DOWN = Message("The shop is down", issue="it answers 502 since 14:20", impact="nobody can buy", contact="Ana, 555 01",
               next=NOW + 9 * MINUTE)


def aid(context: ConsoleContext) -> EmergencyAid:
    """Who knows the checklists that come with the program."""
    return made(context.storage.db, context.clock.now())


def made(db: Database, at: int) -> EmergencyAid:
    """The same, at a moment."""
    return EmergencyAid(ChecklistService(db, StillClock(at), Library(ChecklistSettings()), zone=ZONE))


class House(Days):
    """The days of a log, with checklists."""

    def console(self, screen: Callable[[], Screen[Any]] = LogScreen, **more: Any) -> OpsConsole:
        """See `Days.console`."""
        app = super().console(screen, **more)
        app.context.features[EMERGENCY] = LogPart.emergency
        desk = desk_of(app.context)
        desk.aid, desk.addressees = aid, partial(tuple, ("ana", "oncall:ops"))
        return app


async def going_on(house: House, title: str = "The shop is down") -> int:
    """An emergency ten minutes old: one step done, told once, something known; its number."""
    async def happen(at: Callable[[int], LogService]) -> int:
        service = at(NOW - 10 * MINUTE)
        number = (await service.declare(ANA, title)).emergency.entry
        begun = made(service._db, NOW - 9 * MINUTE)
        run = await begun.begin(ANA, "", ())
        await service.join(ANA, number, run)
        await begun.tick(ANA, run, "notify")
        await at(NOW - 8 * MINUTE).tell(ANA, number, replace(DOWN, subject=title), Way.SENT)
        await at(NOW - 6 * MINUTE).jot(BEN, number, f"{title}: disk of db1 is full, nothing was deployed")
        return number

    found: int = await house.do(happen)
    return found


async def test_one_key_declares_it_and_the_clock_runs(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.shown(size=(80, 24)) as shown:
        await shown.press("E", "'Shop is down", "enter")
        assert "EMERGENCY #1 Shop is down" in shown.text
        assert "first 15 min: 15:00 left, 0 of 4 done" in shown.text
        await shown.press("space", "j", "space", "j", "space")
        assert "2 of 4 done" in shown.text, "what wants words is not ticked"
        assert any("wants words" in one for one in shown.said)
        await shown.press("k", "space")
        assert "1 of 4 done" in shown.text, "once more, it is open again"
        await shown.press("n", "'disk full", "enter", "escape")
        assert on(shown, LogScreen)
        await shown.press("E")
        assert on(shown, EmergencyScreen), "the one that goes on is opened, and none declared"
        assert "14:31 ana: disk full" in shown.text
        await shown.press("E")
        assert "what is wrong" in shown.text, "on the screen of one, the key is for another one"
        await shown.press("escape", "escape", "E")
        assert (await house.entry(1)).title == "Shop is down"


async def test_a_message_is_written_once_and_goes_out_as_wished(tmp_path: Path) -> None:
    house = House(tmp_path)
    number = await going_on(house)
    async with house.shown(lambda: EmergencyScreen(number), size=(80, 24)) as shown:
        await shown.press("m")
        assert on(shown, MessageScreen)
        assert "it answers 502 since 14:20" in shown.text, "it begins with what the last one said"
        await typed(shown, "tab", "right", "right", "tab", "tab", "tab", "'1 h", "tab", "end", *BACK, "'soon", "ctrl+s")
        assert "Write when as 30m" in shown.text
        await typed(shown, *BACK, "backspace", "'20m", "ctrl+s")
        await typed(shown, "down", "enter")
        assert on(shown, EmergencyScreen)
        assert "fixing" in shown.text
        assert "next message in 20:00" in shown.text
        assert "Time to resolution: 1 h" in shown.app.clipboard
        assert shown.app.clipboard.startswith("Subject: [URGENT] ")
        await shown.press("m")
        await typed(shown, "tab", "right", "ctrl+s")
        await shown.press("escape")
        assert on(shown, MessageScreen), "who does not say how it goes out keeps on writing"
    told = (await house.do(lambda at: at(NOW).emergency(number))).emergency.told
    assert [(one.message.status, one.way, one.message.next) for one in told] == [
        (MessageStatus.INVESTIGATING, Way.SENT, NOW + 9 * MINUTE),
        (MessageStatus.FIXING, Way.COPIED, NOW + 20 * MINUTE)]


async def test_the_end_is_written_into_the_entry(tmp_path: Path) -> None:
    house = House(tmp_path)
    number = await going_on(house)
    async with house.shown(lambda: EmergencyScreen(number), size=(80, 24)) as shown:
        await shown.press("x")
        assert on(shown, MortemScreen)
        assert "last message: investigating" in shown.text
        await shown.press("ctrl+s")
        assert "Root cause is missing" in shown.text
        await typed(shown, "'old files", "tab", "right", "tab", "'alert", "tab", "'logs", "tab",
                    "'Clean @ben 2027-01-11", "ctrl+s")
        assert on(shown, EmergencyScreen)
        assert "over, after 10 min" in shown.text
        await shown.press("m")
        assert any("It is over" in one for one in shown.said)
        await shown.press("e", "y", "y")
    entry = await house.entry(number)
    assert entry.seal
    assert entry.resolved[0].text == "rolled back: old files"
    assert [(one.text, one.person, one.due) for one in entry.actions] == [("Clean", "ben", "2027-01-11")]
    for said in ("emergency declared", "ana told: investigating", "disk of db1 is full", "not go well\n\nlogs"):
        assert said in entry.notes
    assert entry.notes.count("disk of db1 is full") == 1


async def test_of_several_one_is_chosen_and_a_viewer_declares_none(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.shown(role=Role.VIEWER) as shown:
        await shown.press("E")
        assert any("needs the role operator" in one for one in shown.said)
    await going_on(house)
    await house.do(lambda at: at(NOW).declare(BEN, "Mail is lost"))
    async with house.shown(role=Role.VIEWER) as shown:
        await shown.press("E")
        assert "Which emergency?" in shown.text
        await shown.press("down", "enter")
        assert "The shop is down" in shown.text
        await shown.press("m", "x")
        assert on(shown, EmergencyScreen), "others may look"


async def test_two_who_declare_the_same_one_at_once_meet(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.shown(size=(80, 24)) as shown:
        await shown.press("E")
        await house.do(lambda at: at(NOW).declare(BEN, "Shop is down"))
        await shown.press("'502", "enter")
        assert "One was declared meanwhile. Is it the same?" in shown.text
        await shown.press("enter")
        assert "EMERGENCY #1 Shop is down" in shown.text
    assert len(await house.do(lambda at: at(NOW).emergencies())) == 1


async def test_the_console_says_once_that_a_message_is_due(tmp_path: Path) -> None:
    house, part = House(tmp_path), LogPart(None)
    number = await going_on(house)
    async with house.shown(now=NOW + 10 * MINUTE) as shown:
        for _ in range(2):
            await part._count(shown.app)
        badge = part.badge()
        assert badge is not None
        assert (badge.number, badge.level, badge.word) == (1, Level.CRITICAL, "emergency")
        assert shown.said == [f"{UNICODE.critical} A message about emergency {number} is due: E opens it, m writes it."]


async def test_nothing_foreign_acts(tmp_path: Path) -> None:
    house = House(tmp_path)
    number = await going_on(house, f"{CORPUS[0][:100]} x")

    async def happen(at: Callable[[int], LogService]) -> None:
        for text in CORPUS:
            await at(NOW).jot(BEN, number, f"x{text[:1_000]}")
            said = f"x{text[:100]}"
            await at(NOW).tell(ANA, number, Message(said, MessageStatus.FIXING, said, said, said, None, said), Way.SENT)

    await house.do(happen)
    async with house.shown(lambda: EmergencyScreen(number), size=(120, 40)) as shown:
        inert(shown)
        await shown.press("G")
        inert(shown)
        await shown.press("m")
        inert(shown)
        await shown.press("ctrl+s", "down", "enter", "x")
        assert on(shown, MortemScreen)
        inert(shown)
        assert all(sign.isprintable() or sign == "\n" for sign in shown.app.clipboard)


async def typed(shown: Shown, *keys: str) -> None:
    """Keys of a form, one right after the other; a quote before them types a text."""
    await shown.pilot.press(*(one for key in keys for one in (key[1:] if key.startswith("'") else [key])))
    await settled(shown.pilot)


def on(shown: Shown, kind: type[Screen[Any]]) -> bool:
    """Whether a screen of this kind is on top."""
    return isinstance(shown.screen, kind)


def inert(shown: Shown) -> None:
    """Nothing in view does anything."""
    for line in shown.text.splitlines():
        assert_inert(line)


BOTH = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
KEYS = {"going": (), "told": ("j", "j", "j", "enter"), "message": ("m",), "way": ("m", "ctrl+s"), "end": ("x",)}


@BOTH
@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_pictures(snap_compare: Compare, tmp_path: Path, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    house = House(tmp_path)
    asyncio.run(going_on(house))
    assert snap_compare(house.console(lambda: EmergencyScreen(1)), terminal_size=size, run_before=pressing(*keys))


@pytest.mark.parametrize("late", [4 * MINUTE, 14 * MINUTE, 25 * MINUTE], ids=["soon", "first-over", "due"])
def test_late_pictures(snap_compare: Compare, tmp_path: Path, late: int) -> None:
    house = House(tmp_path)
    asyncio.run(going_on(house))
    glyphs = ASCII if late < 5 * MINUTE else UNICODE
    app = house.console(lambda: EmergencyScreen(1), now=NOW + late, glyphs=glyphs)
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing())
