"""Who is told by each preset at moments that its description names, through the very rules that tell."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from opsconsole.core.clock import Instant, instant
from opsconsole.notify.ladders import climbs
from opsconsole.notify.model import Notice, NoticeKind, Severity
from opsconsole.notify.routing import Directory
from tests.admin.presets.facts import settings_of

HOUR = 3_600_000
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def directory(name: str) -> Directory:
    return Directory(settings_of(name).notify, BERLIN)


def moment(text: str, zone: ZoneInfo) -> Instant:
    return instant(datetime.fromisoformat(text).replace(tzinfo=zone))


def told(name: str, severity: Severity, at: Instant) -> set[str]:
    notice = Notice(kind=NoticeKind.FIRING, thread="x", severity=severity, title="x", text="", at=at)
    return {recipient.contact for recipient in directory(name).recipients(notice, at)}


def ways(name: str, contact: str, at: Instant) -> set[str]:
    return {one.channel for one in directory(name).reach((contact,), at)}


CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING


@pytest.mark.parametrize(("when", "severity", "people"), [
    # Launch on Monday, 4 January. Weeks 1 and 2: the development team round the clock.
    ("2027-01-04 00:30", CRITICAL, {"development"}),
    ("2027-01-16 03:00", CRITICAL, {"development"}),
    ("2027-01-16 03:00", WARNING, {"development", "support"}),
    # Weeks 3 and 4: rotation, round the clock.
    ("2027-01-18 03:00", CRITICAL, {"developer-1"}),
    ("2027-01-26 03:00", CRITICAL, {"developer-2"}),
    # From month 2 on: business hours, and outside them what is critical only.
    ("2027-02-01 10:00", CRITICAL, {"developer-1"}),
    ("2027-02-01 10:00", WARNING, {"developer-1", "support"}),
    ("2027-02-01 20:00", CRITICAL, {"developer-1"}),
    ("2027-02-01 20:00", WARNING, {"support"}),
    ("2027-02-13 12:00", CRITICAL, {"developer-2"}),
])
def test_the_shop_is_on_call_by_phase(when: str, severity: Severity, people: set[str]) -> None:
    assert told("shop", severity, moment(when, BERLIN)) == people


@pytest.mark.parametrize(("when", "severity", "people"), [
    # The first 24 h: the core team, round the clock.
    ("2027-01-04 03:00", CRITICAL, {"core-team", "senior"}),
    ("2027-01-04 12:00", WARNING, {"core-team", "support-desk"}),
    # The first week: 07:00 to 22:00; tiers 2 and 3 take the nights in turns. What is less waits for the morning.
    ("2027-01-06 07:00", CRITICAL, {"launch-team", "developer-1"}),
    ("2027-01-06 21:59", CRITICAL, {"launch-team", "developer-1"}),
    ("2027-01-06 22:00", CRITICAL, {"developer-1"}),
    ("2027-01-06 22:00", WARNING, {"agent"}),
    # The first 30 days: 09:00 to 18:00, named people.
    ("2027-01-13 09:00", WARNING, {"agent", "support-desk"}),
    ("2027-01-20 09:00", WARNING, {"senior", "support-desk"}),
    ("2027-01-20 18:00", WARNING, {"agent"}),
    # After: business hours, on rotation; weekday nights, then weekends and holidays.
    ("2027-02-03 12:00", WARNING, {"agent", "support-desk"}),
    ("2027-03-02 12:00", WARNING, {"senior", "support-desk"}),
    ("2027-03-02 23:00", CRITICAL, {"senior"}),
    ("2027-03-06 12:00", CRITICAL, {"developer-1"}),
    ("2027-11-11 12:00", CRITICAL, {"developer-1"}),
])
def test_the_marketing_site_has_support_by_phase(when: str, severity: Severity, people: set[str]) -> None:
    assert told("marketing-site", severity, moment(when, NEW_YORK)) == people


def test_contact_by_hours() -> None:
    day, night = moment("2027-03-02 12:00", NEW_YORK), moment("2027-03-02 23:00", NEW_YORK)
    assert ways("marketing-site", "support-desk", day) == {"mail", "phone", "chat"}
    assert ways("marketing-site", "support-desk", night) == {"phone-after-hours", "pager"}


@pytest.mark.parametrize(("name", "ladder", "begun", "hours"), [
    # Level 1 has 4 business hours and level 2 two, counted from Friday at four; level 3 has an hour, by the clock.
    ("marketing-site", "escalation", "2027-03-05 16:00", [0, 67, 69, 70]),
    ("field-service", "escalation", "2027-03-05 16:00", [0, 1, 5]),
    ("field-service", "emergency", "2027-03-05 16:00", [0]),
    ("shop", "escalation", "2027-03-05 16:00", [0, 2, 4, 6]),
    ("shop", "critical", "2027-03-05 16:00", [0, 0.25, 0.5, 1]),
])
def test_levels_begin_when_they_should(name: str, ladder: str, begun: str, hours: list[float]) -> None:
    known = directory(name)
    start = moment(begun, NEW_YORK)
    found = climbs(known.settings.ladders[ladder], known.calendar, start)
    assert [(one.at - start) / HOUR for one in found] == hours
