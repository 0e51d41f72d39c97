"""Signs of life and numbers that others send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import DAY
from opsconsole.core.database import METRICS, Database
from opsconsole.core.errors import UsageError
from opsconsole.health.checks import reports as module
from opsconsole.health.checks.metric import judged
from opsconsole.health.checks.model import Beats, Pushed
from opsconsole.health.checks.reports import KEEP_REPORTS, ReportStore
from opsconsole.health.checks.settings.own import MetricCheck
from tests.health.checks.clocks import START

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ReportStore]:
    async with await Database.open(tmp_path / "metrics.db", METRICS) as db:
        yield ReportStore(db)


async def test_the_newest_of_each_kind(store: ReportStore) -> None:
    assert await store.beats("backup") == Beats()
    assert await store.report("backup", "ok", START) is None
    assert await store.report("backup", "start", START + 1000) is None
    assert await store.report("backup", "fail", START + 4500, "disk full \x1b[2J") == 3.5
    assert await store.report("other", "ok", START + 9000) is None
    beats = await store.beats("backup")
    assert beats.ok is not None
    assert beats.start is not None
    assert beats.fail is not None
    assert (beats.ok.at, beats.start.at, beats.fail.at) == (START, START + 1000, START + 4500)
    assert (beats.fail.message, beats.fail.took) == ("disk full \x1b[2J", 3.5)
    assert [one.kind for one in await store.reports("backup")] == ["fail", "start", "ok"]


async def test_a_clock_that_goes_back_gives_no_negative_time(store: ReportStore) -> None:
    await store.report("backup", "start", START)
    assert await store.report("backup", "ok", START - 5000) == 0
    beats = await store.beats("backup")
    assert beats.ok is not None
    assert beats.start is not None
    assert beats.ok.seq > beats.start.seq


async def test_reports_are_limited_in_size_and_time(store: ReportStore) -> None:
    await store.report("backup", "ok", START, "é" * 5000)
    for number in range(5):
        await store.report("backup", "ok", START + number)
    await store.report("quiet", "fail", START)
    await store.prune(START + KEEP_REPORTS + DAY)
    assert len(await store.reports("backup")) == 1
    assert len(await store.reports("quiet")) == 1


async def test_numbers_are_taken_once_recorded(store: ReportStore) -> None:
    for number in range(3):
        await store.push("orders", number, START + number)
    first = await store.take_pushed()
    assert [(one.name, one.value, one.at) for one in first] == [("orders", n, START + n) for n in range(3)]
    # A recorder that died before it said so is given them again.
    assert await store.take_pushed() == first
    await store.push("users", 7, START)
    second = await store.take_pushed(first[-1].seq)
    assert [(one.name, one.value) for one in second] == [("users", 7.0)]
    assert await store.take_pushed(second[-1].seq) == []
    # Numbering goes on although everything that was recorded is gone.
    await store.push("users", 8, START)
    assert [one.value for one in await store.take_pushed(second[-1].seq)] == [8.0]
    await store.prune(START + KEEP_REPORTS + DAY)
    await store.push("users", 9, START)
    assert (await store.take_pushed(second[-1].seq))[-1].value == 9.0


async def test_an_older_number_does_not_replace_a_newer_one(store: ReportStore) -> None:
    await store.push("orders", 5, START)
    await store.push("orders", 3, START - DAY)
    assert await store.pushed("orders") == Pushed("orders", START, 5.0)
    assert await store.pushed("nothing") is None
    assert len(await store.take_pushed()) == 2


async def test_names_are_limited(store: ReportStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NAMES", 2)
    await store.push("a", 1, START)
    await store.push("b", 1, START)
    await store.push("a", 2, START)
    with pytest.raises(UsageError, match="There are 2 numbers"):
        await store.push("c", 1, START)


def test_a_number_as_a_check() -> None:
    check = MetricCheck(unit="seconds", text="behind")
    assert judged(check, None, START).values == {"value": None, "age": None}
    found = judged(check, Pushed("x", START - 60_000, 4.2), START)
    assert (found.values, found.text) == ({"value": 4.2, "age": 60.0}, "4.2 s behind")
    assert judged(MetricCheck(), Pushed("x", START + 60_000, 1234567.0), START) == (
        {"value": 1234567.0, "age": 0.0}, "1234567", "", 0, "", b"")
