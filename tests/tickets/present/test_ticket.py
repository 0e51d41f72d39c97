"""The page of a ticket: everything that is known stands there, in its place, and nothing foreign acts."""

# ruff: noqa: RUF001 - the signs of the interface are meant

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.glyphs import ASCII
from opsconsole.core.lines import Style
from opsconsole.tickets.clocks import Clock
from opsconsole.tickets.model import (
    Attachment,
    ClockKind,
    Link,
    LinkKind,
    Phase,
    Presence,
    Priority,
    Source,
    Summary,
    Ticket,
)
from opsconsole.tickets.present.ticket import Page, page_lines, people_line, plain_timeline, said_only, title_line
from opsconsole.tickets.settings import CATEGORIES
from tests.health.samples import NOW
from tests.hostile import CORPUS, assert_inert
from tests.tickets.present.events import STORY, TICKET, VIEW

LINKED = {number: Summary(int(number), f"title {number}", "open", phase, Priority.LOW, "", "", "", "", NOW, NOW)
          for number, phase in (("7", Phase.ACTIVE), ("8", Phase.DONE))}
FILES = (Attachment(3, 42, 11, "../../etc/passwd", 2048, "text/plain", "0" * 64, "ana", NOW, public=True),
         Attachment(4, 42, 12, "gone.png", 99, "image/png", "1" * 64, "ben", NOW, deleted=NOW, deleted_by="sue"))
CLOCKS = (Clock(ClockKind.RESPONSE, 1, NOW - HOUR, 2 * HOUR, "clock", met=NOW, used=HOUR),
          Clock(ClockKind.RESOLUTION, 1, NOW - HOUR, 2 * HOUR, "clock", due=NOW - MINUTE))
PAGE = Page(TICKET, CLOCKS, LINKED, FILES, CATEGORIES["bug"])


def ticket(**more: Any) -> Ticket:
    return msgspec.structs.replace(TICKET, **more)


def text(page: Page = PAGE, **view: Any) -> list[str]:
    return [line.text.rstrip() for line in page_lines(page, VIEW._replace(**view))]


EVERYTHING = """\
about       bug · opened Tue 14:31 · reopened 2 times
requester   Maria Lopez <maria@example.com> · 1 unanswered
assigned to ana of web · watched by ben, cho
tags        +redis +shop
release     2.4
seen in     2.3

first response ━━━━━━━━━━────────── kept, 1 h of 2 h
resolution     ━━━━━━━━━━━━━━━━━━━━ late by 1 min     due 14:30

It fails.

URL                 https://shop.example/
Steps to reproduce  1. click
                    2. wait
old                 kept

LINKS
▲ is blocked by #7 title 7                                                open
  relates to #8 title 8                                                   open
  is about alert #12

FILES
  ../../etc/passwd                         2 KiB · text/plain · ana · public
  gone.png                         99 B · image/png · ben · deleted by sue
"""


def test_everything_stands_there() -> None:
    squeezed = [" ".join(line.split()) for line in text()]
    assert squeezed == [" ".join(line.split()) for line in EVERYTHING.splitlines()]
    assert all(line.cells <= VIEW.cells for line in page_lines(PAGE, VIEW))


def test_beside_each_other_where_there_is_room() -> None:
    wide = text(cells=118)
    assert wide[0].startswith("about       bug · opened Tue 14:31 · reopened 2")
    assert any("kept, 1 h of 2 h" in line for line in wide[:2])
    assert len(wide) < len(text())


@pytest.mark.parametrize(("more", "line"), [
    ({"assignee": "", "team": "", "watchers": ()}, "assigned to nobody"),
    ({"merged_into": 9}, "goes on     merged into #9"),
    ({"source": Source.MAIL, "reopened": 1}, "about       bug · opened by mail Tue 14:31 · reopened"),
    ({"reopened": 0, "resolved": NOW, "phase": Phase.DONE}, "about       bug · opened Tue 14:31 · done 14:31"),
    ({"requester": "", "unanswered": 0}, "requester   <maria@example.com>"),
    ({"watchers": tuple("abcdefgh")}, "assigned to ana of web · watched by a, b, c, d, e, f and 2 more"),
    ({"root_cause": "a typo\nin it"}, "root cause  a typo in it"), ({"knowledge": "KB-7"}, "document    KB-7"),
    ({"satisfaction": 4, "satisfaction_note": "fast"}, "rated       4 of 5: fast"),
    ({"impact": 4, "effort": 2, "value": 3, "voters": ("a",)},
     "wish        impact 4 · effort 2 · value 3 · 1 vote · rank 4.0"),
    ({"voters": ("a", "b")}, "wish        impact – · effort – · value – · 2 votes"),
])
def test_facts(more: dict[str, Any], line: str) -> None:
    assert line in text(PAGE._replace(ticket=ticket(**more)))


def test_a_category_that_is_not_configured_any_more() -> None:
    lines = text(PAGE._replace(category=None, ticket=ticket(category="gone")))
    assert lines[0].startswith("about       gone ·")
    assert "url         https://shop.example/" in lines


def test_an_empty_ticket() -> None:
    assert text(Page(Ticket(1, created=NOW))) == ["about       no category · opened 14:31", "assigned to nobody"]
    assert title_line(Ticket(1), VIEW).text.startswith("#1 (no title)")


def test_what_can_be_opened() -> None:
    lines = page_lines(PAGE._replace(ticket=ticket(merged_into=9)), VIEW)
    targets = [spot.target for line in lines for spot in line.spots]
    assert targets == ["ticket:9", "ticket:7", "ticket:8", "alert:12", "file:3", "file:4"]


def test_the_title_keeps_what_matters_most() -> None:
    line = title_line(ticket(title="x" * 200), VIEW)
    assert line.cells == 78
    assert line.text.endswith("P0 urgent · in progress")
    assert Style.CRITICAL in {span.style for span in line.spans}
    assert Style.CRITICAL not in {span.style for span in title_line(ticket(phase=Phase.DONE), VIEW).spans}


@pytest.mark.parametrize(("people", "line"), [
    ((), None), ((("ben", True),), "ben is writing …"), ((("ben", False),), "ben is looking at it"),
    ((("ben", True), ("cho", True)), "ben, cho are writing …"),
    ((("ben", True), ("ben", False), ("cho", False)), "ben is writing … · cho is looking at it"),
])
def test_who_else_is_there(people: tuple[tuple[str, bool], ...], line: str | None) -> None:
    found = people_line([Presence(42, name, writing, NOW) for name, writing in people], VIEW)
    assert (found.text.rstrip() if found is not None else None) == line


def test_only_what_was_said() -> None:
    assert [event.seq for event in said_only(STORY)] == [1, 4, 5, 6, 7, 11]


def test_the_timeline_for_a_post_mortem() -> None:
    lines = plain_timeline(STORY, VIEW).splitlines()
    assert lines[0] == "- 2026-11-18 14:31:00 CET alert: opened by an alert as P1 high"
    assert lines[3] == "- 2026-11-20 11:31:00 CET ana: note: config test fails"
    assert lines[4] == "- 2026-11-20 12:31:00 CET ana: reply: We *take* it back. - now"
    assert lines[5] == "- 2026-11-20 13:31:00 CET Maria Lopez: wrote: Thank you"
    assert len(lines) == len(STORY)


@pytest.mark.parametrize("foreign", CORPUS)
def test_nothing_foreign_acts(foreign: str) -> None:
    bad = ticket(title=foreign, description=foreign, requester=foreign, requester_mail=foreign, assignee=foreign,
                 team=foreign, watchers=(foreign,), tags=(foreign,), fields={foreign: foreign}, release=foreign,
                 version_seen=foreign, root_cause=foreign, knowledge=foreign, category=foreign, state=foreign,
                 links=(Link(LinkKind.RELATES, foreign), Link(LinkKind.RUNBOOK, foreign)), satisfaction=1,
                 satisfaction_note=foreign)
    file = msgspec.structs.replace(FILES[0], name=foreign, type=foreign, by=foreign)
    page = Page(bad, CLOCKS, {foreign: msgspec.structs.replace(LINKED["7"], title=foreign, state=foreign)}, (file,))
    for glyphs in (VIEW.glyphs, ASCII):
        view = VIEW._replace(glyphs=glyphs)
        lines = [title_line(bad, view), *page_lines(page, view)]
        lines += [line for line in (people_line([Presence(42, foreign, True, NOW)], view),) if line is not None]
        for line in lines:
            assert_inert(line.text)
            assert line.cells <= 78


def test_ages_are_of_the_moment() -> None:
    assert text(PAGE, now=NOW + 400 * DAY)[0] == "about       bug · opened 2026-11-17 · reopened 2 times"
