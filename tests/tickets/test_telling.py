"""What of tickets is told to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.config import decode
from opsconsole.core.database import RECORDS, Database
from opsconsole.notify import store as outbox
from opsconsole.notify.model import NoticeKind, Severity
from opsconsole.tickets.model import Event, EventKind, Party, Phase, Priority, Source, Ticket
from opsconsole.tickets.settings import TicketSettings
from opsconsole.tickets.telling import mentions, notices, tell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from opsconsole.notify.model import Notice

NOW = 1_800_000_000_000
SETTINGS = decode("""
teams:
  ops: {members: [ana, ben], tell: ["oncall:ops", "channel:chat"]}
  senior: {members: [cem]}
ladders:
  usual:
    levels:
      - {name: support, tell: [assignee], at: start+1h, within: 1h}
      - {name: the senior team, tell: [team, watchers], team: senior}
      - {tell: [boss, "oncall:night"], at: due}
""", TicketSettings, source="opsconsole.yaml", env={})


def ticket(**more: Any) -> Ticket:
    values: dict[str, Any] = {"number": 17, "title": "redis refuses connections", "state": "open",
                              "phase": Phase.ACTIVE, "category": "technical", **more}
    return Ticket(**values)


def event(kind: EventKind, seq: int = 2, **more: Any) -> Event:
    return Event(17, seq, NOW, kind, **more)


def told(one: Ticket, *events: Event) -> dict[tuple[str, ...], str]:
    """Whom notices are addressed to, and what stands before the title."""
    return {notice.tell: notice.title.removesuffix(f": {one.title}").removeprefix("#17 ")
            for notice in notices(one, events, SETTINGS)}


def test_a_new_ticket_goes_to_whoever_has_it_else_to_its_team_else_by_the_routes() -> None:
    created = event(EventKind.CREATED, 1, actor="kim")
    assert told(ticket(assignee="ana"), created) == {("ana",): "is yours"}
    assert told(ticket(assignee="kim"), created) == {}
    assert told(ticket(team="ops"), created) == {("oncall:ops", "channel:chat"): "is new for ops"}
    assert told(ticket(), created) == {(): "is new"}
    assert told(ticket(phase=Phase.DONE), created) == {}
    assert told(ticket(source=Source.ALERT), created) == {}, "the alert was told already"
    assert told(ticket(source=Source.ALERT, team="ops"), created) == {("oncall:ops", "channel:chat"): "is new for ops"}


def test_what_is_imported_is_old_news() -> None:
    assert told(ticket(), event(EventKind.CREATED, 1, via=Source.IMPORT)) == {}


@pytest.mark.parametrize(("priority", "addressed", "routed"), [
    (Priority.URGENT, Severity.CRITICAL, Severity.CRITICAL), (Priority.HIGH, Severity.WARNING, Severity.WARNING),
    (Priority.MEDIUM, Severity.WARNING, Severity.INFO), (Priority.LOW, Severity.INFO, Severity.INFO)])
def test_how_loud_it_is(priority: Priority, addressed: Severity, routed: Severity) -> None:
    created = event(EventKind.CREATED, 1)
    (one,) = notices(ticket(priority=priority, assignee="ana"), [created], SETTINGS)
    (other,) = notices(ticket(priority=priority), [created], SETTINGS)
    assert (one.severity, other.severity) == (addressed, routed)
    assert (one.category, one.thread, one.kind) == ("tickets", "ticket:17", NoticeKind.NOTE)


def test_whoever_gets_it_is_told_unless_they_took_it() -> None:
    given_to = {"assignee": ("", "ana")}
    assert told(ticket(assignee="ana"), event(EventKind.CHANGED, actor="ben", changes=given_to)) == {
        ("ana",): "is yours"}
    assert told(ticket(assignee="ana"), event(EventKind.CHANGED, actor="ana", changes=given_to)) == {}
    assert told(ticket(assignee="ana"), event(EventKind.ROUTED, party=Party.SYSTEM, changes=given_to)) == {
        ("ana",): "is yours"}


def test_a_ticket_that_comes_to_a_team_and_to_nobody() -> None:
    moved = event(EventKind.CHANGED, actor="kim", changes={"team": ("", "ops")})
    assert told(ticket(team="ops"), moved) == {("oncall:ops", "channel:chat"): "came to ops"}
    assert told(ticket(team="senior"), moved) == {}, "it names nobody"


def test_created_and_routed_at_once_is_told_once() -> None:
    events = [event(EventKind.CREATED, 1, actor="kim"),
              event(EventKind.ROUTED, party=Party.SYSTEM, text="rule 1", changes={"assignee": ("", "ana")})]
    assert told(ticket(assignee="ana", team="ops"), *events) == {("ana",): "is yours"}


def test_a_note_is_told_to_whoever_it_names_and_whoever_watches() -> None:
    note = event(EventKind.MESSAGE, actor="kim", text="@ben, see `@ana`; mail x@dora, @nobody.")
    assert told(ticket(assignee="ana", watchers=("ben", "kim", "eve")), note) == {
        ("ben",): "names you, by kim", ("eve", "ana"): "has a note of kim"}


def test_an_answer_of_the_requester_is_told_to_whoever_has_it() -> None:
    answer = event(EventKind.MESSAGE, actor="Kim", party=Party.REQUESTER, public=True, text="It is down again.")
    assert told(ticket(assignee="ana", watchers=("ben", "ana")), answer) == {
        ("ana",): "has an answer of Kim", ("ben",): "has a message of Kim"}
    assert told(ticket(team="ops"), answer) == {("oncall:ops", "channel:chat"): "has an answer of Kim"}
    assert told(ticket(), answer) == {(): "has an answer of Kim"}
    assert told(ticket(assignee="ana"), event(EventKind.MESSAGE, party=Party.ROBOT)) == {}


def test_one_change_is_one_notice_for_each() -> None:
    events = [event(EventKind.MESSAGE, actor="kim", text="@ana please"),
              event(EventKind.CHANGED, 3, actor="kim", changes={"assignee": ("", "ana"), "state": ("new", "open")})]
    one, other = notices(ticket(assignee="ana", watchers=("ben",), priority=Priority.URGENT), events, SETTINGS)
    assert (one.tell, other.tell) == (("ana",), ("ben",))
    assert one.severity is Severity.CRITICAL
    assert "> @ana please" in one.text
    assert "kim gave it to you." in one.text
    assert "state new → open, by kim" in one.text
    assert "state new → open" in other.text
    assert one.text.endswith("urgent, open, ana; see it in the console or by `opsconsole ticket show 17`")


def test_levels_that_were_climbed_at_once_are_one_notice_that_names_the_highest() -> None:
    def level(number: int, name: str) -> Event:
        return event(EventKind.ESCALATED, number + 1, party=Party.SYSTEM, text=f"level {number}",
                     data={"ladder": "usual", "level": number, "name": name, "clock": "resolution", "segment": 1})

    late = event(EventKind.BREACHED, 5, party=Party.SYSTEM,
                 data={"clock": "resolution", "segment": 1, "due": NOW - 3_600_000})
    found = notices(ticket(assignee="ana", watchers=("eve",), team="senior"),
                    [level(1, "support"), level(2, "the senior team"), level(3, "3"), late], SETTINGS)
    first, rest = found
    assert (first.tell, first.kind) == (("ana",), NoticeKind.ESCALATED)
    assert "The resolution was due 1 h ago." in first.text
    assert rest.tell == ("cem", "eve", "boss", "oncall:night")
    assert first.title == rest.title == "#17 is escalated to 3: redis refuses connections"
    assert "level 1\nlevel 2\nlevel 3" in rest.text


def test_a_level_of_a_ladder_that_is_gone_is_told_by_the_routes() -> None:
    gone = event(EventKind.ESCALATED, data={"ladder": "gone", "level": 1, "name": "support"})
    assert told(ticket(assignee="ana"), gone) == {(): "is escalated to support"}


def test_warnings_and_broken_promises() -> None:
    data = {"clock": "response", "segment": 1, "due": NOW + 900_000}
    (soon,) = notices(ticket(assignee="ana", team="ops"), [event(EventKind.WARNED, data=data)], SETTINGS)
    assert (soon.tell, soon.title) == (("ana",), "#17 is due soon (first response): redis refuses connections")
    assert soon.text.startswith("The first response is due in 15 min.")
    late = event(EventKind.BREACHED, data=data | {"due": NOW - 60_000})
    assert told(ticket(assignee="ana", team="ops"), late) == {
        ("ana", "oncall:ops", "channel:chat"): "is late (first response)"}


def test_what_comes_back_to_the_pool() -> None:
    back = event(EventKind.RETURNED, party=Party.SYSTEM, text="ana did not answer for 1 h",
                 changes={"assignee": ("ana", "")})
    assert told(ticket(team="ops"), back) == {
        ("oncall:ops", "channel:chat"): "came to ops", ("ana",): "is not yours any more"}
    assert told(ticket(), back) == {("ana",): "is not yours any more", (): "has nobody again"}


def test_other_news() -> None:
    one = ticket(assignee="ana", watchers=("ben",), team="ops")
    assert told(one, event(EventKind.BOUNCED, text="no such user")) == {("ana",): "did not reach its requester"}
    assert told(one, event(EventKind.BOUNCED, text="no such user", data={"by": "cem"})) == {
        ("cem", "ana"): "did not reach its requester"}
    assert told(one, event(EventKind.RECURRED, party=Party.SYSTEM)) == {("ana", "ben"): "happened again"}
    assert told(one, event(EventKind.ALERT, party=Party.SYSTEM)) == {("ana", "ben"): "has news of its alert"}
    assert told(ticket(), event(EventKind.ALERT, party=Party.SYSTEM)) == {}
    assert told(one, event(EventKind.ATTACHED, actor="kim")) == {}


def test_how_satisfied_somebody_is() -> None:
    rated: dict[str, Any] = {"changes": {"satisfaction": (0, 2)}, "party": Party.REQUESTER, "actor": "kim",
                             "text": "slow"}
    assert told(ticket(assignee="ana"), event(EventKind.RATED, **rated)) == {("ana",): "was rated 2 of 5 by kim"}
    assert told(ticket(), event(EventKind.RATED, **rated)) == {}
    assert told(ticket(assignee="ana"), event(EventKind.RATED, **{**rated, "party": Party.STAFF})) == {}
    for value, severity in ((3, Severity.WARNING), (4, Severity.INFO)):
        good = event(EventKind.RATED, **{**rated, "changes": {"satisfaction": (0, value)}})
        assert [one.severity for one in notices(ticket(assignee="ana"), [good], SETTINGS)] == [severity]


def test_a_long_message_is_cut() -> None:
    (one,) = notices(ticket(watchers=("ben",)), [event(EventKind.MESSAGE, actor="kim", text="a\n" * 100)], SETTINGS)
    assert one.text.count("> a") == 20
    assert "> …" in one.text


@pytest.mark.parametrize(("text", "names"), [
    ("@ana and @ben-2, (@cem) @ana.", ("ana", "ben-2", "cem")), ("a@b.c, mail:@x", ("x",)),
    ("`@code` ```\n@x\n```", ()), ("```\n@open", ()), ("@", ()), ("@1", ()), ("x/@y", ()), ("@ana@example.com", ())])
def test_mentions(text: str, names: tuple[str, ...]) -> None:
    assert mentions(text) == names


@given(st.text())
def test_no_text_breaks_mentions(text: str) -> None:
    assert all(name in text for name in mentions(text))


kinds = st.builds(
    event, st.sampled_from(EventKind), actor=st.sampled_from(["", "ana", "ben"]), party=st.sampled_from(Party),
    text=st.sampled_from(["", "@ana @ben", "\x1b[31m"]), public=st.booleans(), data=st.sampled_from(
        [{}, {"clock": "next", "due": NOW}, {"ladder": "usual", "level": 2}, {"ladder": 1, "level": "x", "due": "y"}]),
    changes=st.sampled_from([{}, {"assignee": ("", "ana")}, {"state": ("a", "b"), "team": ("", "ops")}]))


@given(st.lists(kinds, max_size=4), st.sampled_from(["", "ana"]), st.sampled_from(["", "ops", "gone"]),
       st.sampled_from(Phase), st.sampled_from([(), ("ana", "ben")]))
def test_nobody_is_told_twice_nor_what_they_did(events: list[Event], assignee: str, team: str, phase: Phase,
                                                watchers: tuple[str, ...]) -> None:
    found = notices(ticket(assignee=assignee, team=team, phase=phase, watchers=watchers), events, SETTINGS)
    targets = [target for notice in found for target in notice.tell]
    assert len(targets) == len(set(targets))
    assert sum(not notice.tell for notice in found) <= 1
    usual = {EventKind.CREATED, EventKind.CHANGED, EventKind.MESSAGE, EventKind.ROUTED}
    if events and all(one.kind in usual and one.actor == "ben" and one.party is Party.STAFF for one in events):
        assert "ben" not in targets


# With the outbox


async def stored(folder: Path, one: Ticket, events: Iterable[Event]) -> list[Notice]:
    db = await Database.open(folder / "opsconsole.db", RECORDS)
    try:
        async with db.write() as tx:
            await tell(tx, one, list(events), SETTINGS)
            return [each.notice for each in await outbox.unplanned(tx, 100)]
    finally:
        await db.close()


async def test_notices_are_stored_with_the_change(tmp_path: Path) -> None:
    (one,) = await stored(tmp_path, ticket(assignee="ana"), [event(EventKind.CREATED, 1, actor="kim")])
    assert (one.tell, one.thread) == (("ana",), "ticket:17")


async def test_an_acknowledgement_ends_what_waits_for_it(tmp_path: Path) -> None:
    (one,) = await stored(tmp_path, ticket(), [event(EventKind.ACKNOWLEDGED, actor="ana", text="on it")])
    assert (one.kind, one.thread, one.title, one.text) == (NoticeKind.ACKNOWLEDGED, "ticket:17", "ana", "on it")


async def test_whoever_was_told_of_an_escalation_learns_that_it_is_done(tmp_path: Path) -> None:
    done = event(EventKind.CHANGED, actor="ana", changes={"phase": ("active", "done"), "state": ("open", "closed")})
    (one,) = await stored(tmp_path, ticket(escalated=1, phase=Phase.DONE, state="closed"), [done])
    assert (one.kind, one.title) == (NoticeKind.RESOLVED, "#17 closed: redis refuses connections")
    assert await stored(tmp_path / "b", ticket(phase=Phase.DONE), [done]) == []
