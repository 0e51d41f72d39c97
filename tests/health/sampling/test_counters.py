from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.sampling.counters import CounterTable, growth, rate

counts = st.integers(0, 2**64 - 1)
times = st.floats(0, 1e9, allow_nan=False)


@given(counts, counts)
def test_growth_is_never_negative(new: int, old: int) -> None:
    grown = growth(new, old)
    assert grown is None or grown >= 0
    if new >= old:
        assert grown == new - old


@given(st.sampled_from([32, 64]), st.integers(1, 2**20), st.integers(0, 2**20))
def test_a_wrap_is_seen(width: int, before_end: int, after: int) -> None:
    assert growth(after, 2**width - before_end) == after + before_end


@given(st.integers(2**31, 3 * 2**30 - 1))
def test_a_reset_is_no_wrap(old: int) -> None:
    assert growth(0, old) is None


def test_no_rate_without_a_time_or_a_base() -> None:
    assert rate(5, None, 1.0) is None
    assert rate(5, 1, 0.0) is None
    assert rate(5, 1, -1.0) is None
    assert rate(5, 1, 2.0) == 2.0


def test_rates_are_averages_over_the_interval_however_long() -> None:
    table = CounterTable()
    assert table.rates({"a": (100, 0)}, 10.0) == {"a": (None, None)}
    assert table.rates({"a": (300, 5)}, 12.0) == {"a": (100.0, 2.5)}
    assert table.rates({"a": (8_640_300, 5)}, 12.0 + 86400) == {"a": (100.0, 0.0)}


def test_devices_come_and_go() -> None:
    table = CounterTable()
    table.rates({"a": (1,), "b": (1,)}, 0.0)
    assert table.rates({"b": (3,), "c": (9,)}, 1.0) == {"b": (2.0,), "c": (None,)}
    assert table.rates({"a": (5,), "b": (3,), "c": (9,)}, 2.0) == {"a": (None,), "b": (0.0,), "c": (0.0,)}


def test_a_zero_interval_repeats_the_rates_and_loses_no_growth() -> None:
    table = CounterTable()
    table.rates({"a": (0,)}, 0.0)
    table.rates({"a": (10,)}, 1.0)
    assert table.rates({"a": (15,), "new": (1,)}, 1.0) == {"a": (10.0,), "new": (None,)}
    assert table.rates({"a": (30,)}, 2.0) == {"a": (20.0,)}


def test_a_clock_that_runs_backwards_starts_anew() -> None:
    table = CounterTable()
    table.rates({"a": (0,)}, 100.0)
    table.rates({"a": (10,)}, 50.0)
    assert table.rates({"a": (12,)}, 51.0) == {"a": (2.0,)}


@given(st.lists(st.tuples(st.dictionaries(st.sampled_from("abc"), st.tuples(counts, counts)), times), max_size=8))
def test_any_history_is_survived(history: list[tuple[dict[str, tuple[int, int]], float]]) -> None:
    table = CounterTable()
    for counters, now in history:
        rates = table.rates(counters, now)
        assert rates.keys() == counters.keys()
        assert all(value is None or value >= 0 for values in rates.values() for value in values)
