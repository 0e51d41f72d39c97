"""Lines become strips of exactly the width asked for, and of two strips only the difference is drawn."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from opsconsole.console.theme import Look
from opsconsole.console.theme_store import ThemeStore
from opsconsole.console.widgets.draw import cells_of, changes, strip_of
from opsconsole.core.lines import Line, Span, Spot, Style, Tint, line
from opsconsole.core.resources import folder, own_folder
from tests.hostile import CORPUS, assert_inert

LOOK = Look()
MONO = Look(ThemeStore(lambda: folder("themes", []), own_folder("themes") / "dark.yaml").get("mono"))
texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(CORPUS) | st.sampled_from(
    ["日本語", "é", "▲", "12 %", "", " ", "한글", "[red]x[/red]", "[@click=app.quit]x[/]"])
spans = st.builds(Span, texts, st.sampled_from(Style), st.booleans())
lines = st.builds(Line, st.lists(spans, max_size=6).map(tuple), st.sampled_from(Tint))
cursors = st.none() | st.builds(Spot, st.just("x"), st.integers(0, 60), st.integers(0, 60))


@given(lines, st.integers(0, 90), cursors)
def test_any_line_is_as_wide_as_asked_and_inert(drawn: Line, cells: int, cursor: Spot | None) -> None:
    strip = strip_of(drawn, cells, LOOK, cursor)
    assert strip.cell_length == cells
    assert cell_len(strip.text) == cells
    assert_inert(strip.text)
    assert all(segment.control is None for segment in strip)
    assert all(segment.style is not None and not segment.style.meta and segment.style.link is None
               for segment in strip)


@given(lines, st.integers(0, 90))
def test_without_colours_nothing_is_underlined_where_nothing_stands(drawn: Line, cells: int) -> None:
    strip = strip_of(drawn, cells, MONO)
    assert strip.text == strip_of(drawn, cells, LOOK).text
    assert all(segment.text.strip(" ") for segment in strip if segment.style is not None and segment.style.underline)


def test_the_cursor_tints_exactly_its_cells() -> None:
    drawn = line(Span("one two", Style.OK), Span("日本 three"), tint=Tint.WARNING)
    strip = strip_of(drawn, 30, LOOK, Spot("x", 4, 10))
    behind = LOOK.blank(Tint.CURSOR).bgcolor
    tinted = [segment for segment in strip if segment.style and segment.style.bgcolor == behind]
    assert "".join(segment.text for segment in tinted) == "two日本 th"
    rest = [segment for segment in strip if segment not in tinted]
    assert {segment.style.bgcolor for segment in rest if segment.style} == {LOOK.blank(Tint.WARNING).bgcolor}


def test_the_cursor_reaches_into_the_empty_part() -> None:
    strip = strip_of(line("ab"), 10, LOOK, Spot("x", 1, 4))
    assert [(segment.text, segment.style == LOOK.style(tint=Tint.CURSOR)) for segment in strip] == [
        ("a", False), ("b", True), ("   ", True), ("     ", False)]


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    assert strip_of(line("a" * 20), 5, LOOK).text == "aaaa…"
    assert strip_of(line("a" * 20), 5, LOOK, ellipsis="~").text == "aaaa~"
    assert strip_of(line("日本語"), 5, LOOK).text == "日本…"
    assert strip_of(line("日本語"), 4, LOOK).text == "日… "


@given(lines, lines, st.integers(1, 60), cursors)
def test_drawing_only_the_changes_gives_the_new_line(one: Line, two: Line, width: int, cursor: Spot | None) -> None:
    old, new = strip_of(one, width, LOOK), strip_of(two, width, LOOK, cursor)
    shown, wanted = cells_of(old), cells_of(new)
    ranges = changes(old, new)
    for first, count in ranges:
        shown[first:first + count] = wanted[first:first + count]
        assert wanted[first][0], "a change begins with a whole character"
    assert shown == wanted
    assert all(a + n < b for (a, n), (b, _) in itertools.pairwise(ranges))
    assert changes(new, new) == []


def test_a_changed_digit_is_one_cell() -> None:
    old, new = strip_of(line("CPU   34 %  ok   12"), 40, LOOK), strip_of(line("CPU   35 %  ok   13"), 40, LOOK)
    assert changes(old, new) == [(7, 1), (18, 1)]
    assert changes(Strip([Segment("abc")]), Strip([Segment("abd")])) == [(2, 1)]
