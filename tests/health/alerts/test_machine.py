"""The life of an alert: what fires, what is told, what is over; also over restarts, gaps and clocks that are set."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.alerts.machine import (
    CALM_BELOW,
    FLAPPING_ABOVE,
    Effect,
    Kind,
    Observation,
    Phase,
    Policy,
    State,
    changes,
    closed,
    shifted,
    step,
)
from opsconsole.health.alerts.settings import Within
from tests.health.alerts.course import CRITICAL, INFO, NOW, OBSERVED, POLICIES, WARNING, Course, restarted


@pytest.mark.parametrize("restarts", [False, True])
def test_it_fires_when_it_has_held_and_is_over_when_it_is_well_for_long_enough(restarts: bool) -> None:
    course = Course(Policy(hold=60, recover_hold=30), restarts=restarts)
    assert course.see(*[WARNING] * 6) == []
    assert course.phase is Phase.PENDING
    assert course.see(WARNING) == [Kind.FIRED]
    assert course.state.since == NOW + 10_000
    assert course.see(None, None, None) == []
    assert str(course.phase) == "recovering"
    assert course.see(None) == [Kind.RESOLVED]
    assert course.told == [(Kind.FIRED, WARNING), (Kind.RESOLVED, WARNING)]
    course.see(*[None] * 25)
    assert course.state.quiet


def test_what_stops_too_early_never_fires() -> None:
    course = Course(Policy(hold=60))
    assert course.see(*[WARNING] * 6, None, *[WARNING] * 6, None) == []


def test_it_becomes_worse_and_eases() -> None:
    course = Course(Policy(hold=20, recover_hold=20))
    assert course.see(WARNING, WARNING, WARNING, CRITICAL, CRITICAL) == [Kind.FIRED]
    assert course.see(CRITICAL) == [Kind.WORSE]
    assert course.see(WARNING, WARNING) == []
    assert course.see(WARNING) == [Kind.EASED]
    assert course.state.severity is WARNING
    assert course.see(CRITICAL, CRITICAL, CRITICAL) == [Kind.WORSE]
    assert course.see(None, None, None) == [Kind.RESOLVED]
    assert course.told == [(Kind.FIRED, WARNING), (Kind.WORSE, CRITICAL), (Kind.RESOLVED, CRITICAL)]


def test_the_margin_keeps_it_firing_without_starting_it() -> None:
    course = Course()
    assert course.see("0>2") == []
    assert course.see(WARNING, "0>2", "0>2", None) == [Kind.FIRED, Kind.RESOLVED]


def test_unknown_neither_fires_nor_resolves() -> None:
    course = Course(Policy(hold=30))
    assert course.see("?", "?", "?", "?", "?") == []
    assert course.state.quiet
    assert course.see(*[CRITICAL] * 4) == [Kind.FIRED]
    assert course.see(*["?"] * 200) == [Kind.REMINDED] * 2
    assert course.state.phase is Phase.FIRING
    assert course.see(None) == [Kind.RESOLVED]


def test_a_short_unknown_does_not_begin_the_time_anew_and_a_long_one_does() -> None:
    course = Course(Policy(hold=60, bridge=60))
    assert course.see(WARNING, WARNING, "?", "?", WARNING, WARNING) == []
    assert course.see(WARNING) == [Kind.FIRED]
    course = Course(Policy(hold=60, bridge=60))
    assert course.see(WARNING, *["?"] * 7, WARNING, *[WARNING] * 5) == []
    assert course.see(WARNING) == [Kind.FIRED]


def test_one_zero_one_zero_is_caught_by_within() -> None:
    plain = Course(Policy(hold=60))
    assert plain.see(*[CRITICAL, None] * 20) == []
    course = Course(Policy(within=Within(5, 15)))
    assert course.see(CRITICAL, None, CRITICAL, None, CRITICAL, None, CRITICAL, None) == []
    assert course.see(CRITICAL) == [Kind.FIRED, Kind.FLAPPING]
    assert course.state.since == NOW + 10_000
    assert course.see(*[None, CRITICAL] * 20) == [Kind.REMINDED] * 0
    assert course.told == [(Kind.FIRED, CRITICAL)]
    assert [kind for kind in course.see(*[None] * 30) if kind is not Kind.CALM] == [Kind.RESOLVED]


def test_two_failed_runs_in_a_row() -> None:
    course = Course(Policy(within=Within(2, 2), bridge=300), beat=60)
    assert course.see(CRITICAL, None, CRITICAL, None) == []
    course = Course(Policy(within=Within(2, 2), bridge=300), beat=60)
    assert course.see(WARNING, CRITICAL) == [Kind.FIRED]
    assert course.state.severity is WARNING
    assert course.see(CRITICAL) == [Kind.WORSE]
    assert course.see(None) == [Kind.RESOLVED]


def test_the_same_run_is_not_counted_twice() -> None:
    policy = Policy(within=Within(2, 2))
    run = Observation(NOW, CRITICAL, CRITICAL)
    state = step(State(), policy, NOW + 1_000, run).state
    made = step(restarted(state), policy, NOW + 20_000, run)
    assert made.effects == ()
    assert made.state == state
    assert step(state, policy, NOW + 60_000, run._replace(at=NOW + 59_000)).effects[0].kind is Kind.FIRED


def test_flapping_begins_and_ends_and_is_not_told_again_and_again() -> None:
    course = Course()
    course.see(*[CRITICAL, None] * 12)
    assert course.state.flapping
    assert course.state.open
    assert len(course.told) < 10
    count = len(course.told)
    course.see(*[CRITICAL, None] * 50)
    assert len(course.told) - count <= 2
    kinds = course.see(*[None] * 21)
    assert Kind.CALM in kinds
    assert kinds[-1] is Kind.RESOLVED
    assert not course.state.flapping


@given(st.text("0123", max_size=40))
def test_the_share_of_changes_is_a_share(recent: str) -> None:
    assert 0 <= changes(recent) <= 100.0001
    assert changes("") == 0
    assert changes(recent.lstrip("0")) == changes(recent.lstrip("0").rjust(60, "0"))


def test_the_limits_of_flapping() -> None:
    assert CALM_BELOW < FLAPPING_ABOVE
    assert changes("10" * 10 + "1") == pytest.approx(100)
    assert changes("1" * 21) == 0
    assert changes("1" + "0" * 19 + "1") > changes("1" + "0" * 20)


def test_reminders_until_somebody_acknowledges() -> None:
    course = Course(Policy(remind=60))
    assert course.see(*[CRITICAL] * 13) == [Kind.FIRED, Kind.REMINDED, Kind.REMINDED]
    course.state = msgspec.structs.replace(course.state, acknowledged=True)
    assert course.see(*[CRITICAL] * 20) == []
    course.state = msgspec.structs.replace(course.state, acknowledged=False)
    assert course.see(CRITICAL) == [Kind.REMINDED]


def test_only_what_is_loud_enough_is_told_again() -> None:
    assert Course(Policy(remind=60)).see(*[WARNING] * 20) == [Kind.FIRED]
    assert Course(Policy(remind=60, remind_from=INFO)).see(*[WARNING] * 8) == [Kind.FIRED, Kind.REMINDED]
    assert Course(Policy(remind=None)).see(*[CRITICAL] * 200) == [Kind.FIRED]


def test_what_is_worse_than_acknowledged_withdraws_the_acknowledgement() -> None:
    course = Course()
    course.see(WARNING)
    course.state = msgspec.structs.replace(course.state, acknowledged=True)
    course.see(CRITICAL)
    assert course.seen[-1][1] == Effect(Kind.WORSE, CRITICAL, told=True, withdrawn=True)
    assert not course.state.acknowledged


def test_what_was_muted_is_told_afterwards_if_it_still_fires() -> None:
    course = Course()
    assert course.see(CRITICAL, CRITICAL, muted=True) == [Kind.FIRED]
    assert course.told == []
    assert course.see(CRITICAL) == [Kind.UNMUTED]
    course.see(None, muted=True)
    assert course.told == [(Kind.UNMUTED, CRITICAL), (Kind.RESOLVED, CRITICAL)]


def test_what_fired_and_ended_while_muted_is_not_told_at_all() -> None:
    course = Course()
    assert course.see(CRITICAL, None, muted=True) == [Kind.FIRED, Kind.RESOLVED]
    assert course.see(None) == []
    assert course.told == []


def test_the_most_that_it_can_be() -> None:
    course = Course(Policy(cap=WARNING))
    course.see(CRITICAL)
    assert course.told == [(Kind.FIRED, WARNING)]


def test_somebody_elses_time_is_pending() -> None:
    made = step(State(), Policy(), NOW, Observation(NOW, awaited=WARNING))
    assert made.state.phase is Phase.PENDING
    assert made.state.awaited == {WARNING: NOW}
    made = step(made.state, Policy(), NOW + 10_000, Observation(NOW + 10_000, awaited=WARNING))
    assert made.state.awaited == {WARNING: NOW}
    made = step(made.state, Policy(), NOW + 20_000, Observation(NOW + 20_000, WARNING, WARNING, since=NOW - 5))
    assert made.effects[0].kind is Kind.FIRED
    assert made.state.since == NOW - 5


def test_what_is_not_there_any_more_ends() -> None:
    course = Course()
    course.see(CRITICAL)
    assert closed(course.state).effects == (Effect(Kind.RESOLVED, CRITICAL, told=True),)
    assert closed(State(phase=Phase.PENDING)).effects == ()


def test_a_suspend_is_a_gap() -> None:
    course = Course(Policy(hold=300))
    course.see(*[WARNING] * 5)
    course.now += 3_600_000
    assert course.see(*[WARNING] * 30) == []
    assert course.see(WARNING) == [Kind.FIRED]


@pytest.mark.parametrize("jump", [-86_400_000, -3_600_000, 3_600_000, 86_400_000])
def test_a_clock_that_is_set_changes_no_duration(jump: int) -> None:
    policy = Policy(hold=60, recover_hold=60, remind=120)
    straight, jumped = Course(policy), Course(policy)
    for number, one in enumerate([CRITICAL] * 30 + [None] * 10):
        if number == 3 or number == 20 or number == 33:
            jumped.now += jump
            jumped.state = shifted(jumped.state, jump)
        assert straight.see(one) == jumped.see(one), number
    assert straight.told == jumped.told
    assert len(straight.told) == 3


def test_a_clock_that_was_put_back_while_nobody_looked_stops_nothing() -> None:
    course = Course(Policy(remind=60))
    course.see(CRITICAL)
    course.now -= 86_400_000
    assert course.see(*[CRITICAL] * 7)[-1] is Kind.REMINDED
    assert course.see(None) == [Kind.RESOLVED]


@given(POLICIES, st.lists(st.tuples(OBSERVED, st.booleans()), max_size=60))
def test_a_restart_at_any_point_changes_nothing(policy: Policy, course: list[tuple[Any, bool]]) -> None:
    kept, lost = Course(policy), Course(policy, restarts=True)
    for observed, muted in course:
        assert kept.see(observed, muted=muted) == lost.see(observed, muted=muted)
    assert kept.seen == lost.seen
    assert kept.state == lost.state


@given(POLICIES, st.lists(st.sampled_from([INFO, WARNING, CRITICAL, "?", "-"]), max_size=60))
def test_without_anything_well_nothing_is_resolved(policy: Policy, course: list[Any]) -> None:
    watched = Course(policy)
    assert Kind.RESOLVED not in watched.see(*course)


@given(POLICIES, st.lists(st.sampled_from(["?", "-"]), max_size=60))
def test_nothing_but_unknown_fires_nothing(policy: Policy, course: list[Any]) -> None:
    assert Course(policy).see(*course) == []


@given(POLICIES)
def test_what_stays_bad_always_fires_and_what_stays_well_always_resolves(policy: Policy) -> None:
    watched = Course(policy)
    assert Kind.FIRED in watched.see(*[CRITICAL] * 10)
    assert Kind.RESOLVED in watched.see(*[None] * 40)
    assert watched.state.quiet
