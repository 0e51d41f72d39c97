"""What doctor says of the work that goes on: the agent, its jobs, what was to be sent, tickets, checklists."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.checklists.findings import ChecklistFinding
    from opsconsole.core.paths import Paths
    from opsconsole.notify.service import OutboxFinding
    from opsconsole.tickets.findings import TicketFinding
    from opsconsole.tickets.settings import TicketSettings

LONGEST = 400
"""Characters of one sentence."""


def working(paths: Paths, tickets: TicketSettings | None) -> Iterator[tuple[Level, str, str, str]]:
    """Level, what, what was found, what to do; nothing where no agent has ever worked, for nothing is there yet.

    Args:
        paths: where the records are.
        tickets: what the configuration says of tickets; None: the defaults.
    """
    if not paths.records.exists():
        return
    from opsconsole.agent.report import agent_findings  # noqa: PLC0415 - SQLite, for this part only

    yield from ((one.level, one.what, one.says, one.todo) for one in agent_findings(paths))
    for what, look in (("outbox", _outbox(paths)), ("tickets", _tickets(paths, tickets)),
                       ("checklists", _checklists(paths))):
        try:
            found: Sequence[OutboxFinding | TicketFinding | ChecklistFinding] = asyncio.run(look)
        except OpsError as error:
            yield Level.UNKNOWN, what, limited(error.sentence, LONGEST), error.todo
        else:
            yield from ((one.level, what, limited(one.says, LONGEST), one.todo) for one in found)


async def _outbox(paths: Paths) -> list[OutboxFinding]:
    from opsconsole.core.clock import SystemClock  # noqa: PLC0415 - for this part only
    from opsconsole.core.database import RECORDS, Database  # noqa: PLC0415
    from opsconsole.notify.service import outbox_findings  # noqa: PLC0415

    async with await Database.open(paths.records, RECORDS, read_only=True) as db:
        return await outbox_findings(db, SystemClock().now())


async def _tickets(paths: Paths, settings: TicketSettings | None) -> list[TicketFinding]:
    from opsconsole.core.blobs import Blobs  # noqa: PLC0415 - as above
    from opsconsole.core.clock import SystemClock  # noqa: PLC0415
    from opsconsole.core.database import RECORDS, Database  # noqa: PLC0415
    from opsconsole.tickets.findings import ticket_findings  # noqa: PLC0415
    from opsconsole.tickets.settings import TicketSettings  # noqa: PLC0415

    async with await Database.open(paths.records, RECORDS, read_only=True) as db:
        return await ticket_findings(db, settings or TicketSettings(), Blobs(paths.data / "blobs"),
                                     SystemClock().now())


async def _checklists(paths: Paths) -> list[ChecklistFinding]:
    from opsconsole.checklists.findings import run_findings  # noqa: PLC0415 - as above
    from opsconsole.core.blobs import Blobs  # noqa: PLC0415
    from opsconsole.core.database import RECORDS, Database  # noqa: PLC0415

    async with await Database.open(paths.records, RECORDS, read_only=True) as db:
        return await run_findings(db, Blobs(paths.data / "blobs"))
