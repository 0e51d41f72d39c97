"""Every unit reads what it writes, refuses what it cannot be, and says what is allowed."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.units import Duration, Percent, Secret, Size, TimeOfDay, expand

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


@pytest.mark.parametrize(("text", "seconds"), [
    ("0", 0), ("0s", 0), ("90s", 90), ("5m", 300), ("5min", 300), ("2h", 7200), ("3d", 3 * DAY), ("1w", 7 * DAY),
    ("1h30m", 5400), ("1h 30m", 5400), ("90 s", 90), ("250ms", 0.25), ("1.5h", 5400), ("1d2h3m4s", 93_784),
    (" 5m ", 300), ("36500d", 36_500 * DAY)])
def test_durations(text: str, seconds: float) -> None:
    assert Duration.parse(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "s", "30", "-5s", "+5s", "5x", "30m1h", "1h1h", "5m,", "1h-30m", "12:30",
                                  "5M", "1e3s", "nan", "inf", "\u0661\u0662s", "5s\n5s", "36501d",
                                  "9" * 500 + "s", ".5s", "1..5s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        Duration.parse(text)


def test_a_duration_without_unit_is_asked_for_it() -> None:
    with pytest.raises(ValueError, match="30s, 30m, 30h or 30d"):
        Duration.parse("30")


@pytest.mark.parametrize(("seconds", "text"), [
    (0, "0s"), (2, "2s"), (60, "1m"), (90, "1m30s"), (90.1, "1m30.1s"), (0.25, "250ms"), (1.5, "1500ms"),
    (3600, "1h"), (7 * DAY, "7d"), (93_784, "1d2h3m4s")])
def test_durations_as_text(seconds: float, text: str) -> None:
    assert str(Duration(seconds)) == text


@given(st.floats(0, Duration.LIMIT))
def test_a_duration_reads_what_it_writes(seconds: float) -> None:
    duration = Duration(seconds)
    assert Duration.parse(str(duration)) == duration


@given(st.integers(0, 1000), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_the_parts_of_a_duration_add_up(days: int, hours: int, minutes: int, seconds: int, milliseconds: int) -> None:
    text = f"{days}d{hours}h{minutes}m{seconds}s{milliseconds}ms"
    expected = days * DAY + hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
    assert Duration.parse(text) == pytest.approx(expected)


@pytest.mark.parametrize("value", [-1.0, float("inf"), float("nan"), 1e300])
def test_an_impossible_duration_can_still_be_printed(value: float) -> None:
    assert str(Duration(value)).endswith("s")


@pytest.mark.parametrize(("text", "size"), [
    ("0", 0), ("512", 512), ("512B", 512), ("10MB", 10_000_000), ("10mb", 10_000_000), ("10 MB", 10_000_000),
    ("512KiB", 524_288), ("1.5GiB", 1_610_612_736), ("2TB", 2 * 10**12), ("1kB", 1000), ("1EiB", 2**60),
    ("9223372036854775807", 2**63 - 1)])
def test_sizes(text: str, size: int) -> None:
    assert Size.parse(text) == size


@pytest.mark.parametrize("text", ["", "-1", "MB", "10M", "10 g", "1.5B", "1e6", "10MBs", "8EiB", "9" * 500, "1" * 41,
                                  "\u0663MB", "0.3KiB", "1_000"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"size|bytes"):
        Size.parse(text)


def test_a_size_with_half_a_unit_is_offered_both() -> None:
    with pytest.raises(ValueError, match=r"10MB \(1000s\) or 10MiB \(1024s\)"):
        Size.parse("10m")


@pytest.mark.parametrize(("size", "text"), [(0, "0B"), (1, "1B"), (1000, "1KB"), (1024, "1KiB"), (10**6, "1MB"),
                                            (2**20, "1MiB"), (1_234_567, "1234567B"), (1_024_000, "1000KiB")])
def test_sizes_as_text(size: int, text: str) -> None:
    assert str(Size(size)) == text


@given(st.integers(0, Size.LIMIT) | st.integers(0, 60).map(lambda power: 2**power)
       | st.integers(0, 18).map(lambda power: 10**power))
def test_a_size_reads_what_it_writes(size: int) -> None:
    assert Size.parse(str(Size(size))) == size


@pytest.mark.parametrize(("text", "percent"), [("80%", 80), ("80", 80), ("99.9%", 99.9), ("80 %", 80), ("0", 0),
                                               ("250%", 250)])
def test_percentages(text: str, percent: float) -> None:
    assert Percent.parse(text) == percent


@pytest.mark.parametrize("text", ["", "%", "-1%", "80%%", "1,5%", "nan", "1e2", "12:30", "9" * 500, "2000000"])
def test_what_is_no_percentage(text: str) -> None:
    with pytest.raises(ValueError, match="percentage"):
        Percent.parse(text)


@given(st.floats(0, Percent.LIMIT))
def test_a_percentage_reads_what_it_writes(percent: float) -> None:
    assert Percent.parse(str(Percent(percent))) == percent


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("08:00", 480), ("8:05", 485), ("23:59", 1439)])
def test_times_of_day(text: str, minutes: int) -> None:
    assert TimeOfDay.parse(text) == minutes


@pytest.mark.parametrize("text", ["", "24:00", "8", "8:5", "12:60", "8 am", "-1:00", "08:00:00",
                                  "\u0660\u0668:\u0660\u0660"])
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ValueError, match="00:00 to 23:59"):
        TimeOfDay.parse(text)


@given(st.integers(0, TimeOfDay.LIMIT))
def test_a_time_of_day_reads_what_it_writes(minutes: int) -> None:
    assert TimeOfDay.parse(str(TimeOfDay(minutes))) == minutes


@given(st.text(max_size=60) | st.text("0123456789.:%wdhmsKMGiBn -+e", max_size=20),
       st.sampled_from([Duration, Size, Percent, TimeOfDay, Secret]))
def test_any_text_is_a_value_or_a_value_error(text: str, unit: Any) -> None:
    try:
        value = unit.parse(text)
    except ValueError as error:
        said = str(error)
    else:
        said = str(value)
        assert unit.parse(said) == value
    assert said


@pytest.mark.parametrize(("value", "shown"), [
    (Duration(90), "Duration('1m30s')"), (Size(10**6), "Size('1MB')"), (Percent(80), "Percent('80%')"),
    (TimeOfDay(480), "TimeOfDay('08:00')")])
def test_they_are_numbers_that_print_themselves(value: Any, shown: str) -> None:
    assert repr(value) == shown
    assert f"{value}" == str(value)
    assert value + 0 == value
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize(("text", "value"), [
    ("plain", "plain"), ("${A}", "1"), ("x${A}y${B}", "x1y"), ("${C:-z}", "z"), ("${B:-z}", "z"), ("${C:-}", ""),
    ("$$", "$"), ("$${A}", "${A}"), ("^a$", "^a$"), ("$A", "$A"), ("cost 5$", "cost 5$"), ("${D}", "${A}"),
    ("$$$${A}", "$${A}"), ("$$${A}", "$1")])
def test_variables(text: str, value: str) -> None:
    assert expand(text, {"A": "1", "B": "", "D": "${A}"}) == value


@pytest.mark.parametrize("text", ["${", "${}", "${A", "${1}", "${A-B}", "${ A }"])
def test_references_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"\$\$"):
        expand(text, {"A": "1"})


def test_an_unset_variable_is_named() -> None:
    with pytest.raises(ValueError, match="variable NOT_THERE is not set"):
        expand("a${NOT_THERE}", {})


@given(st.text())
def test_doubled_dollars_give_any_text_back(text: str) -> None:
    assert expand(text.replace("$", "$$"), {}) == text


HIDDEN = "hunter2-hunter2"


def test_a_secret_shows_its_place_only() -> None:
    secret = Secret.parse("Bearer ${TOKEN}", {"TOKEN": HIDDEN})
    assert secret.reveal() == f"Bearer {HIDDEN}"
    assert str(secret) == "Bearer ${TOKEN}"
    shown = f"{secret} {secret!r} {secret:>40} {[secret]} {json.dumps(secret)} {secret.lower()} %s" % secret
    assert HIDDEN not in shown
    assert HIDDEN.encode() not in pickle.dumps(secret)


def test_a_secret_that_changed_is_another_one() -> None:
    one, two = (Secret.parse("${TOKEN}", {"TOKEN": value}) for value in ("a", "b"))
    assert one != two
    assert one == Secret.parse("${TOKEN}", {"TOKEN": "a"})
    assert hash(one) == hash(two)


@pytest.mark.parametrize("text", ["", "hunter2", "file:relative", "file:", "$TOKEN", "$${TOKEN"])
def test_a_secret_itself_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="file:/path") as caught:
        Secret.parse(text, {})
    assert str(caught.value) == Secret.ALLOWED


def test_a_malformed_place_of_a_secret_is_a_problem() -> None:
    assert "must be followed by" in Secret.parse("${TOKEN", {}).problem


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{HIDDEN}\n")
    assert Secret.parse(f"file:{tmp_path}/token", {}).reveal() == HIDDEN
    assert Secret.parse("file:~/token", {"HOME": str(tmp_path)}).reveal() == HIDDEN
    assert Secret.parse("file:/${D}/token", {"D": str(tmp_path)}).reveal() == HIDDEN


@pytest.mark.parametrize(("content", "why"), [(None, "does not exist"), (b"", "is empty"), (b"\xff", "is not UTF-8"),
                                              (b"x" * 70_000, "is larger than 64 KiB")])
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    secret = Secret.parse(f"file:{path}", {})
    assert why in secret.problem
    with pytest.raises(ValueError, match=why):
        secret.reveal()


def test_a_secret_that_was_not_fetched_says_so() -> None:
    for secret in (Secret.parse("${TOKEN}"), Secret("${TOKEN}"), copy.copy(Secret.parse("${TOKEN}", {"TOKEN": "a"}))):
        with pytest.raises(ValueError, match="not fetched"):
            secret.reveal()
