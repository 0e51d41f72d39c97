from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.history.model import Gap
from opsconsole.health.history.watching import holes, reach, spans

TIMES = st.lists(st.integers(0, 5_000_000), max_size=50).map(sorted)


def test_the_pause_follows_how_often_is_recorded() -> None:
    assert reach([]) == reach([5]) == reach([0, 1, 2]) == reach(list(range(0, 100_000, 10_000))) == 30_000
    assert reach(list(range(0, 600_000, 60_000))) == 180_000
    assert reach(list(range(0, 60_000_000, 6_000_000))) == 900_000


def test_what_is_between() -> None:
    watched = spans([0, 10, 20, 100, 110, 300], 30)
    assert watched == [(0, 20), (100, 110), (300, 300)]
    assert list(holes(watched, -50, 400, 30)) == [Gap(-50, 0), Gap(20, 100), Gap(110, 300), Gap(300, 400)]
    assert list(holes(watched, 5, 15, 30)) == []
    assert list(holes([(0, 500), (100, 200)], 0, 500, 30)) == []


@given(TIMES, st.integers(1, 100_000), st.integers(0, 5_000_000), st.integers(1, 5_000_000))
def test_no_time_is_in_a_gap(times: list[int], pause: int, since: int, length: int) -> None:
    found = list(holes(spans(times, pause), since, since + length, pause))
    for gap in found:
        assert since <= gap.begun < gap.ended <= since + length
        assert gap.ended - gap.begun > pause
        assert not [at for at in times if gap.begun < at < gap.ended]
    assert found == sorted(found, key=lambda gap: gap.begun)
