"""What a rule asks of the last minutes: the right figure, and none while too little is known."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.alerts.windows import MOST, Values

NOW = 1_795_181_460_000
FIGURES = ("last", "mean", "min", "max", "p50", "p95", "p99", "count")


def filled(over: float, values: list[float], step: float = 10.0) -> tuple[Values, int]:
    window, at = Values(over), NOW
    for value in values:
        at += round(step * 1000)
        window.add(at, value)
    return window, at


def test_nothing_is_said_before_half_of_the_time_is_known() -> None:
    window, at = filled(300, [1.0] * 15)
    assert window.ask("mean", at) is None
    window.add(at + 10_000, 1.0)
    assert window.ask("mean", at + 10_000) == 1.0


def test_nothing_is_said_when_values_cease() -> None:
    window, at = filled(300, [1.0] * 60)
    assert window.ask("last", at + 290_000) == 1.0
    assert window.ask("last", at + 301_000) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=60))
def test_figures_are_those_of_the_values_inside(values: list[float]) -> None:
    window, at = filled(100, values)
    inside = values[-11:]
    assert window.ask("mean", at) == pytest.approx(statistics.fmean(inside), abs=1e-6)
    assert (window.ask("min", at), window.ask("max", at), window.ask("last", at)) == (
        min(inside), max(inside), inside[-1])
    assert window.ask("count", at) == 11
    assert window.ask("p50", at) == sorted(inside)[5]
    assert window.ask("p99", at) == max(inside)
    assert window.ask("change", at) == pytest.approx(values[-1] - values[-12], abs=1e-6)
    assert window.ask("rate", at) == pytest.approx((values[-1] - values[-12]) / 110, abs=1e-6)


def test_what_was_stored_before_the_start_is_taken_in() -> None:
    window, at = filled(300, [5.0])
    window.fill([(at - 10_000 * number, 1.0) for number in range(29, 0, -1)] + [(at, 9.0)])
    assert window.ask("count", at) == 30
    assert window.ask("max", at) == 5.0


def test_the_same_value_is_not_taken_twice() -> None:
    window, at = filled(100, [1.0] * 20)
    for _ in range(5):
        window.add(at, 7.0)
    assert window.ask("max", at) == 1.0


def test_a_clock_that_is_set_moves_everything() -> None:
    window, at = filled(100, [1.0, 2.0] * 10)
    before = [window.ask(figure, at) for figure in FIGURES]  # type: ignore[arg-type]
    window.shift(-7_200_000)
    assert [window.ask(figure, at - 7_200_000) for figure in FIGURES] == before  # type: ignore[arg-type]


def test_a_clock_that_was_put_back_unnoticed_begins_anew() -> None:
    window, at = filled(100, [1.0] * 20)
    window.add(at - 3_600_000, 3.0)
    assert window.ask("last", at - 3_600_000) is None


def test_a_day_is_bounded_and_asked_cheaply() -> None:
    window, at = filled(86_400, [float(number) for number in range(MOST + 100)], 4.0)
    assert window.ask("count", at) == MOST
    assert window.ask("max", at + 1000) == MOST + 99
    window.add(at + 2000, 1e9)
    assert window.ask("max", at + 3000) == MOST + 99
    assert window.ask("max", at + 400_000) == 1e9
