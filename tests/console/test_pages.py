"""Pages, widths of columns, and rows laid out in them."""

from __future__ import annotations

from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.widgets import pages as module
from opsconsole.console.widgets.pages import (
    KEPT,
    PAGE,
    SIGNS,
    Column,
    ListRow,
    Pages,
    header,
    laid,
    remember,
    widths,
)
from opsconsole.core.lines import Span
from opsconsole.core.text import width
from tests.hostile import CORPUS, assert_inert

columns = st.lists(st.builds(Column, st.just("k"), st.sampled_from(["", "Title", "日本"]), st.integers(0, 20),
                             st.sampled_from(["left", "right"]), st.integers(0, 3), st.integers(0, 3)), max_size=6)


def rows(page: int, count: int = PAGE) -> list[ListRow]:
    return [ListRow(str(page * PAGE + row), ()) for row in range(count)]


def test_pages_are_found_kept_and_dropped() -> None:
    pages = Pages(100_000)
    assert pages.missing(0, 30) == 0
    pages.put(0, rows(0))
    assert pages.row(PAGE - 1) is not None
    assert pages.row(PAGE) is None
    assert pages.missing(0, 30) == 1, "the next one is asked for ahead"
    assert pages.missing(0, 30, ahead=0) is None
    pages.put(1, rows(1))
    assert pages.missing(0, 30) is None
    assert pages.missing(2 * PAGE + 1, 2 * PAGE + 30) == 2
    assert pages.missing(PAGE + 1, 2 * PAGE + 1) == 2
    for page in range(2, KEPT + 5):
        pages.put(page, rows(page))
    assert pages.row(0) is None
    assert pages.row((KEPT + 4) * PAGE) is not None
    assert pages.missing(99_999, 100_050) == 100_000 // PAGE - 1


def test_what_is_looked_at_is_not_dropped() -> None:
    pages = Pages(100_000)
    for page in range(KEPT):
        pages.put(page, rows(page))
    pages.missing(0, 30, ahead=0)
    pages.put(500, rows(500))
    assert pages.row(0) is not None
    assert pages.row(PAGE) is None


def test_an_empty_list_needs_nothing_and_a_short_page_is_known() -> None:
    assert Pages(0).missing(0, PAGE) is None
    pages = Pages(PAGE)
    pages.put(0, rows(0, 20))
    assert pages.row(30) is None
    assert pages.known(30)
    assert not pages.known(PAGE)


@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=8), max_size=30), st.frozensets(st.integers(0, 60)))
def test_what_was_read_last_and_what_is_marked_is_remembered(read: list[list[int]], marked: frozenset[int]) -> None:
    known: dict[int, int] = {}
    newest: dict[int, int] = {}
    with mock.patch.object(module, "MOST_KNOWN", 10):
        for time, numbers in enumerate(read):
            remember(known, [(number, time) for number in numbers], lambda: marked)
            for number in numbers:
                newest.pop(number, None)
                newest[number] = time
    assert known.items() <= newest.items()
    assert marked & newest.keys() <= known.keys()
    assert len(known) <= max(10, len(marked & newest.keys()))
    if not marked:
        assert list(known) == list(newest)[-10:]


def test_columns_share_the_room_and_give_way() -> None:
    some = (Column("a", "A", 5), Column("b", "B", 10, flex=1), Column("c", "C", 8, drop=1), Column("d", "D", 4, drop=2))
    assert widths(some, 80) == (5, 80 - 1 - SIGNS - 17 - 6, 8, 4)
    assert widths(some, 34) == (5, 10 + 4, 8, 0)
    assert widths(some, 22) == (5, 12, 0, 0)
    assert widths(some, 3) == (5, 10, 0, 0)


@given(columns, st.integers(0, 200))
def test_columns_never_take_more_than_there_is(some: list[Column], cells: int) -> None:
    room = widths(some, cells)
    kept = [column for column, each in zip(some, room, strict=True) if each]
    assert all(each == 0 or each >= column.width for column, each in zip(some, room, strict=True))
    least = sum(column.width for column in some if not column.drop)
    line = header(some, room, "…")
    if all(column.width for column in some) and least + 2 * len(some) + SIGNS + 1 <= cells:
        assert line.cells <= cells - 1
        assert {column for column in some if not column.drop} <= set(kept)
    if kept and len(kept) == len(some) and any(column.flex for column in some) and line.cells < cells:
        assert line.cells == cells - 1


@given(st.lists(st.lists(st.sampled_from([*CORPUS, "a", "日本語", ""]).map(Span), max_size=3), max_size=4))
def test_a_row_is_inert_and_columns_line_up(cells: list[list[Span]]) -> None:
    some = tuple(Column(str(number), "T", 9, "right" if number % 2 else "left") for number in range(4))
    room = widths(some, 60)
    line = laid([*cells, *([[]] * (4 - len(cells)))], some, room, "…", Span("✔"))
    assert_inert(line.text)
    assert line.cells == header(some, room, "…").cells == SIGNS + 9 * 4 + 2 * 3


def test_numbers_stand_at_the_right() -> None:
    some = (Column("n", "#", 5, "right"), Column("t", "Title", 6))
    line = laid([[Span("42")], [Span("a long title")]], some, widths(some, 20), "~", Span(" "))
    assert line.text == "     42  a lon~"
    assert width(line.text) == 15
