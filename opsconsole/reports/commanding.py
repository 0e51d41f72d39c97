"""What the commands `report` and `targets` share: everything that is stored, opened to be asked."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from opsconsole.printing import columns, glyphs, machine_clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import tzinfo

    from opsconsole.checklists.settings import ChecklistSettings
    from opsconsole.core.view import View
    from opsconsole.reports.gathering.ground import Ground


def checklists_of(given: Any) -> ChecklistSettings:
    """What the configuration says about checklists; reports have their days."""
    from opsconsole.checklists.settings import ChecklistSettings  # noqa: PLC0415 - `--help` needs none

    found: ChecklistSettings | None = given.loaded.settings.checklists
    return found if found is not None else ChecklistSettings()


def view(given: Any, zone: tzinfo | None) -> View:
    """For whom lines are drawn."""
    from opsconsole.core.view import View  # noqa: PLC0415 - only where lines are drawn

    return View(columns(), glyphs(given), machine_clock().now(), zone)


@asynccontextmanager
async def ground_of(given: Any) -> AsyncIterator[Ground]:
    """Everything that can be asked; what was never stored is not there.

    Raises:
        StorageError: a database cannot be opened.
    """
    from opsconsole.core.database import METRICS, RECORDS, Database  # noqa: PLC0415 - `--help` needs none
    from opsconsole.reports.grounding import grounded  # noqa: PLC0415 - as above

    paths = given.loaded.paths
    async with AsyncExitStack() as open_ones:
        records = metrics = None
        if paths.records.exists():
            records = await open_ones.enter_async_context(await Database.open(paths.records, RECORDS, read_only=True))
        if paths.metrics.exists():
            metrics = await open_ones.enter_async_context(await Database.open(paths.metrics, METRICS, read_only=True))
        yield grounded(records, metrics, machine_clock(), given.loaded.settings)
