"""A server on which redis was upgraded and broke: real records and measurements, and a console over them."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.console.opening import open_named
from opsconsole.console.shell import OpsConsole
from opsconsole.console.storage import Storage
from opsconsole.console.theme import Look
from opsconsole.console.timeline import PART, Timeline
from opsconsole.console.timeline.screen import TimelineScreen
from opsconsole.console.topline import Tab
from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.feed import Feed
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.timeline import About
from opsconsole.health.alerts import store
from opsconsole.health.alerts.model import Event, Window, WindowKind
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.changes.store import ChangeStore
from opsconsole.health.screen.alert import AlertScreen
from opsconsole.logbook.model import EntryType
from opsconsole.logbook.service import LogService
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.service import TicketService
from opsconsole.timeline import sources
from tests.console.shell_app import StillClock, context
from tests.health.samples import NOW, ZONE
from tests.health.screen_app import HandWatch
from tests.health.stored_app import ShownBoard
from tests.health.stored_samples import DOWN
from tests.tickets.desk import ANA, BEN, SETTINGS
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from opsconsole.core.themes import Theme

SIZES: Final = ((80, 24), (120, 40))
TOLD: Final = re.compile(r".{1,16}(\d\d:\d\d:\d\d +(?:.{15})?(?:alert|change|checklist|log|maintenance|ticket) .*)")
"""A row of the list."""
FIRED: Final = NOW - 3 * MINUTE
"""When the alert fired."""
AT_ALERT: Final = About("alert:1", FIRED, "redis")
CHANGES: Final = (
    Change(FIRED - 5 * DAY, ChangeKind.REBOOT, "started"),
    Change(FIRED - 50 * MINUTE, ChangeKind.SIGN_IN, "root from 10.20.0.15"),
    Change(FIRED - 3 * MINUTE, ChangeKind.PACKAGE, "redis-server upgraded 7.0.14 to 7.0.15"),
    Change(FIRED - 90 * SECOND, ChangeKind.UNIT, "redis-server.service restarted"))


async def story(records: Database, metrics: Database, folder: Path) -> None:
    """What happened: a ticket and an entry of the day before; an upgrade in maintenance; then the alert."""
    def tickets(at: int) -> TicketService:
        return TicketService(records, StillClock(at), SETTINGS, zone=ZONE)

    def log(at: int) -> LogService:
        return LogService(records, StillClock(at), zone=ZONE)

    await ChangeStore(metrics).add(CHANGES)
    await tickets(FIRED - DAY).create(ANA, New("the shop is slow in the morning", route=False))
    await log(FIRED - 20 * HOUR).new(BEN, EntryType.DAILY, "Evening check")
    await log(FIRED - 19 * HOUR).sign(BEN, 1)
    async with records.write() as tx:
        await store.add_window(tx, Window(0, WindowKind.MAINTENANCE, "group:shop", "ana", "upgrade of redis to 7.0.15",
                                          FIRED - 4 * MINUTE, FIRED + 40 * MINUTE))
        tx.touch("alerts")
    await log(FIRED - 2 * MINUTE).new(ANA, EntryType.CHANGE, "redis 7.0.15 rolled out")
    await fires(records)
    await tickets(FIRED + 20 * SECOND).create(BEN, New("redis refuses connections", route=False))
    await tickets(FIRED + MINUTE).note(BEN, 2, "line 88 of its configuration is rejected")


async def fires(records: Database, at: int = FIRED) -> None:
    """The alert."""
    async with records.write() as tx:
        number = await store.add_alert(tx, DOWN)
        await store.add_event(tx, number, Event(at, "fired", "", "refused"))
        await store.add_event(tx, number, Event(at + 2 * MINUTE, "acknowledged", "ben", "looking at the log"))
        tx.touch("alerts")


class Server(NamedTuple):
    """Where it happened."""

    folder: Path

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[Database, Database]]:
        """Both databases, for what happens without the console."""
        async with (await Database.open(self.folder / "opsconsole.db", RECORDS) as records,
                    await Database.open(self.folder / "metrics.db", METRICS) as metrics):
            yield records, metrics

    async def live(self, happen: Callable[[Database, Database, Path], Awaitable[None]] = story) -> Server:
        """Let it happen."""
        async with self.open() as (records, metrics):
            await happen(records, metrics, self.folder)
        return self

    def lived(self, happen: Callable[[Database, Database, Path], Awaitable[None]] = story) -> Server:
        """The same, for a test that is no coroutine."""
        return asyncio.run(self.live(happen))

    def storage(self, name: str, schema: Any) -> Storage:
        """For a console."""
        async def open_both() -> tuple[Database, Feed]:
            db = await Database.open(self.folder / name, schema)
            return db, Feed(db)

        return Storage(open_both)

    def console(self, screen: Callable[[], Any] = lambda: TimelineScreen(AT_ALERT), *, glyphs: Glyphs = UNICODE,
                theme: Theme | None = None, now: int = NOW, metrics: Storage | None = None,
                records: Storage | None = None) -> OpsConsole:
        """A console that begins on a screen, such as the timeline of the alert."""
        clock = StillClock(now)
        surroundings = context(self.folder, glyphs=glyphs, look=Look(theme) if theme else Look(), clock=clock,
                               storage=records or self.storage("opsconsole.db", RECORDS))
        surroundings.zone = ZONE
        surroundings.metrics = metrics or self.storage("metrics.db", METRICS)
        watch, board = HandWatch(None), ShownBoard()

        def opener(screen: Any, target: str) -> None:
            open_named(watch, board, screen, target)  # type: ignore[arg-type]

        surroundings.parts[PART] = Timeline(sources, opener)
        return OpsConsole(surroundings, (Tab("1", "health", "Health", screen),))

    def alert(self) -> AlertScreen:
        """The screen of the alert."""
        return AlertScreen(HandWatch(None), ShownBoard(), 1)  # type: ignore[arg-type]

    @asynccontextmanager
    async def shown(self, *about: Any, size: tuple[int, int] = (120, 40), **more: Any) -> AsyncIterator[Shown]:
        """A console in which a test presses keys."""
        app = self.console(*about, **more)
        async with app.run_test(size=size) as pilot:
            shown = Shown(app, pilot)
            await shown.settled()
            yield shown


class Shown(NamedTuple):
    """A console that runs."""

    app: OpsConsole
    pilot: Pilot[Any]

    @property
    def screen(self) -> Any:
        """The screen on top."""
        return self.app.screen

    def on(self, kind: type[Any]) -> bool:
        """Whether a screen of this kind is on top."""
        return isinstance(self.screen, kind)

    @property
    def lines(self) -> list[str]:
        """All that is in view."""
        return ["".join(segment.text for segment in strip).rstrip()
                for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """The same in one piece."""
        return "\n".join(self.lines)

    @property
    def told(self) -> list[str]:
        """What happened, as it is in view, newest first: times and what comes behind."""
        return [found[1] for line in self.lines if (found := TOLD.match(line))]

    async def settled(self) -> None:
        """Wait until the screen has read what it shows."""
        await until(self.pilot, lambda: not self.app.workers or all(
            worker.is_finished or worker.group == "doing" for worker in self.app.workers))
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Keys, one after the other; a quote before it makes a text of one, which is put into the field at once."""
        for key in keys:
            if key.startswith("'"):
                self.screen.focused.insert_text_at_cursor(key[1:])
            else:
                await self.pilot.press(key)
            await self.settled()


def pressing(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """For pictures: settle, press, settle."""
    async def press(pilot: Pilot[Any]) -> None:
        shown = Shown(pilot.app, pilot)  # type: ignore[arg-type]
        await shown.settled()
        await shown.press(*keys)

    return press


