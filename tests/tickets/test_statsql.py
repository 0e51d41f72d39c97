"""Statistics are what the raw events say, counted here another way: ticket by ticket, in plain Python."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import pytest

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.periods import Period
from opsconsole.tickets.clocks import Policies, clocks
from opsconsole.tickets.filters import parse_filter
from opsconsole.tickets.model import ClockKind, Event, EventKind, Party, Priority, Source, Ticket
from opsconsole.tickets.settings import STATISTICS, Goal, Satisfaction, TicketSettings
from opsconsole.tickets.stats import Standing, Statistics
from opsconsole.tickets.statsql import statistics
from tests.tickets import stories
from tests.tickets.desk import ANA, BEN, SUE, desk
from tests.tickets.generator import NOW, generate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

TICKETS, EVENTS = 400, 4_800
ZONE = ZoneInfo("Europe/Berlin")
GOALS = {"first_response": Goal(is_="< 4h"), "kept": Goal(is_="> 90%"), "score": Goal(is_=">= 4.5"),
         "backlog": Goal(is_="< 20")}
SETTINGS = TicketSettings(goals=GOALS, satisfaction=Satisfaction(good=4))


class Facts(NamedTuple):
    """What the raw events of one ticket say."""

    priority: str
    category: str
    team: str
    assignee: str
    source: str
    created: int
    resolved: int | None
    reopened: int
    escalated: int
    answers: int
    satisfaction: int
    knowledge: str
    merged: bool
    responses: list[tuple[int, int]]
    """From when to when somebody waited for the first answer; the same for the next ones."""
    nexts: list[tuple[int, int]]
    promises: list[tuple[str, int, bool]]
    """Kind, when it was decided, whether it was kept."""


def facts(rows: list[sqlite3.Row], policies: Policies) -> Facts:
    fields: dict[str, Any] = msgspec.to_builtins(Ticket(1))
    resolved, reopened, escalated, answers = None, 0, 0, 0
    first: int | None = None
    asked: int | None = None
    nexts: list[tuple[int, int]] = []
    pending = False
    for row in rows:
        changes = {name: new for name, (_, new) in json.loads(row["changes"]).items()}
        was_phase, was_done = fields["phase"], resolved is not None
        fields |= changes
        if changes.get("phase") == "done" and not was_done:
            resolved = row["at"]
        elif "phase" in changes and changes["phase"] != "done" and was_done:
            resolved, reopened = None, reopened + 1
        escalated += row["kind"] == "escalated"
        public = row["kind"] == "message" and row["party"] == "staff" and row["public"]
        answers += bool(public)
        mail = fields["requester_mail"]
        answer = public or (row["kind"] == "message" and row["party"] == "staff" and not mail)
        left = was_phase == "initial" != fields["phase"] and row["kind"] != "created"
        taken = row["party"] == "staff" and not mail and (
            changes.get("assignee") or row["kind"] == "acknowledged" or left)
        ended = resolved is not None and not was_done
        if first is None:
            if answer or taken or ended:
                first = row["at"]
        elif asked is not None and (answer or ended):
            nexts.append((asked, row["at"]))
            asked = None
        if row["kind"] == "message" and row["party"] == "requester" and first is not None and asked is None:
            pending = True
        elif answer or ended:
            pending = False
        if pending and resolved is None and asked is None:
            asked, pending = row["at"], False
    events = [Event(row["ticket"], row["seq"], row["at"], EventKind(row["kind"]), row["actor"], Party(row["party"]),
                    Source(row["via"]), bool(row["public"]), row["text"], json.loads(row["changes"]),
                    json.loads(row["data"])) for row in rows]
    promises = []
    for clock in clocks(events, policies, NOW):
        ends = [each for each in (clock.met, clock.breached) if each is not None]
        if clock.target is not None and clock.waived is None and ends:
            promises.append((clock.kind.value, min(ends), clock.breached is None))
    created = rows[0]["at"]
    return Facts(
        fields["priority"], fields["category"], fields["team"], fields["assignee"], fields["source"], created, resolved,
        reopened, escalated, answers, fields["satisfaction"], fields["knowledge"], bool(fields["merged_into"]),
        [] if first is None else [(created, first)], nexts, promises)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stats") / "opsconsole.db"
    generate(path, TICKETS, EVENTS, seed=11)
    return path


@pytest.fixture(scope="module")
def told(records: Path) -> list[Facts]:
    policies = Policies(stories.settings(), UTC)
    found: dict[int, list[sqlite3.Row]] = {}
    with closing(sqlite3.connect(records)) as raw:
        raw.row_factory = sqlite3.Row
        for row in raw.execute("SELECT * FROM ticket_event ORDER BY id"):
            found.setdefault(row["ticket"], []).append(row)
    assert len(found) == TICKETS
    return [facts(rows, policies) for rows in found.values()]


@pytest.fixture
async def db(records: Path) -> AsyncIterator[Database]:
    async with await Database.open(records, RECORDS, read_only=True) as opened:
        yield opened


def percent(values: list[bool]) -> float | None:
    return 100 * sum(values) / len(values) if values else None


def middle(values: list[int], part: float) -> int | None:
    return next((one for one in sorted(values) if sum(each <= one for each in values) >= part * len(values)), None)


def check_times(found: Any, values: list[int]) -> None:
    assert found.count == len(values)
    assert found.mean == (pytest.approx(sum(values) / len(values)) if values else None)
    assert (found.median, found.p90) == (middle(values, 0.5), middle(values, 0.9))


def check(found: Statistics, told: list[Facts], period: Period, now: int = NOW) -> None:
    """Every figure of a period, from the facts about the tickets that it is about."""
    told = [one for one in told if not one.merged]
    def inside(at: int | None) -> bool:
        return at is not None and period.begin <= at < period.end
    came = [one for one in told if inside(one.created)]
    done = [one for one in told if inside(one.resolved)]
    assert (found.created, found.resolved) == (len(came), len(done))
    took = [one.resolved - one.created for one in done if one.resolved is not None]
    check_times(found.resolution, took)
    waits = [[end - start for start, end in spans if inside(end)] for spans in (
        [span for one in told for span in one.responses], [span for one in told for span in one.nexts])]
    check_times(found.first_response, waits[0])
    check_times(found.next_response, waits[1])
    at = min(now, period.end)
    ages = [at - one.created for one in told if one.created < period.end and (
        one.resolved is None or (period.end <= now and one.resolved >= period.end))]
    assert (found.backlog.at, found.backlog.count, found.backlog.oldest) == (at, len(ages), max(ages, default=None))
    assert (found.backlog.median, found.backlog.p90) == (middle(ages, 0.5), middle(ages, 0.9))
    promises = [(one, *promise) for one in told for promise in one.promises if inside(promise[1])]
    rated = [one.satisfaction for one in done if one.satisfaction]
    expected = {
        "first_response": sum(waits[0]) / len(waits[0]) / 1000 if waits[0] else None,
        "next_response": sum(waits[1]) / len(waits[1]) / 1000 if waits[1] else None,
        "resolution": sum(took) / len(took) / 1000 if took else None,
        "kept": percent([kept for *_, kept in promises]),
        "escalated": percent([one.escalated > 0 for one in came]),
        "reopened": percent([one.reopened > 0 for one in came if one.resolved is not None or one.reopened]),
        "first_contact": percent([one.answers == 1 and not one.reopened for one in done]),
        "satisfaction": percent([score >= 4 for score in rated]),
        "score": sum(rated) / len(rated) if rated else None,
        "knowledge": percent([bool(one.knowledge) for one in done]),
        "backlog": len(ages), "resolved_24h": percent([each <= DAY for each in took])}
    assert [one.name for one in found.figures] == list(STATISTICS)
    for name, value in expected.items():
        assert found.figure(name).value == (None if value is None else pytest.approx(value)), name
    check_kept(found, promises)
    check_people(found, told, done, promises, now)
    check_trend(found, told, period, now)


def check_kept(found: Statistics, promises: list[Any]) -> None:
    expected: dict[tuple[ClockKind, Priority, str], list[bool]] = {}
    for one, kind, _, kept in promises:
        expected.setdefault((ClockKind(kind), Priority(one.priority), one.category), []).append(kept)
    assert {(one.kind, one.priority, one.category): (one.kept, one.of) for one in found.kept} == {
        key: (sum(kept), len(kept)) for key, kept in expected.items()}
    assert list(found.kept) == sorted(found.kept, key=lambda one: (
        list(ClockKind).index(one.kind), one.priority.rank, one.category))


def check_people(found: Statistics, told: list[Facts], done: list[Facts], promises: list[Any], now: int) -> None:
    names = {one.assignee for one in told if one.resolved is None} | {one.assignee for one in done} | {
        one.assignee for one, *_ in promises}
    assert {one.name for one in found.people} == names
    for person in found.people:
        own = [one for one in done if one.assignee == person.name]
        rated = [one.satisfaction for one in own if one.satisfaction]
        took = [one.resolved - one.created for one in own if one.resolved is not None]
        kept = [promise[3] for promise in promises if promise[0].assignee == person.name]
        assert person.open == sum(one.assignee == person.name and one.resolved is None for one in told)
        assert 0 <= person.late <= person.open
        assert (person.resolved, person.rated) == (len(own), len(rated))
        assert person.resolution == (pytest.approx(sum(took) / len(took)) if took else None)
        assert person.score == (pytest.approx(sum(rated) / len(rated)) if rated else None)
        assert (person.kept, person.promises, person.share) == (sum(kept), len(kept), percent(kept))
    assert "" not in [one.name for one in found.people[:-1]]


def check_trend(found: Statistics, told: list[Facts], period: Period, now: int) -> None:
    for point in found.trend:
        def inside(at: int | None, point: Any = point) -> bool:
            return at is not None and point.begin <= at < point.end
        done = [one for one in told if inside(one.resolved)]
        waits = [end - start for one in told for start, end in one.responses if inside(end)]
        nexts = [end - start for one in told for start, end in one.nexts if inside(end)]
        took = [one.resolved - one.created for one in done if one.resolved is not None]
        assert (point.created, point.resolved) == (sum(inside(one.created) for one in told), len(done))
        assert point.backlog == sum(one.created < point.end and (one.resolved is None or one.resolved >= point.end)
                                    for one in told)
        for value, values in ((point.first_response, waits), (point.next_response, nexts), (point.resolution, took)):
            assert value == (pytest.approx(sum(values) / len(values)) if values else None)
        assert point.satisfaction == percent([one.satisfaction >= 4 for one in done if one.satisfaction])
    assert sum(point.created for point in found.trend) == found.created


PERIODS = {
    "all": Period(0, NOW + DAY), "a year": Period(NOW - 365 * DAY, NOW),
    "a quarter": Period(NOW - 300 * DAY, NOW - 209 * DAY), "a week": Period(NOW - 7 * DAY, NOW),
    "this day": Period(NOW - 10 * HOUR, NOW + 14 * HOUR), "what is to come": Period(NOW + 1, NOW + DAY),
    "before all": Period(0, DAY), "nothing": Period(NOW, NOW)}


@pytest.mark.parametrize("name", PERIODS)
async def test_every_figure_is_what_the_events_say(db: Database, told: list[Facts], name: str) -> None:
    found = await statistics(db, SETTINGS, PERIODS[name], me="ana", now=NOW, zone=ZONE)
    check(found, told, PERIODS[name])


FILTERS: dict[str, Callable[[Facts], bool]] = {
    "team:support": lambda one: one.team == "support",
    "priority:<=high -source:mail": lambda one: one.priority in ("urgent", "high") and one.source != "mail",
    "assignee:me sort:-created": lambda one: one.assignee == "ana",
    "is:open": lambda one: one.resolved is None,
    "is:reopened category:bug": lambda one: one.reopened > 0 and one.category == "bug",
    "assignee:nobody-at-all": lambda one: False,
    "sort:created": lambda one: True,
    "created:2026-01-01..": lambda one: one.created >= 1_767_222_000_000}


@pytest.mark.parametrize("name", ["a year", "a week", "a quarter", "nothing"])
@pytest.mark.parametrize("text", FILTERS)
async def test_a_filter_chooses_the_tickets(db: Database, told: list[Facts], text: str, name: str) -> None:
    found = await statistics(db, SETTINGS, PERIODS[name], parse_filter(text), me="ana", now=NOW, zone=ZONE)
    check(found, [one for one in told if FILTERS[text](one)], PERIODS[name])


async def test_one_day_with_a_filter_has_one_step(db: Database, told: list[Facts]) -> None:
    period = Period(NOW - 10 * HOUR, NOW)
    found = await statistics(db, SETTINGS, period, parse_filter("team:support"), me="ana", now=NOW, zone=UTC)
    assert len(found.trend) == 1
    check(found, [one for one in told if one.team == "support"], period)


async def test_the_invented_tickets_try_everything(db: Database, told: list[Facts]) -> None:
    """What the tests above compare is not nothing."""
    found = await statistics(db, SETTINGS, PERIODS["a year"], me="ana", now=NOW, zone=ZONE)
    assert all(figure.value is not None for figure in found.figures if figure.name != "knowledge")
    assert {figure.name for figure in found.figures if figure.standing is not Standing.UNKNOWN} == set(GOALS)
    assert found.step == "week"
    assert {one.kind for one in found.kept} == set(ClockKind)
    assert any(one.reopened for one in told)


async def test_of_no_ticket_nothing_is_known(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "empty.db", RECORDS) as db:
        found = await statistics(db, SETTINGS, PERIODS["a week"], me="ana", now=NOW, zone=ZONE)
    assert {figure.name: figure.value for figure in found.figures} == {
        name: 0 if name == "backlog" else None for name in STATISTICS}
    assert found.resolution.mean is found.resolution.median is found.backlog.oldest is None
    assert found.people == ()
    assert found.kept == ()
    assert [point.backlog for point in found.trend] == [0] * len(found.trend)


async def test_an_afternoon_by_hand(tmp_path: Path) -> None:
    """Five tickets, figures worked out on paper; among them a merged one, a reply taken back, a waiver, a reopening."""
    async with desk(tmp_path) as k:
        begin = k.clock.at
        for title in ("one", "two", "three", "four", "five"):
            await k.ticket(title, category="technical")
        k.clock.go(HOUR)
        await k.service.take(ANA, [1, 2])
        await k.service.reply(ANA, 1, "it is done")
        k.clock.go(HOUR)
        await k.service.move(ANA, [1], "resolved", "done")
        await k.service.rate(ANA, 1, 5)
        await k.service.merge(ANA, 3, 1)
        await k.service.reply(ANA, 2, "a slip")
        await k.service.undo(ANA)
        k.clock.go(3 * HOUR)
        await k.service.note(SUE, 4, "we know")
        await k.service.waive(SUE, 4, ClockKind.RESPONSE, 1, "they were out")
        await k.service.move(BEN, [2], "closed", "by itself")
        await k.service.rate(ANA, 2, 2)
        await k.service.note(BEN, 5, "later")
        k.clock.go(HOUR)
        await k.service.move(BEN, [1], "open")
        await k.service.move(BEN, [1], "resolved", "again")
        period = Period(begin, k.clock.go(1))
        found = await statistics(k.db, k.service.settings, period, me="ana", now=k.clock.at, zone=ZONE)
    assert (found.created, found.resolved, found.backlog.count) == (4, 2, 2)
    assert found.backlog.oldest == 6 * HOUR + 1
    assert (found.resolution.count, found.resolution.median, found.resolution.p90) == (2, 5 * HOUR, 6 * HOUR)
    assert found.resolution.mean == 5.5 * HOUR
    assert (found.first_response.count, found.first_response.median) == (2, HOUR), "two was answered by its end"
    values = {figure.name: figure.value for figure in found.figures}
    assert values["reopened"] == 50, "one of the two that were done at all"
    assert values["first_contact"] == 50, "two had one public message, one had more and was reopened"
    assert (values["satisfaction"], values["score"]) == (50, 3.5)
    assert (values["resolved_24h"], values["knowledge"], values["escalated"]) == (100, 0, 0)
    kept = {(one.kind, one.priority): (one.kept, one.of) for one in found.kept}
    assert kept[ClockKind.RESPONSE, Priority.MEDIUM] == (1, 3), "two and five came too late, four's was waived"
    assert kept[ClockKind.RESOLUTION, Priority.MEDIUM] == (3, 3), "one was solved twice"
    assert [(one.name, one.open, one.late, one.resolved) for one in found.people] == [("ana", 0, 0, 2), ("", 2, 1, 0)]
