from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.history import sketch

LATENCIES = st.floats(min_value=2e-9, max_value=9e8, allow_nan=False)
ANY = st.floats(allow_nan=False, allow_infinity=False)
BINS = st.dictionaries(st.integers(0, sketch.LAST), st.integers(1, 2**40), max_size=60)
SHARES = (0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 1.0)


def of(values: list[float]) -> sketch.Bins:
    bins: sketch.Bins = {}
    for value in values:
        sketch.add(bins, value)
    return bins


@given(st.lists(ANY), st.lists(ANY))
def test_merging_is_the_histogram_of_both(one: list[float], other: list[float]) -> None:
    merged = of(one)
    sketch.merge(merged, of(other))
    assert merged == of(one + other)


@given(st.lists(LATENCIES, min_size=1, max_size=300))
def test_every_quantile_is_within_one_per_cent(values: list[float]) -> None:
    found, exact = sketch.quantiles(of(values), SHARES), sketch.exact_quantiles(values, SHARES)
    assert found is not None
    assert exact is not None
    for about, value in zip(found, exact, strict=True):
        assert about == pytest.approx(value, rel=sketch.ERROR * 1.0001)
    assert sketch.ERROR < 0.01


def test_quantiles_of_a_known_set() -> None:
    values = [float(number) for number in range(1, 101)]
    assert sketch.exact_quantiles(values, (0.5, 0.95, 0.99, 1.0)) == (50.0, 95.0, 99.0, 100.0)
    found = sketch.quantiles(of(values), (0.5, 0.95))
    assert found == pytest.approx((50, 95), rel=0.01)
    assert sketch.quantiles({}, (0.5,)) is None
    assert sketch.exact_quantiles([], (0.5,)) is None


@given(st.lists(ANY, max_size=200))
def test_no_value_makes_it_large(values: list[float]) -> None:
    bins = of([*values, -1.0, 0.0, 1e300, -1e300, 5e-324])
    assert min(bins) >= 0
    assert max(bins) <= sketch.LAST < 2_200
    assert sum(bins.values()) == len(values) + 5


@given(BINS, st.binary(max_size=8))
def test_bytes_and_back(bins: sketch.Bins, behind: bytes) -> None:
    data = sketch.encode(bins)
    assert sketch.decode(data + behind) == (bins, len(data))
    assert sketch.decode(b"\x07" + data, 1) == (bins, len(data) + 1)


@given(st.binary(max_size=40))
def test_damaged_bytes_are_told(data: bytes) -> None:
    try:
        bins, place = sketch.decode(data)
    except ValueError:
        return
    assert place <= len(data)
    assert all(0 <= number <= sketch.LAST for number in bins)


def test_a_cut_off_histogram_is_told() -> None:
    with pytest.raises(ValueError, match="cut off"):
        sketch.decode(sketch.encode({3: 4, 900: 70_000})[:-1])


def test_a_days_worth_is_small() -> None:
    chance = random.Random(7)
    assert len(sketch.encode(of([chance.lognormvariate(-3, 0.5) for _ in range(8_640)]))) < 500
