"""Our matcher means what `re` means, and never takes long."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opsconsole.health.conditions.pattern import Pattern, PatternError, TooMuchWork, compiled
from tests.health.conditions.strategies import texts

PIECES = ["a", "b", "c", ".", r"\d", r"\w", r"\s", r"\W", r"\b", r"\B", "^", "$", "[ab]", "[^a]", "[a-c_]", "(a|b)",
          "(?:ab)", "(|c)", r"[\d-]", "\n", " ", r"\.", r"\x41", r"\Z", r"\A", "(x{,2})", "{", "é"]
TIMES = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?"]
FLAGS = ["", "", "(?i)", "(?m)", "(?s)", "(?ims)"]


@st.composite
def patterns(draw: st.DrawFn) -> str:
    def part(depth: int) -> str:
        made = ""
        for _ in range(draw(st.integers(0, 4))):
            piece = draw(st.sampled_from(PIECES))
            if depth and draw(st.booleans()):
                piece = f"({part(depth - 1)}|{part(depth - 1)})"
            look = piece in {"^", "$", r"\b", r"\B", r"\A", r"\Z"}
            made += piece + ("" if look else draw(st.sampled_from(TIMES)))
        return made
    return draw(st.sampled_from(FLAGS)) + part(2)


@given(patterns(), st.text("abcAB01_ .\n-xé{", max_size=12))
def test_it_means_what_re_means(pattern: str, text: str) -> None:
    # Before Python 3.14, `re` finds neither `\b` nor `\B` in an empty text.
    assume(text or r"\B" not in pattern)
    try:
        expected = re.search(pattern, text) is not None
    except re.error:
        with pytest.raises(PatternError):
            Pattern(pattern)
        return
    assert Pattern(pattern).found_in(text) is expected


@given(texts | st.text(r"ab()[]{}*+?|\^$.,-0123456789dwsbnx:P<>!=i", max_size=20), texts)
def test_no_pattern_does_harm(pattern: str, text: str) -> None:
    try:
        found = Pattern(pattern)
    except PatternError:
        return
    assert found.found_in(text) in {True, False}


@pytest.mark.parametrize("pattern", [
    "(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){20}$", "^(a?){30}a{30}$", "([a-z]+)*!", r"(\w+\s?)*!", ".*.*.*=.*x"])
def test_what_ruins_other_matchers(pattern: str) -> None:
    text = "a" * 100_000 + "b"
    assert Pattern(pattern).found_in(text) is False


def test_too_much_work_is_given_up() -> None:
    with pytest.raises(TooMuchWork):
        Pattern("(a|b)*a(a|b){400}c").found_in("".join(random.Random(1).choices("ab", k=200_000)))


def test_a_text_of_all_characters_costs_no_memory_without_end() -> None:
    pattern = Pattern(r"\w+!x")
    text = "".join(chr(code) for code in range(0x4E00, 0x9000)) * 2
    assert pattern.found_in(text) is False
    assert pattern._remembered <= 5_000
    assert len(pattern._states) <= 4_100


@pytest.mark.parametrize(("pattern", "says"), [
    ("(a", "this group has no end (at its character 1)"), ("a)", "a `)` without its `(` (at its character 2)"),
    ("[a", "this set has no end"), ("*a", "there is nothing to repeat before `*`"),
    ("a**", "a repeat cannot be repeated"),
    ("a*+", "a repeat cannot be repeated"), ("^*", "a place between characters cannot be repeated"),
    ("a{3,2}", "at least more than at most"), ("a{5000}", "more than 1000 times"), ("(a{900}){900}", "it is too large"),
    ("a\\", "the backslash at the end"), (r"\q", r"`\q` means nothing"), (r"\xg1", "needs 2 hexadecimal digits"),
    (r"\U00110000", "needs 8 hexadecimal digits"), (r"\01", "hexadecimal"), ("[z-a]", "ends before it begins"),
    (r"[a-\d]", "a range cannot end"), ("(?x)a", "there is no flag `x`"), ("a(?i)b", "only groups"),
    ("(?<=a)b", "no look-around"), (r"(a)\1", "a reference"), ("(" * 60 + ")" * 60, "too many groups"),
    ("a" * 1001, "more than 1000 characters")])
def test_a_mistake_is_explained(pattern: str, says: str) -> None:
    with pytest.raises(PatternError, match=re.escape(says)):
        compiled(pattern)


def test_a_named_group_is_a_group() -> None:
    assert Pattern("^(?P<word>ab)+$").found_in("abab")
    assert not Pattern("^(?P<word>ab)+$").found_in("aba")


@pytest.mark.parametrize(("pattern", "text", "found"), [
    (r"age: (\d+)", "7 files, age: 12 h, age: 13 h", "12"), (r"total.*?(\d+)", "total is 125", "125"),
    (r"total.*(\d)", "total is 125", "5"), (r"(\d+)$", "1\n22\n333\n", "333"),
    (r"(?m)^(\d+) left$", "x\n9 left\ny", "9"),
    (r"(?:a|ab)(c|bcd)(d*)", "abcd", "bcd"), (r"(?P<n>\d+)", "n 5", "5"), (r"\d+", "5", None), (r"a(b)?", "ac", None),
    (r"(\d+) missing", "5 there", None), (r"(?:x(\d))+", "x1x2x3", "3")])
def test_the_first_group_is_that_of_re(pattern: str, text: str, found: str | None) -> None:
    assert Pattern(pattern).first_group(text) == found
    assert found is None or re.search(pattern, text)[1] == found  # type: ignore[index]


# A repeat of what can be nothing is left out: `re` goes round once more there, for nothing.
AROUND = st.lists(st.sampled_from([
    "a", ".", r"\d", r"\w*", r"\s?", ".*", ".*?", "(?:a|ab|1)", "(?:a|1)+?", "[^a]{1,2}", "b??", r"\b", "^", "$"]),
    max_size=4).map("".join)


@given(AROUND, st.sampled_from(["[0-9]+", "[0-9]+?", "a|ab|1.", r"\d\w*"]), AROUND,
       st.text("ab01 .\n", min_size=1, max_size=12))
def test_a_group_finds_what_re_finds(before: str, inner: str, after: str, text: str) -> None:
    pattern = f"{before}({inner}){after}"
    found = re.search(pattern, text)
    assert Pattern(pattern).first_group(text) == (found[1] if found else None)


def test_the_way_to_a_group_is_bounded_too() -> None:
    with pytest.raises(TooMuchWork):
        Pattern(r"(?:\ba.{0,30})*(x)\b").first_group("ab " * 100_000 + "x")
    assert Pattern(r"((a+)+)$").first_group("a" * 5_000 + "b") is None
