"""Limits that must hold, margins, and what is not known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.levels import Level
from opsconsole.health.judging.rules import Bounds, Reading, Standing, Unit, findings, judge, state_of
from opsconsole.health.model import State

BOUNDS = Bounds(warning=80, critical=95, warning_for=10, critical_for=20, margin=5)
PLAIN = Bounds(warning=80, critical=95, margin=5)
values = st.one_of(st.none(), st.floats(0, 120), st.just(float("nan")))


def played(series: list[float | None], bounds: Bounds = BOUNDS, step: float = 5.0) -> list[Standing]:
    """One reading over time, a value every `step` seconds."""
    standings: dict[str, Standing] = {}
    seen = []
    for number, value in enumerate(series):
        standings = judge(standings, [Reading("cpu", value, bounds)], round(number * step * 1000), number * step)
        seen.append(standings["cpu"])
    return seen


def levels(series: list[float | None], bounds: Bounds = BOUNDS) -> list[Level]:
    return [one.finding.level for one in played(series, bounds)]


def test_enters_only_after_it_has_held() -> None:
    assert levels([85, 85, 85, 85]) == [Level.OK, Level.OK, Level.WARNING, Level.WARNING]
    assert levels([85, 85, 70, 85, 85]) == [Level.OK] * 5


def test_pending_is_said_before_the_level() -> None:
    first = played([85])[0].finding
    assert (first.level, first.pending, first.reason) == (Level.OK, Level.WARNING, "")


def test_since_is_when_it_began_not_when_it_was_said() -> None:
    last = played([10, 85, 85, 85])[-1].finding
    assert (last.level, last.since) == (Level.WARNING, 5000)


def test_critical_goes_over_warning_on_its_way() -> None:
    assert levels([97] * 6) == [Level.OK, Level.OK, Level.WARNING, Level.WARNING, Level.CRITICAL, Level.CRITICAL]


def test_leaves_only_below_the_margin() -> None:
    assert levels([81, 79, 76, 75, 74.9], PLAIN) == [Level.WARNING] * 4 + [Level.OK]


def test_a_step_down_from_critical_is_a_warning_since_its_own_begin() -> None:
    last = played([85, 96, 89], PLAIN)[-1].finding
    assert (last.level, last.since) == (Level.WARNING, 0)


@given(st.lists(st.floats(75.01, 120), min_size=1, max_size=60))
def test_a_value_inside_the_margin_never_flaps(series: list[float]) -> None:
    seen = [level >= Level.WARNING for level in levels([99.0, *series], PLAIN)]
    assert all(seen)


@given(st.lists(st.tuples(values, st.floats(0, 40)), max_size=40), st.booleans())
def test_worse_values_never_give_a_better_level(series: list[tuple[float | None, float]], hold: bool) -> None:
    bounds = BOUNDS if hold else PLAIN
    better = levels([value for value, _ in series], bounds)
    worse = levels([None if value is None else value + more for value, more in series], bounds)
    assert all(one <= other for one, other in zip(better, worse, strict=True))


@given(st.lists(values, min_size=1, max_size=40))
def test_unknown_is_never_green_and_never_resolves(series: list[float | None]) -> None:
    seen = played(series, PLAIN)
    for number, standing in enumerate(seen):
        finding = standing.finding
        if finding.value is None:
            assert finding.level is not Level.OK
            before = seen[number - 1].finding.level if number else Level.OK
            assert finding.level >= before


def test_unknown_keeps_the_reason_of_what_fires() -> None:
    last = played([99, None, None], PLAIN)[-1].finding
    assert last.level is Level.CRITICAL
    assert last.reason == "no reading; was 99 %, critical from 95 %"


@given(st.lists(st.tuples(values, st.integers(-10**12, 10**12), st.floats(-1e6, 1e6)), max_size=30))
def test_clocks_that_jump_break_nothing(steps: list[tuple[float | None, int, float]]) -> None:
    standings: dict[str, Standing] = {}
    for value, now, tick in steps:
        standings = judge(standings, [Reading("cpu", value, BOUNDS)], now, tick)
        assert standings["cpu"].finding.since <= now


def test_time_in_which_nobody_watched_does_not_count_as_held() -> None:
    reading = [Reading("cpu", 90.0, BOUNDS)]
    first = judge({}, reading, 0, 0)
    after = judge(first, reading, 3_600_000, 3600)
    assert after["cpu"].finding.level is Level.OK
    assert judge(after, reading, 3_610_000, 3610)["cpu"].finding.level is Level.WARNING


def test_low_is_bad_where_the_bounds_fall() -> None:
    falling = Bounds(warning=20, critical=10, margin=5, falling=True)
    assert levels([50, 20, 24, 9, 14, 26], falling) == [
        Level.OK, Level.WARNING, Level.WARNING, Level.CRITICAL, Level.CRITICAL, Level.OK]
    assert played([15], falling)[0].finding.reason == "15 %, warning below 20 %"
    assert played([15], falling)[0].finding.limit == "> 20 %"


def test_reason_and_limit_are_written_in_the_unit() -> None:
    said = judge({}, [Reading("disk", 91.0, PLAIN), Reading("temp", 90.0, PLAIN, Unit.CELSIUS),
                      Reading("units", 2.0, Bounds(warning=1), said="2 units failed")], 0, 0)
    assert said["disk"].finding.reason == "91 %, warning from 80 %"
    assert said["disk"].finding.limit == "< 80 %"
    assert said["temp"].finding.reason == "90 °C, warning from 80 °C"
    assert (said["units"].finding.reason, said["units"].finding.limit) == ("2 units failed", "")


def test_what_is_gone_is_forgotten() -> None:
    first = judge({}, [Reading("a", 99.0, PLAIN), Reading("b", 1.0, PLAIN)], 0, 0)
    assert list(judge(first, [Reading("b", 1.0, PLAIN)], 1, 1)) == ["b"]


def test_a_known_begin_is_the_since() -> None:
    reading = Reading("answer:/mnt", 60.0, Bounds(warning=10), Unit.SECONDS, since=1000)
    assert judge({}, [reading], 61_000, 0)["answer:/mnt"].finding.since == 1000


def test_findings_are_worst_first_then_oldest() -> None:
    first = judge({}, [Reading("old", 85.0, PLAIN)], 10, 0)
    both = judge(first, [Reading("ok", 1.0, PLAIN), Reading("new", 85.0, PLAIN), Reading("old", 85.0, PLAIN),
                         Reading("bad", 99.0, PLAIN), Reading("what", None, PLAIN)], 20, 1)
    assert [one.target for one in findings(both)] == ["bad", "old", "new", "what", "ok"]


def test_overall_state() -> None:
    def state(*series: float | None) -> State:
        return state_of(findings(judge({}, [Reading(str(n), v, PLAIN) for n, v in enumerate(series)], 0, 0)))

    assert [state(1), state(1, None), state(None, 85), state(85, 99)] == [
        State.NORMAL, State.UNKNOWN, State.DEGRADED, State.CRITICAL]
    assert state_of([]) is State.UNKNOWN
