"""What other features do with notifications: each call is part of the transaction of its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.notify import store
from opsconsole.notify.model import TOPIC, Notice, NoticeKind, Severity

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction


async def put(tx: Transaction, notice: Notice) -> int:
    """Stores what happened, in the transaction of its cause; the agent decides within seconds who is told.

    A FIRING opens its thread, or goes on with it; a RESOLVED ends it, and is told only to whoever was told of it.

    Returns:
        The number of the notice.

    Raises:
        StorageError: it could not be stored.
    """
    seq = await store.add_notice(tx, notice)
    tx.touch(TOPIC)
    return seq


async def acknowledge(tx: Transaction, thread: str, by: str, note: str, at: Instant) -> int:
    """Somebody has taken it: its ladder and its reminders end; the RESOLVED is told all the same.

    Args:
        tx: the transaction of the acknowledgement.
        thread: as in its notices.
        by: the actor's name.
        note: what they said; may be empty.
        at: when, ms UTC.

    Returns:
        The number of the notice that says so.

    Raises:
        StorageError: it could not be stored.
    """
    return await put(tx, Notice(kind=NoticeKind.ACKNOWLEDGED, thread=thread, severity=Severity.INFO, title=by,
                                text=note, at=at))
