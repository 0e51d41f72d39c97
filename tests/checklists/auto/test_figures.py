"""Checks, series and tickets as sources, out of real databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from opsconsole.checklists.model import Verdict
from opsconsole.checklists.template import AutoItem
from opsconsole.core.clock import HOUR, MINUTE, SECOND
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.identity import Actor, Role
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.settings.local import FileCheck
from opsconsole.health.checks.settings.net import HttpCheck
from opsconsole.health.checks.store import CheckStore
from opsconsole.health.history.store import MetricStore
from opsconsole.tickets.service import New, TicketService
from tests.checklists.auto.looking import proposed, proposer, walk_of
from tests.tickets.keeping import START, UTC, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.checklists.model import Proposal

KIM: Final = Actor("kim", 1000, Role.OPERATOR)
CHECKS: Final = {"home": HttpCheck(url="https://example.com/"), "backup": FileCheck(path="/backup"),
                 "off": HttpCheck(url="https://example.com/", enabled=False)}


@pytest.fixture
async def metrics(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "metrics.db", METRICS) as db:
        yield db


async def outcome(db: Database, name: str, level: Level, text: str, values: dict[str, Any], at: int = START) -> None:
    store = CheckStore(db)
    store.put(Outcome(name, level, text, at, 0.084, values, output="more of it"), 60, muted=False)
    await store.flush()


async def of_check(db: Database, now: int = START + 20 * SECOND, **more: Any) -> Proposal:
    return await proposed(AutoItem(id="it", title="Something", **more), clock=Clock(now), metrics=db, checks=CHECKS,
                          zone=UTC)


async def test_a_check_that_is_well(metrics: Database) -> None:
    await outcome(metrics, "home", Level.OK, "200", {"latency": 0.084, "status": 200})
    found = await of_check(metrics, check="home")
    assert (found.verdict, found.text, found.value) == (Verdict.OK, "200 in 84 ms", 0.084)
    (saw,) = found.evidence
    assert (saw.kind, saw.title, saw.at, saw.text) == ("check", "home", START, "ok: 200\nmore of it")


@pytest.mark.parametrize("level", [Level.WARNING, Level.CRITICAL])
async def test_a_check_that_is_not(metrics: Database, level: Level) -> None:
    await outcome(metrics, "home", level, "refused", {})
    found = await of_check(metrics, check="home")
    assert (found.verdict, found.text, found.value) == (Verdict.FAILED, "refused", None)


@pytest.mark.parametrize(("more", "verdict", "value", "text"), [
    ({"value": "latency", "expect": ("< 3s",)}, Verdict.OK, 0.084, "84 ms"),
    ({"value": "latency", "expect": ("< 50ms",)}, Verdict.FAILED, 0.084, "84 ms, should be < 50 ms"),
    ({"value": "latency", "unit": "ms", "expect": ("< 50",)}, Verdict.FAILED, 84.0, "84 ms, should be < 50"),
    ({"value": "latency", "unit": "ms", "expect": ("< 50ms",)}, Verdict.FAILED, 84.0,
     "84 ms, should be < 50 ms"),
    ({"value": "status", "expect": ("in [200, 204]",)}, Verdict.OK, 200.0, "200"),
    ({"expect": ("status == 200", "latency < 1s")}, Verdict.OK, 0.084, "200 in 84 ms"),
    ({"expect": ("status == 204",)}, Verdict.FAILED, 0.084, "200 in 84 ms; status 200, should be 204"),
    ({"value": "latency", "expect": ("< 10MB",)}, Verdict.OPEN, 0.084, None),
    ({"value": "latence"}, Verdict.OPEN, None,
     "the check has no value `latence`; did you mean `latency`?"),
])
async def test_figures_and_conditions_of_a_check(
        metrics: Database, more: dict[str, Any], verdict: Verdict, value: float | None, text: str | None) -> None:
    await outcome(metrics, "home", Level.OK, "200", {"latency": 0.084, "status": 200})
    found = await of_check(metrics, check="home", **more)
    assert (found.verdict, found.value) == (verdict, value)
    assert text is None or found.text == text
    assert found.limit == ", ".join(more.get("expect", ()))


@pytest.mark.parametrize(("measured", "kept"), [
    (3.311319365995587, 3.311), (0.0501710960015771, 0.05017), (98_765.4321, 98_765.0), (7.0, 7.0)])
async def test_an_answer_has_as_many_digits_as_anybody_reads(metrics: Database, measured: float, kept: float) -> None:
    await outcome(metrics, "home", Level.OK, "200", {"latency": measured, "status": 200})
    assert (await of_check(metrics, check="home", value="latency", unit="s")).value == kept


@pytest.mark.parametrize(("name", "later", "why"), [
    ("homes", 0, "there is no check `homes` in the configuration; did you mean `home`?"),
    ("nothing", 0, "there is no check `nothing` in the configuration"),
    ("off", 0, "the check `off` is not enabled"), ("backup", 0, "the check has not run yet"),
    ("home", HOUR, "the check has not run since 10:00")])
async def test_what_a_check_does_not_know(metrics: Database, name: str, later: int, why: str) -> None:
    await outcome(metrics, "home", Level.OK, "200", {"latency": 0.084})
    found = await of_check(metrics, now=START + 20 * SECOND + later, check=name)
    assert (found.verdict, found.text, found.value) == (Verdict.OPEN, why, None)


async def test_a_check_that_cannot_tell(metrics: Database) -> None:
    await outcome(metrics, "home", Level.UNKNOWN, "the name cannot be resolved", {})
    found = await of_check(metrics, check="home")
    assert (found.verdict, found.text) == (Verdict.OPEN, "the name cannot be resolved")


@pytest.mark.parametrize(("of", "value", "text"), [
    ("last", 39.0, "39 %, newest"), ("mean", 24.5, "24.5 %, mean"), ("min", 10.0, "10 %, least"),
    ("max", 39.0, "39 %, most"), ("p50", 24.0, "24 %, p50"), ("p95", 38.0, "38 %, p95"), ("p99", 39.0, "39 %, p99"),
    ("sum", 735.0, "735 %, sum")])
async def test_figures_of_a_series(metrics: Database, of: str, value: float, text: str) -> None:
    store = MetricStore(metrics)
    for number in range(40):
        await store.record(START + number * 20 * SECOND, {"cpu.busy": float(number)})
    found = await of_check(metrics, now=START + 39 * 20 * SECOND, metric="cpu.busy", of=of, over=Duration(580))
    assert found.verdict is Verdict.OK
    assert found.value == pytest.approx(value)
    assert found.text == f"{text} of the last 9 min"
    assert found.evidence[0].title == "cpu.busy"


@pytest.mark.parametrize(("more", "verdict", "text"), [
    ({"expect": ("< 80%",)}, Verdict.OK, "40 %, mean of the last 1 d"),
    ({"expect": ("< 30%",)}, Verdict.FAILED, "40 %, mean of the last 1 d; should be < 30 %"),
    ({"expect": ("< 30",)}, Verdict.FAILED, "40 %, mean of the last 1 d; should be < 30 %"),
    ({"metric": "metric:orders", "unit": "orders", "of": "sum"}, Verdict.OK, "12 orders, sum of the last 1 d"),
    ({"metric": "check:home.latency", "of": "p95"}, Verdict.OK, "250 ms, p95 of the last 1 d"),
    ({"metric": "cpu.buzy"}, Verdict.OPEN,
     "there is no series `cpu.buzy` in the history; did you mean `cpu.busy`?"),
    ({"metric": "old"}, Verdict.OPEN, "nothing was recorded of `old` in the last 1 d"),
    ({"of": "p95", "over": Duration(72 * 3600)}, Verdict.OPEN, "no p95 of `cpu.busy` is known over 3 d"),
])
async def test_conditions_of_a_series_and_what_is_not_known(
        metrics: Database, more: dict[str, Any], verdict: Verdict, text: str) -> None:
    store = MetricStore(metrics)
    await store.record(START - 100 * HOUR, {"old": 1.0})
    await store.record(START, {"cpu.busy": 40.0, "metric:orders": 12.0, "check:home.latency": 0.25})
    found = await of_check(metrics, **{"metric": "cpu.busy", **more})
    assert (found.verdict, found.text) == (verdict, text)


@pytest.mark.parametrize(("more", "verdict", "text"), [
    ({"tickets": "is:open"}, Verdict.OK, "7 tickets"),
    ({"tickets": "is:open", "expect": ("== 0",)}, Verdict.FAILED, "7 tickets, should be == 0"),
    ({"tickets": "is:open", "expect": ("< 10",)}, Verdict.OK, "7 tickets"),
    ({"tickets": "is:done", "unit": "cases"}, Verdict.OK, "0 cases"),
    ({"tickets": "priority:silly"}, Verdict.OPEN, None)])
async def test_numbers_of_tickets(tmp_path: Path, more: dict[str, Any], verdict: Verdict, text: str | None) -> None:
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as db:
        clock = Clock()
        service = TicketService(db, clock, zone=UTC)
        for number in range(7):
            await service.create(KIM, New(f"problem {number}", requester_mail="kim@example.com", form=False))
        found = await proposed(AutoItem(id="it", title="Something", **more), clock=clock, tickets=service)
    assert found.verdict is verdict
    if text is None:
        assert found.text.startswith("the filter cannot be read: ")
        return
    assert (found.text, found.value) == (text, float(text.split()[0]))
    lines = found.evidence[0].text.split("\n")
    assert lines == [""] if text.startswith("0") else (
        len(lines) == 6 and lines[5] == "… and 2 more" and "problem" in lines[0])


async def test_where_nothing_is_measured() -> None:
    walk = walk_of(AutoItem(id="a", title="A", check="home"), AutoItem(id="b", title="B", tickets="is:open"))
    assert [(one.verdict, one.text) for one in await proposer().propose(walk)] == [
        (Verdict.OPEN, "nothing is measured here"), (Verdict.OPEN, "there is no queue of tickets here")]


async def test_only_those_that_are_named(metrics: Database) -> None:
    await MetricStore(metrics).record(START, {"cpu.busy": 40.0})
    walk = walk_of(AutoItem(id="a", title="A", metric="cpu.busy"), AutoItem(id="b", title="B", metric="cpu.busy"))
    found = await proposer(metrics=metrics, clock=Clock(START + MINUTE)).propose(walk, ["b"])
    assert [one.item for one in found] == ["b"]


async def test_a_database_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    db = await Database.open(tmp_path / "metrics.db", METRICS)
    await db.close()
    found = await proposed(AutoItem(id="a", title="A", metric="cpu.busy"), metrics=db, clock=Clock())
    assert found.verdict is Verdict.OPEN
    assert found.text
