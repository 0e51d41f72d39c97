"""Opens both databases for the agent, which waits where waiting may help."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.errors import StorageBusy, StorageFull

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.agent.service import ServiceManager
    from opsconsole.core.database import Schema
    from opsconsole.core.paths import Paths

log = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds until the next try; the last one repeats."""


class Databases(NamedTuple):
    """Both, open for writing."""

    records: Database
    metrics: Database

    async def close(self) -> None:
        """Ends the use of both."""
        try:
            await self.metrics.close()
        finally:
            await self.records.close()


async def open_databases(paths: Paths, manager: ServiceManager, *, wait: bool) -> Databases:
    """Opens the records and the measurements.

    Args:
        paths: where they are.
        manager: is told what is waited for.
        wait: try again for as long as another process holds a file, or the disk is full.

    Raises:
        StorageError: it cannot be used, and waiting does not help or is not wanted.
    """
    mode = 0o660 if paths.shared else 0o600
    records = await _open(paths.records, RECORDS, mode, manager, wait=wait)
    try:
        return Databases(records, await _open(paths.metrics, METRICS, mode, manager, wait=wait))
    except BaseException:
        await records.close()
        raise


async def _open(path: Path, schema: Schema, mode: int, manager: ServiceManager, *, wait: bool) -> Database:
    told = ""
    tries = 0
    while True:
        try:
            return await Database.open(path, schema, mode=mode)
        except (StorageBusy, StorageFull) as error:
            if not wait:
                raise
            if str(error) != told:
                log.warning("waiting: %s", error)
                manager.status(f"waiting: {error.sentence}")
            told = str(error)
        pause = PAUSES[min(tries, len(PAUSES) - 1)]
        manager.patience(pause + 30)
        await asyncio.sleep(pause)
        tries += 1
