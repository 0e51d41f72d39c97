"""What holds, what does not, what is not known, and how that is said."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.conditions import Body, Condition, parse
from opsconsole.health.conditions.condition import MOST_JSON, MOST_MATCHED
from tests.health.conditions.strategies import conditions
from tests.hostile import assert_inert

VALUES: dict[str, Any] = {"latency": 4.2, "status": 200, "size": 5_000_000, "used": 81.0, "state": "running",
                          "active": True, "rate": 0.1, "certificate": -86_400.0, "gone": None, "odd": float("nan")}
BODY = json.dumps({"status": "ok", "items": [{"id": 7}, {"id": 8}], "none": None, "tags": ["a", "b"], "n": "3",
                   "deep": {"a key": True}}).encode()


@pytest.mark.parametrize(("text", "holds", "why"), [
    ("latency < 3s", False, "latency 4.2 s, should be < 3 s"),
    ("latency < 5s", True, ""),
    ("latency >= 4200ms", True, ""),
    ("status in [200, 429]", True, ""),
    ("status not in [200, 429]", False, "status 200, should be none of 200, 429"),
    ("status in [500]", False, "status 200, should be one of 500"),
    ("status != 200", False, "status 200, should be other than 200"),
    ("used < 80%", False, "used 81 %, should be < 80 %"),
    ("rate < 5/min", False, "rate 6 /min, should be < 5 /min"),
    ("certificate > 21d", False, "certificate -1 d, should be > 21 d"),
    ("size > 10MB", False, "size 4.8 MiB, should be > 10 MB"),
    ('state == "running"', True, ""),
    ('state == "failed"', False, 'state "running", should be "failed"'),
    ('state contains "run"', True, ""),
    ('state matches "^run{2}$"', False, 'state does not match "^run{2}$"'),
    ("active == true", True, ""),
    ("active == 1", False, "active true, should be 1"),
    ("nowhere > 1", None, "nowhere is not known"),
    ("gone > 1", None, "gone is not known"),
    ("gone == null", True, ""),
    ("odd < 1", None, "odd is not known"),
    ("state < 3", None, 'state "running", should be < 3'),
    ("status contains '2'", None, 'status does not contain "2"'),
    ('body.status == "ok"', True, ""),
    ("body.items[0].id == 7", True, ""),
    ("body.items[-1].id == 7", False, "body.items[-1].id 8, should be 7"),
    ("body.items[5].id == 7", False, "body.items[5].id null, should be 7"),
    ("body.missing == null", True, ""),
    ("body.none == null", True, ""),
    ("body.tags contains 'b'", True, ""),
    ("body.tags contains 'c'", False, 'body.tags does not contain "c"'),
    ("body.n < 5", False, 'body.n "3", should be < 5'),
    ("body.items == 1", False, "body.items is a list of 2, should be 1"),
    ('body.deep["a key"] == true', True, ""),
    ('body contains "items"', True, ""),
    ('body contains "absent"', False, 'body does not contain "absent"'),
    (r'body matches "\"id\": ?[78]"', True, ""),
])
def test_holds(text: str, holds: bool | None, why: str) -> None:
    found = parse(text).test(VALUES, BODY)
    assert (found.holds, found.why) == (holds, why)
    assert parse(text).holds(VALUES, BODY) is holds


def test_a_body_that_is_not_json() -> None:
    assert parse("body.x == 1").test({}, b"<html>") == (False, "the body is not JSON")
    assert parse("body.x == 1").test({}, b"[" * 100_000) == (False, "the body is not JSON")
    assert parse("body.x != 1").test({}, b"") == (False, "the body is not JSON")
    assert parse("body.x == 1").test({}, None).holds is None
    assert parse('body == "ok"').holds({}, b" ok\n") is True
    assert parse('body contains "\u00e9"').holds({}, "caf\u00e9".encode()) is True
    assert parse('body matches "x"').holds({}, b"\xff\xfe") is False


def test_a_huge_body_is_not_known_where_looking_costs_too_much() -> None:
    huge = b"x" * (10 * 1024 * 1024) + b"end"
    assert parse('body contains "end"').holds({}, huge) is True
    assert "too large" in parse("body.x == 1").test({}, huge).why
    assert parse("body.x == 1").holds({}, huge) is None
    assert parse('body == "x"').holds({}, huge) is None
    assert parse('body matches "end"').test({}, huge) == (
        None, "the first 1 MiB of the body do not match, and no more is looked at")
    assert parse('body matches "^x"').holds({}, huge) is True
    assert len(huge) > MOST_JSON > MOST_MATCHED


def test_json_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    count = 0
    real = msgspec.json.decode

    def counted(raw: bytes) -> object:
        nonlocal count
        count += 1
        return real(raw)

    monkeypatch.setattr(msgspec.json, "decode", counted)
    body = Body(BODY)
    assert all(parse(text).holds({}, body) for text in ('body.status == "ok"', "body.items[0].id == 7"))
    assert count == 1


def test_a_pattern_that_takes_too_long_is_not_known() -> None:
    body = "".join(random.Random(1).choices("ab", k=500_000)).encode()
    found = parse('body matches "(a|b)*a(a|b){300}c"').test({}, body)
    assert found.holds is None
    assert "takes too long" in found.why


values = st.dictionaries(st.sampled_from(["a", "b", "value", "x.y"]),
                         st.none() | st.booleans() | st.floats() | st.text(max_size=5), max_size=4)


@given(conditions(), values, st.none() | st.binary(max_size=30) | st.just(BODY))
def test_nothing_breaks_it(condition: Condition, measured: dict[str, Any], body: bytes | None) -> None:
    found = condition.test(measured, body)
    assert found.holds in {True, False, None}
    assert bool(found.why) is (found.holds is not True)
    assert_inert(found.why)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(-1000, 1000))
def test_a_limit_is_monotone(low: float, high: float, limit: int) -> None:
    low, high = sorted((low, high))
    for op in ("<", "<="):
        condition = parse(f"x {op} {limit}")
        assert condition.holds({"x": low}) or not condition.holds({"x": high})
    for op in (">", ">="):
        condition = parse(f"x {op} {limit}")
        assert condition.holds({"x": high}) or not condition.holds({"x": low})


@given(st.floats(-1e6, 1e6), st.integers(-1000, 1000))
def test_opposites_are_opposite(value: float, limit: int) -> None:
    for one, other in (("<", ">="), (">", "<="), ("==", "!=")):
        assert parse(f"x {one} {limit}").holds({"x": value}) is not parse(f"x {other} {limit}").holds({"x": value})
    assert parse(f"x in [{limit}]").holds({"x": value}) is parse(f"x == {limit}").holds({"x": value})
