from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.checks.kinds.worker.following import TooSlow
from opsconsole.health.checks.kinds.worker.matching import (
    CATEGORIES,
    ERRORS,
    HINTS,
    SHOWN,
    SIGN_INS,
    Matcher,
    TimeLimit,
    printable,
)

LINES = st.text(st.characters(exclude_characters="\n"), max_size=60)


@pytest.mark.parametrize("line", [
    "ERROR x", "level=error msg=x", '{"level":"error"}', "ConnectionError: x", "java.io.IOException", "[crit] x",
    "kernel: Out of memory: Killed process", "segfault at 0", "job failed", "Traceback (most recent call last):"])
def test_what_looks_like_an_error(line: str) -> None:
    matcher = Matcher("", "", {})
    matcher.take([line])
    assert matcher.matches == 1


@pytest.mark.parametrize("line", ["0 errors", "all fine", "terrific", "unfailing", "alerting is on", "criteria met"])
def test_what_does_not(line: str) -> None:
    matcher = Matcher("", "", {})
    matcher.take([line])
    assert (matcher.lines, matcher.matches) == (1, 0)


@given(st.from_regex(re.compile(ERRORS, re.IGNORECASE | re.ASCII)) | st.from_regex(re.compile(SIGN_INS, re.ASCII)))
def test_hints_are_in_everything_that_fits(text: str) -> None:
    assert any(hint in text.lower() for hint in HINTS)


@given(st.lists(LINES | st.sampled_from(["error", "Failed password for x", "x failed", "db error"]), max_size=30),
       st.sampled_from(["", "e", "^x"]), st.sampled_from(["", "x$"]))
def test_counts_are_those_of_each_line_by_itself(lines: list[str], pattern: str, ignore: str) -> None:
    matcher = Matcher(pattern, ignore, {"own": "db"})
    matcher.take(lines)
    fits = re.compile(pattern) if pattern else re.compile(ERRORS, re.IGNORECASE)
    kept = [line for line in lines if not (ignore and re.search(ignore, line))]
    matching = [line for line in kept if fits.search(line) or "db" in line]
    assert (matcher.lines, matcher.matches) == (len(lines), len(matching))
    assert matcher.sign_ins == sum(re.search(SIGN_INS, line) is not None for line in kept)
    assert matcher.counts["own"] == sum("db" in line for line in kept)
    assert matcher.counts.total() == matcher.matches
    assert set(matcher.counts) == {"own", "unknown", *CATEGORIES}
    assert list(matcher.last) == matching[-SHOWN:]


def test_a_pattern_is_stopped_in_the_middle() -> None:
    matcher = Matcher(r"(a+)+$", "", {})
    with TimeLimit(matcher.take, 0.05) as limit:
        with pytest.raises(TooSlow):
            limit.take(["a" * 60 + "b"])
        with pytest.raises(TooSlow):
            limit.take(["x"])


def test_long_lines_are_looked_at_from_the_beginning_only() -> None:
    matcher = Matcher("", "", {})
    matcher.take(["x" * 5_000_000 + "error", "error " + "x" * 5_000_000])
    assert (matcher.lines, matcher.matches) == (2, 1)
    assert all(len(line) <= 500 for line in matcher.last)


def test_bytes_that_are_no_text_can_be_stored() -> None:
    assert printable("a\udcffb") == "a\\xffb"
