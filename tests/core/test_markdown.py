"""Markdown of tickets as lines: what people use, and that nothing in it acts, hides, or takes its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.markdown import LONGEST, NARROWEST, inline, markdown_lines, plain_words, wrapped
from opsconsole.core.text import harmless, width
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from opsconsole.core.glyphs import Glyphs

SIGNS = "*_`[]()!<>\\#-+>1. ~ab\n"


def texts(text: str, cells: int = 60, glyphs: Glyphs = UNICODE) -> list[str]:
    return [line.text for line in markdown_lines(text, cells, glyphs)]


def marked(text: str) -> str:
    """A line with its strong parts in braces."""
    return "".join(f"{{{span.text}}}" if span.strong else span.text for span in inline(text))


@pytest.mark.parametrize(("text", "lines"), [
    ("", []), ("\n\n", []), ("one\ntwo", ["one", "two"]), ("one\n\n\n\ntwo\n", ["one", "", "two"]),
    ("one\r\ntwo\r\n", ["one", "two"]),
    ("# Title #", ["Title"]), ("#no title", ["#no title"]), ("####### seven", ["####### seven"]),
    ("- a\n* b\n+ c", ["• a", "• b", "• c"]), ("1. a\n2) b", ["1. a", "2) b"]), ("  - deeper", ["  • deeper"]),
    ("- [ ] to do\n- [x] done", ["[ ] to do", "[x] done"]),
    ("> said\n>> before", ["│ said", "│ │ before"]), ("> - a", ["│ • a"]),
    ("---", ["─" * 24]), ("* * *", ["─" * 24]), ("-- \nAna", ["--", "Ana"]),
    ("```\n# no *heading*\n  x\n```\nafter", ["  # no *heading*", "    x", "after"]),
    ("~~~ python\n```\n~~~", ["  ```"]), ("```\nnever closed", ["  never closed"]),
    ("    indented *code*", ["  indented *code*"]), ("| a | b |", ["| a | b |"]),
])
def test_blocks(text: str, lines: list[str]) -> None:
    assert texts(text) == lines


@pytest.mark.parametrize(("text", "shown"), [
    ("a **b c** d", "a {b c} d"), ("*b* and _c_", "{b} and {c}"), ("2 * 3 * 4", "2 * 3 * 4"), ("**open", "**open"),
    ("snake_case_name", "snake_case_name"), ("a*b*c", "a{b}c"), ("`a *b*` c", "`a *b*` c"), ("``a ` b``", "`a ` b`"),
    ("`open", "`open"), ("\\*no\\* \\x", "*no* \\x"), ("<https://x.example>", "https://x.example"),
    ("<script>", "<script>"), ("**a `b` c**", "{a }`{b}`{ c}"), ("a** b **c", "a** b **c"), ("[x] y", "[x] y"),
    ("[here](https://e.example/a(b))", "here (https://e.example/a(b))"), ("[a](<u> \"title\")", "a (u)"),
    ("[https://e.example](https://e.example)", "https://e.example"), ("[a](b c)", "[a](b c)"), ("[a]()", "a"),
    ("![shot](s.png)", "picture: shot (s.png)"), ("![](s.png)", "picture (s.png)"), ("![a", "![a"),
    ("[**a**](u)", "{a} (u)"), ("[a[b](u)", "[ab (u)"), ("ana@example.com", "ana@example.com"),
])
def test_within_a_line(text: str, shown: str) -> None:
    assert marked(text) == shown


def test_a_link_never_hides_where_it_leads() -> None:
    (line,) = markdown_lines("[https://bank.example](https://evil.example/x)", 80)
    assert line.text == "https://bank.example (https://evil.example/x)"


def test_headings_stand_out_quotes_stand_back() -> None:
    assert markdown_lines("# a", 40)[0].spans == (Span("a", Style.TEXT, strong=True),)
    assert markdown_lines("> a", 40)[0].spans[-1] == Span("a", Style.MUTED)


def test_long_lines_are_wrapped_under_their_point() -> None:
    assert texts("- one two three four", 12) == ["• one two", "  three four"]
    assert texts("> one two three", 10) == ["│ one two", "│ three"]
    assert texts("```\n0123456789ABC\n```", 10) == ["  01234567", "  89ABC"]


def test_deep_quotes_leave_room_for_words() -> None:
    assert all(line.cells <= 12 for line in markdown_lines("> " * 40 + "words here", 12))


def test_ascii_only() -> None:
    shown = texts("- a\n> b\n\n---\n\x1b[31m", 40, ASCII)
    assert shown == ["- a", "| b", "", "-" * 24, "^[[31m"]
    assert all(one.isascii() for one in shown)


def test_a_long_text_says_that_it_goes_on() -> None:
    lines = markdown_lines("line\n" * 900, 40, most=50)
    assert len(lines) == 50
    assert lines[-1].text == "… it goes on"
    assert len(markdown_lines("line\n" * 50, 40, most=50)) == 50
    assert texts("a\n" + "\n" * 10_000 + "b") == ["a", "", "… it goes on"]
    assert texts("x" * (LONGEST + 9), LONGEST + 99) == ["x" * LONGEST + "…"]


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_acts(text: str) -> None:
    for form in (text, f"# {text}", f"- {text}", f"> {text}", f"```\n{text}\n```", f"**{text}**", f"[{text}]({text})"):
        for line in markdown_lines(form, 40):
            assert_inert(line.text)
            assert line.cells <= 40


@given(st.text(alphabet=SIGNS, max_size=200), st.integers(0, 30))
def test_every_row_fits_and_is_harmless(text: str, cells: int) -> None:
    for line in markdown_lines(text, cells):
        assert line.cells <= max(cells, NARROWEST)
        assert harmless(line.text) == line.text


@given(st.text(alphabet="ab \\", max_size=60))
def test_plain_words_stay(text: str) -> None:
    shown = "".join(span.text for span in inline(text))
    assert shown == text.replace("\\\\", "\\") or "\\" in text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text(text: str) -> None:
    for line in markdown_lines(text, 30):
        assert_inert(line.text)


WORDS = st.lists(st.tuples(st.text(alphabet="abc ", max_size=20), st.booleans()), max_size=6)


@given(WORDS, st.integers(1, 20))
def test_wrapping_keeps_words_and_styles(parts: list[tuple[str, bool]], cells: int) -> None:
    spans = tuple(Span(text, strong=strong) for text, strong in parts)
    rows = wrapped(spans, cells)
    assert rows
    for row in rows:
        assert sum(width(span.text) for span in row) <= cells
    before = [(char, span.strong) for span in spans for char in span.text if char != " "]
    assert [(char, span.strong) for row in rows for span in row for char in span.text if char != " "] == before


@pytest.mark.parametrize("unit", ["*a ", "**a ", "_a ", "[a ", "[a](", "[a](x y", "`a``", "<a@", "](", "\\", "![", "> ",
                                  "- ", "(a)", "[a]((((", "# ", "~"])
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    """Counts steps, not seconds: a line twice as long may take twice as many."""
    def steps(length: int) -> int:
        import sys

        count = 0

        def trace(*_: object) -> None:
            nonlocal count
            count += 1

        text = unit * (length // len(unit))
        sys.setprofile(trace)
        try:
            markdown_lines(text, 60)
        finally:
            sys.setprofile(None)
        return count

    short, long = steps(LONGEST // 4), steps(LONGEST // 2)
    assert long <= 3 * short + 2_000


def test_blank_lines_are_blank() -> None:
    assert markdown_lines("a\n   \nb", 20)[1] == Line()


@pytest.mark.parametrize(("text", "said"), [
    ("```\n1 2 3\n```", "1 2 3"), ("````\n# Seen\n```\n1\n```\n````", "# Seen\n```\n1\n```"),
    ("# Seen\n\n> it **fails**\n\n- [here](http://x)\n---\n1. `a`", "Seen\nit fails\nhere (http://x)\n`a`"),
    ("\n\n", ""), ("just words", "just words")])
def test_plain_words(text: str, said: str) -> None:
    assert plain_words(text) == said


@given(st.text(max_size=300))
def test_plain_words_are_harmless(text: str) -> None:
    for line in plain_words(text, ASCII).split("\n"):
        assert_inert(line)
