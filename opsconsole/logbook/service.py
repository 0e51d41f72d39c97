"""The use cases of the maintenance log: permission, one transaction, audit, change topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.logbook.settings import LogbookSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, tzinfo
    from pathlib import Path
    from typing import BinaryIO

    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.model import Action, Amendment, Attachment, Entry, EntryType, Found, Summary


class LogService:
    """Everything that can be done with the log. All of it raises StorageError when the records cannot be used.

    Args:
        db: the records.
        clock: where time comes from.
        settings: what the configuration says; None: the defaults.
        zone: the local zone; None: the machine's.
        blobs: where files are kept; None: nothing can be attached.
    """

    def __init__(self, db: Database, clock: Clock, settings: LogbookSettings | None = None, *,
                 zone: tzinfo | None = None, blobs: Blobs | None = None) -> None:
        self._db = db
        self._clock = clock
        self.settings = settings if settings is not None else LogbookSettings()
        self._zone = zone
        self._blobs = blobs

    async def new(self, actor: Actor, type: EntryType, title: str, fields: Mapping[str, Any] | None = None) -> Entry:  # noqa: A002 - the field's name
        """Opens an entry; `fields` as in `save`. Begun now, and performed by the actor, where they say nothing."""
        raise NotImplementedError

    async def draft_in(self, tx: Transaction, actor: Actor, entry: Entry) -> Entry:
        """Opens an entry that another feature has written, in its transaction; `id`, `version`, `created` are set here."""
        raise NotImplementedError

    async def save(self, actor: Actor, number: int, fields: Mapping[str, Any], base: Mapping[str, Any]) -> Entry:
        """Sets fields of an entry that is not signed; what others changed meanwhile in other fields stays.

        Args:
            actor: who.
            number: of the entry.
            fields: name → value, in the types of `Entry`: all that it may say of itself, `type` to `tags`.
            base: the same fields as they were read before; one that has changed since is a clash.

        Raises:
            NoEntry, NotNow, UsageError.
            Clash: somebody changed the same fields; nothing was stored.
        """
        raise NotImplementedError

    async def drop(self, actor: Actor, number: int, reason: str) -> Entry:
        """It is not wanted; kept out of sight."""
        raise NotImplementedError

    async def sign(self, actor: Actor, number: int) -> Entry:
        """Puts a name under it; the last one freezes it. An entry that goes on is ended now."""
        raise NotImplementedError

    async def send_back(self, actor: Actor, number: int, reason: str) -> Entry:
        """The second person does not sign: the first signature is taken away."""
        raise NotImplementedError

    async def amend(self, actor: Actor, number: int, changes: Mapping[str, Any], reason: str) -> Amendment:
        """Corrects a signed entry, with a reason; both versions stay."""
        raise NotImplementedError

    async def attach(self, actor: Actor, number: int, name: str, data: bytes | Path | BinaryIO) -> Attachment:
        """Keeps a file with an entry that is not signed."""
        raise NotImplementedError

    async def finish_action(self, actor: Actor, number: int, place: int, *, done: bool = True) -> Entry:
        """A next action is done, or is not after all; also of signed entries: that is no part of what was signed."""
        raise NotImplementedError

    async def entry(self, number: int) -> Entry:
        """One entry with its amendments merged into it.

        Raises:
            NoEntry: there is none of that number.
        """
        raise NotImplementedError

    async def original(self, number: int) -> Entry:
        """One entry as it was signed."""
        raise NotImplementedError

    async def amendments(self, number: int) -> list[Amendment]:
        """Its amendments, oldest first."""
        raise NotImplementedError

    async def attachments(self, number: int) -> list[Attachment]:
        """Its files, oldest first."""
        raise NotImplementedError

    async def find(self, filter: str = "") -> Found:  # noqa: A002 - the name that callers know
        """The numbers of all entries that a filter finds, newest first.

        `type:emergency by:ana since:30d until:2027-01-04 is:open is:signed is:amended is:dropped status:issues
        check:web tag:x ticket:17`, words and `"phrases"` of the text, `-` before a term for its opposite. Dropped ones only when
        asked for.

        Raises:
            UsageError: it cannot be understood; says where.
        """
        raise NotImplementedError

    async def rows(self, found: Found, offset: int, limit: int) -> list[Summary]:
        """A page of what was found."""
        raise NotImplementedError

    async def between(self, since: Instant, until: Instant) -> list[Entry]:
        """All entries that were begun in a time, merged, oldest first; for exports and reports."""
        raise NotImplementedError

    async def due_actions(self, day: date | None = None) -> list[tuple[int, int, Action]]:
        """Next actions that are not done and due by a day (None: all): entry, place, action; the oldest due first."""
        raise NotImplementedError

    async def of_run(self, run: int) -> Sequence[int]:
        """The entries that were drafted from a run of a checklist."""
        raise NotImplementedError
