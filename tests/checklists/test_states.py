"""How a run stands at a moment."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.checklists.model import Category, Run, RunState, Signature
from opsconsole.checklists.states import ORDER, is_late, missed_at, next_change, rank, state_of

PLANNED = Run(id=1, slug="morning", title="Morning", category=Category.DAILY, occurrence="2027-01-04", template="",
              opens=100, due=200, late=300, missed=800)
DEMAND = msgspec.structs.replace(PLANNED, due=None, late=None, missed=None)


def run(base: Run = PLANNED, **keys: Any) -> Run:
    return msgspec.structs.replace(base, **keys)


ONE, TWO = (Signature("ana", 250),), (Signature("ana", 250), Signature("ben", 260))


@pytest.mark.parametrize(("one", "now", "state"), [
    (run(), 99, RunState.UPCOMING), (run(), 100, RunState.OPEN), (run(), 199, RunState.OPEN),
    (run(), 200, RunState.DUE), (run(), 299, RunState.DUE), (run(), 300, RunState.LATE), (run(), 799, RunState.LATE),
    (run(), 800, RunState.MISSED),
    (run(DEMAND), 99, RunState.UPCOMING), (run(DEMAND), 10**9, RunState.OPEN),
    (run(begun=90), 95, RunState.RUNNING), (run(begun=210), 900, RunState.RUNNING),
    (run(DEMAND, begun=90), 10**9, RunState.RUNNING),
    (run(begun=210, persons=2), 900, RunState.RUNNING),
    (run(begun=210, persons=2, signatures=ONE), 900, RunState.WAITING),
    (run(begun=210, persons=2, signatures=ONE, deferred=950), 900, RunState.WAITING),
    (run(begun=210, persons=2, signatures=TWO, ended=260, outcome="done"), 900, RunState.DONE),
    (run(deferred=950), 120, RunState.DEFERRED), (run(deferred=950), 949, RunState.DEFERRED),
    (run(deferred=950), 950, RunState.LATE), (run(deferred=950), 1549, RunState.LATE),
    (run(deferred=950), 1550, RunState.MISSED), (run(deferred=150), 160, RunState.OPEN),
    (run(deferred=150), 799, RunState.LATE), (run(deferred=150), 800, RunState.MISSED),
    (run(begun=210, deferred=950), 900, RunState.DEFERRED), (run(begun=210, deferred=950), 950, RunState.RUNNING),
    (run(begun=210, ended=300, outcome="done"), 900, RunState.DONE),
    (run(begun=210, ended=301, outcome="done"), 302, RunState.DONE_LATE),
    (run(DEMAND, begun=210, ended=10**8, outcome="done"), 10**9, RunState.DONE),
    (run(ended=400, outcome="waived"), 900, RunState.WAIVED),
    (run(ended=800, outcome="missed"), 900, RunState.MISSED), (run(ended=800, outcome="missed"), 0, RunState.MISSED),
])
def test_the_state(one: Run, now: int, state: RunState) -> None:
    assert state_of(one, now) is state


def test_late_while_it_goes_on() -> None:
    assert not is_late(run(), 299)
    assert is_late(run(), 300)
    assert is_late(run(begun=210), 900)
    assert is_late(run(begun=210, persons=2, signatures=ONE), 900)
    assert not is_late(run(DEMAND, begun=210), 900)
    assert not is_late(run(deferred=950), 900)
    assert is_late(run(deferred=950), 950)
    assert not is_late(run(begun=210, ended=400, outcome="done"), 900)


def test_what_was_put_off_is_missed_later() -> None:
    assert missed_at(run()) == 800
    assert missed_at(run(deferred=1000)) == 1600
    assert missed_at(run(deferred=120)) == 800
    assert missed_at(run(DEMAND, deferred=120)) is None


def test_the_order_of_the_list() -> None:
    assert sorted(ORDER) == sorted(RunState)
    assert [state for state in sorted(RunState, key=rank) if state.ended] == list(ORDER[-4:])
    assert rank(RunState.LATE) < rank(RunState.WAITING) < rank(RunState.RUNNING) < rank(RunState.DUE)


RUNS = st.builds(run, st.sampled_from([PLANNED, DEMAND]), begun=st.none() | st.integers(50, 900),
                 deferred=st.none() | st.integers(50, 1200), persons=st.integers(1, 2),
                 signatures=st.sampled_from([(), ONE]))


@given(RUNS, st.integers(0, 2000))
def test_nothing_changes_before_the_next_change(one: Run, now: int) -> None:
    change = next_change(one, now)
    before = (state_of(one, now), is_late(one, now))
    for later in range(now, 2100, 7) if change is None else (change - 1,):
        assert (state_of(one, later), is_late(one, later)) == before
    assert change is None or change > now


def test_what_is_over_does_not_change() -> None:
    assert next_change(run(), 0) == 100
    assert next_change(run(), 300) == 800
    assert next_change(run(), 800) is None
    assert next_change(run(ended=250, outcome="done"), 0) is None
