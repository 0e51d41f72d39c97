"""How findings, alerts and checks become one list of troubles, and what the banner and the pages make of it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.glyphs import ASCII, UNICODE, Glyphs
from opsconsole.core.levels import Level
from opsconsole.core.lines import Line, Tint
from opsconsole.core.text import width
from opsconsole.health.alerts.machine import Phase
from opsconsole.health.alerts.model import Alert, Detail, Window, WindowKind
from opsconsole.health.board import CheckFacts, Reliability, Stored
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.checks.model import CheckState
from opsconsole.health.checks.settings.local import CommandCheck
from opsconsole.health.checks.uptime import Slo, Uptime
from opsconsole.health.model import State
from opsconsole.health.present.alert_page import alert_page
from opsconsole.health.present.check_page import check_page
from opsconsole.health.present.page import banner, page
from opsconsole.health.present.parts import View
from opsconsole.health.present.past import NOTHING, RANGES, Past, curve_of
from opsconsole.health.present.troubles import changed_before, overall, standing, troubles, waiting
from opsconsole.health.present.uptime import uptime_lines
from opsconsole.notify.model import Severity
from tests.health import samples, stored_samples
from tests.health.samples import NOW, ZONE
from tests.health.stored_app import EVENTS, EVIDENCE
from tests.health.stored_samples import ALL_WELL, CERTIFICATE, DOWN, INCIDENT, VAR
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from opsconsole.health.judging.monitor import Monitor

VIEW = View(80, UNICODE, NOW, ZONE)
EMPTY = Stored()


def text(lines: list[Line]) -> str:
    return "\n".join(line.text.rstrip() for line in lines)


def below(stored: Stored, cells: int = 80, height: int | None = 21) -> str:
    return text(page(samples.normal(), width=cells, height=height, now=NOW, zone=ZONE, stored=stored))


def top(stored: Stored, cells: int = 160) -> Line:
    return banner(samples.normal(), width=cells, now=NOW, zone=ZONE, stored=stored)


def test_an_alert_and_a_finding_of_one_thing_are_one_trouble() -> None:
    found = {one.line: one for one in troubles(samples.degraded(), EMPTY._replace(alerts=(VAR,)), VIEW)}
    var = found["mount:/var"]
    assert len([one for one in troubles(samples.degraded(), EMPTY._replace(alerts=(VAR,)), VIEW)
                if one.line == "mount:/var"]) == 1
    assert (var.target, var.since, var.taken) == ("alert:15", VAR.begun, True)
    finding = next(one for one in samples.degraded().findings if one.target == "mount:/var")
    assert var.reason == finding.reason


def test_an_alert_of_a_check_stands_for_the_check() -> None:
    found = troubles(samples.normal(), INCIDENT, VIEW)
    assert [one.line for one in found] == ["check:redis", "check:tls", "mount:/var"]
    assert all(one.listed for one in found)
    early = troubles(samples.normal(), INCIDENT._replace(alerts=()), VIEW)
    assert [(one.line, one.listed) for one in early] == [("check:redis", False), ("check:tls", False)]


def test_order_is_level_then_what_nobody_has_then_age() -> None:
    def alert(number: int, severity: Severity, minutes: int, by: str = "") -> Alert:
        return replace(DOWN, id=number, key=f"check:{number}", severity=severity, begun=NOW - minutes * MINUTE,
                       acknowledged=NOW if by else None, acknowledged_by=by, detail=Detail(check=str(number)))

    alerts = (alert(1, Severity.WARNING, 900), alert(2, Severity.CRITICAL, 90, "ana"), alert(3, Severity.CRITICAL, 5),
              alert(4, Severity.CRITICAL, 9), alert(5, Severity.INFO, 999))
    assert [one.target for one in troubles(samples.normal(), EMPTY._replace(alerts=alerts), VIEW)] == [
        "alert:4", "alert:3", "alert:2", "alert:1", "alert:5"]


def test_what_is_silenced_is_as_bad_as_before_but_waits_for_nobody() -> None:
    silenced = EMPTY._replace(alerts=(CERTIFICATE, VAR))
    found = troubles(samples.normal(), silenced, VIEW)
    assert overall(samples.normal(), found) is State.DEGRADED
    assert waiting(samples.normal(), silenced, NOW) == (0, Level.OK)
    assert waiting(samples.normal(), INCIDENT, NOW) == (1, Level.CRITICAL)
    assert waiting(samples.critical(), EMPTY, NOW) == (6, Level.CRITICAL)
    assert waiting(None, INCIDENT, NOW) == (0, Level.OK)


def test_information_is_nothing_that_is_unwell() -> None:
    stored = EMPTY._replace(alerts=(replace(DOWN, severity=Severity.INFO),))
    assert overall(samples.normal(), troubles(samples.normal(), stored, VIEW)) is State.NORMAL
    assert top(stored).tint is Tint.NONE
    assert waiting(samples.normal(), stored, NOW)[0] == 0


def test_a_check_in_maintenance_is_taken() -> None:
    working = EMPTY._replace(checks=(replace(stored_samples.REDIS, maintenance=True),))
    (one,) = troubles(samples.normal(), working, VIEW)
    assert (one.taken, standing(one, VIEW)) == (True, "in maintenance")
    assert "in maintenance" in below(working)
    assert "in maintenance" in top(working).text
    assert waiting(samples.normal(), working, NOW)[0] == 0


def test_checks_that_nobody_runs_are_one_trouble() -> None:
    (one,) = troubles(samples.normal(), stored_samples.AGENT_DEAD, VIEW)
    assert (one.level, one.name, one.reason) == (Level.UNKNOWN, "checks", "not run since 13:41 (7 of 7)")
    assert overall(samples.normal(), [one]) is State.UNKNOWN
    assert "opsconsole doctor" in below(stored_samples.AGENT_DEAD)
    assert top(stored_samples.AGENT_DEAD).text.startswith(" ◌ checks not run since 13:41 (7 of 7)")
    new = EMPTY._replace(checks=(CheckState("new", "http", Level.UNKNOWN, 0, "", None),))
    (one,) = troubles(samples.normal(), new, VIEW)
    assert (one.name, one.reason, one.since) == ("new", "not run yet", 0)


def test_a_critical_check_that_is_stale_is_not_critical() -> None:
    stored = EMPTY._replace(checks=(replace(stored_samples.REDIS, at=NOW - HOUR),))
    assert overall(samples.normal(), troubles(samples.normal(), stored, VIEW)) is State.UNKNOWN


def test_of_changes_at_one_time_the_cause_is_named() -> None:
    found = troubles(samples.normal(), INCIDENT, VIEW)[0]
    assert changed_before(found, stored_samples.CHANGES) == stored_samples.UPGRADE
    only = Change(found.since - 30 * MINUTE, ChangeKind.UNIT, "cron.service restarted")
    assert changed_before(found, [only]) == only
    late = Change(found.since - 61 * MINUTE, ChangeKind.REBOOT, "restarted")
    after = Change(found.since + 3 * MINUTE, ChangeKind.PACKAGE, "redis-server upgraded")
    assert changed_before(found, [late, after]) is None
    apart = Change(found.since - 20 * MINUTE, ChangeKind.PACKAGE, "curl upgraded")
    assert changed_before(found, [apart, only, stored_samples.CHANGES[-1]]) == stored_samples.CHANGES[-1]


def test_silences_have_a_line_of_their_own_while_they_hold() -> None:
    shown = below(ALL_WELL._replace(windows=stored_samples.WINDOWS))
    assert "ALERTS" in shown
    assert "2 muted" in shown
    assert "muted  group:shop by ana, 35 min left · check:tls by cho, 2 d left" in shown
    assert "mount:/srv" not in shown
    over = Window(9, WindowKind.SILENCE, "x", "ana", "y", NOW - HOUR, NOW + HOUR, ended=NOW - MINUTE)
    assert "ALERTS" not in below(ALL_WELL._replace(windows=(over,)))


def test_what_broke_and_what_to_do_come_first_on_a_small_terminal() -> None:
    lines = below(INCIDENT._replace(windows=stored_samples.WINDOWS)).splitlines()
    headings = [line.split()[0] for line in lines if line[1:3].isupper()]
    assert headings[:2] == ["ALERTS", "DO"]
    assert any("Runbook: Cache problems" in line for line in lines)
    assert len(lines) <= 21
    crowded = text(page(samples.critical(), width=80, height=21, now=NOW, zone=ZONE, stored=INCIDENT))
    assert "1 redis: Look at `journalctl" in crowded
    assert len(crowded.splitlines()) <= 21


def test_on_call_is_named_until_somebody_has_it() -> None:
    assert "on call ben" in top(INCIDENT).text
    taken = replace(DOWN, acknowledged=NOW, acknowledged_by="ana", note="looking")
    assert "ack ana: looking" in top(INCIDENT._replace(alerts=(taken,))).text
    assert "on call" not in top(INCIDENT._replace(alerts=(taken,))).text


def test_curve_prefers_what_is_finer_and_bridges_neither() -> None:
    monitor, _ = samples.monitored(samples.normal_at, watched=10 * MINUTE)
    stored = Past(means=(50.0,) * 9 + (None,), highs=(90.0,) * 10, lows=(10.0,) * 10, before=(5.0,) * 10,
                  changes=(Change(NOW - 5 * MINUTE, ChangeKind.UNIT, "x"),
                           Change(NOW - 5 * MINUTE, ChangeKind.REBOOT, "y"),
                           Change(NOW - 2 * DAY, ChangeKind.UNIT, "old")))
    hour = curve_of("cpu.busy", monitor.trails, stored, NOW - HOUR, NOW, 10, falling=False)
    assert hour.values[0] == 50.0
    assert hour.values[-1] not in {None, 50.0}
    assert hour.highs == (90.0,) * 10
    assert hour.marks[-1] == (9, "R")
    assert len(hour.marks) == 2
    day = curve_of("cpu.busy", monitor.trails, stored, NOW - DAY, NOW, 10, falling=True)
    assert day.values[:9] == [50.0] * 9
    assert day.values[9] is not None
    assert day.highs == (10.0,) * 10
    other = curve_of("cpu.busy", monitor.trails, stored, NOW - DAY, NOW, 12, falling=False)
    assert other.before == [None] * 12


FACTS = CheckFacts(stored_samples.REDIS, CommandCheck(command=("/bin/true",), help="Start it."), {"24 h": Uptime(1, 1)},
                   Slo(99.9, Uptime(1, 1), 100, -5, None))


@lru_cache
def just_begun() -> Monitor:
    return samples.monitored(samples.normal_at, watched=MINUTE)[0]


def check_text(facts: CheckFacts | None, problem: str = "", height: int | None = 30) -> str:
    return text(check_page(facts, just_begun().trails, width=80, height=height, now=NOW, zone=ZONE, problem=problem))


def test_a_failed_check_says_what_to_do_before_its_chart() -> None:
    assert check_text(None).strip() == "It is being read."
    assert check_text(None, problem="It is gone.").strip() == "It is gone."
    shown = check_text(FACTS).splitlines()
    assert "critical  refused  since 14:27" in shown[1]
    assert "to do" in shown[2]
    assert "broken by" in check_text(FACTS, height=None)
    stale = FACTS._replace(state=replace(stored_samples.REDIS, at=NOW - HOUR))
    assert "since 14:27" not in check_text(stale)


def test_a_resolved_alert_is_quiet() -> None:
    over = replace(DOWN, ended=NOW - MINUTE, phase=Phase.OK)
    shown = alert_page(over, EVENTS, None, VIEW)
    assert shown[0].text.strip().startswith("● RESOLVED  redis  was critical")
    assert "by 14:" not in text(shown)
    assert "within 15 min, by 14:43" in text(alert_page(DOWN, EVENTS, EVIDENCE, VIEW))


SOME = Uptime(10, 1)
RELIABLE = Reliability("home", "GET /", SOME, SOME, SOME, Slo(99.9, SOME, 5, -2, 3.0))


def test_the_table_of_uptime_leaves_out_whole_columns() -> None:
    wide = text(uptime_lines([RELIABLE], VIEW._replace(cells=118)))
    assert all(word in wide for word in ("target", "24 h", "7 d", "30 d", "budget left", "burn", "watched"))
    assert "2 s over" in wide
    narrow = text(uptime_lines([RELIABLE], VIEW._replace(cells=40)))
    assert "30 d" in narrow
    assert "watched" not in narrow
    assert "No checks are configured" in text(uptime_lines([], VIEW))


hostile = st.one_of(st.sampled_from(CORPUS), st.text(max_size=30))
levels = st.sampled_from(Level)
moments = st.one_of(st.integers(NOW - 3 * DAY, NOW + HOUR), st.just(0))
states = st.builds(
    CheckState, name=hostile, kind=hostile, level=levels, since=moments, text=hostile,
    at=st.one_of(st.none(), moments), output=hostile, label=hostile, group=hostile, limit=hostile,
    uptime=st.one_of(st.none(), st.floats(0, 100)), p95=st.one_of(st.none(), st.floats(0, 1e6)),
    maintenance=st.booleans(), values=st.dictionaries(hostile, st.one_of(st.none(), st.floats(), hostile), max_size=2))
alerts = st.builds(
    Alert, id=st.integers(1, 2**40), key=hostile, rule=hostile, target=hostile, title=hostile,
    severity=st.sampled_from(Severity), phase=st.just(Phase.FIRING), begun=moments, fired=moments, text=hostile,
    detail=st.builds(Detail, help=hostile, runbook=hostile, check=hostile, category=hostile, limit=hostile),
    acknowledged=st.one_of(st.none(), moments), acknowledged_by=hostile, note=hostile, muted_by=hostile,
    flapping=st.booleans(), count=st.integers(1, 999))
windows = st.builds(Window, id=st.integers(1, 999), kind=st.sampled_from(WindowKind), pattern=hostile, author=hostile,
                    reason=hostile, begins=moments, ends=moments)
changes = st.builds(Change, at=moments, kind=st.sampled_from(ChangeKind), text=hostile)
everything = st.builds(
    Stored, checks=st.lists(states, max_size=6).map(tuple), alerts=st.lists(alerts, max_size=4).map(tuple),
    changes=st.lists(changes, max_size=4).map(tuple), on_call=hostile, windows=st.lists(windows, max_size=3).map(tuple),
    help=st.dictionaries(hostile, hostile, max_size=2))
signs = st.sampled_from([UNICODE, ASCII])


def assert_fits(lines: list[Line], cells: int) -> None:
    for one in lines:
        assert_inert(one.text)
        assert width(one.text) == one.cells <= cells
        assert all(spot.start >= 0 and spot.start + spot.width <= cells for spot in one.spots)


@settings(max_examples=25)
@given(everything, st.integers(20, 220), st.one_of(st.none(), st.integers(1, 70)), signs)
def test_any_panel_fits_and_nothing_acts(stored: Stored, cells: int, height: int | None, glyphs: Glyphs) -> None:
    health = samples.degraded()
    assert_fits([banner(health, width=cells, glyphs=glyphs, now=NOW, zone=ZONE, stored=stored),
                 *page(health, width=cells, height=height, glyphs=glyphs, now=NOW, zone=ZONE, stored=stored)], cells)


@settings(max_examples=20)
@given(everything)
def test_whatever_is_wrong_can_be_opened(stored: Stored) -> None:
    lines = page(samples.degraded(), width=80, height=15, now=NOW, zone=ZONE, stored=stored)
    targets = {spot.target for line in lines for spot in line.spots}
    for one in troubles(samples.degraded(), stored, VIEW):
        assert not one.listed or one.target in targets or one.line in targets


@settings(max_examples=20)
@given(states, hostile, st.integers(20, 200), st.one_of(st.none(), st.integers(1, 60)), signs)
def test_any_check_fits(state: CheckState, text_given: str, cells: int, height: int | None, glyphs: Glyphs) -> None:
    monitor = just_begun()
    facts = CheckFacts(state, CommandCheck(command=("/bin/true",), help=text_given), {"24 h": Uptime(5, 5, 5, 5)}, None)
    for past in (NOTHING, Past(problem=text_given), Past(means=(1.0, None) * 40, changes=(
            Change(NOW - MINUTE, ChangeKind.UNIT, text_given),))):
        for period in (RANGES[0], RANGES[-1]):
            assert_fits(check_page(facts, monitor.trails, width=cells, height=height, range=period, glyphs=glyphs,
                                   now=NOW, zone=ZONE, past=past), cells)


@settings(max_examples=20)
@given(alerts, st.integers(20, 200), signs)
def test_any_alert_and_any_table_fit(alert: Alert, cells: int, glyphs: Glyphs) -> None:
    view = View(cells, glyphs, NOW, ZONE)
    assert_fits(alert_page(alert, EVENTS, EVIDENCE, view), cells)
    assert_fits(alert_page(replace(alert, ended=NOW), EVENTS, EVIDENCE, view), cells)
    assert_fits(uptime_lines([RELIABLE, RELIABLE._replace(name=alert.title, label=alert.text, promise=None)], view),
                cells)


@pytest.mark.parametrize("text_given", CORPUS, ids=map(str, range(len(CORPUS))))
def test_foreign_text_in_every_place_does_nothing(text_given: str) -> None:
    alert = replace(DOWN, title=text_given, text=text_given, note=text_given, acknowledged=NOW, rule=text_given,
                    acknowledged_by=text_given, muted_by=text_given, target=text_given,
                    detail=Detail(help=text_given, runbook=text_given, check=text_given, ladder=text_given))
    window = replace(stored_samples.WORK, pattern=text_given, author=text_given, reason=text_given)
    stored = Stored((replace(stored_samples.REDIS, name=text_given, text=text_given, label=text_given),), (alert,),
                    (Change(DOWN.begun, ChangeKind.UNIT, text_given),), text_given, {text_given: text_given}, (window,))
    lines = page(samples.normal(), width=130, height=None, now=NOW, zone=ZONE, stored=stored)
    assert_fits([banner(samples.normal(), width=130, now=NOW, zone=ZONE, stored=stored), *lines], 130)
