"""Runs come into being: guarded, after a completion, ahead of their time, with clocks that are wrong."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from opsconsole.checklists.errors import NoRun, NotNow
from opsconsole.checklists.model import RunState
from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.jobs import LeaseLost
from tests.checklists.checkdesk import NINE, checkdesk
from tests.tickets.desk import ANA

ROOT: Final = Path(__file__).parents[2]
AFTER: Final = """\
title: After two days
when: {every: completion, after: 2d, late: 1d, missed: 4d}
sections:
  - title: All
    items:
      - {kind: tick, id: one, title: One}
"""
OPENER: Final = """
import asyncio, sys
from pathlib import Path
from tests.checklists.checkdesk import checkdesk

async def main():
    async with checkdesk(Path(sys.argv[1])) as desk:
        print(sum([await desk.service.open_due() for _ in range(5)]))

asyncio.run(main())
"""


class Lost:
    """A guard of an agent that has lost its lease."""

    def holds(self) -> bool:
        return False

    async def confirm(self, tx: object) -> None:
        raise LeaseLost


def opened_by_another(folder: Path) -> int:
    """How many runs another process made."""
    done = subprocess.run([sys.executable, "-c", OPENER, str(folder)], check=True, capture_output=True, text=True,
                          cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return int(done.stdout)


async def test_an_agent_without_the_lease_makes_nothing(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        with pytest.raises(LeaseLost):
            await desk.service.open_due(Lost())
        assert await desk.service.runs() == []


async def test_two_processes_at_once_make_no_run_twice(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        made = await asyncio.gather(*(asyncio.to_thread(opened_by_another, tmp_path) for _ in range(2)))
        assert sum(made) == 1
        assert len(await desk.service.runs()) == 1


async def test_the_next_one_is_due_after_the_last_was_done(tmp_path: Path) -> None:
    async with checkdesk(tmp_path, templates={"after": AFTER}) as desk:
        assert await desk.service.open_due() == 1
        run = await desk.service.start(ANA, "after")
        await desk.answer(ANA, run, "one")
        done = await desk.service.sign(ANA, run.id)
        assert done.ended is not None
        assert await desk.service.open_due() == 0
        assert await desk.service.next_change() == done.ended + 2 * DAY
        desk.clock.at = done.ended + 2 * DAY
        assert await desk.service.open_due() == 1
        following = await desk.service.find("after")
        assert (following.due, desk.service.state(following)) == (done.ended + 2 * DAY, RunState.DUE)


async def test_one_can_be_begun_ahead_of_its_time_and_is_not_made_again(tmp_path: Path) -> None:
    async with checkdesk(tmp_path, now=NINE - 14 * HOUR) as desk:
        ahead = await desk.service.start(ANA, "morning")
        assert (ahead.occurrence, desk.service.state(ahead)) == ("2026-11-19", RunState.RUNNING)
        with pytest.raises(NoRun, match="no occurrence"):
            await desk.service.start(ANA, "morning", "2026-02-31")
        with pytest.raises(NotNow, match="over"):
            await desk.service.start(ANA, "morning", "2026-11-01")
        desk.clock.at = NINE
        await desk.service.open_due()
        assert [one.id for one in await desk.service.runs("morning")] == [ahead.id]
        await desk.answer(ANA, ahead, "home")
        await desk.answer(ANA, ahead, "users", None, value=20.0)
        await desk.service.sign(ANA, ahead.id)
        assert (await desk.service.start(ANA, "morning")).occurrence == "2026-11-20"
