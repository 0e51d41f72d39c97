from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import DAY
from opsconsole.health.history.charting import chart, usual_gap
from opsconsole.health.history.model import Cell


def point(at: int, value: float) -> Cell:
    return Cell(at, 0, value, value, value, 1)


def test_values_are_in_the_part_of_their_time() -> None:
    found = chart("x", [point(0, 1.0), point(9, 3.0), point(10, 5.0), point(40_000, 7.0)], 0, 80_000, 8)
    assert [(one.start, one.end) for one in found.buckets][:2] == [(0, 10_000), (10_000, 20_000)]
    first, fifth = found.buckets[0], found.buckets[4]
    assert (first.count, first.min, first.mean, first.max) == (3, 1.0, 3.0, 5.0)
    assert (fifth.count, fifth.mean) == (1, 7.0)


def test_a_gap_stays_one() -> None:
    cells = [point(at, 1.0) for at in range(0, 100_000, 10_000)] + [point(at, 2.0) for at in
                                                                   range(300_000, 400_000, 10_000)]
    means = [one.mean for one in chart("x", cells, 0, 400_000, 40).buckets]
    assert means == [1.0] * 10 + [None] * 20 + [2.0] * 10


def test_between_two_runs_of_a_check_its_value_stands() -> None:
    cells = [point(at, float(at)) for at in range(60_000, 600_000, 60_000)]
    found = chart("x", cells, 0, 600_000, 60).buckets
    assert [one.mean for one in found[:6]] == [None] * 6
    assert [one.mean for one in found[6:12]] == [60_000.0] * 6
    assert [one.count for one in found[6:12]] == [1, 0, 0, 0, 0, 0]
    assert [one.mean for one in found[-5:]] == [None] * 5


def test_long_cells_fill_every_part_that_they_reach() -> None:
    quarter = Cell(900_000, 900_000, 1.0, 3.0, 8.0, 4)
    found = chart("x", [quarter], 0, 3_600_000, 12).buckets
    assert [one.mean for one in found] == [None] * 3 + [2.0] * 3 + [None] * 6
    assert found[3].min == 1.0
    assert found[3].max == 3.0
    cut = chart("x", [quarter], 1_000_000, 1_010_000, 2).buckets
    assert [one.mean for one in cut] == [2.0, 2.0]


def test_the_gap_follows_the_usual_distance() -> None:
    assert usual_gap([]) == 30_000
    assert usual_gap([point(at, 0.0) for at in range(0, 90_000, 10_000)]) == 30_000
    assert usual_gap([point(at, 0.0) for at in range(0, 900_000, 60_000)]) == 180_000
    minutes = [Cell(at, 60_000, 0.0, 0.0, 0.0, 1) for at in range(0, 900_000, 60_000)]
    assert usual_gap(minutes) == usual_gap([*minutes, point(901_000, 0.0)]) == 60_000
    assert usual_gap(minutes[::5]) == 900_000
    assert usual_gap([Cell(at, DAY, 0.0, 0.0, 0.0, 1) for at in range(0, 9 * DAY, DAY)]) == 0, "a day is a gap"


@given(st.lists(st.tuples(st.integers(-50, 150), st.integers(0, 40), st.integers(1, 5),
                          st.floats(-1e100, 1e100)), max_size=40), st.integers(1, 130))
def test_parts_are_equal_and_complete(found: list[tuple[int, int, int, float]], buckets: int) -> None:
    cells = sorted(Cell(start, length, value, value, value * number, number)
                   for start, length, number, value in found)
    made = chart("x", cells, 0, 130, buckets).buckets
    assert len(made) == buckets
    assert (made[0].start, made[-1].end) == (0, 130)
    assert all(one.end == after.start for one, after in pairwise(made))
    for one in made:
        known = [value for value in (one.min, one.mean, one.max) if value is not None]
        assert known == sorted(known)
        assert len(known) in {0, 3}
        assert known or not one.count
    points = [cell for cell in cells if not cell.length and 0 <= cell.start < 130]
    if len(points) == len(cells):
        assert sum(one.count for one in made) == sum(cell.number for cell in points)
