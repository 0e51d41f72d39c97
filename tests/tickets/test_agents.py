"""Real agents that are killed while they escalate, and an agent that lives for days in simulated time."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from opsconsole.agent.app import Agent, AgentOptions
from opsconsole.agent.model import Timing
from opsconsole.agent.service import ServiceManager
from opsconsole.core.clock import SystemClock
from opsconsole.core.database import RECORDS, Database
from opsconsole.settings import load_settings
from opsconsole.tickets.model import Priority
from opsconsole.tickets.service import New, TicketService
from tests.agent.agents import QUICK, Agents, make_place, wait_for
from tests.simulated import SimulatedClock, simulated
from tests.tickets.keeping import KIM
from tests.tickets.references import REFERENCES

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.tickets.settings import TicketSettings
    from tests.agent.agents import Place

TICKETS = 80
SLOW = Timing(beat=60, dead=240, margin=60, look=30)
"""Of the lease, of which this is no test."""
LEVELS = """
tickets:
  teams: {ops: {members: [ana], tell: [ana]}, senior: {members: [cem], tell: [cem]}}
  ladders:
    usual:
      clocks: [response, resolution]
      levels:
        - {tell: [team], at: start+2s, within: 2s}
        - {tell: [team], team: senior, within: 2s}
        - {tell: [boss], at: due}
  policies: {usual: {warn: 1s, promises: {high: {response: 5s, resolution: 7s, ladder: usual}}}}
"""


def rows(place: Place, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{place.records}?mode=ro", uri=True, timeout=10) as raw:
        return raw.execute(query).fetchall()


async def _fill(place: Place, settings: TicketSettings) -> None:
    async with await Database.open(place.records, RECORDS) as db:
        service = TicketService(db, SystemClock(), settings, zone=ZoneInfo("UTC"))
        for _ in range(TICKETS):
            await service.create(KIM, New("redis", priority=Priority.HIGH, team="ops", form=False,
                                          requester_mail="kim@example.com"))


@pytest.mark.e2e
def test_agents_that_are_killed_while_they_escalate_climb_each_level_once(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write(LEVELS)
    agents = Agents(place)
    place.records.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(_fill(place, load_settings(place.config, dict(os.environ)).settings.tickets))
    wanted = TICKETS * 2 * 3
    kills = 0
    begun = time.monotonic()
    try:
        for _ in range(2):
            agents.start(timing=QUICK, providers=("tests.tickets.probes:quick",))
        while time.monotonic() < begun + 90 and (
                kills < 4 or rows(place, "SELECT count(*) FROM ticket_rung") != [(wanted,)]):
            time.sleep(0.7)
            with suppress(sqlite3.OperationalError):
                (holder,) = rows(place, "SELECT pid FROM lease WHERE token <> ''") or [(None,)]
                working = [one for one in agents.all if one.pid == holder[0] and one.process.poll() is None]
                climbed = rows(place, "SELECT count(*) FROM ticket_rung")[0][0]
                if working and kills < 4 and climbed:
                    working[0].kill()
                    kills += 1
                    agents.start(timing=QUICK, providers=("tests.tickets.probes:quick",))
        wait_for(lambda: rows(place, "SELECT count(*) FROM ticket WHERE wake IS NOT NULL") == [(0,)], 60)
    finally:
        agents.end()
    assert kills == 4
    assert rows(place, "SELECT count(*) FROM ticket_rung") == [(wanted,)]
    assert rows(place, "SELECT count(*) FROM ticket_event WHERE kind = 'escalated'") == [(wanted,)]
    assert rows(place, "SELECT count(*) FROM ticket_event WHERE kind = 'breached'") == [(TICKETS * 2,)]
    assert rows(place, "SELECT ticket, json_extract(data, '$.clock'), json_extract(data, '$.level') FROM ticket_event"
                       " WHERE kind = 'escalated' GROUP BY 1, 2, 3 HAVING count(*) > 1") == []
    assert rows(place, "SELECT DISTINCT team FROM ticket") == [("senior",)]
    for one in agents.all:
        assert "Traceback" not in one.said()


def test_a_real_agent_lives_for_hours(tmp_path: Path) -> None:
    """The whole agent in simulated time, replaced by another one now and then."""
    place = make_place(tmp_path)
    place.write(REFERENCES["shop"])
    loaded = load_settings(place.config, {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")})
    found: list[tuple[object, ...]] = []

    async def live(clock: SimulatedClock) -> None:
        place.records.parent.mkdir(parents=True, exist_ok=True)
        async with await Database.open(place.records, RECORDS) as db:
            service = TicketService(db, clock, loaded.settings.tickets, zone=ZoneInfo("UTC"))
            await service.create(KIM, New("checkout fails", priority=Priority.URGENT, form=False,
                                          requester_mail="kim@example.com"))
            for _ in range(3):
                agent = Agent(loaded, AgentOptions(), ServiceManager(), read=lambda: loaded, clock=clock,
                              timing=SLOW, providers=("opsconsole.tickets.jobs:jobs",))
                work = asyncio.create_task(agent.work())
                await asyncio.sleep(70 * 60)
                agent.wishes.end.set()
                await work
            found.extend(tuple(row) for row in await db.rows(
                "SELECT kind, segment, level, (at - (SELECT created FROM ticket)) / 60000 FROM ticket_rung"
                " ORDER BY level"))

    simulated(live)
    assert found == [("resolution", 1, 1, 0), ("resolution", 1, 2, 120), ("resolution", 1, 3, 120),
                     ("resolution", 1, 4, 180)]


def test_other_promises_hold_soon_after_the_agent_has_read_them(tmp_path: Path) -> None:
    """An agent that is told to read its configuration again, and goes on with the beats of its jobs."""
    place = make_place(tmp_path)
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    text = "tickets: {policies: {all: {promises: {high: {response: %s}}}}}\n"
    place.write(text % "8h")
    dues: list[object] = []

    async def live(clock: SimulatedClock) -> None:
        place.records.parent.mkdir(parents=True, exist_ok=True)
        loaded = load_settings(place.config, env)
        async with await Database.open(place.records, RECORDS) as db:
            await TicketService(db, clock, loaded.settings.tickets, zone=ZoneInfo("UTC")).create(
                KIM, New("checkout fails", priority=Priority.HIGH, form=False, requester_mail="kim@example.com"))
            agent = Agent(loaded, AgentOptions(), ServiceManager(), read=lambda: load_settings(place.config, env),
                          clock=clock, timing=SLOW, providers=("opsconsole.tickets.jobs:jobs",))
            work = asyncio.create_task(agent.work())
            await asyncio.sleep(300)
            place.write(text % "2h")
            agent.wishes.reload.set()
            await asyncio.sleep(30)
            dues.extend([row[0] for row in await db.rows("SELECT (due - created) / 60000 FROM ticket")])
            agent.wishes.end.set()
            await work

    simulated(live)
    assert dues == [120]
