"""Tickets that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.errors import UsageError
from opsconsole.core.text import limited
from opsconsole.tickets import store
from opsconsole.tickets.cases import checks
from opsconsole.tickets.cases.types import Done, New
from opsconsole.tickets.cases.work import as_number
from opsconsole.tickets.cases.writing import Writing
from opsconsole.tickets.errors import NotThere
from opsconsole.tickets.lifecycle import carried, end_of, lifecycle_of
from opsconsole.tickets.model import EventKind, Link, LinkKind, Source, changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.work import Work
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import TicketSettings


class Linking(Writing):
    """Links, merging, splitting."""

    async def link(self, actor: Actor, numbers: int | Sequence[int], kind: LinkKind, target: str | int) -> Done:
        """Links tickets; where the target is a ticket, it gets the opposite link, and is left out of several.

        Args:
            actor: who; operator and up.
            numbers: of the tickets.
            kind: read from their side: `blocks` means that each blocks the target.
            target: the number of a ticket, or the name of what it is.

        Raises:
            PermissionDenied, NotThere: as `note`; also where the target is no ticket that there is.
            UsageError: it is the ticket itself, or a parent would become its own descendant.
        """
        kind = LinkKind(kind)
        async with self._change(actor, "link", "link tickets") as work:
            if kind.opposite is not None:
                wanted = Link(kind, str(as_number(target)))
            else:
                wanted = Link(kind, checks.line(str(target), "What is linked"))
                if not wanted.target:
                    raise UsageError("A link needs what it leads to.", "Name it.")
            for ticket in await work.read(numbers_but(numbers, as_number(target) if kind.opposite else 0)):
                if kind.opposite is not None:
                    await self._may_link(work, ticket.number, wanted)
                if wanted not in ticket.links:
                    links = checks.most((*ticket.links, wanted), "links")
                    work.add(ticket.number, EventKind.LINKED, changes=changed(ticket, links=links),
                             data={"kind": kind.value, "target": wanted.target})
                await work.link_back(ticket.number, wanted)
            return await work.finish()

    async def unlink(self, actor: Actor, number: int, kind: LinkKind, target: str | int) -> Done:
        """Ends a link on both sides.

        Raises:
            PermissionDenied, NotThere: as `note`; also where there is no such link.
        """
        kind = LinkKind(kind)
        async with self._change(actor, "unlink", "link tickets") as work:
            ticket = (await work.read(number))[0]
            name = str(as_number(target)) if kind.opposite is not None else str(target).strip()
            if Link(kind, name) not in ticket.links:
                raise NotThere(f"Ticket {number} has no link `{kind.value}` to {limited(name, 40)}.", "")
            _cut(work, ticket, Link(kind, name))
            if kind.opposite is not None:
                other = (await work.read(int(name)))[0]
                _cut(work, other, Link(kind.opposite, str(number)))
            return await work.finish()

    async def merge(self, actor: Actor, numbers: int | Sequence[int], into: int) -> Done:
        """Makes tickets point to another one in which they go on, and closes them; `unmerge` takes that back.

        Mail to an old number follows; a timeline stays where it is. `undo` does the same as `unmerge`. Where that one
        is itself among several, it is left out.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: one is the ticket itself, was merged already, or would lead back to itself.
        """
        async with self._change(actor, "merge", "merge tickets") as work:
            target = await store.resolve(work.tx, into)
            tickets = await work.read(numbers_but(numbers, into))
            await work.read(into)
            for ticket in tickets:
                self._merge(work, ticket, into, target)
            return await work.finish()

    def _merge(self, work: Work, ticket: Ticket, into: int, target: int | None) -> None:
        number = ticket.number
        if ticket.merged_into:
            raise UsageError(f"Ticket {number} was merged into {ticket.merged_into} already.", "Unmerge it first.")
        if target in (None, number) or number == into:
            raise UsageError(f"Ticket {number} cannot be merged into {into}: that would lead back to itself.",
                             "Choose the one in which it is to go on.")
        lifecycle = lifecycle_of(ticket, self.settings)
        state = end_of(lifecycle) if ticket.phase.open else ticket.state
        phase = lifecycle.states[state] if ticket.phase.open else ticket.phase
        work.add(number, EventKind.MERGED, data={"into": into},
                 changes=changed(ticket, merged_into=into, state=state, phase=phase))
        work.add(into, EventKind.MERGED, data={"from": number})

    async def unmerge(self, actor: Actor, number: int) -> Done:
        """Makes a merged ticket its own again, in the state it was in.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: it was not merged.
        """
        async with self._change(actor, "unmerge", "merge tickets") as work:
            ticket = (await work.read(number))[0]
            if not ticket.merged_into:
                raise UsageError(f"Ticket {number} was not merged.", "There is nothing to take back.")
            await _come_back(work, ticket, self.settings)
            other = (await work.read(ticket.merged_into))[0]
            work.add(other.number, EventKind.UNMERGED, data={"into": number})
            done = await work.finish()
            return Done(done.batch, (work.ticket(number), work.ticket(other.number)), done.notes)

    async def split(self, actor: Actor, number: int, seq: int, title: str) -> Done:
        """Opens a new ticket with one message of this one as its description; both are linked.

        Args:
            actor: who; operator and up.
            number: of the ticket.
            seq: of the event that is the message.
            title: of the new ticket.

        Returns:
            The new ticket first, then this one. Opening a ticket cannot be undone.

        Raises:
            PermissionDenied, UsageError: as `create`.
            NotThere: there is no such ticket, or no such message in it.
        """
        async with self._change(actor, "split", "split tickets", via=Source.CONSOLE) as work:
            ticket = (await work.read(number))[0]
            found = await store.events(work.tx, number, after=seq - 1, limit=1) if seq > 0 else []
            if not found or found[0].seq != seq or found[0].kind is not EventKind.MESSAGE:
                raise NotThere(f"Ticket {number} has no message {seq}.", "Choose one in its timeline.")
            message = found[0]
            made = await self._open(work, New(
                title, message.text, ticket.category, ticket.priority, ticket.requester, ticket.requester_mail,
                ticket.team, links=(Link(LinkKind.RELATES, str(number)),), source=Source.SPLIT, form=False,
                route=False))
            work.add(made.number, EventKind.SPLIT, data={"from": number, "seq": seq})
            work.add(number, EventKind.SPLIT, data={"into": made.number, "seq": seq})
            done = await work.finish()
            return Done(done.batch, (work.ticket(made.number), work.ticket(number)), done.notes)

    async def _may_link(self, work: Work, number: int, link: Link) -> None:
        """Refuses a link of a ticket to itself, and one by which it would be above or before itself.

        Raises:
            UsageError: it is one.
            NotThere: there is no such ticket.
        """
        other = int(link.target)
        if other == number:
            raise UsageError(f"Ticket {number} cannot be linked to itself.", "Name another one.")
        await work.read(other)
        upwards = {LinkKind.PARENT: LinkKind.PARENT, LinkKind.CHILD: LinkKind.CHILD, LinkKind.BLOCKS: LinkKind.BLOCKS,
                   LinkKind.BLOCKED_BY: LinkKind.BLOCKED_BY}.get(link.kind)
        if upwards is None:
            return
        seen: set[int] = set()
        ahead = [other]
        while ahead:
            place = ahead.pop()
            if place == number:
                raise UsageError(f"Ticket {other} already has ticket {number} that way round, so both would wait for"
                                 " each other.", "End the other link first.")
            if place not in seen:
                seen.add(place)
                found = await store.get(work.tx, place)
                ahead += [int(each.target) for each in (found.links if found is not None else ())
                          if each.kind is upwards and each.target.isdecimal()]


def numbers_but(numbers: int | Sequence[int], one: int) -> int | list[int]:
    """Numbers without the one to which the others are to lead; alone it stays, so that it is refused."""
    if isinstance(numbers, int) or len(numbers) < 2:
        return numbers if isinstance(numbers, int) else list(numbers)
    return [number for number in numbers if number != one]


def _cut(work: Work, ticket: Ticket, link: Link) -> None:
    if link in ticket.links:
        work.add(ticket.number, EventKind.UNLINKED, data={"kind": link.kind.value, "target": link.target},
                 changes=changed(ticket, links=tuple(one for one in ticket.links if one != link)))


async def _come_back(work: Work, ticket: Ticket, settings: TicketSettings) -> None:
    """Takes a merge back: into the state that the ticket was in, or the one that takes its place by now.

    As an undo, so that its clocks go on as if it had never been merged.
    """
    work.add(ticket.number, EventKind.UNMERGED, data={"from": ticket.merged_into})
    merge = next((event for event in reversed(await store.for_clocks(work.tx, ticket.number))
                  if event.kind is EventKind.MERGED and "merged_into" in event.changes), None)
    state, phase = ticket.state, ticket.phase
    if merge is not None and "state" in merge.changes:
        lifecycle = lifecycle_of(ticket, settings)
        state = carried(str(merge.changes["state"][0]), lifecycle)
        phase = lifecycle.states[state]
    work.add(ticket.number, EventKind.UNDONE, data={"seqs": [] if merge is None else [merge.seq]},
             changes=changed(ticket, merged_into=0, state=state, phase=phase))
