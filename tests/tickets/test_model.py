"""A ticket is what its events make of it, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.tickets.model import (
    SETTABLE,
    Event,
    EventKind,
    Link,
    LinkKind,
    Party,
    Phase,
    Priority,
    Source,
    Ticket,
    apply,
    changed,
    fold,
    plain,
    topic_of,
)

NAMES = st.text(max_size=12)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "title": NAMES, "description": st.text(max_size=60), "lifecycle": NAMES, "state": NAMES,
    "phase": st.sampled_from(Phase), "priority": st.sampled_from(Priority), "category": NAMES, "requester": NAMES,
    "requester_mail": NAMES, "team": NAMES, "assignee": NAMES, "watchers": st.lists(NAMES, max_size=3).map(tuple),
    "tags": st.lists(NAMES, max_size=3).map(tuple), "source": st.sampled_from(Source),
    "fields": st.dictionaries(NAMES, NAMES, max_size=2),
    "links": st.lists(st.builds(Link, st.sampled_from(LinkKind), NAMES), max_size=2).map(tuple),
    "impact": st.integers(0, 5), "effort": st.integers(0, 5), "value": st.integers(0, 5),
    "voters": st.lists(NAMES, max_size=3).map(tuple), "satisfaction": st.integers(0, 5), "satisfaction_note": NAMES,
    "release": NAMES, "version_seen": NAMES, "root_cause": NAMES, "knowledge": NAMES,
    "merged_into": st.integers(0, 99), "alert_key": NAMES}


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events of one ticket, each with changes from what it is to something else."""
    made: list[Event] = []
    ticket: Ticket | None = None
    at = draw(st.integers(1, 10**12))
    for seq in range(1, draw(st.integers(1, 12)) + 1):
        names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=4))
        wanted = {name: draw(VALUES[name]) for name in names}
        at += draw(st.integers(-5, 10**7))
        kind = EventKind.CREATED if seq == 1 else draw(st.sampled_from(
            [kind for kind in EventKind if kind not in (EventKind.CREATED, EventKind.UNDONE)]))
        event = Event(7, seq, at, kind, draw(NAMES), draw(st.sampled_from(Party)), public=draw(st.booleans()),
                      text=draw(NAMES), changes=changed(ticket or Ticket(7), **wanted))
        ticket = apply(ticket, event)
        made.append(event)
    return made


def test_every_settable_field_is_tried() -> None:
    assert VALUES.keys() == SETTABLE


@given(histories())
def test_each_field_is_as_the_last_event_set_it(events: list[Event]) -> None:
    ticket = fold(events)
    last = {name: new for event in events for name, (_, new) in event.changes.items()}
    assert {name: plain(getattr(ticket, name)) for name in last} == last
    untouched = SETTABLE - last.keys()
    assert {name: getattr(ticket, name) for name in untouched} == {name: getattr(Ticket(7), name) for name in untouched}


@given(histories())
def test_what_follows_is_counted(events: list[Event]) -> None:
    ticket = fold(events)
    kinds = [event.kind for event in events]
    assert ticket.version == len(events)
    assert ticket.created == events[0].at
    assert ticket.messages == kinds.count(EventKind.MESSAGE)
    assert ticket.escalated == kinds.count(EventKind.ESCALATED)
    assert ticket.recurred == kinds.count(EventKind.RECURRED)
    assert ticket.attachments == kinds.count(EventKind.ATTACHED) - kinds.count(EventKind.DETACHED)
    assert (ticket.resolved is None) == ticket.phase.open
    assert ticket.answers == sum(event.kind is EventKind.MESSAGE and event.public and event.party is Party.STAFF
                                 for event in events)


@given(histories())
def test_nothing_is_lost_on_the_way_through_json(events: list[Event]) -> None:
    raw = msgspec.json.encode(events)
    again = msgspec.json.decode(raw, type=list[Event])
    assert fold(again) == fold(events)
    assert msgspec.json.decode(msgspec.json.encode(fold(events)), type=Ticket) == fold(events)


@given(histories(), st.data())
def test_events_can_be_applied_one_by_one(events: list[Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(events)))
    ticket = fold(events[:cut])
    for event in events[cut:]:
        ticket = apply(ticket, event)
    assert ticket == fold(events)


@pytest.mark.parametrize("event", [
    Event(7, 2, 0, EventKind.CREATED), Event(7, 0, 0, EventKind.CREATED)])
def test_the_first_event_has_the_number_one(event: Event) -> None:
    with pytest.raises(ValueError, match="does not follow"):
        apply(None, event)


def test_an_event_of_another_ticket_does_not_follow() -> None:
    ticket = fold([Event(7, 1, 0, EventKind.CREATED)])
    for number, seq in ((8, 2), (7, 1), (7, 3)):
        with pytest.raises(ValueError, match="does not follow"):
            apply(ticket, Event(number, seq, 0, EventKind.CHANGED))
    with pytest.raises(ValueError, match="at least one event"):
        fold([])


@pytest.mark.parametrize("name", ["number", "version", "created", "messages", "rank", "nonsense"])
def test_what_follows_from_events_cannot_be_set(name: str) -> None:
    with pytest.raises(ValueError, match=f"no event can set {name}"):
        apply(None, Event(7, 1, 0, EventKind.CREATED, changes={name: (0, 1)}))


@pytest.mark.parametrize(("name", "value"), [
    ("priority", "burning"), ("phase", "lost"), ("impact", "5"), ("tags", "vpn"), ("links", [{"kind": "x"}]),
    ("title", 1)])
def test_a_value_that_no_field_can_have_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"`{name}` cannot be"):
        apply(None, Event(7, 1, 0, EventKind.CREATED, changes={name: (None, value)}))


def test_reopening_counts_and_undoing_the_end_does_not() -> None:
    def moved(ticket: Ticket, phase: Phase, kind: EventKind = EventKind.CHANGED) -> Ticket:
        return apply(ticket, Event(7, ticket.version + 1, 5, kind, changes=changed(ticket, phase=phase)))

    ticket = moved(fold([Event(7, 1, 0, EventKind.CREATED)]), Phase.DONE)
    assert ticket.resolved == 5
    assert moved(ticket, Phase.ACTIVE).reopened == 1
    assert moved(ticket, Phase.ACTIVE, EventKind.UNDONE).reopened == 0
    assert moved(moved(ticket, Phase.ACTIVE), Phase.WAITING).reopened == 1


def test_a_public_answer_answers_all_and_a_note_nothing() -> None:
    def said(ticket: Ticket, party: Party, *, public: bool) -> Ticket:
        return apply(ticket, Event(7, ticket.version + 1, 1, EventKind.MESSAGE, party=party, public=public))

    ticket = fold([Event(7, 1, 0, EventKind.CREATED, party=Party.REQUESTER)])
    assert ticket.unanswered == 1
    ticket = said(said(ticket, Party.REQUESTER, public=True), Party.STAFF, public=False)
    ticket = said(ticket, Party.ROBOT, public=True)
    assert (ticket.unanswered, ticket.messages, ticket.answers) == (2, 3, 0)
    ticket = said(ticket, Party.STAFF, public=True)
    assert (ticket.unanswered, ticket.answers) == (0, 1)


def test_what_happens_by_itself_makes_a_ticket_no_newer() -> None:
    ticket = fold([Event(7, 1, 10, EventKind.CREATED)])
    assert apply(ticket, Event(7, 2, 99, EventKind.BREACHED)).updated == 10
    assert apply(ticket, Event(7, 2, 99, EventKind.MESSAGE)).updated == 99
    assert apply(ticket, Event(7, 2, 5, EventKind.MESSAGE)).updated == 10


def test_links_are_read_from_both_sides() -> None:
    for kind in LinkKind:
        if kind.opposite is not None:
            assert kind.opposite.opposite is kind
    assert LinkKind.ALERT.opposite is None


def test_a_wish_is_worth_what_it_brings_for_its_effort() -> None:
    assert Ticket(1, impact=5).rank == 0
    assert Ticket(1, impact=5, effort=2, value=3).rank == 4
    assert Ticket(1, impact=5, effort=2, value=3, voters=("a", "b", "c", "d")).rank == 5


@given(st.sampled_from(Priority))
def test_priorities_are_found_by_their_rank(priority: Priority) -> None:
    assert Priority.of_rank(priority.rank) is priority
    assert priority.code == f"P{priority.rank}"


def test_topics_are_few() -> None:
    assert len({topic_of(number) for number in range(10_000)}) == 64
