"""The timeline: nobody can take a note for a reply, every change can be read, nothing foreign acts."""

# ruff: noqa: RUF001 - the signs of the interface are meant

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, MINUTE
from opsconsole.core.glyphs import ASCII
from opsconsole.core.lines import Line, Style
from opsconsole.tickets.cases.types import Outgoing
from opsconsole.tickets.model import SETTABLE, Event, EventKind, Party, Source
from opsconsole.tickets.present.happenings import happening
from opsconsole.tickets.present.timeline import About, event_lines, event_row, timeline, undone_of
from tests.health.samples import NOW
from tests.hostile import CORPUS, assert_inert
from tests.tickets.present.events import STORY, VIEW, event, system

MARIA = About(requester="Maria Lopez <maria@example.com>")


def said(one: Event, about: About = MARIA, **view: Any) -> str:
    """The words of an event behind who did it."""
    return "".join(span.text for span in happening(one, VIEW._replace(**view), about.titles).spans)


def head(one: Event, about: About = MARIA) -> Line:
    return event_lines(one, VIEW, about)[0]


@pytest.mark.parametrize(("one", "words"), [
    (event(EventKind.CREATED, changes={"requester": ("", "Maria"), "priority": (None, "high")}),
     "opened for Maria as P1 high"),
    (event(EventKind.CREATED, via=Source.MAIL, actor="Maria", changes={"requester": ("", "Maria")}), "opened by mail"),
    (event(EventKind.CHANGED, changes={"state": ("triage", "assigned"), "assignee": ("", "ben")}),
     "state triage → assigned · assignee – → ben"),
    (event(EventKind.CHANGED, changes={"tags": (["a"], ["b", "a"])}), "tags +b"),
    (event(EventKind.CHANGED, changes={"watchers": (["ana", "ben"], ["ben"])}), "watchers −ana"),
    (event(EventKind.CHANGED, changes={"fields": ({"url": "x"}, {"url": "y", "role": "a"})}),
     "url x → y · role – → a"),
    (event(EventKind.CHANGED, changes={"description": ("", "b")}), "description written"),
    (event(EventKind.CHANGED, changes={"description": ("a", "b")}), "description edited"),
    (event(EventKind.CHANGED, changes={"priority": ("high", "urgent")}), "priority P1 high → P0 urgent"),
    (event(EventKind.CHANGED, changes={"priority": (None, "?")}), "priority – → ?"),
    (event(EventKind.CHANGED, changes={"root_cause": ("", "two\nlines")}), "root cause – → two lines"),
    (event(EventKind.CHANGED, changes={"phase": ("initial", "done"), "links": ([], [])}), "links changed"),
    (system(EventKind.ROUTED, text="to ana, on duty", changes={"assignee": ("", "ana")}),
     "to ana, on duty  assignee – → ana"),
    (system(EventKind.RETURNED), "nobody answered in time: back to the team"),
    (system(EventKind.RETURNED, text="back to web"), "back to web"),
    (system(EventKind.WARNED, data={"clock": "response", "due": NOW + MINUTE}), "first response is due 14:32"),
    (system(EventKind.WARNED, data={}), "promise is due"),
    (system(EventKind.BREACHED, data={"clock": "resolution", "due": NOW}), "✖ resolution was missed, due 14:31"),
    (event(EventKind.WAIVED, data={"clock": "next"}, text="holiday"), "waived the missed next response: holiday"),
    (event(EventKind.ACKNOWLEDGED), "has it in hand: escalation stops"),
    (event(EventKind.ACKNOWLEDGED, text="on it"), "has it in hand: escalation stops  on it"),
    (system(EventKind.ESCALATED, data={"level": 2, "clock": "response"}),
     "▲ escalated to level 2 for the first response"),
    (system(EventKind.ESCALATED, data={"name": "senior"}, text="level 2, senior: resolution is not there"),
     "▲ escalated to level 2, senior: resolution is not there"),
    (event(EventKind.ATTACHED, data={"name": "a.log", "size": 2048, "type": "text/plain"}),
     "attached a.log  2 KiB, text/plain"),
    (event(EventKind.ATTACHED, data={}), "attached a file"),
    (event(EventKind.DETACHED, data={"name": "a.log"}, text="secret"), "deleted a.log: secret"),
    (event(EventKind.LINKED, changes={"links": ([], [{"kind": "blocks", "target": "8"}])}), "blocks #8 slow"),
    (event(EventKind.UNLINKED, changes={"links": ([{"kind": "alert", "target": "9"}], [])}),
     "unlinked: is about alert #9"),
    (event(EventKind.LINKED, changes={}), "changed links"),
    (event(EventKind.LINKED, changes={"links": ([], [{"kind": "new", "target": "x"}])}), "new x"),
    (event(EventKind.MERGED, data={"into": 8}), "merged into #8"),
    (event(EventKind.MERGED, data={"from": 8}), "took in #8"),
    (event(EventKind.UNMERGED, data={"into": 8}), "is no more part of #8"),
    (event(EventKind.UNMERGED, data={"from": 8}), "gave back #8"),
    (event(EventKind.SPLIT, data={"into": 8, "seq": 3}), "split a message into #8"),
    (event(EventKind.SPLIT, data={"from": 8}), "split from #8"), (event(EventKind.SPLIT), "split from another ticket"),
    (system(EventKind.MAILED), "the reply left by mail"),
    (system(EventKind.BOUNCED, text="no such user"), "✖ the reply could not be delivered  no such user"),
    (event(EventKind.RATED, changes={"satisfaction": (0, 4), "satisfaction_note": ("", "good")}), "rated 4 of 5: good"),
    (event(EventKind.RATED, data={"satisfaction": 2}), "rated 2 of 5"),
    (event(EventKind.VOTED, changes={"voters": (["a"], ["a", "b"])}), "vote +b"),
    (system(EventKind.ASKED), "asked the requester how satisfied they are"),
    (system(EventKind.ALERT, text="resolved"), "resolved"), (system(EventKind.RECURRED), "it happened again"),
    (event(EventKind.UNDONE, data={"seqs": [3]}), "took back what was done"),
    (event(EventKind.UNDONE, data={"seqs": [3, 4]}, changes={"state": ("b", "a")}),
     "took back 2 entries  state b → a"),
])
def test_what_happened_in_words(one: Event, words: str) -> None:
    assert said(one, About(titles={"8": "slow"})) == words


def test_every_kind_says_something() -> None:
    for kind in EventKind:
        if kind not in (EventKind.MESSAGE, EventKind.CHANGED, EventKind.ROUTED, EventKind.VOTED):
            assert said(system(kind)), kind
        assert head(system(kind)).text.strip()


def test_notes_and_replies_differ_in_word_and_colour() -> None:
    note, reply = event_lines(STORY[3], VIEW, MARIA), event_lines(STORY[4], VIEW, MARIA)
    assert "internal note" in note[0].text
    assert "public reply to Maria Lopez <maria@example.com>" in reply[0].text
    styles = [{span.style for span in line.spans if span.text.startswith("│")} for line in (note[1], reply[1])]
    assert styles == [{Style.MUTED}, {Style.ACCENT}]


def test_who_wrote_from_outside_and_what_a_robot_sent() -> None:
    assert "Maria Lopez  wrote by mail" in head(STORY[5]).text
    assert "automatic mail" in head(STORY[6]).text


@pytest.mark.parametrize(("mail", "word"), [
    (Outgoing("waiting", NOW + 7_500, recipients=("maria@example.com",)), "leaves in 8 s"),
    (Outgoing("waiting", NOW - 1_000), "leaves now"), (Outgoing("waiting", NOW - DAY), "waits to be sent"),
    (Outgoing("waiting", NOW + 7_500, problem="no \x1b[31mconnection"), "is tried again: no ␛[31mconnection"),
    (Outgoing("sending", NOW), "is being sent"), (Outgoing("sent", NOW), "sent"),
    (Outgoing("failed", NOW, problem="refused by \x1b[31mserver"), "✖ did not arrive: refused by ␛[31mserver"),
    (Outgoing("cancelled", NOW), "taken back"),
])
def test_what_became_of_a_reply(mail: Outgoing, word: str) -> None:
    lines = event_lines(STORY[4], VIEW._replace(cells=160), MARIA._replace(mail={5: mail}))
    assert lines[0].text.endswith(word)


def test_all_recipients_are_named() -> None:
    mail = Outgoing("sent", NOW, recipients=("maria@example.com", "kim@example.com"))
    assert "to Maria Lopez <maria@example.com>, kim@example.com" in event_lines(
        STORY[4], VIEW._replace(cells=160), MARIA._replace(mail={5: mail}))[0].text


def test_what_was_taken_back_is_faint_and_says_so() -> None:
    undone = undone_of(STORY)
    assert undone == {12}
    lines = event_lines(STORY[11], VIEW, MARIA._replace(undone=undone))
    assert " ".join(line.text.strip() for line in lines).endswith("taken back")
    assert {span.style for line in lines for span in line.spans if span.text.strip()} == {Style.FAINT}
    message = event_lines(STORY[4], VIEW, MARIA._replace(undone=frozenset({5})))
    assert "taken back" in message[0].text
    assert {span.style for span in message[1].spans if span.text.strip()} == {Style.FAINT}


def test_an_undo_that_was_undone_takes_nothing_back() -> None:
    again = event(EventKind.UNDONE, 14, data={"seqs": [13]})
    assert undone_of((*STORY, again)) == {13}
    assert undone_of((*STORY, again, event(EventKind.UNDONE, 15, data={"seqs": [14]}))) == {14, 12}


def test_days_are_headings_and_messages_stand_apart() -> None:
    texts = [line.text.rstrip() for line in timeline(STORY, VIEW, MARIA)]
    assert texts[0] == "Wednesday 18 November"
    assert "yesterday" in texts
    assert "today" in texts
    at = next(number for number, text in enumerate(texts) if "internal note" in text)
    assert texts[at - 1] == "today"
    assert texts[at + 2] == ""
    long_ago = timeline([event(EventKind.CHANGED, ago=383 * DAY)], VIEW)
    assert long_ago[0].text == "Sunday 2 November 2025"


def test_times_in_full() -> None:
    texts = [line.text for line in timeline(STORY, VIEW._replace(absolute=True), MARIA)]
    assert "today" not in texts
    assert texts[0].startswith("2026-11-18 14:31:00 CET")


def test_what_was_seen_can_be_read() -> None:
    lines = [line.text.rstrip() for line in event_lines(STORY[0], VIEW, MARIA)]
    assert lines[1:] == ["       │ line 88", "       │ bad ␛[31mdirective"]
    evidence = system(EventKind.MESSAGE, text="Seen:\n\n**journal**\n\n    # bad *line*", via=Source.ALERT,
                      data={"what": "evidence"})
    shown = [line.text.rstrip() for line in event_lines(evidence, VIEW)]
    assert shown[0].endswith("alert      evidence, internal")
    assert shown[-1] == "       │   # bad *line*"


def test_who_did_it() -> None:
    assert head(system(EventKind.MESSAGE)).text.split()[1] == "program"
    assert head(event(EventKind.MESSAGE, actor="", party=Party.REQUESTER)).text.split()[1] == "requester"
    assert head(system(EventKind.BREACHED)).text.split()[1] == "promise"


def test_what_the_program_did_stands_back_but_not_what_matters() -> None:
    assert {span.style for span in head(STORY[1]).spans if span.text.strip()} == {Style.MUTED}
    assert Style.CRITICAL in {span.style for span in head(STORY[8]).spans}
    assert Style.WARNING in {span.style for span in head(STORY[9]).spans}


def test_a_long_change_is_wrapped() -> None:
    long = event(EventKind.CHANGED, changes=dict.fromkeys(("title", "release", "team"), ("", "x" * 50)))
    lines = event_lines(long, VIEW)
    assert len(lines) > 2
    assert all(line.cells <= 78 for line in lines)
    assert lines[1].text.startswith(" " * 18)


def test_the_cursor_can_stand_on_each_event() -> None:
    targets = [spot.target for line in timeline(STORY, VIEW, MARIA) for spot in line.spots]
    assert targets[:3] == ["event:1", "event:2", "event:3"]
    assert "file:3" in targets
    assert head(event(EventKind.MERGED, data={"into": 8})).spots[0].target == "ticket:8"


def test_rows_of_the_preview() -> None:
    rows = [event_row(one, VIEW, MARIA) for one in STORY]
    assert all(row.cells <= 78 for row in rows)
    assert rows[3].text.rstrip().endswith("config test fails  internal note")
    assert "public reply to Maria" in rows[4].text
    assert "(no text)" in event_row(event(EventKind.MESSAGE, text=""), VIEW).text


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_foreign_acts(text: str) -> None:
    several = [
        event(EventKind.MESSAGE, text=text, actor=text, public=True), system(EventKind.ROUTED, text=text),
        event(EventKind.CHANGED, changes={"title": ("", text), "tags": ([], [text]), "fields": ({}, {text: text})}),
        event(EventKind.ATTACHED, data={"name": text, "size": 1, "type": text}),
        event(EventKind.LINKED, changes={"links": ([], [{"kind": text, "target": text}])}),
        system(EventKind.ALERT, data={"evidence": [{"title": text, "text": text}], "what": text}),
        system(EventKind.ESCALATED, data={"name": text, "clock": text}),
        event(EventKind.RATED, changes={"satisfaction": (0, text), "satisfaction_note": ("", text)})]
    about = About({1: Outgoing("failed", NOW, recipients=(text,), problem=text)}, frozenset(), text, {text: text})
    for glyphs in (VIEW.glyphs, ASCII):
        view = VIEW._replace(glyphs=glyphs)
        for line in (*timeline(several, view, about), *(event_row(one, view, about) for one in several)):
            assert_inert(line.text)


VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=30), st.lists(st.text(max_size=9), max_size=3),
                   st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3))
LISTS = st.one_of(st.none(), st.lists(st.text(max_size=9), max_size=3))
NAMES = sorted(SETTABLE - {"links", "fields", "tags", "watchers", "voters"})
EVENTS = st.builds(
    Event, st.just(42), st.integers(1, 99), st.integers(NOW - 40 * DAY, NOW), st.sampled_from(EventKind),
    st.text(max_size=20), st.sampled_from(Party), st.sampled_from(Source), st.booleans(), st.text(max_size=80),
    st.one_of(st.dictionaries(st.sampled_from(NAMES), st.tuples(VALUES, VALUES), max_size=3),
              st.dictionaries(st.sampled_from(["tags", "watchers", "voters"]), st.tuples(LISTS, LISTS), max_size=2)),
    st.dictionaries(st.sampled_from(["clock", "level", "name", "size", "type", "what", "due", "evidence"]),
                    st.one_of(st.integers(0, 9), st.text(max_size=9)), max_size=3))


@given(st.lists(EVENTS, max_size=5), st.integers(30, 140))
def test_any_events_can_be_drawn(events: list[Event], cells: int) -> None:
    view = VIEW._replace(cells=cells)
    for line in timeline(events, view, MARIA):
        assert_inert(line.text)
