from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core import format as fmt
from opsconsole.core.clock import DAY, HOUR, MINUTE, instant
from opsconsole.core.glyphs import ASCII, UNICODE, Glyphs
from opsconsole.core.text import width

AMOUNTS = st.one_of(st.integers(0, 2**70), st.floats(0, 1e22), st.sampled_from(
    [step**power * share for step in (1000, 1024) for power in range(7) for share in (0.9994, 0.9995, 1, 1.001)]))
SCALES = {"B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4, "PiB": 5, "EiB": 6}
BOTH = st.sampled_from([UNICODE, ASCII])


def read(text: str) -> float:
    figure, unit = text.split()
    return float(figure) * 1024.0 ** SCALES[unit]


@given(AMOUNTS, AMOUNTS)
def test_sizes_grow_with_what_they_measure(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if high < 999 * 1024**6:
        assert read(fmt.size(low)) <= read(fmt.size(high)) * (1 + 1e-9) or fmt.size(low) == fmt.size(high)


@given(AMOUNTS)
def test_sizes_and_rates_are_short(amount: float) -> None:
    for form, cells in ((fmt.size, 8), (fmt.rate, 9), (fmt.count, 7)):
        text = form(amount)
        assert len(text) <= cells
        assert "-" not in text
        assert "e" not in text
        digits = re.sub(r"\D", "", text)
        assert len(digits) <= (4 if form is fmt.count else 3)
        assert not re.search(r"\b1024\b", text) or form is fmt.count


@given(AMOUNTS)
def test_sizes_are_right_within_their_digits(amount: float) -> None:
    if amount < 999 * 1024**6:
        assert math.isclose(read(fmt.size(amount)), amount, rel_tol=0.055, abs_tol=0.5)


@given(st.floats(-1e20, 1e20), st.integers(0, 3))
def test_nothing_is_minus_zero(value: float, digits: int) -> None:
    for text in (fmt.size(value), fmt.rate(value), fmt.count(value), fmt.number(value, digits),
                 fmt.percent(value, digits)):
        assert not re.match(r"-0(\.0*)?( |$)", text), text


@pytest.mark.parametrize(("amount", "text"), [
    (0, "0 B"), (999, "999 B"), (1000, "1 KiB"), (1024, "1 KiB"), (1536, "1.5 KiB"), (9.9 * 1024, "9.9 KiB"),
    (9.96 * 1024, "10 KiB"), (1023.9 * 1024, "1 MiB"), (61 * 1024**3, "61 GiB"), (2**70, ">999 EiB"), (-2048, "-2 KiB"),
    (-0.4, "0 B"),
])
def test_size(amount: float, text: str) -> None:
    assert fmt.size(amount) == text


def test_rate_and_count() -> None:
    assert fmt.rate(1_234_567) == "1.2 MB/s"
    assert fmt.rate(999_999) == "1 MB/s"
    assert fmt.rate(0) == "0 B/s"
    assert fmt.count(9999) == "9999"
    assert fmt.count(9999.4) == "9999"
    assert fmt.count(12_345) == "12 k"
    assert fmt.count(0) == "0"
    assert fmt.number(0.526) == "0.53"
    assert fmt.number(-0.001) == "0.00"


@pytest.mark.parametrize(("value", "digits", "text"), [
    (34.4, 0, "34 %"), (0, 0, "0 %"), (0.2, 0, "<1 %"), (0.5, 0, "<1 %"), (0.51, 0, "1 %"), (99.4, 0, "99 %"),
    (99.96, 0, "99 %"), (100, 0, "100 %"), (250, 0, "250 %"), (99.97, 1, "99.9 %"),
    (0.01, 1, "<0.1 %"), (50, 1, "50.0 %"),
])
def test_percent(value: float, digits: int, text: str) -> None:
    assert fmt.percent(value, digits) == text


@given(st.floats(0, 100), st.integers(0, 3))
def test_percent_says_all_and_nothing_only_when_it_is(value: float, digits: int) -> None:
    text = fmt.percent(value, digits)
    assert text.startswith("100") == (value == 100)
    assert (float(text.removesuffix(" %").lstrip("<")) == 0) == (value == 0)


@pytest.mark.parametrize(("seconds", "text"), [
    (0, "0 s"), (-5, "0 s"), (0.0005, "<1 ms"), (0.25, "250 ms"), (0.9999, "999 ms"), (45.9, "45 s"), (60, "1 min"),
    (90, "1 min 30 s"), (250, "4 min"), (3599, "59 min"), (4200, "1 h 10 min"), (36_060, "10 h"), (86_400, "1 d"),
    (90_000, "1 d 1 h"), (3 * 86_400, "3 d"), (1e30, "364635 d"), (float("inf"), "364635 d"), (float("nan"), "0 s"),
])
def test_duration(seconds: float, text: str) -> None:
    assert fmt.duration(seconds) == text


@given(st.floats(0, 1e12))
def test_durations_have_two_units_at_most(seconds: float) -> None:
    text = fmt.duration(seconds)
    assert len(text.split()) in {2, 4}
    assert len(text) <= 10
    assert not re.search(r"\b(60 s|60 min|24 h)\b", text)


UNIT_SECONDS = {"d": 86_400.0, "h": 3600.0, "min": 60.0, "s": 1.0, "ms": 0.001}


def seconds_of(text: str) -> float:
    parts = text.replace("<1 ms", "0 ms").split()
    return sum(float(figure) * UNIT_SECONDS[unit] for figure, unit in zip(parts[::2], parts[1::2], strict=True))


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_durations_grow_with_time(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert seconds_of(fmt.duration(low)) <= seconds_of(fmt.duration(high))
    assert seconds_of(fmt.duration(high)) <= high


def test_ago() -> None:
    assert [fmt.ago(s) for s in (0, 4.9, 12, 250, 90_000, -240)] == [
        "now", "now", "12 s ago", "4 min ago", "1 d ago", "in 4 min"]


BERLIN = ZoneInfo("Europe/Berlin")
NOW = instant(datetime(2024, 3, 20, 14, 5, 9, tzinfo=BERLIN))


@pytest.mark.parametrize(("at", "text"), [
    (NOW, "14:05"), (NOW - 14 * HOUR - 4 * MINUTE, "00:01"), (NOW - 14 * HOUR - 6 * MINUTE, "Tue 23:59"),
    (NOW - 6 * DAY, "Thu 14:05"), (NOW - 7 * DAY, "13 Mar 14:05"), (NOW - 100 * DAY, "2023-12-11"),
    (NOW + DAY, "Thu 14:05"), (NOW + 30 * DAY, "19 Apr 15:05"), (NOW - 400 * DAY, "2023-02-14"),
])
def test_moment(at: int, text: str) -> None:
    assert fmt.moment(at, NOW, BERLIN) == text


def test_a_stamp_names_its_zone() -> None:
    assert fmt.stamp(NOW, BERLIN) == "2024-03-20 14:05:09 CET"
    assert fmt.stamp(NOW, timezone(timedelta(hours=2))) == "2024-03-20 15:05:09 UTC+02:00"


@given(st.integers(0, 4 * 10**12), st.integers(0, 4 * 10**12))
def test_moments_are_short(at: int, now: int) -> None:
    assert 5 <= len(fmt.moment(at, now, BERLIN)) <= 12


@given(st.text(st.sampled_from("a漢e\u0301 "), max_size=20), st.integers(0, 30))
def test_columns_are_exact(text: str, cells: int) -> None:
    assert width(fmt.right(text, cells)) == width(fmt.left(text, cells)) == cells


@given(st.one_of(st.none(), st.floats()), st.integers(-2, 60), BOTH)
def test_bars_are_exact(value: float | None, cells: int, glyphs: Glyphs) -> None:
    full, empty = fmt.bar(value, cells, glyphs)
    assert width(full + empty) == max(cells, 0)
    if value is None or math.isnan(value) or math.isinf(value):
        assert not full
    elif cells > 1:
        assert bool(full) == (value > 0)
        assert bool(empty) == (value < 100)


@given(st.floats(0, 100), st.floats(0, 100), st.integers(0, 60))
def test_bars_grow(one: float, other: float, cells: int) -> None:
    low, high = sorted((one, other))
    assert len(fmt.bar(low, cells)[0]) <= len(fmt.bar(high, cells)[0])


@given(st.lists(st.one_of(st.none(), st.floats()), max_size=40), st.integers(-1, 30), BOTH,
       st.one_of(st.none(), st.floats(-1e6, 1e6)))
def test_sparklines_are_exact(values: list[float | None], cells: int, glyphs: Glyphs, high: float | None) -> None:
    text = fmt.sparkline(values, cells, glyphs, high=high)
    assert width(text) == max(cells, 0)
    assert set(text) <= {" ", *glyphs.spark}


def test_sparkline() -> None:
    assert fmt.sparkline([0, 50, None, 100], 6) == "  ▁▅ █"
    assert fmt.sparkline([0, 1, 2], 2, high=None) == "▅█"
    assert fmt.sparkline([0, 0], 2, high=None) == "▁▁"
    assert fmt.sparkline([5, 500, -5], 3) == "▁█▁"
    assert fmt.sparkline([3.5e31], 1, high=1.5e-276) == "█"


def test_what_is_not_known_is_a_dash() -> None:
    assert fmt.or_dash(None, fmt.size) == UNICODE.dash
    assert fmt.or_dash(float("nan"), fmt.size, ASCII) == "-"
    assert fmt.or_dash(2048, fmt.size) == "2 KiB"
