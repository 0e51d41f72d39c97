"""Writes what was measured in a month: the history, what checks found, what jobs reported, what changed on the host.

A month of samples would take minutes: what is older than some hours goes into the rows of quarters of an hour at once,
as rolling up leaves them behind.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND
from opsconsole.core.database import METRICS
from opsconsole.demo.beats import beats
from opsconsole.demo.hands import Hands
from opsconsole.demo.host import snapshot
from opsconsole.demo.sights import outcome, values_of
from opsconsole.demo.together import filling
from opsconsole.demo.world import BROKE, UPGRADED
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.changes.store import ChangeStore
from opsconsole.health.checks.service import CheckService
from opsconsole.health.checks.store import CheckStore
from opsconsole.health.growth.model import Sizes
from opsconsole.health.growth.store import GrowthStore
from opsconsole.health.history.block import Block
from opsconsole.health.history.model import MINUTES, QUARTERS
from opsconsole.health.history.names import is_latency
from opsconsole.health.history.rows import next_key
from opsconsole.health.history.store import MetricStore, sql
from opsconsole.health.judging.trail import metrics
from opsconsole.health.recording import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.demo.world import Outage, World

FRESH: Final = 2 * HOUR
"""How much of the newest is kept as samples, so that charts of an hour have all their points."""
STEP: Final = MINUTE
_CLOSE: Final = ((DAY, QUARTERS.cell), (7 * DAY, HOUR), (31 * DAY, 2 * HOUR))
"""Up to which age there is a value how often; of what is older, charts show less."""
_FAILED: Final = 0.006
"""Share of the runs of a job that failed."""
_ALWAYS: Final = 400 * 86_400.0
"""Seconds between two runs of a check that was never left alone, so that few of its runs tell all of its past."""


async def measure(path: Path, world: World) -> None:
    """Fills the database of measurements.

    Raises:
        StorageError: it cannot be written.
    """
    async with filling(path, METRICS) as db:
        fresh = (world.now - FRESH) // HOUR * HOUR
        await _quarters(db.tx, world, fresh)
        await _samples(db, world, fresh)
        await _checks(db, world)
        await _reports(db.tx, world)
        await ChangeStore(db).add(changes(world))
        await _sizes(GrowthStore(db), world)


def figures(world: World, at: Instant) -> dict[str, float]:
    """Everything that is recorded at a moment, by its series."""
    found = metrics(snapshot(world, at))
    for name, check in world.checks.items():
        broken = name == world.plot.broken and at > world.now - BROKE
        if not broken:
            values = values_of(world, name, at)
            found |= numbers(f"check:{name}", values)
            if check.kind == "metric":
                found[f"metric:{name}"] = float(values["value"] or 0.0)
    return found


async def _quarters(tx: Transaction, world: World, until: Instant) -> None:
    """The history up to an hour."""
    ids: dict[str, int] = {}
    for number, of_day in groupby(_moments(world, until), lambda at: at // QUARTERS.row):
        blocks: dict[str, Block] = {}
        for at in of_day:
            for name, value in figures(world, at).items():
                if name not in blocks:
                    blocks[name] = Block(QUARTERS.cells, latency=is_latency(name))
                blocks[name].add(at % QUARTERS.row // QUARTERS.cell, value)
        for name in blocks.keys() - ids.keys():
            ids[name] = await sql.add_series(tx, sql.stored_name(name), world.begun)
        await sql.put_rows(tx, QUARTERS, [(number, ids[name], block.encode()) for name, block in blocks.items()])
    await sql.set_seen(tx, [(one, world.now) for one in ids.values()])
    await sql.set_all(tx, next_key(None, until - 1))
    await sql.keep_from(tx, "sample", until)
    await sql.keep_from(tx, MINUTES.name, until)
    await sql.add_watched(tx, world.begun, until, 0)


def _moments(world: World, until: Instant) -> Iterator[Instant]:
    """When there is a value, from the beginning of the history on."""
    for day in range(world.begun, until, DAY):
        step = next(step for age, step in _CLOSE if world.now - day <= age + DAY)
        yield from range(day, min(day + DAY, until), step)


async def _samples(db: Database, world: World, since: Instant) -> None:
    """What came after that hour, one sample each minute, and the last one now."""
    store = MetricStore(db)
    for at in (*range(since, world.now - 10 * SECOND, STEP), world.now):
        await store.record(at, figures(world, at), later=at < world.now)


async def _checks(db: Database, world: World) -> None:
    """The periods of every check, its newest outcome, and its figures over a month."""
    store, outages = CheckStore(db, delay=_ALWAYS), world.outages()
    for name, check in world.checks.items():
        own = [one for one in outages if one.check == name]
        for at in _turns(world, own):
            store.put(outcome(world, name, at, own), _ALWAYS)
        newest = world.now - round(1000 * min(float(check.every) * world.chance("run", name).random(), 240.0))
        store.put(outcome(world, name, newest, own), _ALWAYS)
    await store.close()
    history = MetricStore(db)

    async def p95(series: str, since: Instant, until: Instant) -> float | None:
        found = await history.percentiles(series, since, until, (0.95,))
        return None if found is None else found[0]

    await CheckService(db, Hands(world.now), world.checks).summarise(p95)


def _turns(world: World, outages: list[Outage]) -> list[Instant]:
    """When a check came to find something else."""
    found = {world.begun}
    for one in outages:
        found |= {one.begun} if one.ended is None else {one.begun, one.ended}
    return sorted(found)


async def _reports(tx: Transaction, world: World) -> None:
    """What jobs said of themselves, and the newest number of each name."""
    rows: list[dict[str, Any]] = []
    for name, check in world.checks.items():
        if check.kind == "heartbeat":
            chance, took = world.chance("job", name), 40 + 300 * world.share(name)
            rows += [{"name": name, "at": at, "kind": "fail" if chance.random() < _FAILED else "ok",
                      "took": took * chance.uniform(0.9, 1.2)} for at in beats(world, name)]
        elif check.kind == "metric":
            at = world.now // HOUR * HOUR
            await tx.run("INSERT INTO pushed (name, at, value) VALUES (:name, :at, :value)",
                         {"name": name, "at": at, "value": float(values_of(world, name, at)["value"])})  # type: ignore[arg-type]
    await tx.many("INSERT INTO heartbeat (name, at, kind, message, took) VALUES (:name, :at, :kind, '', :took)",
                  sorted(rows, key=lambda row: (row["at"], row["name"])))


def changes(world: World) -> list[Change]:
    """What changed on the host: upgrades once a week, a restart, and what broke it today."""
    plot, upgraded = world.plot, world.now - UPGRADED
    other = world.colleague
    found = [Change(upgraded - 3 * MINUTE, ChangeKind.SIGN_IN, f"root from {other.origin}")]
    found += [Change(upgraded + place * 2 * SECOND, ChangeKind.PACKAGE, text)
              for place, text in enumerate(plot.trouble.packages)]
    found.append(Change(upgraded + MINUTE, ChangeKind.UNIT, f"{plot.trouble.unit} restarted"))
    for number, week in enumerate(range(world.begun + 2 * DAY + 9 * HOUR, world.now - 2 * DAY, 7 * DAY)):
        package, old, new = _UPGRADES[number % len(_UPGRADES)]
        found += [Change(week - MINUTE, ChangeKind.SIGN_IN, f"root from {world.me.origin}"),
                  Change(week, ChangeKind.PACKAGE, f"{package} upgraded {old} to {new}"),
                  Change(week + MINUTE, ChangeKind.UNIT, f"{package}.service restarted")]
    found.append(Change(world.begun + 9 * DAY + 6 * HOUR, ChangeKind.REBOOT, "kernel 6.1.0-28-amd64"))
    return sorted(found, key=lambda one: one.at)


_UPGRADES: Final = (("nginx", "1.26.1", "1.26.2"), ("openssh-server", "9.2p1-2", "9.2p1-3"),
                    ("chrony", "4.3-2", "4.3-3"), ("fail2ban", "1.0.1-1", "1.0.2-1"))


async def _sizes(store: GrowthStore, world: World) -> None:
    """Of what fills /var: the folders a day ago, and now."""
    grown = {"/var/log": (9.1, 17.6), "/var/lib/postgresql": (13.9, 14.0), "/var/cache": (2.1, 2.1)}
    for ago, place in ((DAY, 0), (20 * MINUTE, 1)):
        await store.add(Sizes("/var", world.now - ago, {path: round(both[place] * 1024**3)
                                                        for path, both in grown.items()}))
