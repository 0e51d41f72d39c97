"""Messages of emergencies in real files that somebody changed who knows how: each byte is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from opsconsole.core import audit
from opsconsole.logbook.model.emergency import Message, MessageStatus, Way
from opsconsole.logbook.verifying_told import verify_told
from tests.logbook.logdesk import logdesk
from tests.tickets.desk import ANA, BEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.logbook.logdesk import LogDesk

DOWN = Message("the shop is down", issue="shop answers 502 since 09:00", impact="nobody can büy", contact="Ana, 555 01")
UNSEALED = "UPDATE audit SET detail = json_remove(detail, '$.sealed') WHERE action = 'log.tell'"
"""As the trail was before messages were sealed; the test is about what stands in it, not about the chain."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[LogDesk]:
    """Two emergencies: one with three messages, one with a single one."""
    async with logdesk(tmp_path) as made:
        for title in ("shop", "mail"):
            await made.service.declare(ANA, title)
        await made.service.tell(ANA, 1, DOWN, Way.SENT, ("channel:log",))
        await made.service.tell(BEN, 1, replace(DOWN, status=MessageStatus.FIXING), Way.COPIED)
        await made.service.tell(ANA, 2, Message("mail is late"), Way.SHOWN)
        await made.service.tell(ANA, 1, replace(DOWN, status=MessageStatus.RESOLVED), Way.SENT)
        yield made


async def found(desk: LogDesk) -> list[tuple[int, str]]:
    return [(one.entry, one.sentence) for one in (await verify_told(desk.db)).altered]


async def test_what_was_told_is_found_as_it_was(desk: LogDesk) -> None:
    report = await verify_told(desk.db)
    assert (report.count, report.altered) == (4, ())
    assert (await audit.verify(desk.db)).ok
    desk.unguarded(UNSEALED)
    assert await found(desk) == []


SECOND = " WHERE entry = 1 AND seq = 2"


@pytest.mark.parametrize(("change", "sentence"), [
    (f"UPDATE log_told SET message = replace(message, '502', '503'){SECOND}", "Message 2 was changed."),
    (f"UPDATE log_told SET message = replace(message, 'ü', 'u'){SECOND}", "Message 2 was changed."),
    (f"UPDATE log_told SET message = message || ' '{SECOND}", "Message 2 was changed."),
    (f"UPDATE log_told SET message = '{{'{SECOND}", "Message 2 was changed."),
    (f"UPDATE log_told SET at = at + 1{SECOND}", "Message 2 was changed."),
    (f"UPDATE log_told SET actor = 'ana'{SECOND}", "Message 2 was changed."),
    (f"UPDATE log_told SET way = 'sent'{SECOND}", "Message 2 was changed."),
    ("UPDATE log_told SET tell = '[]' WHERE entry = 1 AND seq = 1", "Message 1 was changed."),
    (f"DELETE FROM log_told{SECOND}", "Message 2 was removed."),
    ("DELETE FROM log_told WHERE entry = 1 AND seq = 3", "Message 3 was removed."),
    ("DELETE FROM log_told WHERE entry = 1", "Message 1 was removed."),
    ("INSERT INTO log_told SELECT 1, 4, at, actor, way, message, tell FROM log_told WHERE entry = 2",
     "Message 4 was added: the audit trail knows nothing of it.")])
async def test_each_change_is_named(desk: LogDesk, change: str, sentence: str) -> None:
    desk.unguarded(change)
    assert await found(desk) == [(1, sentence)]


async def test_of_older_messages_what_the_trail_says(desk: LogDesk) -> None:
    desk.unguarded(UNSEALED, "UPDATE log_told SET way = 'sent' WHERE entry = 2")
    assert await found(desk) == [(2, "Message 1 was changed.")]
