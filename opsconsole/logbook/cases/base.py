"""What all use cases of the log stand on."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from opsconsole.core.errors import StorageUnusable
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited
from opsconsole.logbook import store
from opsconsole.logbook.errors import NoEntry, NotNow
from opsconsole.logbook.merging import merged
from opsconsole.logbook.model import TOPIC, EntryState, topic_of
from opsconsole.logbook.sealing import subject_of
from opsconsole.logbook.settings import LogbookSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import tzinfo

    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.model import Action, Amendment, Attachment, Entry, EntryType
    from opsconsole.logbook.store import Reader
    from opsconsole.logbook.windows import Windows

_QUOTED: Final = 200
"""Characters of a text that the audit trail keeps."""


class Kept:
    """An entry with all that belongs to it, as a transaction sees it; what is set is written by `Desk._written`."""

    def __init__(self, tx: Transaction, actor: Actor, now: Instant, entry: Entry, amendments: Sequence[Amendment],
                 attachments: Sequence[Attachment], actions: Sequence[Action]) -> None:
        self.tx = tx
        self.actor = actor
        self.now = now
        self.entry = entry
        """As it was signed, where it is."""
        self.amendments = list(amendments)
        self.attachments = list(attachments)
        self.actions = tuple(actions)
        """As they stand now: those of a signed entry are done later."""
        self.told: dict[str, Any] = {}

    @property
    def shown(self) -> Entry:
        """As readers see it."""
        return shown(self.entry, self.amendments, self.actions)

    def set(self, **fields: Any) -> None:
        """Gives fields of the entry other values; never those that are sealed."""
        self.entry = replace(self.entry, **fields)
        self.actions = self.entry.actions

    def grow(self) -> None:
        """Notes that it changed."""
        self.entry = replace(self.entry, version=self.entry.version + 1, updated=self.now)

    def tell(self, **detail: Any) -> None:
        """Adds to what the audit trail says of it; texts are shortened."""
        self.told |= {name: limited(value, _QUOTED) if isinstance(value, str) else value
                      for name, value in detail.items()}

    def open_for(self, doing: str) -> None:
        """Lets pass what is still being written.

        Args:
            doing: what cannot be done else: `changed`.

        Raises:
            NotNow: it is signed or dropped.
        """
        state = self.entry.state
        if state is EntryState.OPEN:
            return
        called = f"Log entry {self.entry.id}"
        if state is EntryState.WAITING:
            names = " and ".join(limited(one.actor, 40) for one in self.entry.signatures)
            raise NotNow(f"{called} is signed by {names}, so it cannot be {doing}.",
                         "Send it back first.")
        if state is EntryState.SIGNED:
            raise NotNow(f"{called} is signed, so it cannot be {doing} any more.",
                         "Amend it: `opsconsole log amend`.")
        raise NotNow(f"{called} was dropped, so it cannot be {doing} any more.", "Write a new one.")


def shown(entry: Entry, amendments: Sequence[Amendment], actions: Sequence[Action]) -> Entry:
    """An entry as readers see it: amended, and with what was done of its next actions since."""
    entry = merged(entry, amendments)
    return replace(entry, actions=tuple(actions)) if entry.actions != tuple(actions) else entry


class Desk:
    """The records, the time, the configuration: what each group of use cases is made with."""

    def __init__(self, db: Database, clock: Clock, settings: LogbookSettings | None = None, *,
                 zone: tzinfo | None = None, blobs: Blobs | None = None,
                 windows: Callable[[Database], Windows] | None = None) -> None:
        self._db = db
        self._clock = clock
        self.settings = settings if settings is not None else LogbookSettings()
        self._zone = zone
        self._blobs = blobs
        self._windows = windows

    @asynccontextmanager
    async def _change(self, actor: Actor, number: int, action: str, doing: str) -> AsyncIterator[Kept]:
        """One transaction that changes one entry; audited at its end where it grew.

        Args:
            actor: who; operator and up.
            number: of the entry.
            action: the verb, for the audit trail.
            doing: what, as in "sign entries of the log".

        Raises:
            NoEntry: there is no such entry.
            PermissionDenied: the role does not allow it.
        """
        require(actor, Role.OPERATOR, doing)
        async with self._db.write() as tx:
            kept = await self._kept(tx, actor, number)
            version = kept.entry.version
            yield kept
            if kept.entry.version != version:
                await self._written(kept, action)

    async def _kept(self, tx: Transaction, actor: Actor, number: int) -> Kept:
        entry = await self._stored(tx, number)
        return Kept(tx, actor, self._clock.now(), entry, (await store.amendments(tx, [number])).get(number, ()),
                    (await store.attachments(tx, [number])).get(number, ()),
                    (await store.actions(tx, [number])).get(number, ()))

    async def _stored(self, db: Reader, number: int) -> Entry:
        found = await store.get(db, number) if 0 < number < 2**63 else None
        if found is None:
            raise NoEntry(f"There is no log entry {limited(str(number), 40)}.", "`opsconsole log list` names them.")
        return found

    @cached_property
    def windows(self) -> Windows:
        """Who mutes checks.

        Raises:
            StorageUnusable: nobody does.
        """
        if self._windows is None:
            raise StorageUnusable("Nothing can be muted here, so there is no maintenance.", "")
        return self._windows(self._db)

    async def _still(self, kept: Kept, doing: str) -> None:
        """Lets pass what is no work that goes on.

        Args:
            kept: the entry.
            doing: what cannot be done else: `signed`.

        Raises:
            NotNow: its maintenance goes on.
        """
        if not kept.entry.window or self._windows is None:
            return
        work = await self.windows.look(kept.tx, kept.entry.window)
        if work is not None and not work.over(kept.now):
            raise NotNow(f"Log entry {kept.entry.id} is maintenance that goes on, so it cannot be {doing}.",
                         f"Finish that first: `opsconsole log maintenance finish {kept.entry.id}`.")

    async def _written(self, kept: Kept, action: str, *, new: bool = False) -> None:
        """Writes the row, what follows from it, the audit trail and the topics."""
        from opsconsole.core import audit  # noqa: PLC0415 - only whoever changes something needs it

        entry, seen = kept.entry, kept.shown
        if new:
            await store.add(kept.tx, entry)
        elif kept.amendments or entry.seal:
            await store.put_shown(kept.tx, seen, len(kept.amendments))
        else:
            await store.put(kept.tx, entry)
        await self._found(kept)
        await audit.append(kept.tx, kept.actor, f"log.{action}", subject_of(entry.id),
                           {"type": seen.type.value, "title": limited(seen.title, _QUOTED), **kept.told}, kept.now)
        kept.tx.touch(TOPIC)
        kept.tx.touch(topic_of(entry.id))

    async def _found(self, kept: Kept) -> None:
        """Lets it be found as it is now."""
        await store.put_found(kept.tx, kept.shown, words(kept.entry, kept.amendments, kept.attachments))

    def _persons(self, kind: EntryType, least: int = 1) -> int:
        """How many sign an entry of a kind."""
        return max(2 if kind in self.settings.two_persons else 1, least)


def words(entry: Entry, amendments: Sequence[Amendment], attachments: Sequence[Attachment]) -> str:
    """The text in which words of an entry are looked for: all that it says, and said before it was amended."""
    versions = [entry]
    for one in amendments:
        versions.append(merged(versions[-1], [one]))
    return store.words_of(versions, [one.reason for one in amendments], [one.name for one in attachments])


def plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields in the plain forms of JSON, as an amendment keeps them."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(dict(fields)))
    return found
