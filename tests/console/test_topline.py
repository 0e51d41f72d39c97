from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.topline import Badge, Notice, TabLabel, TopFacts, topline
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.levels import Level
from opsconsole.core.lines import Line, Style, Tint

TABS = (TabLabel("1", "Health", Badge(1, Level.CRITICAL), current=True),
        TabLabel("2", "Tickets", Badge(3, Level.WARNING, "late")),
        TabLabel("3", "Checklists", Badge(1, Level.OK, "due")), TabLabel("4", "Log"))
FACTS = TopFacts("web-01", TABS, "ana", "14:31", "CET", agent="agent 4 s")

badges = st.none() | st.builds(Badge, st.integers(0, 99_999), st.sampled_from(Level), st.sampled_from(("", "late")))
labels = st.builds(TabLabel, st.sampled_from("123456789"), st.text(max_size=20), badges, st.booleans())
tabs = st.lists(labels, max_size=7)
facts = st.builds(TopFacts, st.text(max_size=80), tabs.map(tuple), st.text(max_size=40), st.just("14:31"),
                  st.sampled_from(("", "CET", "Europe/Berlin")), st.text(max_size=20), st.text(max_size=20),
                  st.none() | st.builds(Notice, st.text(max_size=60), st.text(max_size=20), st.sampled_from(Level)))


def text(line: Line) -> str:
    return line.text


def test_everything_is_shown_where_there_is_room() -> None:
    assert text(topline(FACTS, 120, UNICODE)) == (
        " web-01   1 Health ✖1   2 Tickets 3 late   3 Checklists 1 due   4 Log ".ljust(120 - 31)
        + "ana · agent 4 s · 14:31 CET ".rjust(31))


def test_80_cells_keep_every_screen_the_actor_and_the_time() -> None:
    line = topline(FACTS, 80, UNICODE)
    assert line.cells == 80
    for part in ("web-01", "1 Health ✖1", "2 Tickets ▲3", "3 Checklists 1", "4 Log", "14:31"):
        assert part in text(line)


def test_60_cells_keep_where_one_is_and_what_waits() -> None:
    line = topline(FACTS, 60, UNICODE)
    for part in ("1 Health ✖1", "2 ▲3", "3 1", "4", "14:31") if "Tickets" not in text(line) else ("Tickets ▲3",):
        assert part in text(line)


def test_the_present_screen_is_inverse_and_the_others_are_not() -> None:
    styles = {span.text.strip(): span.style for span in topline(FACTS, 120, UNICODE).spans}
    assert styles["1 Health ✖1"] is Style.INVERSE
    assert styles["Tickets"] is Style.TEXT
    assert styles["3 late"] is Style.WARNING
    assert styles["1 due"] is Style.ACCENT


def test_a_problem_of_the_storage_goes_last_of_all() -> None:
    for cells in (40, 60, 80, 120):
        assert "✖ no records" in text(topline(FACTS._replace(problem="no records"), cells, UNICODE))


def test_what_holds_for_everybody_stays_with_its_end() -> None:
    facts = FACTS._replace(notice=Notice("maintenance until 15:00 +1", "maint. 15:00 +1", Level.WARNING))
    assert "  ▲ maintenance until 15:00 +1 · ana · " in text(topline(facts, 140, UNICODE))
    for cells in (40, 60, 80):
        assert "▲ maint. 15:00 +1 " in text(topline(facts, cells, UNICODE))
    calm = topline(facts._replace(notice=Notice("maintenance until 15:00", "maint. 15:00")), 140, UNICODE)
    assert {span.text: span.style for span in calm.spans}["maintenance until 15:00"] is Style.ACCENT


def test_spots_stand_on_their_tabs() -> None:
    line = topline(FACTS, 120, UNICODE)
    at = {spot.target: line.text[spot.start:spot.start + spot.width].strip() for spot in line.spots}
    assert at == {"screen:1": "1 Health ✖1", "screen:2": "2 Tickets 3 late", "screen:3": "3 Checklists 1 due",
                  "screen:4": "4 Log"}


def test_ascii_has_ascii_signs() -> None:
    assert text(topline(FACTS, 120, ASCII)).isascii()


def test_a_level_is_told_by_sign_or_word_not_by_colour_alone() -> None:
    for cells in (60, 80, 120):
        assert "▲3" in text(topline(FACTS, cells, UNICODE)) or "3 late" in text(topline(FACTS, cells, UNICODE))


@given(facts, st.integers(0, 240), st.sampled_from((UNICODE, ASCII)))
def test_it_is_exactly_as_wide_as_asked_for(told: TopFacts, cells: int, glyphs: object) -> None:
    line = topline(told, cells, glyphs)  # type: ignore[arg-type]
    assert line.cells == cells
    assert line.tint is Tint.BAR
    assert line.text.isprintable()
    for spot in line.spots:
        assert spot.start >= 0
        assert spot.start + spot.width <= cells
