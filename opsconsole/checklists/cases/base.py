"""What all use cases of checklists stand on."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from opsconsole.checklists import store
from opsconsole.checklists.errors import NoRun
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.core.errors import StorageUnusable, UsageError
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited, storable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import tzinfo
    from pathlib import Path

    from opsconsole.checklists.cases.work import Work
    from opsconsole.checklists.library import Library
    from opsconsole.checklists.model import Run
    from opsconsole.checklists.recurrence import Recurrence, Working
    from opsconsole.checklists.store import Reader
    from opsconsole.checklists.template import Template
    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.service import LogService
    from opsconsole.tickets.service import TicketService

_REMEMBERED: Final = 64
"""Pinned templates that are kept decoded; each takes some 100 KB."""


class Desk:
    """The records, the time, the templates: what each group of use cases is made with."""

    def __init__(self, db: Database, clock: Clock, library: Library, settings: ChecklistSettings | None = None, *,
                 tickets: TicketService | None = None, zone: tzinfo | None = None, blobs: Blobs | None = None,
                 cache: Path | None = None, log: LogService | None = None) -> None:
        self._db = db
        self._clock = clock
        self.library = library
        self.settings = settings if settings is not None else ChecklistSettings()
        self._tickets = tickets
        self._zone = zone
        self._blobs = blobs
        self._cache = cache
        self._log = log
        self._templates: OrderedDict[str, Template] = OrderedDict()
        self._rhythms: dict[str, tuple[str, Recurrence]] = {}
        self._calendars: dict[str, Working] = {}

    @property
    def zone(self) -> tzinfo:
        """The zone of due times where a template says none."""
        if self.settings.zone is not None:
            return self.settings.zone
        if self._zone is None:
            from opsconsole.notify.zones import local_zone  # noqa: PLC0415 - zoneinfo costs 10 ms

            self._zone = local_zone()
        return self._zone

    async def _template(self, db: Reader, digest: str) -> Template:
        """A template as it was pinned; what is pinned never changes, so it is decoded once.

        Raises:
            StorageUnusable: it is missing, or cannot be read by this version.
        """
        known = self._templates.get(digest)
        if known is not None:
            self._templates.move_to_end(digest)
            return known
        from opsconsole.checklists.template import decoded  # noqa: PLC0415 - a list of runs needs no template

        data = await store.pinned(db, digest)
        try:
            template = decoded(data if data is not None else "")
        except ValueError as problem:
            raise StorageUnusable(f"The template {digest[:12]} of a checklist cannot be read: {problem}.",
                                  "Run `opsconsole doctor`, and put a copy from a backup in its place.") from None
        self._templates[digest] = template
        if len(self._templates) > _REMEMBERED:
            self._templates.popitem(last=False)
        return template

    @asynccontextmanager
    async def _change(self, actor: Actor | None, number: int, action: str, doing: str, *, role: Role | None = None
                      ) -> AsyncIterator[Work]:
        """One transaction that changes one run; written and audited at its end.

        Args:
            actor: who; None: the program.
            number: of the run.
            action: the verb, for the audit trail.
            doing: what, as in "answer items".
            role: the least that may; None: as the run's template says.

        Raises:
            NoRun: there is no such run.
            PermissionDenied: the role does not allow it.
        """
        if actor is not None:
            # Whoever may do nothing at all is told so, and not whether there is such a run.
            require(actor, Role.VIEWER if role is None else role, doing)
        async with self._db.write() as tx:
            work = await self._work(tx, actor, number, action)
            if actor is not None and role is None:
                require(actor, work.template.who.role, doing)
            yield work
            await work.finish()

    async def _work(self, tx: Transaction, actor: Actor | None, number: int, action: str) -> Work:
        from opsconsole.checklists.cases.work import Work  # noqa: PLC0415 - only whoever changes something needs it

        run = await self._run(tx, number)
        template = await self._template(tx, run.template)
        return Work(tx, actor, action, self._clock.now(), run, template, await store.answers(tx, number),
                    await store.events(tx, number))

    async def _run(self, db: Reader, number: int) -> Run:
        run = await store.get(db, number)
        if run is None:
            raise no_run(number)
        return run


def no_run(name: object) -> NoRun:
    """That there is no such run."""
    return NoRun(f"There is no checklist run {limited(str(name), 40)}.", "`opsconsole checklist list` names them.")


def worded(text: str, what: str, most: int, *, empty: bool = False) -> str:
    """A text as it is stored.

    Args:
        text: as written.
        what: what it is, at the beginning of a sentence: `A reason`.
        most: characters that it may have.
        empty: whether it may be empty.

    Raises:
        UsageError: it is too long, or there is none.
    """
    text = storable(text.strip())
    if not text and not empty:
        raise UsageError(f"{what} is missing.", "Others will read it.")
    if len(text) > most:
        raise UsageError(f"{what} has at most {most:,} characters, and this one has {len(text):,}.",
                         "Shorten it, or keep the rest as evidence.")
    return text
