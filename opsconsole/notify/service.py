"""What other features do with notifications, as part of the transaction of the cause; and what people do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.errors import UsageError
from opsconsole.core.levels import Level
from opsconsole.notify import store
from opsconsole.notify.model import TOPIC, Notice, NoticeKind, Severity

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.notify.model import Document, Unsent
    from opsconsole.notify.settings import NotifySettings

_RECENT = 7 * DAY


async def put(tx: Transaction, notice: Notice, document: Document | None = None) -> int:
    """Stores what happened, in the transaction of its cause; the agent decides within seconds who is told.

    A FIRING opens its thread, or goes on with it; a RESOLVED ends it, and is told only to whoever was told of it.

    Args:
        tx: the transaction of the cause.
        notice: what happened.
        document: what goes with it, by mail as a file; a channel that takes none gets only the words. None: nothing.

    Returns:
        The number of the notice.

    Raises:
        StorageError: it could not be stored.
    """
    seq = await store.add_notice(tx, notice)
    if document is not None:
        from opsconsole.notify.documents import add_document  # noqa: PLC0415 - few notices have one

        await add_document(tx, seq, document)
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
    return await put(tx, _turn(NoticeKind.ACKNOWLEDGED, thread, by, note, at))


async def give_back(tx: Transaction, thread: str, by: str, at: Instant) -> int:
    """Nobody has it any more: its ladder begins again. As `acknowledge`; a FIRING of the same thread does it too."""
    return await put(tx, _turn(NoticeKind.GIVEN_BACK, thread, by, "", at))


async def hold(tx: Transaction, thread: str, by: str, at: Instant) -> int:
    """It was silenced: its ladder and its reminders pause until `free`; the RESOLVED is told. As `acknowledge`."""
    return await put(tx, _turn(NoticeKind.HELD, thread, by, "", at))


async def free(tx: Transaction, thread: str, by: str, at: Instant) -> int:
    """Its silence has ended: whoever should have been told by its ladder meanwhile is told. As `acknowledge`."""
    return await put(tx, _turn(NoticeKind.FREED, thread, by, "", at))


def _turn(kind: NoticeKind, thread: str, by: str, text: str, at: Instant) -> Notice:
    return Notice(kind=kind, thread=thread, severity=Severity.INFO, title=by, text=text, at=at)


async def unsent(db: Database, now: Instant) -> Unsent:
    """How many messages wait, were tried in vain, and were given up within the last week.

    Raises:
        StorageError: the records could not be read.
    """
    return await store.unsent(db, now - _RECENT)


async def retry(db: Database, actor: Actor, message: str | None, settings: NotifySettings, now: Instant) -> list[str]:
    """Lets one message, or (None) all that were tried in vain or given up, be sent at once; their ids.

    Raises:
        PermissionDenied: the actor's role is lower than operator.
        UsageError: there is no such message, or it needs no other attempt.
        StorageError: nothing was changed.
    """
    from opsconsole.core import audit  # noqa: PLC0415 - only where something is changed
    from opsconsole.core.identity import Role, require  # noqa: PLC0415

    require(actor, Role.OPERATOR, "send notifications again")
    async with db.write() as tx:
        if message is not None:
            known = await store.message_of(tx, message)
            if known is None:
                raise UsageError(f"There is no message {message}.", "`opsconsole notify outbox` lists them.")
        found = await store.try_again(tx, message, now, now + round(settings.retry_for * 1000))
        if message is not None and not found:
            raise UsageError(f"Message {message} needs no other attempt.", "`opsconsole notify history` shows it.")
        for name in found:
            await audit.append(tx, actor, "notify.retry", f"message:{name}", None, now)
        tx.touch(TOPIC)
    return found


class OutboxFinding(NamedTuple):
    """One thing that was looked at: what was found, and what to do, empty when there is nothing."""

    level: Level
    says: str
    todo: str = ""


async def outbox_findings(db: Database, now: Instant) -> list[OutboxFinding]:
    """What `doctor` says about notifications: messages that do not get through, channels that fail.

    Raises:
        StorageError: the records could not be read.
    """
    from opsconsole.core.format import duration  # noqa: PLC0415 - for this only

    found = [OutboxFinding(
        Level.CRITICAL if now - trouble.since >= HOUR else Level.WARNING,
        f"{trouble.channel} has delivered nothing for {duration((now - trouble.since) / 1000)}: {trouble.problem}",
        f"Run `opsconsole notify test {trouble.channel}`.") for trouble in await store.troubles(db)]
    count = await unsent(db, now)
    if count.failed:
        found.append(OutboxFinding(
            Level.CRITICAL, f"{_messages(count.failed)} could not be sent within the last week",
            "`opsconsole notify outbox --failed` shows why; `opsconsole notify retry --all` tries again."))
    overdue = await store.overdue(db, now - HOUR)
    if overdue:
        found.append(OutboxFinding(Level.WARNING, f"{_messages(overdue)} should have been sent more than an hour ago",
                                   "See whether an agent runs."))
    return found or [OutboxFinding(Level.OK, f"nothing failed; {_messages(count.waiting + count.late)} to be sent")]


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"
