"""The work of the agent for reports: each goes out once for each time at which it is due.

A report that cannot be filled in now, because a database is busy or full, is tried again at the next beat; one that can
never be, because there is none of that name or its file is wrong, is told of in its place. What was missed while no
agent worked is made up for by the latest one.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import DAY, local
from opsconsole.core.errors import OpsError, StorageError
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.jobs import CatchUp, Line
from opsconsole.core.schedule import Calendar, plan
from opsconsole.core.view import View
from opsconsole.notify import service as notify
from opsconsole.notify.model import Document, Notice, NoticeKind, Severity
from opsconsole.reports.page import html_text
from opsconsole.reports.periods import wanted
from opsconsole.reports.present import report_lines
from opsconsole.reports.sending import store
from opsconsole.reports.sending.settings import CATEGORY, keys
from opsconsole.reports.sending.store import Dealt
from opsconsole.reports.wording import heading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database
    from opsconsole.core.jobs import Due, Guard
    from opsconsole.reports.definition import Definition
    from opsconsole.reports.gathering.ground import Ground
    from opsconsole.reports.library import Library
    from opsconsole.reports.sending.settings import SentReport

LOG = logging.getLogger(__name__)
CELLS: Final = 100
"""Of a line of text, as on the command line without a terminal."""
WORD: Final = "REPORT"
"""What stands before the title; such a message is one by itself, which no digest holds back."""
_KEPT: Final = 800 * DAY
"""How long it is known that a report was sent: longer than a clock that is put back is believed."""


class Sender:
    """Sends reports.

    Args:
        db: the records.
        clock: where time comes from.
        guard: whether this agent may work.
        reports: as configured.
        library: the reports that there are.
        ground: makes what is asked for figures; anew for each report, since it remembers answers.
        zone: whose days count; None: this machine's.
        host: of this machine.
    """

    def __init__(self, db: Database, clock: Clock, guard: Guard, reports: Sequence[SentReport], *, library: Library,
                 ground: Callable[[], Ground], zone: tzinfo | None, host: str) -> None:
        self._db = db
        self._clock = clock
        self._guard = guard
        self._reports = dict(keys(reports))
        self._library = library
        self._ground = ground
        self._zone = zone
        self._host = host

    async def run(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Sends what has become due; where one cannot be filled in, the others are.

        Raises:
            LeaseLost: another agent works now.
            StorageError: something cannot be read or stored; it is tried again.
        """
        problem: StorageError | None = None
        for key, one in self._reports.items():
            try:
                await self._deal(key, one)
            except StorageError as error:
                problem = error
        if problem is not None:
            raise problem

    async def _deal(self, key: str, one: SentReport) -> None:
        """Sends one report where it is due."""
        now, zone = self._clock.now(), getattr(self._zone, "key", "")
        at = f"{one.at} {zone}".strip()
        before = await store.dealt(self._db, key)
        if before is None or before.at != at:
            # What was due before anybody wanted it is not sent.
            await self._note(key, Dealt(at, now))
            return
        made = plan(Calendar(Line(one.at, zone)), before.last, now, CatchUp.LATEST)
        after = Dealt(at, made.last)
        if made.runs:
            await self._send(key, one, made.runs[-1].at, after)
        elif after != before:
            await self._note(key, after)

    async def _note(self, key: str, made: Dealt) -> None:
        async with self._db.write() as tx:
            await self._guard.confirm(tx)
            await store.put_dealt(tx, key, made)

    async def _send(self, key: str, one: SentReport, due: Instant, after: Dealt) -> None:
        """Fills a report in and puts it into the outbox, in one step with the note that it was sent."""
        notice, document = await self._filled(one, due)
        async with self._db.write() as tx:
            await self._guard.confirm(tx)
            await store.put_dealt(tx, key, after)
            if new := await store.add_sent(tx, key, due, notice.at):
                await notify.put(tx, notice, document)
            await store.forget(tx, notice.at - _KEPT)
        if new:
            LOG.info("a report is sent", extra={"report": key, "due": due})

    async def _filled(self, one: SentReport, due: Instant) -> tuple[Notice, Document | None]:
        """What is sent: the report as text and as a file, or why there is none."""
        from opsconsole.reports.gathering.filling import fill  # noqa: PLC0415 - all features, and only where one is due

        now = self._clock.now()
        try:
            named, definition = await asyncio.to_thread(self._read, one.name)
            period = wanted(definition, "", due, self._zone)
        except StorageError:
            raise
        except OpsError as problem:
            return self._notice(one, f"the report `{one.name}` could not be made", str(problem), now,
                                Severity.WARNING), None
        made = await fill(self._ground(), definition, period, name=named, host=self._host)
        # The heading is the title of the message.
        lines = report_lines(made, View(CELLS, UNICODE, now, self._zone))[1:]
        file = f"{named.replace('/', '-')}-{local(period.begin, self._zone):%Y-%m-%d}.html"
        return (self._notice(one, heading(made, self._zone), "\n".join(line.text.rstrip() for line in lines), now),
                Document(file, "".join(html_text(made, self._zone))))

    def _read(self, name: str) -> tuple[str, Definition]:
        found = self._library.find(name)
        return found.name, found.read()

    @staticmethod
    def _notice(one: SentReport, title: str, text: str, now: Instant, severity: Severity = Severity.INFO) -> Notice:
        return Notice(NoticeKind.NOTE, f"{CATEGORY}:{one.name}", severity, title, text, now, CATEGORY, tell=one.tell,
                      word=WORD)
