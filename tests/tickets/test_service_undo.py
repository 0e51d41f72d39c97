"""Taking back what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import SECOND
from opsconsole.core.errors import PermissionDenied
from opsconsole.tickets.cases.types import File
from opsconsole.tickets.errors import Gone, NotThere
from opsconsole.tickets.model import EventKind, LinkKind, Priority
from opsconsole.tickets.service import New
from tests.tickets.desk import ANA, BEN, SUE, desk

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_move_is_taken_back_and_done_again_and_taken_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(assignee="ana")
        moved = await k.service.move(ANA, 1, "resolved")
        undone = await k.service.undo(ANA)
        assert undone.tickets[0].state == "new"
        assert undone.tickets[0].resolved is None
        event = (await k.service.events(1))[-1]
        assert (event.kind, event.data["seqs"]) == (EventKind.UNDONE, [2])
        assert event.changes == {"state": ("resolved", "new"), "phase": ("done", "initial")}
        with pytest.raises(Gone, match="undone already"):
            await k.service.undo(ANA, moved.batch)
        again = await k.service.undo(ANA, undone.batch)
        assert again.tickets[0].state == "resolved"
        last = await k.service.last_batch(ANA)
        assert last is not None
        assert (last.id, last.action, last.tickets) == (moved.batch, "move", 1)
        assert (await k.service.undo(ANA)).tickets[0].state == "new"
        await k.check()


async def test_undo_goes_back_step_by_step(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.assign(ANA, 1, "ben")
        await k.service.set_priority(ANA, 1, Priority.HIGH)
        await k.service.undo(ANA)
        done = await k.service.undo(ANA)
        assert (done.tickets[0].priority, done.tickets[0].assignee) == (Priority.MEDIUM, "")
        with pytest.raises(Gone, match="a ticket that was opened stays; close it"):
            await k.service.undo(ANA)
        with pytest.raises(NotThere, match="nothing to undo"):
            await k.service.undo(BEN)
        with pytest.raises(NotThere, match="Nothing was done under 99"):
            await k.service.undo(ANA, 99)
        await k.check()


async def test_a_reply_that_waits_is_not_sent(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.reply(ANA, 1, "oops")
        undone = await k.service.undo(ANA)
        assert (await k.service.mail_state(1))[2].state == "cancelled"
        assert (undone.tickets[0].messages, undone.tickets[0].answers) == (0, 0)
        assert [clock.met for clock in await k.service.clocks(1)] == [None, None]
        await k.check()
        k.clock.go(60 * SECOND)
        again = await k.service.undo(ANA, undone.batch)
        state = (await k.service.mail_state(1))[2]
        assert (state.state, state.due) == ("waiting", k.clock.now() + 10 * SECOND)
        assert again.tickets[0].answers == 1
        await k.check()


@pytest.mark.parametrize("state", ["sending", "sent"])
async def test_a_reply_that_has_left_stays(tmp_path: Path, state: str) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.reply(ANA, 1, "hello")
        async with k.db.write() as tx:
            await tx.run("UPDATE ticket_mail SET state = :state", {"state": state})
        with pytest.raises(Gone, match="The reply in ticket 1 has been sent"):
            await k.service.undo(ANA)
        assert (await k.service.get(1)).version == 2


async def test_of_a_move_with_a_reply_that_has_left_the_move_is_taken_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(assignee="ana")
        await k.service.move(ANA, 1, "resolved", "It is mended.")
        async with k.db.write() as tx:
            await tx.run("UPDATE ticket_mail SET state = 'sent'")
        done = await k.service.undo(ANA)
        assert (done.tickets[0].state, done.tickets[0].answers) == ("new", 1)
        assert done.notes == ("The reply in ticket 1 has been sent.", "The mail about ticket 1 has been sent.")
        await k.check()


async def test_counts_are_as_if_nothing_had_been_written(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        first = await k.service.note(ANA, 1, "one")
        await k.service.reply(ANA, 1, "two")
        await k.service.note(ANA, 1, "three")
        undone = await k.service.undo(ANA, first.batch)
        assert (undone.tickets[0].messages, undone.tickets[0].answers) == (2, 1)
        await k.service.undo(ANA, undone.batch)
        done = await k.service.undo(ANA)
        assert (done.tickets[0].messages, done.tickets[0].answers) == (2, 1)
        await k.check()


async def test_what_others_changed_since_is_not_overwritten(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.ticket()
        await k.service.assign(ANA, [1, 2], "ana")
        await k.service.assign(BEN, 2, "ben")
        with pytest.raises(Gone, match="ben changed assignee of ticket 2 since"):
            await k.service.undo(ANA)
        assert (await k.service.get(1)).assignee == "ana"
        await k.service.assign(BEN, 2, "")
        done = await k.service.undo(ANA)
        assert [one.assignee for one in done.tickets] == ["", ""]
        await k.check()


async def test_fields_of_the_form_are_taken_back_one_by_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(fields={"url": "u", "role": "admin"})
        await k.service.edit(ANA, 1, {"fields.url": "u", "fields.new": ""}, {"fields.url": "v", "fields.new": "n"})
        await k.service.edit(BEN, 1, {"fields.role": "admin"}, {"fields.role": "guest"})
        await k.service.undo(ANA)
        assert (await k.service.get(1)).fields == {"url": "u", "role": "guest"}
        await k.service.edit(ANA, 1, {"fields.url": "u"}, {"fields.url": "w"})
        await k.service.edit(BEN, 1, {"fields.url": "w"}, {"fields.url": "x"})
        with pytest.raises(Gone, match="ben changed fields of ticket 1 since"):
            await k.service.undo(ANA)
        await k.check()


async def test_tags_that_others_added_stay(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(tags=("a", "b"))
        await k.service.tag(ANA, 1, ["c"], ["a"])
        await k.service.tag(BEN, 1, ["d"])
        done = await k.service.undo(ANA)
        assert done.tickets[0].tags == ("b", "d", "a")
        await k.check()


async def test_links_and_merges_are_taken_back_on_both_sides(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket(assignee="ana")
        await k.ticket()
        await k.service.link(ANA, 1, LinkKind.BLOCKS, 2)
        await k.service.undo(ANA)
        assert [(await k.service.get(number)).links for number in (1, 2)] == [(), ()]
        await k.service.merge(ANA, 1, 2)
        done = await k.service.undo(ANA)
        assert [(one.merged_into, one.state) for one in done.tickets] == [(0, "new"), (0, "new")]
        await k.check()


async def test_a_split_and_a_file_stay(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.note(ANA, 1, "another matter", [File("x", b"1")])
        done = await k.service.undo(ANA)
        assert done.notes == ("An attachment stays; a supervisor can delete it.",)
        assert done.tickets[0].messages == 0
        await k.service.undo(ANA, done.batch)
        await k.service.split(ANA, 1, 2, "another matter")
        with pytest.raises(Gone, match="cannot be undone"):
            await k.service.undo(ANA)
        await k.service.attach(BEN, 1, "y", b"2")
        with pytest.raises(Gone, match="An attachment stays"):
            await k.service.undo(BEN)
        await k.service.delete_attachment(SUE, 1, "no")
        with pytest.raises(Gone, match="does not come back"):
            await k.service.undo(SUE)
        await k.check()


async def test_another_persons_doing_takes_a_supervisor(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        done = await k.service.tag(ANA, 1, ["x"])
        with pytest.raises(PermissionDenied, match="undo what ana did"):
            await k.service.undo(BEN, done.batch)
        assert (await k.service.undo(SUE, done.batch)).tickets[0].tags == ()
        assert await k.value("SELECT action FROM audit ORDER BY seq DESC") == "ticket.undo"


async def test_bulk_is_one_undo(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        for number in range(30):
            await k.service.create(ANA, New(f"number {number}"))
        await k.service.move(ANA, list(range(1, 31)), "open", "all of you")
        done = await k.service.undo(ANA)
        assert len(done.tickets) == 30
        assert {(one.state, one.messages) for one in done.tickets} == {("new", 0)}
        assert await k.value("SELECT count(DISTINCT batch) FROM ticket_event WHERE kind = 'undone'") == 1
        await k.check()


async def test_mentions_are_taken_back_with_the_note(tmp_path: Path) -> None:
    async with desk(tmp_path) as k:
        await k.ticket()
        await k.service.note(ANA, 1, "@zoe look")
        assert (await k.service.get(1)).watchers == ("zoe",)
        assert (await k.service.undo(ANA)).tickets[0].watchers == ()
