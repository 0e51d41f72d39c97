"""Names under entries, and what is corrected afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from opsconsole.core.errors import UsageError
from opsconsole.core.identity import Role, require
from opsconsole.core.text import storable
from opsconsole.logbook import store
from opsconsole.logbook.cases.base import plain
from opsconsole.logbook.cases.checks import MOST_REASON, checked, cleaned, worded
from opsconsole.logbook.cases.writing import Writing
from opsconsole.logbook.errors import NotNow
from opsconsole.logbook.merging import merged, still_done
from opsconsole.logbook.model import Amendment, EntryState, Signature
from opsconsole.logbook.sealing import DETAIL, fingerprints, seal_of_amendment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.identity import Actor
    from opsconsole.logbook.cases.base import Kept
    from opsconsole.logbook.model import Entry


class Signing(Writing):
    """Names under entries, and what is corrected afterwards."""

    async def sign(self, actor: Actor, number: int) -> Entry:
        """Puts a name under it; the last one freezes it. An entry that goes on is ended now.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it is signed or dropped, nobody performed it, its maintenance goes on, or it waits for the signature
                of another person.
            PermissionDenied: the role does not allow it.
        """
        async with self._change(actor, number, "sign", "sign entries of the log") as kept:
            entry = kept.entry
            if entry.state is not EntryState.WAITING:
                kept.open_for("signed")
            if any(one.actor == storable(actor.name) for one in entry.signatures):
                raise NotNow(f"Log entry {number} has your signature already.",
                             "It waits for that of a second person.")
            await self._still(kept, "signed")
            if not entry.performed_by:
                raise NotNow(f"Log entry {number} does not say who performed it.", "Fill that in, then sign it.")
            signed = (*entry.signatures, Signature(storable(actor.name), kept.now, storable(actor.origin)))
            # Not before it began, whatever somebody did to the clock meanwhile.
            kept.set(signatures=signed, ended=entry.ended if entry.ended is not None else max(kept.now, entry.begun))
            kept.grow()
            if len(signed) < entry.persons:
                kept.set(state=EntryState.WAITING)
                kept.tell(signatures=len(signed), of=entry.persons)
            else:
                await _freeze(kept)
            return kept.shown

    async def send_back(self, actor: Actor, number: int, reason: str) -> Entry:
        """The second person does not sign: the first signature is taken away.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it does not wait for a second signature.
            UsageError: there is no reason.
            PermissionDenied: the role does not allow it.
        """
        require(actor, Role.OPERATOR, "send entries of the log back")
        why = worded(reason, "A reason", MOST_REASON)
        async with self._change(actor, number, "return", "send entries of the log back") as kept:
            if kept.entry.state is not EntryState.WAITING:
                raise NotNow(f"Log entry {number} does not wait for a second signature.", "")
            kept.tell(reason=why, signed=[one.actor for one in kept.entry.signatures])
            kept.set(state=EntryState.OPEN, signatures=())
            kept.grow()
            return kept.shown

    async def amend(self, actor: Actor, number: int, changes: Mapping[str, Any], reason: str) -> Amendment:
        """Corrects a signed entry, with a reason; both versions stay.

        Args:
            actor: who.
            number: of the entry.
            changes: field → its new value, as in `save`; what is as it stands is left out.
            reason: why.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it is not signed.
            UsageError: there is no reason, nothing changes, or a value cannot be.
            PermissionDenied: the role does not allow it.
        """
        require(actor, Role.OPERATOR, "amend entries of the log")
        why = worded(reason, "A reason", MOST_REASON)
        given = cleaned(changes)
        async with self._change(actor, number, "amend", "amend entries of the log") as kept:
            if kept.entry.state is not EntryState.SIGNED:
                raise NotNow(f"Log entry {number} is not signed, so it is not amended.", "Edit it.")
            before = kept.shown
            if "actions" in given:
                given["actions"] = still_done(before.actions, given["actions"])
            wanted = {name: value for name, value in given.items() if value != getattr(before, name)}
            if not wanted:
                raise UsageError("This amendment changes nothing.", "Say what the entry should say.")
            checked(replace(before, **wanted))
            last = kept.amendments[-1] if kept.amendments else None
            made = Amendment(0, number, len(kept.amendments) + 1, kept.now, storable(actor.name), why, plain(wanted))
            made = replace(made, seal=seal_of_amendment(made, last.seal if last is not None else kept.entry.seal))
            made = replace(made, id=await store.add_amendment(kept.tx, made))
            kept.amendments.append(made)
            kept.actions = merged(replace(before, actions=kept.actions), [made]).actions
            kept.grow()
            kept.tell(seq=made.seq, reason=why, fields=sorted(wanted), **{DETAIL: {"seal": made.seal}})
            return made


async def _freeze(kept: Kept) -> None:
    """What the last signature does: the row as it will be read again, and its seal in the audit trail."""
    kept.set(state=EntryState.SIGNED)
    prints = fingerprints(kept.entry, kept.attachments)
    await store.put(kept.tx, replace(kept.entry, seal=str(prints["seal"])))
    kept.entry = replace(kept.entry, seal=str(prints["seal"]))
    kept.tell(seal=kept.entry.seal, **{DETAIL: prints})
