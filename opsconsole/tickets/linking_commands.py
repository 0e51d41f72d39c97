"""The commands of `ticket` about what belongs together, and about taking back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import UsageError
from opsconsole.printing import JSON
from opsconsole.tickets.commanding import MOST, NUMBER, change_tickets, names, tell

if TYPE_CHECKING:
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done
    from opsconsole.tickets.service import TicketService


@click.command()
@NUMBER
@click.argument("kind")
@click.argument("target")
@click.option("--remove", is_flag=True, help="Take the link away.")
@JSON
@click.pass_obj
def link(given: Any, number: int, kind: str, target: str, remove: bool, as_json: bool) -> None:
    """Link a ticket to another one, or to something else.

    NUMBER is that of the ticket. KIND is parent, child, blocks, blocked-by, duplicates, duplicated-by, relates, alert,
    run, log or runbook, read from its side. TARGET is the number of the other ticket, or the name of what it is.
    """
    from opsconsole.tickets.model import LinkKind

    try:
        wanted = LinkKind(kind)
    except ValueError:
        from opsconsole.core.config import nearest

        raise UsageError(f"There is no kind of link `{kind}`{nearest(kind, list(LinkKind)) or '.'}",
                         f"There are {', '.join(LinkKind)}.") from None

    async def change(service: TicketService, actor: Actor) -> Done:
        return await (service.unlink if remove else service.link)(actor, number, wanted, target)

    said = "The link is gone" if remove else "Linked"
    tell(change_tickets(given, change), lambda _: f"{said}: ticket {number} {wanted.value} {target}.",
         as_json=as_json)


@click.command()
@NUMBER
@click.argument("into", type=click.IntRange(1, MOST))
@JSON
@click.pass_obj
def merge(given: Any, number: int, into: int, as_json: bool) -> None:
    """Merge a ticket into another one, in which it goes on.

    NUMBER is the ticket that is closed, INTO the one that stays. Mail to the old one follows; nothing is copied, and
    `opsconsole ticket unmerge` takes it back.
    """
    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.merge(actor, number, into)

    tell(change_tickets(given, change), lambda _: f"Ticket {number} goes on as ticket {into}.", as_json=as_json)


@click.command()
@NUMBER
@JSON
@click.pass_obj
def unmerge(given: Any, number: int, as_json: bool) -> None:
    """Make a merged ticket one of its own again.

    NUMBER is that of the ticket.
    """
    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.unmerge(actor, number)

    tell(change_tickets(given, change), lambda made: f"Ticket {number} is one of its own again, {made[0].state}.",
         as_json=as_json)


@click.command()
@NUMBER
@click.argument("seq", type=click.IntRange(1))
@click.argument("title", nargs=-1, required=True)
@JSON
@click.pass_obj
def split(given: Any, number: int, seq: int, title: tuple[str, ...], as_json: bool) -> None:
    """Make a new ticket of one message.

    NUMBER is that of the ticket, SEQ that of the message, as `opsconsole ticket show` prints it. TITLE is that of the
    new ticket.
    """
    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.split(actor, number, seq, " ".join(title))

    tell(change_tickets(given, change), lambda made: f"Ticket {made[0].number} is open: {made[0].title}.",
         as_json=as_json)


@click.command()
@NUMBER
@click.argument("clock", type=click.Choice(["response", "next", "resolution"]))
@click.option("--segment", type=click.IntRange(1), metavar="N",
              help="Which of several, as `ticket show` counts them; without it, the last broken one.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stays in the timeline.")
@JSON
@click.pass_obj
def waive(given: Any, number: int, clock: str, segment: int | None, reason: str, as_json: bool) -> None:
    """Take a broken promise back.

    NUMBER is that of the ticket, CLOCK the promise. It takes a supervisor.
    """
    from opsconsole.tickets.model import ClockKind

    kind = ClockKind(clock)

    async def change(service: TicketService, actor: Actor) -> Done:
        wanted = segment
        if wanted is None:
            broken = [one.segment for one in await service.clocks(number)
                      if one.kind is kind and one.breached is not None and one.waived is None]
            if not broken:
                raise UsageError(f"Ticket {number} has broken no promise of this kind that was not waived.")
            wanted = broken[-1]
        return await service.waive(actor, number, kind, wanted, reason)

    tell(change_tickets(given, change), lambda _: f"The {kind.value} promise of ticket {number} counts as kept.",
         as_json=as_json)


@click.command()
@click.argument("batch", type=click.IntRange(1), required=False)
@JSON
@click.pass_obj
def undo(given: Any, batch: int | None, as_json: bool) -> None:
    """Take back what you did last, on all tickets that it changed.

    BATCH is the number of an earlier change, as --json prints it. A reply can be taken back until it leaves; undoing
    an undo does it again.
    """
    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.undo(actor, batch)

    tell(change_tickets(given, change), lambda made: f"Taken back in {names(made)}.", as_json=as_json)
