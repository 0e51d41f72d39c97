"""Use cases of visits and hand-overs: permission, one transaction, audit, change topic."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.core.errors import UsageError
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited, storable
from opsconsole.reports.briefing import store
from opsconsole.reports.briefing.errors import NoHandover, NotNow
from opsconsole.reports.briefing.model import MOST_TEXT, TOPIC, Handover, HandoverState

if TYPE_CHECKING:
    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.identity import Actor

_QUOTED: Final = 200
"""Characters of a hand-over that the audit trail keeps; of the rest it keeps the hash."""


class BriefingService:
    """Visits and hand-overs. All of it raises StorageError when the records cannot be used.

    Args:
        db: the records.
        clock: where time comes from.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def last_visit(self, name: str) -> Instant | None:
        """Until when somebody knows what happened; None: they never came."""
        return await store.visit(self._db, storable(name))

    async def visited(self, name: str, until: Instant) -> None:
        """They know what happened until then. No deed: it is not in the audit trail, and no console reads again."""
        async with self._db.write() as tx:
            await store.put_visit(tx, storable(name), until, self._clock.now())

    async def handover(self, number: int) -> Handover:
        """One hand-over.

        Raises:
            NoHandover: there is none of that number.
        """
        return await self._stored(self._db, number)

    async def open(self) -> list[Handover]:
        """Hand-overs that nobody has taken, the oldest first."""
        return await store.open_handovers(self._db)

    async def taken(self, author: str, since: Instant, until: Instant) -> list[Handover]:
        """Those of an author that somebody took in a time, the newest first."""
        return await store.ended_handovers(self._db, storable(author), since, until)

    async def listed(self, limit: int = 50, before: int = 0) -> list[Handover]:
        """A page of all of them, newest first; `before` is the number to go on from."""
        return await store.handovers(self._db, max(limit, 0), before)

    async def write(self, actor: Actor, text: str, replaces: int = 0) -> Handover:
        """Hands over to whoever comes next.

        Args:
            actor: who; operator and up.
            text: what they shall know.
            replaces: the own one that is written anew with it; 0: none.

        Raises:
            PermissionDenied: the role does not allow it.
            UsageError: the text is empty or too long.
            NoHandover, NotNow: the one to replace is not there, is of somebody else, or was taken.
        """
        require(actor, Role.OPERATOR, "hand over")
        wanted = storable(text.strip())
        if not wanted:
            raise UsageError("The hand-over is empty.", "Say what the next one must know.")
        if len(wanted) > MOST_TEXT:
            raise UsageError(f"A hand-over may have {MOST_TEXT} characters, and this one has {len(wanted)}.",
                             "What is longer belongs into the log.")
        now, name = self._clock.now(), storable(actor.name)
        async with self._db.write() as tx:
            if replaces:
                before = await self._changeable(tx, replaces)
                if before.author != name:
                    raise NotNow(f"Hand-over {replaces} is of {limited(before.author, 40)}.", "Write one of your own.")
                await store.end_handover(tx, replaces, HandoverState.REPLACED, name, now)
            made = Handover(0, name, now, wanted, storable(actor.origin), replaces)
            made = replace(made, id=await store.add_handover(tx, made))
            await self._audited(tx, actor, "write", made, now)
        return made

    async def take(self, actor: Actor, number: int) -> Handover:
        """Confirms that one has read it and knows.

        Raises:
            PermissionDenied: the role does not allow it.
            NoHandover: there is none of that number.
            NotNow: it was taken, replaced or withdrawn already, or is the actor's own.
        """
        require(actor, Role.OPERATOR, "take a hand-over")
        async with self._db.write() as tx:
            before = await self._changeable(tx, number)
            if before.author == storable(actor.name):
                raise NotNow(f"Hand-over {number} is your own: whoever comes next takes it.", "You can withdraw it.")
            return await self._ended(tx, actor, before, HandoverState.TAKEN, "take")

    async def withdraw(self, actor: Actor, number: int) -> Handover:
        """Takes an own hand-over back that nobody has taken.

        Raises:
            PermissionDenied: the role does not allow it.
            NoHandover: there is none of that number.
            NotNow: it was taken, replaced or withdrawn already, or is of somebody else.
        """
        require(actor, Role.OPERATOR, "withdraw a hand-over")
        async with self._db.write() as tx:
            before = await self._changeable(tx, number)
            if before.author != storable(actor.name):
                raise NotNow(f"Hand-over {number} is of {limited(before.author, 40)}.", "You can take it.")
            return await self._ended(tx, actor, before, HandoverState.WITHDRAWN, "withdraw")

    async def _stored(self, db: Database | Transaction, number: int) -> Handover:
        found = await store.handover(db, number)
        if found is None:
            raise NoHandover(f"There is no hand-over {number}.", "`opsconsole handover list` shows what there is.")
        return found

    async def _changeable(self, tx: Transaction, number: int) -> Handover:
        found = await self._stored(tx, number)
        if found.state is not HandoverState.OPEN:
            by = f" by {limited(found.ended_by, 40)}"
            raise NotNow(f"Hand-over {number} was {found.state.value} already{by}.", "There is nothing to do.")
        return found

    async def _ended(self, tx: Transaction, actor: Actor, before: Handover, state: HandoverState,
                     action: str) -> Handover:
        now, name = self._clock.now(), storable(actor.name)
        await store.end_handover(tx, before.id, state, name, now)
        await self._audited(tx, actor, action, before, now)
        return replace(before, state=state, ended=now, ended_by=name)

    async def _audited(self, tx: Transaction, actor: Actor, action: str, one: Handover, now: Instant) -> None:
        from opsconsole.core import audit  # noqa: PLC0415 - only whoever changes something needs it

        detail: dict[str, object] = {"author": one.author, "text": limited(one.text, _QUOTED),
                                     "sha256": hashlib.sha256(one.text.encode()).hexdigest()}
        if action == "write" and one.replaces:
            detail["replaces"] = one.replaces
        await audit.append(tx, actor, f"handover.{action}", f"handover:{one.id}", detail, now)
        tx.touch(TOPIC)
