"""Each shape of mail becomes what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from opsconsole.core.units import Size
from opsconsole.tickets.mail import store
from opsconsole.tickets.mail.receiving import Outcome
from opsconsole.tickets.model import EventKind, Party
from opsconsole.tickets.settings import Attachments
from tests.tickets.desk import ANA, SETTINGS
from tests.tickets.mail.bench import Office, office
from tests.tickets.mail.corpus import REPLY, SHAPES

if TYPE_CHECKING:
    from pathlib import Path

SMALL = replace(SETTINGS, attachments=Attachments(most=Size(1_000)))


async def prepare(one: Office) -> None:
    """Two tickets; the first has a reply that left."""
    await one.desk.ticket("x")
    await one.desk.ticket("y", requester_mail="lou@example.org")
    await one.service.reply(ANA, 1, "Does it work?")
    async with one.db.write() as tx:
        await tx.run("UPDATE ticket_mail SET message_id = :id, state = 'sent'", {"id": REPLY})
        await store.remember(tx, [REPLY], 1, (await one.service.get(1)).version)


@pytest.mark.parametrize("name", SHAPES)
async def test_shapes(name: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    async with office(tmp_path, SMALL if "too large" in name else SETTINGS) as one:
        await prepare(one)
        before = await one.service.get(1)
        done = await one.take(shape.raw)
        assert done.outcome is shape.outcome, done
        if shape.outcome is Outcome.KEPT:
            assert shape.reason in done.reason
            (kept,) = await store.kept(one.db)
            with one.blobs.open(kept.sha256) as file:
                assert file.read() == shape.raw
            assert kept.id == done.kept
            assert len(await one.notices()) == 1
        else:
            await check(one, done.ticket, name)
        if shape.outcome is Outcome.ROBOT:
            after = await one.service.get(1)
            assert (after.state, after.unanswered, after.messages) == (
                before.state, before.unanswered, before.messages + 1)
        await one.desk.check()


async def check(one: Office, number: int, name: str) -> None:
    shape = SHAPES[name]
    if shape.ticket:
        assert number == shape.ticket
    elif shape.outcome is Outcome.TICKET:
        assert number == 3
    ticket = await one.service.get(number)
    if shape.title:
        assert ticket.title == shape.title
    last = [event for event in await one.service.events(number) if event.kind in (
        EventKind.MESSAGE, EventKind.BOUNCED) and event.party is not Party.STAFF]
    text = last[-1].text if last else ticket.description
    assert shape.text in text
    if shape.outcome in (Outcome.TICKET, Outcome.MESSAGE):
        found = await one.service.attachments(number)
        assert tuple(file.name for file in found) == shape.files
        assert all(file.public and one.blobs.check(file.sha256) for file in found)


def test_there_are_enough() -> None:
    assert len(SHAPES) >= 90
