"""Texts that should be numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.checks.kinds.figures import connections, elapsed, number, plain, share


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_it_was_written(value: float) -> None:
    assert number(repr(value)) == value


@given(st.text())
def test_any_other_text_is_none(text: str) -> None:
    value = number(text)
    assert value is None or math.isfinite(value)


@pytest.mark.parametrize("text", ["", "nan", "inf", "-Infinity", "1e999", "1,5", "0x10", "9" * 101, "12 "[:0]])
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None


def test_moments_and_shares() -> None:
    assert elapsed("10.5", "12") == 1.5
    assert elapsed("12", "10") == 0
    assert elapsed("", "10") is None
    assert share({"clients": 5.0, "clients_max": 20.0}, "clients") == {"clients_percent": 25}
    assert share({"clients": 5.0, "clients_max": 0.0}, "clients") == share({"clients": 5.0}, "clients") == {}
    assert connections({"connections": 34.0, "connections_max": 100.0}) == "34 of 100 connections"
    assert connections({}) == "answers"
    assert [plain(value) for value in (42.0, 0.1, 1234567890123.0, -2.5)] == ["42", "0.1", "1234567890123", "-2.5"]
