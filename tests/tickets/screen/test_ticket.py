"""A ticket's own screen: what it shows, and that each key does what it says, on the real service."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.choose import Choose
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.dialogs.fill import Fill
from opsconsole.core.identity import Role
from opsconsole.tickets import actions
from opsconsole.tickets.cases.types import Found
from opsconsole.tickets.model import EventKind, LinkKind, Priority
from opsconsole.tickets.screen.case import PAGE, Case
from opsconsole.tickets.screen.message import MessageScreen
from opsconsole.tickets.screen.ticket import TicketScreen
from tests.tickets.desk import ANA, BEN, SUE
from tests.tickets.screen.ticket_app import Morning, settled, shown, ticket_console


async def test_everything_that_is_known(there: Morning) -> None:
    async with shown(there, size=(120, 80)) as one:
        for words in ("#3 redis refuses connections", "P0 urgent · new", "Maria Lopez <maria@example.com>",
                      "ana of web", "+redis +incident", "late by 35 min", "Since the upgrade",
                      "is blocked by #2 package",
                      "relates to #1 redis refused connections in October", "redis.log", "94 B · text/plain · ana",
                      "internal note", "public reply to Maria Lopez <maria@example.com>", "wrote by mail",
                      "priority P1 high → P0 urgent", "taken back", "took back what was done"):
            assert words in one.text, words


async def test_times_in_full_and_only_what_was_said(there: Morning) -> None:
    async with shown(there, size=(120, 80)) as one:
        await one.press("i")
        assert "2026-11-20 13:58:00 CET  ben" in one.text
        await one.press("i", "d")
        assert "priority P1 high" not in one.text
        assert "ana, do you take this one?" in one.text
        await one.press("d")
        assert "priority P1 high" in one.text


async def test_a_number_that_there_is_not(there: Morning) -> None:
    async with shown(Morning(there.folder, 99)) as one:
        assert "There is no ticket 99" in one.text
        await one.press("c")
        assert "It is being read; try again in a moment." in one.notices


@pytest.mark.parametrize(("key", "kind", "changes"), [
    ("w", EventKind.CHANGED, {"watchers": ([], ["ana"])}),
])
async def test_what_needs_no_question(there: Morning, key: str, kind: EventKind, changes: dict[str, Any]) -> None:
    async with shown(there) as one:
        await one.press(key)
        last = (await one.events())[-1]
        assert (last.kind, {name: tuple(map(list, values)) for name, values in last.changes.items()}) == (kind, changes)
        await one.press("u")
        assert (await one.events())[-1].kind is EventKind.UNDONE


async def test_taking_it_from_another(there: Morning) -> None:
    async with shown(there, who=BEN) as one:
        await one.press("a")
        assert (await one.service.get(3)).assignee == "ben"
        assert "ben of web" in one.text


async def test_assigning(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("A")
        assert isinstance(one.app.screen, Choose)
        await one.press("'infra", "enter")
        ticket = await one.service.get(3)
        assert (ticket.assignee, ticket.team) == ("", "infra")


async def test_moving_offers_what_is_allowed_and_says_why_not(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("m")
        assert "closed    #2 must be done first" in one.text
        await one.press("'wait", "enter")
        assert isinstance(one.app.screen, Fill)
        await one.press("ctrl+s")
        assert (await one.service.get(3)).state == "waiting"
        assert "paused" in one.text


async def test_priority_tags_and_links(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("P", "'low", "enter")
        assert (await one.service.get(3)).priority is Priority.LOW
        await one.press("t", "'vpn -redis", "enter")
        assert (await one.service.get(3)).tags == ("incident", "vpn")
        await one.press("l", "'duplicates", "enter", "'1", "enter")
        assert "duplicates" in {link.kind.value for link in (await one.service.get(3)).links}
        await one.press("L", "'duplicates", "enter")
        assert "duplicates" not in {link.kind.value for link in (await one.service.get(3)).links}


async def test_closing_an_urgent_ticket_asks_why_and_offers_a_post_mortem(there: Morning) -> None:
    async with shown(there) as one:
        await one.service.unlink(ANA, 3, LinkKind.BLOCKED_BY, 2)
        await one.press("x")
        assert "Root cause" in one.text
        await one.press("'a typo", "tab", "'it is solved", "ctrl+s")
        ticket = await one.service.get(3)
        assert (ticket.state, ticket.root_cause) == ("resolved", "a typo")
        assert isinstance(one.app.screen, Confirm)
        await one.press("y")
        form = one.app.screen
        assert isinstance(form, MessageScreen)
        assert form.form is not None
        text = form.form.values["text"]
        assert text.startswith("# Post-mortem of #3: redis refuses connections")
        assert "ana: reply: Hello," in text
        assert "a typo" in text
        await one.press("ctrl+s")
        last = (await one.events())[-1]
        assert (last.kind, last.public) == (EventKind.MESSAGE, False)
        assert "Timeline" in last.text


async def test_a_post_mortem_can_be_declined_and_written_later(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("p")
        assert isinstance(one.app.screen, MessageScreen)
        assert "INTERNAL NOTE" in one.text


async def test_the_blocked_one_cannot_be_closed(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("x")
        assert any("#2 must be done first" in notice for notice in one.notices)


async def test_opening_what_it_is_linked_to_and_going_back(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("enter")
        assert one.screen.number == 2
        assert "package redis-server" in one.text
        await one.press("escape")
        assert one.screen.number == 3


async def test_through_the_list(there: Morning) -> None:
    from array import array

    found = Found(array("q", [1, 3, 2]))
    async with shown(there, screen=lambda: TicketScreen(3, found)) as one:
        await one.press("n")
        assert one.screen.number == 2
        assert "package redis-server" in one.text
        await one.press("n")
        assert "There is no next one in the list." in one.notices
        await one.press("N", "N")
        assert one.screen.number == 1
        assert [person.actor for person in await one.service.presence(1)] == ["ana"]
        assert await one.service.presence(3) == []


async def test_copying_the_number(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("y")
        assert one.app.clipboard == "#3"
        assert "#3 sent to the clipboard of your terminal." in one.notices


async def test_merging_and_unmerging(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("U")
        assert "It is merged into no other ticket." in one.notices
        await one.press("M", "'1", "enter")
        assert (await one.service.get(3)).merged_into == 1
        assert "merged into #1" in one.text
        await one.press("U")
        assert (await one.service.get(3)).merged_into == 0


async def test_splitting_the_message_under_the_cursor(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("S")
        assert "Put the cursor on a message first." in one.notices
        message = next(event for event in await one.events() if event.kind is EventKind.MESSAGE)
        assert one.screen.page.stand_on(f"event:{message.seq}")
        await one.press("S")
        assert isinstance(one.app.screen, Ask)
        await one.press("enter")
        new = await one.service.get(4)
        assert (new.title, new.description) == (message.text, message.text)
        assert any("The message is #4 now" in notice for notice in one.notices)


async def test_acknowledging(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("K", "'on it", "enter")
        last = (await one.events())[-1]
        assert (last.kind, last.text) == (EventKind.ACKNOWLEDGED, "on it")


async def test_waiving_takes_a_supervisor_and_a_reason(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("W")
        assert any("needs the role supervisor" in notice for notice in one.notices)
    async with shown(there, who=SUE, role=Role.SUPERVISOR) as one:
        broken = [clock for clock in await one.service.clocks(3) if clock.breached is not None]
        assert len(broken) > 1
        await one.press("W")
        assert isinstance(one.app.screen, Choose)
        await one.press("enter")
        await one.press("enter")
        assert "Say why." in one.text
        await one.press("'a holiday", "enter")
        assert (await one.events())[-1].kind is EventKind.WAIVED
        assert "waived" in one.text


async def test_votes_and_ratings(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("plus", "enter")
        assert (await one.service.get(3)).voters == ("ana",)
        await one.press("plus", "'kim@example.com", "enter", "plus", "enter")
        assert (await one.service.get(3)).voters == ("kim@example.com",)
        await one.press("R", "left", "tab", "'good work", "ctrl+s")
        ticket = await one.service.get(3)
        assert (ticket.satisfaction, ticket.satisfaction_note) == (4, "good work")


async def test_dialogs_can_be_left(there: Morning) -> None:
    async with shown(there, who=SUE, role=Role.SUPERVISOR) as one:
        before = len(await one.events())
        for key in ("A", "m", "P", "t", "l", "L", "M", "K", "W", "plus", "R", "f"):
            await one.press(key)
            assert len(one.app.screen_stack) == 2, key
            await one.press("escape")
            assert isinstance(one.app.screen, TicketScreen), key
        assert len(await one.events()) == before


async def test_viewers_see_and_change_nothing(there: Morning) -> None:
    async with shown(there, role=Role.VIEWER) as one:
        for action in (actions.NOTE, actions.REPLY, actions.TAKE, actions.MOVE, actions.EDIT, actions.ATTACH):
            assert "needs the role operator" in (one.screen.refusal(action) or "")
        assert "internal note" in one.text


async def test_what_others_do_is_seen(there: Morning) -> None:
    async with shown(there, size=(120, 80)) as one:
        await one.service.note(BEN, 3, "seen at once?")
        one.app.context.storage.ask()
        for _ in range(100):
            await settled(one.pilot)
            if "seen at once?" in one.text:
                break
            await asyncio.sleep(0.02)
        assert "seen at once?" in one.text


async def test_a_waiting_reply_counts_down_and_can_be_taken_back(there: Morning) -> None:
    async with shown(there, size=(120, 80)) as one:
        await one.service.reply(ANA, 3, "We are at it.")
        await one.press("ctrl+r")
        assert "The reply to maria@example.com leaves in 10 s" in one.text
        one.app.context.clock.at += 3_000  # type: ignore[attr-defined]
        one.screen._count_down()
        await settled(one.pilot)
        assert "leaves in 7 s" in one.text
        await one.press("u")
        assert "leaves in" not in one.text
        assert (await one.service.mail_state(3))[max(await one.service.mail_state(3))].state == "cancelled"


async def test_a_long_timeline_is_read_as_far_as_one_looks(long: Morning) -> None:
    async with shown(long) as one:
        case = one.screen.case
        assert (len(case.head), len(case.tail), case.gap) == (PAGE, PAGE, 2 * PAGE + 1)
        await one.press("G")
        assert f"note {4 * PAGE - 1}" in one.text
        assert case.gap
        for _ in range(400):
            await one.press("ctrl+u")
            if not case.gap:
                break
        assert (case.gap, case.tail) == (0, [])
        assert [event.seq for event in case.head] == list(range(1, 4 * PAGE + 2))


async def test_down_through_a_long_timeline_nothing_is_left_out(long: Morning) -> None:
    async with shown(long, size=(80, 24)) as one:
        seen: set[int] = set()
        for _ in range(200):
            seen |= set(map(int, re.findall(r"note ([0-9]+)\b", one.text)))
            before = one.screen.page.top
            await one.press("ctrl+d")
            if one.screen.page.top == before:
                break
        assert seen == set(range(4 * PAGE))


async def test_both_ends_meet(there: Morning) -> None:
    case = Case(3)
    assert case.gap == 0
    assert case.page(ticket_console(there).context.parts["tickets"].settings) is None  # type: ignore[attr-defined]
    assert case.event(1) is None


async def test_up_through_a_long_timeline_what_is_in_view_stays(long: Morning) -> None:
    async with shown(long, size=(80, 24)) as one:
        case, page = one.screen.case, one.screen.page
        await one.press("G")
        tail = len(case.tail)
        for _ in range(300):
            page.scroll_rows(page.top - 5)
            visible = [line.text for line in page.lines[page.top:page.top + page.height]]
            await settled(one.pilot)
            if len(case.tail) != tail or not case.gap:
                break
        shown_now = [line.text for line in page.lines[page.top:page.top + page.height]]
        below = next(number for number, text in enumerate(visible) if "note" in text and "more" not in text)
        assert shown_now[below:] == visible[below:]


async def test_line_by_line_nothing_is_passed_unread(there: Morning) -> None:
    async with shown(there, size=(80, 24)) as one:
        page = one.screen.page
        await one.press("g")
        seen: set[int] = set()
        for _ in range(200):
            seen |= set(range(page.top, page.top + page.height))
            before = (page.top, page.target)
            await one.pilot.press("j")
            await one.pilot.pause()
            if (page.top, page.target) == before:
                break
        assert seen >= set(range(len(page.lines)))
        assert page.target == page._spots.last.spot.target  # type: ignore[union-attr]
        for _ in range(200):
            if page.top == 0:
                break
            await one.pilot.press("k")
        assert page.top == 0
