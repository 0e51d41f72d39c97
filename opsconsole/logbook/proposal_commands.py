"""The command `log proposals`, and what `--take` takes over of it: what happened since the last entry of a type."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from opsconsole.core.errors import ExitCode, StorageError, UsageError
from opsconsole.logbook.commanding import MOST, TYPES, kind_of, service_of, when
from opsconsole.printing import JSON, columns, machine_clock, print_json, reading, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.core.timeline import Source
    from opsconsole.logbook.model import Entry, EntryType, Proposal, Proposed
    from opsconsole.logbook.service import LogService

ALL: Final = "all"
"""The key of everything that happened; commands of the shell are never among it."""


@click.command()
@click.option("--type", "type_", type=click.Choice(TYPES), metavar="TYPE",
              help="What kind of entry: they begin where the last one of its type ended. Default: change.")
@click.option("--entry", "number", type=click.IntRange(1, MOST), metavar="N",
              help="For this entry, until it ended; its type counts.")
@click.option("--since", metavar="WHEN", help="From when on instead: a time, or how long ago, such as 2h.")
@click.option("--commands", "with_shell", is_flag=True, help="Also the newest commands of your own shell.")
@JSON
@click.pass_obj
def proposals(given: Any, type_: str | None, number: int | None, since: str | None, with_shell: bool,
              as_json: bool) -> int:
    """List what happened since the last entry of a type, as lines for the next one.

    Rounds that were signed off, tickets that you worked on, alerts, packages, units. `--take KEY` of `log new` and `log
    edit` takes one of them over, `--take all` everything but commands. The exit status is 1 where a part could not be
    read; the rest is shown.
    """
    from opsconsole.logbook.model import Proposed

    begin = None if since is None else when(since, machine_clock().now())

    async def read(db: Database) -> Proposed:
        from opsconsole.core.identity import current_actor

        service = service_of(given, db)
        kind = kind_of(type_) if number is None else (await service.entry(number)).type
        return await _proposed(given, db, service, current_actor(given.loaded.settings.roles), kind, number or 0, begin)

    now = machine_clock().now()
    found: Proposed = reading(given, read, Proposed(begin if begin is not None else now, now))
    shell = shell_commands(begin or 0) if with_shell else ()
    if as_json:
        print_json({"since": found.since, "until": found.until, "more": found.more, "problems": found.problems,
                    "proposals": (*found.proposals, *shell)})
    else:
        for line in _lines(found, shell):
            say(line)
    for problem in found.problems:
        say(problem, err=True)
    return ExitCode.PROBLEM if found.problems else ExitCode.DONE


def _lines(found: Proposed, shell: Sequence[Proposal]) -> Iterator[str]:
    from opsconsole.core import format as fmt
    from opsconsole.core.clock import local
    from opsconsole.core.text import clip, harmless
    from opsconsole.logbook.wording import point_text

    rows = (*found.proposals, *shell)
    if not rows:
        yield f"Nothing happened since {local(found.since):%Y-%m-%d %H:%M} that would be a line of the log."
        return
    after = f", the end of entry {found.last}" if found.last else ""
    newest = "; of so much, only the newest was looked at" if found.more else ""
    yield f"Since {local(found.since):%Y-%m-%d %H:%M}{after}{newest}:"
    cells = max(len(harmless(one.key)) for one in rows)
    for one in rows:
        at = f"{local(one.at):%Y-%m-%d %H:%M}" if one.at is not None else "-"
        text = one.text if one.is_command else point_text(one.point)
        yield clip(f"{harmless(one.key):<{cells}}  {at:<16}  {fmt.left(one.field, 9)}  {harmless(text)}",
                   max(columns(), 60)).rstrip()


def shell_commands(since: Instant) -> tuple[Proposal, ...]:
    """The newest commands of the shell of whoever runs this.

    Raises:
        UsageError: there is no history that could be read.
    """
    from opsconsole.core.readfile import Unreadable
    from opsconsole.logbook.shellhistory import own_commands

    try:
        return own_commands(since)
    except Unreadable as problem:
        raise UsageError(f"{problem.sentence}.", "HISTFILE names the file that your shell writes.") from None


async def with_taken(given: Any, db: Database, actor: Actor, about: tuple[EntryType, Entry | None],
                     fields: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Fields of an entry with what happened behind what they say.

    Args:
        given: the invocation.
        db: the records.
        actor: who.
        about: the type of the entry, and the entry where it is there.
        fields: what was given besides.
        keys: of what is taken over, or `ALL`.

    Raises:
        UsageError: nothing of such a key happened.
    """
    from opsconsole.logbook.model import LISTS
    from opsconsole.logbook.proposing import with_commands, with_points

    kind, entry = about
    found = await _proposed(given, db, service_of(given, db), actor, kind, entry.id if entry is not None else 0, None)
    for problem in found.problems:
        say(problem, err=True)
    known = {one.key: one for one in found.proposals}
    chosen = list(known.values()) if ALL in keys else []
    if any(key.startswith("command:") for key in keys):
        known |= {one.key: one for one in shell_commands(0)}
    for key in keys:
        if key not in known and key != ALL:
            raise UsageError(f"Nothing with the key `{key}` happened in this time.",
                             "`opsconsole log proposals` lists what did.")
        chosen += [known[key]] if key in known and known[key] not in chosen else []
    now = {name: fields.get(name, getattr(entry, name, ())) for name in LISTS}
    before = fields.get("notes", getattr(entry, "notes", ""))
    notes = with_commands(before, chosen)
    return {**fields, **with_points(now, chosen), **({"notes": notes} if notes != before else {})}


async def _proposed(given: Any, db: Database, service: LogService, actor: Actor, kind: EntryType, number: int,
                    since: Instant | None) -> Proposed:
    from msgspec.structs import replace

    async with _sources(given, db) as (sources, problem):
        found = await service.proposals(actor, kind, sources, number=number, since=since)
    return replace(found, problems=(*found.problems, problem)) if problem else found


@asynccontextmanager
async def _sources(given: Any, records: Database) -> AsyncIterator[tuple[Sequence[Source], str]]:
    """Whoever knows what happened; and a sentence where the history of the host cannot be read."""
    from opsconsole.core.database import METRICS, Database

    path, metrics, problem = given.loaded.paths.metrics, None, ""
    try:
        if path.exists():
            metrics = await Database.open(path, METRICS, read_only=True)
    except StorageError as error:
        problem = str(error)
    try:
        yield given.timeline(records, metrics), problem
    finally:
        if metrics is not None:
            await metrics.close()
