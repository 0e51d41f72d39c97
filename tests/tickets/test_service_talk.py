"""Opening tickets, writing to them, hearing from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from opsconsole.core.clock import DAY, SECOND
from opsconsole.core.errors import UsageError
from opsconsole.tickets.cases.types import Draft, File, Incoming, New
from opsconsole.tickets.errors import NotThere, Overtaken
from opsconsole.tickets.model import EventKind, Link, LinkKind, Party, Phase, Priority, Source, changed
from opsconsole.tickets.service import TicketService
from opsconsole.tickets.settings import Routing, TicketSettings
from opsconsole.tickets.settings.desk import Category, FormField, Mail
from tests.tickets.desk import ANA, BEN, SETTINGS, START, SUE, desk

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.tickets.model import Ticket
    from tests.tickets.desk import Desk

HOSTILE = "\x1b]52;c;aGk=\x07[@click=app.bell]x[/] \u202eevil\u200b \x9b31m \x00 \ud800 ﷽"
KEPT = HOSTILE.replace("\ud800", "\\ud800")


async def test_a_new_ticket_begins_as_its_category_says(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        done = await k.service.create(ANA, New("it crashes", "at once", "bug", tags=("VPN", " vpn", "#login")))
        ticket = done.tickets[0]
        assert (ticket.number, ticket.lifecycle, ticket.state, ticket.phase) == (1, "bug", "reported", Phase.INITIAL)
        assert (ticket.priority, ticket.tags, ticket.created) == (Priority.MEDIUM, ("vpn", "login"), START)
        assert (await k.service.create(ANA, New("a wish", category="feature"))).tickets[0].priority is Priority.LOW
        third = (await k.service.create(ANA, New("what"))).tickets[0]
        assert (third.number, third.category, third.state) == (3, "technical", "new")
        assert done.batch == 1
        await k.check()


async def test_what_is_wrong_with_a_new_ticket_is_said_and_nothing_is_stored(tmp_path: Path) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"title": "  "}, "needs a title"), ({"title": "x" * 201}, "200 characters"),
        ({"description": "x" * (256 * 1024 + 1)}, "Attach it as a file"), ({"category": "bgu"}, "did you mean `bug`"),
        ({"team": "wbe"}, "did you mean `web`"), ({"assignee": "two words"}, "no login name"),
        ({"requester_mail": "a@b\r\nBcc: c@d"}, "no address"), ({"tags": ("two words",)}, "no tag"),
        ({"tags": ("x" * 81,)}, "80 characters"), ({"impact": 6}, "from 1 to 5"), ({"watchers": ("a b",)}, "no login"),
        ({"requester": "x" * 301}, "300 characters")]
    async with desk(tmp_path) as k:
        for given, says in wrong:
            with pytest.raises(UsageError) as caught:
                await k.service.create(ANA, New(**{"title": "fine", **given}))
            assert says in str(caught.value)
        assert await k.column("SELECT number FROM ticket") == []
        assert await k.column("SELECT seq FROM audit") == []


async def test_ten_megabytes_are_refused_with_what_to_do(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        for say in (k.service.note, k.service.reply):
            with pytest.raises(UsageError, match=r"262,144 characters, and this one has 10,000,000\. Attach it"):
                await say(ANA, 1, "x" * 10_000_000)


async def test_fields_that_a_form_requires_must_be_there(tmp_path: Path) -> None:
    form = {"url": FormField(label="URL", required=True), "kind": FormField(kind="choice", options=("a", "b"))}
    settings = replace(SETTINGS, categories={"web": Category(form=form)})
    async with desk(tmp_path, settings) as k:
        with pytest.raises(UsageError, match="field `URL` is empty"):
            await k.service.create(ANA, New("x"))
        with pytest.raises(UsageError, match="none of the choices of `kind`"):
            await k.service.create(ANA, New("x", fields={"url": "u", "kind": "c"}))
        made = await k.service.create(ANA, New("x", fields={"url": "u", "kind": "b"}))
        assert made.tickets[0].fields == {"url": "u", "kind": "b"}
        assert (await k.service.create(ANA, New("x", form=False))).tickets[0].fields == {}


async def test_text_is_stored_as_given(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(HOSTILE, description=HOSTILE, fields={HOSTILE[:20]: HOSTILE})
        await k.service.note(ANA, 1, HOSTILE)
        ticket = await k.service.get(1)
        assert (ticket.title, ticket.description) == (KEPT, KEPT)
        assert (await k.service.events(1))[1].text == KEPT
        await k.check()


async def test_routing_gives_a_new_ticket_away(tmp_path: Path) -> None:
    settings = replace(SETTINGS, routing=(Routing(words=("redis",), team="infra", how="round-robin", tags=("db",)),))
    async with desk(tmp_path, settings) as k:
        made = [(await k.service.create(ANA, New("redis is down"))).tickets[0] for _ in range(3)]
        assert [(one.team, one.assignee, one.tags) for one in made] == [
            ("infra", "sue", ("db",)), ("infra", "zoe", ("db",)), ("infra", "sue", ("db",))]
        assert [event.kind for event in await k.service.events(1)] == [EventKind.CREATED, EventKind.ROUTED]
        assert (await k.service.events(1))[1].party is Party.SYSTEM
        await k.check()


async def test_links_of_a_new_ticket_are_there_on_both_sides(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        links = (Link(LinkKind.PARENT, "#1"), Link(LinkKind.PARENT, "1"), Link(LinkKind.RUNBOOK, "redis"))
        made = await k.ticket("a part of it", links=links)
        assert made.links == links[1:]
        assert (await k.service.get(1)).links == (Link(LinkKind.CHILD, "2"),)
        with pytest.raises(NotThere):
            await k.ticket("of nothing", links=(Link(LinkKind.PARENT, "99"),))
        assert await k.value("SELECT max(number) FROM ticket") == 2
        await k.check()


async def test_a_ticket_is_made_with_its_files(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        (tmp_path / "log.txt").write_bytes(b"line\n" * 100)
        done = await k.service.create(ANA, New("x"), [File("a.png", b"\x89PNG\r\n\x1a\n12"),
                                                      File("log", tmp_path / "log.txt")])
        assert done.tickets[0].attachments == 2
        found = await k.service.attachments(1)
        assert [(one.name, one.type, one.size, one.seq) for one in found] == [
            ("a.png", "image/png", 10, 2), ("log", "text/plain", 500, 3)]
        await k.check()


async def test_notes_and_replies(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.note(ANA, 1, "internal  \n")
        done = await k.service.reply(BEN, 1, "We look into it.")
        events = await k.service.events(1)
        assert [(event.kind, event.public, event.text, event.actor) for event in events[1:]] == [
            (EventKind.MESSAGE, False, "internal", "ana"), (EventKind.MESSAGE, True, "We look into it.", "ben")]
        assert events[2].batch == done.batch
        assert (done.tickets[0].messages, done.tickets[0].answers) == (2, 1)
        for empty in ("", "  \n "):
            with pytest.raises(UsageError, match="has no text"):
                await k.service.note(ANA, 1, empty)
        await k.check()


async def test_a_note_may_be_nothing_but_a_file(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.note(ANA, 1, "", [File("x", b"1")])
        await k.service.reply(ANA, 1, "see there", attachments=[File("y", b"2")])
        assert [one.public for one in await k.service.attachments(1)] == [False, True]


async def test_a_reply_waits_to_be_sent(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.reply(ANA, 1, "hello")
        state = (await k.service.mail_state(1))[2]
        assert (state.state, state.due, state.kind, state.recipients) == (
            "waiting", START + 10 * SECOND, "reply", ("kim@example.com",))
        assert str(await k.value("SELECT message_id FROM ticket_mail")).endswith("@example.com")
        await k.ticket("nobody to write to", requester_mail="")
        await k.service.reply(ANA, 2, "hello")
        assert await k.service.mail_state(2) == {}
    async with desk(tmp_path / "other", replace(SETTINGS, mail=Mail())) as k:
        await k.ticket()
        await k.service.reply(ANA, 1, "hello")
        assert await k.service.mail_state(1) == {}


async def test_a_reply_is_overtaken_by_what_others_do(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        seen = (await k.ticket()).version
        await k.service.note(ANA, 1, "my own")
        await k.service.tag(BEN, 1, ["vpn"])
        await k.service.reply(ANA, 1, "nothing that matters came in", seen_version=seen)
        async with k.db.write() as tx:
            await k.service.hear(tx, 1, Incoming(text="It works again!", by="Kim"))
        with pytest.raises(Overtaken, match="Since you began to write to ticket 1, a message came in") as caught:
            await k.service.reply(ANA, 1, "Try this.", seen_version=seen)
        assert [event.text for event in caught.value.events] == ["It works again!"]
        before = await k.service.get(1)
        await k.service.reply(ANA, 1, "Try this.", seen_version=seen, force=True)
        await k.service.reply(ANA, 1, "Try that.", seen_version=before.version)
        await k.service.assign(BEN, 1, "ben")
        with pytest.raises(Overtaken, match="it was changed"):
            await k.service.reply(ANA, 1, "And this.", seen_version=before.version + 2)


async def test_whom_a_note_names_watches_if_they_are_known(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.note(SUE, 1, "look @zoe and @stranger, @ben: kim@ana.example")
        assert (await k.service.get(1)).watchers == ("zoe", "ben")
        await k.service.note(ANA, 1, "thanks @sue")
        assert (await k.service.get(1)).watchers == ("zoe", "ben", "sue")
        assert await k.value("SELECT count(*) FROM outbox_notice WHERE category = 'tickets' AND tell LIKE '%zoe%'")
        await k.check()


async def test_the_requester_lets_a_waiting_ticket_go_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.bug(assignee="ana")
        for state in ("triage", "assigned", "waiting"):
            await k.service.move(ANA, 1, state)
        heard = await _heard(k, 1, "here you are")
        assert (heard.state, heard.phase, heard.unanswered) == ("assigned", Phase.ACTIVE, 1)
        await k.ticket()
        await k.service.move(ANA, 2, "waiting")
        assert (await _heard(k, 2, "hello")).state == "open"
        await k.check()


async def test_the_requester_reopens_what_was_done_not_long_ago(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        ticket = await _closed(k)
        assert not k.service.too_late(ticket)
        heard = await _heard(k, 1, "not at all")
        assert (heard.state, heard.reopened, heard.resolved) == ("open", 1, None)
        await k.service.move(ANA, 1, "resolved")
        k.clock.go(31 * DAY)
        assert k.service.too_late(await k.service.get(1))
        assert (await _heard(k, 1, "after a month")).state == "resolved"
        await k.check()


async def test_a_robot_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await _closed(k)
        heard = await _heard(k, 1, "I am out of office", Party.ROBOT)
        assert (heard.state, heard.unanswered, heard.messages) == ("resolved", 0, 1)
        await k.ticket()
        await k.service.move(ANA, 2, "waiting")
        assert (await _heard(k, 2, "I am out of office", Party.ROBOT)).state == "waiting"
        await k.check()


async def test_mail_to_a_merged_ticket_follows(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.ticket("the same")
        await k.ticket("again")
        await k.service.merge(ANA, 1, 2)
        await k.service.merge(ANA, 2, 3)
        heard = await _heard(k, 1, "any news?")
        assert heard.number == 3
        assert (await k.service.events(3))[-1].data == {"message_id": "x@y", "number": 1}
        async with k.db.write() as tx:
            with pytest.raises(NotThere):
                await k.service.hear(tx, 99, Incoming(text="x", by="y"))


async def test_the_program_appends_its_own_events(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        ticket = await k.ticket()
        async with k.db.write() as tx:
            made = await k.service.append(tx, 1, [
                Draft(kind=EventKind.RATED, changes=changed(ticket, satisfaction=5), actor="Kim", party=Party.REQUESTER,
                      via=Source.MAIL),
                Draft(kind=EventKind.WARNED, data={"clock": "response", "segment": 1})])
        assert (made.satisfaction, made.version) == (5, 3)
        assert await k.value("SELECT count(*) FROM audit") == 1
        async with k.db.write() as tx:
            with pytest.raises(ValueError, match="no event can set"):
                await k.service.append(tx, 1, [Draft(kind=EventKind.RATED, changes={"number": (1, 2)})])
            await k.service.append(tx, 1, [])
        await k.check()


async def test_mail_opens_a_ticket_within_its_own_transaction(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        async with k.db.write() as tx:
            made = await k.service.create_in(tx, New(
                "help", "me", requester="Kim", requester_mail="kim@example.com", source=Source.MAIL,
                party=Party.REQUESTER, by="Kim", form=False))
            await k.service.attach_in(tx, made.number, [File("a", b"1", public=True)], by="Kim", party=Party.REQUESTER,
                                      via=Source.MAIL)
        events = await k.service.events(1)
        assert [(event.kind, event.actor, event.party, event.via) for event in events] == [
            (EventKind.CREATED, "Kim", Party.REQUESTER, Source.MAIL),
            (EventKind.ATTACHED, "Kim", Party.REQUESTER, Source.MAIL)]
        assert (await k.service.get(1)).unanswered == 1
        assert await k.value("SELECT count(*) FROM audit") == 0
        await k.check()


async def test_with_no_configuration_everything_works(tmp_path: Path) -> None:
    async with desk(tmp_path, TicketSettings()) as k:
        await k.ticket()
        await k.service.reply(ANA, 1, "hello")
        assert await k.service.counts("ana") == {
            "open": 1, "mine": 0, "unassigned": 1, "late": 0, "due today": 0, "waiting": 0}
        await k.check()


async def test_without_a_zone_the_machines_own_counts(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        assert str(TicketService(k.db, k.clock).zone) == "Europe/Berlin"


async def _heard(k: Desk, number: int, text: str, party: Party = Party.REQUESTER) -> Ticket:
    async with k.db.write() as tx:
        return await k.service.hear(tx, number, Incoming(text=text, by="Kim", party=party, message_id="x@y"))


async def _closed(k: Desk) -> Ticket:
    await k.ticket(assignee="ana")
    return (await k.service.move(ANA, 1, "resolved")).tickets[0]
