"""Who mutes checks while somebody works on them: a feature above the log, which hands in how it does that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.model.maintenance import Trouble, Work


class Windows(Protocol):
    """Maintenance windows. What changes something is part of the transaction of the entry."""

    def known(self, names: Sequence[str]) -> tuple[str, ...]:
        """These names as a window takes them: of checks, groups, rules, targets; each once.

        Raises:
            UsageError: there is none, or nothing is called so; says what is.
        """

    def suggestions(self) -> tuple[str, ...]:
        """Names that can be worked on, for whoever types one: of checks and of groups."""

    def covered(self, names: Sequence[str]) -> tuple[str, ...]:
        """The checks that a window of these names mutes: those that are meant, then those that depend on them."""

    async def begin(self, tx: Transaction, actor: Actor, entry: int, names: Sequence[str], reason: str,
                    until: Instant) -> int:
        """Begins now; the number of the window.

        Raises:
            UsageError: it would last too long, or be over at once.
        """

    async def extend(self, tx: Transaction, actor: Actor, window: int, until: Instant) -> bool:
        """Lets it end at another time; False when it is over already.

        Raises:
            UsageError: as `begin`.
        """

    async def end(self, tx: Transaction, actor: Actor, window: int) -> bool:
        """Ends it now; False when it is over already."""

    async def look(self, db: Database | Transaction, window: int) -> Work | None:
        """One of them; None when it is not kept any more."""

    async def going(self, db: Database | Transaction) -> list[Work]:
        """Those of entries that hold now, the next to end first."""

    async def loose(self, db: Database | Transaction) -> list[Work]:
        """Those that hold now and belong to no entry, the next to end first."""

    async def adopt(self, tx: Transaction, actor: Actor, window: int, entry: int) -> None:
        """It belongs to an entry from now on."""

    async def troubles(self, work: Work) -> tuple[Trouble, ...]:
        """What of it is not green now: checks that are bad, or did not run since it began, and alerts that fire.

        Raises:
            StorageError: it cannot be read.
        """
