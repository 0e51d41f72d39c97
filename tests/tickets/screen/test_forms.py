"""Notes, replies, new tickets, fields: nothing that was typed is lost, and nobody overwrites anybody."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from textual.containers import Container

from opsconsole.console.dialogs.choose import Choose
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.core.errors import StorageFull
from opsconsole.tickets.model import EventKind
from opsconsole.tickets.screen.filling import TextScreen
from opsconsole.tickets.screen.forms import EditScreen, MessageScreen
from opsconsole.tickets.screen.ticket import TicketScreen
from opsconsole.tickets.settings.desk import Mail
from tests.hostile import CORPUS
from tests.tickets.desk import ANA, BEN
from tests.tickets.screen.ticket_app import DESK, Morning, form_of, restored, settled, shown


async def test_a_note_stays_internal(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("c")
        assert "INTERNAL NOTE  only your team reads it" in one.text
        assert "ana, do you take this one?" in one.text
        await one.press("'yes, I do", "ctrl+s")
        assert isinstance(one.app.screen, TicketScreen)
        last = (await one.events())[-1]
        assert (last.kind, last.public, last.text) == (EventKind.MESSAGE, False, "yes, I do")
        assert "The note on #3 is kept. u takes it back." in one.notices


async def test_a_reply_names_who_reads_it_and_can_be_taken_back(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("r")
        assert "PUBLIC REPLY  to Maria Lopez <maria@example.com>" in one.text
        assert "It leaves 10 s after it was saved; until then it can be taken back." in one.text
        await one.press("'we are at it", "ctrl+s")
        last = (await one.events())[-1]
        assert (last.public, last.text) == (True, "we are at it")
        assert "The reply to maria@example.com leaves in 10 s" in one.text
        await one.press("u")
        assert (await one.service.mail_state(3))[last.seq].state == "cancelled"


async def test_without_mail_a_reply_says_that_it_stays(there: Morning) -> None:
    async with shown(there, settings=msgspec.structs.replace(DESK, mail=Mail())) as one:
        await one.press("r")
        assert "No mail is configured" in one.text
    async with shown(Morning(there.folder, 1)) as one:
        await one.press("r")
        assert "to nobody: it has no requester" in one.text
        assert "The requester has no address" in one.text


async def test_what_came_in_meanwhile_is_shown_before_a_reply_is_sent(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("r", "'we look")
        await one.service.note(BEN, 3, "I have solved it")
        before = len(await one.events())
        await one.press("ctrl+s")
        assert isinstance(one.app.screen, Confirm)
        assert "I have solved it" in one.text
        await one.press("n")
        assert form_of(one).values["text"] == "we look"
        assert len(await one.events()) == before
        # It was shown: asked once is enough.
        await one.press("ctrl+s")
        assert isinstance(one.app.screen, TicketScreen)
        assert (await one.events())[-1].text == "we look"


async def test_a_reply_can_be_sent_all_the_same(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("r", "'we look")
        await one.service.note(BEN, 3, "I have solved it")
        await one.press("ctrl+s", "y")
        assert (await one.events())[-1].text == "we look"


async def test_an_empty_message_is_refused(there: Morning) -> None:
    async with shown(there) as one:
        before = len(await one.events())
        await one.press("r", "space", "ctrl+s")
        assert isinstance(one.app.screen, MessageScreen)
        assert "There is nothing to send." in one.text
        assert len(await one.events()) == before


async def test_a_draft_comes_back_with_what_was_seen_when_it_was_begun(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("r", "'half a sentence", "escape")
        assert isinstance(one.app.screen, TicketScreen)
        assert "Your draft is kept and comes back when you open this again." in one.notices
        await one.service.note(BEN, 3, "meanwhile")
        await one.press("r")
        await restored(one)
        assert form_of(one).values["text"] == "half a sentence"
        assert "restored" in one.text
        await one.press("ctrl+s")
        assert isinstance(one.app.screen, Confirm)
        await one.press("y")
        assert (await one.events())[-1].text == "half a sentence"
        await one.press("r")
        await restored(one)
        assert form_of(one).values["text"] == ""


async def test_what_cannot_be_stored_stays_in_the_form(there: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    from opsconsole.tickets.service import TicketService

    async def full(*_: Any, **__: Any) -> None:
        raise StorageFull("No space is left.", "Make some.")

    async with shown(there) as one:
        await one.press("c", "'kept here")
        monkeypatch.setattr(TicketService, "note", full)
        await one.press("ctrl+s")
        assert form_of(one).values["text"] == "kept here"
        assert "✖ No space is left. Make some." in one.notices


async def test_canned_texts_and_what_they_set(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("r", "ctrl+y")
        assert isinstance(one.app.screen, Choose)
        assert "handover" not in one.text
        await one.press("'which", "enter")
        assert form_of(one).values["text"].startswith("Dear Maria Lopez,\n\nwhich browser was it in #3?\n\nana")
        assert "and then: state waiting, tags +asked" in one.text
        await one.press("ctrl+s")
        ticket = await one.service.get(3)
        assert (ticket.state, "asked" in ticket.tags) == ("waiting", True)
        assert any("leaves in 10 s. u takes it back." in notice for notice in one.notices)
        await one.press("u")
        ticket = await one.service.get(3)
        assert (ticket.state, "asked" in ticket.tags) == ("new", False)


async def test_without_canned_texts_that_is_said(there: Morning) -> None:
    async with shown(there, settings=msgspec.structs.replace(DESK, canned={})) as one:
        await one.press("c", "ctrl+y")
        assert any("There are no canned texts" in notice for notice in one.notices)
        assert isinstance(one.app.screen, MessageScreen)


async def test_the_preview_shows_markdown(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("c", "'# title", "enter", "'- point", "ctrl+o")
        assert isinstance(one.app.screen, TextScreen)
        assert "• point" in one.text
        await one.press("escape")
        assert form_of(one).values["text"] == "# title\n- point"


async def test_one_note_on_several(there: Morning) -> None:
    async with shown(there, screen=lambda: MessageScreen([1, 2], public=False)) as one:
        assert "2 tickets" in one.text
        form = form_of(one)
        form.insert("the same")
        assert await one.app.screen.submit(form, form.values)  # type: ignore[attr-defined]
        assert [(await one.events(number))[-1].text for number in (1, 2)] == ["the same", "the same"]


async def test_a_message_to_several_is_one_change(there: Morning) -> None:
    async with shown(there, screen=lambda: MessageScreen([1, 3], public=True)) as one:
        assert "PUBLIC REPLY  to the requesters of 2 tickets, each in a mail of their own" in one.text
        assert "maria@example.com" in one.text
        screen, form = one.app.screen, form_of(one)
        form.insert("once")
        assert await screen.submit(form, form.values)  # type: ignore[attr-defined]
        undone = await one.service.undo(ANA)
        assert {ticket.number for ticket in undone.tickets} == {1, 3}


async def test_a_message_to_several_of_which_one_is_gone_is_written_to_none(there: Morning) -> None:
    async with shown(there, screen=lambda: MessageScreen([1, 99], public=True)) as one:
        screen, form = one.app.screen, form_of(one)
        assert isinstance(screen, MessageScreen)
        form.insert("once")
        assert not await screen.submit(form, form.values)
        assert not [event.text for event in await one.events(1) if event.kind is EventKind.MESSAGE]


async def test_what_came_in_on_one_of_several_is_named(there: Morning) -> None:
    async with shown(there) as one:
        one.app.push_screen(MessageScreen([1, 3], public=True))
        await settled(one.pilot)
        await one.press("'we look")
        await one.service.note(BEN, 3, "I have solved it")
        await one.press("ctrl+s")
        assert isinstance(one.app.screen, Confirm)
        assert "#3 " in one.text
        assert "I have solved it" in one.text
        await one.press("y")
        assert (await one.events(1))[-1].text == (await one.events(3))[-1].text == "we look"


@pytest.mark.parametrize("text", CORPUS[::6])
async def test_foreign_text_in_a_form(there: Morning, text: str) -> None:
    async with shown(there) as one:
        await one.press("c")
        form_of(one).insert(text)
        await one.press("ctrl+o", "escape")
        if text.strip():
            await one.press("ctrl+s")
            assert isinstance(one.app.screen, (TicketScreen, MessageScreen))


async def test_a_key_before_the_form_is_there_goes_nowhere(there: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.console.keyqueue.PATIENCE", 0.0)

    class Slow(EditScreen):
        async def _begin(self) -> None:
            await asyncio.Event().wait()

    async with shown(there) as one:
        one.app.push_screen(Slow(3))
        await one.pilot.pause()
        await one.pilot.press("q", "1", "ctrl+s", "colon")
        await one.pilot.pause()
        assert type(one.app.screen) is Slow
        assert not one.app.screen.query_one("#form", Container).children
        await one.pilot.press("escape")
        await one.pilot.pause()
        assert type(one.app.screen).__name__ == "TicketScreen"


async def test_presence_while_writing(there: Morning) -> None:
    async with shown(there) as one:
        assert [(who.actor, who.writing) for who in await one.service.presence(3)] == [("ana", False)]
        await one.press("r")
        assert [who.writing for who in await one.service.presence(3)] == [False]
        await one.press("'x")
        assert [who.writing for who in await one.service.presence(3)] == [True]
        await one.press("backspace")
        assert [who.writing for who in await one.service.presence(3)] == [False]
        await one.press("'x", "escape")
        assert [who.writing for who in await one.service.presence(3)] == [False]
        await one.service.look(BEN, "elsewhere", 3, writing=True)
        await one.press("ctrl+r")
        assert "ben is writing …" in one.text
        await one.press("c")
        assert "ben is writing …" in one.text
    assert ANA.name == "ana"
