"""Stores the tickets of a file: all of them in one transaction, or none."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.core.errors import UsageError
from opsconsole.core.identity import Role, require
from opsconsole.tickets.model import TOPIC, Event, EventKind, Party, Phase, Priority, Source, Ticket, changed, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.clocks import Policies
    from opsconsole.tickets.exchange.csvimport import Imported, Reader
    from opsconsole.tickets.settings import TicketSettings

ORIGIN: Final = "origin"
"""The field that says what a ticket is called where it comes from."""
_PART: Final = 500
"""Tickets that are in memory at once."""
_WHY: Final = "it was late before it was imported"


async def import_tickets(db: Database, actor: Actor, reader: Reader, settings: TicketSettings, policies: Policies,
                         now: Instant) -> tuple[int, int, int]:
    """Stores every ticket that the reader finds.

    What is done keeps its history, with its broken promises. Of what is open, promises that are broken by now are
    waived: nobody is woken for what was late before it came here.

    Args:
        db: the records.
        actor: who; supervisor and up.
        reader: the file; it must be without mistakes.
        settings: of tickets.
        policies: what is promised.
        now: the present.

    Returns:
        The batch, the first number and the last one.

    Raises:
        PermissionDenied: the role does not allow it.
        UsageError: the file has mistakes, or no tickets; nothing is stored.
        StorageError: they could not be stored; none was.
    """
    from opsconsole.core import audit  # noqa: PLC0415 - only whoever changes something needs it
    from opsconsole.tickets import store  # noqa: PLC0415 - reading a file needs none of these
    from opsconsole.tickets.store import batches  # noqa: PLC0415
    from opsconsole.tickets.store.writing import Change, record_all  # noqa: PLC0415

    require(actor, Role.SUPERVISOR, "import tickets")
    async with db.write() as tx:
        batch = await batches.add(tx, actor.name, "import", now)
        first = number = await store.next_number(tx)
        found = iter(reader)
        while part := list(islice(found, _PART)):
            changes = [Change(None, events_of(one, number + place, batch, actor.name, settings, policies, now))
                       for place, one in enumerate(part)]
            await record_all(tx, changes, policies, now)
            number += len(part)
        if reader.mistakes:
            raise UsageError("The file has mistakes, so nothing was imported.", "Try it with --dry-run.")
        if number == first:
            raise UsageError("There are no tickets in the file.", "Its first line must name the columns.")
        await audit.append(tx, actor, "ticket.import", f"ticket:{first}",
                           {"batch": batch, "first": first, "last": number - 1, "tickets": number - first}, now)
        tx.touch(TOPIC)
    return batch, first, number - 1


def events_of(one: Imported, number: int, batch: int, by: str, settings: TicketSettings, policies: Policies,
              now: Instant) -> list[Event]:
    """What happened to an imported ticket, as far as its file says it."""
    from opsconsole.tickets.clocks import clocks  # noqa: PLC0415 - reading a file needs none
    from opsconsole.tickets.watching import look  # noqa: PLC0415 - as above

    events = _told(one, number, by, settings)
    ticket = fold(events)
    late = [act for act in look(ticket, events, clocks(events, policies, now), policies, now)
            if act.kind is EventKind.BREACHED]
    found = [*events, *(Event(number, 0, act.at, act.kind, party=Party.SYSTEM, via=Source.IMPORT, data=act.data)
                        for act in late)]
    found.sort(key=lambda event: event.at)  # stable: what happened at once stays in its order
    if ticket.phase is not Phase.DONE:
        found += [Event(number, 0, now, EventKind.WAIVED, by, via=Source.IMPORT, text=_WHY,
                        data={"clock": act.data["clock"], "segment": act.data["segment"]}) for act in late]
    return [replace(event, seq=seq, batch=batch) for seq, event in enumerate(found, 1)]


def _told(one: Imported, number: int, by: str, settings: TicketSettings) -> Sequence[Event]:
    new = one.new
    begun = new.at or 0
    name, lifecycle = settings.lifecycle_of(new.category)
    category = settings.all_categories.get(new.category)
    usual = category.priority if category is not None else Priority.MEDIUM
    fields = {**new.fields, ORIGIN: one.origin} if one.origin else new.fields
    blank = Ticket(number, created=begun)
    changes = changed(blank, title=new.title, description=new.description, lifecycle=name, state=lifecycle.initial,
                      phase=Phase.INITIAL, priority=new.priority or usual, category=new.category,
                      requester=new.requester, requester_mail=new.requester_mail, team=new.team, assignee=new.assignee,
                      tags=new.tags, fields=fields, release=one.release, version_seen=new.version_seen,
                      source=Source.IMPORT)
    events = [Event(number, 1, begun, EventKind.CREATED, by, via=Source.IMPORT, changes=changes)]
    if one.state != lifecycle.initial:
        moved = changed(fold(events), state=one.state, phase=one.phase)
        events.append(Event(number, 2, begun if one.resolved is None else one.resolved, EventKind.CHANGED, by,
                            via=Source.IMPORT, changes=moved))
    if one.satisfaction:
        rated = changed(fold(events), satisfaction=one.satisfaction)
        events.append(Event(number, len(events) + 1, events[-1].at, EventKind.RATED, by, via=Source.IMPORT,
                            changes=rated))
    return events
