"""Maintenance from the log, with the real alerts behind it: what is muted, how long, and when it may be finished."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from opsconsole.core import audit
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.database import METRICS, Database
from opsconsole.core.errors import PermissionDenied, StorageUnusable, UsageError
from opsconsole.core.levels import Level
from opsconsole.health.alerts.checking import all_needs
from opsconsole.health.alerts.planned import PlannedWork
from opsconsole.health.alerts.service import maintenance
from opsconsole.health.alerts.watches import known_as
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.service import CheckService
from opsconsole.health.checks.store import CheckStore
from opsconsole.logbook.errors import NotGreen, NotNow
from opsconsole.logbook.model import EntryType, Point, Status
from opsconsole.logbook.service import LogService
from opsconsole.logbook.verifying import verify_entries
from tests.health.alerts.place import ANA, BEN, EVE, Place, place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from opsconsole.logbook.model import Entry

SHOP = """
checks:
  db: {kind: tcp, host: 127.0.0.1, port: 5432, every: 30s, group: storage, slo: 99%}
  api: {kind: tcp, host: 127.0.0.1, port: 8000, every: 30s, depends_on: [db]}
  web: {kind: tcp, host: 127.0.0.1, port: 80, every: 30s, depends_on: [api]}
  mail: {kind: tcp, host: 127.0.0.1, port: 25, every: 30s}
rules:
  slow: {metric: "check:web.latency", warning: "> 2"}
"""


class Shop(NamedTuple):
    """A host, its log, and what its checks find."""

    host: Place
    metrics: Database
    service: LogService
    outcomes: CheckStore

    async def run(self, levels: dict[str, Level], after: float = 30.0) -> None:
        """Every check runs and is stored as the agent does it, then all is judged."""
        checks = self.host.settings.checks
        self.host.clock.forward(after)
        now = self.host.clock.now()
        needed = {name: known_as(all_needs(check.depends_on, self.host.settings.rules, checks), checks)
                  for name, check in checks.items()}
        muted = maintenance(lambda: self.host.engine.windows, {name: check.group for name, check in checks.items()},
                            needed)
        for name in checks:
            level = levels.get(name, Level.OK)
            outcome = Outcome(name, level, "refused" if level else "open", now, 0.01, {"latency": 0.1})
            self.host.outcomes[name] = outcome
            if level:
                await self.host.engine.renew_windows()
            self.outcomes.put(outcome, 30, muted=muted(name, now))
        await self.outcomes.flush()
        await self.host.engine.evaluate(now, self.host.clock.monotonic(), self.host.seen)

    async def start(self, *names: str, hours: float = 1, **more: Any) -> Entry:
        """Ana begins."""
        until = self.host.clock.now() + round(hours * HOUR)
        return await self.service.start_maintenance(ANA, "db upgraded", names or ("db",), until, **more)

    async def muted(self) -> dict[str, str]:
        """What fires, and why nobody is told."""
        return {one.title: one.muted_by for one in await self.host.open()}


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[Shop]:
    async with place(folder, SHOP) as host, await Database.open(folder / "metrics.db", METRICS) as metrics:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Database | None]:
            yield metrics

        def windows(records: Database) -> PlannedWork:
            return PlannedWork(records, host.clock, host.settings.checks, host.settings.rules, opened)

        yield Shop(host, metrics, LogService(host.db, host.clock, windows=windows), CheckStore(metrics))


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Shop]:
    async with shop(tmp_path) as made:
        await made.run({})
        yield made


async def test_what_is_worked_on_is_muted_with_all_that_depends_on_it_and_is_no_downtime(here: Shop) -> None:
    begun = here.host.clock.now()
    entry = await here.start("group:storage")
    assert (entry.type, entry.checks, entry.ended, entry.performed_by) == (EntryType.CHANGE, ("group:storage",), None,
                                                                           ("ana",))
    work = await here.service.work(entry)
    assert work is not None
    assert (work.names, work.checks, work.ends) == (("group:storage",), ("db", "api", "web"), begun + HOUR)
    down = {"db": Level.WARNING, "web": Level.CRITICAL, "mail": Level.CRITICAL}
    for _ in range(4):
        await here.run(down)
    muted = await here.muted()
    assert sorted(muted) == ["db", "mail", "web"]
    assert not muted["mail"]
    assert muted["web"] == muted["db"]
    assert muted["web"].startswith("in maintenance by ana until ")
    assert muted["web"].endswith(": db upgraded")
    assert [title for _, title in await here.host.told() if "mail" not in title] == []
    states = CheckService(here.metrics, here.host.clock, here.host.settings.checks)
    now = here.host.clock.now()
    assert (await states.uptime("web", begun, now)).down == 0
    assert (await states.uptime("web", begun, now)).maintenance > 0
    assert (await states.uptime("mail", begun, now)).down > 0
    await here.run({})
    await here.service.finish_maintenance(ANA, entry.id)
    await here.run(down)
    await here.run(down)
    assert (await here.muted())["web"] == ""


@pytest.mark.parametrize(("names", "sentence"), [
    ([], "needs the name"), (["mial"], "Nothing is called `mial`.*`mail`"),
    (["db", "group:shop"], "Nothing is called `group:shop`"),
    ([f"check:{n}" for n in range(51)], "at most 50"), (["\x1b]0;x\x07"], "Nothing is called `␛")])
async def test_only_what_there_is_can_be_worked_on(here: Shop, names: Sequence[str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        await here.service.start_maintenance(ANA, "x", names, here.host.clock.now() + HOUR)
    assert list((await here.service.find()).numbers) == []
    assert await here.service.works() == []


@pytest.mark.parametrize("name", ["*", "db", "check:d*", "group:storage", "slow", "rule:slow", "mount:/srv", "cpu"])
async def test_it_can_be_of_whatever_a_silence_can_name(here: Shop, name: str) -> None:
    assert (await here.service.work(await here.start(name))) is not None


async def test_who_may_not_write_changes_nothing_and_a_bad_time_opens_no_entry(here: Shop) -> None:
    now = here.host.clock.now()
    with pytest.raises(PermissionDenied):
        await here.service.start_maintenance(EVE, "x", ["db"], now + HOUR)
    for until in (now, now - HOUR, now + 500 * DAY):
        with pytest.raises(UsageError):
            await here.service.start_maintenance(ANA, "x", ["db"], until)
    with pytest.raises(UsageError):
        await here.service.start_maintenance(ANA, " ", ["db"], now + HOUR)
    assert await audit.entries(here.host.db) == []
    with pytest.raises(StorageUnusable, match="no maintenance"):
        await LogService(here.host.db, here.host.clock).start_maintenance(ANA, "x", ["db"], now + HOUR)


async def test_finishing_wants_everything_green_or_a_reason(here: Shop) -> None:
    entry = await here.start()
    with pytest.raises(NotGreen, match="did not run since the maintenance began") as told:
        await here.service.finish_maintenance(ANA, entry.id)
    assert [one.name for one in told.value.troubles] == ["db", "api", "web"]
    await here.run({"api": Level.CRITICAL})
    with pytest.raises(NotGreen, match="api critical: refused") as told:
        await here.service.finish_maintenance(BEN, entry.id, "  ")
    assert [one.name for one in told.value.troubles] == ["api"]
    assert len(await here.service.works()) == 1
    done = await here.service.finish_maintenance(BEN, entry.id, "api is mended tomorrow")
    assert (done.status, done.ended, done.seconds) == (Status.ISSUES, here.host.clock.now(), 30.0)
    assert done.found == (Point("api: critical: refused"),)
    assert done.notes == "Finished while not everything was green: api is mended tomorrow"
    with pytest.raises(NotNow, match="was finished by ben"):
        await here.service.finish_maintenance(ANA, entry.id, "again")
    signed = await here.service.sign(ANA, entry.id)
    assert signed.seal
    assert (await verify_entries(here.host.db)).altered == ()


async def test_what_is_green_is_finished_without_a_word_and_stale_news_is_not_green(here: Shop) -> None:
    entry = await here.start("mail")
    await here.run({})
    here.host.clock.forward(600)
    with pytest.raises(NotGreen, match="mail it did not run for 10 min"):
        await here.service.finish_maintenance(ANA, entry.id)
    await here.run({"db": Level.CRITICAL})
    done = await here.service.finish_maintenance(ANA, entry.id)
    assert (done.status, done.notes, done.found) == (Status.NORMAL, "", ())
    assert [one.action for one in await audit.entries(here.host.db)][:3] == [
        "log.finish", "maintenance.end", "log.maintain"]


async def test_an_entry_is_neither_signed_nor_dropped_while_its_maintenance_goes_on(here: Shop) -> None:
    entry = await here.start()
    with pytest.raises(NotNow, match="goes on, so it cannot be signed"):
        await here.service.sign(ANA, entry.id)
    with pytest.raises(NotNow, match="cannot be dropped"):
        await here.service.drop(ANA, entry.id, "a slip")
    here.host.clock.forward(3_601)
    assert (await here.service.sign(ANA, entry.id)).seal
    with pytest.raises(NotNow, match="is signed"):
        await here.service.finish_maintenance(ANA, entry.id, "late")


async def test_it_warns_before_it_runs_out_and_again_after_it_was_extended(here: Shop) -> None:
    entry = await here.start("mail")
    ends = here.host.clock.now() + HOUR
    await here.host.beats(44 * 60, 60)
    assert await here.host.told() == []
    await here.host.beats(4 * 60, 60)
    (warning,) = await here.host.notices()
    assert (warning.kind.value, warning.title) == ("note", "the maintenance of mail ends in 15 min")
    assert "Nothing that it covers fires." in warning.text
    assert f"log entry {entry.id}" in warning.text
    here.host.clock.at -= 20 * MINUTE
    await here.host.beats(15 * 60, 60)
    assert len(await here.host.notices()) == 1
    await here.host.beats(6 * 60, 60)
    assert len(await here.host.notices()) == 2, "the clock was set back"
    await here.service.extend_maintenance(BEN, entry.id, HOUR)
    (work,) = await here.service.works()
    assert work.ends == ends + HOUR
    await here.host.beats(44 * 60, 60)
    assert len(await here.host.notices()) == 2
    await here.host.beats(14 * 60, 60)
    assert len(await here.host.notices()) == 3


async def test_what_ran_out_can_be_extended_and_finished(here: Shop) -> None:
    entry = await here.start()
    assert await here.service.overrun() == 0
    here.host.clock.forward(2 * 3600)
    assert await here.service.works() == []
    assert await here.service.overrun() == 1
    again = await here.service.extend_maintenance(BEN, entry.id, HOUR)
    assert again.window != entry.window
    (work,) = await here.service.works()
    assert (work.entry, work.author, work.checks) == (entry.id, "ben", ("db", "api", "web"))
    here.host.clock.forward(2 * 3600)
    await here.run({})
    done = await here.service.finish_maintenance(ANA, entry.id)
    assert done.ended == here.host.clock.now()
    for doing in (here.service.extend_maintenance(ANA, entry.id, HOUR),
                  here.service.finish_maintenance(ANA, entry.id)):
        with pytest.raises(NotNow, match="was finished"):
            await doing


async def test_an_emergency_goes_on_when_its_maintenance_is_finished(here: Shop) -> None:
    entry = await here.service.new(ANA, EntryType.EMERGENCY, "db is down")
    with pytest.raises(NotNow, match="is no maintenance"):
        await here.service.finish_maintenance(ANA, entry.id)
    muted = await here.service.mute_for(BEN, entry.id, ["db"], here.host.clock.now() + HOUR)
    assert muted.checks == ("db",)
    with pytest.raises(NotNow, match="goes on until"):
        await here.service.mute_for(BEN, entry.id, ["mail"], here.host.clock.now() + HOUR)
    await here.run({})
    assert (await here.service.finish_maintenance(ANA, entry.id)).ended is None
    with pytest.raises(NotNow, match="was finished by ana"):
        await here.service.finish_maintenance(ANA, entry.id)
    again = await here.service.mute_for(BEN, entry.id, ["mail"], here.host.clock.now() + HOUR)
    assert again.checks == ("db", "mail")


async def test_two_consoles_finish_it_at_once_and_one_of_them_did(here: Shop, tmp_path: Path) -> None:
    entry = await here.start()
    await here.run({})
    async with shop(tmp_path) as other:
        other.host.clock.forward(30)
        found = await asyncio.gather(here.service.finish_maintenance(ANA, entry.id),
                                     other.service.finish_maintenance(BEN, entry.id), return_exceptions=True)
    (told,) = [one for one in found if isinstance(one, Exception)]
    assert isinstance(told, NotNow)
    assert "was finished by" in str(told)
    other_entry = await here.start("mail")
    async with shop(tmp_path) as other:
        other.host.clock.at = here.host.clock.at
        await asyncio.gather(here.service.extend_maintenance(ANA, other_entry.id, HOUR),
                             other.service.extend_maintenance(BEN, other_entry.id, HOUR))
    (work,) = await here.service.works()
    assert work.ends == work.begins + 3 * HOUR, "both count"
    actions = [one.action for one in await audit.entries(here.host.db)]
    assert (actions.count("log.finish"), actions.count("maintenance.end")) == (1, 1)


async def test_a_clock_that_jumps_ahead_and_back_loses_no_maintenance(here: Shop) -> None:
    entry = await here.start()
    await here.run({"web": Level.CRITICAL})
    here.host.clock.at += 5 * HOUR
    await here.run({"web": Level.CRITICAL})
    await here.run({"web": Level.CRITICAL})
    assert (await here.muted())["web"] == ""
    here.host.clock.at -= 5 * HOUR
    await here.run({"web": Level.CRITICAL})
    assert (await here.muted())["web"].startswith("in maintenance by ana")
    await here.run({})
    done = await here.service.finish_maintenance(ANA, entry.id)
    assert done.ended is not None
    assert done.ended >= done.begun
    here.host.clock.at -= DAY
    other = await here.start("mail")
    here.host.clock.at -= 2 * MINUTE
    ended = await here.service.finish_maintenance(ANA, other.id, "by hand")
    assert ended.ended == ended.begun
    await here.service.sign(ANA, other.id)


KILLED = """
import asyncio, sys
from pathlib import Path
from opsconsole.core import audit
from opsconsole.core.clock import HOUR
from tests.health.alerts.place import ANA
from tests.logbook.test_maintenance import shop

doing, number, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
whole = audit.append

async def stuck(tx, actor, action, *rest):
    await whole(tx, actor, action, *rest)
    if action.startswith("log."):
        print("in the middle", flush=True)
        await asyncio.sleep(3600)

async def main():
    audit.append = stuck
    async with shop(folder) as here:
        if doing == "start":
            await here.start()
        else:
            await here.service.finish_maintenance(ANA, number, "because")

asyncio.run(main())
"""


@pytest.mark.parametrize("doing", ["start", "finish"])
async def test_kill_9_in_the_middle_leaves_entry_and_window_as_they_were(tmp_path: Path, doing: str) -> None:
    async with shop(tmp_path) as here:
        entry = await here.start("mail")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, doing, str(entry.id), str(tmp_path), stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2])
        assert process.stdout is not None
        assert await process.stdout.readline() == b"in the middle\n"
        process.kill()
        await process.wait()
        assert [one.entry for one in await here.service.works()] == [entry.id]
        assert await here.service.entry(entry.id) == entry
        assert [one.action for one in await audit.entries(here.host.db)] == ["log.maintain", "maintenance.start"]
        assert (await here.service.finish_maintenance(ANA, entry.id, "nothing ran")).ended is not None
        assert (await here.start()).id == entry.id + 1
