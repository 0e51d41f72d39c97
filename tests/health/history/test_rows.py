from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.history import rows

VALUES = st.dictionaries(st.integers(1, 2**31), st.floats(allow_nan=False, allow_infinity=False), max_size=50)
TIMES = st.lists(st.integers(-10, 2**45), min_size=1, max_size=60)


@given(VALUES)
def test_bytes_and_back(values: dict[int, float]) -> None:
    ids, vals = rows.encode(values)
    assert rows.decode(ids, vals) == values
    for series, value in values.items():
        assert rows.value(ids, vals, series) == value
    assert rows.value(ids, vals, 2**31 + 1) is None


@given(VALUES, st.integers(0, 2**31), st.integers(0, 2**31))
def test_a_part_of_the_series(values: dict[int, float], one: int, other: int) -> None:
    first, last = sorted((one, other))
    found = rows.decode(*rows.encode(values), first, last)
    assert found == {series: value for series, value in values.items() if first <= series <= last}


@given(VALUES.filter(bool), st.integers(1, 8))
def test_cut_off_bytes_are_told(values: dict[int, float], cut: int) -> None:
    ids, vals = rows.encode(values)
    with pytest.raises(ValueError, match="cut off"):
        rows.decode(ids, vals[:-cut])
    with pytest.raises(ValueError, match="cut off"):
        rows.places(b"\x80")


@given(TIMES)
def test_keys_always_grow(times: list[int]) -> None:
    keys: list[int] = []
    for at in times:
        keys.append(rows.next_key(keys[-1] if keys else None, at))
    assert all(before < after for before, after in pairwise(keys))


def test_the_time_is_kept() -> None:
    first = rows.next_key(None, 1_700_000_000_000)
    second = rows.next_key(first, 1_700_000_010_000)
    assert [rows.time_of(first), rows.time_of(second)] == [1_700_000_000_000, 1_700_000_010_000]


def test_what_comes_a_little_late_is_put_behind_the_newest() -> None:
    first = rows.next_key(None, 1_700_000_000_000)
    assert rows.time_of(rows.next_key(first, 1_700_000_000_000)) == 1_700_000_000_001
    assert rows.time_of(rows.next_key(first, 1_699_999_990_000)) == 1_700_000_000_001


def test_after_the_clock_was_put_back_its_time_is_the_one_that_counts() -> None:
    first = rows.next_key(None, 1_700_000_000_000)
    second = rows.next_key(first, 1_600_000_000_000)
    assert second > first
    assert rows.time_of(second) == 1_600_000_000_000
    third = rows.next_key(second, 1_700_000_000_000)
    assert third > second
    assert rows.time_of(third) == 1_700_000_000_000
