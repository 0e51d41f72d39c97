"""Jobs that fail are told on the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.agent.child import describe
from opsconsole.agent.failing import LATELY, Failing
from opsconsole.agent.model import JobRun, Kind, LeaseState, Process
from opsconsole.agent.store import save_runs
from opsconsole.core.database import RECORDS, Database
from tests.agent.clocks import HandClock
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from pathlib import Path


async def test_each_reason_is_told_once_until_it_is_gone(tmp_path: Path) -> None:
    said: list[str] = []
    clock = HandClock()
    failing = Failing(clock, said.append)
    full = "There is no space left."

    async def ran(*runs: JobRun) -> list[str]:
        async with db.write() as tx:
            await save_runs(tx, runs, clock.now())
        said.clear()
        await failing.look(db)
        return list(said)

    async with await Database.open(tmp_path / "records.db", RECORDS) as db:
        assert await ran(JobRun("well", 1, ok=True)) == []
        assert await ran(JobRun("a", 1, failures=1, error=full)) == [f"The agent's job a fails: {full}"]
        assert await ran(JobRun("a", 2, failures=2, error=full), JobRun("b", 2, failures=1, error=full)) == []
        assert set(failing.jobs) == {"a", "b"}
        assert await ran(JobRun("a", 3, failures=3, error="other")) == ["The agent's job a fails: other"]
        assert await ran(JobRun("a", 4), JobRun("b", 4)) == []
        assert not failing.jobs
        assert await ran(JobRun("a", 5, failures=1, error=full)) == [f"The agent's job a fails: {full}"]
        clock.wall += LATELY + 1
        await failing.look(db)
        assert not failing.jobs
        for text in CORPUS:
            storable = text.encode("utf-8", "replace").decode()
            for sentence in await ran(JobRun("x", 6, failures=1, error=storable)):
                assert_inert(sentence)


def test_the_top_line_counts_them() -> None:
    lease = LeaseState("token", Kind.CHILD, Process("h", "b", "s", 1, 1), 0, 0, 1)
    assert describe(lease, 1000) == "agent"
    assert describe(lease, 1000, 1) == "agent, 1 job fails"
    assert describe(lease, 1000, 2) == "agent, 2 jobs fail"
    assert describe(None, 1000, 2) == "no agent"
