"""What entered values mean, and how they are read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.checklists.judging import Judged, judge, limit_of, read_value, written
from opsconsole.checklists.model import MOST_ROWS, MOST_TEXT, Verdict
from opsconsole.checklists.numerals import figure, from_base, read_figure, to_base
from opsconsole.checklists.template import (
    AutoItem,
    ChoiceItem,
    EvidenceItem,
    InstructionItem,
    Item,
    NumberItem,
    TableItem,
    TextItem,
    TickItem,
    YesNoItem,
)
from opsconsole.core.errors import UsageError
from tests.hostile import CORPUS, assert_inert

AGE = NumberItem(id="age", title="Newest backup", unit="h", min=0, max=24)
JOBS = NumberItem(id="jobs", title="Jobs", whole=True)
HEALTH = ChoiceItem(id="health", title="Health", options=("excellent", "good", "fair", "poor"), fails=("poor",))
TOP = TableItem(id="top", title="Top three", columns=("feature", "uses"))
NOTES = TextItem(id="notes", title="Notes")
OPEN = AutoItem(id="open", title="Open tickets", tickets="is:open", expect=("< 5",))
LATENCY = AutoItem(id="latency", title="Latency", check="home", value="latency", unit="ms", expect=("< 300ms",))
OK, FAILED = Verdict.OK, Verdict.FAILED


@pytest.mark.parametrize("item", [TickItem(id="a", title="A"), InstructionItem(id="a", title="A"),
                                  EvidenceItem(id="a", title="A")])
def test_what_is_done_has_no_value(item: Item) -> None:
    assert judge(item, None) == judge(item, True) == Judged(OK, None)
    assert judge(item, False) == Judged(FAILED, None)
    assert limit_of(item) == ""
    assert [read_value(item, text) for text in ("", "done", "OK", " x ")] == [None] * 4
    for value in (1.0, "x", [["x"]]):
        with pytest.raises(UsageError, match="no value"):
            judge(item, value)
    with pytest.raises(UsageError, match="no value"):
        read_value(item, "perhaps")


@pytest.mark.parametrize(("value", "verdict"), [(0, OK), (24, OK), (24.001, FAILED), (-0.5, FAILED), (6, OK)])
def test_a_number_fails_outside_its_limits(value: float, verdict: Verdict) -> None:
    assert judge(AGE, value) == Judged(verdict, float(value), "h", "0 … 24 h")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400, True, "6", None, [["6"]]])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="'Newest backup' wants a number"):
        judge(AGE, value)


def test_whole_numbers() -> None:
    assert judge(JOBS, 3) == Judged(OK, 3.0)
    with pytest.raises(UsageError, match="a whole number"):
        judge(JOBS, 3.5)


def test_minus_nothing_is_nothing() -> None:
    assert str(judge(AGE, -0.0).value) == "0.0"


@pytest.mark.parametrize(("limits", "shown"), [
    ({}, ""), ({"min": 0, "max": 24, "unit": "h"}, "0 … 24 h"), ({"max": 3, "unit": "s"}, "at most 3 s"),
    ({"min": 99.9, "unit": "%"}, "at least 99.9 %"), ({"min": 7, "max": 7}, "7"), ({"max": 0.1}, "at most 0.1")])
def test_limits_as_people_read_them(limits: dict[str, Any], shown: str) -> None:
    assert limit_of(NumberItem(id="a", title="A", **limits)) == shown


@pytest.mark.parametrize(("text", "value"), [
    ("3", 3.0), ("3.5", 3.5), ("3,5", 3.5), ("-2", -2.0), ("\u22122", -2.0), ("+2", 2.0), (".5", 0.5), (",5", 0.5),
    ("1 234", 1234.0), ("1\u202f234,5", 1234.5), ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("1'234'567", 1234567.0),
    ("1,234,567", 1234567.0), ("1.234.567", 1234567.0), ("1_000", 1000.0), ("0,125", 0.125), ("1.234", 1.234),
    ("1234,567", 1234.567), ("6h", 6.0), ("6 h", 6.0), ("6 H", 6.0), ("90 min", 1.5), ("2 d", 48.0), ("1e-05", 1e-5),
    ("  7  ", 7.0), ("0", 0.0), ("-0", 0.0), ("007", 7.0)])
def test_a_number_is_read_as_people_write_it(text: str, value: float) -> None:
    assert read_value(AGE, text) == value
    assert str(read_value(AGE, text)) == str(value)


@pytest.mark.parametrize("text", [
    "", " ", "six", "nan", "inf", "-inf", "1e999", "--3", "3 4", "1 23", "12,34,5", "1,23,456", "1.2.3", "3..5", "3.",
    "1,2.3", "6 apples", "6 MB", "6 h h", "٣", "0x10", "3%", "1 234 5", "9" * 200, "1,234", "'5", "e5", "5 5.5"])
def test_what_is_no_number_is_not_read(text: str) -> None:
    with pytest.raises(UsageError, match="wants a number in h"):
        read_value(AGE, text)


def test_a_comma_that_could_be_either_is_asked_about() -> None:
    with pytest.raises(UsageError, match=r"Write 1234 or 1\.234"):
        read_value(AGE, "1,234")
    assert read_value(JOBS, "1,234") == 1234.0
    assert read_value(JOBS, "3") == 3.0
    with pytest.raises(UsageError, match="a whole number"):
        read_value(JOBS, "many")


def test_a_unit_that_is_a_word() -> None:
    item = NumberItem(id="a", title="A", unit="jobs")
    assert read_value(item, "12 jobs") == read_value(item, "12") == 12.0
    with pytest.raises(UsageError, match="The unit is jobs"):
        read_value(item, "12 h")
    with pytest.raises(UsageError, match="no unit"):
        read_value(JOBS, "12 h")
    assert read_value(NumberItem(id="a", title="A", unit="%"), "99.9%") == 99.9


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", "h", "%", "jobs", "GB"]))
def test_a_number_that_is_shown_is_read_back(value: float, unit: str) -> None:
    assert read_figure(f"{figure(value)} {unit}", unit) == value
    item = NumberItem(id="a", title="A", unit=unit)
    assert judge(item, read_value(item, written(value))).value == value


@given(st.integers(-10**12, 10**12), st.integers(0, 99), st.sampled_from([("", "."), (",", "."), (".", ","), (" ", ","),
                                                                          ("'", "."), ("\u202f", ",")]))
def test_separators_do_not_change_a_number(whole: int, cents: int, signs: tuple[str, str]) -> None:
    text = f"{whole:,}".replace(",", signs[0]) + f"{signs[1]}{cents:02d}"
    assert read_figure(text) == float(f"{whole}.{cents:02d}")


@given(st.text(max_size=30) | st.sampled_from(CORPUS))
def test_any_text_is_a_finite_number_or_a_refusal_that_can_be_shown(text: str) -> None:
    for item in (AGE, JOBS, HEALTH, OPEN, LATENCY, TOP, NOTES, YesNoItem(id="a", title=text[:100] or "A")):
        judged = _judged_or_refused(item, text)
        if isinstance(judged, str):
            assert_inert(judged)
            assert judged.endswith(".")
            continue
        assert judged.verdict in (OK, FAILED)
        # What is stored means the same when it is judged again.
        assert judge(item, judged.value) == judged
        again = judge(item, read_value(item, written(judged.value)))
        assert again == judged or isinstance(item, TableItem)


def _judged_or_refused(item: Item, text: str) -> Judged | str:
    try:
        return judge(item, read_value(item, text))
    except UsageError as refusal:
        return refusal.sentence


def test_a_choice_fails_with_its_bad_words() -> None:
    assert judge(HEALTH, "good") == Judged(OK, "good", "", "excellent, good, fair")
    assert judge(HEALTH, "poor").verdict is FAILED
    for value in ("Good", "great", None, 1.0):
        with pytest.raises(UsageError, match="one of excellent, good, fair, poor"):
            judge(HEALTH, value)
    assert limit_of(ChoiceItem(id="a", title="A", options=("x", "y"))) == ""


def test_a_choice_is_read_by_its_beginning() -> None:
    assert [read_value(HEALTH, text) for text in ("good", "GOOD", " g", "exc", "P")] == [
        "good", "good", "good", "excellent", "poor"]
    close = ChoiceItem(id="a", title="A", options=("green", "greenish", "grey", "Red"))
    assert read_value(close, "green") == "green"
    assert read_value(close, "r") == "Red"
    with pytest.raises(UsageError, match="'gre' can be green, greenish, grey"):
        read_value(close, "gre")
    for text in ("", "blue"):
        with pytest.raises(UsageError, match="one of green"):
            read_value(close, text)


@pytest.mark.parametrize(("expect", "yes", "no", "limit"), [("yes", OK, FAILED, "yes"), ("no", FAILED, OK, "no"),
                                                            ("either", OK, OK, "")])
def test_yes_and_no(expect: Any, yes: Verdict, no: Verdict, limit: str) -> None:
    item = YesNoItem(id="a", title="A", expect=expect)
    assert judge(item, True) == Judged(yes, True, "", limit)
    assert judge(item, False) == Judged(no, False, "", limit)
    assert [read_value(item, text) for text in ("yes", "Y", "ye", "true", "on", "no", "N", "off", "f")] == (
        [True] * 5 + [False] * 4)
    for text in ("", "o", "maybe", "1"):
        with pytest.raises(UsageError):
            read_value(item, text)
    for value in (None, "yes", 1.0):
        with pytest.raises(UsageError, match="yes or no"):
            judge(item, value)


def test_a_text_says_something() -> None:
    assert judge(NOTES, " all well\n") == Judged(OK, "all well")
    assert read_value(NOTES, " all well\n") == "all well"
    for value in ("", " \n", "x" * (MOST_TEXT + 1), None, 1.0):
        with pytest.raises(UsageError, match="'Notes' wants"):
            judge(NOTES, value)
    assert judge(NOTES, "x" * MOST_TEXT).verdict is OK


def test_rows_are_read_line_by_line() -> None:
    assert read_value(TOP, "map | 12\n\n| jobs | 9 |\nchat") == [["map", "12"], ["jobs", "9"], ["chat"]]
    assert judge(TOP, [["map", "12"], ["", " "], ["chat"]]) == Judged(OK, [["map", "12"], ["chat", ""]])
    assert judge(TOP, [["map", "12", ""]]).value == [["map", "12"]]
    assert written([["map", "12"], ["chat", ""]]) == "map | 12\nchat | "


@pytest.mark.parametrize(("value", "wants"), [
    ([], "at least one row"), ([["", ""]], "at least one row"), ([["a", "b", "c"]], "2 cells in a row"),
    ([["a", "b"]] * (MOST_ROWS + 1), f"at most {MOST_ROWS} rows"), ([["a" * MOST_TEXT, "b"]], "characters in all"),
    ("a | b", "rows of 2 cells"), (None, "rows of 2 cells"), (["a"], "rows of 2 cells")])
def test_rows_that_do_not_fit(value: Any, wants: str) -> None:
    with pytest.raises(UsageError, match=wants):
        judge(TOP, value)


cells = st.text("abc 1,é", max_size=4).map(str.strip)


@given(st.lists(st.lists(cells, min_size=2, max_size=2).filter(any), min_size=1, max_size=5))
def test_rows_that_are_shown_are_read_back(rows: list[list[str]]) -> None:
    assert judge(TOP, read_value(TOP, written(rows))).value == rows


def test_the_figure_of_the_machine_entered_by_hand() -> None:
    assert judge(OPEN, 4) == Judged(OK, 4.0, "", "< 5")
    assert judge(OPEN, 5).verdict is FAILED
    assert read_value(OPEN, "1,5") == 1.5
    for value in ("many", True):
        with pytest.raises(UsageError, match="'Open tickets' wants a number"):
            judge(OPEN, value)
    for none in (None, [["4"]]):
        with pytest.raises(UsageError, match="wants a figure"):
            judge(OPEN, none)
    with pytest.raises(UsageError, match="wants a number"):
        read_value(OPEN, "many")


def test_a_figure_has_the_unit_of_its_item_and_its_condition_another_one() -> None:
    assert judge(LATENCY, 299) == Judged(OK, 299.0, "ms", "< 300ms")
    assert judge(LATENCY, 300).verdict is FAILED
    assert read_value(LATENCY, "0.25 s") == 250.0
    age = AutoItem(id="a", title="A", check="backup", unit="h", expect=("< 1d", ">= 0.7h"))
    assert [judge(age, value).verdict for value in (0.6, 0.7, 23.9, 24)] == [FAILED, OK, OK, FAILED]
    plain = AutoItem(id="a", title="A", check="backup", unit="h", expect=("< 24",))
    assert [judge(plain, value).verdict for value in (23.9, 24)] == [OK, FAILED]
    size = AutoItem(id="a", title="A", check="backup", unit="GB", expect=("> 1GB", "< 2GiB"))
    assert [judge(size, value).verdict for value in (1, 1.5, 2.2)] == [FAILED, OK, FAILED]
    rate = AutoItem(id="a", title="A", check="queue", unit="/min", expect=("<= 30/min",))
    assert [judge(rate, value).verdict for value in (30, 31)] == [OK, FAILED]
    assert judge(age, 2).limit == "< 1d, >= 0.7h"


def test_words_of_the_machine() -> None:
    state = AutoItem(id="a", title="A", check="db", expect=('in ["up", "degraded"]',))
    assert read_value(state, " up ") == "up"
    assert judge(state, "up") == Judged(OK, "up", "", 'in ["up", "degraded"]')
    assert judge(state, "down").verdict is FAILED
    ready = AutoItem(id="a", title="A", check="db", expect=("== true",))
    assert read_value(ready, "yes") is True
    assert judge(ready, False).verdict is FAILED
    free = AutoItem(id="a", title="A", command=("uname",))
    assert read_value(free, "4.5") == 4.5
    assert read_value(free, "Linux") == "Linux"
    assert judge(free, "Linux") == Judged(OK, "Linux")
    other = AutoItem(id="a", title="A", check="db", expect=("status == 200",))
    assert judge(other, 3).verdict is OK


@given(st.sampled_from([("ms", 0.001), ("s", 1), ("min", 60), ("h", 3600), ("d", 86400), ("kB", 1e3), ("GiB", 2**30),
                        ("%", 1), ("jobs", 1), ("", 1)]), st.integers(0, 10**6))
def test_units_there_and_back(unit: tuple[str, float], amount: int) -> None:
    assert to_base(amount, unit[0]) == pytest.approx(amount * unit[1])
    assert from_base(to_base(amount, unit[0]), unit[0]) == pytest.approx(amount)


def test_units_are_exact_where_digits_are_and_survive_what_is_no_number() -> None:
    assert to_base(1.1, "h") == 3960
    assert to_base(700, "ms") == 0.7
    assert to_base(1e308, "GB") == float("inf")
    assert to_base(float("inf"), "h") == float("inf")
    assert str(from_base(float("nan"), "h")) == "nan"
