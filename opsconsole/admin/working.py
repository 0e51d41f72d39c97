"""What doctor says of the work that goes on: the agent, its jobs, and what was to be sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.core.paths import Paths
    from opsconsole.notify.service import OutboxFinding

LONGEST = 400
"""Characters of one sentence."""


def working(paths: Paths) -> Iterator[tuple[Level, str, str, str]]:
    """Level, what, what was found, what to do; nothing where no agent has ever worked, for nothing is there yet."""
    if not paths.records.exists():
        return
    from opsconsole.agent.report import agent_findings  # noqa: PLC0415 - SQLite, for this part only

    yield from ((one.level, one.what, one.says, one.todo) for one in agent_findings(paths))
    try:
        found = asyncio.run(_outbox(paths))
    except OpsError as error:
        yield Level.UNKNOWN, "outbox", limited(error.sentence, LONGEST), error.todo
        return
    yield from ((one.level, "outbox", limited(one.says, LONGEST), one.todo) for one in found)


async def _outbox(paths: Paths) -> list[OutboxFinding]:
    from opsconsole.core.clock import SystemClock  # noqa: PLC0415 - for this part only
    from opsconsole.core.database import RECORDS, Database  # noqa: PLC0415
    from opsconsole.notify.service import outbox_findings  # noqa: PLC0415

    async with await Database.open(paths.records, RECORDS, read_only=True) as db:
        return await outbox_findings(db, SystemClock().now())
