"""Makes a demo: the configuration, and both databases filled."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.clock import DAY, HOUR, MINUTE, local
from opsconsole.core.database import RECORDS
from opsconsole.core.errors import StorageError
from opsconsole.core.jobs import Due
from opsconsole.demo.configuring import configured
from opsconsole.demo.entries import plan_entries
from opsconsole.demo.house import house
from opsconsole.demo.measuring import measure
from opsconsole.demo.rounds import plan_incident, plan_rounds, propose
from opsconsole.demo.telling import plan_work, split, tell_done
from opsconsole.demo.together import filling
from opsconsole.demo.troubles import plan_alerts, plan_windows
from opsconsole.demo.world import BROKE, LEFT, World
from opsconsole.tickets.keeping import Desk, Keeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.core.invocation import Options
    from opsconsole.demo.house import House
    from opsconsole.demo.place import Place
    from opsconsole.settings import Loaded

_TENDED: Final = 6 * HOUR
"""How often somebody looks what became of promises, until the last day; then twice an hour."""


class Free:
    """The guard of whoever works alone; see `core.jobs.Guard`."""

    def holds(self) -> bool:
        """It does."""
        return True

    async def confirm(self, tx: Transaction) -> None:
        """Nobody else works here."""


class Made(NamedTuple):
    """A demo that is there."""

    world: World
    loaded: Loaded


def make(place: Place, preset: str, now: Instant, *, seed: int, tickets: int,
         load: Callable[[Options], Loaded], options: Options) -> Made:
    """Makes everything in a folder.

    Args:
        place: the folder.
        preset: what the server runs.
        now: when it is there.
        seed: another number invents another month.
        tickets: how many tickets there shall be, besides that of the incident.
        load: reads a configuration.
        options: of the command line; their configuration is this one.

    Raises:
        UsageError: there is no such preset.
        StorageError: it cannot be written.
    """
    try:
        place.config.write_text(configured(preset, place, now), encoding="utf-8")
    except OSError as problem:
        raise StorageError(f"{place.config} cannot be written ({problem.strerror or problem}).",
                           "Free some space, or name another folder: `--keep FOLDER`.") from problem
    loaded = load(options._replace(config=place.config))
    world = World(preset, seed, now, loaded.settings, place.root)
    fill(world, tickets)
    return Made(world, loaded)


def fill(world: World, tickets: int) -> None:
    """Writes both databases.

    Args:
        world: what is true there.
        tickets: how many there shall be, besides those of alerts.

    Raises:
        StorageError: they cannot be written.
    """
    def measured() -> None:
        asyncio.run(measure(world.root / "data" / "metrics.db", world))

    with _beside(measured):
        asyncio.run(record(world.root / "data" / "opsconsole.db", world, tickets))


@contextmanager
def _beside(work: Callable[[], None]) -> Iterator[None]:
    """Does something in a process of its own while the block runs; it has ended when the block has.

    Should it fail there, it is done here, and fails as it would have without the other process.
    """
    if threading.active_count() > 1:
        # What a thread holds at the moment of a fork is held for ever.
        yield
        work()
        return
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            # Whatever it was is met again by the one that waits.
            os._exit(1)
    try:
        yield
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    _, status = os.waitpid(child, 0)
    if status:
        work()


async def record(path: Path, world: World, tickets: int) -> None:
    """Fills the records: a month lived through in one transaction.

    Raises:
        StorageError: they cannot be written.
    """
    async with filling(path, RECORDS) as db:
        own = house(world, db)
        done, open_ = split(tickets)
        await tell_done(own, done)
        plan_rounds(own)
        plan_entries(own)
        plan_alerts(own)
        plan_windows(own)
        plan_work(own, open_)
        plan_incident(own, world.now - BROKE + 9 * MINUTE)
        _plan_people(own)
        await own.diary.live(world.now)
        await propose(own)
        # Who is told has been decided long ago: an agent that somebody starts here shall not tell it all.
        await db.tx.run("UPDATE outbox_notice SET planned = at")


def _plan_people(own: House) -> None:
    """Plans when people come and go, and what programs do as time goes by."""
    world, briefing = own.world, own.briefing
    other = world.colleague

    async def leaves() -> None:
        await briefing.visited(world.me.name, world.now - LEFT)

    async def hands_over() -> None:
        await briefing.write(other, _HANDOVER.format(
            name=world.checks[world.plot.broken].label or world.plot.broken, since=f"{local(world.now - BROKE):%H:%M}"))

    own.diary.plan(world.now - LEFT, leaves)
    own.diary.plan(world.now - 10 * MINUTE, hands_over)
    keeper = Keeper(Desk(own.db, own.tickets, own.tickets.policies, own.hands, Free()))
    for at in (*range(world.now - 6 * DAY, world.now - DAY, _TENDED), *range(world.now - DAY, world.now + 1, HOUR // 2),
               world.now - BROKE + 2 * MINUTE):
        own.diary.plan(at, partial(keeper.clocks, Due(at)))


_HANDOVER: Final = """\
{name} is down since {since}; the alert and the ticket are mine.

- an upgrade minutes before has to do with it: T shows the order
- /var fills because of what is written into the logs: clean up before it is full
- a larger disk for /srv/media comes in later, maintenance is planned

I am on the phone.
"""
