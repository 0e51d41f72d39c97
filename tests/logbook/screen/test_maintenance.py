"""Maintenance by keys: a form, a line and a question; and how they look. Look at a new picture before accepting it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.health.alerts.planned import PlannedWork
from opsconsole.logbook.model import EntryType, Status
from opsconsole.logbook.screen.desk import PART, Desk
from opsconsole.logbook.screen.entry import EntryScreen
from opsconsole.logbook.screen.log import LogScreen
from opsconsole.logbook.screen.maintaining import StartScreen, names_of
from opsconsole.logbook.service import LogService
from tests.console.shell_app import StillClock
from tests.console.shown import SIZES, pressing
from tests.health.alerts.place import configured
from tests.health.samples import NOW, ZONE
from tests.logbook.screen.house import TWO, Days
from tests.tickets.desk import ANA, BEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from opsconsole.console.shell import OpsConsole
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database

BOTH = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
SHOP = configured("""
checks:
  db: {kind: tcp, host: 127.0.0.1, port: 5432, group: storage}
  api: {kind: tcp, host: 127.0.0.1, port: 8000, depends_on: [db]}
  web: {kind: tcp, host: 127.0.0.1, port: 80, depends_on: [api]}
""")


@asynccontextmanager
async def nothing_measured() -> AsyncIterator[Database | None]:
    yield None


def windows(db: Database, clock: Clock) -> PlannedWork:
    return PlannedWork(db, clock, SHOP.checks, SHOP.rules, nothing_measured)


class Shop(Days):
    """The days of a place that has checks."""

    def service(self, db: Database, at: int = NOW) -> LogService:
        """See `Days.service`."""
        clock = StillClock(at)
        return LogService(db, clock, TWO, zone=ZONE, blobs=Blobs(self.folder / "blobs"),
                          windows=lambda records: windows(records, clock))

    def console(self, *screens: Any, **more: Any) -> OpsConsole:
        """See `Days.console`."""
        app = super().console(*screens, **more)
        desk = app.context.parts[PART]
        assert isinstance(desk, Desk)
        desk.windows = lambda context, records: windows(records, context.clock)
        return app


@pytest.fixture
def shop(days: Days) -> Shop:
    """The days of a place in which ana works on the storage since half an hour, and for two hours more."""
    made = Shop(days.folder)

    async def begun(at: Callable[[int], LogService]) -> None:
        await at(NOW - 30 * MINUTE).start_maintenance(ANA, "PostgreSQL 16.2 rolled out",
                                                      ["group:storage", "mount:/srv"], NOW + 2 * HOUR)

    made.done(begun)
    return made


async def test_a_form_starts_it_and_shows_what_it_mutes(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    async with shop.shown(size=(80, 24)) as shown:
        await shown.press("m", "'Kernel updated", "tab", "'apj", "tab")
        assert shown.screen.title == "Start maintenance"
        assert "mutes  no check" in shown.text
        await shown.press("ctrl+s")
        assert "Nothing is called `apj`" in shown.text
        await shown.press("backspace", "'i")
        assert "mutes (2)  api, web" in shown.text
        await shown.press("tab", *["backspace"] * 2, "'90m", "tab", "right", "ctrl+s")
        assert isinstance(shown.screen, LogScreen)
        assert any("entry 1 of the log" in said for said in shown.said)
    entry = await shop.entry(1)
    assert (entry.title, entry.checks, entry.type) == ("Kernel updated", ("api",), EntryType.INCIDENT)
    assert entry.ended is None
    (work,) = await shop.do(lambda at: at(NOW).works())
    assert (work.checks, work.ends) == (("api", "web"), NOW + 90 * MINUTE)


async def test_what_goes_on_is_extended_and_finished_with_a_reason(shop: Shop) -> None:
    async with shop.shown(lambda: EntryScreen(6)) as shown:
        assert "2 h left" in shown.text
        await shown.press("m", "down", "enter", "'30m", "enter")
        assert "2 h 30 min left" in shown.text
        await shown.press("m", "enter")
        assert "did not run since the maintenance began" in shown.text
        await shown.press("y", "enter")
        assert "Say why, or go back." in shown.text
        await shown.press("'nothing is measured here", "enter")
        assert "finished " in shown.text
        assert any("is finished; write down what was done" in said for said in shown.said)
        await shown.press("m")
        assert isinstance(shown.screen, StartScreen), "nothing goes on any more"
    entry = await shop.entry(6)
    assert (entry.status, entry.ended, len(entry.found)) == (Status.ISSUES, NOW, 3)
    assert entry.notes.endswith("nothing is measured here")


async def test_esc_leaves_everything_as_it_is_and_who_comes_second_is_told(shop: Shop) -> None:
    async with shop.shown(lambda: EntryScreen(6)) as shown:
        await shown.press("m", "escape", "m", "enter", "n", "m", "enter", "y", "escape", "m", "down", "enter", "escape")
        assert isinstance(shown.screen, EntryScreen)
        assert shown.screen.content is not None
        assert shown.screen.content.entry.ended is None
        await shown.press("m", "enter", "y")
        await shop.do(lambda at: at(NOW).finish_maintenance(BEN, 6, "done"))
        await shown.press("'mine", "enter")
        assert any("was finished by ben" in said for said in shown.said)


@BOTH
@pytest.mark.parametrize("keys", [("m", "down", "down", "enter", "'Disks moved", "tab", "'db"), ("m",), ("m", "enter"),
                                  ("m", "enter", "y"), ()], ids=["form", "choose", "finish", "reason", "entry"])
def test_pictures(snap_compare: Callable[..., bool], shop: Shop, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(shop.console(lambda: EntryScreen(6)), terminal_size=size, run_before=pressing(*keys))


@pytest.mark.parametrize(("text", "names"), [
    ("", ()), ("db  web", ("db", "web")), ("db, my rule ,db", ("db", "my rule")), (" , ", ()), ("*", ("*",))])
def test_names_stand_between_commas_or_are_words(text: str, names: tuple[str, ...]) -> None:
    assert names_of(text) == names
