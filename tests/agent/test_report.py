"""What doctor says of the agent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from opsconsole.agent import store
from opsconsole.agent.model import JobRun, Kind, LeaseState, Process
from opsconsole.agent.report import agent_findings, job_findings, lease_finding
from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.levels import Level
from opsconsole.core.paths import Paths
from tests.agent.clocks import HandClock
from tests.core.storage import raw
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from pathlib import Path

NOW = HandClock().now()


def lease(*, token: str = "t", kind: Kind = Kind.PERMANENT, beat: int = 4 * SECOND, host: str = "web1") -> LeaseState:
    return LeaseState(token, kind, Process(host, "b", "s", 4711, 1), NOW - 2 * HOUR, NOW - beat, 9)


@pytest.mark.parametrize(("found", "level", "says"), [
    (None, Level.WARNING, "none has ever worked here"),
    (lease(token="", beat=3 * MINUTE), Level.WARNING, "none works; the last one ended 3 min ago"),
    (lease(), Level.OK, "a permanent one, process 4711 on web1, working for 2 h"),
    (lease(kind=Kind.CHILD), Level.OK, "the child of a console, process 4711 on web1, working for 2 h"),
    (lease(beat=HOUR), Level.CRITICAL, "a permanent one, process 4711 on web1, whose last heartbeat was 1 h ago"),
    (lease(beat=-HOUR), Level.CRITICAL,
     "a permanent one, process 4711 on web1, whose last heartbeat was in the future"),
])
def test_the_lease(found: LeaseState | None, level: Level, says: str) -> None:
    finding = lease_finding(found, NOW)
    assert (finding.level, finding.says) == (level, says)
    assert bool(finding.todo) == (level is not Level.OK)


def run(name: str, **fields: object) -> JobRun:
    made = JobRun(name, NOW, NOW - 60 * SECOND, NOW - 59 * SECOND, True, 0.5, runs=3)
    return made._replace(**fields)  # type: ignore[arg-type]


def test_the_jobs() -> None:
    runs = [run("a", took=0.002), run("b", took=2.0, missed=3), run("old", last_ended=NOW - 2 * DAY, missed=9),
            run("c", ok=False, failures=1, error="No answer."), run("d", ok=False, failures=12, error="Refused.")]
    assert [(one.level, one.what, one.says) for one in job_findings(runs, NOW)] == [
        (Level.WARNING, "job c", "failed 59 s ago: No answer."),
        (Level.WARNING, "job d", "failed 12 times in a row, last 59 s ago: Refused."),
        (Level.OK, "jobs", "2 ran well in the last day; b took longest (2 s); 3 runs missed in all")]
    assert list(job_findings([], NOW)) == []


@pytest.mark.parametrize("text", CORPUS)
def test_foreign_text_acts_nowhere(text: str) -> None:
    found = [lease_finding(lease(host=text), NOW), *job_findings([run(text, failures=2, error=text), run(text)], NOW)]
    for finding in found:
        assert_inert(finding.what + finding.says + finding.todo)


def paths(folder: Path) -> Paths:
    return Paths(config=None, data=folder, state=folder, cache=folder)


def test_from_the_records(tmp_path: Path) -> None:
    assert agent_findings(paths(tmp_path)) == []

    async def fill() -> None:
        async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as db, db.write() as tx:
            await store.take_lease(tx, "t", Kind.CHILD, Process("web1", "b", "s", 1, 1), NOW, None)
            await store.save_runs(tx, [run("a"), run("b", ok=False, failures=1, error="x")], NOW)

    asyncio.run(fill())
    found = agent_findings(paths(tmp_path), HandClock())
    assert [one.what for one in found] == ["agent", "job b", "jobs"]
    with raw(tmp_path / "opsconsole.db") as db:
        db.execute("PRAGMA user_version=999")
    (unknown,) = agent_findings(paths(tmp_path), HandClock())
    assert unknown.level is Level.UNKNOWN
    assert "newer opsconsole" in unknown.says
