"""The queue and its preview as lines: worst first, numbers in line, nothing foreign acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.widgets.pages import widths
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.levels import Level
from opsconsole.core.lines import Style
from opsconsole.tickets.clocks import Clock
from opsconsole.tickets.model import (
    ClockKind,
    Event,
    EventKind,
    Link,
    LinkKind,
    Party,
    Phase,
    Presence,
    Priority,
    Ticket,
)
from opsconsole.tickets.present.preview import Sight, preview
from opsconsole.tickets.present.queue import (
    OWN,
    Views,
    cells,
    empty_lines,
    level_of,
    marked_line,
    named,
    places,
    promise,
    views_line,
)
from opsconsole.tickets.present.view import View
from opsconsole.tickets.screen.found import columns
from tests.health.samples import NOW, ZONE
from tests.hostile import CORPUS, assert_inert
from tests.tickets.screen.samples import row

if TYPE_CHECKING:
    from opsconsole.core.lines import Line

WIDE = View(120, UNICODE, NOW, ZONE)
NARROW = WIDE._replace(cells=80)
NAMES = ("open", "mine", "unassigned", "late", "due today", "waiting")
COUNTS = dict(zip(NAMES, (42, 5, 3, 3, 4, 7), strict=True))


def text(lines: list[Line]) -> str:
    return "\n".join(line.text.rstrip() for line in lines)


@pytest.mark.parametrize(("more", "said", "level"), [
    ({"due": NOW - 4 * MINUTE, "kind": ClockKind.RESPONSE}, "4 min late, response", Level.CRITICAL),
    ({"due": NOW, "kind": ClockKind.RESOLUTION}, "1 min late, resolution", Level.CRITICAL),
    ({"due": NOW - 3 * DAY, "kind": ClockKind.NEXT}, "3 d late, answer", Level.CRITICAL),
    ({"due": NOW + 35 * MINUTE, "warn": NOW}, "in 35 min", Level.WARNING),
    ({"due": NOW + 70 * MINUTE, "warn": NOW + 1}, "in 1 h 10 min", Level.OK),
    ({"due": NOW + 5 * HOUR}, "in 5 h", Level.OK), ({"due": NOW + 10}, "in 1 min", Level.OK),
    ({"promise": "paused", "phase": Phase.WAITING}, "paused", Level.OK), ({"promise": "next release"}, "next release",
                                                                         Level.OK),
    ({}, "", Level.OK), ({"phase": Phase.DONE, "resolved": NOW - DAY, "due": NOW - DAY}, "done 1 d", Level.OK)])
def test_a_promise_in_words(more: dict[str, Any], said: str, level: Level) -> None:
    one = row(7, "one", **more)
    assert promise(one, WIDE).text == said
    assert level_of(one, NOW) is level


def test_without_room_the_kind_of_a_promise_is_left_out() -> None:
    assert promise(row(7, "one", due=NOW - DAY), NARROW).text == "1 d late"


@given(st.integers(60, 300), st.integers(0, 200_000))
def test_who_and_what_is_promised_are_there_at_every_width(cells: int, most: int) -> None:
    """And the title has more room than all that can be done without."""
    there = columns(most, cells)
    room = dict(zip((one.key for one in there), widths(there, cells), strict=True))
    assert room["who"] >= 8
    assert room["promise"] >= (13 if cells < 116 else 23)
    assert room["title"] >= 24
    if cells >= 80:
        assert room["state"] >= 11
    if cells >= 100:
        assert room["age"]
    if cells >= 120:
        assert room["title"] >= 40
        assert room["signs"]


def test_a_preview_shows_the_words_of_a_message_without_its_marks() -> None:
    event = Event(7, 1, NOW, EventKind.MESSAGE, "ana", text="```\n1 2 3\n```\n# and **then**")
    said = text(preview(Sight(TICKET, (), (event,)), 20, WIDE))
    assert "1 2 3 and then  internal note" in said


@given(st.integers(-400 * DAY, 400 * DAY), st.sampled_from(list(ClockKind)), st.sampled_from([WIDE, NARROW]))
def test_every_promise_fits_its_column(distance: int, kind: ClockKind, view: View) -> None:
    column = next(place for place in places(1, view.cells) if place.key == "promise")
    assert len(promise(row(7, "one", due=NOW + distance, kind=kind), view).text) <= column.width


def test_what_is_done_is_quiet() -> None:
    spans = [span for cell in cells(row(7, "one", Priority.URGENT, phase=Phase.DONE, assignee="ana"), WIDE)
             for span in cell]
    assert {span.style for span in spans if span.text.strip()} == {Style.MUTED}
    assert not any(span.strong for span in spans)


def test_signs_say_what_waits() -> None:
    one = row(7, "one", unanswered=2, escalated=1, recurred=3, attachments=1)
    signs = next(cell for cell, place in zip(cells(one, WIDE), places(1, 120), strict=True) if place.key == "signs")
    assert "".join(span.text for span in signs) == "✉2 ↑1 ↻3 ▤"
    plain = next(cell for cell, place in zip(cells(one, WIDE._replace(glyphs=ASCII)), places(1, 120), strict=True)
                 if place.key == "signs")
    assert "".join(span.text for span in plain) == "@2 ^1 r3 f"


def test_a_merged_ticket_points_to_the_other() -> None:
    title = cells(row(7, "one", merged_into=12), WIDE)[3]
    assert "".join(span.text for span in title) == "one → #12"


# -- views ------------------------------------------------------------------------------------------------------------

def test_the_active_view_stands_out_and_late_has_a_colour() -> None:
    line = views_line(Views(NAMES, COUNTS, "mine", "is:open assignee:me"), WIDE)
    assert line.text.startswith(" open 42   Mine 5   unassigned 3   late 3   due today 4   waiting 7")
    assert line.text.endswith("/ is:open assignee:me")
    strong = [span.text for span in line.spans if span.strong]
    assert strong == ["Mine"]
    assert next(span.style for span in line.spans if span.text == "late") is Style.WARNING
    calm = views_line(Views(NAMES, {**COUNTS, "late": 0}, "mine"), WIDE)
    assert next(span.style for span in calm.spans if span.text == "late") is not Style.WARNING


@given(st.integers(20, 240), st.sampled_from([*NAMES, OWN]), st.text(max_size=300))
def test_the_active_view_is_always_in_view(width: int, active: str, filter_text: str) -> None:
    line = views_line(Views((*NAMES, OWN), COUNTS, active, filter_text), WIDE._replace(cells=width))
    assert line.cells <= width
    assert f"view:{active}" in {spot.target for spot in line.spots}
    for spot in line.spots:
        assert spot.start + spot.width <= width


def test_counts_that_are_not_known_are_left_out() -> None:
    assert views_line(Views(("open", "late"), {"late": -1}, "open"), WIDE).text.startswith(" Open   late ?")


@pytest.mark.parametrize("active", [*NAMES, OWN, "billing"])
def test_every_empty_view_says_what_to_do(active: str) -> None:
    first, second = empty_lines(active, WIDE)
    assert first.text.endswith(".")
    assert any(span.style is Style.ACCENT for span in second.spans)
    assert "esc" in empty_lines(active, WIDE, typing=True)[1].text


def test_marks_and_numbers_in_words() -> None:
    assert marked_line(1, WIDE).text.strip().startswith("1 marked  what you do now is done to it · esc takes the mark")
    assert "5 marked" in marked_line(5, WIDE).text
    assert [named([7]), named([7, 8]), named([7, 8, 9]), named([1, 2, 3, 4]), named([])] == [
        "#7", "#7 and #8", "#7, #8 and #9", "4 tickets", "no ticket"]


# -- preview ----------------------------------------------------------------------------------------------------------

EVENTS = tuple(Event(7, number, NOW - (40 - number) * DAY, EventKind.MESSAGE, "ana", text=f"said {number}")
               for number in range(1, 40))
TICKET = Ticket(7, "redis refuses connections", "It began.\nThen it went on.", priority=Priority.URGENT, state="open",
                phase=Phase.ACTIVE, category="technical", requester="on-call", assignee="ana", team="web",
                tags=("redis",), links=(Link(LinkKind.BLOCKS, "9"), Link(LinkKind.RUNBOOK, "redis")), attachments=2,
                release="2.1", impact=3, effort=2, voters=("x", "y"))
CLOCKS = (Clock(ClockKind.RESPONSE, 1, NOW - HOUR, 900_000, "clock", due=NOW - 4 * MINUTE, used=19 * MINUTE,
                left=-4 * MINUTE, breached=NOW - 4 * MINUTE),)
SIGHT = Sight(TICKET, CLOCKS, EVENTS, (Presence(7, "ben", writing=True, since=NOW),
                                       Presence(7, "cho", writing=False, since=NOW)))


@pytest.mark.parametrize("width", [40, 78, 118])
@pytest.mark.parametrize("height", range(0, 40, 3))
def test_a_preview_keeps_to_its_room(width: int, height: int) -> None:
    lines = preview(SIGHT, height, WIDE._replace(cells=width))
    assert len(lines) <= height
    assert all(line.cells <= width for line in lines)
    if height >= 12:
        said = text(lines)
        assert "late by 4 min" in said
        assert "said 39" in said, "the newest is there"
        assert "ben is writing" in said
        assert "cho is looking at it" in said


def test_a_preview_says_what_the_row_cannot() -> None:
    said = text(preview(SIGHT, 40, WIDE))
    for words in ("P0 urgent", "technical", "requester on-call", "assigned to ana of web", "+redis", "blocks #9",
                  "runbook redis", "2 files", "release 2.1", "2 votes"):
        assert words in said, words


def test_times_of_events_line_up() -> None:
    events = (Event(7, 1, NOW - 200 * DAY, EventKind.MESSAGE, "ana", text="long ago"),
              Event(7, 2, NOW - 3 * DAY, EventKind.MESSAGE, "ana", text="lately"),
              Event(7, 3, NOW - MINUTE, EventKind.MESSAGE, "ana", text="now"))
    rows = [line.text for line in preview(Sight(TICKET, (), events), 20, WIDE) if "internal note" in line.text]
    assert len({line.index("ana") for line in rows}) == 1


@pytest.mark.parametrize("number", range(len(CORPUS)))
def test_hostile_text_is_harmless(number: int) -> None:
    bad = CORPUS[number]
    ticket = Ticket(7, bad, bad, state=bad[:80], category=bad[:80], requester=bad, assignee=bad[:80], team=bad[:80],
                    tags=(bad[:80],), links=(Link(LinkKind.ALERT, bad),), release=bad)
    event = Event(7, 1, NOW, EventKind.MESSAGE, bad, party=Party.REQUESTER, text=bad)
    for view in (WIDE, WIDE._replace(glyphs=ASCII)):
        for line in preview(Sight(ticket, (), (event,), (Presence(7, bad, writing=True, since=NOW),)), 30, view):
            assert_inert(line.text)
        for cell in cells(row(7, bad, state=bad[:80], assignee=bad[:80], tags=(bad[:80],)), view):
            for span in cell:
                assert_inert(span.text)
