"""Tries channels: sends a test message at once, past the outbox."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from opsconsole.core import audit
from opsconsole.core.identity import Actor, Role, require
from opsconsole.core.text import limited
from opsconsole.notify.model import NoticeKind, Recipient, Result, Severity
from opsconsole.notify.sending import Parcel, Receipt, send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.notify.routing import Directory


async def try_channels(db: Database, actor: Actor, directory: Directory, recipients: Sequence[Recipient], host: str,
                       now: Instant) -> list[Result]:
    """Sends a test to each recipient, one after another; a result for each.

    Raises:
        PermissionDenied: the actor's role is lower than operator.
        StorageError: it could not be written down who did this; nothing was sent.
    """
    require(actor, Role.OPERATOR, "send a test message")
    async with db.write() as tx:
        await audit.append(tx, actor, "notify.test", "notify", {"to": [str(each) for each in recipients]}, now)
    return [await _try(directory, recipient, actor, host) for recipient in recipients]


async def _try(directory: Directory, recipient: Recipient, actor: Actor, host: str) -> Result:
    channel = directory.channel(recipient.channel)
    contact = directory.settings.contacts.get(recipient.contact)
    place, name = limited(host, 60), secrets.token_hex(6)
    parcel = Parcel(id=name, kind=NoticeKind.NOTE.value, severity=Severity.INFO,
                    title=f"[TEST] {place}: a test message",
                    text=f"{limited(actor.name, 60)} tries whether messages arrive. Nothing is wrong.\n\n"
                         f"-- opsconsole on {place}, message {name}",
                    host=host, channel=recipient.channel, contact=recipient.contact,
                    name=(contact.name or recipient.contact) if contact is not None else "", repeat=False)
    if channel is None:
        return Result(name, ok=False, says="there is no such channel any more")
    receipt = Receipt.make(None)
    try:
        (result,) = await send(channel, [parcel], receipt)
    finally:
        receipt.close()
    return result
