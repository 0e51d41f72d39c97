"""What people do about mail that was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.identity import Role, require
from opsconsole.tickets.errors import NotThere
from opsconsole.tickets.model import TOPIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor


async def deal_with(db: Database, actor: Actor, numbers: Sequence[int], now: Instant) -> None:
    """Notes that somebody dealt with kept mails; who did first stays.

    Args:
        db: the records.
        actor: who; operator and up.
        numbers: of the mails.
        now: the present.

    Raises:
        PermissionDenied: the role does not allow it.
        NotThere: there is no such mail; nothing is noted.
    """
    from opsconsole.core import audit  # noqa: PLC0415 - only whoever changes something needs it
    from opsconsole.tickets.mail import store  # noqa: PLC0415 - as above

    require(actor, Role.OPERATOR, "deal with mail that was kept")
    async with db.write() as tx:
        for number in dict.fromkeys(numbers):
            if await store.kept_mail(tx, number) is None:
                raise NotThere(f"There is no kept mail {number}.", "`opsconsole ticket kept --all` lists them.")
            if await store.dealt_with(tx, number, actor.name, now):
                await audit.append(tx, actor, "ticket.mail.kept", f"mail:{number}", None, now)
        tx.touch(TOPIC)
