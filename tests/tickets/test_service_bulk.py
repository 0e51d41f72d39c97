"""The same done to several tickets: one transaction, one undo, all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.errors import OpsError, UsageError
from opsconsole.tickets.errors import Clash, NotAllowed, NotThere, Overtaken
from opsconsole.tickets.model import Link, LinkKind, Phase
from opsconsole.tickets.service import Done, Edit
from tests.tickets.desk import ANA, BEN, Desk, desk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

Act = "Callable[[Desk], Awaitable[Done]]"


async def three(k: Desk) -> list[Any]:
    """Tickets 1, 2 and 3, as they are, with all that an undo must bring back."""
    return [(one.links, one.tags, one.release, one.merged_into, one.state, one.answers, one.messages, one.watchers)
            for one in [await k.service.get(number) for number in (1, 2, 3)]]


ACTS: dict[str, Any] = {
    "note": lambda k: k.service.note(ANA, [1, 2, 3], "seen"),
    "reply": lambda k: k.service.reply(ANA, [1, 2, 3], "we are on it"),
    "macro": lambda k: k.service.reply(ANA, [1, 2, 3], "please tell us more",
                                       macro={"state": "waiting", "tags": "+asked"}),
    "link": lambda k: k.service.link(ANA, [1, 2, 3], LinkKind.BLOCKED_BY, 4),
    "alert": lambda k: k.service.link(ANA, [1, 2, 3], LinkKind.ALERT, "7"),
    "merge": lambda k: k.service.merge(ANA, [1, 2, 3], 4),
    "edit": lambda k: k.service.edit_all(ANA, {number: Edit({"release": "", "tags": []}, {
        "release": "2.1", "tags": ["late"]}) for number in (1, 2, 3)}),
    "watch": lambda k: k.service.watch(ANA, [1, 2, 3])}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
async def test_is_one_batch_and_one_undo(tmp_path: Path, act: Callable[[Desk], Awaitable[Done]]) -> None:
    async with desk(tmp_path) as k:
        for number in range(4):
            await k.bug(f"bug {number}")
        before, batches = await three(k), await k.value("SELECT count(*) FROM ticket_batch")
        done = await act(k)
        assert await k.value("SELECT count(*) FROM ticket_batch") == batches + 1
        assert all(one != other for one, other in zip(before, await three(k), strict=True))
        await k.check()
        await k.service.undo(ANA, done.batch)
        assert await three(k) == before
        await k.check()


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
async def test_is_all_or_nothing(tmp_path: Path, act: Callable[[Desk], Awaitable[Done]]) -> None:
    async with desk(tmp_path) as k:
        await k.bug()
        await k.bug()
        before = await k.value("SELECT count(*) FROM ticket_event")
        with pytest.raises(NotThere):
            await act(k)
        assert await k.value("SELECT count(*) FROM ticket_event") == before


async def test_each_requester_gets_a_mail_of_their_own(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for name in ("kim", "lea"):
            await k.ticket(requester=name, requester_mail=f"{name}@example.com")
        await k.service.reply(ANA, [1, 2], "Hello", each={2: "Hello Lea"})
        assert await k.column("SELECT recipients FROM ticket_mail ORDER BY ticket") == [
            '["kim@example.com"]', '["lea@example.com"]']
        assert [(await k.service.events(number))[-1].text for number in (1, 2)] == ["Hello", "Hello Lea"]


async def test_says_in_which_tickets_something_came_in(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for _ in range(3):
            await k.ticket()
        seen = dict.fromkeys((1, 2, 3), 1)
        await k.service.note(BEN, [1, 3], "wait")
        with pytest.raises(Overtaken, match="tickets 1, 3, a message came in") as overtaken:
            await k.service.reply(ANA, [1, 2, 3], "hello", seen_version=seen)
        assert [event.ticket for event in overtaken.value.events] == [1, 3]
        assert (await k.service.get(2)).messages == 0
        await k.service.reply(ANA, [1, 2, 3], "hello", seen_version=seen, force=True)
        await k.service.move(BEN, 2, "waiting", "why", public=False)
        with pytest.raises(Overtaken, match="ticket 2, a message"):
            await k.service.reply(ANA, [1, 2], "hello", seen_version={1: 3, 2: 2})


async def test_the_ticket_that_others_lead_to_is_left_out_of_them(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for _ in range(3):
            await k.ticket()
        await k.service.link(ANA, [1, 2, 3], LinkKind.CHILD, 2)
        assert set((await k.service.get(2)).links) == {Link(LinkKind.PARENT, "1"), Link(LinkKind.PARENT, "3")}
        await k.service.merge(ANA, [1, 2, 3], 2)
        merged = [(await k.service.get(number)).merged_into for number in (1, 2, 3)]
        assert merged == [2, 0, 2]
        assert (await k.service.get(2)).phase is not Phase.DONE
        with pytest.raises(UsageError, match="lead back to itself"):
            await k.service.merge(ANA, [2], 2)


async def test_a_clash_names_its_ticket_and_stores_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for _ in range(3):
            await k.ticket()
        edits = {number: Edit({"release": "", "tags": []}, {"release": "2.1", "tags": ["a"]}) for number in (1, 2, 3)}
        await k.service.edit(BEN, 2, {"release": ""}, {"release": "3.0"})
        with pytest.raises(Clash) as clash:
            await k.service.edit_all(ANA, edits)
        assert (clash.value.ticket, clash.value.fields) == (2, {"release": ("", "2.1", "3.0")})
        assert (await k.service.get(1)).release == ""


async def test_a_state_that_one_of_them_does_not_offer_keeps_the_text_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.bug()
        await k.ticket(category="feature")
        with pytest.raises(NotAllowed):
            await k.service.note(ANA, [1, 2], "done", macro={"state": "testing"})
        with pytest.raises(OpsError):
            await k.service.note(ANA, [1, 2], "done", macro={"impact": "9"})
        assert (await k.service.get(1)).messages == 0
