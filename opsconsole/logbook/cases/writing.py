"""Opening entries, and writing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from opsconsole.core.errors import UsageError
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited, storable
from opsconsole.logbook import store
from opsconsole.logbook.cases.base import Desk, Kept
from opsconsole.logbook.cases.checks import MOST_REASON, checked, cleaned, fitted, worded
from opsconsole.logbook.errors import Clash, NotNow
from opsconsole.logbook.merging import FIELDS, wanted_of
from opsconsole.logbook.model import MOST_NAME, Entry, EntryState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.model import EntryType


class Writing(Desk):
    """Opening entries, and writing them."""

    async def new(self, actor: Actor, type: EntryType, title: str, fields: Mapping[str, Any] | None = None) -> Entry:  # noqa: A002 - the field's name
        """Opens an entry; `fields` as in `save`. Begun now, and performed by the actor, where they say nothing.

        Raises:
            PermissionDenied: the role does not allow it.
            UsageError: a field, or its value, cannot be.
        """
        require(actor, Role.OPERATOR, "write entries of the log")
        given = cleaned({"performed_by": (actor.name[:MOST_NAME],), "begun": self._clock.now(), **(fields or {}),
                         "type": type, "title": title})
        async with self._db.write() as tx:
            return await self._opened(tx, actor, Entry(0, **given), "new")

    async def draft_in(self, tx: Transaction, actor: Actor, entry: Entry) -> Entry:
        """Opens an entry that another feature has written, in its transaction; `id`, `version`, `created` are set here.

        Who may is for that feature to say. What is too long for an entry is cut.

        Raises:
            UsageError: a value cannot be.
        """
        entry = fitted(entry)
        given = cleaned({name: getattr(entry, name) for name in FIELDS})
        return await self._opened(tx, actor, replace(entry, **given), "draft")

    async def save(self, actor: Actor, number: int, fields: Mapping[str, Any], base: Mapping[str, Any]) -> Entry:
        """Sets fields of an entry that is not signed; what others changed meanwhile in other fields stays.

        Of lists that two people changed, what either added or took away counts, unless it is the same line.

        Args:
            actor: who.
            number: of the entry.
            fields: name → value, in the types of `Entry`: all that it may say of itself, `type` to `tags`.
            base: the same fields as they were read before; one that has changed since is a clash.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it is signed, or dropped.
            UsageError: a field, or its value, cannot be.
            PermissionDenied: the role does not allow it.
            Clash: somebody changed the same fields; nothing was stored.
        """
        require(actor, Role.OPERATOR, "write entries of the log")
        given = cleaned(fields)
        missing = [name for name in given if name not in base]
        if missing:
            raise UsageError(f"What `{missing[0]}` said before is not known, so it cannot be changed.",
                             "Read the entry again.")
        before = cleaned({name: base[name] for name in given})
        async with self._change(actor, number, "save", "write entries of the log") as kept:
            kept.open_for("changed")
            changes, clashes = wanted_of(kept.entry, given, before)
            if clashes:
                raise Clash(f"Somebody changed {', '.join(f'`{name}`' for name in clashes)} of log entry {number}"
                            " meanwhile.", "Look at both, and save again.", kept.shown, clashes)
            if changes:
                now = checked(replace(kept.entry, **changes))
                kept.set(**changes, persons=self._persons(now.type) if "type" in changes else now.persons)
                kept.grow()
                kept.tell(fields=sorted(changes))
            return kept.shown

    async def drop(self, actor: Actor, number: int, reason: str) -> Entry:
        """It is not wanted; kept out of sight.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it is signed, or dropped already, or its maintenance goes on.
            UsageError: there is no reason.
            PermissionDenied: the role does not allow it.
        """
        require(actor, Role.OPERATOR, "drop entries of the log")
        why = worded(reason, "A reason", MOST_REASON)
        async with self._change(actor, number, "drop", "drop entries of the log") as kept:
            if kept.entry.state is not EntryState.WAITING:
                kept.open_for("dropped")
            await self._still(kept, "dropped")
            kept.set(state=EntryState.DROPPED)
            kept.grow()
            kept.tell(reason=why)
            return kept.shown

    async def restore(self, actor: Actor, number: int) -> Entry:
        """It is wanted after all: it can be written and signed again; a signature that it had is taken away.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it was not dropped.
            PermissionDenied: the role does not allow it.
        """
        async with self._change(actor, number, "restore", "restore entries of the log") as kept:
            if kept.entry.state is not EntryState.DROPPED:
                raise NotNow(f"Log entry {number} was not dropped, so there is nothing to restore.", "")
            if kept.entry.signatures:
                kept.tell(signed=[one.actor for one in kept.entry.signatures])
            kept.set(state=EntryState.OPEN, signatures=())
            kept.grow()
            return kept.shown

    async def finish_action(self, actor: Actor, number: int, place: int, *, done: bool = True) -> Entry:
        """A next action is done, or is not after all; also of signed entries: that is no part of what was signed.

        Raises:
            NoEntry: there is no such entry.
            NotNow: the entry was dropped, or another one said the same before.
            UsageError: there is no such action.
            PermissionDenied: the role does not allow it.
        """
        async with self._change(actor, number, "action", "finish next actions") as kept:
            if kept.entry.state is EntryState.DROPPED:
                kept.open_for("changed")
            if not 0 <= place < len(kept.actions):
                raise UsageError(f"Log entry {number} has no next action {place + 1}.",
                                 f"It has {len(kept.actions)}.")
            one = kept.actions[place]
            if (one.done is not None) == done:
                by = f" by {limited(one.done_by, 40)}" if one.done_by else ""
                raise NotNow(f"`{limited(one.text, 60)}` is done already{by}." if done else
                             f"`{limited(one.text, 60)}` is not done.", "")
            changed = replace(one, done=kept.now if done else None, done_by=storable(actor.name) if done else "")
            actions = (*kept.actions[:place], changed, *kept.actions[place + 1:])
            if kept.entry.seal:
                kept.actions = actions
            else:
                kept.set(actions=actions)
            kept.grow()
            kept.tell(action=one.text, done=done)
            return kept.shown

    async def _opened(self, tx: Transaction, actor: Actor, entry: Entry, action: str) -> Entry:
        now = self._clock.now()
        entry = replace(checked(entry), id=await store.next_number(tx), version=1, created=now, updated=now,
                        created_by=storable(actor.name), state=EntryState.OPEN, signatures=(), seal="",
                        persons=self._persons(entry.type))
        kept = Kept(tx, actor, now, entry, (), (), entry.actions)
        if entry.run:
            kept.tell(run=entry.run)
        await self._written(kept, action, new=True)
        return entry
