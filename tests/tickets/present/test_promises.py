"""Promises as bars and words: what is well is quiet, what is late cannot be overlooked, also without colour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.glyphs import ASCII
from opsconsole.core.lines import Style
from opsconsole.tickets.clocks import Clock
from opsconsole.tickets.model import ClockKind
from opsconsole.tickets.present.promises import clock_lines, clock_strip, current, missed_before, standing
from tests.health.samples import NOW
from tests.tickets.present.events import VIEW

RESPONSE, NEXT, RESOLUTION = ClockKind
RUNNING = Clock(RESOLUTION, 1, NOW - 8 * MINUTE, 2 * HOUR, "clock", due=NOW + 112 * MINUTE, used=8 * MINUTE,
                left=112 * MINUTE, warn_at=NOW + 82 * MINUTE)


def clock(kind: ClockKind = RESOLUTION, segment: int = 1, target: int | None = 2 * HOUR, **more: object) -> Clock:
    return Clock(kind, segment, NOW - 3 * HOUR, target, str(more.pop("calendar", "clock")), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("given", "said", "style"), [
    (RUNNING, "1 h 52 min left of 2 h", Style.TEXT),
    (clock(due=NOW + 20 * MINUTE, used=100 * MINUTE, left=20 * MINUTE, warn_at=NOW - MINUTE), "20 min left of 2 h",
     Style.WARNING),
    (clock(due=NOW - 4 * MINUTE, breached=NOW - 4 * MINUTE, used=124 * MINUTE, left=-4 * MINUTE), "late by 4 min",
     Style.CRITICAL),
    (clock(due=NOW - 4 * MINUTE, used=124 * MINUTE), "late by 4 min", Style.CRITICAL),
    (clock(breached=NOW - HOUR, due=NOW + HOUR, used=HOUR, left=HOUR), "missed, 1 h left of 2 h", Style.CRITICAL),
    (clock(paused=True, paused_since=NOW - HOUR, used=HOUR, left=HOUR), "paused, 1 h left of 2 h", Style.TEXT),
    (clock(paused=True, breached=NOW - HOUR, used=3 * HOUR, left=-HOUR), "paused, missed by 1 h of 2 h",
     Style.CRITICAL),
    (clock(met=NOW - HOUR, used=90 * MINUTE), "kept, 1 h 30 min of 2 h", Style.MUTED),
    (clock(met=NOW - MINUTE, breached=NOW - HOUR, used=3 * HOUR), "missed by 1 h", Style.CRITICAL),
    (clock(met=NOW - MINUTE, breached=NOW - HOUR, used=HOUR), "missed", Style.CRITICAL),
    (clock(waived=NOW, breached=NOW - HOUR, used=3 * HOUR), "waived: it was missed by 1 h", Style.MUTED),
    (clock(waived=NOW, used=HOUR), "waived", Style.MUTED),
    (clock(target=None, release=True), "with the next release", Style.MUTED),
    (clock(target=None, release=True, paused=True), "paused, with the next release", Style.MUTED),
    (clock(target=None, release=True, met=NOW - 5 * MINUTE), "delivered 14:26", Style.MUTED),
])
def test_standing(given: Clock, said: str, style: Style) -> None:
    found = standing(given, VIEW)
    assert found.text + found.rest == said
    assert found.style is style


def test_only_what_says_something_now() -> None:
    kept = clock(NEXT, 1, met=NOW)
    assert current([kept]) == []
    broken = clock(NEXT, 2, met=NOW, breached=NOW - MINUTE)
    assert current([kept, broken]) == [broken]
    assert current([clock(target=None)]) == []
    first, second = clock(RESOLUTION, 1, met=NOW), clock(RESOLUTION, 2)
    assert current([second, clock(RESPONSE), first]) == [clock(RESPONSE), second]


def test_missed_before() -> None:
    several = [clock(NEXT, 1, breached=NOW), clock(NEXT, 2, breached=NOW, waived=NOW), clock(NEXT, 3),
               clock(RESPONSE, 1, breached=NOW)]
    assert missed_before(several, several[2]) == 1
    assert "missed once before" in clock_lines(several, VIEW)[1].text
    again = [*several, clock(NEXT, 4, breached=NOW), clock(NEXT, 5)]
    assert "missed 2 times before" in clock_lines(again, VIEW._replace(cells=120))[1].text


def test_lines_say_when_it_is_due_and_in_which_hours() -> None:
    (line,) = clock_lines([clock(due=NOW + HOUR, used=HOUR, left=HOUR, calendar="office")], VIEW._replace(cells=100))
    assert line.text.startswith("resolution     ━━━━━━━━━━──────────")
    assert line.text.endswith("1 h left of 2 h  due 15:31 · office hours")
    (line,) = clock_lines([clock(paused=True, paused_since=NOW - HOUR, used=HOUR, left=HOUR)], VIEW)
    assert line.text.endswith("paused 13:31")


def test_beside_each_other_where_there_is_room() -> None:
    both = [clock(RESPONSE, due=NOW - MINUTE, used=2 * HOUR), RUNNING]
    assert len(clock_strip(both, VIEW)) == 2
    (line,) = clock_strip(both, VIEW._replace(cells=118))
    assert "first response" in line.text
    assert "resolution" in line.text
    assert clock_strip([], VIEW) == clock_lines([], VIEW) == []


def test_in_ascii() -> None:
    for line in clock_lines([RUNNING, clock(RESPONSE, due=NOW - MINUTE)], VIEW._replace(glyphs=ASCII)):
        assert line.text.isascii()


TIMES = st.one_of(st.none(), st.integers(NOW - 9 * HOUR, NOW + 9 * HOUR))
CLOCKS = st.builds(
    Clock, st.sampled_from(ClockKind), st.integers(1, 4), st.integers(NOW - 9 * HOUR, NOW),
    st.one_of(st.none(), st.integers(1, 9 * HOUR)), st.sampled_from(("clock", "office", "\x1b[2J")),
    release=st.booleans(), due=TIMES, paused=st.booleans(), paused_since=TIMES, met=TIMES, breached=TIMES, waived=TIMES,
    used=st.integers(0, 9 * HOUR), left=st.one_of(st.none(), st.integers(-9 * HOUR, 9 * HOUR)), warn_at=TIMES)


@given(st.lists(CLOCKS, max_size=6), st.integers(30, 200))
def test_any_clocks_can_be_drawn(clocks: list[Clock], cells: int) -> None:
    view = VIEW._replace(cells=cells)
    for line in (*clock_lines(clocks, view), *clock_strip(clocks, view)):
        assert "\x1b" not in line.text
    assert len(clock_lines(clocks, view)) == len(current(clocks)) <= 3
