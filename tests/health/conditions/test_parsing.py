"""Conditions are read as they are meant, and a mistake is explained where it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.conditions import Condition, ConditionError, mistake, parse
from opsconsole.health.conditions.literals import Lit
from tests.health.conditions.strategies import conditions, texts
from tests.hostile import CORPUS, assert_inert

UNITS = {"latency": "seconds", "status": "number", "size": "bytes", "used": "percent", "rate": "per second",
         "speed": "bytes per second", "state": "text", "active": "bool", "depth.*": "number", "body": "text"}


@pytest.mark.parametrize(("text", "canonical", "limit"), [
    ("status in [200, 429]", "status in [200, 429]", "in [200, 429]"),
    ("status not in[500]", "status not in [500]", "not in [500]"),
    ("latency<3s", "latency < 3s", "< 3 s"),
    ("latency <= 1h 30 min", "latency <= 1h30m", "<= 1 h 30 min"),
    ("latency > -21d", "latency > -21d", "> -21 d"),
    ("latency > 0", "latency > 0s", "> 0 s"),
    ("size > 10MB", "size > 10MB", "> 10 MB"),
    ("size >= 1 GiB", "size >= 1GiB", ">= 1 GiB"),
    ("size == 1000", "size == 1kB", "== 1 kB"),
    ("used < 80 %", "used < 80%", "< 80 %"),
    ("used < 99.5", "used < 99.5%", "< 99.5 %"),
    ("rate < 5/min", "rate < 5/min", "< 5 /min"),
    ("rate < 0.5", "rate < 0.5/s", "< 0.5 /s"),
    ("speed < 10MB/s", "speed < 10MB/s", "< 10 MB/s"),
    ("state == 'it''s'", None, ""),
    ('state != "a \\"b\\" \\\\ c"', 'state != "a \\"b\\" \\\\ c"', None),
    ("active == true", "active == true", "== true"),
    ("depth.orders:new < 1000", "depth.orders:new < 1000", "< 1000"),
    ('"depth.a b" < 3', '"depth.a b" < 3', "< 3"),
    ('body.status == "ok"', 'body.status == "ok"', '== "ok"'),
    ("body.items[0].id != null", "body.items[0].id != null", "!= null"),
    ('body["a key"][-1] == false', 'body["a key"][-1] == false', "== false"),
    ('body contains "x"', 'body contains "x"', 'contains "x"'),
    (r'body matches "v\d+\.\d"', r'body matches "v\\d+\\.\\d"', None),
])
def test_is_read(text: str, canonical: str | None, limit: str | None) -> None:
    if canonical is None:
        assert mistake(text, UNITS)
        return
    canonical = canonical.replace("1kB", "1KB")
    found = parse(text, UNITS)
    assert (str(found), found.text) == (canonical, canonical)
    assert parse(canonical, UNITS) == found
    if limit is not None:
        assert found.limit == limit.replace("1 kB", "1 KB")


@pytest.mark.parametrize(("text", "says", "position"), [
    ("", "a condition is missing", 0),
    ("latancy < 3s", "did you mean `latency`?", 0),
    ("nothing < 3s", "there are active, body, depth.*", 0),
    ("latency < 3", "`latency` is a time: write 3s, 3min, 3h or 3d, not 3", 10),
    ("latency < 3sec", "expected a duration such as", 10),
    ("latency < 80%", "`latency` is a time", 10),
    ("size > 10M", "10MB (1000s) or 10MiB (1024s)", 7),
    ("size > 3s", "`size` is a size: write a size such as 10MB, not 3s", 7),
    ("size > 1.5", "`size` is a size", 7),
    ("status < 80%", "`status` is a plain number: write 80, not 80%", 9),
    ("used < 3s", "`used` is a share: write a percentage such as 80%", 7),
    ("rate < 3s", "`rate` is a rate", 7),
    ("rate < 3/day", "a rate per `/s`, `/min` or `/h`", 7),
    ("speed < 10MB", "write 10MB/s, not 10MB", 8),
    ("speed < 10MB/min", "an amount per second", 8),
    ("state == ok", 'text stands in quotes: "ok"', 9),
    ("state == 3", 'write "3", not 3', 9),
    ("state < 'a'", "compares numbers", 8),
    ("active > true", "compares numbers", 9),
    ("active == True", "write `true` in small letters", 10),
    ("active == None", "write `null`", 10),
    ("status = 200", "expected `==` in place of `=`", 7),
    ("status => 200", "expected `>=` in place of `=>`", 7),
    ("status is 200", "expected `==` in place of `is`", 7),
    ("status not 200", "`not` is followed by `in`", 7),
    ("status quite 200", "expected ==, !=, <", 7),
    ("status", "the comparison is missing", 6),
    ("status ==", "expected what it is compared with, such as 200", 9),
    ("status in 200", "expected a list in brackets", 10),
    ("status in []", "the list is empty", 11),
    ("status in [200", "expected `,` or `]`", 14),
    ("status == [200]", "a list is compared with `in`", 10),
    ("status contains 'x'", "`status` is a plain number", 16),
    ("latency < 3s and status == 200", "one condition has one comparison", 13),
    ("latency < 3s, status == 200", "one condition has one comparison", 12),
    ("latency < 3s please", "expected the end of the condition, not `please`", 13),
    ("> 3", "there is no value `value`", 0),
    ("state == 'ok", "the quote that begins here has no end", 9),
    ("body. == 1", "expected a key after the dot", 5),
    ("body[x] == 1", "expected a number or a key in quotes", 5),
    ("body[0 == 1", "expected `]`", 6),
    ("body matches 3", "`matches` needs a regular expression in quotes", 13),
    ("body matches '(a'", "the regular expression: this group has no end", 13),
    ("body matches '(?=a)'", "no look-around", 13),
    (r"body matches '(a)\1'", "a reference to a group is not possible", 13),
    ("status < " + "9" * 101, "a number of fewer digits", 9),
    ("status in [" + "1, " * 101 + "1]", "a list has at most 100 items", None),
    ("s" * 3000, "a condition has at most 2000 characters", 2000),
])
def test_a_mistake_is_explained(text: str, says: str, position: int | None) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text, UNITS)
    assert says in str(caught.value)
    assert position is None or caught.value.position == position
    assert f"(at character {caught.value.position + 1} of `" in str(caught.value)
    assert mistake(text, UNITS) == str(caught.value)


def test_a_check_without_a_body_says_so() -> None:
    assert "there is no `body` here; there are age" in mistake('body contains "x"', {"age": "seconds"})


def test_without_units_every_name_and_unit_is_possible() -> None:
    assert str(parse("> 80%")) == "value > 80%"
    assert parse("in [1, 2]").name == "value"
    assert parse("anything < 3").want == Lit("number", 3)
    assert str(parse("matches 'x'")) == 'value matches "x"'


@given(conditions())
def test_its_text_is_read_as_the_same(condition: Condition) -> None:
    text = str(condition)
    assert parse(text) == condition
    assert str(parse(text)) == text


@given(texts | st.text("latencybody.[]()<>=!'\"0123456789 smhdMBG%/in,\\", max_size=40))
def test_no_text_does_harm(text: str) -> None:
    for units in (None, UNITS):
        wrong = mistake(text, units)
        assert_inert(wrong)
        if wrong:
            with pytest.raises(ConditionError) as caught:
                parse(text, units)
            assert 0 <= caught.value.position <= len(text)
        else:
            found = parse(text, units)
            assert parse(str(found), units) == found
            assert found.holds({}) in {None, True, False}


@pytest.mark.parametrize("foreign", CORPUS)
def test_a_hostile_condition_is_named_harmlessly(foreign: str) -> None:
    for text in (foreign, f"latency < {foreign}", f"state == '{foreign}' x"):
        assert_inert(mistake(text, UNITS))
