"""Says when it will be full, or nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import HOUR, Instant
from opsconsole.health.judging.forecast import FARTHEST, Growth, full_at, growth

STEP = 60_000


def line(slope: float, number: int = 120, start: float = 1e9) -> tuple[list[Instant], list[float]]:
    times = [place * STEP for place in range(number)]
    return times, [start + slope * at / 1000 for at in times]


@given(st.floats(0.01, 1e8), st.integers(12, 400), st.floats(0, 1e9))
def test_a_straight_line_is_found(slope: float, number: int, start: float) -> None:
    found = growth(*line(slope, number, start))
    assert found is not None
    assert found.slope == pytest.approx(slope, rel=0.02)
    assert found.observed == (number - 1) * 60


@given(st.floats(1, 1e6), st.integers(0, 2**32), st.floats(0, 0.02))
def test_outliers_and_noise_do_not_move_it(slope: float, seed: int, noise: float) -> None:
    times, values = line(slope)
    chance = random.Random(seed)
    span = values[-1] - values[0]
    values = [value + chance.uniform(-noise, noise) * span for value in values]
    for _ in range(6):
        values[chance.randrange(len(values))] *= 3
    found = growth(times, values)
    if found is not None:
        assert found.slope == pytest.approx(slope, rel=0.25)


@given(st.lists(st.floats(0, 1e12), min_size=2, max_size=60))
def test_it_never_crashes_and_never_looks_farther_than_it_may(values: list[float]) -> None:
    times = [place * STEP for place in range(len(values))]
    found = growth(times, values)
    if found is not None:
        assert found.slope > 0
        at = full_at(found, 1e9, times[-1], 1e9)
        assert at is None or times[-1] <= at <= times[-1] + FARTHEST * found.observed * 1000


@pytest.mark.parametrize("values", [
    [1e9] * 120,
    [1e9 - 1e6 * place for place in range(120)],
    [1e9 + 1e6 * min(place, 40) for place in range(120)],
    [1e9 + 1e6 * max(0, place - 90) for place in range(120)],
    [1e9 + 1e6 * (place % 40) for place in range(120)],
    [1e9 + (5e8 if place >= 60 else 0) for place in range(120)],
])
def test_what_is_no_steady_growth_gives_nothing(values: list[float]) -> None:
    assert growth([place * STEP for place in range(120)], values) is None


def test_random_walks_give_nothing_mostly() -> None:
    chance = random.Random(7)
    told = 0
    for _ in range(60):
        value, values = 1e9, []
        for _ in range(120):
            value += chance.uniform(-1e6, 1e6)
            values.append(value)
        told += growth([place * STEP for place in range(120)], values) is not None
    assert told <= 6


def test_too_short_too_few_or_full_of_holes_gives_nothing() -> None:
    assert growth(*line(1e6, 11)) is None
    assert growth([place * 1000 for place in range(60)], [1e6 * place for place in range(60)]) is None
    times, values = line(1e6)
    assert growth([*times[:40], *[at + 2 * HOUR for at in times[40:]]], values) is None


def test_full_at() -> None:
    assert full_at(Growth(100, 3600), 36_000, 1_000, 1e9) == 361_000
    assert full_at(Growth(100, 3600), -5, 1_000, 1e9) == 1_000
    assert full_at(Growth(100, 3600), 100 * 3600 * FARTHEST + 1000, 0, 1e9) is None
    assert full_at(Growth(100, 3600), 36_000, 0, 300) is None
