"""Which step begins when: the ladders of five real operations, and the rules that hold for every ladder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.units import Duration
from opsconsole.notify.ladders import climbs, due
from opsconsole.notify.model import Severity
from opsconsole.notify.routing import Directory
from opsconsole.notify.settings import Ladder, NotifySettings, Step
from tests.notify.bench import BERLIN, DAY, HOUR, MINUTE, at, read

OFFICE = Directory(NotifySettings(), BERLIN).calendar
CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING

SHOP = """{steps: [{tell: [one], within: 2h}, {tell: [two], within: 2h},
                  {tell: [three], severity: [critical], within: 4h}, {tell: [four]}]}"""
FIELD_SERVICE = """{steps: [{tell: [one], within: 1h}, {tell: [two], within: 4h}, {tell: [three], after: 0s,
                           severity: [critical]}]}"""
MARKETING = """{steps: [{tell: [one], within: 4h, hours: business}, {tell: [two], within: 2h, hours: business},
                       {tell: [three], within: 1h}, {tell: [four], within: 30m}], repeat: 1}"""
DASHBOARD_URGENT = "{steps: [{tell: [one], after: 0s}]}"
DASHBOARD_HIGH = "{steps: [{tell: [one], after: 8h}]}"
DASHBOARD_MEDIUM = "{steps: [{tell: [one], after: 48h}]}"
EXPENSE_API = "{steps: [{tell: [one], within: 2h}, {tell: [two], within: 22h}, {tell: [three]}]}"
# Wednesday, in business hours (09:00 to 17:00).
TABLE = [
    ("shop", SHOP, "critical", ["2026-03-04 10:00", "2026-03-04 12:00", "2026-03-04 14:00", "2026-03-04 18:00"]),
    ("shop", SHOP, "warning", ["2026-03-04 10:00", "2026-03-04 12:00", None, "2026-03-04 18:00"]),
    ("field-service", FIELD_SERVICE, "critical", ["2026-03-04 10:00", "2026-03-04 11:00", "2026-03-04 10:00"]),
    ("field-service", FIELD_SERVICE, "warning", ["2026-03-04 10:00", "2026-03-04 11:00", None]),
    ("marketing-site", MARKETING, "critical", [
        "2026-03-04 10:00", "2026-03-04 14:00", "2026-03-04 16:00", "2026-03-04 17:00",
        "2026-03-05 09:00", "2026-03-05 13:00", "2026-03-05 15:00", "2026-03-05 16:00"]),
    ("dashboard urgent", DASHBOARD_URGENT, "critical", ["2026-03-04 10:00"]),
    ("dashboard high", DASHBOARD_HIGH, "warning", ["2026-03-04 18:00"]),
    ("dashboard medium", DASHBOARD_MEDIUM, "warning", ["2026-03-06 10:00"]),
    ("expense-api", EXPENSE_API, "critical", ["2026-03-04 10:00", "2026-03-04 12:00", "2026-03-05 10:00"]),
]


def ladder(text: str) -> Ladder:
    contacts = ", ".join(f"{name}: {{channels: [log]}}" for name in ("one", "two", "three", "four"))
    return read(f"contacts: {{{contacts}}}\nladders:\n  it: {text}").ladders["it"]


@pytest.mark.parametrize(("name", "text", "severity", "expected"), TABLE, ids=[f"{row[0]}-{row[2]}" for row in TABLE])
def test_the_ladders_of_real_operations(name: str, text: str, severity: str, expected: list[str | None]) -> None:
    found, begun = ladder(text), at("2026-03-04 10:00")
    told: dict[tuple[int, int], int] = {}
    for now in range(begun, begun + 3 * DAY, 5 * MINUTE):
        for climb in due(found, OFFICE, begun, Severity(severity), told, now).tell:
            assert climb.key not in told
            assert climb.at == now
            told[climb.key] = now
    assert [told.get((number // len(found.steps), number % len(found.steps))) for number in range(len(expected))] == [
        None if text is None else at(text) for text in expected]
    assert len(told) == len([text for text in expected if text is not None])


def test_a_first_step_in_business_hours_waits_for_them() -> None:
    found = ladder("{steps: [{tell: [one], hours: business, within: 1h}, {tell: [two]}]}")
    assert [climb.at for climb in climbs(found, OFFICE, at("2026-03-06 20:00"))] == [
        at("2026-03-09 09:00"), at("2026-03-09 10:00")]


def test_after_a_pause_each_step_is_climbed_once_and_a_round_that_passed_is_not() -> None:
    found = ladder("{steps: [{tell: [one], within: 10m}, {tell: [two], within: 10m}], repeat: 5}")
    begun = at("2026-03-04 10:00")
    first = due(found, OFFICE, begun, CRITICAL, {(0, 0)}, begun + HOUR)
    assert [climb.key for climb in first.tell] == [(2, 1), (3, 0)]
    assert {climb.key for climb in first.passed} == {(1, 0), (0, 1), (2, 0), (1, 1)}
    climbed = {(0, 0), *(climb.key for climb in (*first.tell, *first.passed))}
    second = due(found, OFFICE, begun, CRITICAL, climbed, begun + HOUR)
    assert (second.tell, second.passed, second.next) == ((), (), begun + 70 * MINUTE)


SECONDS = st.integers(0, 3 * 86_400).map(Duration)


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    steps = [Step(tell=("one",), within=draw(SECONDS), after=draw(st.none() | SECONDS),
                  hours=draw(st.sampled_from(["clock", "business"])),
                  severity=draw(st.sampled_from([(), (CRITICAL,), (WARNING, CRITICAL)])))
             for _ in range(draw(st.integers(1, 5)))]
    return Ladder(steps=tuple(steps), repeat=draw(st.integers(0, 3)))


@given(ladders(), st.sampled_from([CRITICAL, WARNING]), st.lists(st.integers(0, 2 * DAY), max_size=30))
def test_each_step_is_climbed_once_not_early_and_not_forgotten(found: Ladder, severity: Severity,
                                                               pauses: list[int]) -> None:
    begun = at("2026-03-04 10:00")
    now, climbed = begun, set[tuple[int, int]]()
    for wait in [*pauses, 60 * DAY]:
        now += wait
        asked = due(found, OFFICE, begun, severity, climbed, now)
        new = [climb.key for climb in (*asked.tell, *asked.passed)]
        assert len(set(new)) == len(new)
        assert climbed.isdisjoint(new)
        assert all(climb.at <= now for climb in (*asked.tell, *asked.passed))
        assert len({climb.step for climb in asked.tell}) == len(asked.tell)
        assert asked.next is None or asked.next > now
        climbed.update(new)
    meant = {climb.key for climb in climbs(found, OFFICE, begun) if climb.at <= now and (
        not found.steps[climb.step].severity or severity in found.steps[climb.step].severity)}
    assert climbed == meant


@given(ladders(), st.integers(0, 100 * DAY), st.integers(0, 2 * DAY))
def test_what_begins_later_climbs_no_earlier(found: Ladder, start: int, more: int) -> None:
    begun = at("2026-01-01") + start
    one, two = list(climbs(found, OFFICE, begun)), list(climbs(found, OFFICE, begun + more))
    assert all(early.at <= late.at for early, late in zip(one, two, strict=True))
    assert all(climb.at >= begun for climb in one)
