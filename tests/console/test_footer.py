from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.footer import Item, footer
from opsconsole.core.glyphs import UNICODE

HELP = Item("console.help", "?", "help")
ITEMS = [Item("a.open", "enter", "open"), Item("a.ack", "a", "acknowledge"), Item("a.silence", "s", "silence")]
items = st.lists(st.builds(Item, st.text("abc.", min_size=1), st.text(max_size=8), st.text(max_size=20)), max_size=12)


def test_items_in_order_and_help_last() -> None:
    assert footer(ITEMS, HELP, 60, UNICODE).text.rstrip() == " enter open  a acknowledge  s silence  ? help"


def test_what_does_not_fit_is_left_out_whole() -> None:
    assert footer(ITEMS, HELP, 36, UNICODE).text.rstrip() == " enter open  a acknowledge  ? help"
    assert footer(ITEMS, HELP, 35, UNICODE).text.rstrip() == " enter open  a acknowledge  ? help"
    assert footer(ITEMS, HELP, 34, UNICODE).text.rstrip() == " enter open  ? help"


@given(items, st.integers(8, 200))
def test_it_is_exactly_as_wide_as_asked_for_and_help_is_there(some: list[Item], cells: int) -> None:
    line = footer(some, HELP, cells, UNICODE)
    assert line.cells == cells
    assert line.text.rstrip().endswith("? help")
    assert line.spots[-1].target == "console.help"
    for spot in line.spots:
        assert spot.start + spot.width <= cells


@given(items, st.integers(0, 200))
def test_the_shown_ones_are_the_first_ones(some: list[Item], cells: int) -> None:
    shown = [spot.target for spot in footer(some, HELP, cells, UNICODE).spots][:-1]
    assert shown == [item.action for item in some[:len(shown)]]


@given(items)
def test_spots_stand_on_their_items(some: list[Item]) -> None:
    line = footer(some, HELP, 10_000, UNICODE)
    assert [spot.target for spot in line.spots] == [*(item.action for item in some), "console.help"]
