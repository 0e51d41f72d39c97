"""Who is on call: against a definition by brute force, through changes of daylight saving, and as five shops do it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import instant
from opsconsole.core.walltime import at_wall, wall_of
from opsconsole.notify.moments import DAYS, read_moment, read_start
from opsconsole.notify.oncall import HORIZON, Rota, on_call
from opsconsole.notify.routing import Directory
from opsconsole.notify.settings import BusinessHours, Contact, Layer, NotifySettings, Override, Rotation, Swap
from tests.notify.bench import BERLIN, DAY, HOUR, MINUTE, at, read

PEOPLE = ("ana", "ben", "cem", "dee")
CONTACTS = {name: Contact(channels=("log",)) for name in PEOPLE}
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")


def rota(settings: NotifySettings, zone: ZoneInfo = BERLIN) -> Rota:
    return Directory(settings, zone).rotas["primary"]


def yaml(text: str) -> Rota:
    contacts = ", ".join(f"{name}: {{channels: [log]}}" for name in (*PEOPLE, "team"))
    return rota(read(f"contacts: {{{contacts}}}\nrotations:\n  primary:\n{text}"))


def test_a_week_each_through_both_changes_of_the_clock() -> None:
    primary = yaml("    layers: [{people: [ana, ben], starts: 2026-03-02 09:00}]\n")
    assert primary.person(at("2026-03-02 08:59")) == ""
    assert primary.shift(at("2026-03-02 08:59")).until == at("2026-03-02 09:00")
    week = at("2026-03-02 09:00")
    for number in range(45):
        following = at(f"{read_moment('2026-03-02') + timedelta(weeks=number + 1):%Y-%m-%d 09:00}")
        assert primary.person(week) == primary.person(following - 1) == PEOPLE[number % 2]
        assert primary.shift(week).until == following
        week = following


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)])
def test_a_turn_that_changes_in_the_hour_that_is_skipped_or_repeated(change: datetime) -> None:
    primary = yaml("    layers: [{people: [ana, ben], starts: sunday 02:30}]\n")
    moment = instant(change)
    assert primary.person(moment - 1) != primary.person(moment)
    assert all(primary.person(moment + minutes * MINUTE) == primary.person(moment) for minutes in range(0, 240, 7))


def test_a_later_layer_counts_more_and_an_override_most() -> None:
    primary = yaml("""
    layers:
    - {people: [ana], turn: weekly}
    - {people: [ben], hours: business}
    - {people: [cem], days: [sat, sun]}
    overrides:
    - {from: 2026-03-04 10:00, to: 2026-03-04 12:00, person: dee}
    - {from: 2026-03-04 11:00, to: 2026-03-04 11:30, person: cem}
""")
    expected = {"2026-03-04 08:00": "ana", "2026-03-04 09:00": "ben", "2026-03-04 10:00": "dee",
                "2026-03-04 11:15": "cem", "2026-03-04 11:30": "dee", "2026-03-04 12:00": "ben",
                "2026-03-04 17:00": "ana", "2026-03-07 12:00": "cem", "2026-03-08 23:59": "cem",
                "2026-03-09 00:00": "ana"}
    assert {text: primary.person(at(text)) for text in expected} == expected


def test_a_swap_exchanges_turns() -> None:
    primary = yaml("""
    layers: [{people: [ana, ben, cem], turn: daily, starts: 2026-03-02 09:00}]
    swaps: [{between: [ana, ben], from: 2026-03-02, to: 2026-03-08}]
""")
    days = [primary.person(at(f"2026-03-{day:02} 10:00")) for day in range(2, 11)]
    assert days == ["ben", "ana", "cem", "ben", "ana", "cem", "ana", "ben", "cem"]


def test_now_and_next() -> None:
    primary = yaml("    layers: [{people: [ana, ben]}]\n")
    found = on_call("primary", primary, at("2026-03-04 10:00"))
    assert found.now.until == at("2026-03-09 09:00")
    assert found.next is not None
    assert {found.now.person, found.next.person} == {"ana", "ben"}
    alone = on_call("primary", yaml("    layers: [{people: [ana]}]\n"), at("2026-03-04 10:00"))
    assert (alone.now.person, alone.now.until, alone.next) == ("ana", None, None)


def test_nights_and_days_off() -> None:
    primary = yaml("    layers: [{people: [ana], hours: weeknights}, {people: [ben], hours: offdays}]\n")
    expected = {"2026-03-06 16:59": "", "2026-03-06 17:00": "ana", "2026-03-06 23:59": "ana", "2026-03-07 00:00": "ben",
                "2026-03-08 23:59": "ben", "2026-03-09 00:00": "ana", "2026-03-09 09:00": ""}
    assert {text: primary.person(at(text)) for text in expected} == expected


def test_the_three_phases_of_the_shop() -> None:
    """Two weeks the team round the clock, two weeks rotation, then business hours and only what is critical outside."""
    primary = yaml("""
    layers:
    - {people: [team], starts: 2026-03-02, ends: 2026-03-16}
    - {people: [ana, ben], starts: 2026-03-16, ends: 2026-03-30}
    - {people: [cem, dee], starts: 2026-03-30 09:00, hours: business}
  outside:
    layers: [{people: [ana, ben], hours: after, starts: 2026-03-30}]
""")
    assert {primary.person(at("2026-03-02") + hour * HOUR) for hour in range(14 * 24)} == {"team"}
    assert [primary.person(at(f"2026-03-{day} 03:00")) for day in (16, 22, 23, 29)] == ["ana", "ana", "ben", "ben"]
    assert primary.person(at("2026-04-01 10:00")) == "cem"
    assert primary.person(at("2026-04-01 20:00")) == ""
    contacts = ", ".join(f"{name}: {{channels: [{name}]}}" for name in ("ana", "ben"))
    directory = Directory(read(f"""
channels: {{ana: {{kind: log}}, ben: {{kind: log}}}}
contacts: {{{contacts}}}
rotations:
  office: {{layers: [{{people: [ana], hours: business}}]}}
  outside: {{layers: [{{people: [ben], hours: after}}]}}
routes:
- {{hours: business, tell: ["oncall:office"]}}
- {{hours: after, severity: [critical], tell: ["oncall:outside"]}}
"""), BERLIN)
    from tests.notify.bench import notice

    def told(severity: str, when: str) -> set[str]:
        return {each.contact for each in directory.recipients(notice(severity=severity), at(when))}

    assert told("warning", "2026-04-01 10:00") == {"ana"}
    assert told("warning", "2026-04-01 22:00") == set()
    assert told("critical", "2026-04-01 22:00") == {"ben"}


def test_the_phases_of_the_marketing_site() -> None:
    """A day round the clock, a week 07 to 22, a month 09 to 18, then a rotation in business hours; nights and weekends
    rotate among others."""
    settings = read("""
zone: America/New_York
business_hours: {from: 09:00, to: 18:00, holidays: [07-04]}
contacts: {core: {channels: [log]}, first: {channels: [log]}, support: {channels: [log]}, ana: {channels: [log]},
           ben: {channels: [log]}, cem: {channels: [log]}, dee: {channels: [log]}}
rotations:
  primary:
    layers:
    - {people: [ana, ben], hours: weeknights, starts: 2026-07-01}
    - {people: [cem, dee], hours: offdays, starts: 2026-07-01}
    - {people: [ana, ben, cem], hours: business, starts: 2026-07-01}
    - {people: [support], from: 09:00, to: 18:00, starts: 2026-06-08, ends: 2026-07-01}
    - {people: [first], from: 07:00, to: 22:00, starts: 2026-06-02, ends: 2026-06-08}
    - {people: [core], starts: 2026-06-01, ends: 2026-06-02}
""")
    zone = ZoneInfo("America/New_York")
    primary = rota(settings)
    expected = {"2026-06-01 03:00": "core", "2026-06-02 06:59": "", "2026-06-02 07:00": "first",
                "2026-06-07 22:00": "", "2026-06-20 10:00": "support", "2026-06-20 18:00": "",
                "2026-07-03 22:00": "ana",
                "2026-07-04 12:00": "cem", "2026-07-08 10:00": "ben", "2026-07-08 22:00": "ben",
                "2026-07-11 10:00": "dee"}
    assert {text: primary.person(at(text, zone)) for text in expected} == expected


def test_an_office_after_the_other() -> None:
    primary = yaml("""
    layers:
    - {people: [ana], from: 08:00, to: 16:00, zone: Europe/Berlin}
    - {people: [ben], from: 08:00, to: 16:00, zone: America/New_York}
    - {people: [cem], from: 08:00, to: 16:00, zone: Australia/Sydney}
""")
    found = [primary.person(at(f"2026-06-10 {hour:02}:30")) for hour in (2, 9, 15, 20)]
    assert found == ["cem", "ana", "ben", "ben"]


WALLS = st.datetimes(read_moment("2026-01-01"), read_moment("2026-12-01")).map(
    lambda wall: wall.replace(second=0, microsecond=0))


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    weekday, minute = draw(st.sampled_from(DAYS)), draw(st.integers(0, 1439))
    clock = f"{weekday} {minute // 60:02}:{minute % 60:02}"
    bound = draw(st.booleans())
    start = draw(WALLS)
    window: dict[str, Any] = {}
    if draw(st.booleans()):
        from opsconsole.core.units import TimeOfDay

        window = {"from_": TimeOfDay(draw(st.integers(0, 1439))), "to": TimeOfDay(draw(st.integers(0, 1439)))}
    end = start + timedelta(days=draw(st.integers(1, 90)))
    return Layer(people=tuple(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4))),
                 turn=draw(st.sampled_from(["daily", "weekly"])), length=draw(st.integers(1, 3)),
                 starts=f"{start:%Y-%m-%d %H:%M}" if bound else clock, hours=draw(
                     st.sampled_from(["always", "business", "after", "weeknights", "offdays"])),
                 ends=f"{end:%Y-%m-%d %H:%M}" if draw(st.booleans()) else "",
                 days=tuple(draw(st.lists(st.sampled_from(DAYS), max_size=3, unique=True))),
                 zone=draw(st.sampled_from([None, ZoneInfo("America/New_York")])), **window)


@st.composite
def spans(draw: st.DrawFn) -> dict[str, str]:
    start = draw(WALLS)
    return {"from_": f"{start:%Y-%m-%d %H:%M}",
            "to": f"{start + timedelta(minutes=draw(st.integers(1, 20_000))):%Y-%m-%d %H:%M}"}


@st.composite
def rotations(draw: st.DrawFn) -> NotifySettings:
    pair = st.sampled_from([(one, two) for one in PEOPLE for two in PEOPLE if one != two])
    rotation = Rotation(
        layers=tuple(draw(st.lists(layers(), min_size=1, max_size=3))),
        overrides=tuple(Override(**each, person=draw(st.sampled_from(PEOPLE)))
                        for each in draw(st.lists(spans(), max_size=2))),
        swaps=tuple(Swap(**each, between=draw(pair)) for each in draw(st.lists(spans(), max_size=2))))
    return NotifySettings(contacts=CONTACTS, rotations={"primary": rotation},
                          zone=ZoneInfo(draw(st.sampled_from(ZONES))),
                          business_hours=BusinessHours(holidays=("2026-04-03", "05-01")))


def brute(settings: NotifySettings, moment: int) -> str:
    """The definition: walks from turn to turn, and looks at clocks on walls."""
    calendar = Directory(settings, BERLIN).calendar
    zone, rotation = settings.zone or BERLIN, settings.rotations["primary"]
    for override in reversed(rotation.overrides):
        if at_wall(read_moment(override.from_), zone) <= moment < at_wall(read_moment(override.to), zone):
            return override.person
    for layer in reversed(rotation.layers):
        place, start = layer.zone or zone, read_start(layer.starts)
        if (start.bound and moment < at_wall(start.anchor, place)) or (
                layer.ends and moment >= at_wall(read_moment(layer.ends), place)):
            continue
        today = wall_of(moment, place).replace(hour=0, minute=0, second=0, microsecond=0)
        inside = not (layer.days or layer.from_ is not None)
        for day in (today - timedelta(days=1), today):
            opens, closes = int(layer.from_ or 0), int(layer.to or 0)
            end = day + timedelta(minutes=closes, days=1 if closes <= opens else 0)
            if (not layer.days or DAYS[day.weekday()] in layer.days) and (
                    at_wall(day + timedelta(minutes=opens), place) <= moment < at_wall(end, place)):
                inside = True
        works, is_open = calendar.works(calendar.day_of(moment)), calendar.is_open(moment)
        if not inside or not {"always": True, "business": is_open, "after": not is_open, "offdays": not works,
                              "weeknights": works and not is_open}[layer.hours]:
            continue
        step = timedelta(days=layer.length * (7 if layer.turn == "weekly" else 1))
        turn, begins = 0, start.anchor
        if not start.bound:
            turn = (read_moment("2025-12-01") - begins) // step
            begins += turn * step
        while at_wall(begins + step, place) <= moment:
            turn, begins = turn + 1, begins + step
        person = layer.people[turn % len(layer.people)]
        for swap in reversed(rotation.swaps):
            if person in swap.between and (
                    at_wall(read_moment(swap.from_), zone) <= moment < at_wall(read_moment(swap.to), zone)):
                return swap.between[1 - swap.between.index(person)]
        return person
    return ""


MOMENT = st.integers(at("2026-01-01"), at("2026-12-31"))


@given(rotations(), st.lists(MOMENT, min_size=1, max_size=20))
def test_one_person_and_the_one_that_the_definition_says(settings: NotifySettings, moments: list[int]) -> None:
    primary = rota(settings)
    assert [primary.person(moment) for moment in moments] == [brute(settings, moment) for moment in moments]


@given(rotations(), MOMENT)
def test_nothing_changes_before_the_next_change(settings: NotifySettings, moment: int) -> None:
    primary = rota(settings)
    shift = primary.shift(moment)
    assert shift.person == primary.person(moment)
    end = shift.until if shift.until is not None else moment + HORIZON
    assert all(primary.person(probe) == shift.person for probe in range(moment, end, max((end - moment) // 60, MINUTE)))
    assert primary.person(end - 1) == shift.person
    if shift.until is not None:
        assert primary.person(shift.until) != shift.person
        assert moment < shift.until < moment + HORIZON + 2 * DAY
