"""Jobs that must report: new, up, late, down, paused."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND, instant
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks.heartbeat import cron_mistake, judged
from opsconsole.health.checks.judge import judge
from opsconsole.health.checks.model import Beats, Measured, Report
from opsconsole.health.checks.settings.own import HeartbeatCheck

BERLIN = ZoneInfo("Europe/Berlin")
HOURLY = HeartbeatCheck(period=Duration(3600), grace=Duration(600))
NIGHTLY = HeartbeatCheck(cron="30 2 * * *", grace=Duration(3600))
T = 1_700_000_000_000


def ok(at: int, seq: int = 1, took: float | None = None) -> Report:
    return Report(seq, at, "ok", took=took)


def state(measured: Measured) -> tuple[Any, Level]:
    return measured.values["state"], judge(HOURLY, measured, 0, 0.0, "x").level


@pytest.mark.parametrize(("age", "expected"), [
    (0, ("up", Level.OK)), (59 * MINUTE, ("up", Level.OK)), (61 * MINUTE, ("late", Level.WARNING)),
    (70 * MINUTE, ("late", Level.WARNING)), (71 * MINUTE, ("down", Level.CRITICAL)),
    (90 * DAY, ("down", Level.CRITICAL)), (-5 * HOUR, ("up", Level.OK))])
def test_a_period(age: int, expected: tuple[str, Level]) -> None:
    assert state(judged(HOURLY, Beats(ok=ok(T)), T + age)) == expected


def test_new_and_paused_are_unknown() -> None:
    assert state(judged(HOURLY, Beats(), T)) == ("new", Level.UNKNOWN)
    paused = HeartbeatCheck(period=Duration(60), paused=True)
    assert state(judged(paused, Beats(ok=ok(T)), T + DAY)) == ("paused", Level.UNKNOWN)


def test_a_failure_is_down_until_the_next_ok() -> None:
    beats = Beats(ok=ok(T, 1), fail=Report(2, T + MINUTE, "fail", "disk full"))
    measured = judged(HOURLY, beats, T + 3 * MINUTE)
    assert state(measured) == ("down", Level.CRITICAL)
    assert measured.problem == "failed 2 min ago: disk full"
    # It still counts while the job tries again, and the order of arrival counts, not that of the clock.
    again = beats._replace(start=Report(3, T + 2 * MINUTE, "start"))
    assert state(judged(HOURLY, again, T + 3 * MINUTE))[0] == "down"
    assert state(judged(HOURLY, again._replace(ok=ok(T - DAY, 4)), T - DAY))[0] == "up"


def test_a_run_has_the_grace_from_its_start() -> None:
    late = T + 61 * MINUTE
    beats = Beats(ok=ok(T, 1), start=Report(2, late, "start"))
    running = judged(HOURLY, beats, late + 9 * MINUTE)
    assert (*state(running), running.text) == ("up", Level.OK, "running for 9 min")
    hung = judged(HOURLY, beats, late + 11 * MINUTE)
    assert (*state(hung), hung.problem) == ("down", Level.CRITICAL, "started 11 min ago and has not ended")
    # The first run of all.
    assert state(judged(HOURLY, Beats(start=Report(1, T, "start")), T + MINUTE)) == ("up", Level.OK)


def at(text: str) -> int:
    from datetime import datetime

    return instant(datetime.fromisoformat(text).replace(tzinfo=BERLIN))


@pytest.mark.parametrize(("now", "expected"), [
    ("2024-03-06T02:29", ("up", Level.OK)), ("2024-03-06T03:29", ("up", Level.OK)),
    ("2024-03-06T03:31", ("down", Level.CRITICAL))])
def test_a_cron_line(now: str, expected: tuple[str, Level]) -> None:
    assert state(judged(NIGHTLY, Beats(ok=ok(at("2024-03-05T02:45"))), at(now), BERLIN)) == expected


def test_daylight_saving_calls_nobody() -> None:
    # 02:30 does not exist on this day; the run comes at 03:00 or later.
    beats = Beats(ok=ok(at("2024-03-30T02:40")))
    assert state(judged(NIGHTLY, beats, at("2024-03-31T03:40"), BERLIN))[0] == "up"
    assert state(judged(NIGHTLY, beats, at("2024-03-31T05:40"), BERLIN))[0] == "down"
    # 02:30 comes twice; one report is enough.
    autumn = Beats(ok=ok(at("2024-10-27T02:40")))
    assert state(judged(NIGHTLY, autumn, at("2024-10-28T02:20"), BERLIN))[0] == "up"


def test_its_words() -> None:
    well = judged(HOURLY, Beats(ok=ok(T, took=95.0)), T + 12 * MINUTE)
    assert well.text == "reported 12 min ago, took 1 min 35 s"
    assert well.values == {"age": 720.0, "took": 95.0, "message": "", "state": "up"}
    assert judged(NIGHTLY, Beats(ok=ok(at("2024-03-05T02:45"))), at("2024-03-06T04:00"), BERLIN).problem == (
        "no report, expected 02:30, the last was 1 d ago")
    assert judged(HOURLY, Beats(ok=ok(T)), T + 65 * MINUTE).text == "late for 5 min"


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_time_makes_it_never_better(one: int, other: int) -> None:
    early, late = sorted((one, other))
    first, second = (state(judged(HOURLY, Beats(ok=ok(T)), T + age))[1] for age in (early, late))
    assert first <= second


@pytest.mark.parametrize("line", ["", "* * * *", "* * * * * *", "61 * * * *", "0 0 30 2 *", "a b c d e", "@daily"])
def test_a_wrong_cron_line_is_explained(line: str) -> None:
    assert "must be a cron line of five fields" in cron_mistake(line)


@pytest.mark.parametrize("line", ["30 2 * * *", "*/5 * * * MON-FRI", "0 0 29 2 *", "0 0 L * *"])
def test_a_right_cron_line(line: str) -> None:
    assert cron_mistake(line) == ""


def test_settings_need_one_schedule() -> None:
    assert list(HeartbeatCheck().mistakes()) == [("", "a heartbeat needs either `period` or `cron`")]
    both = HeartbeatCheck(period=Duration(60), cron="* * * * *", zone="Mars/Base")
    assert [path for path, _ in both.mistakes()] == ["", "zone"]
    assert [path for path, _ in HeartbeatCheck(cron="x").mistakes()] == ["cron"]
    assert SECOND == 1000
