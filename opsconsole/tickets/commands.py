"""The command `ticket`: what can be read; the others are in modules of their own, loaded when called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import UsageError
from opsconsole.lazygroup import LazyGroup, places
from opsconsole.printing import JSON, machine_clock, print_json, print_lines, reading, say
from opsconsole.tickets.commanding import NUMBER, filter_text, me, read_tickets, settings, view

if TYPE_CHECKING:
    from opsconsole.core.database import Database
    from opsconsole.tickets.cases.reading import Reading
    from opsconsole.tickets.model import Summary, Ticket

LIMIT = 100
"""Rows of `ticket list` when nobody says how many."""
DEFAULT = "is:open"
"""What is listed when nobody says what."""
_MODULES = {
    "commands": ("list", "show", "views"),
    "writing_commands": ("new", "note", "reply"),
    "change_commands": ("ack", "assign", "close", "edit", "move", "priority", "rate", "tag", "take", "vote", "watch"),
    "linking_commands": ("link", "merge", "split", "undo", "unmerge", "waive"),
    "exchange_commands": ("attach", "attachments", "export", "import"),
    "report_commands": ("kept", "stats"),
    "mail.commands": ("mail",)}
_NAMES = {"import": "import_", "list": "list_tickets", "mail": "mail_command"}
"""What a command is called there, where its own name is taken."""
_CHANGING = ("attach", *_MODULES["writing_commands"], *_MODULES["change_commands"], *_MODULES["linking_commands"])
_ROLES = {**dict.fromkeys(_CHANGING, "operator"), "import": "supervisor", "waive": "supervisor"}
"""The least role that a command takes."""


@click.group(cls=LazyGroup, places=places("opsconsole.tickets", _MODULES, _NAMES), roles=_ROLES)
def ticket() -> None:
    """List, answer, move, import and export tickets."""


@click.command("list")
@click.argument("filter_", metavar="FILTER", nargs=-1)
@click.option("--view", "name", metavar="NAME", help="List a view, such as `mine` or `late`; words narrow it further.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=LIMIT, show_default=True, metavar="N",
              help="At most so many.")
@click.option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Leave out so many at the beginning.")
@JSON
@click.pass_obj
def list_tickets(given: Any, filter_: tuple[str, ...], name: str | None, limit: int, offset: int,
                 as_json: bool) -> None:
    """List tickets, what breaks its promise first at the top.

    FILTER is what the queue understands, such as `is:open priority:<=high assignee:me late "exact words"`; without it,
    what is open. A term that is not to hold begins with a minus: put `--` before the first one. The exit status is 0
    whether anything is late or not; `opsconsole ticket list late --json` says it to scripts.
    """
    text = filter_text(given, filter_, name, DEFAULT)

    now = machine_clock().now()
    total, rows = reading(given, lambda db: _listed(db, text, me(given), now, slice(offset, offset + limit)), (0, []))
    if as_json:
        print_json({"filter": text, "count": total, "tickets": [_summary(one, now) for one in rows]})
    elif rows:
        from opsconsole.tickets.present.listing import queue_lines

        print_lines(queue_lines(rows, view(given)))
        if offset + len(rows) < total:
            say(f"{total - offset - len(rows)} more; `--limit` and `--offset` show them.")
    else:
        say("No ticket fits." if text != DEFAULT else "No ticket is open.")


async def _listed(db: Database, text: str, person: str, now: int, part: slice) -> tuple[int, list[Summary]]:
    """How many tickets a filter finds, and some of them; as `Reading.find` does it, without what others need."""
    from opsconsole.tickets.filters import parse_filter
    from opsconsole.tickets.filtersql import compile_filter
    from opsconsole.tickets.store import queue

    numbers = await queue.numbers(db, compile_filter(parse_filter(text), me=person, now=now, zone=None))
    return len(numbers), await queue.rows(db, numbers[part])


@click.command()
@NUMBER
@click.option("--all", "everything", is_flag=True, help="Every event of the timeline, also changes of fields.")
@JSON
@click.pass_obj
def show(given: Any, number: int, everything: bool, as_json: bool) -> None:
    """Show one ticket: its fields, what is promised, and what was said.

    NUMBER is that of the ticket.
    """
    async def read(service: Reading) -> tuple[Any, ...]:
        one = await service.get(number)
        return (one, await service.clocks(number), await service.events(number), await service.attachments(number),
                await service.mail_state(number), await _linked(service, one))

    found = read_tickets(given, read, None)
    if found is None:
        raise UsageError(f"There is no ticket {number}.", "None was ever opened here.")
    one, clocks, events, files, mail, linked = found
    if as_json:
        print_json({"ticket": one, "clocks": clocks, "events": events, "attachments": files, "mail": mail})
        return
    from opsconsole.tickets.present.listing import ticket_lines
    from opsconsole.tickets.present.ticket import Page

    page = Page(one, clocks, linked, files, settings(given).all_categories.get(one.category))
    print_lines(ticket_lines(page, events, view(given), mail=mail, full=everything))


async def _linked(service: Reading, one: Ticket) -> dict[str, Summary]:
    """The tickets that one is linked to, by number as text."""
    from array import array

    from opsconsole.tickets.cases.types import Found

    numbers = array("q", [int(link.target) for link in one.links
                          if link.kind.opposite is not None and link.target.isdecimal()])
    return {str(row.number): row for row in await service.rows(Found(numbers), 0, len(numbers))} if numbers else {}


@click.command()
@JSON
@click.pass_obj
def views(given: Any, as_json: bool) -> None:
    """Show the views: named filters, and how many tickets each finds."""
    person = me(given)
    known = settings(given).views_of(person)

    async def read(service: Reading) -> dict[str, int]:
        return await service.counts(person)

    counts = read_tickets(given, read, {})
    if as_json:
        print_json({"views": [{"name": name, "filter": one.filter, "count": counts.get(name, 0)}
                              for name, one in known.items()]})
        return
    cells = max(len(name) for name in known)
    for name, one in known.items():
        say(f"{counts.get(name, 0):>7}  {name:<{cells}}  {one.filter}")


def _summary(one: Summary, now: int) -> dict[str, Any]:
    import msgspec

    return {**msgspec.to_builtins(one), "late": one.late(now)}
