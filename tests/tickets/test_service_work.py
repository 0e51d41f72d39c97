"""Moving tickets on, giving them to people, waiving, rating."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.errors import PermissionDenied, UsageError
from opsconsole.tickets.errors import Clash, NotAllowed, NotThere, Taken
from opsconsole.tickets.model import ClockKind, EventKind, LinkKind, Phase, Priority, topic_of
from opsconsole.tickets.settings.desk import Category, FormField
from tests.tickets.desk import ANA, BEN, SETTINGS, SUE, desk

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.store.rows import Reader


async def test_a_bug_from_reported_to_deployed_and_closed(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.bug()
        await k.service.move(ANA, 1, "triage")
        await k.service.move(ANA, 1, "assigned", fields={"assignee": "ana"})
        await k.service.move(ANA, 1, "in progress")
        await k.service.move(ANA, 1, "testing")
        k.clock.go(HOUR)
        done = await k.service.move(ANA, 1, "resolved", "It is mended.")
        assert (done.tickets[0].phase, done.tickets[0].resolved, done.tickets[0].answers) == (
            Phase.DONE, k.clock.now(), 1)
        await k.service.move(ANA, 1, "deployed", fields={"release": "2.1"})
        done = await k.service.move(ANA, 1, "closed")
        assert (done.tickets[0].state, done.tickets[0].release, done.tickets[0].assignee) == ("closed", "2.1", "ana")
        events = await k.service.events(1)
        assert [event.changes["state"] for event in events if "state" in event.changes] == [
            ("", "reported"), ("reported", "triage"), ("triage", "assigned"), ("assigned", "in progress"),
            ("in progress", "testing"), ("testing", "resolved"), ("resolved", "deployed"), ("deployed", "closed")]
        assert await k.column("SELECT action FROM audit ORDER BY seq") == ["ticket.create"] + ["ticket.move"] * 7
        assert await k.column("SELECT DISTINCT subject FROM audit") == ["ticket:1"]
        clocks = {clock.kind: clock for clock in await k.service.clocks(1)}
        assert clocks[ClockKind.RESOLUTION].met == clocks[ClockKind.RESPONSE].met == events[5].at
        await k.check()


async def test_what_is_not_allowed_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.bug()
        with pytest.raises(NotAllowed, match="cannot go to testing: no step leads there from reported"):
            await k.service.move(ANA, 1, "testing")
        await k.service.move(ANA, 1, "triage")
        with pytest.raises(NotAllowed, match="it needs assignee") as caught:
            await k.service.move(ANA, 1, "assigned")
        assert caught.value.missing == ("assignee",)
        with pytest.raises(NotAllowed, match="it needs a message to the requester"):
            await k.service.move(ANA, 1, "closed")
        with pytest.raises(NotAllowed, match="its lifecycle has no state limbo"):
            await k.service.move(ANA, 1, "limbo")
        with pytest.raises(UsageError, match="is no field"):
            await k.service.move(ANA, 1, "assigned", fields={"merged_into": 7})
        with pytest.raises(NotThere):
            await k.service.move(ANA, 99, "triage")
        await k.ticket("a wish", category="feature")
        with pytest.raises(NotAllowed, match="takes the role supervisor"):
            await k.service.move(ANA, 2, "declined", "no")
        await k.service.move(SUE, 2, "declined", "no")
        assert await k.value("SELECT count(*) FROM ticket_event WHERE ticket = 1") == 2
        await k.check()


async def test_a_bulk_is_all_or_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for _ in range(5):
            await k.ticket(assignee="ana")
        await k.service.move(ANA, 3, "closed", "no")
        with pytest.raises(NotAllowed) as caught:
            await k.service.move(ANA, [1, 2, 3, 4, 5], "waiting")
        assert list(caught.value.why) == [3]
        assert await k.value("SELECT count(*) FROM ticket WHERE state = 'new'") == 4
        done = await k.service.move(ANA, [5, 1, 2, 4, 1], "waiting")
        assert [one.number for one in done.tickets] == [5, 1, 2, 4]
        assert len(set(await k.column("SELECT batch FROM ticket_event WHERE kind = 'changed' AND ticket <> 3"))) == 1
        await k.check()


async def test_there_is_a_limit_to_what_is_changed_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        with pytest.raises(UsageError, match="2,000 tickets can be changed at once, and these are 2,001"):
            await k.service.tag(ANA, list(range(1, 2002)), ["x"])


async def test_a_message_goes_with_a_move_as_the_lifecycle_offers_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.move(ANA, 1, "waiting", "Which browser?")
        await k.service.move(ANA, 1, "open", "thinking aloud")
        await k.service.move(ANA, 1, "closed", "secret", public=False)
        messages = [event for event in await k.service.events(1) if event.kind is EventKind.MESSAGE]
        assert [(event.text, event.public) for event in messages] == [
            ("Which browser?", True), ("thinking aloud", False), ("secret", False)]
        assert [one.kind for one in (await k.service.mail_state(1)).values()] == ["reply", "survey"]


async def test_the_end_asks_once_how_satisfied_the_requester_is(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(assignee="ana")
        await k.service.move(ANA, 1, "resolved", "done")
        await k.service.move(ANA, 1, "open")
        await k.service.move(ANA, 1, "resolved")
        assert await k.column("SELECT kind FROM ticket_mail ORDER BY id") == ["reply", "survey"]
        await k.ticket(assignee="ana")
        await k.service.rate(ANA, 2, 5)
        await k.service.move(ANA, 2, "resolved")
        await k.ticket(assignee="ana", requester_mail="")
        await k.service.move(ANA, 3, "resolved")
        assert await k.value("SELECT count(*) FROM ticket_mail WHERE ticket > 1") == 0


async def test_what_blocks_a_ticket_holds_its_end_up(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for _ in range(3):
            await k.ticket(assignee="ana")
        await k.service.link(ANA, 1, LinkKind.BLOCKED_BY, 2)
        await k.service.link(ANA, 1, LinkKind.CHILD, "#3")
        with pytest.raises(NotAllowed, match="#2, #3 must be done first"):
            await k.service.move(ANA, 1, "resolved")
        offers = await k.service.offers(ANA, 1)
        assert [one.state for one in offers if one.allowed] == ["open", "waiting"]
        await k.service.move(ANA, 2, "resolved")
        done = await k.service.move(ANA, [1, 3], "resolved")
        assert {one.state for one in done.tickets} == {"resolved"}


async def test_an_urgent_ticket_needs_a_root_cause(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(assignee="ana", priority=Priority.URGENT)
        with pytest.raises(NotAllowed, match="it needs root_cause"):
            await k.service.move(ANA, 1, "resolved")
        await k.service.move(ANA, 1, "resolved", fields={"root_cause": "no memory left"})
        assert (await k.service.get(1)).root_cause == "no memory left"


class Wary:
    """Objects to the end of every ticket with a tag."""

    async def objection(self, db: Reader, ticket: Ticket, phase: Phase) -> str:
        assert await db.row("SELECT 1 FROM ticket WHERE number = :n", {"n": ticket.number}) is not None
        return "its alert has been over for only 2 min" if phase is Phase.DONE and ticket.tags else ""


async def test_an_objection_is_overcome_by_a_written_reason(tmp_path: Path) -> None:
    async with desk(tmp_path, gates=[Wary()]) as k:
        await k.ticket(assignee="ana", tags=("redis",))
        await k.ticket(assignee="ana")
        with pytest.raises(NotAllowed, match="its alert has been over for only 2 min") as caught:
            await k.service.move(ANA, [1, 2], "resolved")
        assert caught.value.overridable
        await k.service.move(ANA, [1, 2], "resolved", reason="the check itself is broken")
        event = (await k.service.events(1))[-1]
        assert (event.text, event.data) == ("the check itself is broken", {
            "objection": "its alert has been over for only 2 min"})
        assert '"reason":"the check itself is broken"' in await k.value("SELECT detail FROM audit ORDER BY seq DESC")


async def test_who_takes_a_ticket_first_has_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.ticket(assignee="zoe")
        await k.service.take(ANA, 1)
        with pytest.raises(Taken, match="ana has taken ticket 1 meanwhile") as caught:
            await k.service.take(BEN, [1])
        assert caught.value.by == {1: "ana"}
        with pytest.raises(Taken, match="zoe has taken ticket 2"):
            await k.service.take(BEN, [1, 2], shown={1: "ana"})
        assert (await k.service.get(1)).assignee == "ana"
        done = await k.service.take(BEN, [1, 2], shown={1: "ana", 2: "zoe"})
        assert [one.assignee for one in done.tickets] == ["ben", "ben"]
        again = await k.service.take(BEN, 1)
        assert (again.batch, again.tickets[0].assignee) == (0, "ben")


async def test_assigning(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        done = await k.service.assign(ANA, 1, "ben", "infra")
        assert (done.tickets[0].assignee, done.tickets[0].team) == ("ben", "infra")
        done = await k.service.assign(ANA, 1, "")
        assert (done.tickets[0].assignee, done.tickets[0].team) == ("", "infra")
        with pytest.raises(UsageError, match="There is no team `nowhere`"):
            await k.service.assign(ANA, 1, "ben", "nowhere")
        with pytest.raises(UsageError, match="is no login name"):
            await k.service.assign(ANA, 1, "a b")
        await k.check()


async def test_another_priority_moves_the_due_time(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        ticket = await k.ticket()
        await k.service.set_priority(ANA, 1, Priority.URGENT)
        assert await k.value("SELECT due FROM ticket") == ticket.created + 15 * MINUTE
        assert await k.value("SELECT queue FROM ticket") == ticket.created + 15 * MINUTE
        assert (await k.service.set_priority(ANA, 1, Priority.URGENT)).batch == 0
        await k.check()


async def test_a_broken_promise_is_waived_by_a_supervisor(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(priority=Priority.URGENT)
        with pytest.raises(NotThere, match="no broken promise"):
            await k.service.waive(SUE, 1, ClockKind.RESPONSE, 1, "x")
        k.clock.go(HOUR)
        with pytest.raises(PermissionDenied):
            await k.service.waive(ANA, 1, ClockKind.RESPONSE, 1, "x")
        with pytest.raises(UsageError, match="takes a reason"):
            await k.service.waive(SUE, 1, ClockKind.RESPONSE, 1, " ")
        assert (await k.service.counts("ana"))["late"] == 1
        await k.service.waive(SUE, 1, ClockKind.RESPONSE, 1, "they were out")
        clock = next(one for one in await k.service.clocks(1) if one.kind is ClockKind.RESPONSE)
        assert clock.waived == k.clock.now()
        with pytest.raises(NotThere):
            await k.service.waive(SUE, 1, ClockKind.RESPONSE, 1, "again")
        await k.service.undo(SUE)
        clock = next(one for one in await k.service.clocks(1) if one.kind is ClockKind.RESPONSE)
        assert clock.waived is None
        await k.check()


async def test_acknowledging_names_the_clocks_that_run(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.acknowledge(ANA, [1], "on it")
        event = (await k.service.events(1))[-1]
        assert (event.kind, event.text, event.data) == (
            EventKind.ACKNOWLEDGED, "on it", {"clocks": [["response", 1], ["resolution", 1]]})
        assert all(clock.acknowledged for clock in await k.service.clocks(1))


async def test_fields_that_others_changed_meanwhile_are_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        ticket = await k.ticket(tags=("a", "b"), fields={"url": "u", "role": "admin"})
        base = {"title": ticket.title, "team": "", "tags": ["a", "b"], "fields.url": "u", "fields.role": "admin"}
        await k.service.edit(BEN, 1, base, {"team": "web", "tags": ["a", "b", "c"], "fields.role": "guest"})
        done = await k.service.edit(ANA, 1, base, {"title": "better", "tags": ["b", "d"], "fields.url": "v"})
        now = done.tickets[0]
        assert (now.title, now.team, now.tags) == ("better", "web", ("b", "c", "d"))
        assert now.fields == {"url": "v", "role": "guest"}
        same = await k.service.edit(ANA, 1, base, {"title": "better"})
        assert same.batch == 0
        await k.check()


async def test_the_same_field_changed_twice_is_a_clash_and_nothing_is_stored(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        ticket = await k.ticket(fields={"url": "u"})
        base = {"title": ticket.title, "description": "", "fields.url": "u"}
        await k.service.edit(BEN, 1, base, {"title": "his", "fields.url": "his"})
        with pytest.raises(Clash, match=r"ben changed title, fields\.url of ticket 1") as caught:
            await k.service.edit(ANA, 1, base, {"title": "hers", "description": "new", "fields.url": "hers"})
        assert caught.value.fields == {"title": (ticket.title, "hers", "his"), "fields.url": ("u", "hers", "his")}
        assert caught.value.by == {"title": "ben", "fields.url": "ben"}
        assert (await k.service.get(1)).description == ""
        with pytest.raises(UsageError, match="not known what title was"):
            await k.service.edit(ANA, 1, {}, {"title": "x"})
        with pytest.raises(UsageError, match="is no field that can be set"):
            await k.service.edit(ANA, 1, {"state": "new"}, {"state": "closed"})


async def test_another_category_may_bring_another_lifecycle(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.move(ANA, 1, "waiting")
        await k.service.edit(ANA, 1, {"category": "technical"}, {"category": "bug"})
        ticket = await k.service.get(1)
        assert (ticket.lifecycle, ticket.state, ticket.phase) == ("bug", "waiting", Phase.WAITING)
        await k.service.move(ANA, 1, "triage")
        await k.service.edit(ANA, 1, {"category": "bug"}, {"category": "feature"})
        ticket = await k.service.get(1)
        assert (ticket.lifecycle, ticket.state, ticket.phase) == ("feature", "request", Phase.INITIAL)
        await k.service.undo(ANA)
        assert (await k.service.get(1)).state == "triage"
        await k.check()


async def test_values_are_checked_one_by_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(category="feature")
        wrong = {"impact": "9", "priority": "burning", "title": " ", "watchers": ["a b"], "tags": "x,,;\x00",
                 "requester_mail": "kim", "category": "x", "assignee": "a b", "release": "x" * 301,
                 "description": "x" * 300_000, "fields." + "x" * 90: "y"}
        for name, value in wrong.items():
            with pytest.raises(UsageError):
                await k.service.edit(ANA, 1, {name: ""}, {name: value})
        done = await k.service.edit(ANA, 1, {"impact": 0, "effort": 0, "priority": "low", "watchers": []},
                                    {"impact": "5", "effort": 2, "priority": "P1", "watchers": "zoe, ben"})
        ticket = done.tickets[0]
        assert (ticket.impact, ticket.effort, ticket.priority, ticket.watchers) == (
            5, 2, Priority.HIGH, ("zoe", "ben"))
        assert await k.value("SELECT rank FROM ticket") == 2.5
        await k.service.edit(ANA, 1, {"impact": "5", "watchers": "zoe, ben"}, {"impact": "4", "watchers": "zoe"})
        assert (await k.service.get(1)).watchers == ("zoe",)
        await k.check()


async def test_a_field_of_the_form_that_is_emptied_is_gone(tmp_path: Path) -> None:
    settings = replace(SETTINGS, categories={"web": Category(form={"url": FormField()})})
    async with desk(tmp_path, settings) as k:
        await k.ticket(fields={"url": "u"})
        await k.service.edit(ANA, 1, {"fields.url": "u"}, {"fields.url": ""})
        assert (await k.service.get(1)).fields == {}
        with pytest.raises(UsageError, match="100 fields"):
            await k.service.edit(ANA, 1, {f"fields.{number}": "" for number in range(101)},
                                 {f"fields.{number}": "x" for number in range(101)})
        with pytest.raises(UsageError, match="100 fields"):
            await k.ticket(fields={str(number): "x" for number in range(101)})


async def test_tags_watchers_and_votes(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(tags=("a",))
        await k.ticket()
        done = await k.service.tag(ANA, [1, 2], ["B", "#c"], ["a"])
        assert [one.tags for one in done.tickets] == [("b", "c"), ("b", "c")]
        await k.service.watch(ANA, 1)
        await k.service.watch(ANA, 1, "zoe")
        await k.service.unwatch(ANA, 1)
        assert (await k.service.get(1)).watchers == ("zoe",)
        for voter in ("Kim@example.com", "kim@example.com", ""):
            await k.service.vote(ANA, 1, voter)
        assert (await k.service.get(1)).voters == ("kim@example.com", "ana")
        await k.service.unvote(ANA, 1, "KIM@example.com")
        assert (await k.service.get(1)).voters == ("ana",)
        await k.service.rate(ANA, 1, 4, "quick")
        assert (await k.service.get(1)).satisfaction_note == "quick"
        for score in (0, 6):
            with pytest.raises(UsageError):
                await k.service.rate(ANA, 1, score)
        with pytest.raises(UsageError, match="200 tags"):
            await k.service.tag(ANA, 1, [f"t{number}" for number in range(201)])
        await k.check()


async def test_consoles_are_told_which_tickets_changed(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for number in range(3):
            await k.ticket(f"number {number}")

        async def told() -> dict[str, int]:
            return dict([tuple(row) for row in await k.db.rows("SELECT topic, version FROM topic")])

        before = await told()
        await k.service.tag(ANA, [1, 3], ["x"])
        after = await told()
        new = {topic for topic, version in after.items() if before.get(topic) != version}
        assert new == {"tickets", topic_of(1), topic_of(3), "audit"}
        assert (await k.service.tag(ANA, [1], ["x"])).batch == 0
        assert await told() == after


async def test_the_audit_trail_keeps_no_long_text(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(description="d" * 5000, fields={"steps": "s" * 5000})
        await k.service.note(ANA, 1, "n" * 5000)
        await k.service.edit(ANA, 1, {"description": "d" * 5000}, {"description": "e" * 5000})
        for detail in await k.column("SELECT detail FROM audit"):
            assert "n" * 10 not in detail
            assert all(char * 201 not in detail for char in "des")
        assert '"events":[[2,"message"]]' in await k.value("SELECT detail FROM audit WHERE action = 'ticket.note'")
