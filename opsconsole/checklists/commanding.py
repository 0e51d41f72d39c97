"""What the commands of `checklist` share: their arguments, the use cases as configured, what they print."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import StorageError, UsageError
from opsconsole.printing import changing, columns, glyphs, machine_clock, reading

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.checklists.library import Library
    from opsconsole.checklists.model import Run
    from opsconsole.checklists.naming import Configured
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.checklists.settings import ChecklistSettings
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.core.view import View

RUN = click.argument("run")
ITEM = click.argument("item")
OF = click.option("--of", "occurrence", default="", metavar="DATE",
                  help="Of a checklist's runs, the one of this date, such as 2027-01-04.")
REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; others will read it.")


def settings(given: Any) -> ChecklistSettings:
    """What the configuration says about checklists."""
    from opsconsole.checklists.settings import ChecklistSettings  # noqa: PLC0415 - `--help` needs none

    found: ChecklistSettings | None = given.loaded.settings.checklists
    return found if found is not None else ChecklistSettings()


def library(given: Any) -> Library:
    """The templates that are in use."""
    from opsconsole.checklists.library import Library  # noqa: PLC0415 - `--help` needs none
    from opsconsole.core.paths import beside_config  # noqa: PLC0415 - as above

    return Library(settings(given), beside_config("checklists", given.loaded.paths, os.environ),
                   configured=configured(given))


def configured(given: Any) -> Configured | None:
    """What templates can name of the configuration; None: there is none, so nothing of it is missed."""
    from opsconsole.checklists import naming  # noqa: PLC0415 - `--help` needs none

    if given.loaded.path is None:
        return None
    found = given.loaded.settings
    return naming.configured(found.checks, found.tickets, found.notify)


def service_of(given: Any, db: Database) -> ChecklistService:
    """The use cases of checklists, as configured."""
    from opsconsole.checklists.service import ChecklistService  # noqa: PLC0415 - `--help` needs none
    from opsconsole.core.blobs import Blobs  # noqa: PLC0415 - as above
    from opsconsole.logbook.service import LogService  # noqa: PLC0415 - as above
    from opsconsole.tickets.commanding import service_of as tickets_of  # noqa: PLC0415 - as above

    paths = given.loaded.paths
    return ChecklistService(db, machine_clock(), library(given), settings(given), tickets=tickets_of(given, db),
                            blobs=Blobs(paths.data / "blobs"), cache=paths.cache,
                            log=LogService(db, machine_clock(), given.loaded.settings.logbook))


def read_runs(given: Any, read: Callable[[ChecklistService], Awaitable[Any]], nothing: Any) -> Any:
    """What `read` returns; `nothing` where nothing was ever stored."""
    return reading(given, lambda db: read(service_of(given, db)), nothing)


def change_runs(given: Any, change: Callable[[ChecklistService, Actor], Awaitable[Any]]) -> Any:
    """What `change` returns, which is done by whoever runs this, after what is due was opened."""
    async def main(db: Database, actor: Actor) -> Any:
        service = service_of(given, db)
        await service.open_due()
        return await change(service, actor)

    return changing(given, main)


def opened(given: Any, read: Callable[[ChecklistService], Awaitable[Any]]) -> Any:
    """What `read` returns after what is due was opened, where this user may do that; else what others have opened.

    Raises:
        StorageError: the records can neither be written nor read.
    """
    async def change(service: ChecklistService, _: Actor) -> Any:
        return await read(service)

    try:
        return change_runs(given, change)
    except StorageError as problem:
        unread = object()
        found = read_runs(given, read, unread)
        if found is unread:
            raise problem from None
        return found


def view(given: Any) -> View:
    """For whom lines are drawn."""
    from opsconsole.core.view import View  # noqa: PLC0415 - only where lines are drawn

    return View(columns(), glyphs(given), machine_clock().now(), settings(given).zone)


def moment_of(text: str) -> Instant:
    """A time, or a length of time from now on: `2027-01-04 18:00`, `2h`.

    Raises:
        UsageError: it is neither.
    """
    from opsconsole.printing import milliseconds, moment  # noqa: PLC0415 - only where one is given

    try:
        return machine_clock().now() + milliseconds(text)
    except UsageError:
        return moment(text)


def since_of(text: str) -> Instant:
    """A time, or how long ago it was: `2027-01-04`, `30d`.

    Raises:
        UsageError: it is neither.
    """
    from opsconsole.printing import milliseconds, moment  # noqa: PLC0415 - as above

    try:
        return machine_clock().now() - milliseconds(text)
    except UsageError:
        return moment(text)


def name_of(run: Run) -> str:
    """A run in a sentence: `Morning check 2027-01-04 (run 17)`."""
    from opsconsole.core.text import limited  # noqa: PLC0415 - only where one is named

    return f"{limited(run.title, 80)} {run.occurrence} (run {run.id})"


def plain(value: Any) -> Any:
    """A model as JSON names it: fields of tuples by their names, as those of structs are."""
    import msgspec  # noqa: PLC0415 - for scripts only

    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(part) for name, part in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return msgspec.to_builtins(value, enc_hook=str) if isinstance(value, msgspec.Struct) else value
