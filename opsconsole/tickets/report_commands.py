"""The commands of `ticket` that report: statistics, and mail that became no ticket."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import UsageError
from opsconsole.printing import JSON, changing, machine_clock, print_json, print_lines, reading, say
from opsconsole.tickets.commanding import filter_text, me, settings, view

if TYPE_CHECKING:
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.mail.store import KeptMail
    from opsconsole.tickets.stats import Statistics


@click.command()
@click.argument("filter_", metavar="FILTER", nargs=-1)
@click.option("--period", default="month", show_default=True, metavar="PERIOD",
              help="day, week, month, quarter or year, `last month`, or such as 2026, 2026-Q4, 2026-11, 2026-W48,"
                   " 2026-11-03..2026-11-17.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: times in seconds, shares in percent.")
@JSON
@click.pass_obj
def stats(given: Any, filter_: tuple[str, ...], period: str, as_csv: bool, as_json: bool) -> None:
    """Show how promises were kept, and who has how much.

    FILTER is what the queue understands: only these tickets count; without it, all do.
    """
    from opsconsole.core.periods import read_period
    from opsconsole.tickets.exchange.periods import statistics_csv
    from opsconsole.tickets.filters import parse_filter
    from opsconsole.tickets.statsql import statistics

    clock = machine_clock()
    now, text = clock.now(), filter_text(given, filter_, None, "")
    try:
        wanted = read_period(period, now, None)
    except ValueError as problem:
        raise UsageError(f"`{period}` is no period.", f"Give {problem}.") from problem
    chosen = parse_filter(text) if text else None

    async def read(db: Database) -> Statistics:
        return await statistics(db, settings(given), wanted, chosen, me=me(given), now=now, zone=None)

    found: Statistics | None = reading(given, read, None)
    if found is None:
        raise UsageError("There are no tickets yet.", "`opsconsole ticket new` opens one.")
    if as_json:
        print_json(found)
    elif as_csv:
        click.echo(statistics_csv(found), nl=False)
    else:
        from opsconsole.tickets.present.figures import statistics_lines

        print_lines(statistics_lines(found, view(given)))


@click.command()
@click.option("--save", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Save what is listed in this folder as it came, each as NUMBER.eml; nothing is overwritten.")
@click.option("--done", "numbers", type=click.IntRange(1), multiple=True, metavar="NUMBER",
              help="Say that you have dealt with this one; may be given again.")
@click.option("--all", "everything", is_flag=True, help="Also what somebody has dealt with.")
@JSON
@click.pass_obj
def kept(given: Any, folder: Path | None, numbers: tuple[int, ...], everything: bool, as_json: bool) -> None:
    """List mail that became no ticket: broken, a loop, or too much of it.

    Nothing that came is ever thrown away; whoever has dealt with one says so with --done.
    """
    if numbers:
        from opsconsole.tickets.exchange.keeping import deal_with

        async def change(db: Database, actor: Actor) -> None:
            await deal_with(db, actor, numbers, machine_clock().now())

        changing(given, change)
    found: list[KeptMail] = reading(given, lambda db: _kept(db, everything=everything), [])
    saved = _save(given, found, folder) if folder is not None else []
    if as_json:
        print_json({"mails": found, "saved": saved})
    elif saved:
        for path in saved:
            say(path)
    elif found:
        from opsconsole.tickets.present.listing import kept_lines

        print_lines(kept_lines(found, view(given)))
    else:
        say("No mail is kept." if everything else "No mail waits to be looked at.")


async def _kept(db: Database, *, everything: bool) -> list[KeptMail]:
    from opsconsole.tickets.mail.store import kept as read

    return await read(db, everything=everything)


def _save(given: Any, found: list[KeptMail], folder: Path) -> list[str]:
    import shutil

    from opsconsole.core.blobs import Blobs

    blobs = Blobs(given.loaded.paths.data / "blobs")
    saved = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in found:
            path = folder / f"{one.id}.eml"
            with blobs.open(one.sha256) as source, path.open("xb") as target:
                shutil.copyfileobj(source, target)
            saved.append(str(path))
    except FileExistsError as problem:
        raise UsageError(f"{problem.filename} is there already.", "Name another folder.") from None
    except OSError as problem:
        raise UsageError(f"{folder} cannot be written: {problem.strerror or problem}.") from None
    return saved
